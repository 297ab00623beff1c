"""Which stores are due, in which order, and how often. Pure functions of state and clock.

Time here is the tick's time floored to the minute, so that a store with a 5-minute tier
is synced every five minutes and not every six.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.model import Cadence, Store

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ACTIVE = timedelta(hours=24)
QUIET = timedelta(days=14)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FURTHEST_TURN = timedelta(days=2)
"""The longest wait: settings allow a day, and a platform that says when to come back is believed up to this."""
SET_BACK = timedelta(minutes=2)
"""An attempt further ahead of the clock than this means that the clock has been set back since."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The settings that the schedule depends on; the manual documents each."""

    tiers: Mapping[str, timedelta]
    backoff: tuple[timedelta, ...] = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45))
    pending_grace: timedelta = timedelta(minutes=3)
    pending_per_tick: int = 10
    max_parallel: int = 3
    batch_pause: timedelta = timedelta(seconds=2)
    tick_budget: timedelta = timedelta(seconds=50)
    slice: timedelta = timedelta(seconds=15)
    first_slice: timedelta = timedelta(seconds=5)
    probe: timedelta = timedelta(hours=6)
    overlap: timedelta = timedelta(minutes=10)
    lookback: timedelta = timedelta(hours=6)
    drift_reach: timedelta = timedelta(days=60)
    reconcile: timedelta = timedelta(days=7)
    health: timedelta = timedelta(minutes=30)

    def least_interval(self, cadence: Cadence) -> timedelta:
        """Return the shortest time between two readings of a resource."""
        return {"due": timedelta(), "hourly": HOUR, "lookback": self.lookback}[cadence]


@dataclass(frozen=True, slots=True)
class Due:
    """A store that is due. *long* work (first loads, reconciles) shares one of the slots."""

    store: Store
    reason: str
    due_at: datetime
    position: int
    long: bool

    def lateness(self, minute: datetime) -> timedelta:
        """Return how long the store has been due."""
        return max(timedelta(), minute - self.due_at)


def minute_of(now: datetime) -> datetime:
    """Return *now* floored to the minute."""
    return now.replace(second=0, microsecond=0)


def tier_of(store: Store, now: datetime) -> str:
    """Return the tier of a store: the pinned one, or the one that its recent activity asks for."""
    if store.tier_pinned:
        return store.tier
    lively = [at for at in (store.last_activity_at, store.connected_at, store.touched_at) if at]
    if any(now - at < ACTIVE for at in lively):
        return "high"
    if store.last_activity_at and now - store.last_activity_at < QUIET:
        return "medium"
    return "low"


