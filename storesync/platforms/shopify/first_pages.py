"""Batches the first pages of several resources into one document, and splits its answer. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.errors import Incomplete
from storesync.model import Query
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.paging import Place, following, lower_bound, next_place
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import SOURCES
from storesync.platforms.values import identifier, text

DOCUMENT = "first_pages"

MATCHING = "_matching"
"""Suffix of the aliases in the document that count the records which a resource's filter matches."""

FIRST = {name: source for name, source in SOURCES.items() if source.first_size}
"""The resources in the document."""

FEW = 5
"""With more resources than this the pages are half as large, so that the document costs no more than allowed."""


def variables(wanted: Mapping[str, Query], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return the document's variables for the queries *wanted*, by resource, with pages of *sizes* records."""
    since = lower_bound(min(query.since for query in wanted.values() if query.since), "second")
    found: dict[str, Any] = {"removals": f"action:destroy AND created_at:>='{since}'"}
    for name, source in FIRST.items():
        query = wanted.get(name)
        found[f"with_{name}"] = query is not None
        found[f"{name}_size"] = sizes.get(name, 1)
        found[f"{name}_query"] = start_of(query, source).search(source) if query else None
    return found


def start_of(query: Query, source: Source) -> Place:
    """Return the place where the listing for *query* begins, without its parents."""
    since = lower_bound(query.bound, source.grain) if source.is_filtered else None
    return Place(source.size, since=since, part=source.part)


def removed(source: Source, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return (table, id) of each record of *source* that the events in *data* report as deleted.

    The result is empty without events, and where there is more than one page of them (a mass deletion).
    Which types write events is not documented: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/events
    """
    nodes = inner(data, "events", "nodes")
    if inner(data, "events", "pageInfo", "hasNextPage") is not False or not isinstance(nodes, list):
        return ()
    gone = [node for node in nodes if inner(node, "action") == "destroy"]
    named = ((source.subjects.get(str(inner(node, "subjectType"))), text(inner(node, "subjectId"))) for node in gone)
    return tuple((table, identifier(gid)) for table, gid in named if table and gid)


def without(wanted: Mapping[str, Query], roots: frozenset[str]) -> dict[str, Query]:
    """Return *wanted* without the resources that need the denied *roots*; nothing where none of them does."""
    fields = {name: {SOURCES[name].root, SOURCES[name].count, f"{name}{MATCHING}"} for name in wanted}
    left = {name: query for name, query in wanted.items() if not fields[name] & roots}
    return left if len(left) < len(wanted) else {}


def opened(query: Query, data: Mapping[str, Any]) -> tuple[list[Any], Place | None]:
    """Return the nodes in *data* for *query*, and where its listing goes on, None at its end.

    Raises `Incomplete` where *data* does not have them all.
    """
    source = SOURCES[query.resource]
    start, connection = start_of(query, source), data.get(source.root)
    nodes = inner(connection, "nodes")
    if not isinstance(connection, Mapping) or not isinstance(nodes, list):
        raise Incomplete(f"Shopify's answer holds no {source.root}")
    if source.parent is None:
        return nodes, next_place(start, connection, size=source.size)
    lists = {str(inner(parent, "id")): inner(parent, source.root) for parent in nodes}
    if following(connection) is not None or not all(isinstance(inner(one, "nodes"), list) for one in lists.values()):
        raise Incomplete(f"Shopify's answer does not hold the {source.root} of all {source.parent}")
    # A parent's list with more pages is read again from its beginning, in larger pages.
    unfinished = tuple(gid.rsplit("/", 1)[-1] for gid, one in lists.items() if following(one) is not None)
    further = Place(source.size, since=start.since, parents=unfinished) if unfinished else None
    return [node for one in lists.values() for node in one["nodes"]], further
