"""Fulfillment orders are read on request: each as its order's parcels, holds and edits leave it."""

import pytest

from storesync.platforms.shopify import session
from storesync.simulator import fulfillment, orders
from storesync.simulator.faults import BulkFault
from storesync.simulator.shop import SCOPES
from storesync.simulator.shopify import oauth
from storesync.simulator.shopify.api import bulk_of
from tests.kits.browser import configure
from tests.kits.on_request import operations, state, tick
from tests.kits.program import differences

NAME = "fulfillment_orders"
OWN, SERVICE = "read_merchant_managed_fulfillment_orders", "read_third_party_fulfillment_orders"
OTHERS = ("read_assigned_fulfillment_orders", "read_marketplace_fulfillment_orders")


@pytest.fixture
def shop(program):
    return program.world.add_shop("shopify", "alpha", orders=40, locations=3)


def waiting(shop):
    """Return those that are still to be sent."""
    fulfillment.settle(shop)
    return [one for one in shop.resources[NAME].values() if one["remaining_quantity"]]


def test_all_of_them_are_read_page_by_page(program, shop):
    """Closed ones too, with all their lines."""
    assert program.connect_for(shop, NAME).code == 0

    assert {one["status"] for one in shop.resources[NAME].values()} == {"open", "on_hold", "closed"}
    assert program.sql(f"SELECT count(*) FROM {NAME}") == [(len(shop.resources[NAME]),)]
    assert differences(program, shop, NAME) == []
    assert state(program, NAME)["verdict"] == "verified"


def test_a_long_list_is_read_in_bulk(program, shop, monkeypatch):
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    bulk_of(shop).instant = True
    assert program.connect_for(shop, NAME).code == 0

    assert "BulkRun" in operations(program)
    assert differences(program, shop, NAME) == []
    assert state(program, NAME)["verdict"] == "verified"


def test_what_takes_too_long_is_read_in_windows_of_the_update_time(program, shop, monkeypatch):
    """Shopify has no filter by creation: with one, each window would bring all of them, and take too long again."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    bulk = bulk_of(shop)
    bulk.instant = True
    bulk.faults.extend(BulkFault(error="TIMEOUT", above=25) for _ in range(40))
    assert program.connect_for(shop, NAME).code == 0

    assert operations(program).count("BulkRun") > 2
    assert differences(program, shop, NAME) == []


def test_how_long_the_list_is_need_not_be_known(program, shop, monkeypatch):
    """A token that may not count the orders reads page by page."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    program.connect_for(shop, NAME, without=["read_orders"])

    assert "BulkRun" not in operations(program)
    assert differences(program, shop, NAME) == []


def test_more_lines_than_a_page_shows_are_all_read(program, shop):
    order = next(iter(shop.resources["orders"].values()))
    order["lines"] = [order["lines"][0] | {"id": str(15_000_000_000_000 + place)} for place in range(130)]
    program.connect_for(shop, NAME)

    [(most,)] = program.sql("SELECT max(position) FROM fulfillment_order_lines")
    assert most > 100
    assert differences(program, shop, NAME) == []


def test_what_happens_to_an_order_is_seen_at_the_next_reading(program, shop):
    program.connect_for(shop, NAME)
    held, moved, sent, called_off = waiting(shop)[:4]
    program.clock.advance(minutes=30)
    shop.touch(NAME, held["id"], holds=["incorrect_address", "other"], status="on_hold")
    shop.touch(NAME, moved["id"], location_name="Elsewhere", location_id=None)
    orders.ship(shop, shop.resources["orders"][sent["order_id"]], shop.now())
    orders.cancel(shop, shop.resources["orders"][called_off["order_id"]], shop.now())
    before = len(program.simulator.requests)
    tick(program, minutes=5)

    assert operations(program)[before:].count("FulfillmentOrders") == 1
    assert program.sql(f"SELECT holds FROM {NAME} WHERE id = ?", held["id"]) == [('["incorrect_address", "other"]',)]
    assert program.sql(f"SELECT status FROM {NAME} WHERE id = ?", sent["id"]) == [("closed",)]
    assert differences(program, shop, NAME) == []


