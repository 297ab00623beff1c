"""Makes records of the nodes that Shopify sends, and versions of those that have no more than an id and a time."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from storesync.errors import FormatChanged
from storesync.model import Record, RejectedRecord, Shop, Version
from storesync.platforms.records import received
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.client import Client
from storesync.platforms.shopify.inventory import level_id
from storesync.platforms.shopify.listings import in_holders
from storesync.platforms.shopify.nested_lists import completed
from storesync.platforms.shopify.rows import parts_of, read_part, rows_of
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import SOURCES
from storesync.platforms.values import Unreadable, identifier, instant, lower

Found = tuple[tuple[Record, ...], tuple[RejectedRecord, ...]]
"""The records in some nodes, and what is no record."""


def read_nodes(resource: str, nodes: Iterable[Any], shop: Shop, lacking: Mapping[str, int]) -> Found:
    """Return the records in whole *nodes*, of which some lack so many nodes in their lists, by global id."""
    source = SOURCES[resource]
    return received(
        resource,
        nodes,
        parts_of=lambda record: parts_of(resource, record),
        rows_of=lambda name, parts: rows_of(name, parts, shop),
        id_of=lambda node: id_of(source, node),
        version_of=lambda node: instant(inner(node, *source.updated_at)),
        lacking_of=lambda node: lacking.get(str(node.get("id")), 0),
        read=partial(read_part, resource),
    )


def read_holders(source: Source, holders: Sequence[Any], shop: Shop, client: Client) -> Found:
    """Return the records in *holders* that were read by id or in bulk, once their lists are whole."""
    lacking: dict[str, int] = {}
    whole = list(completed(holders, source, client, lacking))
    nodes, lacks = in_holders(source, whole, lacking)
    return read_nodes(source.resource, nodes, shop, lacks)


def version_of(source: Source, node: Any) -> Version:
    """Return the version in a *node* of a listing of ids. Raises `FormatChanged` without an id."""
    try:
        record_id = id_of(source, node)
    except Unreadable:
        raise FormatChanged("a listing of ids holds a record without one") from None
    return Version(record_id, instant(inner(node, *source.updated_at)), lower(inner(node, "state")))


def id_of(source: Source, node: Any) -> str:
    """Return our id of the record *node*. Raises `Unreadable` without one."""
    if source.held_as:
        return f"{identifier(inner(node, source.held_as, 'id'))}:{identifier(inner(node, *source.key))}"
    is_level = source.resource == "inventory_levels"
    return level_id(node) if is_level else identifier(inner(node, "id"))
