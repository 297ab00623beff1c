"""A location with more stock levels than Shopify lists: they are read and compared through their items."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import paging, session
from storesync.platforms.shopify.sources import HOLDERS
from storesync.simulator.faults import Rule
from storesync.simulator.shop import BulkAccess
from tests.kits.program import differences

BY_ITEM = "InventoryLevelsByItem"


@pytest.fixture
def shop(program, monkeypatch):
    """Shopify ends any list at 20 records, and each location has more; the app may start no bulk operation."""
    monkeypatch.setattr(paging, "LISTING_LIMIT", 20)
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 10)
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    monkeypatch.setattr(session, "MOST_RECORDS", 5)
    monkeypatch.setitem(HOLDERS, "inventory_levels", replace(HOLDERS["inventory_levels"], size=3))
    program.world.bulk_access = BulkAccess(enabled=False)
    shop = program.world.add_shop("shopify", "alpha", orders=1, products=12)
    shop.state["nested limit"] = 20
    return shop


def load(program):
    options = [word for name in ("products", "locations", "inventory_levels") for word in ("--only", name)]
    return program.connect("shopify", "alpha", *options)


def asked(program, operation=BY_ITEM):
    return [call for call in program.simulator.requests if call.operation == operation]


def assert_is_whole(program, shop):
    """All levels are here, and proven."""
    assert [one for one in differences(program, shop) if one.startswith("inventory")] == []
    [store] = program("status", "--json").json["stores"]
    assert store["resources"]["inventory_levels"]["verdict"] == "verified"
    assert program.sql("SELECT sync_status, consecutive_failures, last_error FROM stores") == [("completed", 0, None)]


def test_all_levels_are_read_and_compared(program, shop):
    """Items come in chains, each by the ids after those before; what the location's list brought counts once."""
    sent = []
    program.simulator.before = lambda request: sent.append(request.body)
    assert load(program).code == 0

    levels = len(shop.resources["inventory_levels"])
    assert levels > 20 * len(shop.resources["locations"])
    [(records, signal)] = program.sql(
        "SELECT records, end_signal FROM run_resources WHERE resource = 'inventory_levels'"
    )
    assert (records, signal) == (levels, "hasNextPage=false")
    assert any(BY_ITEM.encode() in body and b"id:>" in body for body in sent)
    assert_is_whole(program, shop)


def test_levels_that_are_gone_are_found(program, shop):
    load(program)
    gone = list(shop.resources["inventory_levels"])[-3:]
    for level in gone:
        del shop.resources["inventory_levels"][level]
    program.clock.advance(minutes=6)

    assert program("reconcile", "alpha").code == 0
    assert program.sql("SELECT count(*) FROM inventory_levels WHERE deleted_at IS NOT NULL") == [(3,)]
    assert_is_whole(program, shop)


def test_a_reading_goes_on_among_the_items(program, shop):
    """Where the slice before it ended."""
    program.simulator.faults.add(Rule(text=BY_ITEM, after=3, status=503, times=3))
    load(program)
    cut = program.sql("SELECT records FROM checkpoints WHERE resource = 'inventory_levels'")[0][0]
    before = len(asked(program, "InventoryLevels"))

    assert program("sync", "alpha").code == 0

    assert 0 < cut < len(shop.resources["inventory_levels"])
    assert len(asked(program, "InventoryLevels")) == before
    program.clock.advance(minutes=6)
    program("reconcile", "alpha")
    assert_is_whole(program, shop)


def test_many_changes_at_once_are_read_through_the_items_too(program, shop):
    """More than a location's list of changes holds."""
    load(program)
    program.clock.advance(minutes=6)
    before = len(asked(program))
    for level in list(shop.resources["inventory_levels"].values()):
        if level["available"] is not None:
            shop.touch("inventory_levels", level["id"], available=7)

    assert program("sync", "alpha").code == 0
    assert len(asked(program)) > before
    assert_is_whole(program, shop)