def test_those_of_a_deleted_order_are_found_by_the_comparison_of_ids(program, shop):
    """Shopify tells of no deletion; one that was hidden by mistake comes back."""
    program.connect_for(shop, NAME)
    hidden, gone = waiting(shop)[:2]
    shop.remove("orders", gone["order_id"])
    kept = shop.resources[NAME].pop(hidden["id"])
    program.clock.advance(minutes=10)
    assert program("reconcile", "alpha").code == 0
    theirs = f"SELECT id FROM {NAME} WHERE deleted_at IS NOT NULL"
    assert {hidden["id"], gone["id"]} <= {row[0] for row in program.sql(theirs)}
    assert differences(program, shop, NAME) == []

    shop.resources[NAME][hidden["id"]] = kept
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert hidden["id"] not in {row[0] for row in program.sql(theirs)}
    assert differences(program, shop, NAME) == []


@pytest.mark.parametrize(("scope", "kind"), [(OWN, "merchant_managed"), (SERVICE, "third_party")])
def test_each_scope_shows_its_part(program, shop, scope, kind):
    """Which is all there is for the token; with a further scope the rest is read as well."""
    program.connect_for(shop, NAME, without={OWN, SERVICE, *OTHERS} - {scope})
    shown = {one["id"] for one in shop.resources[NAME].values() if one["managed_by"] == kind}
    assert {row[0] for row in program.sql(f"SELECT id FROM {NAME}")} == shown
    assert state(program, NAME)["verdict"] == "verified"

    program.connect_for(shop, NAME)
    assert differences(program, shop, NAME) == []


def test_what_a_revoked_scope_hides_is_not_deleted(program, shop):
    program.connect_for(shop, NAME)
    [token] = shop.tokens.values()
    token.scopes -= {SERVICE}
    program.clock.advance(minutes=10)
    answer = program("reconcile", "alpha")

    assert SERVICE in answer.stdout + answer.stderr
    assert program.sql(f"SELECT count(*) FROM {NAME} WHERE deleted_at IS NOT NULL") == [(0,)]
    assert differences(program, shop, NAME) == []


def test_a_renewed_token_remembers_what_it_once_showed(program, shop, monkeypatch):
    """Of the token that is got anew each day nobody would know that it once had another scope."""
    scopes = {*SCOPES["shopify"], OWN, SERVICE}
    configure(program, "shopify")
    monkeypatch.setattr(oauth, "SCOPES", {"shopify": tuple(scopes)})
    assert program("connect", "shopify", "alpha", "--client-credentials", "--only", NAME).code == 0
    monkeypatch.setattr(oauth, "SCOPES", {"shopify": tuple(scopes - {SERVICE})})
    for token in shop.tokens.values():
        token.scopes -= {SERVICE}
    for _ in range(4):
        program.clock.advance(hours=12)
        program("sync-due")
    answer = program("reconcile", "alpha")

    assert SERVICE in answer.stdout + answer.stderr
    assert program.sql("SELECT count(*) FROM held_deletions") == [(0,)]
    assert program.sql(f"SELECT count(*) FROM {NAME} WHERE deleted_at IS NOT NULL") == [(0,)]


def test_without_any_of_the_scopes_they_are_denied_and_all_else_is_read(program, shop):
    answer = program.connect_for(shop, "products", NAME, without=(OWN, SERVICE, *OTHERS))

    assert OWN in answer.stdout + answer.stderr
    assert (state(program, NAME)["verdict"], state(program, "products")["verdict"]) == ("denied", "verified")
    assert program.sql("SELECT consecutive_failures FROM stores") == [(0,)]


def test_one_that_cannot_be_read_is_put_aside(program, shop):
    odd = waiting(shop)[0]
    odd["lines"][0]["quantity"] = 1.5
    program.connect_for(shop, NAME)

    assert program.sql("SELECT resource, id FROM quarantine") == [(NAME, odd["id"])]
    assert program.sql(f"SELECT count(*) FROM {NAME}") == [(len(shop.resources[NAME]) - 1,)]


def test_the_world_goes_on_and_so_does_the_copy(program, shop):
    program.connect_for(shop, NAME)
    for _ in range(6):
        program.world.advance(shop, 25)
        tick(program, minutes=10)
        assert differences(program, shop, NAME) == []


def test_a_store_that_did_not_ask_for_them_reads_none(program, shop):
    program.connect("shopify", "alpha")
    tick(program, hours=1)

    assert not any("FulfillmentOrder" in (name or "") for name in operations(program))
    assert program.sql(f"SELECT count(*) FROM {NAME}") == [(0,)]
