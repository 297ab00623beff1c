"""The command `connect`."""

import getpass
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NoReturn

import typer

from storesync.cli.command import command_app
from storesync.cli.options import Json, known_resources, label
from storesync.cli.output import tell
from storesync.cli.progress import RoomWatch, shown_progress
from storesync.cli.results import finish
from storesync.cli.state import State, state_of
from storesync.errors import UsageError
from storesync.model import Store
from storesync.platforms.base import Granted, Platform
from storesync.platforms.registry import must_be_known
from storesync.rules.selection import selection
from storesync.runtime.settings import Settings
from storesync.runtime.text import clean
from storesync.stores.authorization import WAIT_S, answer_of, is_loopback, listening
from storesync.stores.connect import Ask, Connected, Labels, app_needed, authorize, enter, migrate, store_to_migrate
from storesync.stores.options import daily_cost, must_be_offered
from storesync.sync import on_demand
from storesync.sync.context import SyncContext
from storesync.sync.job import SyncRequest, SyncResult
from storesync.tables import DEFAULT

app = command_app()


@app.command(
    epilog="""\b
Examples:
  storesync connect tiendanube
  storesync connect tiendanube --store-id 123456 --token-stdin <token.txt
  storesync connect shopify alpha --alias shoes --owner ana
  storesync connect shopify alpha --client-credentials --since 2026-01-01
  storesync connect shopify alpha --paste --skip checkouts

More: storesync help connect"""
)
def connect(
    ctx: typer.Context,
    platform: Annotated[str, typer.Argument(help="shopify or tiendanube.")],
    shop: Annotated[str | None, typer.Argument(help="The shop: its myshopify.com name.", show_default=False)] = None,
    *,
    alias: Annotated[str | None, typer.Option(help="A short name for it.", show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help="Who it belongs to, to filter by.", show_default=False)] = None,
    store_id: Annotated[str | None, typer.Option(help="Tiendanube store id.", show_default=False)] = None,
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read a token from stdin.")] = False,
    client_credentials: Annotated[
        bool, typer.Option("--client-credentials", help="Shopify: a store of the app's own organisation.")
    ] = False,
    migrate_token: Annotated[
        bool, typer.Option("--migrate-token", help="Shopify: change a token that never ends for one that is renewed.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --migrate-token.")] = False,
    paste: Annotated[bool, typer.Option("--paste", help="Paste the address the browser ends at.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open no browser.")] = False,
    listen: Annotated[str | None, typer.Option(help="HOST:PORT to listen on.", show_default=False)] = None,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Leave the first sync to cron.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this resource; may be repeated.", show_default=False)
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="Not this resource; may be repeated.", show_default=False)
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only records since YYYY-MM-DD.", show_default=False)] = None,
    json: Json = False,  # noqa: ARG001 - remembered by its callback
) -> None:
    """Connect a shop and load it.

    A connected one keeps its data and gets a new token, also if it was connected under another name.
    """
    state = state_of(ctx)
    _must_be_one_way(
        token_stdin=token_stdin, client_credentials=client_credentials, migrate_token=migrate_token, paste=paste
    )
    if store_id and shop and store_id != shop:
        raise UsageError(f"{shop!r} and --store-id {store_id!r} name two shops", hint="name one")
    must_be_known(platform)
    settings = state.settings()
    labels = Labels(
        label("--alias", alias), label("--owner", owner), _chosen(only, skip), _day(since, state.outside.clock.now())
    )
    token = None if client_credentials or migrate_token or paste else _token(state, token_stdin=token_stdin)
    with state.context(create=not migrate_token) as context:
        chosen = context.platform(platform)
        named = store_id or shop
        key = chosen.key_of(named) if named else None
        must_be_offered(context, platform, known_resources(only))
        if migrate_token:
            _migrate(state, context, chosen, _named(chosen, key), labels, sync=not no_sync, is_agreed=yes)
        if token is not None:
            granted = Granted(_named(chosen, key), chosen.pasted(token))
        elif client_credentials:
            own = _named(chosen, key)
            granted = Granted(own, chosen.client_credentials(own, app=app_needed(context, chosen)))
        else:
            redirect_url = _redirect_url(settings, chosen)
            ask = _ask(state, settings, redirect_url, paste=paste, browser=not no_browser, listen=listen)
            granted = authorize(context, chosen, key, redirect_url=redirect_url, ask=ask)
        connected = enter(context, chosen, granted, labels)
        _welcome(state, context, connected, labels)
        _load(state, context, connected, sync=not no_sync)


def _must_be_one_way(**ways: bool) -> None:
    chosen = [f"--{name.replace('_', '-')}" for name, is_wanted in ways.items() if is_wanted]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} are two ways to connect", hint="choose one of them")


