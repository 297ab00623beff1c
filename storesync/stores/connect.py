"""Connects a shop: obtains a credential, checks which shop it gives access to, saves both."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from storesync.data import dataclass
from storesync.errors import (
    AppCredentialsRefused,
    LocalFault,
    OutOfTime,
    PersonNeeded,
    PlatformError,
    StoresyncError,
    TokenRejected,
    UsageError,
)
from storesync.model import WAYS, App, Credential, Shop, Store
from storesync.platforms.base import Granted, Migrating, Platform, RequestBudget
from storesync.rules import passes
from storesync.rules.status import missing_scopes
from storesync.storage import checkpoints, connections, credentials, leases, runs, stores
from storesync.sync.address import refusal_of_new
from storesync.sync.context import SyncContext
from storesync.sync.description import save_description
from storesync.sync.freshness import forecast
from storesync.sync.tokens import TokenManager

Ask = Callable[[str], Mapping[str, str]]
"""Takes the authorization URL that a person opens, returns the query parameters of the redirect that follows."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The operator's labels and choices for a store.

    No *resources* means the default ones; *since* None means all records.
    """

    alias: str | None = None
    owner: str | None = None
    resources: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """A store that was just connected. Resources that need *missing_scopes* are not synced.

    *former_key* is what it was called before its shop was renamed, None where that was not found out just now.
    """

    store: Store
    missing_scopes: tuple[str, ...]
    former_key: str | None = None


def app_needed(context: SyncContext, platform: Platform, *, hint: str = "or bring a token: --token-stdin") -> App:
    """Return the operator's app on *platform*; `PersonNeeded` if it is not configured."""
    app = context.app(platform.name)
    if app is None:
        prefix = f"STORESYNC_{platform.name.upper()}"
        place = context.database.path.parent / ".env"
        raise PersonNeeded(
            f"this way of connecting needs your {platform.title} app's id and secret",
            hint=f"put {prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET into {place}; {hint}",
        )
    return app


def authorize(context: SyncContext, platform: Platform, key: str | None, *, redirect_url: str, ask: Ask) -> Granted:
    """Run the OAuth authorization: have a person grant access, check the redirect, exchange its code.

    *key* is the shop's, None if the person chooses it in the browser. Raises `UsageError` if another shop was
    chosen, `PersonNeeded` without an app, and the platform's errors.
    """
    app = app_needed(context, platform)
    state = secrets.token_urlsafe(32)
    answer = ask(platform.authorize_url(key, app=app, state=state, redirect_url=redirect_url))
    code = platform.code_of(answer, key=key, app=app, state=state, now=context.clock.now())
    granted = platform.exchange(key, code, app=app)
    if key is not None and granted.key != key:
        raise UsageError(
            f"{platform.title} let us into {granted.key}, not into {key}", hint="choose the right shop in the browser"
        )
    return granted


def enter(
    context: SyncContext, platform: Platform, granted: Granted, labels: Labels, *, then: str | None = None
) -> Connected:
    """Check which shop the credential gives access to and save both; a new store is then pending.

    A shop that is known by its platform's id keeps its store and data, even if its name is another now.

    Raises as `describe` does, and `IpNotAllowed` where the app does not let this machine in; *then* is the command
    to type once it does, None for the one that connects again.
    """
    try:
        shop, credential = describe(platform, granted)
    except PlatformError as error:
        again = then or f"storesync connect {platform.name} {granted.key}{WAYS.get(granted.credential.kind, '')}"
        refusal = refusal_of_new(context, platform, granted, error, then=again)
        if refusal is None:
            raise
        raise refusal from error
    now = context.clock.now()
    with context.database.transaction():
        saved = connections.save_connected(
            context.database,
            platform.name,
            shop,
            now=now,
            grace_until=now + context.timing.pending_grace,
            alias=labels.alias,
            owner=labels.owner,
            resources=labels.resources,
            since=labels.since,
        )
        store = save_description(context, saved.store, shop, api_version=platform.api_version)
        _read_anew(context, store, platform, credential)
        sealed = context.vault().seal(store.key, credential)
        credentials.save_credential(context.database, store.id, credential, sealed, now=now)
        forecast(context, store.id)
        events = [runs.Event(store.id, "connected", f"{store.key} connected")]
        if saved.former_key:
            events.append(runs.Event(store.id, "moved", f"{store.key} was {saved.former_key} until now"))
        runs.save_events(context.database, events, now)
    needed = context.reads(platform.name).needed(store)
    return Connected(store, tuple(sorted(missing_scopes(credential.scopes, needed))), saved.former_key)


