"""Tiendanube's records make the same rows whether they are read in one step or field by field."""

import json

import pytest

from storesync.platforms import shapes
from storesync.platforms.lossless_json import dumps
from storesync.platforms.shapes import by_field
from storesync.platforms.tiendanube.rows import read_part, rows_of, shape_of
from storesync.tables import DEFAULT
from tests.kits.tiendanube_examples import COVERED, SHOP, documented, made


@pytest.fixture
def in_one_step(monkeypatch):
    """Let a record fail that would have to be read field by field."""

    def refuse(kind, _):
        pytest.fail(f"a usual {kind.__name__} does not have the form that is declared")

    monkeypatch.setattr(shapes, "by_field", refuse)


def read(resource, record):
    """Return the rows of a record's JSON text."""
    return rows_of(resource, {"record": read_part(resource, "record", dumps(record))}, SHOP)


def read_field_by_field(resource, record):
    return rows_of(resource, {"record": by_field(shape_of(resource), record)}, SHOP)


@pytest.mark.usefixtures("in_one_step")
@pytest.mark.parametrize(("resource", "record"), [*documented(), *made()])
def test_an_example_is_read_in_one_step(resource, record):
    assert read(resource, record) == read_field_by_field(resource, record)


def test_what_a_shop_sends_is_read_in_one_step(program, tiendanube, request):
    assert program.connect("tiendanube", tiendanube.key).code == 0
    request.getfixturevalue("in_one_step")
    sent = program.sql("SELECT resource, body FROM payloads WHERE resource != 'store'")

    assert {resource for resource, _ in sent} == set(DEFAULT) <= set(COVERED)
    for resource, body in sent:
        record = json.loads(body)
        assert read(resource, record) == read_field_by_field(resource, record)


@pytest.mark.parametrize(
    ("resource", "usual", "odd"),
    [
        ("orders", {"customer": None}, {"customer": []}),
        ("orders", {"payment_details": {}}, {"payment_details": []}),
        ("orders", {"products": [{"price": "7.50"}]}, {"products": {"3": {"price": {"value": 7.5}}}}),
        ("orders", {"fulfillments": ["A", {"id": "B"}]}, {"fulfillments": {"results": ["A", {"id": "B"}]}}),
        ("orders", {"total": 12, "discount_gateway": "2.00"}, {"total": "12.00", "discount_gateway": {"amount": 2}}),
        ("orders", {"paid_at": "2026-11-20"}, {"paid_at": {"date": "2026-11-20 00:00:00", "timezone": "UTC"}}),
        ("draft_orders", {"contact_phone": "555", "number": "8"}, {"contact_phone": 555, "number": 8.0}),
        ("products", {"published": True, "brand": None}, {"published": 1, "brand": []}),
        ("products", {"categories": [{"id": 7}, 8], "variants": None}, {"categories": [{"id": 7}, "8"], "variants": 0}),
        (
            "customers",
            {"default_address": {"id": 4, "zipcode": "1000"}},
            {"default_address": {"id": 4, "zipcode": 1000}},
        ),
        ("inventory_levels", {"variant_id": 1, "location_id": "L", "stock": 3}, {"location_id": "L", "stock": "3.00"}),
    ],
)
def test_an_odd_spelling_says_the_same_as_the_usual_one(resource, usual, odd):
    same = {"id": 1, "variant_id": 1}
    assert read(resource, same | usual) == read(resource, same | odd)
