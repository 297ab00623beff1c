"""Lists the records of a shop page by page, however long the list is.

https://shopify.dev/docs/api/usage/pagination-graphql
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from storesync.data import dataclass
from storesync.errors import Incomplete, ScopeMissing
from storesync.platforms.shopify.amounts import inner, items
from storesync.platforms.shopify.client import Client, Reply
from storesync.platforms.shopify.errors import EndsAtLimit, PageTooLarge, PageTooSlow
from storesync.platforms.shopify.nested_lists import completed
from storesync.platforms.shopify.pacing import next_size
from storesync.platforms.shopify.paging import Place, chain_after, counted, following, next_place
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import HOLDERS, SOURCES
from storesync.platforms.values import Unreadable, instant
from storesync.rules.passes import must_be_all

CHOSEN = 50
"""How many records of one parent are asked for at once by their keys."""

NOTHING: Mapping[str, Any] = {"nodes": [], "pageInfo": {"hasNextPage": False}}


@dataclass(slots=True)
class Turn:
    """One page of a listing and the next page's place. *total* records came so far, of *matching* in the chain.

    *nodes* can be iterated once; the size of the next page is known after that. *total* is None where it is not known.
    *lacking* is how much the nested lists of the records lack that were taken so far, by global id. *begins_anew*:
    what came before does not count.
    """

    reply: Reply
    nodes: Iterable[Any]
    further: Place | None
    total: int | None
    matching: int | None
    lacking: dict[str, int] = field(default_factory=dict)
    begins_anew: bool = False


def turns(client: Client, source: Source, name: str, start: Place, *, is_whole: bool = True) -> Iterator[Turn]:
    """Yield the pages of a listing from *start* on: of whole records, or of ids in order of id.

    Records that are held by what is listed come whole in any case. Where the list of a location is too long for
    Shopify, inventory levels are listed through their items instead; where more has changed than a list
    newest first may hold, all records are listed. Raises `Incomplete` where far fewer holders came than Shopify counts.
    """
    resource = source.resource
    place: Place | None = start
    if start.by_item:
        source, name = HOLDERS[resource], f"{resource}_by_item"
    is_whole = is_whole or source.held is not None
    since = start.since if source.newest_first and is_whole else None
    if since:
        name = f"{resource}_newest"
    seen: set[Place] = set()
    _not_again(start, seen)
    listed = source.root if is_whole and source.parent is None and source.within is None and since is None else None
    while place is not None:
        reply, place = _fetch_page(client, source, name, place, listed)
        connection = _connection(reply, source, client)
        nodes: Sequence[Any] = connection["nodes"]
        chain = chain_after(place, nodes, source, by_id=not is_whole)
        try:
            further = next_place(place, connection, size=place.size, chain=chain)
        except EndsAtLimit:
            if (source.parent is None and since is None) or source.held_as:
                raise
            otherwise = Place(source.size) if since else Place(HOLDERS[resource].size, by_item=True)
            anew = turns(client, source, resource, otherwise)
            yield replace(next(anew), begins_anew=True)
            yield from anew
            return
        if since:
            nodes, further = _updated(since, nodes, further, source)
        _must_be_all(source, place, connection)
        _not_again(further, seen)
        if source.held and further is None and start.since is None and client.shown_since(source, None) is None:
            must_be_all(source.root, place.total + len(nodes), counted(reply.data, source.count))
        # The filter of a later chain is narrower, and so is its count.
        matching = counted(reply.data, "matching") if place.read == place.total else None
        # Holders are no records.
        total = None if source.held else place.total + len(nodes)
        turn = Turn(reply, nodes, further, total, matching)
        if is_whole:
            turn.nodes = _whole(turn, nodes, place, source, client)
        if source.held:
            turn.nodes, turn.lacking = in_holders(source, list(turn.nodes), turn.lacking)
        yield turn
        place = turn.further


def _updated(
    since: str, nodes: Sequence[Any], further: Place | None, source: Source
) -> tuple[Sequence[Any], Place | None]:
    """Return those of the *nodes*, newest first, that were updated *since*, and where to go on, None after others."""
    fresh = [node for node in nodes if not _is_older(node, since, source)]
    return fresh, further if len(fresh) == len(nodes) else None


def _is_older(node: Any, since: str, source: Source) -> bool:
    try:
        return (instant(inner(node, *source.updated_at)) or since) < since
    except Unreadable:
        # The record is rejected when its rows are derived.
        return False


def _whole(turn: Turn, nodes: Sequence[Any], place: Place, source: Source, client: Client) -> Iterator[Any]:
    """Yield whole records; what that took decides how many are requested next."""
    before = client.traffic.requests
    yield from completed(nodes, source, client, turn.lacking)
    rests = client.traffic.requests - before
    if turn.further is not None:
        size = next_size(place.size, turn.reply.asked, client.bucket, rests=rests)
        turn.further = replace(turn.further, size=size)


def in_holders(
    source: Source, holders: Sequence[Any], lacking: Mapping[str, int]
) -> tuple[Sequence[Any], dict[str, int]]:
    """Return the records in the listed *holders*, and how much their lists lack, as that of the holders is *lacking*.

    A record that is listed itself is its own holder.
    """
    held = [(holder, records_of(source, holder)) for holder in holders]
    # Of a holder that lacks records, the first one says so.
    lacks = {nodes[0]["id"]: lacking[holder["id"]] for holder, nodes in held if nodes and holder.get("id") in lacking}
    return [node for _, nodes in held for node in nodes], lacks


def records_of(source: Source, holder: Any) -> Sequence[Any]:
    """Return the records in what was listed, each with what holds it; without a *held* list, what was listed itself."""
    if source.held is None or not isinstance(holder, dict):
        return [holder]
    counts = {connection.counted for connection in source.connections}
    own = {name: value for name, value in holder.items() if name != source.held and name not in counts}
    return [{**one, source.holder: own} for one in items(holder, source.held)]


def _fetch_page(client: Client, source: Source, name: str, place: Place, listed: str | None) -> tuple[Reply, Place]:
    """Return a page, and the place with its page size, which is halved after each refusal for cost or time."""
    scope = client.scope_of(source)
    while True:
        asked = {"first": place.size, "after": place.after, **filters(source, place), **_parent(source, place)}
        try:
            return client.ask(name, asked, size=place.size, scope=scope, listed=listed), place
        except (PageTooLarge, PageTooSlow):
            if place.size == 1:
                raise
            place = replace(place, size=place.size // 2)


def filters(source: Source, place: Place) -> dict[str, str | None]:
    """Return the variable with the search, or what else chooses from a list that cannot be searched."""
    is_searched = source.part is None or source.held is not None
    return {"query": place.search(source)} if is_searched else dict(source.arguments)


def _parent(source: Source, place: Place) -> dict[str, str]:
    """Return the variable with the global id of the record whose list is read, none for a root listing."""
    if source.parent is None:
        return {}
    if not place.parents:
        raise Incomplete("the place where reading stopped names no list")
    return {"parent": SOURCES[source.parent].gid(place.parents[0])}


def _connection(reply: Reply, source: Source, client: Client) -> Mapping[str, Any]:
    holder: Any = reply.data
    if source.parent:
        holder = reply.data.get(SOURCES[source.parent].single)
        if holder is None:
            # The parent was deleted, and its records with it.
            return NOTHING
        if isinstance(holder, Mapping) and holder.get(source.root) is None:
            scope = client.scope_of(source)
            raise ScopeMissing(f"the token may not read this: Shopify wants {scope}", scope=scope)
    if source.within and source.within in reply.data:
        holder = reply.data[source.within]
        if holder is None:
            return NOTHING
    found = inner(holder, source.root)
    if not isinstance(found, Mapping) or not isinstance(found.get("nodes"), list):
        raise Incomplete(f"Shopify's answer holds no {source.root}")
    if source.held_as is None:
        return found
    own = {source.held_as: {"id": inner(holder, "id")}}
    nodes = [{**own, **node} if isinstance(node, dict) else node for node in found["nodes"]]
    return {**found, "nodes": nodes, "promised": inner(holder, source.promised or "")}


def chosen(client: Client, source: Source, record_ids: Sequence[str]) -> Iterator[tuple[Sequence[Any], Reply]]:
    """Yield the records without ids of their own that are *record_ids*, as ``parent:key``; those deleted are left out.

    Raises `Incomplete` where Shopify answers with others than it was asked for.
    """
    wanted: dict[str, list[str]] = {}
    for record_id in dict.fromkeys(record_ids):
        parent, _, key = record_id.partition(":")
        wanted.setdefault(parent, []).append(key)
    for parent, keys in wanted.items():
        place = Place(source.size, parents=(parent,))
        for start in range(0, len(keys), CHOSEN):
            search = " OR ".join(f"{source.key_field}:{key}" for key in keys[start : start + CHOSEN])
            asked = {"first": source.size, "after": None, "query": search, **_parent(source, place)}
            reply = client.ask(source.resource, asked, size=source.size, scope=client.scope_of(source))
            connection = _connection(reply, source, client)
            if following(connection) is not None:
                raise Incomplete("Shopify gives other records than it was asked for")
            yield connection["nodes"], reply


def _must_be_all(source: Source, place: Place, connection: Mapping[str, Any]) -> None:
    """Raise `Incomplete` at the end of a list that was read in chains by the order of its keys, unless it is whole.

    That Shopify lists in this order is not documented; how many there are proves it.
    """
    promised, came = connection.get("promised"), place.total - place.before + len(connection["nodes"])
    if source.held_as and place.beyond and following(connection) is None and came < (promised or 0):
        raise Incomplete(f"Shopify lists {came} of {promised} {source.root}")


def _not_again(place: Place | None, seen: set[Place]) -> None:
    if place is None:
        return
    plain = replace(place, size=0, read=0, total=0)
    if place.after is not None and plain in seen:
        raise Incomplete("Shopify's listing turns in a circle")
    seen.add(plain)
