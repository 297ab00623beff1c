"""Housekeeping inside a tick, every half hour: dead leases, old runs, erasures, tokens, bulk access, the database."""

import logging
from datetime import datetime, timedelta

from storesync.runtime.instants import is_within
from storesync.storage import leases, runs, timestamps
from storesync.sync.bulk import keep_bulk
from storesync.sync.context import SyncContext
from storesync.sync.tokens import keep_alive

NEXT_UPKEEP = "upkeep_at"
CHECKED = "checked_at"
CHECK_EVERY = timedelta(days=1)
CHECK_S = 5.0
LEAST_S = 5.0
"""Seconds granted for renewing tokens, and for bulk access, even if the stores used up the tick's budget."""

log = logging.getLogger(__name__)


def housekeep(context: SyncContext, *, until: float, is_clock_right: bool) -> None:
    """Do the housekeeping if it is due.

    *until* is in seconds of the monotonic clock. Without *is_clock_right* (the platforms confirmed our clock),
    no old runs are deleted. Raises `LocalFault` if the disk is nearly full, `DatabaseUnusable` if the database
    is damaged.
    """
    now = context.clock.now()
    if not _is_due(timestamps.load_mark(context.database, NEXT_UPKEEP), now, context.timing.health):
        return
    from storesync.storage import integrity  # noqa: PLC0415 - most ticks have nothing to look after
    from storesync.stores.erasure import end_what_ends_by_itself  # noqa: PLC0415

    timestamps.save_mark(context.database, NEXT_UPKEEP, now + context.timing.health)
    context.must_have_room()
    leases.clean_up_dead(context.database, context.worker, context.clock)
    runs.interrupt_stuck(context.database, now)
    if is_clock_right:
        runs.prune(context.database, now)
    end_what_ends_by_itself(context)
    keep_alive(context, until=max(until, context.clock.monotonic() + LEAST_S))
    keep_bulk(context, until=max(until, context.clock.monotonic() + LEAST_S))
    _check(context, now)
    integrity.shorten_log(context.database)


def _is_due(turn: datetime | None, now: datetime, every: timedelta) -> bool:
    """True if *turn* has come, or is further away than *every*, which means that the clock was set back."""
    return turn is None or turn <= now or turn - now > every


def _check(context: SyncContext, now: datetime) -> None:
    """Check the whole database for damage once a day, for at most `CHECK_S` seconds."""
    if is_within(timestamps.load_mark(context.database, CHECKED), now, CHECK_EVERY):
        return
    from storesync.storage import integrity  # noqa: PLC0415 - once a day

    end = context.clock.monotonic() + CHECK_S
    whole = integrity.must_be_sound(context.database, is_late=lambda: context.clock.monotonic() >= end)
    timestamps.save_mark(context.database, CHECKED, now)
    if not whole:
        log.info("database.too_large_to_check")