def _read_anew(context: SyncContext, store: Store, platform: Platform, credential: Credential) -> None:
    """Reset the checkpoints of resources that the new credential opens, or shows more of, than the previous one."""
    known = checkpoints.load_checkpoints(context.database, store.id)
    before = credentials.load_token_facts(context.database).get(store.id)
    had, has = set(before.scopes if before else ()), set(credential.scopes)
    denied = {one.denied_scope for one in known.values() if one.denied_scope}
    # A denied scope was missing, whatever the platform says of scopes, and may be granted now.
    gained = (has - had if had else set()) | (denied & has if has else denied)
    for name, checkpoint in known.items():
        allowed = passes.asking_again(replace(checkpoint, denied_scope=None, denied_at=None))
        spec = platform.readables.get(name)
        is_wider = spec is not None and gained.intersection(spec.wider)
        checkpoints.save_checkpoint(context.database, store.id, passes.anew(allowed) if is_wider else allowed)


def store_to_migrate(context: SyncContext, platform: Platform, key: str) -> Store:
    """Return the store *key* if its token can be exchanged for a renewable one; `UsageError` if it cannot.

    Raises `PersonNeeded` if the platform's app is not configured.
    """
    name = f"{platform.name}:{key}"
    store = next((one for one in stores.load_stores(context.database) if one.key == name), None)
    facts = credentials.load_token_facts(context.database).get(store.id) if store else None
    if store is None or facts is None:
        raise UsageError(f"{name} is not connected", hint=f"storesync connect {platform.name} {key}")
    if not isinstance(platform, Migrating):
        raise UsageError(f"tokens of {platform.title} do not run out: there is nothing to migrate")
    if facts.kind not in platform.migrates:
        raise UsageError(f"the token of {name} ({facts.kind}) is renewed by itself: there is nothing to migrate")
    app_needed(context, platform, hint="they are those of the app that the token was made with")
    return store


def migrate(context: SyncContext, platform: Platform, store: Store, labels: Labels) -> Connected | None:
    """Exchange the permanent token of *store* for a renewable one; None if another process works on the store.

    An error of the platform or this machine says in its hint whether the old token still works.
    """
    if not isinstance(platform, Migrating):
        raise UsageError(f"tokens of {platform.title} do not run out: there is nothing to migrate")
    app = app_needed(context, platform)
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger="connect") as lease:
        if lease is None:
            return None
        token_manager = TokenManager(context, store, lease)
        old = token_manager.load()
        try:
            credential = token_manager.migrated(platform, app)
        except AppCredentialsRefused:
            raise
        except (PlatformError, LocalFault) as error:
            raise _not_migrated(platform, store, old, error) from error
        then = f"storesync sync {store.key}"
        return enter(context, platform, Granted(store.shop.key, credential), labels, then=then)


def _not_migrated(platform: Platform, store: Store, old: Credential, error: StoresyncError) -> StoresyncError:
    """Return *error*, or a new one, saying whether the old token still works after the failed exchange."""
    again = f"storesync connect {platform.name} {store.shop.key}"
    try:
        describe(platform, Granted(store.shop.key, old))
    except TokenRejected:
        return TokenRejected(
            f"{platform.title} takes the old token no more, and the new one is not here: {error.message}",
            hint=f"connect again: {again}",
        )
    except (PlatformError, OutOfTime):
        error.hint = f"try again later; should {platform.title} refuse the old token by then, connect again: {again}"
        return error
    error.hint = f"nothing is lost: the old token still works; try again: {again} --migrate-token"
    return error


def describe(platform: Platform, granted: Granted) -> tuple[Shop, Credential]:
    """Return the shop that the credential gives access to, and the credential with its granted scopes.

    Raises `UsageError` if it is another shop than the one granted, and the platform's errors.
    """
    traffic = RequestBudget()
    session = platform.open(granted.key, granted.credential, shop=None, traffic=traffic)
    try:
        shop = session.describe()
        scopes = session.granted_scopes()
    finally:
        session.close()
    if shop.key != granted.key:
        raise UsageError(
            f"the token opens {shop.key}, not {granted.key}", hint=f"storesync connect {platform.name} {shop.key}"
        )
    credential = granted.credential
    return shop, credential if scopes is None else replace(credential, scopes=tuple(scopes))
