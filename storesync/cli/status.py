"""The command `status`."""

import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, Owner, Stores
from storesync.cli.output import json_of, say_bytes, write_whole
from storesync.cli.state import State, called_as, state_of
from storesync.errors import UsageError
from storesync.sync.context import SyncContext

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Format = Literal["table", "json", "html", "prometheus"]

PUBLISHED = 0o644
"""The mode of written files: another user's program, such as a web server, must be able to read them."""

EVERY_S = 2.0


app = command_app()


@app.command(
    epilog="""\b
Examples:
  storesync status
  storesync status shopify:alpha
  storesync status --check --json
  storesync status --format html --output /var/www/html/status.html

More: storesync help status"""
)
def status(
    ctx: typer.Context,
    *,
    stores: Stores = None,
    owner: Owner = None,
    form: Annotated[Format, typer.Option("--format", help="How to show it.")] = "table",
    output: Annotated[
        Path | None, typer.Option(help="Write it to this file, whole or not at all.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say by the exit code whether all is well.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show the table anew every 2 seconds, until Ctrl-C.")] = False,
    json: Json = False,
) -> None:
    """Show how fresh and how complete every store is.

    With one store: why it is or is not fresh, what happens next and when, and the fix.
    """
    from storesync.app.wiring import target_of  # noqa: PLC0415 - heavy
    from storesync.rules.status import check_code  # noqa: PLC0415

    state = state_of(ctx)
    state.json = json or form == "json"
    output = None if output is None else target_of(state.settings(), output)
    if watch and (state.json or form != "table" or output):
        raise UsageError("--watch shows the table", hint="leave out --format, --json and --output")
    with state.context() as context:
        if watch:
            _watch(state, context, stores, owner)
        report = _report(context, shlex.join(called_as(state)), stores, owner)
        _show(state, context, report, form="json" if state.json else form, output=output)
    raise typer.Exit(check_code(report) if check else 0)


def _report(context: SyncContext, program: str, stores: Sequence[str] | None, owner: str | None) -> dict[str, Any]:
    from storesync.rules.status import build_report, explain_store  # noqa: PLC0415
    from storesync.storage.reports import take_snapshot  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    snapshot, now = take_snapshot(context.database, context.worker, context.clock), context.clock.now()
    report = build_report(snapshot, reads=context.reads, now=now, timing=context.timing)
    if stores or owner is not None:
        chosen = find_stores(context.database, stores or (), owner=owner)
        keys = {store.key for store in chosen}
        report["stores"] = [store for store in report["stores"] if store["store"] in keys]
        if stores and len(chosen) == 1:
            reads = context.reads(chosen[0].platform)
            explanation = explain_store(
                snapshot,
                chosen[0],
                reads,
                now=now,
                timing=context.timing,
                free_bytes=context.free_bytes(),
                program=program,
            )
            report["stores"][0]["explanation"] = explanation
    return report


def _show(state: State, context: SyncContext, report: dict[str, Any], *, form: Format, output: Path | None) -> None:
    if output is not None:
        write_whole(output, _written(state, context, report, form), mode=PUBLISHED)
    elif form == "table":
        _console(state).print(_table(state, context, report))
    else:
        say_bytes(_written(state, context, report, form))


def _written(state: State, context: SyncContext, report: dict[str, Any], form: Format) -> bytes:
    if form == "json":
        return json_of(report)
    if form == "html":
        from storesync.reports.html import status_page  # noqa: PLC0415

        return status_page(report, context.clock.now(), command=shlex.join(called_as(state))).encode()
    if form == "prometheus":
        from storesync.reports.prometheus import metrics_text  # noqa: PLC0415

        return metrics_text(report).encode()
    console = _console(state, file=StringIO())
    with console.capture() as captured:
        console.print(_table(state, context, report))
    return captured.get().encode()


def _table(state: State, context: SyncContext, report: dict[str, Any]) -> "RenderableType":
    from storesync.reports.terminal import status_table  # noqa: PLC0415

    return status_table(report, context.clock.now(), command=shlex.join(called_as(state)))


def _console(state: State, file: TextIO | None = None) -> "Console":
    from storesync.reports.terminal import console  # noqa: PLC0415

    return console(color=state.color, file=file)


def _watch(state: State, context: SyncContext, stores: Sequence[str] | None, owner: str | None) -> None:
    """Show the table again every `EVERY_S` seconds until Ctrl-C."""
    from rich.live import Live  # noqa: PLC0415

    console = _console(state)
    if not console.is_terminal:
        raise UsageError("--watch needs a terminal", hint="without one, call storesync status again and again")
    # A SIGTERM must also restore the terminal from the alternate screen.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with suppress(KeyboardInterrupt), Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(
                _table(state, context, _report(context, shlex.join(called_as(state)), stores, owner)), refresh=True
            )
            context.clock.sleep(EVERY_S)
