"""The delete guard: many deletions at once are held until a second listing, or a person, confirms them."""

from datetime import timedelta

import pytest

from storesync.rules.delete_guard import must_hold
from tests.kits.program import NOON
from tests.kits.reconcile import compared, found, remove, tombstones


@pytest.fixture
def loaded(program, tiendanube):
    """A Tiendanube shop of 90 orders, loaded completely, one minute ago."""
    assert program.connect("tiendanube", tiendanube.key).code == 0
    program.clock.advance(minutes=1)
    return tiendanube


@pytest.mark.parametrize(
    ("gone", "live", "holds"),
    [
        (10, 10, False),
        (11, 11, True),
        (11, 219, True),
        (11, 220, False),
        (50, 1000, False),
        (51, 1000, True),
        (0, 0, False),
    ],
)
def test_the_guard_holds_more_than_ten_and_more_than_the_share(gone, live, holds):
    """Few deletions, or a small part of many, need no second look."""
    assert must_hold(gone, live=live, share=0.05) is holds


def test_many_deletions_at_once_are_held(program, loaded):
    """More than ten and more than five per cent: exit code 3, nothing deleted, the verdict says how many."""
    remove(loaded, 11)
    outcome = compared(program, loaded, code=3)

    assert (found(outcome), outcome["verdict"]) == ({"held": 11}, "surplus")
    assert tombstones(program) == []


def test_a_second_listing_applies_what_was_held(program, loaded):
    """Two listings that agree are believed."""
    gone = remove(loaded, 11)
    compared(program, loaded, code=3)
    program.clock.advance(hours=1)

    assert found(compared(program, loaded)) == {"deleted": 11}
    assert tombstones(program) == sorted(gone)
    assert program.sql("SELECT count(*) FROM held_deletions") == [(0,)]


def test_a_second_listing_that_names_them_again_lets_go(program, loaded):
    """What came back was never gone."""
    kept = {one: loaded.resources["orders"][one] for one in list(loaded.resources["orders"])[:11]}
    remove(loaded, 11)
    compared(program, loaded, code=3)
    loaded.resources["orders"].update(kept)

    assert found(compared(program, loaded)) == {}
    assert program.sql("SELECT count(*) FROM held_deletions") == [(0,)]


def test_a_second_listing_does_not_apply_what_only_it_misses(program, loaded):
    """The guard counts anew for those that were not held before."""
    first = remove(loaded, 11)
    compared(program, loaded, code=3)
    program.clock.advance(hours=1)
    second = remove(loaded, 12)

    assert found(compared(program, loaded, code=3)) == {"deleted": 11, "held": 12}
    assert tombstones(program) == sorted(first)
    program.clock.advance(hours=1)
    assert found(compared(program, loaded)) == {"deleted": 12}
    assert tombstones(program) == sorted(first + second)


def test_confirm_applies_at_once(program, loaded):
    """The operator's word stands for the second look; each record is still asked for."""
    gone = remove(loaded, 20)

    assert found(compared(program, loaded, "--confirm")) == {"deleted": 20}
    assert tombstones(program) == sorted(gone)


@pytest.mark.parametrize(("share", "code", "outcome"), [("14%", 0, {"deleted": 12}), ("12%", 3, {"held": 12})])
def test_the_share_can_be_given(program, loaded, share, code, outcome):
    """--max-delete moves the guard for one comparison; the setting for all."""
    remove(loaded, 12)

    assert found(compared(program, loaded, "--max-delete", share, code=code)) == outcome


def test_the_share_can_be_set(program, loaded):
    """STORESYNC_MAX_DELETE."""
    program.settings["STORESYNC_MAX_DELETE"] = "14%"
    remove(loaded, 12)

    assert found(compared(program, loaded)) == {"deleted": 12}


def test_what_is_held_is_named(program, loaded):
    """So that a person can look before confirming; what was done needs no look."""
    gone = sorted(remove(loaded, 12))
    loaded.touch("orders", list(loaded.resources["orders"])[-1])
    answer = program("reconcile", loaded.key, "--resource", "orders")

    assert f"    held: {', '.join(gone)}\n" in answer.stdout
    assert "    stale:" not in answer.stdout


