"""Where orders came from, which is read on request: as the shop tells it, page by page and in bulk."""

import json

import pytest

from storesync.platforms.shopify import session
from storesync.simulator import sales
from storesync.simulator.shopify.api import bulk_of
from tests.kits.program import differences

RESOURCE = "order_visits"


@pytest.fixture(params=["page by page", "in bulk"])
def loaded(request, program, monkeypatch):
    """A shop of which only the origins of its orders are read."""
    shop = program.world.add_shop("shopify", "alpha", orders=60, products=4, customers=9)
    if request.param == "in bulk":
        monkeypatch.setattr(session, "LEAST_ROOTS", 2)
        monkeypatch.setattr(session, "MOST_RECORDS", 2)
        bulk_of(shop).instant = True
    assert program.connect_for(shop, RESOURCE).code == 0
    asked = {call.operation for call in program.simulator.requests}
    assert ("BulkRun" in asked) is (request.param == "in bulk")
    return shop


def test_rows_tell_what_the_shop_tells(program, loaded):
    assert differences(program, loaded, RESOURCE) == []
    rows = program.sql(
        "SELECT count(*), count(first_visit_at), count(location_id), count(last_utm_source) FROM order_visits"
    )
    assert rows[0][0] == 60
    assert min(rows[0]) > 0


def test_what_was_not_ready_comes_within_a_day(program, loaded):
    order = sales.add_order(loaded, loaded.now(), list(loaded.resources["products"].values()), None)
    program.clock.advance(minutes=5)
    program("sync", "alpha")
    read = "SELECT is_ready, moments_count IS NULL FROM order_visits WHERE id = ?"
    assert program.sql(read, order["id"]) == [(0, 1)]
    program.clock.advance(hours=25)
    program("sync-due")
    assert program.sql(read, order["id"]) == [(1, 0)]
    assert differences(program, loaded, RESOURCE) == []


def test_an_order_that_was_deleted_has_come_from_nowhere(program, loaded):
    gone = next(iter(loaded.resources["orders"]))
    loaded.remove("orders", gone)
    program.clock.advance(minutes=5)
    assert program("reconcile", "alpha").code == 0
    assert program.sql("SELECT deleted_at FROM order_visits WHERE id = ?", gone) == [("2026-11-22T12:05:00Z",)]
    assert differences(program, loaded, RESOURCE) == []


def test_a_forgotten_person_has_visited_nothing(program, loaded):
    order = next(one for one in loaded.resources["orders"].values() if one["customer_id"] and one["channel"] == "web")
    read = "SELECT email, first_landing_page, last_landing_page, channel FROM order_visits WHERE id = ?"
    assert all(program.sql(read, order["id"])[0])
    program("forget", "alpha", "--id", order["customer_id"], "--yes")
    program.clock.advance(hours=25)
    program("sync-due")
    assert program.sql(read, order["id"]) == [(None, None, None, "Online Store")]
    bodies = program.sql("SELECT body FROM payloads WHERE resource = ? AND id = ?", RESOURCE, order["id"])
    told = json.loads(bodies[0][0])
    assert "landingPage" not in json.dumps(told)
    assert told["customerJourneySummary"]["lastVisit"]["source"]


def test_nobody_reads_it_who_did_not_ask(program):
    program.world.add_shop("shopify", "alpha", orders=5)
    program.connect("shopify", "alpha")
    assert "OrderVisits" not in {call.operation for call in program.simulator.requests}
    assert program.sql("SELECT count(*) FROM order_visits") == [(0,)]


def test_asking_for_it_says_what_it_costs(program):
    program.world.add_shop("shopify", "alpha", orders=5)
    program.connect("shopify", "alpha")
    answer = program("set", "alpha", "--read", RESOURCE)
    assert "at least 312 requests a day in the high tier (288 before)" in answer.stdout
    program.clock.advance(minutes=5)
    program("sync-due")
    assert program.sql("SELECT count(*) FROM order_visits") == [(5,)]
    assert program("status", "alpha", "--json").json["stores"][0]["requests_a_day"] == 312


def test_without_the_scope_only_this_is_denied(program):
    shop = program.world.add_shop("shopify", "alpha", orders=5)
    program.connect_for(shop, "products", RESOURCE, without=["read_orders", "read_all_orders"])
    verdicts = program("status", "alpha", "--json").json["stores"][0]["resources"]
    assert {name: one["verdict"] for name, one in verdicts.items()} == {"products": "verified", RESOURCE: "denied"}
