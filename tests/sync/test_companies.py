"""Companies that buy from a shop, and their locations, are read on request."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import session
from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator import companies
from storesync.simulator.shopify.api import bulk_of
from tests.kits.on_request import operations, state, tick
from tests.kits.program import differences

BOTH = ("companies", "company_locations")


@pytest.fixture
def shop(program):
    """A shop that sells to businesses."""
    opened = program.world.add_shop("shopify", "alpha", orders=10)
    companies.begin(opened)
    return opened


def verdicts(program):
    return [state(program, name)["verdict"] for name in BOTH]


def test_all_of_them_are_read_page_by_page(program, shop):
    assert program.connect_for(shop, *BOTH).code == 0

    assert program.sql("SELECT count(*) FROM companies") == [(companies.COUNT,)]
    assert differences(program, shop, *BOTH) == []
    assert verdicts(program) == ["verified", "verified"]


def test_long_lists_are_read_in_bulk(program, shop, monkeypatch):
    """The locations where there are many companies, since Shopify does not count them."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    for name in BOTH:
        monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], size=2))
    bulk_of(shop).instant = True
    assert program.connect_for(shop, *BOTH).code == 0

    assert operations(program).count("BulkRun") == 2
    assert differences(program, shop, *BOTH) == []


def test_an_edit_is_seen_within_the_hour(program, shop):
    program.connect_for(shop, *BOTH)
    program.clock.advance(minutes=5)
    company, location = (next(iter(shop.resources[name])) for name in BOTH)
    shop.touch("companies", company, name="Ópera & Cía.", note="☎")
    shop.touch("company_locations", location, is_tax_exempt=True, shipping_city="Córdoba", shipping_address1="Sur 1")
    tick(program, hours=1)

    assert program.sql("SELECT name, note FROM companies WHERE id = ?", company) == [("Ópera & Cía.", "☎")]
    assert differences(program, shop, *BOTH) == []


def test_sales_that_move_no_update_time_are_seen_within_a_day(program, shop):
    program.connect_for(shop, *BOTH)
    for name in BOTH:
        shop.drift(name, next(iter(shop.resources[name])), orders_count=77)
    tick(program, hours=2)
    assert len(differences(program, shop, *BOTH)) == 2
    for _ in range(3):
        tick(program, hours=12)
    assert differences(program, shop, *BOTH) == []


def test_one_that_is_deleted_goes_with_its_locations_and_may_come_back(program, shop):
    program.connect_for(shop, *BOTH)
    company, kept = next(iter(shop.resources["companies"].items()))
    locations = {key: one for key, one in shop.resources["company_locations"].items() if one["company_id"] == company}
    companies.remove_company(shop, company)
    program.clock.advance(minutes=10)
    assert program("reconcile", "alpha").code == 0
    deleted = "SELECT id FROM companies WHERE deleted_at IS NOT NULL"
    assert program.sql(deleted) == [(company,)]
    assert differences(program, shop, *BOTH) == []

    shop.resources["companies"][company] = kept
    shop.resources["company_locations"] |= locations
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql(deleted) == []
    assert differences(program, shop, *BOTH) == []


def test_a_shop_that_does_not_sell_to_businesses_is_read_without(program, shop):
    """Whatever Shopify means by its refusal, it is no failure of the store."""
    shop.state["sells to businesses"] = False
    program.connect_for(shop, "products", *BOTH)

    assert verdicts(program) == ["denied", "denied"]
    assert state(program, "products")["verdict"] == "verified"
    assert program.sql("SELECT connection, consecutive_failures FROM stores") == [("connected", 0)]


def test_without_the_scope_both_are_denied(program, shop):
    answer = program.connect_for(shop, "products", *BOTH, without=["read_customers", "read_companies"])

    assert "read_customers" in answer.stdout + answer.stderr
    assert verdicts(program) == ["denied", "denied"]


@pytest.mark.parametrize(("name", "column"), [("companies", "total_spent"), ("company_locations", "due_in_days")])
def test_one_that_cannot_be_read_is_put_aside(program, shop, name, column):
    odd = next(iter(shop.resources[name].values()))
    odd |= {column: 1.5, "payment_terms": "Net"} if column == "due_in_days" else {"total_spent": odd[column].scaleb(40)}
    program.connect_for(shop, *BOTH)

    assert program.sql("SELECT resource, id FROM quarantine") == [(name, odd["id"])]


def test_whoever_acts_for_a_company_can_be_forgotten(program, shop):
    """The company stays; the notes, people, streets and telephones go, here and in what Shopify sent."""
    owned = next(one for one in shop.resources["companies"].values() if one["customer_id"])
    shop.touch("companies", owned["id"], note="zznote")
    location = next(one for one in shop.resources["company_locations"].values() if one["company_id"] == owned["id"])
    shop.touch("company_locations", location["id"], phone="+5411zz", tax_id="zztax", shipping_address1="zzstreet 5")
    program.connect_for(shop, "customers", *BOTH)
    assert program("forget", "alpha", "--id", owned["customer_id"], "--yes").code == 0

    assert program.sql("SELECT name, note FROM companies WHERE id = ?", owned["id"]) == [(owned["name"], None)]
    [row] = program.sql(
        "SELECT name, phone, tax_id, shipping_address1 FROM company_locations WHERE id = ?", location["id"]
    )
    assert row == (location["name"], None, None, None)
    assert program.sql("SELECT count(*) FROM payloads WHERE body LIKE '%zz%'") == [(0,)]


def test_the_world_goes_on_and_so_does_the_copy(program, shop):
    program.connect_for(shop, *BOTH)
    for _ in range(4):
        program.world.advance(shop, 25)
        tick(program, hours=1, minutes=1)
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert differences(program, shop, *BOTH) == []
