"""The GraphQL client of one Shopify shop: sends queries, waits for the rate limit, checks which shop answers.

https://shopify.dev/docs/api/admin-graphql/2026-10
"""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import cache
from typing import Any, TypedDict

import httpx
import msgspec
import orjson

from storesync.data import dataclass
from storesync.errors import IdentityChanged, PlatformError, RequestRefused
from storesync.model import Credential, LeftOut
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import Answer, HttpClient
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.errors import (
    SPARED,
    Asked,
    CoreMissing,
    FieldsRefused,
    RootDenied,
    code_of,
    errors_of,
    is_gone,
    withheld,
)
from storesync.platforms.shopify.oauth import with_implied
from storesync.platforms.shopify.pacing import Bucket, bucket_of, likely_cost, requested
from storesync.platforms.shopify.paging import limited_since
from storesync.platforms.shopify.parts import SPARE, Part, field_of, is_type, refused_parts
from storesync.platforms.shopify.queries import document
from storesync.platforms.shopify.source import Source
from storesync.platforms.values import optional_identifier, text

BUILT_FOR = "2026-10"
"""The version of the API that the documents were written for."""

HTTP_OK = 200
_SCOPE = re.compile(r"read_\w+")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a document: its *data*, its requested cost *asked* in points, and *at*, the platform's time."""

    data: Mapping[str, Any]
    asked: float | None
    at: datetime | None


