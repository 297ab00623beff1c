"""`reconcile`."""

from typing import Annotated

import typer

from storesync.cli import app
from storesync.cli.progress import shown_progress
from storesync.cli.results import finish
from storesync.cli.shared import Json, Owner, Resources, Stores, known_resources, say, say_json, state_of
from storesync.cli.sync import must_name
from storesync.errors import UsageError
from storesync.settings import Invalid, percent


@app.command()
def reconcile(
    context: typer.Context,
    *,
    stores: Stores = None,
    all_stores: Annotated[bool, typer.Option("--all", help="All stores.")] = False,
    owner: Owner = None,
    resource: Resources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what differs.")] = False,
    max_delete: Annotated[
        str | None, typer.Option(help="Hold more deletions at once than this share.", show_default=False)
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Apply held deletions.")] = False,
    undelete: Annotated[
        list[str] | None, typer.Option(help="Take a tombstone back, by id, or all.", show_default=False)
    ] = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Compare ids with the platform and mend.

    What is missing or stale is fetched, what could not be read is tried again, and what is gone is
    marked as deleted, behind a brake.
    """
    from datetime import timedelta  # noqa: PLC0415

    from storesync import by_hand, comparison  # noqa: PLC0415 - heavy
    from storesync.answers import answer  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.work import Wish  # noqa: PLC0415

    must_name(stores, owner, all_stores=all_stores, command="reconcile")
    state, resources = state_of(context), known_resources(resource)
    share = _share(max_delete)
    with state.tools() as tools, shown_progress(state) as progress:
        chosen = find_stores(tools.database, stores or (), owner=owner)
        if undelete:
            restored = by_hand.undelete(tools, chosen, None if "all" in undelete else undelete, resources)
            say_json(answer(tools.clock.now(), restored=restored)) if state.json else say(f"{restored} restored")
            return
        compare = comparison.Wish(dry_run=dry_run, confirm=confirm, max_delete=share)
        wish = Wish("reconcile", resources=resources, progress=progress, compare=compare)
        results = list(by_hand.work_on(tools, chosen, wish, patience=timedelta()))
        finish(state, tools, results, by_hand.verdicts_now(tools, chosen))


def _share(text: str | None) -> float | None:
    try:
        return None if text is None else percent(text)
    except Invalid as invalid:
        raise UsageError(f"--max-delete {text!r} {invalid}", hint="for example --max-delete 10%") from None
