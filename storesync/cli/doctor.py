"""The command `doctor`."""

import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.cron import name_env_file, read_crontab
from storesync.cli.options import Json, Owner, Stores
from storesync.cli.output import say_json
from storesync.cli.state import State, called_as, state_of
from storesync.errors import UsageError
from storesync.runtime.settings import env_file_in_use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storesync.doctor.finding import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "skipped": "dim"}


app = command_app()


@app.command(
    epilog="Examples: storesync doctor; storesync doctor shopify:alpha --only tokens\n\nMore: storesync help doctor"
)
def doctor(
    ctx: typer.Context,
    *,
    stores: Stores = None,
    owner: Owner = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK",
            help="Only this check: config, database, cron, clock, network, address, tokens, sync or search; may be"
            " repeated.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Find out what is wrong, and say which command mends it. Changes nothing."""
    from storesync.doctor.collect import Ground, Wanted, examine  # noqa: PLC0415
    from storesync.doctor.finding import CHECKS, collapsed, exit_code_of, ready_to_type  # noqa: PLC0415
    from storesync.reports.answers import answer  # noqa: PLC0415 - heavy

    for name in only or ():
        if name not in CHECKS:
            raise UsageError(f"no check is called {name!r}", hint=f"choose from {', '.join(CHECKS)}")
    state = state_of(ctx)
    wanted = Wanted([name for name in CHECKS if not only or name in only], stores or (), owner)
    with suppress(UsageError):
        name_env_file(state, env_file_in_use(state.env_file, state.home_folder()))
    ground = Ground(state.outside, state.home_folder(), state.database, state.env_file, lambda: read_crontab(state))
    found = examine(ground, wanted)
    program, python = shlex.join(called_as(state)), shlex.quote(str(Path(sys.executable).absolute()))
    findings = [
        ready_to_type(finding, program=program, python=python)
        for finding in (found if state.json else collapsed(found))
    ]
    code = exit_code_of(findings)
    if state.json:
        checks = [
            {
                "name": one.check,
                "status": one.status,
                "message": one.message,
                "command": one.command,
                "store": one.store,
            }
            for one in findings
        ]
        say_json(answer(state.outside.clock.now(), checks=checks, exit_code=code))
    else:
        _show(state, findings)
    raise typer.Exit(code)


def _show(state: State, findings: "Sequence[Finding]") -> None:
    """Print a line for each finding and, below it, its command on one unwrapped line."""
    from rich.table import Table  # noqa: PLC0415 - heavy
    from rich.text import Text  # noqa: PLC0415

    from storesync.reports.terminal import console  # noqa: PLC0415

    out = console(color=state.color)
    for one in findings:
        line = Table.grid()
        for width in (8, 9, None):
            line.add_column(width=width)
        line.add_row(Text(one.status, _STYLES[one.status]), one.check, Text(one.message))
        out.print(line)
        if one.command:
            out.print(Text(f"  {one.command}"), soft_wrap=True)
