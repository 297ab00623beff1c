"""Fetches what a listing cut short: the further pages of connections nested in its records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from storesync.errors import Incomplete
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.bulk_lines import merged, needs_second_pass
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.errors import PageTooLarge, PageTooSlow
from storesync.platforms.shopify.paging import following
from storesync.platforms.shopify.sources import HOLDERS, Connection, Source

REST_SIZE = 100


def complete(records: Iterable[Any], source: Source, client: Client) -> int:
    """Replace the nested connections of *records*, in place, by whole lists; return how many requests that took.

    Raises `Incomplete` where a record was deleted meanwhile.
    """
    before = client.traffic.requests
    for record in records:
        if not isinstance(record, Mapping):
            continue
        for connection in source.connections:
            for holder in connection.holders(record):
                found = holder.get(connection.field)
                if isinstance(inner(found, "nodes"), list):
                    holder[connection.field] = _all(holder, found, connection, source, client)
    return client.traffic.requests - before


def by_ids(
    name: str, gids: Sequence[str], source: Source, client: Client, *, size: int
) -> Iterator[tuple[list[Any], Reply]]:
    """Yield the nodes with these *gids*, *size* at a time, read by the document *name*; deleted ones are left out.

    Raises `Incomplete` where an answer is not about exactly these.
    """
    left = list(gids)
    while left:
        asked = left[:size]
        try:
            reply = client.ask(name, {"ids": asked}, size=len(asked), scope=client.scope_of(source))
        except (PageTooLarge, PageTooSlow):
            if size == 1:
                raise
            size //= 2
            continue
        left = left[len(asked) :]
        yield _there(asked, reply.data.get("nodes")), reply


def _there(asked: Sequence[str], nodes: Any) -> list[Any]:
    """Return the *nodes* that are not null. Raises `Incomplete` where they are not one for each id *asked*."""
    if not isinstance(nodes, list) or len(nodes) != len(asked):
        raise Incomplete("Shopify does not say of each record whether it is there")
    found = [(gid, node) for gid, node in zip(asked, nodes, strict=True) if node is not None]
    if any(inner(node, "id") != gid for gid, node in found):
        raise Incomplete("Shopify gives other records than it was asked for")
    return [node for _, node in found]


def finish(resource: str, nodes: Sequence[Mapping[str, Any]], client: Client) -> list[Mapping[str, Any]]:
    """Return the *nodes* of a bulk operation with what it leaves out, without those deleted since.

    A node that has changed since is read again as a whole.
    """
    source = HOLDERS[resource]
    short = {node["id"]: node for node in nodes if needs_second_pass(resource, node)}
    if source.remainder is None:
        rests = _whole(resource, list(short), client)
    else:
        rests = _named(by_ids(source.remainder, list(short), source, client, size=REST_SIZE))
        changed = [gid for gid, rest in rests.items() if rest.get("updatedAt") != short[gid].get("updatedAt")]
        rests |= _whole(resource, changed, client)
    finished = (merged(node, rests.get(node["id"])) if node["id"] in short else node for node in nodes)
    return [node for node in finished if node is not None]


def _whole(resource: str, gids: Sequence[str], client: Client) -> dict[str, Any]:
    source = HOLDERS[resource]
    return _named(by_ids(f"{resource}_nodes", gids, source, client, size=source.size))


def _named(found: Iterable[tuple[list[Any], Reply]]) -> dict[str, Any]:
    return {node["id"]: node for nodes, _ in found for node in nodes}


def _all(
    holder: Mapping[str, Any],
    first: Any,
    connection: Connection,
    source: Source,
    client: Client,
) -> list[Any]:
    nodes = list(first["nodes"])
    if connection.rest is None:
        return nodes[:1]
    after, size = following(first), REST_SIZE
    while after is not None:
        variables = {"id": holder.get("id"), "first": size, "after": after}
        try:
            reply = client.ask(connection.rest, variables, size=size, scope=client.scope_of(source))
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
