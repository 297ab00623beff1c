"""What one call of `sync-due` does: tick, tell what changed, leave with its exit code."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from storesync.answers import tick_answer
from storesync.by_hand import verdicts_of
from storesync.errors import DatabaseBusy, DatabaseUnusable, DiskFull, StoresyncError
from storesync.instants import is_within
from storesync.render import clean
from storesync.schedule import Due
from storesync.storage import marks
from storesync.storage.checkpoints import load_checkpoints
from storesync.tick import Tick, run_tick
from storesync.tools import Tools
from storesync.wiring import Wiring

PER_PAGE = 200
REMINDER = timedelta(days=1)
FAULT_TOLD = "fault_told_at"


def tick_and_tell(
    tools: Tools, wiring: Wiring, *, as_json: bool, say: Callable[[dict[str, Any]], None], tell: Callable[[str], None]
) -> int:
    """Serve the due stores; *tell* only what changed, *say* the answer where JSON is asked for."""
    tick = run_tick(tools, wiring.crew)
    for line in changes_of(tick):
        tell(line)
    for line in _fault_lines(tools, tick):
        tell(line)
    if as_json:
        served = [result.store for result in tick.results]
        say(tick_answer(tools.clock.now(), tick, verdicts_of(tools, served)))
    return tick.exit_code


def changes_of(tick: Tick) -> list[str]:
    """Return one line for each change of a store's state."""
    lines = [f"storesync: {clean(event.message)}" for result in tick.results for event in result.events]
    bugs = [result.store.key for result in tick.results if result.bug]
    return [*lines, *(f"storesync: {key}: an unexpected error; see the log" for key in bugs)]


def _fault_lines(tools: Tools, tick: Tick) -> list[str]:
    """Return what to tell of this machine's fault: when it begins, and once a day while it lasts."""
    now = tools.clock.now()
    if isinstance(tick.fault, DatabaseBusy | DiskFull | DatabaseUnusable):
        # Nothing can be remembered in a database that cannot be written.
        return [_told(tick.fault)]
    told = marks.load_mark(tools.database, FAULT_TOLD)
    if tick.fault is None:
        if told is not None and tick.due:
            marks.forget_mark(tools.database, FAULT_TOLD)
        return []
    if is_within(told, now, REMINDER):
        return []
    marks.save_mark(tools.database, FAULT_TOLD, now)
    return [_told(tick.fault)]


def _told(fault: StoresyncError) -> str:
    hint = f"; {fault.hint}" if fault.hint else ""
    return f"storesync: {fault.message}{hint}"


def estimated_requests(tools: Tools, due: Sequence[Due]) -> dict[str, int]:
    """Return how many requests each due store is expected to take."""
    return {one.store.key: _requests(tools, one) for one in due}


def _requests(tools: Tools, one: Due) -> int:
    known = load_checkpoints(tools.database, one.store.id)
    readables = tools.platform(one.store.platform).readables
    if one.store.first_synced_at is None:
        expected = [known[name].expected or 0 for name in readables if name in known]
        return len(readables) + sum(expected) // PER_PAGE
    return 1 if one.store.platform == "shopify" else sum(r.cadence == "due" for r in readables.values())
