"""The health pass: every half hour, inside a tick, what nobody else looks after."""

import logging
from datetime import datetime, timedelta

from storesync.runtime.instants import is_within
from storesync.storage import integrity, leases, runs, timestamps
from storesync.stores.erasure import end_what_ends_by_itself
from storesync.sync.context import SyncContext
from storesync.sync.tokens import keep_alive

NEXT_UPKEEP = "upkeep_at"
CHECKED = "checked_at"
CHECK_EVERY = timedelta(days=1)
CHECK_S = 5.0
LEAST_S = 5.0
"""So long tokens are looked after even where the stores took all of the tick's time."""

log = logging.getLogger(__name__)


def housekeep(context: SyncContext, *, until: float, is_clock_right: bool) -> None:
    """Look after what nobody else does, if it is time: the dead, what is old, the erased, tokens, the file.

    *until* is on the monotonic clock. Where nobody confirmed our clock lately (*is_clock_right*
    false), nothing is forgotten for its age. Raises `LocalFault` for a disk that is nearly full,
    `DatabaseUnusable` for a damaged database.
    """
    now = context.clock.now()
    if not _is_due(timestamps.load_mark(context.database, NEXT_UPKEEP), now, context.timing.health):
        return
    timestamps.save_mark(context.database, NEXT_UPKEEP, now + context.timing.health)
    context.must_have_room()
    leases.clean_up_dead(context.database, context.worker, context.clock)
    runs.interrupt_stuck(context.database, now)
    if is_clock_right:
        runs.prune(context.database, now)
    end_what_ends_by_itself(context)
    keep_alive(context, until=max(until, context.clock.monotonic() + LEAST_S))
    _check(context, now)
    integrity.shorten_log(context.database)


def _is_due(turn: datetime | None, now: datetime, every: timedelta) -> bool:
    """True where *turn* has come, or lies further away than it can: the clock has been set back."""
    return turn is None or turn <= now or turn - now > every


def _check(context: SyncContext, now: datetime) -> None:
    """Once a day, read the whole database for damage, if that takes no more than some seconds."""
    if is_within(timestamps.load_mark(context.database, CHECKED), now, CHECK_EVERY):
        return
    end = context.clock.monotonic() + CHECK_S
    whole = integrity.must_be_sound(context.database, is_late=lambda: context.clock.monotonic() >= end)
    timestamps.save_mark(context.database, CHECKED, now)
    if not whole:
        log.info("database.too_large_to_check")
