"""The commands `db backup`, `db rekey` and `db rebuild`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, Resources, Stores, known_resources
from storesync.cli.output import say, say_json, tell
from storesync.cli.progress import shown_progress
from storesync.cli.state import state_of
from storesync.errors import PersonNeeded, UsageError
from storesync.storage.rebuilds import Place
from storesync.sync.rebuild import Rebuilt
from storesync.sync.rebuild import rebuild as rebuilding

app = command_app(epilog="More: storesync help db", no_args_is_help=True, help="Look after the database file.")


@app.command(epilog="Example: storesync db backup ~/storesync-copy.db\n\nMore: storesync help db")
def backup(ctx: typer.Context, *, file: Annotated[Path, typer.Argument(help="Where the copy is to be.")]) -> None:
    """Copy the database to FILE, whole and checked, while cron goes on."""
    from storesync.storage.backup import back_up  # noqa: PLC0415 - heavy

    state = state_of(ctx)
    place = file.expanduser().absolute()
    with state.context() as context, shown_progress(state) as progress:
        size = back_up(context.database, place, partial(progress.moves, "pages", "copied"))
    say(f"{place}: {size / 10**6:,.1f} MB, checked")
    if not state.quiet:
        tell("The key that opens its tokens is not in it: keep a copy of that too, and elsewhere.")


@app.command(epilog="Example: storesync db rekey\n\nMore: storesync help db")
def rekey(
    ctx: typer.Context,
    *,
    print_new: Annotated[
        bool, typer.Option("--print-new", help="Only print a new key, for STORESYNC_SECRET_KEY.")
    ] = False,
) -> None:
    """Change the key that encrypts the tokens. It can be interrupted; cron need not stop."""
    from storesync.app.wiring import key_file_of  # noqa: PLC0415 - heavy
    from storesync.runtime.vault import new_key  # noqa: PLC0415
    from storesync.stores.rekey import rekey as change  # noqa: PLC0415

    state = state_of(ctx)
    if print_new:
        say(new_key())
        tell("Put it before the key in use: STORESYNC_SECRET_KEY=NEW,OLD. Then: storesync db rekey")
        return
    settings = state.settings()
    is_set = settings.secret_key is not None
    if is_set and "," not in (settings.secret_key or ""):
        raise UsageError(
            "the key is the one that you set in STORESYNC_SECRET_KEY",
            hint="get another: storesync db rekey --print-new",
        )
    with state.context() as context:
        lost = change(context, None if is_set else key_file_of(settings))
    others = "all other tokens" if lost else "all tokens"
    say(f"{others} are sealed with the new key" + ("; take the old one out of STORESYNC_SECRET_KEY" * is_set))
    if not state.quiet:
        tell("Copies of the database that were made before open with the old key only.")
    if lost:
        keys = ", ".join(store.key for store in lost)
        raise PersonNeeded(f"no key opens the token of {keys}", hint="connect again: storesync connect --help")


@app.command(epilog="Example: storesync db rebuild shopify:alpha --resource orders\n\nMore: storesync help db")
def rebuild(
    ctx: typer.Context,
    *,
    stores: Stores = None,
    resource: Resources = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Derive columns and the search index anew from what the platforms sent, without asking them.

    For all stores, or those named. It can be interrupted, and goes on where it was; cron need not stop.
    """
    from storesync.reports.answers import rebuilt_answer, rebuilt_code  # noqa: PLC0415 - heavy
    from storesync.storage.stores import find_stores, load_stores  # noqa: PLC0415

    state, resources = state_of(ctx), known_resources(resource)
    with state.context() as context, shown_progress(state) as progress:
        chosen = find_stores(context.database, stores) if stores else load_stores(context.database)
        results = list(rebuilding(context, chosen, resources, progress))
    if state.json:
        say_json(rebuilt_answer(state.outside.clock.now(), results))
    else:
        for result in results:
            _say(result)
    raise typer.Exit(rebuilt_code(results))


def _say(result: Rebuilt) -> None:
    say(f"{result.store.key}: rebuilt in {result.seconds:.1f} s")
    for name, place in result.places.items():
        if place.records or place.without_payload:
            say(f"  {name}: {', '.join(_did(place))}")
    if result.hint:
        say(f"  for those that cannot be read: {result.hint}")


def _did(place: Place) -> Iterator[str]:
    yield f"{place.records:,} records"
    yield f"{place.rows_written:,} rows changed" if place.rows_written else "nothing to change"
    if place.rows_deleted:
        yield f"{place.rows_deleted:,} rows removed"
    if place.unreadable:
        yield f"{place.unreadable:,} cannot be read any more and stay as they are"
    if place.without_payload:
        yield f"{place.without_payload:,} more without a payload stay as they are"
