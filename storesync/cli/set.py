"""`set`."""

from typing import Annotated, Literal

import typer

from storesync.cli import app
from storesync.cli.shared import say, state_of
from storesync.errors import UsageError


@app.command(name="set")
def set_(
    context: typer.Context,
    *,
    stores: Annotated[list[str], typer.Argument(help="Store keys such as shopify:alpha, or aliases.")],
    tier: Annotated[
        Literal["high", "medium", "low", "auto"] | None,
        typer.Option(help="Pin how often they are read; auto: by their own activity.", show_default=False),
    ] = None,
    touch: Annotated[bool, typer.Option("--touch", help="Somebody looks: high tier for 24 hours.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Read them no more, until --resume.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Read them again, at once.")] = False,
) -> None:
    """Change how often stores are read, or whether at all."""
    from storesync import choices  # noqa: PLC0415 - heavy
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    if pause and resume:
        raise UsageError("--pause and --resume contradict each other", hint="give one of them")
    if not (tier or touch or pause or resume):
        raise UsageError("nothing to set", hint="see what can be set: storesync set --help")
    with state_of(context).tools() as tools:
        for store in find_stores(tools.database, stores):
            chosen = choices.choose(tools, store, choices.Choice(tier=tier, touch=touch, pause=pause, resume=resume))
            say(f"{chosen.key}: {choices.told(chosen, tools.timing)}")
