"""`status`."""

import shlex
from typing import Annotated

import typer

from storesync.cli import app
from storesync.cli.shared import Json, Owner, Stores, called_as, say_json, state_of
from storesync.errors import UsageError


@app.command()
def status(
    context: typer.Context,
    *,
    stores: Stores = None,
    owner: Owner = None,
    form: Annotated[str, typer.Option("--format", help="table or json.")] = "table",
    check: Annotated[bool, typer.Option("--check", help="Say by the exit code whether all is well.")] = False,
    json: Json = False,
) -> None:
    """Show how fresh and how complete every store is."""
    from storesync.render import console, status_table  # noqa: PLC0415 - heavy
    from storesync.status import build_report, check_code  # noqa: PLC0415
    from storesync.storage.reports import take_snapshot  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    if form not in {"table", "json"}:
        raise UsageError(f"no format is called {form!r}", hint="choose --format table or --format json")
    state = state_of(context)
    state.json = json or form == "json"
    with state.tools() as tools:
        now = tools.clock.now()
        snapshot = take_snapshot(tools.database, tools.worker, tools.clock)
        report = build_report(snapshot, reads=tools.reads, now=now, timing=tools.timing)
        if stores or owner:
            chosen = {store.key for store in find_stores(tools.database, stores or (), owner=owner)}
            report["stores"] = [store for store in report["stores"] if store["store"] in chosen]
    if state.json:
        say_json(report)
    else:
        console(color=state.color).print(status_table(report, now, command=shlex.join(called_as(state))))
    raise typer.Exit(check_code(report) if check else 0)
