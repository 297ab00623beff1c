"""One tick: finds the due stores and runs their slices in groups until the time budget is spent."""

import logging
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime
from functools import partial

from storesync.data import dataclass
from storesync.errors import AppBlocked, DatabaseUnusable, LocalFault, StoresyncError, gravest
from storesync.model import Lease, Store
from storesync.rules.apps import app_of, blocked_first, is_blocked_by
from storesync.rules.incidents import blocked_apps
from storesync.rules.schedule import Due, due_stores, minute_of, wants_comparison
from storesync.rules.slots import Slots, next_slot, wait_for_group
from storesync.runtime.clock import agreed, wrong_clock
from storesync.runtime.executor import Executor, ThreadExecutor
from storesync.runtime.instants import text_of
from storesync.scheduler.housekeeping import housekeep
from storesync.storage import incidents, leases, stores, ticks
from storesync.storage.database import DatabasePool
from storesync.sync.context import SyncContext
from storesync.sync.job import SyncRequest, SyncResult
from storesync.sync.run import run_slice

POLL_S = 1.0
LOOK_AT_LOG = "look closer: storesync status"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tick:
    """What a tick did. *left_over* is the number of due stores that were not reached.

    *faults* are those of this machine, each once. *refused* are the apps that a platform refused, by name; those that
    it *let_in* had a store that was read. *is_clock_right*: the platforms' answers confirmed our clock.
    """

    started_at: datetime
    seconds: float = 0.0
    due: int = 0
    pending_picked: int = 0
    left_over: int = 0
    results: list[SyncResult] = field(default_factory=list)
    faults: list[StoresyncError] = field(default_factory=list)
    refused: dict[str, AppBlocked] = field(default_factory=dict)
    let_in: set[str] = field(default_factory=set)
    is_clock_right: bool = False

    def blame(self, fault: StoresyncError) -> None:
        """Add *fault* to `faults`, unless one with the same code and hint is there."""
        if (fault.code, fault.hint) not in {(known.code, known.hint) for known in self.faults}:
            self.faults.append(fault)

    @property
    def succeeded(self) -> int:
        """The number of stores that were read without a failure."""
        return sum(result.result in {"succeeded", "partial"} for result in self.results)

    @property
    def failed(self) -> int:
        """The number of stores that failed."""
        return sum(result.result == "failed" for result in self.results)

    @property
    def exit_code(self) -> int:
        """The exit code of the gravest fault or bug; 0 if only stores failed, which is routine."""
        return gravest([*(fault.exit_code for fault in self.faults), *(1 for one in self.results if one.bug)])

    @property
    def error_code(self) -> str | None:
        """The code of the fault or bug that determines the exit code."""
        bug = StoresyncError.code if self.exit_code == StoresyncError.exit_code else None
        return next((fault.code for fault in self.faults if fault.exit_code == self.exit_code), bug)


def plan(context: SyncContext) -> list[Due]:
    """Return the stores that are due now, in the order to serve them."""
    minute = minute_of(context.clock.now())
    candidates = stores.load_due(context.database, minute)
    return due_stores(candidates, minute, context.timing)


def run_tick(context: SyncContext, executor: Executor | None = None) -> Tick:
    """Serve the due stores until all are served or the time budget is spent, and save the tick.

    *executor* is for tests; None means threads. Faults of this machine and bugs are in the result, not raised.
    """
    began = context.clock.monotonic()
    tick = Tick(context.clock.now())
    due = plan(context)
    tick.due = len(due)
    tick.pending_picked = sum(one.reason == "pending" for one in due)
    blocked = blocked_apps(incidents.load_incidents(context.database), {app_of(one.store) for one in due})
    due = blocked_first(due, blocked)
    ordinary, long = deque(one for one in due if not one.long), deque(one for one in due if one.long)
    executor = executor or ThreadExecutor(context.timing.max_parallel)
    _Dispatcher(context, executor, tick, began, ordinary, long, blocked).serve()
    _housekeep(context, tick, began)
    tick.seconds = round(context.clock.monotonic() - began, 3)
    _save(context, tick)
    return tick