def _migrate(
    state: State, context: SyncContext, platform: Platform, key: str, labels: Labels, *, sync: bool, is_agreed: bool
) -> NoReturn:
    store = store_to_migrate(context, platform, key)
    if not is_agreed:
        _must_agree(platform, store)
    connected = migrate(context, platform, store, labels)
    if connected is None:
        finish(state, context, [on_demand.busy(context, store)], {})
    _welcome(state, context, connected, labels)
    _load(state, context, connected, sync=sync)


def _must_agree(platform: Platform, store: Store) -> None:
    """Ask for confirmation of an irreversible step; `UsageError` without a terminal or on a no."""
    again = f"storesync connect {platform.name} {store.shop.key}"
    irreversible = f"this is irreversible: {platform.title} revokes the old token of {store.key}"
    if not sys.stdin.isatty():
        raise UsageError(irreversible, hint=f"if you are sure: {again} --migrate-token --yes")
    tell(f"{irreversible}, and whatever else uses it stops working.\nShould it be cut off on the way, type: {again}")
    tell("Go on? Type yes:")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was changed", hint=f"when you are sure: {again} --migrate-token")


def _load(state: State, context: SyncContext, connected: Connected, *, sync: bool) -> NoReturn:
    if not sync:
        finish(state, context, [SyncResult(connected.store, "skipped")], {})
    with shown_progress(state) as progress:
        request = SyncRequest("connect", progress=RoomWatch(progress, context.free_bytes, tell))
        results = list(on_demand.work_on(context, [connected.store], request, patience=timedelta()))
    finish(state, context, results, on_demand.verdicts_now(context, [connected.store]))


def _welcome(state: State, context: SyncContext, connected: Connected, labels: Labels) -> None:
    if state.quiet:
        return
    store = connected.store
    tell(f"connected {store.key} ({clean(store.shop.domain)})")
    if connected.former_key:
        tell(f"  it was {connected.former_key} until now: its data are kept, and that name still means it")
    if labels.resources and set(labels.resources) != set(store.resources):
        tell(f"  what is read of it stays as it was; to change that: storesync set {store.key} --read RESOURCE")
    elif store.resources:
        tell(f"  {daily_cost(context, replace(store, resources=()), store)}")
    if labels.since and labels.since != store.since:
        tell(f"  --since counts for a first load: since when {store.key} is read stays as it was")
    for scope in connected.missing_scopes:
        tell(f"  the token lacks {scope}: what needs it stays out until you grant it and connect again")


def _ask(state: State, settings: Settings, redirect_url: str, *, paste: bool, browser: bool, listen: str | None) -> Ask:
    if paste or not is_loopback(redirect_url):
        return _ask_to_paste

    def ask(url: str) -> Mapping[str, str]:
        with listening(redirect_url, listen or settings.listen) as wait:
            tell(f"Let storesync into the shop in your browser:\n  {url}")
            if browser and not state.outside.open_browser(url):
                tell("No browser could be opened: open the address yourself, or use --paste.")
            tell(f"Waiting for your answer, {WAIT_S / 60:.0f} minutes at most; Ctrl-C ends it.")
            return wait(WAIT_S)

    return ask


def _ask_to_paste(url: str) -> Mapping[str, str]:
    tell(f"Open this address and let storesync in:\n  {url}\nThen paste the address that the browser ended at:")
    line = sys.stdin.readline()
    if not line.strip():
        raise UsageError("no address was pasted", hint="run the command again and paste the address within 5 minutes")
    return answer_of(line)


def _redirect_url(settings: Settings, platform: Platform) -> str:
    return settings.shopify_redirect_url if platform.name == "shopify" else settings.tiendanube_redirect_url


def _named(platform: Platform, key: str | None) -> str:
    if key is None:
        example = "--store-id 123456" if platform.name == "tiendanube" else "my-shop"
        raise UsageError("which shop?", hint=f"storesync connect {platform.name} {example}")
    return key


def _token(state: State, *, token_stdin: bool) -> str | None:
    if not token_stdin:
        token = state.outside.environment.get("STORESYNC_TOKEN")
        if token is not None and not state.quiet:
            tell("using the token of STORESYNC_TOKEN")
        return token
    if sys.stdin.isatty():
        return getpass.getpass("Paste the token (it is not shown) and press Enter: ")
    return sys.stdin.readline().strip("\r\n")


def _chosen(only: list[str] | None, skip: list[str] | None) -> tuple[str, ...]:
    """Return the resources to sync, as `selection` does."""
    wanted, left_out = known_resources(only) or DEFAULT, known_resources(skip)
    chosen = tuple(name for name in wanted if name not in left_out)
    if not chosen:
        raise UsageError("--skip leaves no resource to read", hint="skip fewer of them")
    return selection(chosen)


def _day(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since {text!r} is not a day", hint="for example --since 2026-01-31") from None
    day = datetime(found.year, found.month, found.day, tzinfo=UTC)
    if day > now:
        raise UsageError(f"--since {text} lies ahead", hint="name a day that has begun, such as 2026-01-31")
    return day
