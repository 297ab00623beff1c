"""Records that are read into their types in one step become the same rows as those converted field by field."""

import json
from functools import cache

import httpx
import msgspec
import pytest

from storesync.model import Query
from storesync.platforms import shapes
from storesync.platforms.lossless_json import dumps, loads
from storesync.platforms.shopify.rows import parts_of, read_part, rows_of, shapes_of
from storesync.platforms.shopify.sources import SOURCES
from tests.kits.shopify_api import Api
from tests.kits.shopify_graph import Graph, opened, stocked
from tests.platforms.shopify.test_rows import RECORDS, SHOP, money

FEWEST = 2
"""So many records has the simulated shop of each resource, at least."""


@cache
def simulated():
    """Return a session of a simulated shop."""
    api = Api(orders=60, coupons=20, locations=3, pages=9, articles=9, metafields=1, country="MX")

    def answer(request):
        asked = json.loads(request.content)
        reply = api.send(asked["query"], **asked["variables"])
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)

    session = opened(answer)
    session.bulk.refused()
    return session


def read(session, resource):
    """Return the parts of all records of *resource*."""
    return [record.parts for page in session.pages(Query(resource)) for record in page.records]


def in_one_step(resource, parts):
    """Return the rows of a record whose parts all have the form that is documented."""
    kinds = shapes_of(resource)
    return rows_of(resource, {name: msgspec.json.decode(part, type=kinds[name]) for name, part in parts.items()}, SHOP)


def by_field(resource, parts):
    """Return the rows of a record of which each field was converted."""
    kinds = shapes_of(resource)
    return rows_of(resource, {name: shapes.by_field(kinds[name], loads(part)) for name, part in parts.items()}, SHOP)


@pytest.mark.parametrize("resource", SOURCES)
def test_simulated_records_are_read_in_one_step(resource):
    found = read(simulated(), resource)
    assert len(found) >= FEWEST
    for parts in found:
        assert in_one_step(resource, parts) == by_field(resource, parts)


@pytest.mark.parametrize("resource", SOURCES)
def test_records_of_the_schema_are_read_in_one_step(resource):
    graph = stocked() if resource in {"locations", "inventory_levels"} else Graph()
    found = read(graph.open(), resource)
    assert found
    for parts in found:
        assert in_one_step(resource, parts) == by_field(resource, parts)


def stock(quantity):
    return {"name": "on_hand", "quantity": quantity}


ODD = [
    ("products", {"title": "12"}, {"title": 12}),
    ("products", {"totalInventory": 4}, {"totalInventory": "4.0"}),
    ("products", {"tags": ["1", None]}, {"tags": [1, {}]}),
    ("products", {"isGiftCard": True}, {"isGiftCard": "true"}),
    ("categories", {"image": None}, {"image": []}),
    ("categories", {"productsCount": {"count": 2}}, {"productsCount": {"count": "2"}}),
    ("customers", {"amountSpent": {"amount": "3"}}, {"amountSpent": 3}),
    ("checkouts", {"totalPriceSet": money("5.25")}, {"totalPriceSet": money(5.25)}),
    ("draft_orders", {"completedAt": "2026-01-01T00:00:00Z"}, {"completedAt": {"date": "2026-01-01 00:00:00"}}),
    ("coupons", {"discount": None}, {"discount": []}),
    ("locations", {"isActive": False}, {"isActive": 0}),
    ("fulfillment_orders", {"destination": {"city": "5"}}, {"destination": {"city": 5}}),
    ("companies", {"totalSpent": {"amount": "3"}}, {"totalSpent": 3}),
    ("company_locations", {"taxSettings": {"taxExempt": True}}, {"taxSettings": {"taxExempt": "true"}}),
    ("markets", {"status": "12"}, {"status": 12}),
    ("price_lists", {"fixedPricesCount": 4}, {"fixedPricesCount": "4"}),
    ("price_list_prices", {"price": {"amount": "3"}}, {"price": 3}),
    ("inventory_levels", {"quantities": [stock(4)]}, {"quantities": [stock(4.0)]}),
]


@pytest.mark.parametrize(("resource", "usual", "odd"), ODD)
def test_a_record_in_another_form_has_the_same_rows(resource, usual, odd):
    records = [parts_of(resource, RECORDS[resource] | changes) for changes in (usual, odd)]
    usual, odd = ({name: dumps(part) for name, part in parts.items()} for parts in records)
    with pytest.raises(msgspec.ValidationError):
        in_one_step(resource, odd)
    read_again = {name: read_part(resource, name, part) for name, part in odd.items()}
    assert rows_of(resource, read_again, SHOP) == in_one_step(resource, usual)


@pytest.mark.parametrize("record", [{"zz\ud800": 1}, {"defaultEmailAddress": {"k\ud800": 1}}])
def test_a_key_that_is_no_text_does_not_matter(record):
    """Neither when the record is read nor when its rows are derived anew."""
    parts = {"record": dumps(RECORDS["customers"] | record)}
    read_again = {name: loads(part) for name, part in parts.items()}
    assert rows_of("customers", read_again, SHOP) == by_field("customers", parts)
