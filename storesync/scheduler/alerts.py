"""Alerts after a tick: detects platform outages, excuses affected stores, and finds what to report."""

from collections.abc import Collection, Iterable

from storesync.errors import AddressBlocked
from storesync.model import Incident, Store
from storesync.rules import health
from storesync.rules.apps import apps_of, title_of
from storesync.rules.bulk import PREFIX, apps_refused
from storesync.rules.health import Failure
from storesync.rules.incidents import (
    BLOCKED,
    BULK,
    Blocked,
    Lacking,
    News,
    Uncompared,
    blocked_apps,
    news_of,
    ongoing_outages,
    troubles_of,
)
from storesync.rules.outages import LATELY, LEAST, Attempt, Outage, outages
from storesync.runtime.instants import is_within
from storesync.scheduler.tick import Tick
from storesync.storage import counts, incidents, stores
from storesync.storage.checkpoints import load_left_out, load_unread
from storesync.storage.timestamps import forget_mark, load_marks, save_mark
from storesync.sync.context import SyncContext
from storesync.sync.freshness import forecast
from storesync.sync.job import SyncResult

REFUSED_AT = "address_refused_at:"
"""How the names of the marks begin that say when an app, by its title, last refused this machine's address."""


def watch(context: SyncContext, tick: Tick, *, remedy: str | None = None) -> News:
    """Excuse the stores that failed because of a platform outage; save the incidents and return what to report.

    *remedy* is the command to run if notices cannot be sent at all, None if they can.
    """
    known = incidents.load_incidents(context.database)
    ongoing = _outages(context, tick, known)
    _excuse(context, tick, ongoing)
    # In one transaction, so that a concurrent tick does not report the same again.
    with context.database.transaction():
        known = incidents.load_incidents(context.database)
        lacking = {key: Lacking(*lack) for key, lack in counts.lacking(context.database).items()}
        failing = counts.uncompared(context.database).items()
        uncompared = {key: [Uncompared(*one) for one in resources] for key, resources in failing}
        troubled = stores.load_troubled(context.database)
        without_bulk = apps_refused(load_marks(context.database, PREFIX))
        blocked, idle, lasting = _blocked(context, tick, known)
        troubles = troubles_of(
            troubled,
            lacking,
            ongoing,
            remedy,
            uncompared,
            without_bulk=without_bulk,
            blocked=blocked,
            without=load_left_out(context.database),
            unread=load_unread(context.database),
        )
        given_up = _given_up(context, known) | idle
        news = news_of(known, troubles, context.clock.now(), given_up=given_up, lasting=lasting)
        incidents.save_incidents(context.database, [one for one in news.open if one not in known], news.closed)
    return news


def _blocked(context: SyncContext, tick: Tick, known: Iterable[Incident]) -> tuple[list[Blocked], set[str], set[str]]:
    """Return the apps that their platform refuses, and topics of *known* ones: without a store, and refused lately.

    They were refused in *tick*, or before, and have let in no store since, while one waits for it.
    """
    topics = {one.topic for one in known if one.kind.startswith(BLOCKED)}
    if not (topics or tick.refused):
        return [], set(), set()
    live = apps_of(one for one in stores.load_stores(context.database) if one.connection != "paused")
    titles = {title_of(app) for app in live}
    before, found = blocked_apps(known, live), []
    for app, code in sorted({**before, **{app: fault.code for app, fault in tick.refused.items()}}.items()):
        waiting = [one for one in live.get(app, ()) if one.last_error_code == code]
        fault = tick.refused.get(app)
        if app in tick.let_in and (code == AddressBlocked.code or fault is None):
            continue
        if fault and code == AddressBlocked.code:
            save_mark(context.database, f"{REFUSED_AT}{title_of(app)}", context.clock.now())
        if fault:
            found.append(Blocked(app, code, fault.message, fault.hint, max(1, len(waiting))))
        elif waiting:
            found.append(Blocked(app, code, waiting[0].last_error or "", waiting[0].hint, len(waiting)))
    return found, topics - titles, _refused_lately(context, titles)


def _refused_lately(context: SyncContext, titles: Collection[str]) -> set[str]:
    """Return which of the *titles* of apps refused this machine's address within `LEAST`, and forget the others.

    An address that has changed may soon change once more, which is no news then.
    """
    found = set()
    for mark, at in load_marks(context.database, REFUSED_AT).items():
        title = mark.removeprefix(REFUSED_AT)
        if title in titles and is_within(at, context.clock.now(), LEAST):
            found.add(title)
        else:
            forget_mark(context.database, mark)
    return found


def _outages(context: SyncContext, tick: Tick, known: Iterable[Incident]) -> list[Outage]:
    """Return the platforms with an outage. Only stores that were connected before the tick count as evidence."""
    before = {result.store.key: result.before for result in tick.results if result.before}
    tried = stores.load_tried(context.database, context.clock.now() - LATELY)
    attempts = [_attempt(store) for store in tried if before.get(store.key, store).connection == "connected"]
    waiting = stores.load_platforms_excused(context.database)
    return outages(attempts, ongoing_outages(known), waiting=waiting, now=context.clock.now())


def _attempt(store: Store) -> Attempt:
    return Attempt(store.platform, store.last_error_code, is_first=store.consecutive_failures + store.excused == 1)


def _excuse(context: SyncContext, tick: Tick, ongoing: Iterable[Outage]) -> None:
    troubled = {outage.platform: outage for outage in ongoing}
    for result in tick.results:
        outage = troubled.get(result.store.platform)
        if result.failure and result.reads and outage and outage.excuses(result.failure.code, context.clock.now()):
            _excuse_one(context, result, result.failure)


def _excuse_one(context: SyncContext, result: SyncResult, failure: Failure) -> None:
    if result.before is None or result.ended_at is None or result.before.connection != "connected":
        return
    spared = health.excused(result.before, failure, result.ended_at, context.timing)
    if stores.excuse(context.database, result.store, spared, now=context.clock.now()):
        result.events = []
        with context.database.transaction():
            forecast(context, result.store.id)


def _given_up(context: SyncContext, known: Iterable[Incident]) -> set[str]:
    """Return the topics of stores that the operator paused, disconnected or removed, and of apps without stores."""
    about = [one.topic for one in known if ":" in one.topic]
    connections = {topic: stores.load_connection(context.database, topic.split()[-1]) for topic in about}
    without_bulk = {one.topic for one in known if one.topic.startswith(BULK)}
    if without_bulk:
        without_bulk -= {f"{BULK}{app}" for app in apps_of(stores.load_stores(context.database))}
    return without_bulk | {topic for topic, found in connections.items() if found in {None, "paused", "disconnected"}}
