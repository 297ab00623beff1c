"""The one document that brings the first pages of several resources. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.errors import Incomplete
from storesync.model import Query
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.paging import Place, following, lower_bound, next_place
from storesync.platforms.shopify.sources import SOURCES, Source
from storesync.platforms.values import identifier, text

DOCUMENT = "first_pages"

MATCHING = "_matching"
"""Ends the name under which the document counts what the filter of a resource matches."""

FEW = 5
"""More resources than this share the document with pages half as large, lest it cost more than Shopify takes."""


def variables(wanted: Mapping[str, Query], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Return what to send along to have the first pages of *wanted*, so many records of each."""
    since = lower_bound(min(query.since for query in wanted.values() if query.since), "second")
    found: dict[str, Any] = {"removals": f"action:destroy AND created_at:>='{since}'"}
    for name, source in SOURCES.items():
        query = wanted.get(name)
        found[f"with_{name}"] = query is not None
        found[f"{name}_size"] = sizes.get(name, 1)
        found[f"{name}_query"] = start_of(query, source).search() if query else None
    return found


def start_of(query: Query, source: Source) -> Place:
    """Return where the listing for *query* begins, but for its parents."""
    since = lower_bound(query.since, source.grain) if source.is_filtered else None
    return Place(source.size, since=since)


def removed(source: Source, data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return by table and id what *data* says was deleted of *source*.

    That is nothing where Shopify does not tell, or where there is more than one page of it: a deletion in bulk.
    Which types write an event is not documented: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/events
    """
    nodes = inner(data, "events", "nodes")
    if inner(data, "events", "pageInfo", "hasNextPage") is not False or not isinstance(nodes, list):
        return ()
    gone = [node for node in nodes if inner(node, "action") == "destroy"]
    named = ((source.subjects.get(str(inner(node, "subjectType"))), text(inner(node, "subjectId"))) for node in gone)
    return tuple((table, identifier(gid)) for table, gid in named if table and gid)


def without(wanted: Mapping[str, Query], roots: frozenset[str]) -> dict[str, Query]:
    """Return what is left to ask for; nothing where Shopify does not say what it denies."""
    fields = {name: {SOURCES[name].root, SOURCES[name].count, f"{name}{MATCHING}"} for name in wanted}
    left = {name: query for name, query in wanted.items() if not fields[name] & roots}
    return left if len(left) < len(wanted) else {}


def opened(query: Query, data: Mapping[str, Any]) -> tuple[list[Any], Place | None]:
    """Return the nodes that *data* brings for *query*, and where its listing goes on."""
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
    # A list that goes on is read again from its beginning: its first page here was a small one.
    unfinished = tuple(gid.rsplit("/", 1)[-1] for gid, one in lists.items() if following(one) is not None)
    further = Place(source.size, since=start.since, parents=unfinished) if unfinished else None
    return [node for one in lists.values() for node in one["nodes"]], further
