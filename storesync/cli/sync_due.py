"""The command `sync-due`."""

from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json
from storesync.cli.output import say_json
from storesync.cli.state import State, state_of
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
    from storesync.cli.tick import tick  # noqa: PLC0415 - heavy

    state = state_of(ctx)
    if plan:
        with state.context() as context:
            _show_plan(state, context)
        return
    raise typer.Exit(tick(state))


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