@dataclass(slots=True)
class Client:
    """Queries one shop with one credential; the token is only ever sent to *origin*.

    *withheld* counts the fields that were withheld since `withheld_since` was last called. *left_out* are the parts
    of documents that Shopify refuses, by name. *served* is the version that answered last.
    """

    http: HttpClient
    traffic: RequestBudget
    key: str
    origin: str
    version: str
    credential: Credential = field(repr=False)
    shop_id: str | None = None
    withheld: int = 0
    bucket: Bucket | None = None
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    served: str | None = None
    _costs: dict[str, tuple[int, float]] = field(default_factory=dict)
    _reported: set[str] = field(default_factory=set)

    def ask(
        self,
        name: str,
        variables: Mapping[str, Any],
        *,
        size: int = 1,
        scope: str | None = None,
        without: Collection[str] = (),
        listed: str | None = None,
    ) -> Reply:
        """Send the document *name*, once the rate limit allows its likely cost, and return the answer.

        *size* is how many records are requested, *scope* the scope that they need. The nodes of the connection
        *listed* may stay JSON texts (`msgspec.Raw`), which take far less memory. Fields that Shopify refuses
        are left out from then on, *without* are parts that are left out this time. Raises the errors of
        `HttpClient.send` and of `errors_of`, `CoreMissing` where a field is refused that cannot be left out,
        `RequestRefused` where Shopify ignored a filter, and `IdentityChanged` where another shop answers.
        """
        while True:
            text = document(name, frozenset(self.left_out).union(without))
            try:
                return self._ask(name, text, variables, size=size, scope=scope, listed=listed)
            except FieldsRefused as refused:
                self._leave_out(text, refused)

    def _ask(
        self,
        name: str,
        text: str,
        variables: Mapping[str, Any],
        *,
        size: int,
        scope: str | None,
        listed: str | None,
    ) -> Reply:
        self._wait(likely_cost(size, self._costs.get(name)))
        version = None if self.version == BUILT_FOR else self.version
        asked = Asked(self.key, scope, version, self.credential.kind)
        read = _Reading(asked, self.http, listed)
        answer = self.http.send(self._request(text, variables), traffic=self.traffic, error_of=read)
        reply = self._reply(answer, read.body)
        if reply.asked is not None:
            self._costs[name] = (size, reply.asked)
        return reply

    def _leave_out(self, text: str, refused: FieldsRefused) -> None:
        """Leave out the parts of the document *text* that were *refused*; raise the error where it needs them."""
        found = list(refused_parts(text, refused.errors))
        needed = [(part, error) for part, error in found if part.is_core or (part.is_root and not is_gone(error))]
        fresh = {part.name: error for part, error in found if (part, error) not in needed}
        fresh = {name: error for name, error in fresh.items() if name not in self.left_out}
        # What is read of an unknown type mostly goes with the field that holds it.
        fresh = {name: error for name, error in fresh.items() if not is_type(name)} or fresh
        if not fresh:
            raise self._cannot_do_without(needed, refused.otherwise)
        for name, error in fresh.items():
            self.left_out[name] = self._without(name, error)
            log.warning("shopify.left_out store=shopify:%s field=%s code=%s", self.key, name, code_of(error))

    def _cannot_do_without(
        self, needed: Sequence[tuple[Part, Mapping[str, Any]]], otherwise: PlatformError
    ) -> PlatformError:
        """Return the error for the *needed* parts; *otherwise*, where these are lists that the scopes hide."""
        core = {part.name: (part, error) for part, error in needed}
        is_list = all(part.is_root for part, _ in core.values())
        if not core or (is_list and isinstance(otherwise, RootDenied) and not self._has(otherwise.scope)):
            return otherwise
        fields = [self._without(name, error) for name, (_, error) in sorted(core.items())]
        named = ", ".join(one.field for one in fields)
        return CoreMissing(
            f"{fields[0].why} {named}, which cannot be left out; {fields[0].remedy}",
            field=named,
            lists=frozenset(part.root for part, _ in core.values()),
            hint=fields[0].remedy,
        )

    def _has(self, scope: str) -> bool:
        """Return whether the token has *scope*, which Shopify tells; what is saved of it may be out of date."""
        if scope not in self.credential.scopes:
            return False
        return scope in self.granted_scopes()

    def granted_scopes(self) -> tuple[str, ...]:
        """Request the token's scopes, and return them with the read scopes that its write scopes imply."""
        scopes = inner(self.ask("scopes", {}).data, "currentAppInstallation", "accessScopes")
        return with_implied(text(inner(each, "handle")) or "" for each in scopes or ())

    def _without(self, name: str, error: Mapping[str, Any]) -> LeftOut:
        is_denied = not is_gone(error)
        version = self.served or self.version
        offers, remedy = "no longer offers", "upgrade storesync: pip install --upgrade storesync"
        if version < BUILT_FOR:
            offers, remedy = "does not offer", "leave the version to storesync: unset STORESYNC_SHOPIFY_VERSION"
        why = f"Shopify {version} {offers}"
        if is_denied:
            why, remedy = "Shopify does not show this app", _grant(error)
        return LeftOut(
            field_of(name),
            why,
            remedy,
            version=self.version,
            scopes=self.credential.scopes,
            at=self.http.now(),
            is_denied=is_denied,
            is_missed=is_denied or not SPARE.match(name),
        )

    def withheld_since(self) -> int:
        """Return how many fields were withheld since the last call."""
        found, self.withheld = self.withheld, 0
        return found

    def scope_of(self, source: Source) -> str:
        """Return the scope to name where *source* is denied: the first that the token lacks, else its first."""
        known = self.credential.scopes
        needed = source.alternatives[:1] if source.any_scope else source.scopes
        return next((scope for scope in needed if known and scope not in known), source.scopes[0])

    def shown_since(self, source: Source, at: datetime | None) -> datetime | None:
        """Return the first day whose records of *source* the token is shown at a time, None where it is shown all."""
        scopes = self.credential.scopes
        is_limited = source.widest is not None and bool(scopes) and source.widest not in scopes
        return limited_since(at or self.http.now()) if is_limited else None

    def _wait(self, cost: float) -> None:
        if self.bucket is not None:
            self.http.pause(self.bucket.wait_s(cost, self.http.monotonic()), self.traffic)

    def _request(self, text: str, variables: Mapping[str, Any]) -> httpx.Request:
        return httpx.Request(
            "POST",
            f"{self.origin}/admin/api/{self.version}/graphql.json",
            headers={
                "User-Agent": self.http.user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
                "Content-Type": "application/json",
                "X-Shopify-Access-Token": self.credential.access_token,
                # Shopify ignores a misspelt filter and returns everything; only this header makes it warn:
                # https://shopify.dev/docs/api/usage/search-syntax
                "Shopify-Search-Query-Debug": "1",
            },
            content=orjson.dumps({"query": text, "variables": dict(variables)}),
        )

    def _reply(self, answer: Answer, body: Mapping[str, Any]) -> Reply:
        extensions = body.get("extensions")
        extensions = extensions if isinstance(extensions, Mapping) else {}
        cost = extensions.get("cost")
        self.bucket = bucket_of(cost, self.http.monotonic()) or self.bucket
        self._check_version(answer)
        _check_search(extensions.get("search"))
        data = body["data"]
        self._check_shop(data.get("shop"))
        hidden = withheld(body)
        self.withheld += len(hidden)
        self._tell_once("shopify.withheld", ",".join(sorted(set(hidden))))
        self._tell_once("shopify.deprecated", answer.headers.get("x-shopify-api-deprecated-reason", ""))
        return Reply(data, requested(cost), answer.at)

    def _check_shop(self, shop: Any) -> None:
        found = optional_identifier(shop.get("id")) if isinstance(shop, Mapping) else None
        if self.shop_id is None or found is None or found == self.shop_id:
            return
        raise IdentityChanged(
            f"another shop now answers at {self.key}.myshopify.com",
            hint=f"keep it apart from the old one: storesync --home DIR connect shopify {self.key}",
        )

    def _check_version(self, answer: Answer) -> None:
        """Log where a newer version answers for a retired one: https://shopify.dev/docs/api/usage/versioning."""
        self.served = answer.headers.get("x-shopify-api-version", self.version)
        if self.served != self.version:
            self._tell_once("shopify.other_version", f"asked={self.version} served={self.served}")

    def _tell_once(self, event: str, detail: str) -> None:
        if detail and event not in self._reported:
            self._reported.add(event)
            log.warning("%s store=shopify:%s %s", event, self.key, detail)


