"""Fetches what a listing cut short: the further pages of connections nested in its records."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from storesync.errors import Incomplete
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.bulk_lines import is_bare, merged
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.errors import PageTooLarge, PageTooSlow
from storesync.platforms.shopify.paging import following, node_of
from storesync.platforms.shopify.source import Connection, Source
from storesync.platforms.shopify.wholeness import is_torn, lack, may_be_cut, missing

REST_SIZE = 100


def completed(
    records: Iterable[Any], source: Source, client: Client, lacking: MutableMapping[str, int]
) -> Iterator[Any]:
    """Yield each of *records*, which may be JSON texts, with whole lists in place of its nested connections.

    A record whose lists have fewer nodes than Shopify counts is read once more, since it may have changed meanwhile.
    How much its lists lack even then goes into *lacking*, by its global id. Raises `Incomplete` where a record was
    deleted meanwhile, `BadResponse` where a text is not JSON.
    """
    for found in records:
        record = node_of(found)
        if isinstance(record, dict):
            _complete_one(record, source, client)
            if missing(record, source, vaguely=True):
                _read_again(record, source, client)
                if lacks := missing(record, source):
                    lacking[str(record.get("id"))] = lacks
        yield record


def _complete_one(record: dict[str, Any], source: Source, client: Client) -> None:
    for connection in source.connections:
        for holder in connection.holders(record):
            found = holder.get(connection.field)
            if isinstance(found, dict) and isinstance(found.get("nodes"), list):
                holder[connection.field] = _all(holder, found, connection, source, client)


def _read_again(record: dict[str, Any], source: Source, client: Client) -> None:
    for node in _whole(source, [record["id"]], client).values():
        _complete_one(node, source, client)
        if missing(node, source, vaguely=True) < missing(record, source, vaguely=True):
            record.clear()
            record.update(node)


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


def is_finished(source: Source, node: Mapping[str, Any], client: Client) -> bool:
    """Return whether *node* of a bulk operation is whole."""
    for connection in source.connections:
        for holder in connection.holders(node):
            if connection.field not in holder:
                if connection.part not in client.left_out:
                    return False
            elif connection.rest and may_be_cut(holder, connection):
                return False
    return True


def finish(source: Source, nodes: Sequence[Mapping[str, Any]], client: Client) -> list[Mapping[str, Any]]:
    """Return the *nodes* of a bulk operation with what it leaves out, without those deleted since.

    A node that has changed since is read again as a whole.
    """
    without = client.left_out
    torn = [node["id"] for node in nodes if is_torn(node, source)]
    bare = {node["id"]: node for node in nodes if is_bare(source, node, without)}
    if source.remainder is None:
        rests = _whole(source, list(dict.fromkeys([*bare, *torn])), client)
    else:
        again = set(torn)
        rest = [gid for gid in bare if gid not in again]
        rests = _named(by_ids(source.remainder, rest, source, client, size=REST_SIZE))
        changed = [gid for gid, one in rests.items() if one.get("updatedAt") != bare[gid].get("updatedAt")]
        rests |= _whole(source, [*torn, *changed], client)
    asked = {*bare, *torn}
    finished = (merged(node, rests.get(node["id"])) if node["id"] in asked else node for node in nodes)
    return [node for node in finished if node is not None]


def _whole(source: Source, gids: Sequence[str], client: Client) -> dict[str, Any]:
    return _named(by_ids(source.nodes, gids, source, client, size=source.size))


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
    after = following(first)
    if after is not None:
        for page in _pages(holder, after, connection, source, client):
            nodes += page
    if connection.reverses and lack({**holder, connection.field: nodes}, connection):
        # It goes on beyond the most that Shopify lists: the rest is read from the end.
        known, tail = {inner(node, "id") for node in nodes}, []
        for page in _pages(holder, None, connection, source, client, reverse=True):
            fresh = [node for node in page if inner(node, "id") not in known]
            tail += fresh
            if len(fresh) < len(page):
                break
        nodes += reversed(tail)
    return nodes


def _pages(
    holder: Mapping[str, Any],
    after: str | None,
    connection: Connection,
    source: Source,
    client: Client,
    **arguments: bool,
) -> Iterator[list[Any]]:
    """Yield the nodes of a nested list's further pages, from the cursor *after* on."""
    size, is_over = REST_SIZE, False
    while not is_over:
        variables = {"id": holder.get("id"), "first": size, "after": after, **arguments}
        try:
            reply = client.ask(connection.rest or "", variables, size=size, scope=client.scope_of(source))
        except (PageTooLarge, PageTooSlow):
            if size == 1:
                raise
            size //= 2
            continue
        page = inner(reply.data, "node", connection.field)
        nodes = inner(page, "nodes")
        if not isinstance(nodes, list):
            raise Incomplete(f"a record of {source.resource} went away while it was read")
        yield nodes
        before, after = after, following(page)
        if after is not None and after == before:
            raise Incomplete("a nested list of Shopify's turns in a circle")
        is_over = after is None
