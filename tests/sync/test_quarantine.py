"""A record that cannot be read is quarantined, told of, tried again, and let go when it is gone."""

from dataclasses import replace

import pytest

from storesync.simulator.faults import Rule

ODD = {"weight_kg": 1e40}
"""A weight that no column can keep, in an order that is sound otherwise."""


@pytest.fixture(params=["tiendanube", "shopify"])
def shop(request, program):
    """A shop with three odd orders among its many, loaded."""
    opened = request.getfixturevalue(request.param)
    for one in odd_orders(opened):
        opened.resources["orders"][one].update(ODD)
    program.connect(opened.platform, opened.key)
    program.clock.advance(minutes=1)
    return opened


def odd_orders(shop) -> list[str]:
    return sorted(shop.resources["orders"], key=int)[:3]


def aside(program) -> list[tuple]:
    """Return what is in quarantine, each with how often it was tried."""
    return program.sql("SELECT resource, id, attempts FROM quarantine ORDER BY length(id), id")


def orders_of(program) -> dict:
    return program("status", "--json").json["stores"][0]["resources"]["orders"]


def mend(shop, *ids) -> None:
    for one in ids:
        shop.resources["orders"][one].update(weight_kg=1)


def test_an_odd_record_is_kept_and_counted(program, shop):
    """With its payload and a reason that quotes nothing of it; the verdict says how many, and what to type."""
    state = orders_of(program)

    assert [row[:2] for row in aside(program)] == [("orders", one) for one in odd_orders(shop)]
    assert program.sql("SELECT DISTINCT reason FROM quarantine") == [("an amount is not a finite number",)]
    assert program.sql("SELECT count(*) FROM quarantine WHERE payload LIKE '%\"id\"%'") == [(3,)]
    assert (state["verdict"], state["quarantined"]) == ("short", 3)
    assert state["reason"] == f"3 records could not be read; try again: storesync reconcile {shop.platform}:{shop.key}"


@pytest.mark.parametrize("depth", [300, 950, 5000])
@pytest.mark.parametrize("platform", ["tiendanube", "shopify"])
def test_an_order_nested_without_end_is_one_odd_record(request, program, platform, depth, monkeypatch):
    """It is quarantined down to a depth that can be read again; its page goes on, and nobody stumbles over it later."""
    shop = request.getfixturevalue(platform)
    first, *others = sorted(shop.resources["orders"], key=int)
    shop.resources["orders"][first]["note"] = "zzdeep"
    answer = program.simulator.handle

    def deep(*asked):
        response = answer(*asked)
        return replace(response, body=response.body.replace(b'"zzdeep"', b'{"a":' * depth + b"1" + b"}" * depth))

    monkeypatch.setattr(program.simulator, "handle", deep)

    assert program.connect(platform, shop.key).code == 0
    assert program("reconcile", shop.key).code == 0

    assert aside(program) == [("orders", first, 2)]
    assert program.sql("SELECT reason FROM quarantine") == [("it is nested too deep",)]
    assert program.sql("SELECT count(*) FROM orders") == [(len(others),)]
    assert program("forget", shop.key, "--id", "1", "--yes").code == 0


def test_reconcile_tries_each_of_them_again(program, shop):
    """By its id, also where all that is asked for is odd: who is still so stays, who can be read comes in."""
    first, *others = odd_orders(shop)
    tried = aside(program)[0][2]
    mend(shop, first)

    answer = program("reconcile", shop.key, "--resource", "orders", "--json")

    assert answer.code == 0, answer.stdout
    assert aside(program) == [("orders", one, tried + 1) for one in others]
    assert program.sql("SELECT count(*) FROM orders WHERE id = ?", first) == [(1,)]
    outcome = answer.json["stores"][0]["resources"]["orders"]
    assert (outcome["records"], outcome["rows_written"] > 0, outcome["missing"]) == (3, True, 0)


def test_what_can_be_read_again_is_proven_by_the_same_command(program, shop):
    """Nothing is left to do."""
    mend(shop, *odd_orders(shop))

    program("reconcile", shop.key)

    assert aside(program) == []
    assert orders_of(program)["verdict"] == "verified"


def test_an_odd_record_that_was_read_before_is_counted_once(program, shop):
    """Its row is here as it was, and what came last is quarantined: the count of the platform is ours."""
    mend(shop, *odd_orders(shop))
    program("reconcile", shop.key)
    shop.touch("orders", odd_orders(shop)[0], **ODD)

    program("sync", shop.key)
    program("reconcile", shop.key)

    assert len(aside(program)) == 1
    assert program.sql("SELECT differences FROM checkpoints WHERE resource = 'orders'") == [(0,)]


