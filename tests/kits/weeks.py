"""Days and weeks of the whole scheduler in one process, decided by one seed.

A town of stores of both platforms lives through sales, faults, outages, kills and an operator's
whims; its clock jumps from one minute in which something is due to the next. `promises.Books`
watches. The same seed lives the same week.
"""

import hashlib
import itertools
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import httpx

from storesync.app.wiring import open_context
from storesync.errors import LocalFault
from storesync.platforms.base import Granted
from storesync.runtime.notices import Notices
from storesync.runtime.settings import load_settings
from storesync.runtime.world import OutsideWorld
from storesync.scheduler.local_faults import Machine
from storesync.scheduler.sync_due import Voice, tick_and_tell
from storesync.simulator import audit, sales
from storesync.simulator.shop import Shop
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World
from storesync.storage.database import Database
from storesync.storage.engine import sqlite3
from storesync.storage.opening import open_database
from storesync.storage.stores import find_stores
from storesync.stores.connect import Labels, enter
from storesync.sync import on_demand
from storesync.sync.context import SyncContext
from storesync.sync.job import SyncRequest
from storesync.sync.reconcile import ReconcileRequest
from storesync.tables import TABLES
from tests.kits.program import NOON, FakeClock, Inline
from tests.kits.promises import DAY, HOUR, MINUTE, PLATFORMS, Books, minute_of

if TYPE_CHECKING:
    from storesync.simulator.faults import Rule

LONG_AGO = timedelta(hours=30)
"""How long before its first day a town was connected: no store is lively for being new."""

QUIET_END = timedelta(hours=6, minutes=30)
"""At the end of a story nothing goes wrong any more: as long as the longest wait, and a little."""

TOO_LATE = timedelta(minutes=1)
"""An answer that took so long to arrive is none."""

DEEPEST = 2
"""So many ticks run inside one another where each sleeps into the next minute."""

BY_THE_CLOCK = re.compile(r"coupons \d+ status")
"""A coupon begins and ends without a change that anybody is told of: the sweep of the next day sees it."""

GRIEVED = 2
"""In every third town this store's token is refused long before the first day."""

PINNED = (3, 4)
"""Stores whose tier no sale moves: they sell at all hours."""

FAULTS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "times": 1},
    "401, but not to a probe": {"status": 401, "path": "/products", "platform": "tiendanube"},
    "402": {"status": 402},
    "404": {"status": 404},
    "429": {"status": 429},
    "429, back in seconds": {"status": 429, "headers": {"retry-after": "20"}, "times": 2},
    "429, back in an hour": {"status": 429, "headers": {"retry-after": "3600"}, "times": 3},
    "500": {"status": 500},
    "503, back in minutes": {"status": 503, "headers": {"retry-after": "900"}, "times": 3},
    "throttled": {"throttled": True, "platform": "shopify"},
    "silence": {"hang": True, "delay": 30.0, "times": 3},
    "cut": {"truncate": 0.5},
    "HTML": {"html": True, "times": 9},
}
OUTAGES: dict[str, dict[str, Any]] = {
    "503": {"status": 503},
    "refused": {"reset": "connect"},
    "silent": {"hang": True, "delay": 30.0},
}


class Killed(BaseException):
    """The process died here, and does nothing more."""


@dataclass
class Life:
    """What is left of a process's life, in steps: requests, answers, transactions. None: it dies a natural death."""

    dies_at: int | None = None
    steps: int = 0

    def step(self) -> None:
        """Take one more step, or die here."""
        self.steps += 1
        self.go_on()

    def go_on(self) -> None:
        """Do nothing more once dead."""
        if self.dies_at is not None and self.steps >= self.dies_at:
            raise Killed


