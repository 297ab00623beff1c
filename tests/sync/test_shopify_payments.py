"""Payouts, what they are made of and disputes are read of the single account that a shop may have, and followed."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import listings, paging
from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator import shopify_payments
from tests.kits.program import differences

KINDS = ("payouts", "balance_transactions", "disputes")
IN_THE_ACCOUNT = ("payouts", "balance_transactions")


@pytest.fixture
def loaded(program, shopify):
    """A Shopify shop of whose payments all is read, a few hours ago."""
    assert program.connect_for(shopify, *KINDS).code == 0
    program.clock.advance(hours=7)
    return shopify


def sync(program, **later):
    program.clock.advance(**later)
    assert program("sync", "alpha").code == 0


def verdicts(program):
    found = program("status", "--json").json["stores"][0]["resources"]
    return {name: one["verdict"] for name, one in found.items()}


def test_a_payout_is_the_sum_of_its_transactions(program, loaded):
    wrong = """SELECT payouts.id FROM payouts JOIN balance_transactions AS parts ON parts.payout_id = payouts.id
        GROUP BY payouts.id HAVING abs(sum(parts.net) - payouts.net) > 0.001"""

    assert program.sql(wrong) == []
    assert program.sql("SELECT count(*) > 1 FROM payouts WHERE charges_gross > 0") == [(1,)]


@pytest.mark.parametrize("resource", IN_THE_ACCOUNT)
def test_a_shop_without_an_account_has_nothing_to_read(program, shopify, resource):
    shopify.has_shopify_payments = False

    assert program.connect_for(shopify, resource).code == 0
    sync(program, days=1)

    assert program.sql(f"SELECT count(*) FROM {resource}") == [(0,)]
    assert verdicts(program)[resource] == "verified"


@pytest.mark.parametrize("resource", IN_THE_ACCOUNT)
@pytest.mark.parametrize("scope", ["read_shopify_payments_accounts", "read_shopify_payments_payouts"])
def test_an_account_that_is_withheld_is_not_taken_for_none(program, shopify, resource, scope):
    """Shopify answers null to both; only beside one of them is an error."""
    program.connect_for(shopify, resource, without=[scope])

    assert verdicts(program)[resource] == "denied"


def test_what_is_new_is_read_without_the_rest(program, loaded):
    order = next(iter(loaded.resources["orders"].values()))
    new = shopify_payments.add_transaction(loaded, order, loaded.now(), "charge")

    sync(program)

    counted = "SELECT records FROM run_resources WHERE resource = 'balance_transactions' ORDER BY run_id DESC LIMIT 1"
    assert program.sql(counted) == [(1,)]
    assert program.sql("SELECT payout_id, payout_status FROM balance_transactions WHERE id = ?", new["id"]) == [
        (None, "pending")
    ]


@pytest.mark.parametrize("resource", IN_THE_ACCOUNT)
def test_what_the_bank_confirmed_is_right_the_next_day(program, loaded, resource):
    """No update time tells: what was made in the last week is read anew each day."""
    order = next(iter(loaded.resources["orders"].values()))
    shopify_payments.add_transaction(loaded, order, loaded.now(), "charge")
    shopify_payments.issue(loaded, loaded.now())
    sync(program)
    sync(program, days=2)
    shopify_payments.settle(loaded)
    sync(program, hours=1)
    assert differences(program, loaded, resource) != []

    sync(program, days=1)

    assert not [line for line in differences(program, loaded, "payouts") if "status" in line]
    young = "SELECT DISTINCT payout_status FROM balance_transactions WHERE processed_at > '2026-11-22'"
    assert program.sql(young) == [("paid",)]


def test_an_old_payout_that_failed_is_found_by_the_comparison_of_ids(program, loaded):
    old = next(iter(loaded.resources["payouts"]))
    loaded.drift("payouts", old, status="failed")
    sync(program, days=1)
    assert differences(program, loaded, "payouts") == [f"payouts {old} status: 'paid', upstream 'failed'"]

    assert program("reconcile", "alpha").code == 0

    assert differences(program, loaded, "payouts") == []


def test_a_dispute_is_followed_to_its_end(program, loaded):
    dispute = shopify_payments.add_dispute(loaded, next(iter(loaded.resources["orders"].values())), loaded.now())
    found = []
    for _ in range(3):
        sync(program, hours=7)
        found += program.sql("SELECT status FROM disputes WHERE id = ?", dispute["id"])
        shopify_payments.pursue(loaded, dispute)

    assert found[:2] == [("needs_response",), ("under_review",)]
    assert found[2][0] in {"won", "lost"}


@pytest.mark.parametrize("resource", KINDS)
def test_a_list_longer_than_any_is_read_in_several(program, shopify, resource, monkeypatch):
    monkeypatch.setitem(SOURCES, resource, replace(SOURCES[resource], size=2))
    monkeypatch.setattr(listings, "next_size", lambda size, *_, **__: size)
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 3)

    assert program.connect_for(shopify, resource).code == 0

    assert differences(program, shopify, resource) == []
