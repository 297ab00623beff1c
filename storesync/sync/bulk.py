"""Remembers whether apps may start bulk operations, and starts one in time so that they still may."""

import logging

from storesync.model import Store
from storesync.platforms.base import BulkPlatform, BulkSession, Platform, RequestBudget, Session
from storesync.rules.apps import app_of, apps_of
from storesync.rules.bulk import PREFIX, apps_refused, mark_of, memory_of, wants_start
from storesync.storage import leases, stores
from storesync.storage.timestamps import forget_mark, load_marks, save_mark
from storesync.sync.apart import apart
from storesync.sync.context import SyncContext
from storesync.sync.tokens import TokenManager

TRIES = 3
"""How many stores of an app are tried at a time, where one does not answer."""

log = logging.getLogger(__name__)


def remind(context: SyncContext, store: Store, session: Session) -> None:
    """Tell the *session* of a store whether its app may start bulk operations, as far as is remembered."""
    if isinstance(session, BulkSession):
        memory = memory_of(app_of(store), load_marks(context.database, PREFIX))
        session.bulk.may_start = memory.may_start(context.clock.now())


def remember(context: SyncContext, store: Store, session: Session) -> None:
    """Save for the app of a store what came of the starts that its *session* tried."""
    if not isinstance(session, BulkSession):
        return
    app, now, database = app_of(store), context.clock.now(), context.database
    started, refused, tried = (mark_of(what, app) for what in ("started", "refused", "tried"))
    if session.bulk.has_started:
        save_mark(database, started, now)
    if session.bulk.is_refused:
        if refused not in load_marks(database, refused):
            save_mark(database, refused, now)
        save_mark(database, tried, now)
        log.warning("bulk.refused store=%s", store.key)
    elif session.bulk.has_started:
        forget_mark(database, refused)
        forget_mark(database, tried)


def keep_bulk(context: SyncContext, *, until: float) -> None:
    """Start a bulk operation for each app that would soon lose the permission, or lost it and tries daily.

    Goes on until *until* (seconds of the monotonic clock). A failure is logged and changes nothing.
    Raises `LocalFault` and `DatabaseUnusable`.
    """
    marks, now = load_marks(context.database, PREFIX), context.clock.now()
    apps = apps_of(stores.load_stores(context.database))
    for app in apps_refused(marks):
        if app not in apps:
            # Its last store is gone, or has a token of another app.
            forget_mark(context.database, mark_of("refused", app))
    for app, some in apps.items():
        for store in [store for store in some if store.connection == "connected"][:TRIES]:
            if context.clock.monotonic() >= until:
                return
            with apart(store, "bulk.not_started"):
                platform = context.platform(store.platform)
                may_lapse = isinstance(platform, BulkPlatform) and wants_start(
                    memory_of(app, marks), some, platform.bulk_lapses, now
                )
                if not may_lapse or _start(context, platform, store, until):
                    break


def _start(context: SyncContext, platform: Platform, store: Store, until: float) -> bool:
    """Start an operation on one store; return False where it is being worked on, else remember what came of it."""
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger="look-after") as lease:
        if lease is None:
            return False
        credential = TokenManager(context, store, lease).fresh(platform)
        traffic = RequestBudget(deadline=until)
        session = platform.open(store.shop.key, credential, shop=store.shop, traffic=traffic)
        try:
            if isinstance(session, BulkSession):
                session.start_bulk()
                remember(context, store, session)
        finally:
            session.close()
        return True
