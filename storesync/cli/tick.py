"""The tick behind `sync-due`, also where no Typer is loaded: a minute in which something is due."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from storesync.app.wiring import notices_of
from storesync.cli.boundary import errors_reported
from storesync.cli.output import report, say_json, tell
from storesync.cli.state import State
from storesync.errors import StoresyncError
from storesync.runtime.notices import Notices
from storesync.scheduler.local_faults import Machine, spare_folder
from storesync.scheduler.sync_due import Voice, tick_and_tell
from storesync.scheduler.tick import Tick
from storesync.sync.context import SyncContext


def plain_tick(*, home: str | None = None, database: str | None = None, env_file: str | None = None) -> int:
    """Run the tick of a plain `sync-due` and return its exit code; errors are reported, and exit, as for any command.

    *home*, *database* and *env_file* are the global options as typed.
    """
    state = State()
    state.place(*(None if text is None else Path(text) for text in (home, database, env_file)))
    with errors_reported(state):
        return tick(state)


def tick(state: State) -> int:
    """Run one tick and return its exit code. A fault that prevents the tick is reported at once and then daily."""
    home, notices = state.home_folder(), Notices()
    machine = Machine(home, spare_folder(home, state.outside.environment), is_watched=sys.stderr.isatty())
    try:
        settings = state.settings()
        notices = notices_of(settings)
        with state.context() as context, watchdog(_patience(context, settings.timeout)):
            done = tick_and_tell(context, state.outside, machine, Voice(tell, notices))
            if state.json:
                _say(context, done)
            return done.exit_code
    except StoresyncError as fault:
        if state.json:
            raise
        message = machine.begun(fault, state.outside.clock.now())
        if message:
            report(fault)
            notices.send("storesync: this machine", message)
        return fault.exit_code


def _say(context: SyncContext, done: Tick) -> None:
    from storesync.reports.answers import tick_answer  # noqa: PLC0415 - only for JSON
    from storesync.sync.on_demand import verdicts_now  # noqa: PLC0415

    verdicts = verdicts_now(context, [result.store for result in done.results])
    say_json(tick_answer(context.clock.now(), done, verdicts))


def _patience(context: SyncContext, timeout: timedelta) -> timedelta:
    budget = context.timing.tick_budget
    return max(2 * budget, budget + 2 * timeout)


@contextmanager
def watchdog(patience: timedelta) -> Iterator[None]:
    """Kill this process if the block takes longer than *patience*, and on Ctrl-C without waiting for its threads.

    Safe: every page is saved in one transaction, and the leases of a dead process are free.
    """
    interrupted = signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, max(1.0, patience.total_seconds()))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, interrupted)