def _housekeep(context: SyncContext, tick: Tick, began: float) -> None:
    """Compare our clock with the platforms', do the housekeeping if it is due, and add faults to *tick*."""
    ahead = [result.ahead for result in tick.results if result.ahead is not None]
    wrong = wrong_clock(agreed(ahead))
    if wrong:
        tick.blame(wrong)
    tick.is_clock_right = bool(ahead) and wrong is None
    until = began + context.timing.tick_budget.total_seconds()
    try:
        housekeep(context, until=until, is_clock_right=tick.is_clock_right)
    except (LocalFault, DatabaseUnusable) as fault:
        tick.blame(fault)


def _save(context: SyncContext, tick: Tick) -> None:
    ticks.save_tick(
        context.database,
        text_of(tick.started_at) or "",
        text_of(context.clock.now()) or "",
        due=tick.due,
        served=len(tick.results),
        failed=tick.failed,
        pending_picked=tick.pending_picked,
        exit_code=tick.exit_code,
        error_code=tick.error_code,
    )


@dataclass(slots=True)
class _Dispatcher:
    """Serves the due stores of a tick.

    Stores that *blocked* apps block, which are here with the code of their error, are tried one at a time, until the
    app lets one in. Where one is refused for its app, the others are *held_back*: they wait for the next minute.
    """

    context: SyncContext
    executor: Executor
    tick: Tick
    began: float
    ordinary: deque[Due]
    long: deque[Due]
    blocked: dict[str, str]
    held_back: list[Due] = field(default_factory=list)
    under_way: dict[Future[SyncResult], Due] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    long_begun: int = 0
    databases: DatabasePool = field(init=False)

    def __post_init__(self) -> None:
        self.databases = DatabasePool(self.context.database)

    def serve(self) -> None:
        try:
            self._serve()
        finally:
            # Whatever ends the tick, running slices are waited for: connections are closed afterwards.
            while self.under_way:
                self._collect()
            self.databases.close()
        served = {result.store.key for result in self.tick.results}
        left = (*self.ordinary, *self.long, *self.held_back)
        self.tick.left_over = sum(one.store.key not in served for one in left)
        self._save_hindrance()

    def _serve(self) -> None:
        while True:
            try:
                while self._may_go_on() and self._start_next():
                    pass
            except LocalFault as fault:
                self.tick.blame(fault)
            if not self.under_way and not ((self.ordinary or self.long) and self._may_go_on()):
                return
            self._collect()

    def _may_go_on(self) -> bool:
        spent = self.context.clock.monotonic() - self.began
        is_hindered = any(isinstance(fault, LocalFault) for fault in self.tick.faults)
        return not is_hindered and spent < self.context.timing.tick_budget.total_seconds()

    def _start_next(self) -> bool:
        """Start the next store's slice; return False if none can be started now."""
        queue = self._queue()
        if queue is None or self._group_wait_s():
            return False
        one = next(one for one in queue if self._may_start(one))
        queue.remove(one)
        claims = leases.claim(
            self.context.database,
            self.context.worker,
            [one.store.id],
            clock=self.context.clock,
            trigger="cron",
            kind=_kind(one),
            limit=1,
            max_parallel=self.context.timing.max_parallel,
            is_turn=one.reason != "reconcile",
            backoff=self.context.timing.backoff,
            as_seen=one.store,
        )
        for lease in claims.leases:
            self.starts.append(self.context.clock.monotonic())
            self.long_begun += one.long and bool(self.ordinary)
            self.under_way[self.executor.start(partial(self._work, one, lease, self._deadline(one)))] = one
        if claims.full and not claims.leases:
            queue.appendleft(one)
            return False
        return True

    def _queue(self) -> deque[Due] | None:
        slots = Slots(
            places=self.context.timing.max_parallel,
            taken=len(self.under_way),
            ordinary=self._ready(self.ordinary),
            long=self._ready(self.long),
            long_under_way=sum(one.long for one in self.under_way.values()),
            long_begun=self.long_begun,
        )
        return {"ordinary": self.ordinary, "long": self.long, None: None}[next_slot(slots)]

    def _ready(self, queue: deque[Due]) -> int:
        return sum(map(self._may_start, queue)) if self.blocked else len(queue)

    def _may_start(self, one: Due) -> bool:
        """Return whether *one* need not wait for another store that its app blocks."""
        return not is_blocked_by(one.store, self.blocked) or not any(
            app_of(other.store) == app_of(one.store) and is_blocked_by(other.store, self.blocked)
            for other in self.under_way.values()
        )

    def _hold_back(self, refused: AppBlocked) -> None:
        """Leave the stores of an app that was *refused* for the next minute, without a request."""
        self.tick.refused[refused.app] = refused
        self.blocked[refused.app] = refused.code
        for queue in (self.ordinary, self.long):
            waiting = [one for one in queue if is_blocked_by(one.store, {refused.app: refused.code})]
            self.held_back += waiting
            for one in waiting:
                queue.remove(one)

    def _save_hindrance(self) -> None:
        """Save what the stores that were held back wait for."""
        with suppress(LocalFault), self.context.database.transaction():
            for app, refused in self.tick.refused.items():
                waiting = [one.store.id for one in self.held_back if app_of(one.store) == app]
                stores.save_hindrance(self.context.database, waiting, refused)

    def _group_wait_s(self) -> float:
        timing, now = self.context.timing, self.context.clock.monotonic()
        pause = timing.batch_pause.total_seconds()
        return wait_for_group(self.starts, now, size=timing.max_parallel, pause=pause)

    def _work(self, one: Due, lease: Lease, deadline: float) -> SyncResult:
        compares = one.reason == "reconcile"
        request = SyncRequest("cron", reads=not compares, compares=compares, deadline=deadline)
        with self.databases.lent() as database:
            return run_slice(replace(self.context, database=database), one.store, lease, request)

    def _collect(self) -> None:
        """Collect the finished slices, waiting briefly for one to finish or for a free slot."""
        if not self.under_way:
            self.context.clock.sleep(self._poll_s())
            return
        for done in list(self.executor.wait(self.under_way.keys(), self._poll_s())):
            one = self.under_way.pop(done)
            try:
                self._take_in(one, done.result())
            except AppBlocked as refused:
                self.tick.blame(refused)
                self._hold_back(refused)
            except StoresyncError as fault:
                # If it is one store's key, the other stores are still served.
                self.tick.blame(fault)
            except Exception:
                log.exception("tick.store_lost")
                self.tick.blame(StoresyncError("an unexpected error; the log has the details", hint=LOOK_AT_LOG))

    def _take_in(self, one: Due, result: SyncResult) -> None:
        app = app_of(result.store)
        is_proof = app not in self.blocked or is_blocked_by(one.store, self.blocked)
        if result.result in {"succeeded", "partial"} and result.requests and is_proof:
            self.tick.let_in.add(app)
            self.blocked.pop(app, None)
        minute = minute_of(self.context.clock.now())
        turn = result.store.next_sync_at if result.reads else result.store.compare_at
        has_turn = turn is None or turn <= minute
        if not result.finished and result.requests and has_turn:
            self._queue_long(result.store, "slice" if result.reads else "reconcile")
        elif result.reads and wants_comparison(result.store, minute):
            self._queue_long(result.store, "reconcile")
        for place, earlier in enumerate(self.tick.results):
            if earlier.store.key == result.store.key:
                self.tick.results[place] = _joined(earlier, result)
                return
        self.tick.results.append(result)

    def _queue_long(self, store: Store, reason: str) -> None:
        self.long.append(Due(store, reason, self.tick.started_at, 0, long=True))

    def _deadline(self, one: Due) -> float:
        timing, now = self.context.timing, self.context.clock.monotonic()
        end = self.began + timing.tick_budget.total_seconds()
        if one.reason == "pending":
            return min(end, now + timing.first_slice.total_seconds())
        if one.long or one.store.first_synced_at is None:
            return min(end, now + timing.slice.total_seconds())
        return end

    def _poll_s(self) -> float:
        """Return the seconds to wait: until the next group may start, at most `POLL_S`."""
        wait = self._group_wait_s()
        return max(0.01, min(POLL_S, wait)) if wait else POLL_S


def _kind(one: Due) -> str:
    if one.reason == "reconcile":
        return "reconcile"
    return "full" if one.store.first_synced_at is None else "incremental"


def _joined(earlier: SyncResult, later: SyncResult) -> SyncResult:
    """Merge the results of two slices of one store in one tick."""
    later.before, later.bug = earlier.before, earlier.bug or later.bug
    later.comparisons = {**earlier.comparisons, **later.comparisons}
    later.seconds = round(earlier.seconds + later.seconds, 3)
    later.requests += earlier.requests
    later.events = [*earlier.events, *later.events]
    for resource, counters in earlier.outcome.counters.items():
        mine = later.outcome.counters.setdefault(resource, type(counters)())
        mine.pages += counters.pages
        mine.records += counters.records
        mine.rows_written += counters.rows_written
        mine.restored += counters.restored
    return later
