"""The client of Shopify's token endpoint: requests credentials and classifies refusals.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx

from storesync.data import dataclass
from storesync.errors import (
    AppCredentialsRefused,
    BadResponse,
    NotFound,
    PlatformError,
    RequestRefused,
    Suspended,
    TokenExpired,
    TokenRejected,
)
from storesync.model import App, Credential
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import Answer, HttpClient, usual_error
from storesync.platforms.shopify.allow_list import address_of, is_about_address, not_allowed, turned_away
from storesync.platforms.shopify.oauth import credential_of
from storesync.platforms.shopify.renamed import moved

OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
REFUSALS = frozenset({400, 401, 403})
APP_REFUSED = frozenset({"invalid_client", "application_cannot_be_found", "unauthorized_client"})


PATIENCE_S = 20.0
"""How long a request may be retried; after that the store waits for its next turn."""


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The token endpoint of one shop. Its methods also raise the errors of `HttpClient.send`."""

    http: HttpClient
    key: str
    origin: str

    def by_code(self, code: str, app: App) -> Credential:
        """Exchange the code of a redirect for a credential. Raises `TokenRejected` for an invalid code."""
        error = TokenRejected("Shopify refused the code: it was used already, or is too old", hint=self._again)
        return self._credential(app, {"code": code, "expiring": "1"}, kind="oauth_expiring", refusal=error)

    def by_app(self, app: App) -> Credential:
        """Return a credential by the client credentials grant, for a shop of the app's own organisation."""
        error = TokenRejected(
            "Shopify gives the app no token: it is not installed, or the shop is not of its organisation",
            hint=f"install the app in {self.key}.myshopify.com, then: {self._again} --client-credentials",
        )
        form = {"grant_type": "client_credentials"}
        return self._credential(app, form, kind="client_credentials", refusal=error)

    def by_refresh(self, old: Credential, app: App) -> Credential:
        """Return the credential that renews *old*; if its refresh token is refused, the previous one is tried.

        Raises `TokenExpired` where Shopify renews neither.
        """
        lapsed = TokenExpired("the connection has lapsed and Shopify does not renew it", hint=self._again)
        if old.refresh_token is None:
            raise lapsed
        try:
            return self._renewed(old, app, lapsed)
        except TokenExpired:
            if old.previous is None:
                raise
            return self._renewed(replace(old, refresh_token=old.previous), app, lapsed)

    def _renewed(self, old: Credential, app: App, lapsed: PlatformError) -> Credential:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token or ""}
        return self._credential(app, form, kind="oauth_expiring", refusal=lapsed, old=old)

    def by_token(self, old: Credential, app: App) -> Credential:
        """Exchange *old*, which never expires and is then revoked, for an expiring credential."""
        error = TokenRejected("Shopify does not exchange this token", hint=self._again)
        form = {
            "grant_type": EXCHANGE,
            "subject_token": old.access_token,
            "subject_token_type": OFFLINE,
            "requested_token_type": OFFLINE,
            "expiring": "1",
        }
        return self._credential(app, form, kind="oauth_expiring", refusal=error)

    def answers(self, app: App | None) -> bool:
        """Return whether the token endpoint answers *app*, None for one that is not known here.

        It is given an empty code, for which it has no token, and which ends no other.
        """
        found: list[bool] = []

        def error_of(answer: Answer) -> None:
            found.append(answer.status in {200, 400, 401} and _json(answer) is not None)

        request = self._request(app or App("", ""), {"code": ""})
        with suppress(PlatformError):
            self.http.send(request, traffic=RequestBudget(deadline=self.http.monotonic()), error_of=error_of)
        return any(found)

    @property
    def _again(self) -> str:
        return f"storesync connect shopify {self.key}"

    def _credential(
        self,
        app: App,
        form: Mapping[str, str],
        *,
        kind: str,
        refusal: PlatformError,
        old: Credential | None = None,
    ) -> Credential:
        found: list[Credential] = []

        def error_of(answer: Answer) -> PlatformError | None:
            error = moved(answer, self.key, kind) or self._error_of(answer, refusal, first=old is None)
            if error is None:
                credential = credential_of(_json(answer), kind=kind, now=self.http.now(), old=old)
                if credential is None:
                    return BadResponse("Shopify's answer holds no token")
                found.append(credential)
            return error

        patience = RequestBudget(deadline=self.http.monotonic() + PATIENCE_S)
        self.http.send(self._request(app, form), traffic=patience, error_of=error_of)
        return found[-1]

    def _request(self, app: App, form: Mapping[str, str]) -> httpx.Request:
        secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
        return httpx.Request(
            "POST",
            f"{self.origin}/admin/oauth/access_token",
            headers={
                "User-Agent": self.http.user_agent,
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            content=urlencode({**secrets, **form}),
        )

    def _error_of(self, answer: Answer, refusal: PlatformError, *, first: bool) -> PlatformError | None:
        if answer.status == httpx.codes.OK:
            return None
        if answer.status == httpx.codes.FORBIDDEN and is_about_address(answer):
            return not_allowed(address_of(answer)) if first else turned_away("Shopify renews no token (403)", answer)
        if answer.status in REFUSALS:
            return self._refusal(answer, refusal, first=first)
        if answer.status == httpx.codes.PAYMENT_REQUIRED:
            return Suspended("Shopify says that the shop is frozen until its owner pays")
        if answer.status == httpx.codes.NOT_FOUND:
            return NotFound(f"there is no shop at {self.key}.myshopify.com", hint=self._again)
        usual = usual_error(answer, self.http.now())
        return usual or RequestRefused(f"Shopify's token endpoint answered {answer.status}")

    def _refusal(self, answer: Answer, refusal: PlatformError, *, first: bool) -> PlatformError:
        """Return *refusal* where Shopify names an error, or for a 400 to a *first* grant; else a more general error."""
        body = _json(answer)
        error = body.get("error") if isinstance(body, Mapping) else None
        if error in APP_REFUSED:
            return AppCredentialsRefused(
                "Shopify does not know this app: its client id or secret is wrong, or it was uninstalled",
                hint="check STORESYNC_SHOPIFY_CLIENT_ID and STORESYNC_SHOPIFY_CLIENT_SECRET",
            )
        if error or (first and answer.status == httpx.codes.BAD_REQUEST):
            return refusal
        return BadResponse("Shopify's token endpoint refused without a reason")


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except PlatformError:
        return None
