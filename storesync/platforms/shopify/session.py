"""The session of a Shopify shop: reads its records with one credential."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from storesync.data import dataclass
from storesync.errors import (
    BadResponse,
    Incomplete,
    ScopeMissing,
)
from storesync.model import LeftOut, Page, Query, Record, RejectedRecord, Shop, Versions
from storesync.platforms.base import BulkAccess
from storesync.platforms.lossless_json import dumps
from storesync.platforms.shopify import first_pages
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.errors import (
    BulkDenied,
    CoreMissing,
    PageTooLarge,
    PageTooSlow,
    RootDenied,
)
from storesync.platforms.shopify.jobs import LEAST_IDS, LEAST_ROOTS, Job, job_of
from storesync.platforms.shopify.left_out import Fields
from storesync.platforms.shopify.listings import Turn, chosen, turns
from storesync.platforms.shopify.nested_lists import by_ids, completed
from storesync.platforms.shopify.pacing import MOST_RECORDS
from storesync.platforms.shopify.paging import (
    END_SIGNAL,
    Place,
    counted,
    place_of,
)
from storesync.platforms.shopify.queries import bulk_name, bulk_names
from storesync.platforms.shopify.records import read_holders, read_nodes, version_of
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import HOLDERS, SOURCES, with_partial
from storesync.platforms.values import optional_identifier, text

if TYPE_CHECKING:
    from storesync.platforms.shopify.bulk_listings import BulkListings


@dataclass(slots=True)
class ShopifySession:
    """Reads one shop. *shop* is its stored description, None before the first; *bulk* as in `BulkSession`.

    *fields* are those that Shopify does not give.
    """

    client: Client
    shop: Shop | None
    bulk: BulkAccess = field(default_factory=BulkAccess)
    fields: Fields = field(init=False)

    def __post_init__(self) -> None:
        self.fields = Fields(self.client)

    @property
    def bulk_listings(self) -> "BulkListings":
        """What is listed by bulk operations."""
        from storesync.platforms.shopify.bulk_listings import BulkListings  # noqa: PLC0415 - few listings are so long

        return BulkListings(self.client, self.bulk, self._shop)

    def start_bulk(self) -> None:
        """Start a bulk operation that matches nothing, as `BulkListings.start_one` does."""
        self.bulk_listings.start_one()

    def describe(self) -> Shop:
        """Request the shop's description and return it. Raises `BadResponse` where it has no id."""
        shop = self.client.ask("shop", {}).data.get("shop")
        shop_id = optional_identifier(inner(shop, "id"))
        if shop_id is None:
            raise BadResponse("Shopify does not say which shop answers")
        domain = text(inner(shop, "myshopifyDomain")) or f"{self.client.key}.myshopify.com"
        told = Shop(
            id=shop_id,
            key=domain.removesuffix(".myshopify.com"),
            name=text(inner(shop, "name")) or self.client.key,
            domain=domain,
            url=text(inner(shop, "primaryDomain", "url")) or text(inner(shop, "url")),
            country=text(inner(shop, "shopAddress", "countryCodeV2")),
            currency=text(inner(shop, "currencyCode")),
            time_zone=text(inner(shop, "ianaTimezone")),
            plan=text(inner(shop, "plan", "publicDisplayName")),
            body=dumps(shop),
        )
        self.client.shop_id = shop_id
        self.shop = self.shop or told
        return told

    def granted_scopes(self) -> tuple[str, ...]:
        """Return the token's scopes, with the read scopes that its write scopes imply."""
        return self.client.granted_scopes()

    def first_pages(self, queries: Sequence[Query]) -> dict[str, Page]:
        """Return the first pages by resource of the incremental *queries*, all from one document.

        Resources that the token may not read are left out. The result is empty where Shopify refuses the
        document for its cost even with one record per resource.
        """
        wanted = {query.resource: query for query in queries if self._is_first_increment(query)}
        halvings, unasked = int(len(wanted) > first_pages.FEW), frozenset[str]()
        while wanted:
            sizes = {name: max(1, SOURCES[name].first_size >> halvings) for name in wanted}
            asked = first_pages.variables(wanted, sizes)
            try:
                reply = self.client.ask(first_pages.DOCUMENT, asked, size=sum(sizes.values()), without=unasked)
            except RootDenied as denied:
                wanted = first_pages.without(wanted, denied.roots)
            except CoreMissing as missing:
                # The document is refused whether the list is wanted or not.
                if missing.lists <= unasked:
                    return {}
                unasked |= missing.lists
            except (PageTooLarge, PageTooSlow):
                if max(sizes.values()) == 1:
                    return {}
                halvings += 1
            else:
                return {name: page for name, query in wanted.items() if (page := self._first_page(query, reply))}
        return {}

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*, with whole records. A long listing of everything is read in bulk.

        Where Shopify lets the app read nothing in bulk, it goes on, or begins anew, page by page. What is read in
        parts is read without those that the token may not read.
        """
        source = SOURCES[query.resource]
        if source.parts:
            from storesync.platforms.shopify.resource_parts import ResourceParts  # noqa: PLC0415 - few are so read

            parts = ResourceParts(self.client, source)
            yield from parts.pages(query.cursor, lambda part, cursor: self._pages(part, replace(query, cursor=cursor)))
        else:
            yield from self._pages(source, query)

    def _pages(self, source: Source, query: Query) -> Iterator[Page]:
        """Yield the pages of what *source* lists, page by page or in bulk."""
        job = job_of(query.cursor)
        if job is None:
            yield from self._listed(source, query)
            return
        try:
            yield from self.bulk_listings.pages(source, job)
        except BulkDenied as denied:
            listing = self._listed(source, replace(query, cursor=None), may_start=False)
            first = next(listing)
            self.bulk_listings.note(denied)
            yield replace(first, begins_anew=True)
            yield from listing

    def _listed(self, source: Source, query: Query, *, may_start: bool = True) -> Iterator[Page]:
        """Yield the pages of a listing, of which the first may start a bulk operation (*may_start*)."""
        start = self._start(source, first_pages.start_of(query, source), query.cursor)
        if start is None:
            yield Page(end_signal=f"no {source.parent}", source_count=0)
            return
        name = bulk_name(source)
        for turn in turns(self.client, source, source.document, start):
            page = self._page(source, query, turn)
            if may_start and name and self._is_for_bulk(source, query, turn):
                job = Job(name, begun=_instant(turn.reply.at))
                yield replace(page, cursor=job.cursor(), comes_again=True)
                try:
                    yield from self.bulk_listings.pages(source, job)
                except BulkDenied as denied:
                    self.bulk_listings.note(denied)
                    page = replace(page, begins_anew=True)
                else:
                    return
            yield page
            may_start = False

    def _is_for_bulk(self, source: Source, query: Query, turn: Turn) -> bool:
        """True on the first page of a full listing that is long enough for a bulk operation that may be started."""
        if query.bound is not None or query.cursor is not None or turn.further is None or not self.bulk.may_start:
            return False
        total = counted(turn.reply.data, source.count) if source.is_counted else self._likely(source.like)
        return total is not None and total >= LEAST_ROOTS

    def _likely(self, resource: str | None) -> int | None:
        """Return the count of *resource*, None without one and where the token may not read it."""
        try:
            return self._counted(SOURCES[resource]) if resource else None
        except ScopeMissing:
            return None

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* there are, None where Shopify reports no exact count."""
        return self._counted(SOURCES[resource]) if SOURCES[resource].is_counted else None

    def _counted(self, source: Source) -> int | None:
        reply = self.client.ask(f"{source.resource}_count", {}, scope=self.client.scope_of(source))
        return counted(reply.data, source.count)

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records of *resource* in order of id; very many are read in bulk.

        Where Shopify lets the app read nothing in bulk, they are listed page by page. Raises `ScopeMissing` where a
        scope was revoked that showed a part of them: what is hidden then is not deleted.
        """
        source = SOURCES[resource]
        self._must_show_as_much(source)
        if {one.widest for one in source.lists} & {*self.client.credential.scopes}:
            # Shopify does not report that a scope was revoked, and what is hidden then is not deleted.
            scopes = with_partial(self.granted_scopes(), self.client.credential.scopes)
            self.client.credential = replace(self.client.credential, scopes=scopes)
        if source.parts:
            from storesync.platforms.shopify.resource_parts import ResourceParts  # noqa: PLC0415 - few are so read

            yield from ResourceParts(self.client, source).versions(cursor, self._versions)
        else:
            yield from self._versions(source, cursor)

    def _versions(self, source: Source, cursor: str | None) -> Iterator[Versions]:
        """Yield the versions of what *source* lists, page by page or in bulk."""
        job = job_of(cursor)
        if job is None:
            yield from self._listed_versions(source, cursor)
            return
        try:
            yield from self.bulk_listings.versions(source, job)
        except BulkDenied as denied:
            listing = self._listed_versions(source, None, may_start=False)
            first = next(listing)
            self.bulk_listings.note(denied)
            yield replace(first, begins_anew=True)
            yield from listing

    def _must_show_as_much(self, source: Source) -> None:
        had = self.client.credential.scopes if source.any_scope else ()
        lost = {*source.scopes}.intersection(had).difference(self.granted_scopes()) if had else None
        if lost:
            scope = min(lost)
            raise ScopeMissing(f"the token may no longer read all of this: Shopify wants {scope}", scope=scope)

    def _listed_versions(self, source: Source, cursor: str | None, *, may_start: bool = True) -> Iterator[Versions]:
        """Yield the pages of a listing of ids, of which the first may start a bulk operation (*may_start*)."""
        name = f"{source.document}_versions"
        may_start = may_start and self.bulk.may_start and cursor is None and name in bulk_names()
        begins_anew = False
        size = source.size if source.held else MOST_RECORDS
        start = self._start(source, Place(size, part=source.part), cursor)
        if start is None:
            yield Versions((), end_signal=f"no {source.parent}")
            return
        for turn in turns(self.client, source, name, start, is_whole=False):
            total = counted(turn.reply.data, source.count)
            if may_start and turn.further and (total or 0) >= LEAST_IDS:
                try:
                    yield from self.bulk_listings.versions(source, Job(name, begun=_instant(turn.reply.at)))
                except BulkDenied as denied:
                    self.bulk_listings.note(denied)
                    begins_anew = True
                else:
                    return
            yield Versions(
                tuple(version_of(source, node) for node in turn.nodes),
                turn.further.cursor() if turn.further else None,
                None if turn.further else END_SIGNAL,
                expected=None if source.held else total,
                source_count=None if turn.further or source.held else total,
                limited_since=self.client.shown_since(source, turn.reply.at),
                begins_anew=begins_anew or turn.begins_anew,
            )
            may_start = begins_anew = False

    def fetch(self, resource: str, ids: Sequence[str]) -> Page:
        """Return the whole records with these *ids* as one page; deleted ones are left out."""
        source = HOLDERS[resource]
        if source.held_as:
            return self._chosen(source, ids)
        records: list[Record] = []
        rejects: list[RejectedRecord] = []
        wanted, at = set(ids), None
        gids = list(dict.fromkeys(source.gid(each) for each in ids))
        for holders, reply in by_ids(f"{resource}_nodes", gids, source, self.client, size=source.size):
            found, refused = read_holders(source, holders, self._shop(), self.client)
            # An inventory item comes with all its levels.
            records += (record for record in found if source is SOURCES[resource] or record.id in wanted)
            rejects += (reject for reject in refused if source is SOURCES[resource] or reject.id in wanted)
            at = reply.at
        return Page(tuple(records), tuple(rejects), end_signal="nodes", at=at)

    def _chosen(self, source: Source, ids: Sequence[str]) -> Page:
        """Return the records with these *ids*, which they have of their parents."""
        records: list[Record] = []
        rejects: list[RejectedRecord] = []
        wanted, at = set(ids), None
        for nodes, reply in chosen(self.client, source, ids):
            found, refused = read_nodes(source.resource, nodes, self._shop(), {})
            records += (record for record in found if record.id in wanted)
            rejects += (reject for reject in refused if reject.id in wanted)
            at = reply.at
        return Page(tuple(records), tuple(rejects), end_signal="nodes", at=at)

    def hidden(self, resource: str) -> tuple[str, ...]:
        """Return the parts of *resource* of which a listing does not show every record."""
        from storesync.platforms.shopify.resource_parts import ResourceParts  # noqa: PLC0415 - few are so read

        return ResourceParts(self.client, SOURCES[resource]).hidden()

    @property
    def served_version(self) -> str | None:
        """The version of the API that answered last, None before any answer.

        Shopify answers for a retired version with the oldest that it has: https://shopify.dev/docs/api/usage/versioning
        """
        return self.client.served

    @property
    def left_out(self) -> Mapping[str, tuple[LeftOut, ...]]:
        """The fields that are left out now, by resource."""
        return self.fields.left_out()

    def recall(self, known: Mapping[str, Sequence[LeftOut]]) -> None:
        """Leave out what earlier sessions left out."""
        self.fields.recall(known)

    def ask_again(self, *, all_of_them: bool = False) -> None:
        """Ask for each field that Shopify may give by now. Raises the errors that end a run."""
        self.fields.ask_again(all_of_them=all_of_them)

    def close(self) -> None:
        """Close the connections to the shop, which no other shop uses."""
        self.client.http.close(self.client.origin)

    def _shop(self) -> Shop:
        return self.shop or self.describe()

    def _start(self, source: Source, start: Place, cursor: str | None) -> Place | None:
        """Return where a listing begins or resumes, None where its parent resource has no records."""
        if cursor is not None:
            return place_of(cursor, size=start.size, since=start.since)
        if source.parent is None:
            return start
        parents = tuple(version.id for page in self.versions(source.parent) for version in page.versions)
        return replace(start, parents=parents) if parents else None

    def _is_first_increment(self, query: Query) -> bool:
        source, scopes = first_pages.FIRST.get(query.resource), self.client.credential.scopes
        allowed = source is not None and (not scopes or source.is_open_to(scopes))
        return allowed and query.since is not None and query.cursor is None

    def _first_page(self, query: Query, reply: Reply) -> Page | None:
        """Return the first page of *query*, None where it must be read by a listing of its own."""
        source = SOURCES[query.resource]
        try:
            nodes, further = first_pages.opened(query, reply.data)
        except Incomplete:
            return None
        lacking: dict[str, int] = {}
        whole = completed(nodes, source, self.client, lacking)
        matching = counted(reply.data, f"{query.resource}{first_pages.MATCHING}")
        page = self._page(source, query, Turn(reply, whole, further, len(nodes), matching, lacking))
        return replace(page, removed=first_pages.removed(source, reply.data))

    def _page(self, source: Source, query: Query, turn: Turn) -> Page:
        records, rejects = read_nodes(source.resource, turn.nodes, self._shop(), turn.lacking)
        total, limit = counted(turn.reply.data, source.count), self.client.shown_since(source, turn.reply.at)
        shows_all = turn.further is None and (query.bound is None or not source.is_filtered)
        if source.held:
            total = None
        return Page(
            records,
            rejects,
            cursor=turn.further.cursor() if turn.further else None,
            end_signal=None if turn.further else END_SIGNAL,
            # The count may include records that the token is not shown.
            expected=total if query.bound is None else turn.matching if limit is None else None,
            source_count=turn.total if shows_all and not source.is_counted else total,
            at=turn.reply.at,
            limited_since=limit,
            withheld=self.client.withheld_since(),
            begins_anew=turn.begins_anew,
        )


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
