"""What one call of `sync-due` does: tick, tell what changed, leave with its exit code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from storesync.answers import tick_answer
from storesync.by_hand import verdicts_of
from storesync.errors import StoresyncError
from storesync.machine import Machine
from storesync.notices import Notices
from storesync.schedule import Due
from storesync.storage.checkpoints import load_checkpoints
from storesync.text import clean
from storesync.tick import Tick, run_tick
from storesync.tools import Tools
from storesync.watch import watch
from storesync.wiring import Wiring

PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Voice:
    """How a tick is heard: *say* gives the answer where JSON is asked for, *tell* a line, *notify* a notice."""

    say: Callable[[dict[str, Any]], None]
    tell: Callable[[str], None]
    notify: Callable[[str], bool]


def tick_and_tell(
    tools: Tools, wiring: Wiring, machine: Machine, voice: Voice, notices: Notices, *, as_json: bool
) -> int:
    """Serve the due stores; tell what changed, and once a day what is still wrong."""
    tick = run_tick(tools, wiring.crew)
    _tell_of_stores(tools, tick, voice)
    tell_of_machine(machine, tools, tick.fault, voice)
    if as_json:
        served = [result.store for result in tick.results]
        voice.say(tick_answer(tools.clock.now(), tick, verdicts_of(tools, served)))
    if tick.exit_code == 0:
        notices.ping()
    return tick.exit_code


def _tell_of_stores(tools: Tools, tick: Tick, voice: Voice) -> None:
    """Tell what changed. A database that cannot be written now is told of as this machine's fault."""
    try:
        lines = watch(tools, tick, notify=voice.notify)
    except StoresyncError as fault:
        tick.fault = tick.fault or fault
        return
    for result in tick.results:
        lines += [event.message for event in result.events if event.kind == "first_synced"]
        lines += [f"{result.store.key}: an unexpected error; see the log"] if result.bug else []
    for line in lines:
        voice.tell(f"storesync: {clean(line)}")


def tell_of_machine(machine: Machine, tools: Tools, fault: StoresyncError | None, voice: Voice) -> None:
    """Tell when a fault of this machine begins, once a day while it lasts, and when it is over."""
    now, patience = tools.clock.now(), 2 * tools.timing.backoff[0]
    told = machine.ended(now, patience=patience) if fault is None else machine.begun(fault, now)
    if told:
        voice.tell(f"storesync: {clean(told)}")
        voice.notify(told)


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
