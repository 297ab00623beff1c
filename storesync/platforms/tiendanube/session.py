"""One Tiendanube shop, read with one token."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from storesync.errors import FormatChanged, Incomplete, NotFound, ScopeMissing
from storesync.model import Page, Query, Shop, Version, Versions
from storesync.platforms import records
from storesync.platforms.base import Traffic
from storesync.platforms.http import Door
from storesync.platforms.tiendanube.border import TooDeep
from storesync.platforms.tiendanube.listing import (
    Place,
    Rules,
    Seen,
    Window,
    after,
    digest_of,
    links_of,
    own,
    place_of,
    spelled,
    split,
)
from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.tiendanube.store import shop_of
from storesync.platforms.tiendanube.wire import Reply, Wire
from storesync.platforms.values import Unreadable, identifier, instant

PER_PAGE = 200
"""The largest page that the platform gives (https://tiendanube.github.io/api-documentation/intro)."""
IDS_PER_REQUEST = 30
MOST_COUNTS = 64
AGGREGATES = {"orders": {"aggregates": "fulfillment_orders"}}
# A stable order where the platform offers one: what is new comes last and moves nothing.
SORTED = {"products": {"sort_by": "created-at-ascending"}}


@dataclass(frozen=True, slots=True)
class _Turn:
    """One page of a listing and where it goes on."""

    rows: Sequence[Any]
    at: datetime | None
    place: Place | None
    end_signal: str | None
    expected: int | None
    whole: int | None


class TiendanubeSession:
    """One shop, opened with one token. Not thread-safe."""

    def __init__(
        self,
        door: Door,
        *,
        key: str,
        base_url: str,
        token: str,
        shop: Shop | None,
        traffic: Traffic,
        scopes: Mapping[str, str],
        orders_cap: int,
    ) -> None:
        """Read below *base_url*. *scopes* says which scope opens a resource."""
        self._now = door.now
        self._key = key
        self._wire = Wire(door, base_url=base_url, token=token, traffic=traffic)
        self._known = shop
        self._scopes = scopes
        self._orders_cap = orders_cap
        self._is_plain = False

    def describe(self) -> Shop:
        """Return what the platform says of the shop now."""
        self._known = shop_of(self._wire.record("store", {}, scope="").body, self._key)
        return self._known

    def granted_scopes(self) -> tuple[str, ...] | None:
        """Return None: only the token endpoint tells the scopes."""
        return None

    def first_pages(self, queries: Sequence[Query]) -> Mapping[str, Page]:
        """Return nothing: one request of a REST API reads one list."""
        del queries
        return {}

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*.

        Only a lower bound on the update time is ever set: a record edited meanwhile can then
        enter the listing, never leave it.
        """
        for turn in self._walk(query.resource, self._list_params(query.resource, query.since), query.cursor):
            read, rejects = self._read(query.resource, turn.rows)
            yield Page(
                records=read,
                rejects=rejects,
                cursor=turn.place.cursor() if turn.place else None,
                end_signal=turn.end_signal,
                expected=turn.expected,
                source_count=turn.whole if query.since is None else None,
                at=turn.at,
            )

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records; an id may come more than once."""
        params = {"fields": "id,updated_at", **SORTED.get(resource, {})}
        for turn in self._walk(resource, params, cursor):
            yield Versions(
                tuple(_version(row) for row in turn.rows),
                cursor=turn.place.cursor() if turn.place else None,
                end_signal=turn.end_signal,
                expected=turn.expected,
            )

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* there are, None where the platform does not tell.

        Where it refuses to count that many orders, windows of their creation time are counted.
        """
        windows = [Window()]
        counted = 0
        for _ in range(MOST_COUNTS):
            if not windows:
                return counted
            window = windows.pop()
            try:
                total = self._total(resource, window)
            except TooDeep as refusal:
                windows += _halves(window, self._now(), refusal)
                continue
            if total is None:
                return None
            counted += total
        return None if windows else counted

    def fetch(self, resource: str, ids: Sequence[str]) -> Page:
        """Return the records with these *ids*; those that the platform does not have are left out."""
        wanted = list(dict.fromkeys(ids))
        if resource == "products":
            starts = range(0, len(wanted), IDS_PER_REQUEST)
            found = [row for n in starts for row in self._some(wanted[n : n + IDS_PER_REQUEST])]
        else:
            found = [row for one in wanted for row in self._one(resource, one)]
        read, rejects = self._read(resource, found)
        return Page(records=read, rejects=rejects, end_signal="all asked for")

    def close(self) -> None:
        """Forget the token."""
        self._wire.close()

    def _list_params(self, resource: str, since: datetime | None) -> dict[str, str]:
        bound = {} if since is None else {"updated_at_min": spelled(since)}
        return {**bound, **SORTED.get(resource, {}), **AGGREGATES.get(resource, {})}

    def _walk(self, resource: str, params: Mapping[str, str], cursor: str | None) -> Iterator[_Turn]:
        rules = Rules(PER_PAGE, self._orders_cap if resource == "orders" else None)
        place: Place | None = place_of(cursor)
        self._is_plain = self._is_plain or (place is not None and place.is_plain)
        while place is not None:
            try:
                reply = self._page(resource, params, place)
            except TooDeep as refusal:
                place = _split(place, self._now(), refusal)
                continue
            seen = self._seen(reply)
            following, signal = after(place, seen, rules, reply.answer.at or self._now())
            following = following and replace(following, is_plain=self._is_plain)
            now = following or place
            yield _Turn(
                reply.body,
                reply.answer.at,
                following,
                signal,
                expected=now.whole if now.is_split else seen.total,
                whole=None if following or place.is_split else seen.total,
            )
            place = following

    def _page(self, resource: str, params: Mapping[str, str], place: Place) -> Reply:
        asked = {**params, **place.windows[0].params(), "page": str(place.page), "per_page": str(PER_PAGE)}
        path = resource
        if place.link:
            path, _, query = place.link.partition("?")
            asked |= dict(parse_qsl(query, keep_blank_values=True))
        plain = {name: value for name, value in asked.items() if name != "aggregates"}
        scope = self._scopes[resource]
        if self._is_plain or plain == asked:
            return self._wire.page(path, plain, scope=scope)
        try:
            return self._wire.page(path, asked, scope=scope)
        except ScopeMissing:
            # Whether the scope for orders covers the aggregate is not documented.
            reply = self._wire.page(path, plain, scope=scope)
            self._is_plain = True
            return reply

    def _seen(self, reply: Reply) -> Seen:
        links = links_of(reply.answer.headers.get("link", ""))
        following = links.get("next")
        return Seen(
            count=len(reply.body),
            digest=digest_of(reply.body),
            total=reply.total,
            has_links=bool(links),
            link=own(following, self._wire.base_url) if following else None,
            last_page=reply.last_page,
        )

    def _read(self, resource: str, rows: Sequence[Any]) -> tuple[Any, Any]:
        shop = self._known or self.describe()
        return records.read(
            resource,
            rows,
            parts_of=lambda row: {"record": row},
            rows_of=lambda name, parts: rows_of(name, parts, shop),
        )

    def _total(self, resource: str, window: Window) -> int | None:
        # Without overlap, and the end left out: windows side by side count each second once.
        inner = replace(window, until=window.until and window.until - timedelta(seconds=1))
        params = {"fields": "id", "per_page": "1", **inner.params(timedelta(0))}
        return self._wire.page(resource, params, scope=self._scopes[resource]).total

    def _some(self, ids: Sequence[str]) -> list[Any]:
        params = {"ids": ",".join(ids), "per_page": str(PER_PAGE)}
        rows = self._wire.page("products", params, scope=self._scopes["products"]).body
        return [row for row in rows if isinstance(row, dict) and str(row.get("id")) in ids]

    def _one(self, resource: str, record_id: str) -> list[Any]:
        path = f"{resource}/{quote(record_id, safe='')}"
        params = {} if self._is_plain else dict(AGGREGATES.get(resource, {}))
        try:
            return [self._wire.record(path, params, scope=self._scopes[resource]).body]
        except NotFound:
            return []
        except ScopeMissing:
            if not params:
                raise
        self._is_plain = True
        return self._one(resource, record_id)


def _split(place: Place, now: datetime, refusal: TooDeep) -> Place:
    """Return the place in a narrower window; raise *refusal* where that cannot be what it is about."""
    try:
        return split(place, now)
    except Incomplete:
        raise refusal from None


def _halves(window: Window, now: datetime, refusal: TooDeep) -> tuple[Window, Window]:
    try:
        return window.halves(now)
    except Incomplete:
        raise refusal from None


def _version(row: Any) -> Version:
    try:
        return Version(identifier(row.get("id")), instant(row.get("updated_at")))
    except (Unreadable, AttributeError):
        raise FormatChanged("a listing of ids holds something without an id") from None
