"""The Tiendanube platform: authorises an app for a shop (consent page, code, token) and opens sessions.

https://tiendanube.github.io/api-documentation/authentication
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import httpx
import orjson

from storesync.errors import (
    AppCredentialsRefused,
    BadResponse,
    PersonNeeded,
    PlatformError,
    TokenRejected,
    UsageError,
)
from storesync.model import App, Credential, Row, Shop
from storesync.platforms.base import Granted, RequestBudget, ResourceSpec, Session
from storesync.platforms.http import Answer, HttpClient, usual_error
from storesync.platforms.tiendanube.errors import CONNECT, told
from storesync.platforms.tiendanube.redaction import REMAINDER
from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.tiendanube.session import TiendanubeSession
from storesync.platforms.tiendanube.sources import ORDERS_CAP, SOURCES, scopes_of
from storesync.platforms.values import text

LONGEST_ID = 18
APP_SETTINGS = "set STORESYNC_TIENDANUBE_CLIENT_ID and STORESYNC_TIENDANUBE_CLIENT_SECRET"
_REFUSED_APP = frozenset({"invalid_client", "unauthorized_client"})
_NO_APP_STATUSES = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


class Tiendanube:
    """The Tiendanube platform. A store's key is its number."""

    name = "tiendanube"
    title = "Tiendanube"
    remainder = REMAINDER
    readables: Mapping[str, ResourceSpec] = {
        name: ResourceSpec(
            name,
            scopes_of(source),
            source.cadence,
            source.drift,
            source.wider,
            source.is_dated,
            source.is_filtered,
        )
        for name, source in SOURCES.items()
    }

    def __init__(
        self,
        http: HttpClient,
        *,
        api_url: str = "https://api.tiendanube.com",
        auth_url: str = "https://www.tiendanube.com",
        version: str = "2025-03",
        orders_cap: int = ORDERS_CAP,
    ) -> None:
        """Send requests through *http*. *orders_cap* is how many orders the platform lists for one query."""
        self.http = http
        self.api_url = api_url.rstrip("/")
        self.auth_url = auth_url.rstrip("/")
        self.api_version = version
        self.orders_cap = orders_cap

    def key_of(self, shop: str) -> str:
        """Return the store's number as its key. Raises `UsageError` where *shop* is not a number."""
        key = shop.strip()
        if not (key.isascii() and key.isdigit() and key.strip("0") and len(key) <= LONGEST_ID):
            raise UsageError(
                "a Tiendanube shop is named by its store id, which is a number",
                hint=f"{CONNECT} (the browser then tells the shop), or give --store-id 123456",
            )
        return key.lstrip("0")

    def authorize_url(self, key: str | None, *, app: App, state: str, redirect_url: str) -> str:
        """Return the URL of the consent page. Redirect URL and scopes are settings of the app, not parameters."""
        del key, redirect_url
        _must_have_app(app)
        return f"{self.auth_url}/apps/{quote(app.client_id, safe='')}/authorize?{urlencode({'state': state})}"

    def code_of(self, answer: Mapping[str, str], *, key: str | None, app: App, state: str, now: datetime) -> str:
        """Return the code of the redirect, which is not signed. Raises `UsageError` where its *state* is not ours."""
        del key, app, now
        if not state or not hmac.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise UsageError(
                "the answer does not belong to this attempt to connect (its state differs)",
                hint=f"{CONNECT}, and finish in the browser window that it opens",
            )
        if answer.get("error"):
            raise UsageError("the shop did not let the app in", hint=f"{CONNECT}, and accept in the browser")
        code = answer.get("code", "").strip()
        if not code or code == "null":
            raise UsageError("the answer holds no code", hint=CONNECT)
        return code

    def exchange(self, key: str | None, code: str, *, app: App) -> Granted:
        """Exchange the code, which is valid once within five minutes, for a credential.

        Raises `UsageError` for an expired code, `PersonNeeded` or `AppCredentialsRefused` where the app's id
        and secret are missing or wrong.
        """
        _must_have_app(app, with_secret=True)
        request = httpx.Request(
            "POST",
            f"{self.auth_url}/apps/authorize/token",
            headers={"Content-Type": "application/json; charset=utf-8"},
            content=orjson.dumps(
                {
                    "client_id": app.client_id,
                    "client_secret": app.client_secret,
                    "grant_type": "authorization_code",
                    "code": code,
                }
            ),
        )
        answer = self.http.send(request, traffic=RequestBudget(), error_of=self._exchange_error)
        return _granted(answer, key)

    def client_credentials(self, key: str, *, app: App) -> Credential:
        """Raise `UsageError`: Tiendanube has no client credentials grant."""
        del key, app
        raise UsageError("client credentials do not exist on Tiendanube", hint=CONNECT)

    def pasted(self, token: str) -> Credential:
        """Return the credential for the pasted token of a custom app. Raises `UsageError` where it cannot be one."""
        value = token.strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise UsageError(
                "this is no access token: it holds blanks or odd characters" if value else "there is no token",
                hint=f"copy the one that your app showed: {CONNECT} --store-id 123456 --token-stdin",
            )
        return Credential("custom_app", value)

    def refresh(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Raise `TokenRejected`: tokens never expire, so a refused one was revoked."""
        del key, credential, app
        raise TokenRejected("renewing a token does not exist on Tiendanube", hint=CONNECT)

    def open(self, key: str, credential: Credential, *, shop: Shop | None, traffic: RequestBudget) -> Session:
        """Return a session of the shop. *shop* is its stored description, None before the first."""
        return TiendanubeSession(
            self.http,
            key=key,
            base_url=f"{self.api_url}/{self.api_version}/{key}",
            token=credential.access_token,
            shop=shop,
            traffic=traffic,
            orders_cap=self.orders_cap,
        )

    def rows_of(self, resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
        """Return the rows by table that the stored *parts* of a record hold. Pure."""
        return rows_of(resource, parts, shop)

    def _exchange_error(self, answer: Answer) -> PlatformError | None:
        """Return the error that a retry may solve, None where the body has the result: the status may be any."""
        is_said = {"access_token", "error"} & told(answer).keys()
        return None if is_said else usual_error(answer, self.http.now())


def _granted(answer: Answer, key: str | None) -> Granted:
    """Return the shop and credential in a token answer: only a token means success, whatever the status."""
    body = told(answer)
    token = text(body.get("access_token"))
    if token is None:
        _refuse(answer, body)
    store_id = text(body.get("user_id")) or text(body.get("store_id"))
    if store_id is None or not (store_id.isascii() and store_id.isdigit()):
        raise BadResponse("the token endpoint did not say which shop the token opens", hint=CONNECT)
    if key is not None and store_id != key:
        raise UsageError(
            f"the browser let the app into store {store_id}, not into {key}",
            hint=f"log in to the shop {key} in the browser, then: {CONNECT}",
        )
    scopes = (text(body.get("scope")) or "").replace(",", " ").split()
    return Granted(store_id, Credential("oauth", token, tuple(scopes)))


def _refuse(answer: Answer, body: Mapping[str, Any]) -> NoReturn:
    reason = body.get("error")
    if reason in _REFUSED_APP or (reason is None and answer.status in _NO_APP_STATUSES):
        raise AppCredentialsRefused("the platform does not accept the app's id and secret", hint=APP_SETTINGS)
    if reason == "invalid_grant":
        raise UsageError("the code has expired or was used already: it lives five minutes", hint=CONNECT)
    raise BadResponse(f"the token endpoint gave no token ({answer.status})", hint=CONNECT)


def _must_have_app(app: App, *, with_secret: bool = False) -> None:
    if not app.client_id or (with_secret and not app.client_secret):
        raise PersonNeeded("there are no credentials of a Tiendanube app", hint=APP_SETTINGS)