def next_run_at(key: str, interval: timedelta, minute: datetime) -> datetime:
    """Return when a store synced at *minute* is due again: at most one *interval* later.

    Each store has a phase of its own in the interval, derived from its *key*, so that a thousand
    stores do not fall due in the same minute.
    """
    minutes = int(interval / MINUTE)
    if minutes < 1:
        return minute
    phase = zlib.crc32(key.encode()) % minutes
    passed = (int(minute.timestamp() // 60) - phase) % minutes
    return minute + (minutes - passed) * MINUTE


def next_run_at_tier(store: Store, minute: datetime, timing: Timing) -> datetime | None:
    """Return the next sync of a store whose tier may have changed: no later than the tier allows."""
    if store.sync_status != "completed" or store.connection != "connected" or store.next_sync_at is None:
        return store.next_sync_at
    return min(store.next_sync_at, next_run_at(store.key, timing.tiers[store.tier], minute))


def due_stores(stores: Iterable[Store], minute: datetime, timing: Timing) -> list[Due]:
    """Return the stores that are due at *minute*, in the order to sync them.

    Stores that never started come first (after a grace period, in which `connect` can start them
    itself; a few per tick), then the others by lateness in parts of their interval. Later slices
    of first loads and reconciles come last.
    """
    waiting = [(store, *found) for store in stores if (found := _turn_of(store, minute, timing))]
    pending = [one for one in waiting if one[1] == "pending"]
    long = [one for one in waiting if one[1] in LONG]
    ordinary = [one for one in waiting if one[1] != "pending" and one[1] not in LONG]
    pending.sort(key=lambda one: (one[2], one[0].key))
    ordinary.sort(key=lambda one: _lateness_rank(one[0], one[2], minute, timing))
    long.sort(key=lambda one: (LONG.index(one[1]), one[0].last_attempt_at or one[2], one[0].key))
    chosen = pending[: timing.pending_per_tick] + ordinary + long
    return [
        Due(store, reason, due_at, position, long=reason in LONG)
        for position, (store, reason, due_at) in enumerate(chosen, start=1)
    ]


LONG = ("slice", "reconcile")
"""The reasons for long work, which comes after all else that is due; first loads come before comparisons."""


def is_loading(store: Store) -> bool:
    """Return whether the first load is under way and not failing."""
    return store.sync_status == "in_progress" and store.first_synced_at is None


def wants_comparison(store: Store, minute: datetime) -> bool:
    """Return whether the ids of a store that is in sync are due to be compared."""
    is_in_step = store.connection == "connected" and store.sync_status == "completed"
    return is_in_step and store.compare_at is not None and store.compare_at <= minute


_TIER_ORDER = {"high": 0, "medium": 1, "low": 2}


def _lateness_rank(store: Store, due_at: datetime, minute: datetime, timing: Timing) -> tuple[float, int, str]:
    interval = max(timing.tiers[store.tier], SECOND)
    return -((minute - due_at) / interval), _TIER_ORDER.get(store.tier, 9), store.key


def _turn_of(store: Store, minute: datetime, timing: Timing) -> tuple[str, datetime] | None:
    """Return why and since when a store is due, None where it is not."""
    due_at = _due_at(store, minute, timing)
    if due_at is not None and due_at <= minute:
        return _reason(store), due_at
    if store.compare_at is not None and wants_comparison(store, minute):
        return "reconcile", store.compare_at
    return None


def _reason(store: Store) -> str:
    if store.sync_status == "pending":
        return "pending"
    if store.connection != "connected":
        return "probe"
    if store.consecutive_failures or store.excused:
        return "retry"
    return "slice" if is_loading(store) else "due"


def _due_at(store: Store, minute: datetime, timing: Timing) -> datetime | None:
    if store.connection in {"paused", "disconnected"}:
        return None
    turn = store.next_sync_at
    if store.sync_status == "pending" and store.connected_at:
        turn = store.connected_at + timing.pending_grace
    return minute if turn is not None and _is_by_a_wrong_clock(store, turn, minute) else turn


def _is_by_a_wrong_clock(store: Store, turn: datetime, minute: datetime) -> bool:
    """Return whether *turn* lies further ahead than any wait, or was set while the clock ran ahead of now."""
    tried_at = store.last_attempt_at or store.connected_at or minute
    return turn - minute > FURTHEST_TURN or tried_at - minute > SET_BACK


HEAVY = 0.8
"""Above this share of the capacity, the load is reported as heavy."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many stores a minute need a sync, and how many can get one."""

    needed: float
    capacity: float

    @property
    def is_heavy(self) -> bool:
        """Whether more stores, or slower ones, would soon make some of them late."""
        return self.needed > HEAVY * self.capacity


def load(stores: Iterable[Store], timing: Timing) -> Load:
    """Return the load: what the tiers of connected *stores* need, and how many stores one tick can start."""
    served = (store for store in stores if store.connection == "connected")
    needed = sum(MINUTE / max(timing.tiers[store.tier], MINUTE) for store in served)
    if not timing.batch_pause:
        return Load(needed, float("inf"))
    return Load(needed, timing.max_parallel * (timing.tick_budget / timing.batch_pause))
