"""Markets are read on request: whole, since Shopify tells no time of their changes."""

import pytest

from storesync.simulator import markets
from tests.kits.on_request import operations, state, tick
from tests.kits.program import differences

NAME = "markets"


@pytest.fixture
def shop(program):
    opened = program.world.add_shop("shopify", "alpha", orders=5)
    markets.begin(opened)
    return opened


def test_all_of_them_are_read(program, shop):
    """More than a page of them, those of companies too."""
    for number in range(25):
        markets.add_market(shop, f"Market {number}", "EUR", ["FR", "DE"])
    assert program.connect_for(shop, NAME).code == 0

    assert operations(program).count("Markets") > 1
    assert program.sql("SELECT count(*) FROM markets WHERE type = 'company_location' AND countries = '[]'") == [(1,)]
    assert differences(program, shop, NAME) == []
    assert state(program, NAME)["verdict"] == "verified"


def test_a_market_of_the_whole_world_names_each_country(program, shop):
    codes = [f"{one}{other}" for one in "ABCDEFGHIJ" for other in "ABCDEFGHIJKLMNOPQRSTUVW"]
    markets.add_market(shop, "World", "USD", codes)
    program.connect_for(shop, NAME)

    assert program.sql("SELECT max(json_array_length(countries)) FROM markets") == [(230,)]
    assert differences(program, shop, NAME) == []


def test_countries_that_are_not_all_shown_are_not_told(program, shop):
    """250 come on a page; a list that goes on is NULL, never a part of it."""
    market = markets.add_market(shop, "Beyond", "USD", [f"{place:03}" for place in range(251)])
    program.connect_for(shop, NAME)

    assert program.sql("SELECT name, countries FROM markets WHERE id = ?", market["id"]) == [("Beyond", None)]


def test_any_change_is_seen_within_six_hours(program, shop):
    program.connect_for(shop, NAME)
    market = next(iter(shop.resources[NAME]))
    shop.drift(NAME, market, status="draft", countries=["BR"])
    tick(program, hours=5, minutes=50)
    assert differences(program, shop, NAME) != []
    tick(program, minutes=15)
    assert differences(program, shop, NAME) == []


def test_one_that_is_deleted_is_found_and_may_come_back(program, shop):
    program.connect_for(shop, NAME)
    market, kept = next(iter(shop.resources[NAME].items()))
    shop.remove(NAME, market)
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql("SELECT id FROM markets WHERE deleted_at IS NOT NULL") == [(market,)]

    shop.resources[NAME] = {market: kept} | shop.resources[NAME]
    program.clock.advance(minutes=10)
    program("reconcile", "alpha")
    assert program.sql("SELECT id FROM markets WHERE deleted_at IS NOT NULL") == []
    assert differences(program, shop, NAME) == []


def test_without_the_scope_they_are_denied_and_all_else_is_read(program, shop):
    answer = program.connect_for(shop, "products", NAME, without=["read_markets"])

    assert "read_markets" in answer.stdout + answer.stderr
    assert (state(program, NAME)["verdict"], state(program, "products")["verdict"]) == ("denied", "verified")


def test_the_world_goes_on_and_so_does_the_copy(program, shop):
    program.connect_for(shop, NAME)
    for _ in range(4):
        program.world.advance(shop, 40)
        tick(program, hours=6, minutes=1)
    program.clock.advance(minutes=10)
    program("reconcile", "alpha", "--confirm")
    assert differences(program, shop, NAME) == []
