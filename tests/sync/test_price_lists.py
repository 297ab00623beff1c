"""Price lists are read on request: whole, since Shopify tells no time of their changes."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import pacing, paging, session
from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator import price_lists
from tests.kits.on_request import state, tick
from tests.kits.program import differences

LISTS, PRICES = "price_lists", "price_list_prices"


@pytest.fixture
def shop(program):
    opened = program.world.add_shop("shopify", "alpha", orders=20)
    price_lists.begin(opened)
    return opened


def test_all_lists_are_read(program, shop):
    """More than a page of them, those without a catalog too."""
    for number in range(60):
        price_lists.add_price_list(shop, f"List {number}")
    assert program.connect_for(shop, LISTS).code == 0

    assert program.sql("SELECT count(*) FROM price_lists") == [(64,)]
    assert program.sql("SELECT DISTINCT catalog_kind FROM price_lists ORDER BY 1") == [
        (None,),
        *((kind,) for kind in sorted(price_lists.CATALOGS)),
    ]
    assert differences(program, shop, LISTS) == []
    assert state(program, LISTS)["verdict"] == "verified"


def test_any_change_of_a_list_is_seen_within_six_hours(program, shop):
    program.connect_for(shop, LISTS)
    shop.drift(LISTS, next(iter(shop.resources[LISTS])), adjustment_value=7, name="Otra")
    tick(program, hours=5, minutes=50)
    assert differences(program, shop, LISTS) != []
    tick(program, minutes=15)
    assert differences(program, shop, LISTS) == []


def test_a_list_that_is_deleted_is_found_and_may_come_back(program, shop):
    program.connect_for(shop, LISTS)
    gone, kept = next(iter(shop.resources[LISTS].items()))
    shop.remove(LISTS, gone)
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql("SELECT id FROM price_lists WHERE deleted_at IS NOT NULL") == [(gone,)]

    shop.resources[LISTS] = {gone: kept} | shop.resources[LISTS]
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql("SELECT id FROM price_lists WHERE deleted_at IS NOT NULL") == []
    assert differences(program, shop, LISTS) == []


def test_without_the_scope_they_are_denied_and_all_else_is_read(program, shop):
    answer = program.connect_for(shop, "customers", LISTS, without=["read_products"])

    assert "read_products" in answer.stdout + answer.stderr
    assert (state(program, LISTS)["verdict"], state(program, "customers")["verdict"]) == ("denied", "verified")


def test_a_list_that_cannot_be_read_is_put_aside(program, shop):
    odd = next(iter(shop.resources[LISTS].values()))
    odd["adjustment_value"] = 1e40
    program.connect_for(shop, LISTS)

    assert program.sql("SELECT resource, id FROM quarantine") == [(LISTS, odd["id"])]


def test_the_world_goes_on_and_so_does_the_copy(program, shop):
    program.connect_for(shop, LISTS)
    for _ in range(4):
        program.world.advance(shop, 40)
        tick(program, hours=6, minutes=1)
    program.clock.advance(minutes=10)
    program("reconcile", "alpha", "--confirm")
    assert differences(program, shop, LISTS) == []


def long(monkeypatch, shop):
    """Let Shopify end any list at 20 records, as it does at 25,000, and pages have 7."""
    monkeypatch.setattr(paging, "LISTING_LIMIT", 20)
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 5)
    for module in (pacing, session):
        monkeypatch.setattr(module, "MOST_RECORDS", 7)
    monkeypatch.setitem(SOURCES, PRICES, replace(SOURCES[PRICES], size=7))
    shop.state["nested limit"] = 20
    variants = [one["id"] for product in shop.resources["products"].values() for one in product["variants"]]
    most = next(iter(shop.resources[LISTS].values()))
    for variant_id in variants:
        price_lists.set_price(shop, most, variant_id)
    assert len(price_lists.prices(shop, most)) > 20
    return most


def test_all_prices_are_read_list_by_list(program, shop):
    """Those of a variant that are fixed; nothing is held together but a page."""
    assert program.connect_for(shop, PRICES).code == 0

    lists = program.sql("SELECT count(DISTINCT price_list_id) FROM price_list_prices")
    assert lists == [(len(shop.resources[LISTS]),)]
    assert differences(program, shop, PRICES) == []
    assert state(program, PRICES)["verdict"] == "verified"


def test_a_list_beyond_what_shopify_lists_is_read_in_chains(program, shop, monkeypatch):
    """Each begins beyond the last variant of the one before; how many there are proves that none is missing."""
    most = long(monkeypatch, shop)
    assert program.connect_for(shop, PRICES).code == 0

    [(held,)] = program.sql("SELECT count(*) FROM price_list_prices WHERE price_list_id = ?", most["id"])
    assert held == len(price_lists.prices(shop, most))
    assert differences(program, shop, PRICES) == []
    assert state(program, PRICES)["verdict"] == "verified"


def test_a_long_list_in_another_order_is_not_taken_for_whole(program, shop, monkeypatch):
    """The first pages are in the order of the variants; smaller ones come after them."""
    long(monkeypatch, shop)
    in_order = price_lists.prices
    jumbled = "storesync.simulator.shopify.price_lists.prices"
    monkeypatch.setattr(jumbled, lambda *of: [*in_order(*of)[9:], *in_order(*of)[:9]])
    answer = program.connect_for(shop, PRICES)

    assert answer.code == 3
    assert "Shopify lists" in answer.stdout
    assert state(program, PRICES)["verdict"] != "verified"


def test_a_long_list_whose_order_turned_round_loses_nothing(program, shop, monkeypatch):
    long(monkeypatch, shop)
    program.connect_for(shop, PRICES)
    in_order = price_lists.prices
    monkeypatch.setattr("storesync.simulator.shopify.price_lists.prices", lambda *of: in_order(*of)[::-1])
    program.clock.advance(minutes=10)
    assert program("reconcile", "alpha").code != 0

    assert program.sql("SELECT count(*) FROM price_list_prices WHERE deleted_at IS NOT NULL") == [(0,)]


def test_prices_that_change_come_or_go_are_seen(program, shop):
    """At the next reading; those that are gone by the comparison of ids, each asked for by its variant first."""
    program.connect_for(shop, PRICES)
    first, second, *_ = shop.resources[LISTS].values()
    changed, gone, *_ = first["prices"]
    price_lists.set_price(shop, first, changed)
    kept = first["prices"].pop(gone)
    shop.remove(LISTS, second["id"])
    tick(program, hours=6, minutes=1)
    program("reconcile", "alpha", "--confirm")
    assert differences(program, shop, PRICES) == []
    deleted = "SELECT count(*) FROM price_list_prices WHERE deleted_at IS NOT NULL"
    assert program.sql(deleted) == [(1 + len(second["prices"]),)]

    first["prices"][gone] = kept
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql(deleted) == [(len(second["prices"]),)]
    assert differences(program, shop, PRICES) == []


def test_a_price_that_cannot_be_read_is_put_aside(program, shop):
    found = next(iter(shop.resources[LISTS].values()))
    odd = next(iter(found["prices"].values()))
    odd["price"] = odd["price"].scaleb(40)
    program.connect_for(shop, PRICES)

    assert program.sql("SELECT resource, id FROM quarantine") == [(PRICES, f"{found['id']}:{odd['variant_id']}")]


def test_a_shop_without_price_lists_has_no_prices(program, shop):
    shop.resources[LISTS].clear()
    assert program.connect_for(shop, LISTS, PRICES).code == 0

    assert [state(program, name)["verdict"] for name in (LISTS, PRICES)] == ["verified", "verified"]
    assert program.sql("SELECT count(*) FROM price_list_prices") == [(0,)]
