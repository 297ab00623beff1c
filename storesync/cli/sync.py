"""The command `sync`."""

from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, Owner, Resources, Stores, known_resources, must_name, span
from storesync.cli.progress import shown_progress
from storesync.cli.results import finish
from storesync.cli.state import state_of
from storesync.sync.job import SyncRequest

app = command_app()


@app.command(
    epilog="Examples: storesync sync shopify:alpha --wait 5m; storesync sync --all --resource orders"
    "\n\nMore: storesync help decisions"
)
def sync(
    ctx: typer.Context,
    *,
    stores: Stores = None,
    all_stores: Annotated[bool, typer.Option("--all", help="All stores.")] = False,
    owner: Owner = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything anew instead of what changed.")] = False,
    resource: Resources = None,
    wait: Annotated[str, typer.Option(help="How long to wait for a store that is being read.")] = "0s",
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Sync stores now, whether they are due or not."""
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.sync import on_demand  # noqa: PLC0415 - heavy

    must_name(stores, owner, all_stores=all_stores, command="sync")
    patience = span(wait, "--wait")
    state = state_of(ctx)
    with state.context() as context, shown_progress(state) as progress:
        chosen = find_stores(context.database, stores or (), owner=owner)
        request = SyncRequest("sync", full=full, resources=known_resources(resource), progress=progress)
        results = list(on_demand.work_on(context, chosen, request, patience=patience))
        verdicts = on_demand.verdicts_now(context, chosen)
        finish(state, context, results, verdicts)
