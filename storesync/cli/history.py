"""The command `history`."""

from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, store_names
from storesync.cli.output import say_json
from storesync.cli.state import state_of

app = command_app()


@app.command(epilog="Example: storesync history shopify:alpha --limit 50\n\nMore: storesync help status")
def history(
    ctx: typer.Context,
    *,
    store: Annotated[
        str | None,
        typer.Argument(
            help="A store's key such as shopify:alpha, or its alias.", show_default=False, autocompletion=store_names
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs, and how many events.")] = 20,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Show what happened lately: runs and events, newest first.

    Runs that changed nothing are kept for 2 days, others for 90, events for a year.
    """
    from storesync.reports.answers import answer  # noqa: PLC0415 - heavy
    from storesync.reports.terminal import console, history_table  # noqa: PLC0415
    from storesync.storage.history import load_events, load_runs  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    state = state_of(ctx)
    with state.context() as context:
        store_id = find_stores(context.database, [store])[0].id if store is not None else None
        with context.database.snapshot():
            runs = load_runs(context.database, store_id=store_id, limit=limit)
            events = load_events(context.database, store_id=store_id, limit=limit)
        now = context.clock.now()
    if state.json:
        say_json(answer(now, runs=runs, events=events))
    else:
        console(color=state.color).print(history_table(runs, events))
