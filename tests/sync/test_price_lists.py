"""Price lists are read on request: whole, since Shopify tells no time of their changes."""

import pytest

from storesync.simulator import price_lists
from tests.kits.on_request import state, tick
from tests.kits.program import differences

LISTS = "price_lists"


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
