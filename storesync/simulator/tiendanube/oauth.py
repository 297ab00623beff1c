"""Tiendanube's consent page and token endpoint.

https://tiendanube.github.io/api-documentation/authentication: the redirect URL and the
scopes are settings of the app, not parameters; the code is valid once within five minutes;
tokens never expire, but a new one revokes the old one of the same app and store.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from storesync.simulator.shop import SCOPES, Code
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from storesync.simulator.world import World

AUTHORIZE = re.compile(r"/apps/(\d+)/authorize")
CODE_LIFE = timedelta(minutes=5)


def handle(request: SimRequest, world: World) -> SimResponse:
    """Answer one request to the consent pages."""
    asked = AUTHORIZE.fullmatch(request.path)
    if asked and request.method == "GET":
        return _consent(request, world, asked[1])
    if request.path == "/apps/authorize/token" and request.method == "POST":
        return _exchange(request, world)
    return json_response(404, {"code": 404, "message": "Not Found", "description": None})


def _consent(request: SimRequest, world: World, client_id: str) -> SimResponse:
    """Grant access as the merchant would, and redirect the browser to the app with a code."""
    app = world.apps["tiendanube"]
    key = request.query.get("store") or world.consents.get("tiendanube") or _only_shop(world)
    if client_id != app.client_id or ("tiendanube", key) not in world.shops:
        return json_response(404, {"code": 404, "message": "Not Found", "description": None})
    code = f"{world.secrets.getrandbits(160):040x}"
    scopes = frozenset(SCOPES["tiendanube"])
    world.codes[code] = Code("tiendanube", str(key), scopes, world.now() + CODE_LIFE)
    answer = {"code": code} | ({"state": request.query["state"]} if "state" in request.query else {})
    joint = "&" if "?" in app.redirect_url else "?"
    return SimResponse(302, {"location": f"{app.redirect_url}{joint}{urlencode(answer)}"})


def _only_shop(world: World) -> str | None:
    return next((key for platform, key in world.shops if platform == "tiendanube"), None)


def _exchange(request: SimRequest, world: World) -> SimResponse:
    """Exchange a code for a token. Refusals have status 200, as the platform's own app template expects."""
    asked: Any = request.json()
    app = world.apps["tiendanube"]
    if not isinstance(asked, dict):
        # Only JSON bodies are documented.
        return json_response(400, {"error": "Problems parsing JSON"})
    if (str(asked.get("client_id")), asked.get("client_secret")) != (app.client_id, app.client_secret):
        return _refusal("invalid_client", "The client credentials are invalid")
    if asked.get("grant_type") != "authorization_code":
        return _refusal("unsupported_grant_type", "The grant type was unavailable on the server")
    code = world.codes.pop(str(asked.get("code")), None)
    if code is None or code.platform != "tiendanube":
        return _refusal("invalid_grant", "The authorization code is invalid")
    if code.expires_at <= world.now():
        return _refusal("invalid_grant", "The authorization code has expired")
    value = world.shop("tiendanube", code.key).issue_token(code.scopes, kind="oauth")
    return json_response(
        200,
        {
            "access_token": value,
            "token_type": "bearer",
            "scope": ",".join(sorted(code.scopes)),
            # The store's id, which is a string in the documentation.
            "user_id": code.key,
        },
    )


def _refusal(error: str, description: str) -> SimResponse:
    return json_response(200, {"error": error, "error_description": description})
