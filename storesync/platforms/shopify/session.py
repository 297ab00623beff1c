"""One Shopify shop, opened with one credential: the `Session` of the contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storesync.errors import BadResponse, FormatChanged, Incomplete
from storesync.model import Page, Query, Record, Reject, Shop, Version, Versions
from storesync.platforms.records import body, read
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.border import PageTooLarge, PageTooSlow, RootDenied
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.oauth import with_implied
from storesync.platforms.shopify.pacing import MOST_RECORDS, next_size
from storesync.platforms.shopify.paging import (
    END_SIGNAL,
    Place,
    chain_bound,
    limited_since,
    lower_bound,
    next_place,
    place_of,
    updated_filter,
)
from storesync.platforms.shopify.rows import parts_of, rows_of
from storesync.platforms.shopify.sources import SOURCES, Source
from storesync.platforms.shopify.whole import complete
from storesync.platforms.values import instant, optional_identifier, text

ALL_ORDERS = "read_all_orders"


@dataclass(slots=True)
class ShopifySession:
    """Reads one shop. *shop* is what is known of it, None before its first description."""

    client: Client
    shop: Shop | None

    def describe(self) -> Shop:
        """Return what Shopify says of the shop now."""
        shop = self.client.ask("shop", {}).data.get("shop")
        shop_id = optional_identifier(inner(shop, "id"))
        if shop_id is None:
            raise BadResponse("Shopify does not say which shop answers")
        domain = text(inner(shop, "myshopifyDomain")) or f"{self.client.key}.myshopify.com"
        self.shop = Shop(
            id=shop_id,
            key=domain.removesuffix(".myshopify.com"),
            name=text(inner(shop, "name")) or self.client.key,
            domain=domain,
            url=text(inner(shop, "primaryDomain", "url")) or text(inner(shop, "url")),
            country=text(inner(shop, "shopAddress", "countryCodeV2")),
            currency=text(inner(shop, "currencyCode")),
            time_zone=text(inner(shop, "ianaTimezone")),
            plan=text(inner(shop, "plan", "publicDisplayName")),
            body=body(shop),
        )
        self.client.shop_id = shop_id
        return self.shop

    def granted_scopes(self) -> tuple[str, ...]:
        """Return the scopes the token has, with those that a write scope implies."""
        scopes = inner(self.client.ask("scopes", {}).data, "currentAppInstallation", "accessScopes")
        return with_implied(text(inner(each, "handle")) or "" for each in scopes or ())

    def first_pages(self, queries: Sequence[Query]) -> dict[str, Page]:
        """Return first pages of the increments among *queries*, all from one document.

        What the token may not read is left out, and so is everything where one
        document with all of it is more than Shopify takes.
        """
        wanted = {query.resource: query for query in queries if self._is_first_increment(query)}
        halvings = 0
        while wanted:
            sizes = {name: max(1, SOURCES[name].first_size >> halvings) for name in wanted}
            try:
                reply = self.client.ask("first_pages", _first_variables(wanted, sizes), size=sum(sizes.values()))
            except RootDenied as denied:
                wanted = _without(wanted, denied.roots)
            except (PageTooLarge, PageTooSlow):
                if max(sizes.values()) == 1:
                    return {}
                halvings += 1
            else:
                return {name: self._first_page(query, reply) for name, query in wanted.items()}
        return {}

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*; each record whole."""
        source = SOURCES[query.resource]
        since = lower_bound(query.since, whole_days=source.whole_days)
        start = place_of(query.cursor, size=source.size, since=since)
        place: Place | None = start
        seen = {start.after}
        while place is not None:
            reply, place = self._fetch_page(source, source.root, place, updated_filter(place.since))
            connection = _connection(reply, source)
            bound = chain_bound(connection["nodes"], whole_days=source.whole_days)
            rests = complete(connection["nodes"], source, self.client)
            size = next_size(place.size, reply.asked, self.client.bucket, rests=rests)
            place = next_place(place, connection, size=size, bound=bound)
            _not_again(place, seen)
            yield self._page(query, reply, place)

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* there are, None where Shopify does not count to the end."""
        source = SOURCES[resource]
        return _counted(self.client.ask(f"{source.root}_count", {}, scope=source.scope), source)

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records of *resource*, by id."""
        source = SOURCES[resource]
        start = place_of(cursor, size=MOST_RECORDS, since=None)
        place: Place | None = start
        seen = {start.after}
        while place is not None:
            search = None if place.since is None else f"id:>{place.since}"
            reply, place = self._fetch_page(source, f"{source.root}_versions", place, search)
            connection = _connection(reply, source)
            found = tuple(_version(node) for node in connection["nodes"])
            last = found[-1].id if found else None
            place = next_place(place, connection, size=place.size, bound=last)
            _not_again(place, seen)
            cursor = place.cursor() if place else None
            yield Versions(
                found, cursor, None if place else END_SIGNAL, _counted(reply, source), self._limit(source, reply)
            )

    def fetch(self, resource: str, ids: Sequence[str]) -> Page:
        """Return the records with these *ids*, whole; those that are gone are left out."""
        source = SOURCES[resource]
        records: list[Record] = []
        rejects: list[Reject] = []
        left, size, at = list(ids), source.size, None
        while left:
            gids = [source.gid(each) for each in left[:size]]
            try:
                reply = self.client.ask(f"{source.root}_nodes", {"ids": gids}, size=len(gids), scope=source.scope)
            except (PageTooLarge, PageTooSlow):
                if size == 1:
                    raise
                size //= 2
                continue
            left, at = left[len(gids) :], reply.at
            nodes = [node for node in reply.data.get("nodes") or () if node]
            complete(nodes, source, self.client)
            found, refused = self._read(source, nodes)
            records += found
            rejects += refused
        return Page(tuple(records), tuple(rejects), end_signal="nodes", at=at)

    def close(self) -> None:
        """Nothing is held between requests."""

    def _fetch_page(self, source: Source, name: str, place: Place, search: str | None) -> tuple[Reply, Place]:
        """Return a page and the place with the size that passed; smaller after each refusal of its cost."""
        while True:
            variables = {"first": place.size, "after": place.after, "query": search}
            try:
                return self.client.ask(name, variables, size=place.size, scope=source.scope), place
            except (PageTooLarge, PageTooSlow):
                if place.size == 1:
                    raise
                place = Place(place.size // 2, place.after, place.since, place.read)

    def _is_first_increment(self, query: Query) -> bool:
        scopes = self.client.credential.scopes
        allowed = not scopes or SOURCES[query.resource].scope in scopes
        return allowed and query.since is not None and query.cursor is None

    def _first_page(self, query: Query, reply: Reply) -> Page:
        source = SOURCES[query.resource]
        since = lower_bound(query.since, whole_days=source.whole_days)
        connection = _connection(reply, source)
        complete(connection["nodes"], source, self.client)
        further = next_place(Place(source.size, since=since), connection, size=source.size, bound=None)
        return self._page(query, reply, further)

    def _page(self, query: Query, reply: Reply, further: Place | None) -> Page:
        source = SOURCES[query.resource]
        records, rejects = self._read(source, _connection(reply, source)["nodes"])
        counted = _counted(reply, source)
        return Page(
            records,
            rejects,
            cursor=further.cursor() if further else None,
            end_signal=None if further else END_SIGNAL,
            expected=counted if query.since is None else None,
            source_count=counted,
            at=reply.at,
            limited_since=self._limit(source, reply),
        )

    def _limit(self, source: Source, reply: Reply) -> datetime | None:
        """Return since when the token may see this resource, None where always."""
        scopes = self.client.credential.scopes
        is_limited = source.resource == "orders" and bool(scopes) and ALL_ORDERS not in scopes
        return limited_since(reply.at or self.client.door.now()) if is_limited else None

    def _read(self, source: Source, nodes: Sequence[Any]) -> tuple[tuple[Record, ...], tuple[Reject, ...]]:
        return read(source.resource, nodes, parts_of=_parts_of(source), rows_of=self._rows_of())

    def _rows_of(self) -> Callable[[str, Mapping[str, Any]], dict[str, list[dict[str, Any]]]]:
        shop = self.shop or self.describe()
        return lambda resource, parts: rows_of(resource, parts, shop)


def _version(node: Any) -> Version:
    record_id = optional_identifier(inner(node, "id"))
    if record_id is None:
        raise FormatChanged("a listing of ids holds a record without one")
    return Version(record_id, instant(inner(node, "updatedAt")))


def _parts_of(source: Source) -> Callable[[Any], dict[str, Any]]:
    return lambda record: parts_of(source.resource, record)


def _connection(reply: Reply, source: Source) -> Mapping[str, Any]:
    found = reply.data.get(source.root)
    if not isinstance(found, Mapping) or not isinstance(found.get("nodes"), list):
        raise Incomplete(f"Shopify's answer holds no {source.root}")
    return found


def _counted(reply: Reply, source: Source) -> int | None:
    """Return the count of all records, None where Shopify stopped counting before the end."""
    found = reply.data.get(source.count)
    if not isinstance(found, Mapping) or found.get("precision") != "EXACT":
        return None
    count = found.get("count")
    return count if isinstance(count, int) else None


def _not_again(place: Place | None, seen: set[str | None]) -> None:
    if place is None or place.after is None:
        return
    if place.after in seen:
        raise Incomplete("Shopify's listing turns in a circle")
    seen.add(place.after)


def _first_variables(wanted: Mapping[str, Query], sizes: Mapping[str, int]) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    for source in SOURCES.values():
        query = wanted.get(source.resource)
        since = lower_bound(query.since, whole_days=source.whole_days) if query else None
        variables[f"with{source.root.capitalize()}"] = query is not None
        variables[f"{source.root}Size"] = sizes.get(source.resource, 1)
        variables[f"{source.root}Query"] = updated_filter(since)
    return variables


def _without(wanted: Mapping[str, Query], roots: frozenset[str]) -> dict[str, Query]:
    """Return what is left to ask for; nothing where Shopify does not say what it denies."""
    left = {name: query for name, query in wanted.items() if not {SOURCES[name].root, SOURCES[name].count} & roots}
    return left if len(left) < len(wanted) else {}
