"""Lists the records of a shop, or their ids, by bulk operations."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import Any

from storesync.data import dataclass
from storesync.errors import Incomplete, NotYet, RequestRefused, ScopeMissing
from storesync.model import Page, Shop, Version, Versions
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
from storesync.platforms.shopify.records import Found, id_of, read_holders, read_nodes, version_of
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import HOLDERS, SOURCES
from storesync.platforms.values import Unreadable, identifier

BATCH, IDS_BATCH = 100, 5_000
NOTHING = "id:1"
"""A filter that matches no record: Shopify's ids have many digits."""


@dataclass(slots=True)
class BulkListings:
    """The bulk operations of one shop; *access* is whether the app may start any, *shop* returns its description."""

    client: Client
    access: BulkAccess
    shop: Callable[[], Shop]

    def pages(self, source: Source, job: Job) -> Iterator[Page]:
        """Yield the pages of whole records that *job* reads. Raises as `BulkReader.read`."""
        limit = self.client.shown_since(source, None)
        source = source if source.part else HOLDERS[source.resource]
        for found in self._reader(source, BATCH, lambda node: self._taken(source, node)).read(job):
            if isinstance(found, Page):
                yield replace(found, limited_since=limit)
                continue
            yield replace(
                self.finished(source, found.nodes),
                cursor=found.job.cursor(),
                expected=None if source.held else found.roots,
                limited_since=limit,
                unfinished=self._strayed(source, found.strays),
                withheld=self.client.withheld_since(),
            )
        yield Page(end_signal="bulk operation completed", limited_since=limit)

    def versions(self, source: Source, job: Job) -> Iterator[Versions]:
        """Yield the pages of ids and update times that *job* reads. Raises as `BulkReader.read`."""
        limit = self.client.shown_since(source, None)
        for found in self._reader(source, IDS_BATCH, lambda node: self._versions_in(source, node)).read(job):
            if isinstance(found, Page):
                yield Versions((), found.cursor, limited_since=limit)
                continue
            yield Versions(
                tuple(chain.from_iterable(found.nodes)),
                found.job.cursor(),
                expected=None if source.held else found.roots,
                limited_since=limit,
            )
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
            refused = self._reader(source, 1).start(document)
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

    def finished(self, source: Source, taken: Sequence[Node | Found]) -> Page:
        """Return the records that were *taken* of a result, and those in nodes whose rest is fetched now."""
        nodes = [one for one in taken if isinstance(one, dict)]
        found = [one for one in taken if not isinstance(one, dict)]
        if nodes:
            whole = finish(source, nodes, self.client)
            found.append(read_holders(source, whole, self.shop(), self.client))
        records, rejects = zip(*found, strict=True) if found else ((), ())
        return Page(tuple(chain.from_iterable(records)), tuple(chain.from_iterable(rejects)))

    def _reader(self, source: Source, size: int, taken: Callable[[Node], Any] = lambda node: node) -> BulkReader:
        return BulkReader(self.client, source, self.client.scope_of(source), size, self.access, taken)

    def _versions_in(self, source: Source, node: Node) -> Sequence[Version]:
        """Return the versions in *node*, whose list of records is finished first where it may have been cut."""
        whole = (
            [node] if not source.held or is_finished(source, node, self.client) else finish(source, [node], self.client)
        )
        return [version_of(source, one) for one in in_holders(source, whole, {})[0]]

    def _taken(self, source: Source, node: Node) -> Node | Found:
        """Return the records in *node*, or itself where it must be finished first.

        What a record takes in memory, as values, is a multiple of what its texts take.
        """
        if not is_finished(source, node, self.client):
            return node
        nodes, lacking = in_holders(source, [node], {})
        return read_nodes(source.resource, nodes, self.shop(), lacking)

    def _strayed(self, source: Source, strays: Sequence[Stray]) -> tuple[str, ...]:
        """Return the ids of the records that *strays* are or belong to."""
        if source.held:
            return tuple(_held_stray(source, stray) for stray in strays)
        own = f"gid://shopify/{source.type_name}/"
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


def _held_stray(source: Source, stray: Stray) -> str:
    """Return the id of a record apart from what holds it. Raises `Incomplete` for another part of the holder."""
    try:
        return id_of(source, {**stray.child, source.holder: {"id": stray.parent_id}})
    except Unreadable:
        raise Incomplete("a result of Shopify's holds a part of a record that did not follow it") from None
