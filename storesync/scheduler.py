"""What one call of `sync-due` does: tick, tell what changed, leave with its exit code."""

from collections.abc import Callable, Sequence
from typing import Any

from storesync.answers import tick_answer
from storesync.by_hand import verdicts_of
from storesync.render import clean
from storesync.schedule import Due
from storesync.slices import Tools
from storesync.storage.checkpoints import load_checkpoints
from storesync.tick import Tick, run_tick
from storesync.wiring import Wiring

PER_PAGE = 200


def tick_and_tell(
    tools: Tools, wiring: Wiring, *, as_json: bool, say: Callable[[dict[str, Any]], None], tell: Callable[[str], None]
) -> int:
    """Serve the due stores; *tell* only what changed, *say* the answer where JSON is asked for."""
    tick = run_tick(tools, wiring.crew)
    for line in changes_of(tick):
        tell(line)
    if as_json:
        served = [result.store for result in tick.results]
        say(tick_answer(tools.clock.now(), tick, verdicts_of(tools, served)))
    return tick.exit_code


def changes_of(tick: Tick) -> list[str]:
    """Return one line for each change of a store's state, and for a fault of this machine."""
    lines = [f"storesync: {clean(event.message)}" for result in tick.results for event in result.events]
    lines += [
        f"storesync: {result.store.key}: an unexpected error; see the log" for result in tick.results if result.bug
    ]
    if tick.fault is not None:
        hint = f"; {tick.fault.hint}" if tick.fault.hint else ""
        lines.append(f"storesync: {tick.fault.message}{hint}")
    return lines


def estimated_requests(tools: Tools, due: Sequence[Due]) -> dict[str, int]:
    """Return how many requests each due store is expected to take."""
    return {one.store.key: _requests(tools, one) for one in due}


def _requests(tools: Tools, one: Due) -> int:
    known = load_checkpoints(tools.database, one.store.id)
    readables = tools.platform(one.store.platform).readables
    if one.store.first_synced_at is None:
        expected = [known[name].expected or 0 for name in readables if name in known]
        return len(readables) + sum(expected) // PER_PAGE
    return 1 if one.store.platform == "shopify" else sum(not r.hourly for r in readables.values())
