"""Shopify's consent page and token endpoint.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
and, for tokens that expire, …/access-tokens/offline-access-tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from storesync.simulator.shop import SCOPES, Code, Token
from storesync.simulator.shopify.access import OTHERS
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storesync.simulator.shop import Shop
    from storesync.simulator.world import World

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(days=90)
CLIENT_LIFE = timedelta(seconds=86_399)
# https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens
RETRY_LIFE = timedelta(days=30)
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"


class Refused(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.response = json_response(status, {"error": error, "error_description": description})


def callback_hmac(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of a callback's *parameters*, in lower-case hex."""
    signed = sorted((key, value) for key, value in parameters.items() if key not in {"hmac", "signature"})
    message = "&".join(f"{key}={value}" for key, value in signed)
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def authorize(request: SimRequest, world: World, shop: Shop) -> SimResponse:
    """Grant access as the merchant would, and redirect the browser to the app with a code."""
    app, asked = world.apps["shopify"], request.query
    if asked.get("client_id") != app.client_id:
        return _page("Oauth error invalid_request: Could not find Shopify API application with api_key")
    if asked.get("redirect_uri") != app.redirect_url:
        return _page("Oauth error invalid_request: The redirect_uri is not whitelisted")
    scopes = _split(asked["scope"]) if asked.get("scope") else frozenset(SCOPES["shopify"])
    # A scope that Shopify has not approved for the app (read_all_orders) fails the whole grant.
    grantable = (OTHERS | set(SCOPES["shopify"])) - set(shop.state.get("unapproved", ()))
    wrong = sorted(scope for scope in scopes if scope.replace("write_", "read_", 1) not in grantable)
    if wrong:
        return _page(f"Oauth error invalid_scope: The access scope is invalid: {', '.join(wrong)}")
    chosen = world.shops.get(("shopify", world.consents.get("shopify", shop.key)), shop)
    code = f"{world.secrets.getrandbits(128):032x}"
    world.codes[code] = Code("shopify", chosen.key, scopes, world.now() + CODE_LIFE)
    host = base64.b64encode(f"admin.shopify.com/store/{chosen.key}".encode()).decode().rstrip("=")
    answer = {
        "code": code,
        "host": host,
        "shop": chosen.domain,
        "timestamp": str(int(world.now().timestamp())),
        **({"state": asked["state"]} if "state" in asked else {}),
    }
    answer["hmac"] = callback_hmac(answer, app.client_secret)
    return SimResponse(302, {"location": f"{app.redirect_url}?{urlencode(answer)}"})


def _page(message: str) -> SimResponse:
    return SimResponse(400, {"content-type": "text/html; charset=utf-8"}, f"<html>{message}</html>".encode())


def _split(scopes: str) -> frozenset[str]:
    return frozenset(scope for scope in scopes.replace(" ", ",").split(",") if scope)


def token(request: SimRequest, world: World, shop: Shop) -> SimResponse:
    """Answer one request to the token endpoint."""
    asked = _form(request)
    app = world.apps["shopify"]
    if (asked.get("client_id"), asked.get("client_secret")) != (app.client_id, app.client_secret):
        return Refused(401, "invalid_client", "Client authentication failed").response
    grants = {
        None: _exchange_code,
        "authorization_code": _exchange_code,
        "refresh_token": _refresh,
        "client_credentials": _client_credentials,
        EXCHANGE: _migrate,
    }
    grant = grants.get(asked.get("grant_type"))
    if grant is None:
        return Refused(400, "unsupported_grant_type", "The grant type is not supported").response
    try:
        return json_response(200, grant(asked, world, shop))
    except Refused as refusal:
        return refusal.response


