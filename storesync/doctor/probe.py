"""Probes the platforms for `doctor`: one try per request, and no token is renewed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import httpx

from storesync.data import dataclass
from storesync.doctor.machine import Host
from storesync.doctor.stores import Token
from storesync.errors import (
    IdentityChanged,
    IpNotAllowed,
    NetworkFailed,
    PlatformError,
    StoresyncError,
    TimedOut,
    TokenRejected,
    TurnedAway,
)
from storesync.model import Credential, Store
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.rules.apps import app_of
from storesync.rules.health import has_ended, needs_person_by
from storesync.rules.status import missing_scopes
from storesync.runtime.network import proxy_before
from storesync.runtime.settings import Settings
from storesync.sync.address import address_refusal
from storesync.sync.context import SyncContext
from storesync.sync.tokens import RENEWABLE

MAX_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Sealed:
    """A store with its encrypted token. *again* is the command to reconnect it, *known_missing* the denied scopes."""

    store: Store
    token: bytes | None
    again: str
    known_missing: Sequence[str]


def addresses(settings: Settings, shops: Mapping[str, str]) -> dict[str, str]:
    """Return the URL to probe by platform: those of *shops* (a shop's key by platform), or all if it is empty."""
    known = {
        "shopify": settings.shopify_url.replace("{shop}", shops.get("shopify", "www")),
        "tiendanube": settings.tiendanube_api_url,
    }
    return {name: url for name, url in known.items() if name in shops} or known


def knock(http: HttpClient, urls: Mapping[str, str]) -> list[Host]:
    """Request *urls* (by platform) without a token, and return what each server answered."""
    with ThreadPoolExecutor(MAX_PARALLEL) as executor:
        return list(executor.map(partial(_knocked, http), urls, urls.values()))


def _knocked(http: HttpClient, platform: str, url: str) -> Host:
    name = urlsplit(url).hostname or url
    host, traffic = Host(platform, url, name, proxy=proxy_before(name)), RequestBudget(deadline=http.monotonic())
    try:
        answer = http.send(httpx.Request("HEAD", url), traffic=traffic, error_of=lambda _: None)
    except NetworkFailed as error:
        return replace(host, why=error.why)
    except TimedOut:
        return replace(host, why="timeout")
    except PlatformError:
        return host
    return replace(host, status=answer.status, ahead=traffic.ahead)


def ask(context: SyncContext, sealed: Sequence[Sealed]) -> list[Token]:
    """Check each token with its platform and return the results in order."""
    with ThreadPoolExecutor(MAX_PARALLEL) as executor:
        return list(executor.map(partial(_asked, context), sealed))


def _asked(context: SyncContext, one: Sealed) -> Token:
    store, token = one.store, Token(one.store.key, one.again, missing_scopes=one.known_missing)
    try:
        credential = _opened(context, one)
    except StoresyncError as error:
        return replace(token, error=error)
    is_renewable = context.app(store.platform) is not None
    token = replace(token, is_renewable=is_renewable, needs_person_by=needs_person_by(credential))
    if credential.kind in RENEWABLE and has_ended(credential, context.clock.now()):
        return replace(token, has_ended=True)
    try:
        granted = _granted(context, store, credential)
    except StoresyncError as error:
        return replace(token, error=error)
    needed = context.reads(store.platform).needed(store)
    denied = set(one.known_missing) - missing_scopes(credential.scopes, needed)
    return replace(token, missing_scopes=sorted(denied | missing_scopes(granted, needed)))


def blocked_apps(context: SyncContext, asked: Sequence[Store], tokens: Sequence[Token]) -> dict[str, IpNotAllowed]:
    """Return the apps that do not let this machine in, by name, as the *tokens* of the stores *asked* have found."""
    by_app: dict[str, list[tuple[Store, Token]]] = defaultdict(list)
    for store, token in zip(asked, tokens, strict=True):
        by_app[app_of(store)].append((store, token))
    refusals = {app: _refusal(context, found) for app, found in by_app.items()}
    return {app: refusal for app, refusal in refusals.items() if refusal}


def _refusal(context: SyncContext, found: Sequence[tuple[Store, Token]]) -> IpNotAllowed | None:
    """Return the refusal of this machine's address by the app of the stores *found*."""
    refused = [(store, token.error) for store, token in found if isinstance(token.error, TurnedAway)]
    has_answered = any(token.error is None and not token.has_ended for _, token in found)
    if not refused or has_answered:
        return None
    return address_refusal(context, *max(refused, key=lambda one: one[1].is_about_address))


def _opened(context: SyncContext, one: Sealed) -> Credential:
    if one.token is None:
        raise TokenRejected("there is no token")
    return context.vault().open(one.store.key, one.token)


def _granted(context: SyncContext, store: Store, credential: Credential) -> tuple[str, ...]:
    """Return the scopes that the token has now; raises the platform's errors."""
    platform, traffic = context.platform(store.platform), RequestBudget(deadline=context.clock.monotonic())
    session = platform.open(store.shop.key, credential, shop=store.shop, traffic=traffic)
    try:
        if session.describe().id != store.shop.id:
            raise IdentityChanged(f"another shop answers at {store.shop.domain} now")
        scopes = session.granted_scopes()
    finally:
        session.close()
    return credential.scopes if scopes is None else scopes
