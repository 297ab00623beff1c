"""The session of a Tiendanube shop: reads its records with one token."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote

from storesync.data import dataclass
from storesync.errors import BadResponse, FormatChanged, Incomplete, NotFound, ScopeMissing
from storesync.model import Page, Query, Shop, Version, Versions
from storesync.platforms import lossless_json, records
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.platforms.tiendanube.client import Client, Reply
from storesync.platforms.tiendanube.errors import TooDeep
from storesync.platforms.tiendanube.listing import (
    Place,
    Rules,
    Seen,
    Shelves,
    Window,
    after,
    digest_of,
    links_of,
    own,
    place_of,
    shelves_of,
    spelled,
    split,
)
from storesync.platforms.tiendanube.rows import read_part, rows_of
from storesync.platforms.tiendanube.sources import SOURCES, Source
from storesync.platforms.tiendanube.store import shop_of
from storesync.platforms.values import Unreadable, identifier, instant

PER_PAGE = 200
"""The largest page that the platform gives (https://tiendanube.github.io/api-documentation/intro)."""

UPDATED_SINCE = "updated_at_min"
IDS_PER_REQUEST = 30
MOST_COUNTS = 64


@dataclass(frozen=True, slots=True)
class _Turn:
    """One page of a listing and the cursor after it; *whole* is how many records the platform has in all."""

    rows: Sequence[Any]
    at: datetime | None
    cursor: str | None
    end_signal: str | None
    expected: int | None = None
    whole: int | None = None


class TiendanubeSession:
    """Reads one shop with one token. Not thread-safe."""

    def __init__(
        self,
        http: HttpClient,
        *,
        key: str,
        base_url: str,
        token: str,
        shop: Shop | None,
        traffic: RequestBudget,
        orders_cap: int,
    ) -> None:
        """Send requests below *base_url*. *orders_cap* is how many orders the platform lists for one query."""
        self._now = http.now
        self._key = key
        self._client = Client(http, base_url=base_url, token=token, traffic=traffic)
        self._known = shop
        self._orders_cap = orders_cap
        self._is_plain = False

    def describe(self) -> Shop:
        """Request the shop's description and return it. Raises `BadResponse` where it has no id."""
        told = self._client.record("store", {}, scope="").body
        shop = replace(shop_of(told, self._key), body=lossless_json.dumps(told))
        self._known = self._known or shop
        return shop

    def granted_scopes(self) -> tuple[str, ...] | None:
        """Return None: only the token endpoint reports the scopes."""
        return None

    def first_pages(self, queries: Sequence[Query]) -> Mapping[str, Page]:
        """Return no pages: one request of a REST API reads one list."""
        del queries
        return {}

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*.

        The update time is only filtered by a lower bound, so that a record edited during the read can
        enter the listing but never leave it.
        """
        source = SOURCES[query.resource]
        since = query.since if source.is_filtered else None
        params = {**({UPDATED_SINCE: spelled(since)} if since else {}), **source.params, **source.aggregates}
        is_whole = since is None and query.created_since is None
        for turn in self._turns(query.resource, params, query.cursor, created_since=query.created_since):
            read, rejects = self._read(query.resource, turn.rows)
            yield Page(
                records=read,
                rejects=rejects,
                cursor=turn.cursor,
                end_signal=turn.end_signal,
                expected=turn.expected,
                source_count=turn.whole if is_whole else None,
                at=turn.at,
            )

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records of *resource*; an id may come more than once."""
        source = SOURCES[resource]
        params = source.params if source.is_bare or source.parent else {"fields": "id,updated_at", **source.params}
        for turn in self._turns(resource, params, cursor):
            yield Versions(
                tuple(_version(resource, row) for row in turn.rows),
                cursor=turn.cursor,
                end_signal=turn.end_signal,
                expected=turn.expected,
                # A split listing was counted when it began.
                source_count=turn.expected if turn.whole is not None else None,
            )

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* there are, None where the platform does not report that.

        Where there are too many orders for one query, windows of their creation time are counted.
        """
        if SOURCES[resource].is_bare or SOURCES[resource].parent:
            return None
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
        """Return the records with these *ids* as one page; those that the platform does not have are left out."""
        wanted = list(dict.fromkeys(ids))
        if resource == "products":
            starts = range(0, len(wanted), IDS_PER_REQUEST)
            found = [row for n in starts for row in self._some(wanted[n : n + IDS_PER_REQUEST])]
            # A record missing from the list may still exist: the list may be cut, or not know the filter.
            there = {str(row["id"]) for row in found}
            found += [row for one in wanted if one not in there for row in self._one(resource, one)]
        elif SOURCES[resource].parent:
            found = [row for one in wanted for row in self._below(resource, one)]
        else:
            found = [row for one in wanted for row in self._one(resource, one)]
        read, rejects = self._read(resource, found)
        return Page(records=read, rejects=rejects, end_signal="all asked for")

    def close(self) -> None:
        """Forget the token."""
        self._client.close()

    def _turns(
        self, resource: str, params: Mapping[str, str], cursor: str | None, *, created_since: datetime | None = None
    ) -> Iterator[_Turn]:
        source = SOURCES[resource]
        if source.parent:
            return self._walk_below(source, params, cursor)
        start = place_of(cursor) if cursor else Place(windows=(Window(created_since),), since=created_since)
        return self._walk(source, source.path, params, start)

    def _walk(self, source: Source, path: str, params: Mapping[str, str], start: Place) -> Iterator[_Turn]:
        """Yield the pages of one list from *start* to its end."""
        cap = self._orders_cap if source.cap else None
        rules = Rules(
            source.per_page or PER_PAGE,
            cap,
            may_be_whole=source.is_bare,
            ends_empty=source.is_bare or source.parent is not None,
            is_of_changes=UPDATED_SINCE in params or start.since is not None,
        )
        place: Place | None = start
        self._is_plain = self._is_plain or start.is_plain
        while place is not None:
            try:
                reply = self._page(source, path, params, place)
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
                following.cursor() if following else None,
                signal,
                expected=now.whole if now.is_split else seen.total,
                whole=None if following or place.is_split else place.count_at_end(seen),
            )
            place = following

    def _walk_below(self, source: Source, params: Mapping[str, str], cursor: str | None) -> Iterator[_Turn]:
        """Yield the pages of the lists below all records of the parent resource, one list after the other."""
        # The parents' own list may not be paged: its second page then repeats the ids.
        shelves = shelves_of(cursor) if cursor else Shelves(tuple(dict.fromkeys(self._ids(source.parent or ""))))
        if not shelves.ids:
            yield _Turn((), None, None, f"no {source.parent}", whole=0)
        while shelves.ids:
            path = f"{source.parent}/{quote(shelves.ids[0], safe='')}/{source.path}"
            counted = shelves.counted
            for turn in self._walk(source, path, params, shelves.place):
                counted += len(turn.rows)
                shelves = shelves.on(turn.cursor, counted)
                yield replace(
                    turn,
                    expected=None,
                    cursor=shelves.cursor(),
                    end_signal=None if shelves.ids else turn.end_signal,
                    whole=None if shelves.ids else counted,
                )

    def _ids(self, resource: str) -> Iterator[str]:
        for listed in self.versions(resource):
            yield from (version.id for version in listed.versions)

    def _page(self, source: Source, path: str, params: Mapping[str, str], place: Place) -> Reply:
        asked = {
            **params,
            **place.windows[0].params(),
            "page": str(place.page),
            "per_page": str(source.per_page or PER_PAGE),
        }
        if place.link:
            path, _, query = place.link.partition("?")
            asked |= dict(parse_qsl(query, keep_blank_values=True))
        plain = {name: value for name, value in asked.items() if name not in source.aggregates}
        if self._is_plain or plain == asked:
            return self._client.page(path, plain, scope=_scope(source))
        try:
            return self._client.page(path, asked, scope=_scope(source))
        except ScopeMissing:
            # Whether the scope for orders includes the aggregate is not documented.
            reply = self._client.page(path, plain, scope=_scope(source))
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
            link=own(following, self._client.base_url) if following else None,
            last_page=reply.last_page,
        )

    def _read(self, resource: str, rows: Sequence[Any]) -> tuple[Any, Any]:
        shop = self._known or self.describe()
        if any(isinstance(row, dict) and str(row.get("store_id") or self._key) != self._key for row in rows):
            raise BadResponse(f"the platform shows {resource} of another shop")
        return records.received(
            resource,
            rows,
            parts_of=lambda row: {"record": row},
            rows_of=lambda name, parts: rows_of(name, parts, shop),
            id_of=lambda row: id_of(resource, row),
            read=partial(read_part, resource),
        )

    def _total(self, resource: str, window: Window) -> int | None:
        # Without overlap and without the end's second, adjacent windows count each second once.
        inner = replace(window, until=window.until and window.until - timedelta(seconds=1))
        params = {"fields": "id", "per_page": "1", **inner.params(timedelta(0))}
        return self._client.page(SOURCES[resource].path, params, scope=_scope(SOURCES[resource])).total

    def _some(self, ids: Sequence[str]) -> list[Any]:
        params = {"ids": ",".join(ids), "per_page": str(PER_PAGE)}
        rows = self._client.page("products", params, scope=_scope(SOURCES["products"])).body
        return [row for row in rows if isinstance(row, dict) and str(row.get("id")) in ids]

    def _below(self, resource: str, record_id: str) -> list[Any]:
        """Return the records with the id ``variant:parent``: one or none."""
        source = SOURCES[resource]
        variant_id, _, parent_id = record_id.partition(":")
        path = f"{source.parent}/{quote(parent_id, safe='')}/{source.path}"
        try:
            reply = self._client.page(path, {"variant_id": variant_id, "per_page": str(PER_PAGE)}, scope=_scope(source))
        except NotFound:
            return []
        found = [row for row in reply.body if isinstance(row, dict) and str(row.get("variant_id")) == variant_id]
        if reply.body and not found:
            raise Incomplete("the platform gives other stock than it was asked for")
        return found

    def _one(self, resource: str, record_id: str) -> list[Any]:
        source = SOURCES[resource]
        params = {} if self._is_plain else dict(source.aggregates)
        try:
            record = self._client.record(
                f"{source.path}/{quote(record_id, safe='')}", params, scope=_scope(source)
            ).body
        except NotFound:
            return []
        except ScopeMissing:
            if not params:
                raise
            self._is_plain = True
            return self._one(resource, record_id)
        if str(record.get("id")) != record_id:
            raise Incomplete("the platform gives another record than it was asked for")
        return [record]


def _scope(source: Source) -> str:
    """Return the name of the missing scope for a message, the list's path where it is not documented."""
    return source.scope or source.path


def _split(place: Place, now: datetime, refusal: TooDeep) -> Place:
    """Return the place in a narrower window. Raises *refusal* where the window cannot be split further."""
    try:
        return split(place, now)
    except Incomplete:
        raise refusal from None


def _halves(window: Window, now: datetime, refusal: TooDeep) -> tuple[Window, Window]:
    try:
        return window.halves(now)
    except Incomplete:
        raise refusal from None


def id_of(resource: str, row: Any) -> str:
    """Return the id of a record: its own, or ``variant:location``."""
    keys = ("variant_id", "location_id") if resource == "inventory_levels" else ("id",)
    return ":".join(identifier(row.get(key)) for key in keys)


def _version(resource: str, row: Any) -> Version:
    try:
        return Version(id_of(resource, row), instant(row.get("updated_at")))
    except (Unreadable, AttributeError):
        raise FormatChanged("a listing of ids holds something without an id") from None
