"""The command `set`."""

from dataclasses import replace
from typing import Annotated, Literal

import typer

from storesync.cli.command import command_app
from storesync.cli.options import known_resources, label, store_names
from storesync.cli.output import say
from storesync.cli.progress import shown_progress
from storesync.cli.state import state_of
from storesync.errors import UsageError
from storesync.model import SHOP
from storesync.runtime.text import counted

app = command_app()


@app.command(
    name="set",
    epilog="Example: storesync set shopify:alpha --alias shoes --tier high\n\nMore: storesync help decisions",
)
def set_(
    ctx: typer.Context,
    *,
    stores: Annotated[
        list[str], typer.Argument(help="Keys such as shopify:alpha, or aliases.", autocompletion=store_names)
    ],
    tier: Annotated[
        Literal["high", "medium", "low", "auto"] | None,
        typer.Option(help="Pin how often they are read; auto: by their own activity.", show_default=False),
    ] = None,
    touch: Annotated[bool, typer.Option("--touch", help="Somebody looks: high tier for 24 hours.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Read them no more, until --resume.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Read them again, at once.")] = False,
    alias: Annotated[str | None, typer.Option(help="A short name for the store; '': none.", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="Who they belong to; '': nobody.", show_default=False)] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(
            help="Where their days begin, such as America/Sao_Paulo; shop: as the shop itself says.",
            metavar="ZONE",
            show_default=False,
        ),
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(help="Read this resource too; may be repeated.", metavar="RESOURCE", show_default=False),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave this resource out from now on; may be repeated.", metavar="RESOURCE", show_default=False
        ),
    ] = None,
) -> None:
    """Change what stores are called, where their days begin, what is read of them, how often, or whether at all.

    What is there of a resource that is left out stays as it was read last, and is told as limited.
    """
    from storesync.storage.stores import find_stores  # noqa: PLC0415
    from storesync.stores import options  # noqa: PLC0415 - heavy

    if pause and resume:
        raise UsageError("--pause and --resume contradict each other", hint="give one of them")
    choice = options.Choice(
        tier,
        touch,
        pause,
        resume,
        alias and label("--alias", alias),
        owner and label("--owner", owner),
        known_resources(read),
        known_resources(skip),
    )
    if both := set(choice.read) & set(choice.skip):
        raise UsageError(f"{' and '.join(sorted(both))} cannot be both read and left out", hint="give it once")
    if choice == options.Choice() and time_zone is None:
        raise UsageError("nothing to set", hint="see what can be set: storesync set --help")
    if alias and len(stores) > 1:
        raise UsageError("an alias means one store", hint="name one store")
    if time_zone is not None:
        options.must_be_zone(time_zone)
    state = state_of(ctx)
    with state.context() as context:
        for store in find_stores(context.database, stores):
            chosen = options.choose(context, store, choice)
            say(f"{chosen.key}: {options.described(chosen, context.timing)}")
            if chosen.resources != store.resources:
                say(f"{chosen.key}: {options.daily_cost(context, replace(store, tier=chosen.tier), chosen)}")
            if time_zone is not None:
                with shown_progress(state) as progress:
                    moved, changed = options.move(context, chosen, time_zone, progress)
                follows = ", followed" if time_zone == SHOP else ""
                say(f"{chosen.key}: days of {moved.shop.time_zone}{follows}; {counted(changed, 'record')} changed")
