"""A shop's gift cards are read once they are asked for, and kept like everything else."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import listings, paging
from storesync.platforms.shopify.sources import SOURCES
from tests.kits.program import differences

CARDS = "gift_cards"


@pytest.fixture
def loaded(program, shopify):
    """A Shopify shop whose gift cards alone are read, an hour ago."""
    assert program.connect_for(shopify, CARDS).code == 0
    program.clock.advance(hours=1)
    return shopify


def asked(program, since=0):
    """Return what Shopify was asked from the request number *since* on."""
    return [call.operation for call in list(program.simulator.requests)[since:]]


def state(program):
    return program("status", "--json").json["stores"][0]["resources"][CARDS]


def page_size(monkeypatch, size):
    monkeypatch.setitem(SOURCES, CARDS, replace(SOURCES[CARDS], size=size))


def test_they_are_the_shops(program, loaded):
    cards = loaded.resources[CARDS].values()

    assert differences(program, loaded, CARDS) == []
    assert state(program)["rows"] == len(cards)
    assert state(program)["verdict"] == "verified"
    assert {bool(card["order_id"]) for card in cards} == {bool(card["customer_id"]) for card in cards} == {True, False}


def test_an_hour_without_changes_costs_one_request(program, loaded):
    before = len(program.simulator.requests)

    assert program("sync-due").code == 0

    assert asked(program, before).count("GiftCardsNewest") == 1
    assert [name for name in asked(program, before) if name and name.startswith("GiftCards")] == ["GiftCardsNewest"]
    [(records,)] = program.sql("SELECT records FROM run_resources ORDER BY run_id DESC LIMIT 1")
    assert records == 0


def test_what_changed_is_read_from_the_newest_on(program, loaded, monkeypatch):
    """As far as the cards that had not: of three pages the last is not asked for."""
    page_size(monkeypatch, 3)
    for card in list(loaded.resources[CARDS])[:4]:
        loaded.touch(CARDS, card, balance=loaded.resources[CARDS][card]["balance"] / 2)
    before = len(program.simulator.requests)

    assert program("sync", "alpha").code == 0

    assert asked(program, before).count("GiftCardsNewest") == 2
    assert differences(program, loaded, CARDS) == []


def test_more_changes_than_a_list_may_hold_are_read_with_all(program, loaded, monkeypatch):
    page_size(monkeypatch, 2)
    monkeypatch.setattr(listings, "next_size", lambda size, *_, **__: size)
    monkeypatch.setattr(paging, "LISTING_LIMIT", 4)
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 3)
    answer = program.simulator.handle

    def ending(platform, call):
        """End each list newest first after four records, as if there were no more."""
        response = answer(platform, call)
        is_last = b"GiftCardsNewest" in call.body and b'"after":null' not in call.body
        more, none = b'"hasNextPage":true', b'"hasNextPage":false'
        return replace(response, body=response.body.replace(more, none)) if is_last else response

    monkeypatch.setattr(program.simulator, "handle", ending)
    for card in loaded.resources[CARDS]:
        loaded.touch(CARDS, card, note="Changed")

    assert program("sync", "alpha").code == 0

    assert differences(program, loaded, CARDS) == []


def test_a_payment_that_moved_no_update_time_is_right_the_next_day(program, loaded):
    card = next(iter(loaded.resources[CARDS]))
    loaded.drift(CARDS, card, balance=0)
    program("sync", "alpha")
    assert len(differences(program, loaded, CARDS)) == 1
    program.clock.advance(days=1)

    program("sync", "alpha")

    assert differences(program, loaded, CARDS) == []


def test_without_the_scope_of_customers_nobody_has_them(program, shopify):
    program.connect_for(shopify, CARDS, without=["read_customers"])

    assert "fields came empty" in state(program)["reason"]
    assert {line.split()[2] for line in differences(program, shopify, CARDS)} == {"customer_id:"}


def test_who_is_forgotten_has_none(program, loaded):
    card = next(card for card in loaded.resources[CARDS].values() if card["customer_id"])
    loaded.touch(CARDS, card["id"], note="For Ana")
    program("sync", "alpha")

    assert program("forget", "alpha", "--id", card["customer_id"], "--yes").code == 0

    kept = "SELECT note, last_characters FROM gift_cards WHERE id = ?"
    assert program.sql(kept, card["id"]) == [(None, card["last_characters"])]
    assert program.sql("SELECT count(*) FROM payloads WHERE body LIKE '%For Ana%'") == [(0,)]
