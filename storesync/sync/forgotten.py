"""Whom a store has forgotten: what a run must blank before it is written."""

from collections.abc import Collection
from dataclasses import replace

from storesync.errors import PersonNeeded
from storesync.model import Store
from storesync.rules.personal import Forgotten
from storesync.runtime.text import counted
from storesync.storage import erasure
from storesync.sync.context import SyncContext


def load_forgotten(context: SyncContext, store: Store) -> Forgotten:
    """Return whom *store* has forgotten.

    Raises `PersonNeeded` where there are some and the key does not open the secret of their marks.
    """
    marks = erasure.load_marks(context.database, store.id)
    nobody = Forgotten(store.id, context.platform(store.platform).remainder)
    if not marks:
        return nobody
    secret = load_secret(context, store)
    if secret is None:
        raise unreadable_marks(store, marks)
    return replace(nobody, marks=marks, key=secret)


def load_secret(context: SyncContext, store: Store) -> bytes | None:
    """Return the key of the marks of *store*; None where there is none or the secret key does not open it."""
    wrapped = erasure.load_secret(context.database, store.id)
    return None if wrapped is None else context.vault().unwrap(wrapped)


def unreadable_marks(store: Store, marks: Collection[bytes]) -> PersonNeeded:
    """Return the error for *marks* of *store* that the secret key does not open."""
    return PersonNeeded(
        f"the secret key does not open the {counted(len(marks), 'mark')} of those whom {store.key} has forgotten",
        hint="put back the key that was in use; if it is lost, forget all of them again, in one call: "
        f"storesync forget {store.key} --lost-key --id ID --id ID --email-stdin",
    )
