"""After a tick: whose fault it was, and what is to be told of it."""

from collections.abc import Iterable

from storesync.model import Incident, Store
from storesync.rules import health
from storesync.rules.health import Failure
from storesync.rules.incidents import Lacking, News, Uncompared, news_of, ongoing_outages, troubles_of
from storesync.rules.outages import LATELY, Attempt, Outage, outages
from storesync.scheduler.tick import Tick
from storesync.storage import census, incidents, stores
from storesync.sync.context import Tools
from storesync.sync.freshness import look_ahead
from storesync.sync.job import Result


def watch(tools: Tools, tick: Tick, *, remedy: str | None = None) -> News:
    """Excuse the stores that failed in their platform's trouble; remember and return what is to be told.

    *remedy* is what to type where notices cannot be sent at all.
    """
    known = incidents.load_incidents(tools.database)
    ongoing = _outages(tools, tick, known)
    _excuse(tools, tick, ongoing)
    # What one tick tells, another one beside it does not tell again.
    with tools.database.transaction():
        known = incidents.load_incidents(tools.database)
        lacking = {key: Lacking(*lack) for key, lack in census.lacking(tools.database).items()}
        failing = census.uncompared(tools.database).items()
        uncompared = {key: [Uncompared(*one) for one in resources] for key, resources in failing}
        troubles = troubles_of(stores.load_troubled(tools.database), lacking, ongoing, remedy, uncompared)
        news = news_of(known, troubles, tools.clock.now(), given_up=_given_up(tools, known))
        incidents.save_incidents(tools.database, [one for one in news.open if one not in known], news.closed)
    return news


def _outages(tools: Tools, tick: Tick, known: Iterable[Incident]) -> list[Outage]:
    """Return the platforms in trouble. Who is known to need a person, or to be closed, says nothing of its platform."""
    before = {result.store.key: result.before for result in tick.results if result.before}
    tried = stores.load_tried(tools.database, tools.clock.now() - LATELY)
    attempts = [_attempt(store) for store in tried if before.get(store.key, store).connection == "connected"]
    waiting = stores.load_platforms_excused(tools.database)
    return outages(attempts, ongoing_outages(known), waiting=waiting, now=tools.clock.now())


def _attempt(store: Store) -> Attempt:
    return Attempt(store.platform, store.last_error_code, is_first=store.consecutive_failures + store.excused == 1)


def _excuse(tools: Tools, tick: Tick, ongoing: Iterable[Outage]) -> None:
    troubled = {outage.platform: outage for outage in ongoing}
    for result in tick.results:
        outage = troubled.get(result.store.platform)
        if result.failure and result.reads and outage and outage.excuses(result.failure.code, tools.clock.now()):
            _excuse_one(tools, result, result.failure)


def _excuse_one(tools: Tools, result: Result, failure: Failure) -> None:
    if result.before is None or result.ended_at is None or result.before.connection != "connected":
        return
    spared = health.excused(result.before, failure, result.ended_at, tools.timing)
    if stores.excuse(tools.database, result.store, spared, now=tools.clock.now()):
        result.events = []
        with tools.database.transaction():
            look_ahead(tools, result.store.id)


def _given_up(tools: Tools, known: Iterable[Incident]) -> set[str]:
    """Return the topics that the operator gave up: stores that were paused, disconnected or removed."""
    about = [one.topic for one in known if ":" in one.topic]
    connections = {topic: stores.load_connection(tools.database, topic.split()[-1]) for topic in about}
    return {topic for topic, found in connections.items() if found in {None, "paused", "disconnected"}}
