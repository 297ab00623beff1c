"""The command `reconcile`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, Owner, Resources, Stores, known_resources, must_name
from storesync.cli.progress import shown_progress
from storesync.cli.results import finish, say_undeleted
from storesync.cli.state import state_of
from storesync.errors import UsageError
from storesync.runtime.settings import Invalid, percent

app = command_app()


@app.command(
    epilog="Examples: storesync reconcile shopify:alpha --dry-run; storesync reconcile --all --max-delete 10%"
    "\n\nMore: storesync help decisions"
)
def reconcile(
    ctx: typer.Context,
    *,
    stores: Stores = None,
    all_stores: Annotated[bool, typer.Option("--all", help="All stores.")] = False,
    owner: Owner = None,
    resource: Resources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what differs, and what would be done.")] = False,
    max_delete: Annotated[
        str | None, typer.Option(help="Hold more deletions at once than this share.", show_default=False)
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Apply held deletions.")] = False,
    undelete: Annotated[
        list[str] | None,
        typer.Option(
            help="Take the mark of a deletion back, by id, or all; may be repeated. What the shop still lacks is marked"
            " again by the next comparison. With --dry-run: only say which there are.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Compare ids with the platform and mend.

    What is missing or stale is fetched, what could not be read is tried again, and what is gone is
    marked as deleted, behind the delete guard.
    """
    from datetime import timedelta  # noqa: PLC0415

    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.sync import on_demand  # noqa: PLC0415 - heavy
    from storesync.sync.job import SyncRequest  # noqa: PLC0415
    from storesync.sync.reconcile import ReconcileRequest  # noqa: PLC0415

    must_name(stores, owner, all_stores=all_stores, command="reconcile")
    _must_be_one_each(stores or (), undelete or ())
    state, resources = state_of(ctx), known_resources(resource)
    share = _share(max_delete)
    with state.context() as context, shown_progress(state) as progress:
        chosen = find_stores(context.database, stores or (), owner=owner)
        if undelete:
            ids = None if "all" in undelete else undelete
            found = on_demand.tombstones(context, chosen, ids, resources)
            restored = None if dry_run else on_demand.undelete(context, chosen, ids, resources)
            say_undeleted(state, context, found, restored)
            return
        compare = ReconcileRequest(dry_run=dry_run, confirm=confirm, max_delete=share)
        request = SyncRequest("reconcile", resources=resources, progress=progress, compare=compare)
        results = list(on_demand.work_on(context, chosen, request, patience=timedelta()))
        finish(state, context, results, on_demand.verdicts_now(context, chosen))


def _must_be_one_each(stores: Sequence[str], undelete: Sequence[str]) -> None:
    """Raise `UsageError` if an id was parsed as a store."""
    if undelete and len(stores) > 1:
        raise UsageError(
            f"--undelete takes one id, and is {stores[-1]!r} another id or a store?",
            hint=f"say --undelete once for each id, of one store: "
            f"storesync reconcile {stores[0]} --undelete {undelete[0]} --undelete ID",
        )


def _share(text: str | None) -> float | None:
    try:
        return None if text is None else percent(text)
    except Invalid as invalid:
        raise UsageError(f"--max-delete {text!r} {invalid}", hint="for example --max-delete 10%") from None
