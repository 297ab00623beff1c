"""The command `sync-due`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json
from storesync.cli.output import report, say_json, tell
from storesync.cli.state import State, state_of
from storesync.errors import StoresyncError
from storesync.sync.context import SyncContext

app = command_app()


@app.command(
    name="sync-due",
    epilog="Examples: storesync sync-due; storesync sync-due --plan --json\n\nMore: storesync help cron",
)
def sync_due(
    ctx: typer.Context,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Only say who is due, and why.")] = False,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Sync every store that is due. The one line for cron, every minute."""
    state = state_of(ctx)
    if plan:
        with state.context() as context:
            _show_plan(state, context)
        return
    raise typer.Exit(_tick(state))


def _tick(state: State) -> int:
    """Run one tick and return its exit code. A fault that prevents the tick is reported at once and then daily."""
    from storesync.app.wiring import notices_of  # noqa: PLC0415 - heavy
    from storesync.reports.answers import tick_answer  # noqa: PLC0415
    from storesync.runtime.notices import Notices  # noqa: PLC0415
    from storesync.scheduler.local_faults import Machine, spare_folder  # noqa: PLC0415
    from storesync.scheduler.sync_due import Voice, tick_and_tell  # noqa: PLC0415
    from storesync.sync.on_demand import verdicts_now  # noqa: PLC0415

    home, notices = state.home_folder(), Notices()
    machine = Machine(home, spare_folder(home, state.outside.environment), is_watched=sys.stderr.isatty())
    try:
        notices = notices_of(state.settings())
        with state.context() as context, watchdog(_patience(context, state.settings().timeout)):
            done = tick_and_tell(context, state.outside, machine, Voice(tell, notices))
            if state.json:
                verdicts = verdicts_now(context, [result.store for result in done.results])
                say_json(tick_answer(context.clock.now(), done, verdicts))
            return done.exit_code
    except StoresyncError as fault:
        if state.json:
            raise
        message = machine.begun(fault, state.outside.clock.now())
        if message:
            report(fault)
            notices.send("storesync: this machine", message)
        return fault.exit_code


def _patience(context: SyncContext, timeout: timedelta) -> timedelta:
    budget = context.timing.tick_budget
    return max(2 * budget, budget + 2 * timeout)


def _show_plan(state: State, context: SyncContext) -> None:
    from storesync.reports.answers import plan_answer  # noqa: PLC0415
    from storesync.reports.terminal import console, plan_table  # noqa: PLC0415
    from storesync.scheduler import tick  # noqa: PLC0415
    from storesync.scheduler.sync_due import estimated_requests, load_now  # noqa: PLC0415

    due, now = tick.plan(context), state.outside.clock.now()
    answer = plan_answer(now, due, requests=estimated_requests(context, due))
    if state.json:
        say_json(answer)
        return
    console(color=state.color).print(plan_table(answer, load_now(context)))


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
