"""`forget` and the metafields of a person: of the customer, and of what the customer, or the guest, ordered."""

import json

import pytest

from tests.kits.canary import EMAIL, plant, sightings, zoe_of

THEIRS = "('customer', 'order', 'draft_order')"


@pytest.fixture
def shop(program):
    """A shop where Zoe's metafields, and those of her orders and drafts, are about her."""
    shop = program.world.add_shop("shopify", "alpha", orders=30, metafields=2)
    plant(shop)
    for record in shop.resources["metafields"].values():
        if is_of_zoe(shop, record):
            record |= {"type": "json", "value": json.dumps({"amount": 7, "who": "zzqcanary"}), "key": "zoe"}
    chosen = ("customers", "orders", "draft_orders", "products", "metafields")
    words = [word for name in chosen for word in ("--only", name)]
    assert program.connect("shopify", "alpha", *words).code == 0
    return shop


def is_of_zoe(shop, record):
    resource = {"customer": "customers", "order": "orders", "draft_order": "draft_orders"}.get(record["owner_kind"])
    owner = shop.resources[resource][record["owner_id"]] if resource else {}
    return (owner.get("email") or "").lower() == EMAIL.lower()


def forget(program, shop, by):
    words = ("--id", zoe_of(shop)) if by == "id" else ("--email-stdin",)
    answer = program("forget", "alpha", *words, "--yes", "--json", stdin=f"{EMAIL}\n")
    assert answer.code == 0, answer.stderr
    return answer


def about_zoe(program):
    [[rows]] = program.sql("SELECT count(*) FROM metafields WHERE value LIKE '%zzqcanary%'")
    [[parts]] = program.sql("SELECT count(*) FROM payloads WHERE resource = 'metafields' AND body LIKE '%zzqcanary%'")
    return rows, parts


@pytest.mark.parametrize("by", ["id", "email"])
def test_no_byte_of_them_is_left(program, shop, by):
    found = about_zoe(program)
    assert found[0] == found[1] >= 2 * 4

    forget(program, shop, by)

    assert about_zoe(program) == (0, 0)
    if by == "email":
        assert sightings(program.home) == []
    columns = "value, value_number, value_boolean, value_date, value_json, reference_ids, email"
    [blank] = program.sql(f"SELECT DISTINCT {columns} FROM metafields WHERE key = 'zoe' AND value IS NULL")
    assert set(blank) == {None}


def test_which_metafields_there_were_is_still_told(program, shop):
    kept = "SELECT id, owner_kind, owner_id, customer_id, namespace, key, type FROM metafields ORDER BY id"
    before = program.sql(kept)
    forget(program, shop, "email")
    assert program.sql(kept) == before


def test_those_of_everybody_and_everything_else_stay(program, shop):
    kept = "SELECT * FROM metafields WHERE key <> 'zoe' ORDER BY id"
    before = program.sql(kept)
    assert {row[2] for row in before} >= {"product", "customer", "order", "draft_order"}
    forget(program, shop, "email")
    assert program.sql(kept) == before


def test_no_later_reading_brings_them_back(program, shop):
    forget(program, shop, "email")
    for record in [one for one in shop.resources["metafields"].values() if one["key"] == "zoe"]:
        record |= {"value": '{"who": "zzqcanary again"}', "updated_at": program.clock.now()}

    assert program("sync", "alpha", "--full").code == 0
    program.clock.advance(days=8)
    assert program("sync-due").code == program("sync-due").code == 0
    assert program("reconcile", "alpha").code == 0

    assert about_zoe(program) == (0, 0)
    assert sightings(program.home) == []


def test_an_agent_sees_no_value_without_leave(program, shop):
    """A value may be about anybody, whatever has it."""
    personal = {"value", "value_number", "value_boolean", "value_date", "value_json", "reference_ids", "email"}
    from storesync.tables import TABLES

    assert {column.name for column in TABLES["metafields"].columns if column.personal} == personal
