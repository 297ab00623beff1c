"""A field that Shopify does not give costs that field: its columns are NULL, and all others stay as they are."""

import json

import pytest

from storesync.model import Query
from storesync.platforms.shopify.parts import parts_in
from storesync.platforms.shopify.queries import document
from storesync.platforms.shopify.rows import SEPARATE, rows_of
from storesync.platforms.shopify.sources import SOURCES
from tests.kits.shopify_graph import Graph, stocked

OTHERS = {
    ("Order.customer", "customer_name"),
}
"""Columns that another field fills in the place of the one that is missing."""


def without(value, keys):
    """Return a copy of *value* without what is at the end of the response *keys*; pages are plain lists in it."""
    if isinstance(value, list):
        return [without(each, keys[1:] if keys[0] == "nodes" else keys) for each in value]
    if not isinstance(value, dict) or keys[0] not in value:
        return value
    left = {name: each for name, each in value.items() if name != keys[0]}
    return left if len(keys) == 1 else {**value, keys[0]: without(value[keys[0]], keys[1:])}


def optional_parts(resource):
    source = SOURCES[resource]
    root = ("location", source.root, "nodes") if source.parent else (source.root, "nodes")
    fields = [part for part in parts_in(document(resource)) if not part.name.startswith("...") and part.name[-1] != ")"]
    chosen = [part for part in fields if not part.is_core and part.keys[: len(root)] == root]
    return {part.keys[len(root) :]: part.name for part in chosen if len(part.keys) > len(root)}


def rows(resource, record, shop):
    separate = {name: record[name] for name in SEPARATE if name in record} if resource == "orders" else {}
    own = {name: value for name, value in record.items() if name not in separate}
    return rows_of(resource, {"record": own, **separate}, shop)


def graph_of(resource):
    return stocked() if resource in {"locations", "inventory_levels"} else Graph()


@pytest.mark.parametrize("resource", SOURCES)
def test_columns_of_a_missing_field_are_null_and_others_stay(resource):
    session = graph_of(resource).open()
    (page,) = list(session.pages(Query(resource)))[:1]
    wrong = []
    for record in page.records[:20]:
        whole = {}
        for name, body in record.parts.items():
            whole |= json.loads(body) if name == "record" else {name: json.loads(body)}
        expected = rows(resource, whole, session.shop)
        for keys, name in optional_parts(resource).items():
            found = rows(resource, without(whole, keys), session.shop)
            for table, all_rows in expected.items():
                if table not in found:
                    continue
                if len(found[table]) != len(all_rows):
                    wrong.append((name, table, "rows"))
                    continue
                for one, other in zip(found[table], all_rows, strict=True):
                    wrong += [
                        (name, f"{table}.{column}", value, one.get(column))
                        for column, value in other.items()
                        if one.get(column) not in (None, value) and (name, column) not in OTHERS
                    ]
    assert sorted({one[:2] for one in wrong}) == []
