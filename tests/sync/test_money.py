"""What a Shopify shop has of money besides its orders is read once it is asked for, and kept like everything else."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import session
from storesync.platforms.shopify.queries import bulk_names
from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator import money
from storesync.simulator.shopify.api import bulk_of
from tests.kits.on_request import state
from tests.kits.program import differences

AMOUNTS = {
    "gift_cards": "balance",
    "tender_transactions": "amount",
    "payouts": "net",
    "balance_transactions": "fee",
    "disputes": "amount",
}
"""A column of each resource with an amount."""

every = pytest.mark.parametrize("resource", AMOUNTS)


def asked(program):
    return {call.operation for call in program.simulator.requests}


@every
def test_they_are_the_shops(program, shopify, resource):
    assert program.connect_for(shopify, resource).code == 0

    assert differences(program, shopify, resource) == []
    assert state(program, resource)["rows"] == len(shopify.resources[resource]) > 0
    assert state(program, resource)["verdict"] == "verified"


@pytest.mark.parametrize("resource", [name for name in AMOUNTS if name in bulk_names()])
def test_they_are_the_same_in_bulk(program, shopify, resource, monkeypatch):
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    monkeypatch.setitem(SOURCES, resource, replace(SOURCES[resource], size=2))
    bulk_of(shopify).instant = True

    assert program.connect_for(shopify, resource).code == 0

    assert "BulkRun" in asked(program)
    assert differences(program, shopify, resource) == []


def test_nobody_reads_them_unasked(program, shopify):
    program.connect("shopify", "alpha")

    assert not [
        name for name in asked(program) if str(name).startswith(("Gift", "Tender", "Payout", "Balance", "Dispute"))
    ]
    assert {program.sql(f"SELECT count(*) FROM {resource}")[0][0] for resource in AMOUNTS} == {0}


def test_they_change_with_time(program, shopify):
    """All at once; each is right again after as long as it may take."""
    program.connect_for(shopify, *AMOUNTS)
    at_once = ("gift_cards", "tender_transactions", "disputes")
    for _ in range(4):
        program.clock.advance(hours=7)
        for _ in range(8):
            money.change(shopify)
        assert program("sync", "alpha").code == 0
        assert differences(program, shopify, *at_once) == []

    program.clock.advance(days=7)
    assert program("sync", "alpha").code == 0

    assert differences(program, shopify, *AMOUNTS) == []


@every
def test_one_that_is_gone_is_a_tombstone_until_it_is_back(program, shopify, resource):
    """Whether Shopify deletes any is another matter: it may show one no longer."""
    program.connect_for(shopify, resource)
    program.clock.advance(hours=1)
    number, record = next(iter(shopify.resources[resource].items()))
    gone = f"SELECT deleted_at IS NOT NULL FROM {resource} WHERE id = ?"
    shopify.remove(resource, number)
    assert program("reconcile", "alpha").code == 0
    assert program.sql(gone, number) == [(1,)]
    shopify.resources[resource][number] = record

    assert program("reconcile", "alpha").code == 0

    assert program.sql(gone, number) == [(0,)]
    assert differences(program, shopify, resource) == []


@every
def test_without_the_scope_they_are_denied(program, shopify, resource):
    scope = SOURCES[resource].scopes[0]

    program.connect_for(shopify, resource, without=[scope])

    assert state(program, resource)["verdict"] == "denied"
    assert scope in state(program, resource)["reason"]


@every
def test_one_that_cannot_be_read_is_kept_apart(program, shopify, resource):
    first, *others = shopify.resources[resource]
    shopify.resources[resource][first][AMOUNTS[resource]] *= 10**40

    program.connect_for(shopify, resource)

    assert program.sql("SELECT resource, id FROM quarantine") == [(resource, first)]
    assert sorted(program.sql(f"SELECT id FROM {resource}")) == sorted((each,) for each in others)
