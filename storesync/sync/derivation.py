"""Derives rows anew from what the platform sent, after a shop's own time zone, currency or language has changed."""

from collections.abc import Collection

from storesync.model import Lease, Store
from storesync.storage import leases, rebuilds, stores
from storesync.sync.context import SyncContext
from storesync.sync.rebuild import places


def begin(context: SyncContext, store: Store, resources: Collection[str]) -> None:
    """Save that rows of these *resources* are to be derived anew, inside the caller's transaction."""
    rebuilds.forget_places(context.database, [store.id], tuple(resources))
    due = stores.load_store(context.database, store.id).derive_due
    stores.save_derive_due(context.database, store.id, dict.fromkeys((*due, *resources)))


def derive(context: SyncContext, store: Store, lease: Lease, *, until: float) -> None:
    """Derive what is due of *store* in small transactions, until the monotonic clock passes *until*.

    At least one batch of records is done; the next call goes on behind it. Raises `LeaseLost`.
    """
    for name in store.derive_due:
        for place in places(context, store, name):
            with context.database.transaction():
                leases.renew(context.database, lease, context.clock)
            if place.records and context.clock.monotonic() >= until:
                return
        end(context, store, [name])


def end(context: SyncContext, store: Store, resources: Collection[str]) -> None:
    """Save that all rows of *resources* are derived by what *store* says of its shop, unless that changed since."""
    with context.database.transaction():
        now = stores.load_store(context.database, store.id)
        if now.shop == store.shop:
            rebuilds.forget_places(context.database, [store.id], tuple(resources))
            left = [name for name in now.derive_due if name not in resources]
            stores.save_derive_due(context.database, store.id, left)
