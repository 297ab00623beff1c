"""The Shopify platform: authorises an app for a shop and opens sessions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from storesync.errors import IpNotAllowed, TokenRejected, UsageError
from storesync.model import App, Credential, Row, Shop
from storesync.platforms.base import Granted, RequestBudget, ResourceSpec
from storesync.platforms.http import HttpClient
from storesync.platforms.shopify import oauth, rows
from storesync.platforms.shopify.allow_list import not_allowed
from storesync.platforms.shopify.client import BUILT_FOR, Client
from storesync.platforms.shopify.redaction import REMAINDER
from storesync.platforms.shopify.session import ShopifySession
from storesync.platforms.shopify.sources import SOURCES, with_partial
from storesync.platforms.shopify.tokens import TokenEndpoint

BULK_LAPSES = timedelta(days=31)
"""An app that starts no bulk operation for so long may start none until a person enables them again:
https://shopify.dev/changelog/partner-apps-must-enable-bulk-operations-before-use"""


class Shopify:
    """Shopify's GraphQL Admin API.

    *url* is the base URL of shops, with ``{shop}`` for the handle; *scopes* are requested at the consent page.
    """

    name = "shopify"
    title = "Shopify"
    remainder = REMAINDER
    migrates: Collection[str] = frozenset({"oauth", "static"})
    bulk_lapses = BULK_LAPSES

    def __init__(
        self,
        http: HttpClient,
        *,
        url: str = "https://{shop}.myshopify.com",
        version: str = BUILT_FOR,
        scopes: Sequence[str] = (),
    ) -> None:
        self.api_version = version
        self.readables: Mapping[str, ResourceSpec] = {
            name: ResourceSpec(
                name,
                source.scopes if source.parts else source.alternatives,
                cadence=source.cadence,
                drift=source.drift,
                wider=source.wider,
                widest=source.widest,
                is_dated=source.is_dated,
                is_filtered=source.is_filtered,
                comes_together=source.first_size > 0,
                requests=len(source.lists),
            )
            for name, source in SOURCES.items()
        }
        self._http = http
        self._url = url.rstrip("/")
        self._scopes = tuple(scopes)

    def key_of(self, shop: str) -> str:
        """Return the handle of the *shop* that the operator named. Raises `UsageError` where it cannot be a shop."""
        return oauth.key_of(shop)

    def authorize_url(self, key: str | None, *, app: App, state: str, redirect_url: str) -> str:
        """Return the URL of the consent page, which grants offline access (without a logged-in user)."""
        query = {"client_id": app.client_id, "redirect_uri": redirect_url, "state": state}
        if self._scopes:
            query["scope"] = ",".join(self._scopes)
        return f"{self._origin(_named(key))}/admin/oauth/authorize?{urlencode(query)}"

    def code_of(self, answer: Mapping[str, str], *, key: str | None, app: App, state: str, now: datetime) -> str:
        """Check *answer*, the parameters of the redirect, and return its code. Raises `UsageError` if a check fails."""
        return oauth.code_of(answer, key=_named(key), app=app, state=state, now=now)

    def exchange(self, key: str | None, code: str, *, app: App) -> Granted:
        """Exchange the authorisation code for a credential."""
        name = _named(key)
        return Granted(name, self._token_endpoint(name).by_code(code, app))

    def client_credentials(self, key: str, *, app: App) -> Credential:
        """Return a credential by the client credentials grant, for a shop of the app's own organisation."""
        return self._token_endpoint(key).by_app(app)

    def pasted(self, token: str) -> Credential:
        """Return the credential for a *token* that the operator pasted. Raises `UsageError` where it cannot be one."""
        return oauth.pasted(token)

    def migrate(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return an expiring credential in place of one that never expires, which Shopify then revokes."""
        return self._token_endpoint(key).by_token(credential, app)

    def refresh(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return a new credential in place of one that expires. Raises `TokenRejected` for one that never does.

        It keeps the scopes that showed a part of some records, so that what one hides that was revoked is not taken
        for deleted.
        """
        if credential.kind == "oauth_expiring":
            renewed = self._token_endpoint(key).by_refresh(credential, app)
        elif credential.kind == "client_credentials":
            renewed = self._token_endpoint(key).by_app(app)
        else:
            raise TokenRejected(
                "this token cannot be renewed: it was made to last, and Shopify no longer takes it",
                hint=f"storesync connect shopify {key}",
            )
        return replace(renewed, scopes=with_partial(renewed.scopes, credential.scopes))

    def answers_app(self, key: str, app: App | None) -> bool:
        """Return whether the shop's token endpoint answers *app*, for which no allow-list counts."""
        return self._token_endpoint(key).answers(app)

    def not_allowed(self, address: str | None, *, then: str) -> IpNotAllowed:
        """Return the error of a machine at *address* that is not on the allow-list; *then* is what to type later."""
        return not_allowed(address, then=then)

    def open(self, key: str, credential: Credential, *, shop: Shop | None, traffic: RequestBudget) -> ShopifySession:
        """Return a session of the shop. *shop* is its stored description, None before the first."""
        shop_id = shop.id if shop else None
        client = Client(self._http, traffic, key, self._origin(key), self.api_version, credential, shop_id)
        return ShopifySession(client, shop)

    def rows_of(self, resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
        """Return the rows by table that the stored *parts* of a record hold. Pure."""
        return rows.rows_of(resource, parts, shop)

    def _origin(self, key: str) -> str:
        return self._url.replace("{shop}", key)

    def _token_endpoint(self, key: str) -> TokenEndpoint:
        return TokenEndpoint(self._http, key, self._origin(key))


def _named(key: str | None) -> str:
    if key is None:
        raise UsageError("Shopify lets an app into one shop at a time: name it", hint="storesync connect shopify NAME")
    return key