def test_what_the_platform_deleted_leaves_the_quarantine(program, shop):
    """It never was a row of ours, so there is nothing to delete."""
    gone, *others = odd_orders(shop)
    shop.remove("orders", gone)
    mend(shop, *others)

    program("reconcile", shop.key)

    assert aside(program) == []
    assert program.sql("SELECT count(*) FROM orders WHERE id = ? OR deleted_at IS NOT NULL", gone) == [(0,)]
    assert orders_of(program)["verdict"] == "verified"


def test_a_platform_that_shows_nothing_does_not_empty_the_quarantine(program, tiendanube):
    """What it answers then is not believed without a person."""
    first = odd_orders(tiendanube)[0]
    tiendanube.resources["orders"][first].update(ODD)
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=1)
    for one in list(tiendanube.resources["orders"]):
        tiendanube.remove("orders", one)

    program("reconcile", tiendanube.key, "--resource", "orders")
    assert [row[1] for row in aside(program)] == [first]
    program("reconcile", tiendanube.key, "--resource", "orders", "--confirm")
    assert aside(program) == []


def test_a_record_without_an_id_leaves_when_a_whole_listing_has_none_such(program, shop):
    """It cannot be asked for; but a listing that came to its end would have met it."""
    program.write(
        """INSERT INTO quarantine (store_id, resource, id, reason, payload, first_seen_at)
            VALUES (1, 'products', 'unreadable-0123', 'a record has no id', '{}', '2026-11-22T12:00:00Z')"""
    )

    program("reconcile", shop.key, "--resource", "products")

    assert program.sql("SELECT count(*) FROM quarantine WHERE resource = 'products'") == [(0,)]


def test_an_odd_version_of_a_record_that_we_hold_counts_once(program, tiendanube):
    """The older row stays, the source has no more than we know of: the ids are not compared for it."""
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=6)
    first = odd_orders(tiendanube)[0]
    tiendanube.touch("orders", first, **ODD)
    other = odd_orders(tiendanube)[1]
    tiendanube.touch("orders", other, note="changed")
    program.clock.advance(minutes=1)

    program("sync", tiendanube.key)

    assert [row[1] for row in aside(program)] == [first]
    counts = "SELECT counted_at = last_pass_at, compared_at < last_pass_at FROM checkpoints WHERE resource = 'orders'"
    assert program.sql(counts) == [(1, 1)]
    assert program.sql("SELECT count(*) FROM orders WHERE id = ? AND deleted_at IS NULL", first) == [(1,)]


def test_a_stock_level_is_known_by_variant_and_location(program, tiendanube):
    """Not by the platform's own id, by which nobody can ask for it: it comes in once it can be read."""
    level = next(iter(tiendanube.resources["inventory_levels"].values()))
    name, had = f"{level['variant_id']}:{level['location_id']}", level["available"]
    level["available"] = "plenty"
    program.connect("tiendanube", tiendanube.key)
    assert [row[:2] for row in aside(program)] == [("inventory_levels", name)]

    level["available"] = had
    program.clock.advance(minutes=1)
    program("reconcile", tiendanube.key, "--resource", "inventory_levels")

    assert aside(program) == []
    assert program.sql("SELECT available FROM inventory_levels WHERE id = ?", name) == [(had,)]


def test_a_page_of_odd_records_is_a_change_of_format(program, tiendanube):
    """More than a fifth of it: the load fails, says so and keeps nothing of it."""
    for one in list(tiendanube.resources["orders"])[:19]:
        tiendanube.resources["orders"][one].update(ODD)

    answer = program.connect("tiendanube", tiendanube.key, "--json")

    (store,) = answer.json["stores"]
    assert (answer.code, store["error_code"]) == (3, "format_changed")
    assert store["error"].startswith("19 of 90 orders cannot be read")
    assert aside(program) == []
    assert orders_of(program)["verdict"] == "syncing"


def test_records_that_turn_odd_one_by_one_are_a_change_of_format_too(program, tiendanube):
    """A comparison that finds more than a fifth of all records unreadable fails, and says so."""
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=1)
    for one in list(tiendanube.resources["orders"])[:19]:
        tiendanube.touch("orders", one, **ODD)

    answer = program("reconcile", tiendanube.key, "--resource", "orders", "--json")

    assert (answer.code, answer.json["stores"][0]["error_code"]) == (3, "format_changed")


def test_a_comparison_that_goes_on_tries_nothing_twice(program, tiendanube):
    """However many are quarantined, they do not use up slice after slice."""
    odd, gone = odd_orders(tiendanube)[:2]
    tiendanube.resources["orders"][odd].update(ODD)
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=1)
    tiendanube.remove("orders", gone)
    tried = aside(program)[0][2]
    fault = program.simulator.faults.add(Rule(path=f"/orders/{gone}", status=500, times=None))

    assert program("reconcile", tiendanube.key, "--resource", "orders").code == 5
    fault.times = 0
    program.clock.advance(minutes=1)
    assert program("reconcile", tiendanube.key, "--resource", "orders").code == 0

    assert aside(program) == [("orders", odd, tried + 1)]
