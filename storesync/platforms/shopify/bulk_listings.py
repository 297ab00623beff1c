"""Lists the records of a shop, or their ids, by bulk operations."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import Any

from storesync.data import dataclass
from storesync.errors import Incomplete, NotYet, RequestRefused, ScopeMissing
from storesync.model import Page, Shop, Versions
from storesync.platforms.base import BulkAccess
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.bulk import BulkReader
from storesync.platforms.shopify.bulk_lines import Node, Stray
from storesync.platforms.shopify.client import Client
from storesync.platforms.shopify.errors import BulkDenied
from storesync.platforms.shopify.jobs import Job
from storesync.platforms.shopify.listings import in_holders
from storesync.platforms.shopify.nested_lists import finish, is_finished
from storesync.platforms.shopify.pacing import MOST_RECORDS
from storesync.platforms.shopify.queries import bulk_document, bulk_names
from storesync.platforms.shopify.records import Found, read_holders, read_nodes, version_of
from storesync.platforms.shopify.sources import HOLDERS, SOURCES, Source
from storesync.platforms.values import identifier, optional_identifier

BATCH, IDS_BATCH = 100, 5_000
NOTHING = "id:1"
"""A filter that matches no record: Shopify's ids have many digits."""


@dataclass(slots=True)
class BulkListings:
    """The bulk operations of one shop; *access* is whether the app may start any, *shop* returns its description."""

    client: Client
    access: BulkAccess
    shop: Callable[[], Shop]

    def pages(self, resource: str, job: Job) -> Iterator[Page]:
        """Yield the pages of whole records that *job* reads. Raises as `BulkReader.read`."""
        limit = self.client.shown_since(SOURCES[resource], None)
        for found in self._reader(resource, BATCH, lambda node: self._taken(resource, node)).read(job):
            if isinstance(found, Page):
                yield replace(found, limited_since=limit)
                continue
            yield replace(
                self.finished(resource, found.nodes),
                cursor=found.job.cursor(),
                expected=found.roots,
                limited_since=limit,
                unfinished=self._strayed(resource, found.strays),
                withheld=self.client.withheld_since(),
            )
        yield Page(end_signal="bulk operation completed", limited_since=limit)

    def versions(self, source: Source, job: Job) -> Iterator[Versions]:
        """Yield the pages of ids and update times that *job* reads. Raises as `BulkReader.read`."""
        limit = self.client.shown_since(source, None)
        for found in self._reader(source.resource, IDS_BATCH, lambda node: version_of(source, node)).read(job):
            if isinstance(found, Page):
                yield Versions((), found.cursor, limited_since=limit)
                continue
            yield Versions(tuple(found.nodes), found.job.cursor(), expected=found.roots, limited_since=limit)
        yield Versions((), end_signal="bulk operation completed", limited_since=limit)

    def start_one(self) -> None:
        """Start a bulk operation that matches nothing, on the first resource that the token may read.

        Notes in *access* whether Shopify refused it. Raises `NotYet` where as many run as may, `ScopeMissing`
        where the token may read nothing.
        """
        scopes = self.client.credential.scopes or self.client.granted_scopes()
        readable = (source for source in SOURCES.values() if _is_open(source, scopes))
        source = next((source for source in readable if source.resource in bulk_names()), None)
        if source is None:
            raise ScopeMissing("the token may read nothing", scope=SOURCES["products"].scopes[0])
        ids = f"{source.resource}_versions"
        document = bulk_document(ids if ids in bulk_names() else source.resource, NOTHING)
        try:
            refused = self._reader(source.resource, 1).start(document)
        except BulkDenied:
            self.access.refused()
        else:
            if isinstance(refused, RequestRefused):
                self.access.refused()

    def note(self, denied: BulkDenied) -> None:
        """Note a refusal to start; that an operation may not read everything is no refusal to start one.

        Where a document was refused, another operation shows whether the app is.
        """
        if denied.is_of_document:
            # As many run as may: so the app may start some.
            with suppress(NotYet):
                self.start_one()
        elif not denied.has_started:
            self.access.refused()

    def finished(self, resource: str, taken: Sequence[Node | Found]) -> Page:
        """Return the records that were *taken* of a result, and those in nodes whose rest is fetched now."""
        nodes = [one for one in taken if isinstance(one, dict)]
        found = [one for one in taken if not isinstance(one, dict)]
        if nodes:
            whole = finish(resource, nodes, self.client)
            found.append(read_holders(resource, whole, self.shop(), self.client))
        records, rejects = zip(*found, strict=True) if found else ((), ())
        return Page(tuple(chain.from_iterable(records)), tuple(chain.from_iterable(rejects)))

    def _reader(self, resource: str, size: int, taken: Callable[[Node], Any] = lambda node: node) -> BulkReader:
        return BulkReader(self.client, resource, self.client.scope_of(SOURCES[resource]), size, self.access, taken)

    def _taken(self, resource: str, node: Node) -> Node | Found:
        """Return the records in *node*, or itself where it must be finished first.

        What a record takes in memory, as values, is a multiple of what its texts take.
        """
        if not is_finished(resource, node, self.client):
            return node
        nodes, lacking = in_holders(resource, [node], {})
        return read_nodes(resource, nodes, self.shop(), lacking)

    def _strayed(self, resource: str, strays: Sequence[Stray]) -> tuple[str, ...]:
        """Return the ids of the records that *strays* belong to."""
        if resource == "inventory_levels":
            return tuple(_strayed_level(stray) for stray in strays)
        own = f"gid://shopify/{HOLDERS[resource].type_name}/"
        parents = list(dict.fromkeys(stray.parent_id for stray in strays))
        inside = [gid for gid in parents if not gid.startswith(own)]
        owners = [
            inner(node, "product", "id")
            for start in range(0, len(inside), MOST_RECORDS)
            for node in self.client.ask("bulk_owners", {"ids": inside[start : start + MOST_RECORDS]}).data["nodes"]
        ]
        found = [gid for gid in parents if gid.startswith(own)] + [gid for gid in owners if gid]
        return tuple(dict.fromkeys(identifier(gid) for gid in found))


def _is_open(source: Source, scopes: Sequence[str]) -> bool:
    return source.resource in bulk_names() and source.is_open_to(scopes)


def _strayed_level(stray: Stray) -> str:
    """Return the id of a stray inventory level. Raises `Incomplete` for another part of an item."""
    location = optional_identifier(inner(stray.child, "location", "id"))
    if location is None:
        raise Incomplete("a result of Shopify's holds a part of an item that did not follow it")
    return f"{identifier(stray.parent_id)}:{location}"
