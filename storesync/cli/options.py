"""Options and arguments shared by several commands, and their validation."""

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Annotated

import typer

from storesync.cli.state import state_of
from storesync.errors import StoresyncError, UsageError
from storesync.runtime.settings import Invalid, duration
from storesync.tables import RESOURCES

LONGEST_LABEL = 100


def _remember_json(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 - the form of a Typer callback
    state_of(ctx).json = value
    return value


Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.", callback=_remember_json, is_eager=True)]


def store_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the store keys and aliases that begin with *incomplete*, for shell completion; none without a database."""
    from storesync.storage.opening import open_to_look  # noqa: PLC0415 - heavy
    from storesync.storage.stores import load_stores  # noqa: PLC0415

    state, before = state_of(ctx), ctx.find_root().params
    state.home, state.database, state.env_file = before.get("home"), before.get("database"), before.get("env_file")
    try:
        with closing(open_to_look(state.settings().database)) as database:
            stores = load_stores(database)
    except (StoresyncError, OSError):
        return []
    # Some shells complete only the part after the colon.
    names = [(store.key, store.alias or "", store.key.partition(":")[2]) for store in stores]
    return [found[0] for some in names if (found := [name for name in some if name.startswith(incomplete)])]


Stores = Annotated[
    list[str] | None,
    typer.Argument(
        help="Store keys such as shopify:alpha, or aliases.", show_default=False, autocompletion=store_names
    ),
]
OneStore = Annotated[str, typer.Argument(help="Store key such as shopify:alpha, or alias.", autocompletion=store_names)]
Owner = Annotated[str | None, typer.Option(help="Only the stores of this owner.", show_default=False)]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", help="Only this resource; may be repeated.", show_default=False),
]


def label(option: str, text: str | None) -> str | None:
    """Return the label *text* of *option*; `UsageError` if it is blank, too long, not printable, or has a colon."""
    if text is None or (text.strip() and text.isprintable() and ":" not in text and len(text) <= LONGEST_LABEL):
        return text
    raise UsageError(
        f"{option} should be a short word or name, without colons and control characters",
        hint=f"for example {option} acme",
    )


def known_resources(names: Sequence[str] | None, among: Collection[str] = ()) -> tuple[str, ...]:
    """Return *names* (empty for None); `UsageError` for one that is no resource, with *among* or all as the hint."""
    for name in names or ():
        if name not in RESOURCES:
            raise UsageError(f"no resource is called {name!r}", hint=f"choose from {', '.join(among or RESOURCES)}")
    return tuple(names or ())


def must_name(stores: list[str] | None, owner: str | None, *, all_stores: bool, command: str) -> None:
    """Raise `UsageError` unless the options name stores, an owner, or all."""
    if not stores and not all_stores and owner is None:
        raise UsageError("name a store, or all of them", hint=f"storesync {command} --all")


def span(text: str, option: str) -> timedelta:
    """Parse the duration *text* of *option*; `UsageError` if it is invalid."""
    try:
        return duration(text)
    except Invalid as invalid:
        raise UsageError(f"{option} {text!r} {invalid}", hint=f"for example {option} 5m") from None