@dataclass(slots=True)
class _Reading:
    """Parses an answer's JSON once, for the error and for the data."""

    asked: Asked
    http: HttpClient
    listed: str | None
    body: Any = None

    def __call__(self, answer: Answer) -> PlatformError | None:
        self.body = _listing(answer.body, self.listed) if self.listed and answer.status == HTTP_OK else None
        self.body = self.body or _json(answer)
        return errors_of(answer, self.body, asked=self.asked, now=self.http.now())


class _Page(TypedDict, total=False):
    nodes: list[msgspec.Raw]
    pageInfo: Any


@cache
def _answer_of(root: str) -> msgspec.json.Decoder[Any]:
    """Return the decoder of answers that hold a page of the connection *root*, and counts beside it."""
    made: Any = TypedDict
    fields = {root: _Page, "shop": Any, f"{root}Count": Any, "matching": Any}
    data = made("data", fields, total=False)
    return msgspec.json.Decoder(made("answer", {"data": data, "extensions": Any, "errors": Any}, total=False))


def _listing(body: bytes, root: str) -> Any:
    """Return an answer with the nodes of the connection *root* as JSON texts, None where it is no such answer."""
    try:
        found = _answer_of(root).decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if "errors" in found else found


def _json(answer: Answer) -> Any:
    if answer.status == HTTP_OK:
        return answer.json()
    try:
        return answer.json()
    except PlatformError:
        return None


def _grant(error: Mapping[str, Any]) -> str:
    """Return what gives the app the field of *error*: the scope that it names, else the approval.

    https://shopify.dev/docs/apps/launch/protected-customer-data
    """
    told = error.get("extensions")
    words = f"{error.get('message')} {told.get('requiredAccess') if isinstance(told, Mapping) else None}"
    scope = _SCOPE.search(words)
    if scope:
        return f"grant {scope[0]} to the app"
    return "in the Dev Dashboard, ask for all of the app's protected customer data (API access requests)"


def _check_search(searches: Any) -> None:
    """Raise `RequestRefused` where a warning says that Shopify ignored a filter."""
    for search in searches if isinstance(searches, list) else []:
        warnings = search.get("warnings") if isinstance(search, Mapping) else None
        if warnings and not SPARED.intersection(map(str, search.get("path") or ())):
            fields = {str(each.get("field")) for each in warnings if isinstance(each, Mapping)}
            raise RequestRefused(f"Shopify ignored a filter: {', '.join(sorted(fields))}")