def _form(request: SimRequest) -> dict[str, str]:
    """Return the fields of the body; both JSON and a form are taken."""
    asked: Any = request.json()
    if isinstance(asked, dict):
        return {key: str(value) for key, value in asked.items()}
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _exchange_code(asked: dict[str, str], world: World, shop: Shop) -> dict[str, Any]:
    code = world.codes.pop(asked.get("code", ""), None)
    known = code is not None and (code.platform, code.key) == ("shopify", shop.key)
    if code is None or not known or code.expires_at <= world.now():
        raise Refused(400, "invalid_request", "The authorization code was not found or was already used")
    if asked.get("expiring") not in {"1", "true", "True"}:
        return {"access_token": _lasting(shop, code.scopes), "scope": _joined(code.scopes)}
    for held in shop.tokens.values():
        # Only one token of an app and shop can be refreshed; access tokens stay valid for their hour.
        held.refresh_token = None
    return _pair(world, shop, code.scopes)


def _lasting(shop: Shop, scopes: frozenset[str]) -> str:
    """Return a token that never expires; it is the same each time for the same scopes."""
    for value, held in shop.tokens.items():
        if held.kind == "oauth" and held.expires_at is None and held.scopes == scopes:
            return value
    return _keep(shop, scopes, "oauth")


def _keep(shop: Shop, scopes: frozenset[str], kind: str) -> str:
    value = f"shpat_{shop.secrets.getrandbits(128):032x}"
    shop.tokens[value] = Token(value, scopes, kind)
    return value


def _pair(world: World, shop: Shop, scopes: frozenset[str]) -> dict[str, Any]:
    """Return a new access token with the refresh token that renews it."""
    now = world.now()
    for value in [value for value, held in shop.tokens.items() if _is_dead(held, world)]:
        del shop.tokens[value]
    held = shop.tokens[_keep(shop, scopes, "oauth")]
    held.expires_at = now + ACCESS_LIFE
    held.refresh_token = f"shprt_{shop.secrets.getrandbits(128):032x}"
    held.refresh_expires_at = now + REFRESH_LIFE
    return {
        "access_token": held.value,
        "scope": _joined(scopes),
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "refresh_token": held.refresh_token,
        "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
    }


def _is_dead(held: Token, world: World) -> bool:
    return held.expires_at is not None and held.expires_at <= world.now() and held.refresh_token is None


def _joined(scopes: frozenset[str]) -> str:
    """Return scopes as Shopify lists them: a read scope that a write scope implies is left out."""
    implied = {scope.replace("write_", "read_", 1) for scope in scopes if scope.startswith("write_")}
    return ",".join(sorted(scopes - implied))


def _refresh(asked: dict[str, str], world: World, shop: Shop) -> dict[str, Any]:
    """Rotate the tokens: the old refresh token stays valid until the new one is first used."""
    now, given = world.now(), asked.get("refresh_token")
    owner = next((held for held in shop.tokens.values() if given and held.refresh_token == given), None)
    if owner is None or owner.refresh_expires_at is None or owner.refresh_expires_at <= now:
        if shop.quirk("refusal of a dead refresh token"):
            # Seen in the wild: https://community.shopify.dev/t/35182
            raise Refused(401, "invalid_request", "This request requires an active refresh_token")
        raise Refused(400, "invalid_grant", "The refresh token is invalid or has expired")
    for held in shop.tokens.values():
        if held is not owner:
            held.refresh_token = None
    owner.refresh_expires_at = min(owner.refresh_expires_at, now + RETRY_LIFE)
    return _pair(world, shop, owner.scopes)


def _client_credentials(_: dict[str, str], world: World, shop: Shop) -> dict[str, Any]:
    scopes = frozenset(SCOPES["shopify"])
    value = _keep(shop, scopes, "client_credentials")
    shop.tokens[value].expires_at = world.now() + CLIENT_LIFE
    return {"access_token": value, "scope": _joined(scopes), "expires_in": int(CLIENT_LIFE.total_seconds())}


def _migrate(asked: dict[str, str], world: World, shop: Shop) -> dict[str, Any]:
    """Exchange a token that never expires, which is revoked, for an expiring pair."""
    held = shop.tokens.get(asked.get("subject_token", ""))
    types = {asked.get("subject_token_type"), asked.get("requested_token_type")}
    if held is None or held.expires_at is not None or types != {OFFLINE} or asked.get("expiring") != "1":
        raise Refused(400, "invalid_subject_token", "The subject token cannot be exchanged")
    del shop.tokens[held.value]
    return _pair(world, shop, held.scopes)