class Mortal(Database):
    """A database that a dead process writes nothing to."""

    life = Life()

    @classmethod
    def of(cls, database: Database, life: Life) -> "Mortal":
        """Return the same connection, for as long as *life* lasts."""
        mortal = cls(database.connection, database.path)
        mortal.life = life
        return mortal

    def again(self) -> "Mortal":
        """Open another connection of the same process."""
        return Mortal.of(super().again(), self.life)

    def write(self, sql: str, parameters: Any = ()) -> int:
        """Run one statement, unless dead."""
        self.life.go_on()
        return super().write(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; a process may die before the beginning, before the end, and after it."""
        self.life.step()
        with super().transaction():
            yield
            self.life.step()
        self.life.step()


@dataclass(frozen=True)
class Event:
    """Something that happens at *at*, to the store number *who* or to all."""

    at: datetime
    word: str
    who: int = 0
    detail: Any = None
    over: bool = False


@dataclass(frozen=True)
class Story:
    """What a seed decides before anything happens."""

    seed: int
    days: int
    stores: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]

    @property
    def begins(self) -> datetime:
        """When the first day begins."""
        return NOON + LONG_AGO

    @property
    def ends(self) -> datetime:
        """When the last day ends."""
        return self.begins + self.days * DAY


def story_of(seed: int, days: int) -> Story:
    """Return what happens to a town of six stores in *days*."""
    chance = Random(f"town {seed}")
    tiendanube = chance.choice((2, 3, 3, 4))
    stores = [("tiendanube", str(1000 + n)) if n < tiendanube else ("shopify", f"shop{n}") for n in range(6)]
    chance.shuffle(stores)
    author = _Author(chance, NOON + LONG_AGO, days)
    events = [*author.business(), *author.trouble(stores), *author.operator()]
    return Story(seed, days, tuple(stores), tuple(sorted(events, key=lambda event: event.at)))


@dataclass
class _Author:
    """Writes the events of a story."""

    chance: Random
    begins: datetime
    days: int

    def business(self) -> Iterator[Event]:
        """Sales and new stores. Most sleep most of the time: a lively hour costs a dozen syncs."""
        spans = ((1, 3), (3, 8), (3, 8)) if self.days == 1 else ((5, 16), (20, 60), (20, 60))
        for who, span in enumerate(spans):
            yield Event(self.begins, "pin", who, "low")
            yield from self._waking(who, timedelta(hours=self.chance.uniform(*span)))
        for _ in range(3 * self.days):
            yield Event(self._at(), "sale", self.chance.choice(PINNED), 1)
        newcomer = Event(self._at(), "newcomer", 5)
        yield newcomer
        yield Event(newcomer.at + timedelta(hours=self.chance.uniform(0.2, 1.5)), "pin", 5, "low")

    def _waking(self, who: int, span: timedelta) -> Iterator[Event]:
        """A store that sleeps is read as its own activity asks for, for a while: store 0 sells all the time."""
        ends = self._between(self.begins + span, self.begins + self.days * DAY)
        begins = at = ends - span
        yield Event(begins, "pin", who, None)
        yield Event(begins, "by_hand", who)
        while who == 0 and at < ends - HOUR / 2:
            yield Event(at, "sale", who, self.chance.randint(1, 3))
            at += timedelta(minutes=self.chance.uniform(5, 90))
        for _ in range(3 * self.days if who == 0 else 0):
            yield Event(self._between(begins, ends - HOUR / 2), "late_sale", who, self.chance.uniform(60, 540))
        yield Event(self._between(ends - HOUR, ends), "sale", who, 1)
        yield Event(ends, "pin", who, "low")

    def trouble(self, stores: list[tuple[str, str]]) -> Iterator[Event]:
        """Faults, outages, revoked tokens, kills, missed ticks."""
        for _ in range(7 * self.days):
            who, (name, rule) = self.chance.randrange(6), self.chance.choice(list(FAULTS.items()))
            if rule.get("platform") in {None, stores[who][0]}:
                spell = [*self._spell("fault", who, name, hours=self.chance.uniform(0.1, 2))]
                yield from spell
                if who in PINNED:
                    yield Event(self._between(*(event.at for event in spell)), "sale", who, 2)
        for _ in range(self.days):
            platform, name = self.chance.choice(PLATFORMS), self.chance.choice(list(OUTAGES))
            yield from self._spell("outage", 0, (platform, name), hours=self.chance.uniform(0.5, 5))
            yield from self._spell("revoked", self.chance.randrange(6), None, hours=self.chance.choice((0.5, 3, 9)))
            yield from self._spell("scope", self.chance.randrange(6), None, hours=self.chance.uniform(0.1, 3), calm=6.5)
            yield Event(self._at(), "off", 0, timedelta(minutes=self.chance.uniform(2, 200)))
            if self.chance.random() < 0.5:
                yield from self._spell("offline", 0, None, hours=self.chance.uniform(0.05, 1))
        if self.chance.random() < 0.9:
            # On the first morning all stores are due at once, and meet an outage together.
            platforms = [platform for platform, _ in stores[:5]]
            outage = (max(PLATFORMS, key=platforms.count), self.chance.choice(list(OUTAGES)))
            yield Event(self.begins, "outage", 0, outage)
            yield Event(self.begins + timedelta(hours=self.chance.uniform(0.2, 5)), "outage", 0, outage, over=True)
        # Since long before: the town's first days say when.
        yield Event(self.begins + timedelta(hours=self.chance.uniform(1, 4)), "revoked", GRIEVED, over=True)
        for _ in range(4 * self.days):
            yield Event(self._at(), "kill", 0, self.chance.randint(1, 40))

    def operator(self) -> Iterator[Event]:
        """What somebody types, and ticks at odd times."""
        # On the first morning many wait for their turn while somebody else comes in between.
        yield Event(self.begins, "twice", 0, (self.chance.choice((10, 30, 60)), self.chance.random() < 0.5))
        for _ in range(3 * self.days):
            yield Event(self._at(), "twice", 0, (self.chance.choice((1, 2, 3, 20, 40)), self.chance.random() < 0.5))
            yield Event(self._at(), "by_hand", self.chance.randrange(6))
            yield Event(self._at(), "idle")
        for _ in range(self.days):
            yield from self._spell("pause", self.chance.randrange(6), None, hours=self.chance.uniform(0.1, 4))

    def _spell(self, word: str, who: int, detail: Any, *, hours: float, calm: float = 0.0) -> Iterator[Event]:
        """Something that is over after *hours*, and *calm* hours before all is calm."""
        last = self._calm() - timedelta(hours=calm)
        begins = self._between(self.begins, last)
        yield Event(begins, word, who, detail)
        yield Event(min(begins + timedelta(hours=hours), last), word, who, detail, over=True)

    def _at(self) -> datetime:
        return self._between(self.begins, self._calm())

    def _calm(self) -> datetime:
        return self.begins + self.days * DAY - QUIET_END

    def _between(self, one: datetime, other: datetime) -> datetime:
        return one + timedelta(seconds=round(self.chance.uniform(0, (other - one).total_seconds())))


class Town:
    """A machine with storesync on it, the world around it, and the books."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.home = folder / "home"
        self.clock = FakeClock()
        self.machine = replace(self.clock.clock(), sleep=self.sleep)
        self.simulator = Simulator(World(story.seed, self.clock.now))
        self.settings = load_settings(
            {"STORESYNC_HOME": str(self.home), "STORESYNC_LOG_LEVEL": "error", "STORESYNC_MIN_FREE": "0MB"}
        )
        self.chance = Random(f"machine {story.seed}")
        self.names = (f"worker-{number}" for number in itertools.count())
        self.books = Books(self.clock.now, self.rows)
        self.trace = hashlib.sha256()
        self.shops = [self.simulator.world.add_shop(*store, orders=6) for store in story.stores]
        self.rules: dict[object, list[Rule]] = defaultdict(list)
        self.tokens: dict[str, dict] = {}
        self.depth = 0
        self.last_tick = NOON
        self.off_until = NOON
        self.dies_at: int | None = None
        self.twice: tuple[int, bool] | None = None
        self.connection: Any = None

    # The operator's machine.

    def rows(self, query: str, *parameters: object) -> list[tuple]:
        """Ask the database."""
        return self.connection.execute(query, parameters).fetchall()

    def outside(self, life: Life, executor: Inline | None = None, name: str = "operator") -> OutsideWorld:
        """Return the world as one process sees it."""
        return OutsideWorld(
            environment={},
            clock=self.machine,
            jitter=self.chance.random,
            name=lambda: name,
            transport=Wire(self, name, life),
            executor=executor,
            reaches=lambda _host: not self.books.offline,
        )

    @contextmanager
    def context(self, outside: OutsideWorld, life: Life, *, create: bool = False) -> Iterator[SyncContext]:
        """Open what working on stores takes, for as long as *life* lasts."""
        with open_context(self.settings, outside, create=create) as context:
            yield replace(context, database=Mortal.of(context.database, life))

    def connect(self, shop: Shop) -> None:
        """Connect a store in a good moment, and leave its first sync to the schedule."""
        life, faults = Life(), self.simulator.faults
        with self.context(self.outside(life), life, create=True) as context, patch.object(faults, "rules", []):
            platform = context.platform(shop.platform)
            enter(context, platform, Granted(shop.key, platform.pasted(shop.issue_token())), Labels())
        self.connection = self.connection or sqlite3.connect(self.home / "storesync.db", isolation_level=None)
        self.books.connected(shop)

    def sleep(self, seconds: float) -> None:
        """Let time pass; cron starts the ticks of the minutes that begin meanwhile."""
        until = self.clock.at + timedelta(seconds=seconds)
        while self.depth and self.depth < DEEPEST and (begins := minute_of(self.clock.at) + MINUTE) <= until:
            self.clock.at = begins
            self.books.seen["tick in a tick"] += 1
            self.tick()
        self.clock.at = max(self.clock.at, until)

    def tick(self, *, dies_at: int | None = None) -> None:
        """Let cron call sync-due."""
        name, life, lines = next(self.names), Life(dies_at), []
        self.books.tick_began(name, nested=self.depth > 0)
        self.last_tick = max(self.last_tick, minute_of(self.clock.at))
        self.depth += 1
        outside = self.outside(life, Hands(self.books, name, life), name)
        try:
            with self.context(outside, life) as context:
                voice = Voice(tell=lines.append, notices=Notices())
                code = tick_and_tell(context, outside, Machine(self.home, self.home), voice).exit_code
        except Killed:
            # A process that is killed leaves its lock file behind, with nobody holding it.
            (self.home / "workers" / name).touch(0o600)
            self.bury(name)
        else:
            self.books.tick_ended(name, code, lines)
            self.trace.update(repr((self.clock.at, code, lines)).encode())
        finally:
            self.depth -= 1
        self.books.check_all()

    def bury(self, name: str) -> None:
        """Tell the books of a worker that was killed."""
        saved = self.books.died(name)
        if self.books.offline:
            # Without a network nothing is saved of an attempt.
            self.books.abandoned(name)
            saved = []
        with closing(open_database(self.settings.database)) as database:
            for store in find_stores(database, saved) if saved else ():
                attempt = self.books.accounts[store.key].attempt
                self.books.ended(name, store, reads=not (attempt and attempt.is_early))
        self.books.ticks.pop(name)
        self.dies_at = None

    def by_hand(self, who: int, compare: ReconcileRequest | None = None) -> None:
        """Let the operator call `sync`, or `reconcile`."""
        name, life = next(self.names), Life()
        request = SyncRequest("sync" if compare is None else "reconcile", compare=compare)
        with self.context(self.outside(life, name=name), life) as context:
            chosen = find_stores(context.database, [self.key(who)])
            try:
                results = list(on_demand.work_on(context, chosen, request, patience=timedelta()))
            except LocalFault:
                self.books.abandoned(name)
                return
            for result in results:
                self.books.seen[f"by hand {result.result}"] += 1
                if result.result != "busy" and compare is None:
                    self.books.ended(name, result.store)

    # The story.

    def live(self) -> None:
        """Live through the story; raise `AssertionError` at the first tick that breaks a promise."""
        # A thread would take its turns as it likes; a story must repeat exactly.
        with patch("storesync.sync.read_ahead.ThreadPoolExecutor", Alone):
            self._live()

    def _live(self) -> None:
        self.settle()
        events = list(self.story.events)
        while self.clock.at < self.story.ends:
            turn = self.next_turn()
            while events and events[0].at <= turn:
                event = events.pop(0)
                self.clock.at = max(self.clock.at, event.at)
                self.happen(event)
                turn = min(turn, self.next_turn()) if event.word != "off" else self.next_turn()
            self.clock.at = max(self.clock.at, turn + timedelta(seconds=self.chance.randrange(5)))
            self.tick(dies_at=self.dies_at)
            self.judge()
        self.books.check_well(self.books.accounts)
        self.judge()

    def settle(self) -> None:
        """Connect and load all stores but the newcomer, long before the first day."""
        for shop in self.shops[:5]:
            self.connect(shop)
        for who in PINNED:
            self.happen(
                Event(self.clock.at, "pin", who, self.chance.choice((*["low"] * (1 + self.story.days), "medium")))
            )
        self.clock.advance(minutes=3)
        self.tick()
        self.clock.advance(minutes=1)
        if self.story.seed % 3 == 0:
            self.happen(Event(self.clock.at, "revoked", GRIEVED))
        for _ in range(5):
            self.tick()
            self.clock.advance(minutes=1)
        self.judge()
        self.clock.at = self.story.begins

    def next_turn(self) -> datetime:
        """Return the next minute in which somebody is due and the machine is on."""
        due = min(one.due for one in self.books.accounts.values() if not one.paused)
        turn = max(due, self.last_tick + MINUTE, self.off_until, minute_of(self.clock.at))
        return turn if turn == minute_of(turn) else minute_of(turn) + MINUTE

    def happen(self, event: Event) -> None:
        """Let *event* happen, unless its store is not connected yet."""
        shop = self.shops[event.who]
        if event.word in {"by_hand", "pause"} and self.key(event.who) not in self.books.accounts:
            return
        getattr(self, f"_happens_{event.word}")(event, shop)

    def key(self, who: int) -> str:
        """Return the key of store number *who*."""
        return f"{self.shops[who].platform}:{self.shops[who].key}"

    def _happens_sale(self, event: Event, shop: Shop) -> None:
        self.simulator.world.advance(shop, event.detail)
        self.books.changed(self.key(event.who))

    def _happens_late_sale(self, event: Event, shop: Shop) -> None:
        """An order is shown only minutes after the time it bears."""
        world = self.simulator.world
        world.clock = lambda: self.clock.at - timedelta(seconds=event.detail)
        sales.place_order(shop, None)
        world.clock = self.clock.now
        self.books.changed(self.key(event.who))

    def _happens_newcomer(self, event: Event, shop: Shop) -> None:
        self.connect(shop)
        self.books.seen["newcomer"] += 1

    def _happens_pin(self, event: Event, shop: Shop) -> None:
        key, tier = self.key(event.who), event.detail
        self.rows(
            "UPDATE stores SET tier = coalesce(?, tier), tier_pinned = ? WHERE key = ?", tier, tier is not None, key
        )
        self.books.accounts[key].tier = tier or self.books.accounts[key].tier

    def _happens_fault(self, event: Event, shop: Shop) -> None:
        rule = {**FAULTS[event.detail], "platform": shop.platform, "shop": shop.key}
        self._strike(event, (event.detail, event.who), rule)

    def _happens_outage(self, event: Event, shop: Shop) -> None:
        platform, name = event.detail
        self._strike(replace(event, detail=name), event.detail, {**OUTAGES[name], "platform": platform})

    def _strike(self, event: Event, name: object, rule: dict[str, Any]) -> None:
        faults = self.simulator.faults
        if not event.over:
            self.rules[name].append(faults.add({"times": None, **rule}))
            return
        ended = self.rules[name].pop()
        # Another one may be its equal.
        faults.rules[:] = [rule for rule in faults.rules if rule is not ended]
        self.books.seen[f"{event.word} {event.detail}"] += ended.met > 0

    def _happens_revoked(self, event: Event, shop: Shop) -> None:
        """The platform takes no token of the shop, and later takes the same ones again."""
        if event.over:
            shop.tokens.update(self.tokens.pop(self.key(event.who), {}))
        else:
            self.tokens.setdefault(self.key(event.who), dict(shop.tokens))
            shop.tokens.clear()
            self.books.seen["revoked"] += 1

    def _happens_scope(self, event: Event, shop: Shop) -> None:
        for token in (*shop.tokens.values(), *self.tokens.get(self.key(event.who), {}).values()):
            token.scopes = token.scopes | {"read_customers"} if event.over else token.scopes - {"read_customers"}
        self.books.seen["scope"] += event.over

    def _happens_offline(self, event: Event, shop: Shop) -> None:
        self.books.offline = not event.over
        self.books.seen["offline"] += event.over

    def _happens_off(self, event: Event, shop: Shop) -> None:
        self.off_until = max(self.off_until, event.at + event.detail)
        self.books.seen["off"] += 1

    def _happens_kill(self, event: Event, shop: Shop) -> None:
        self.dies_at = event.detail

    def _happens_twice(self, event: Event, shop: Shop) -> None:
        self.twice = event.detail

    def _happens_idle(self, event: Event, shop: Shop) -> None:
        if self.clock.at >= self.off_until:
            self.tick()

    def _happens_by_hand(self, event: Event, shop: Shop) -> None:
        self.by_hand(event.who)

    def _happens_pause(self, event: Event, shop: Shop) -> None:
        before, after = ("paused", "connected") if event.over else ("connected", "paused")
        changed = self.rows(
            "UPDATE stores SET connection = ? WHERE key = ? AND connection = ? RETURNING id",
            *(after, self.key(event.who), before),
        )
        if changed:
            self.books.paused(self.key(event.who), paused=not event.over)
            self.books.seen["pause"] += 1

    def judge(self) -> None:
        """Raise `AssertionError` where a promise was broken."""
        if self.books.breaches:
            raise AssertionError("\n".join([f"seed {self.story.seed}, {self.story.days} days:", *self.books.breaches]))

    # What is left in the end.

    def differences(self) -> list[str]:
        """Reconcile all stores once; return where the database then differs from the truth."""
        for who in range(6):
            # A platform that lists nothing any more is believed only where a person confirms it.
            self.by_hand(who, ReconcileRequest(confirm=True))
        found = [one for shop in self.shops for one in audit.differences(self.connection, shop)]
        return [one for one in found if not BY_THE_CLOCK.match(one)]

    def fingerprint(self) -> str:
        """Return a hash of every request and every row of this story."""
        for table in ("stores", "runs", "run_resources", "events", "ticks", "checkpoints", *TABLES):
            for row in self.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3"):
                self.trace.update(repr(row).encode())
        return self.trace.hexdigest()


class Hands(Inline):
    """An executor that works inline and tells the books."""

    def __init__(self, books: Books, worker: str, life: Life) -> None:
        super().__init__()
        self.books = books
        self.worker = worker
        self.life = life

    def start(self, work: Any) -> Any:
        self.books.claimed(self.worker)
        return super().start(lambda: self._done(work))

    def wait(self, started: Any, timeout_s: float) -> Any:
        self.life.go_on()
        return super().wait(started, timeout_s)

    def _done(self, work: Any) -> Any:
        try:
            result = work()
        except Exception:
            self.books.abandoned(self.worker)
            raise
        self.books.ended(self.worker, result.store, reads=result.reads)
        return result


class Alone(Executor):
    """Fetches the next page before the last one is saved, in the one thread there is."""

    def __init__(self, *_size: object, **_name: object) -> None:
        """Take what an executor takes."""

    def submit(self, work: Any, *words: Any) -> Any:
        future: Future = Future()
        try:
            future.set_result(work(*words))
        except BaseException as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


class Wire(SimulatorTransport):
    """The network as one process sees it."""

    def __init__(self, town: Town, worker: str, life: Life) -> None:
        super().__init__(town.simulator, sleep=town.sleep)
        self.town = town
        self.worker = worker
        self.life = life
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer *request*, unless the process dies before or the network is gone."""
        books, began = self.town.books, self.town.clock.at
        key = self._key(request)
        known = key in books.accounts
        self.life.step()
        self._meet_others()
        if known:
            books.asked(self.worker, key)
        self.town.clock.at += timedelta(seconds=0.05)
        status, retry_after, strikes = 0, None, self._strikes()
        try:
            if books.offline and not self.worker == "operator":
                raise httpx.ConnectError("[Errno -3] Temporary failure in name resolution", request=request)
            response = super().handle_request(request)
            if self.town.clock.at - began < TOO_LATE:
                status, retry_after = response.status_code, response.headers.get("retry-after")
        finally:
            self.town.trace.update(f"{self.town.clock.at} {request.url} {status} ".encode() + request.content)
            if known:
                books.answered(key, status, retry_after, is_struck=self._strikes() > strikes)
        self.life.step()
        return response

    def _strikes(self) -> int:
        """Return how many requests were struck by the faults of now."""
        return sum(
            rule.met if rule.times is None else min(rule.met, rule.times) for rule in self.simulator.faults.rules
        )

    def _key(self, request: httpx.Request) -> str:
        host, path = request.url.host, request.url.path
        if host.endswith(".myshopify.com"):
            return f"shopify:{host.removesuffix('.myshopify.com')}"
        return f"tiendanube:{path.split('/')[2]}"

    def _meet_others(self) -> None:
        """Let a second tick, or the operator's own sync, come in between."""
        town, self.asked = self.town, self.asked + 1
        if town.depth != 1 or town.twice is None or self.asked != town.twice[0]:
            return
        by_hand, town.twice = town.twice[1], None
        town.books.seen["twice"] += 1
        if by_hand:
            town.depth += 1
            town.by_hand(town.chance.randrange(5))
            town.depth -= 1
        else:
            town.tick()


@contextmanager
def lived(seed: int, days: int) -> Iterator[Town]:
    """Let the town of *seed* live through its days, and look at what is left; `AssertionError` for a broken promise."""
    memory = Path("/dev/shm")  # noqa: S108 - a database in memory, where there is such a place
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="storesync-weeks-") as folder:
        town = Town(story_of(seed, days), Path(folder))
        town.live()
        different = town.differences()
        town.judge()
        if different:
            raise AssertionError("\n".join([f"seed {seed}, {days} days:", *different]))
        yield town
        town.connection.close()