def test_a_platform_that_shows_nothing_is_not_believed(program):
    """Neither the listing nor the records by their ids: held, again and again, until a person confirms."""
    small = program.world.add_shop("tiendanube", "77", orders=6, customers=4, products=4)
    program.connect("tiendanube", "77")
    program.clock.advance(minutes=1)
    remove(small, 6)

    for _ in range(3):
        program.clock.advance(days=2)
        assert found(compared(program, small, code=3)) == {"held": 6}
    assert tombstones(program) == []
    assert found(compared(program, small, "--confirm")) == {"deleted": 6}


def test_what_is_held_does_not_ask_for_the_ids_again_and_again(program, loaded):
    """A difference that is known of is no news: the next syncs are as cheap as ever."""
    remove(loaded, 11)
    compared(program, loaded, code=3)
    before = program.requests()

    for _ in range(3):
        program.clock.advance(hours=2)
        program("sync", loaded.key, "--resource", "products")

    assert program.requests() - before < 10
    assert program.sql("SELECT count(*) FROM held_deletions") == [(11,)]


def lapse(program, shop, count):
    """Let checkouts leave the platform's list."""
    for (one,) in program.sql(f"SELECT id FROM checkouts WHERE expired_at IS NULL LIMIT {count}"):
        del shop.resources["checkouts"][one]


def lapsed(program):
    [(count,)] = program.sql("SELECT count(*) FROM checkouts WHERE expired_at IS NOT NULL AND deleted_at IS NULL")
    return count


@pytest.fixture
def carts(program, tiendanube):
    """A loaded shop with more checkouts than the guard lets go at once."""
    program.world.advance(tiendanube, 60)
    program.connect("tiendanube", tiendanube.key, "--only", "checkouts")
    program.clock.advance(minutes=1)
    assert program.sql("SELECT count(*) FROM checkouts WHERE expired_at IS NULL")[0][0] > 11
    return tiendanube


def test_a_few_checkouts_that_are_listed_no_longer_lapse(program, carts):
    lapse(program, carts, 10)

    assert found(compared(program, carts, resource="checkouts")) == {}
    assert lapsed(program) == 10


def test_many_checkouts_lapse_when_the_next_days_listing_lacks_them_too(program, carts):
    """An empty list may be a lie; cron looks again by itself."""
    lapse(program, carts, 11)
    held = found(compared(program, carts, resource="checkouts", code=3))
    for _ in range(30):
        assert lapsed(program) == 0
        program.clock.advance(hours=1)
        program("sync-due")
        if lapsed(program):
            break

    assert (held, lapsed(program), tombstones(program, "checkouts")) == ({"held": 11}, 11, [])
    assert program.clock.at - NOON > timedelta(hours=12)


@pytest.mark.parametrize("why", ["old", "ordered"])
def test_checkouts_that_are_over_lapse_however_many_they_are(program, carts, why):
    """A list of thirty days lets go of older ones, and of those that became an order."""
    if why == "old":
        program.clock.advance(days=31)
        program("sync-due")
    else:
        program.write("UPDATE checkouts SET order_id = '1', updated_at = '2027-01-01T00:00:00Z'")
        lapse(program, carts, 11)
    outcome = compared(program, carts, resource="checkouts")

    assert (found(outcome), lapsed(program) >= 11) == ({}, True)


def test_checkouts_that_are_listed_again_are_held_no_longer(program, carts):
    """Within an hour or two, by cron alone."""
    kept = dict(carts.resources["checkouts"])
    lapse(program, carts, 11)
    compared(program, carts, resource="checkouts", code=3)
    carts.resources["checkouts"] = kept
    for _ in range(3):
        program.clock.advance(hours=1)
        program("sync-due")

    assert (program.sql("SELECT count(*) FROM held_deletions"), lapsed(program)) == ([(0,)], 0)


def test_confirmed_checkouts_lapse_at_once(program, carts):
    lapse(program, carts, 11)

    assert found(compared(program, carts, "--confirm", resource="checkouts")) == {}
    assert lapsed(program) == 11


def test_held_deletions_of_one_resource_exit_with_3_whatever_else_is_well(program, loaded):
    """Also where the same command compares all resources and finds nothing else."""
    remove(loaded, 11)
    answer = program("reconcile", loaded.key, "--json")

    (store,) = answer.json["stores"]
    assert (answer.code, answer.json["exit_code"], store["result"]) == (3, 3, "succeeded")
    assert {name: one["held"] for name, one in store["resources"].items() if one["held"]} == {"orders": 11}
    assert store["resources"]["orders"]["reason"].endswith("storesync reconcile tiendanube:123456 --confirm")
