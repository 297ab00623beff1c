"""Makes records whole: the rest of what did not fit on the first page of a nested connection."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from storesync.errors import Incomplete
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.border import PageTooLarge, PageTooSlow
from storesync.platforms.shopify.client import Client
from storesync.platforms.shopify.paging import following
from storesync.platforms.shopify.sources import Connection, Source

REST_SIZE = 100


def complete(records: Iterable[Any], source: Source, client: Client) -> int:
    """Turn the nested connections of *records* into whole lists; return how many requests that took."""
    before = client.traffic.requests
    for record in records:
        if not isinstance(record, Mapping):
            continue
        for connection in source.connections:
            for holder in _holders(record, connection):
                found = holder.get(connection.field)
                if isinstance(inner(found, "nodes"), list):
                    holder[connection.field] = _all(holder, found, connection, source, client)
    return client.traffic.requests - before


def _holders(record: Any, connection: Connection) -> Iterator[dict[str, Any]]:
    if connection.under is None:
        yield record
        return
    for each in record.get(connection.under) or ():
        if isinstance(each, dict):
            yield each


def _all(
    holder: Mapping[str, Any],
    first: Any,
    connection: Connection,
    source: Source,
    client: Client,
) -> list[Any]:
    nodes = list(first["nodes"])
    if connection.rest is None:
        return nodes
    after, size = following(first), REST_SIZE
    while after is not None:
        variables = {"id": holder.get("id"), "first": size, "after": after}
        try:
            reply = client.ask(connection.rest, variables, size=size, scope=source.scope)
        except (PageTooLarge, PageTooSlow):
            if size == 1:
                raise
            size //= 2
            continue
        page = inner(reply.data, "node", connection.field)
        if not isinstance(inner(page, "nodes"), list):
            raise Incomplete(f"a record of {source.resource} went away while it was read")
        nodes += page["nodes"]
        before, after = after, following(page)
        if after == before:
            raise Incomplete("a nested list of Shopify's turns in a circle")
    return nodes
