"""Whether the lists nested in a record are whole, by the counts and sums that Shopify gives beside them. Pure."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from storesync.platforms.shopify.amounts import NOTHING, has, inner, shop_money
from storesync.platforms.shopify.paging import LISTING_LIMIT
from storesync.platforms.shopify.source import Connection, Source
from storesync.platforms.values import Unreadable, integer


def missing(record: Mapping[str, Any], source: Source, *, vaguely: bool = False) -> int:
    """Return how many nodes the lists of *record* surely lack, or, *vaguely*, may lack, as counts and sums show.

    Of a list that is proven by the sum of its nodes' quantities, it is that sum which is lacking.
    """
    lists = _lists(record, source)
    return sum(lack(holder, one) or 0 for one, holder in lists if vaguely or not one.is_vague)


def is_torn(record: Mapping[str, Any], source: Source) -> bool:
    """Return whether a list of *record*, which Shopify wrote to a file, may have been cut short.

    Such a list ends without a word: https://github.com/airbytehq/airbyte/issues/78512.
    """
    return any(may_be_cut(holder, one) for one, holder in _lists(record, source))


def lack(holder: Mapping[str, Any], connection: Connection) -> int | None:
    """Return how many nodes the list of *connection* in *holder* lacks, None where nothing tells."""
    nodes = _nodes(holder, connection)
    if connection.summed:
        try:
            return _lack_of_sum(holder.get(connection.summed[0]), connection.summed[1], nodes)
        except Unreadable:
            # The record is rejected when its rows are derived.
            return None
    if connection.counted:
        counted = holder.get(connection.counted)
        promised = inner(counted, "count")
        if isinstance(promised, int) and (inner(counted, "precision") == "EXACT" or promised > len(nodes)):
            return max(0, promised - len(nodes))
    # Shopify ends any list there, whether there is more or not.
    return 1 if len(nodes) == LISTING_LIMIT else None


def _lack_of_sum(promised: Any, name: str, nodes: list[Any]) -> int | None:
    """Return by how much the quantities called *name*, or the prices of all pieces, fall short of *promised*."""
    told = [node for node in nodes if isinstance(node, dict)]
    if not has(told, name) or not has(told, "quantity"):
        return None
    if isinstance(promised, int):
        return max(0, promised - sum(integer(node[name]) or 0 for node in told))
    amount = shop_money(promised)
    found = sum(((shop_money(node[name]) or NOTHING) * (integer(node["quantity"]) or 0) for node in told), NOTHING)
    return None if amount is None else max(0, math.ceil(amount - found))


def may_be_cut(holder: Mapping[str, Any], connection: Connection) -> bool:
    """Return whether the list of *connection* in *holder*, which Shopify wrote to a file, may have been cut short."""
    lacks = lack(holder, connection)
    # What is longer than any list of pages cannot be read again by pages.
    return len(_nodes(holder, connection)) in range(connection.many, LISTING_LIMIT) if lacks is None else lacks > 0


def _lists(record: Mapping[str, Any], source: Source) -> Iterator[tuple[Connection, Mapping[str, Any]]]:
    """Yield the lists of *record* that are read whole, each with the object that holds it."""
    for connection in source.connections:
        for holder in connection.holders(record) if connection.rest else ():
            if connection.field in holder:
                yield connection, holder


def _nodes(holder: Mapping[str, Any], connection: Connection) -> list[Any]:
    found = holder.get(connection.field)
    found = inner(found, "nodes") if isinstance(found, dict) else found
    return found if isinstance(found, list) else []
