"""Loads the marks of forgotten people, whose personal data a sync blanks before writing."""

from collections.abc import Collection
from dataclasses import replace

from storesync.errors import PersonNeeded
from storesync.model import Store
from storesync.rules.personal import Forgotten
from storesync.runtime.text import counted
from storesync.storage import erasure
from storesync.sync.context import SyncContext


def load_forgotten(context: SyncContext, store: Store) -> Forgotten:
    """Return the marks of the people whom *store* has forgotten, with the key that matches them.

    Raises `PersonNeeded` if there are marks and the secret key does not decrypt their key.
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
    """Return the key of the marks of *store*, or None if there is none or the secret key does not decrypt it."""
    wrapped = erasure.load_secret(context.database, store.id)
    return None if wrapped is None else context.vault().unwrap(wrapped)


def unreadable_marks(store: Store, marks: Collection[bytes]) -> PersonNeeded:
    """Return the error for *marks* of *store* whose key the secret key does not decrypt."""
    return PersonNeeded(
        f"the secret key does not open the {counted(len(marks), 'mark')} of those whom {store.key} has forgotten",
        hint="put back the key that was in use; if it is lost, forget all of them again, in one call: "
        f"storesync forget {store.key} --lost-key --id ID --id ID --email-stdin",
    )
