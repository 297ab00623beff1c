"""Asks how a shop describes itself, and saves that and what follows: another time zone or another currency."""

import logging

from storesync.errors import (
    IdentityChanged,
    Locked,
    NetworkFailed,
    PlatformError,
    ShopMoved,
    Suspended,
    TimedOut,
    TokenExpired,
    TokenRejected,
)
from storesync.model import Incident, Shop, Store
from storesync.platforms.base import Session
from storesync.rules import passes
from storesync.rules.incidents import NEWS
from storesync.rules.moves import PRICED, changes_of, to_derive, zone_to_follow
from storesync.storage import checkpoints, runs, shops, stores
from storesync.storage.incidents import save_incidents
from storesync.sync.context import SyncContext

log = logging.getLogger(__name__)


def ask(store: Store, session: Session) -> Shop | None:
    """Check with one cheap request that the token works and the shop is still the same; return its description.

    It is None where only that is missing, and the resources may still be readable.
    Raises the errors of a shop that refuses access or does not answer: the next request would fail as well.
    """
    try:
        shop = session.describe()
    except (TokenRejected, TokenExpired, ShopMoved, Suspended, Locked, NetworkFailed, TimedOut):
        raise
    except PlatformError as error:
        if store.connection != "connected" or error.retry_at:
            raise
        log.warning("store.not_described store=%s", store.key)
        return None
    if shop.id != store.shop.id:
        raise IdentityChanged(f"another shop answers at {store.shop.domain} now", hint=store.connect_again)
    return shop


def save_description(context: SyncContext, store: Store, shop: Shop, *, api_version: str) -> Store:
    """Save the description of *shop* for its *store*, inside the caller's transaction; return the changed store."""
    database, now = context.database, context.clock.now()
    changes, zone = changes_of(store, shop), zone_to_follow(store, shop)
    shops.save_description(database, store.id, shop, api_version=api_version, now=now)
    if zone is not None:
        stores.save_time_zone(database, store.id, zone, by=store.time_zone_by)
    if due := to_derive(store, shop):
        from storesync.sync import derivation  # noqa: PLC0415 - shops seldom change

        derivation.begin(context, store, due)
    if any(change.kind == "currency" for change in changes):
        for name, checkpoint in checkpoints.load_checkpoints(database, store.id).items():
            if name in PRICED:
                checkpoints.save_checkpoint(database, store.id, passes.anew(checkpoint))
    runs.save_events(database, [runs.Event(store.id, one.kind, one.message) for one in changes], now)
    news = [Incident(f"{one.about} of {store.key}", NEWS, one.message, opened_at=now, told_at=now) for one in changes]
    save_incidents(database, news, ())
    return stores.load_store(database, store.id)
