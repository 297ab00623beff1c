"""How much room stores take, and whether a first load will fit: told before the disk is full."""

import pytest

from storesync.rules import sizes
from storesync.simulator.faults import Rule

GB = 10**9


@pytest.mark.parametrize(
    ("loads", "size"),
    [
        ({}, 0),
        ({"orders": (0, None)}, 0),
        ({"orders": (0, 100_000)}, 1_130_000_000),
        ({"orders": (99_999, 100_000), "customers": (0, 1)}, 14_200),
        ({"orders": (100_001, 100_000)}, 0),
        ({"of_a_plug_in": (0, 100)}, 0),
    ],
    ids=["nothing", "unknown", "all", "the rest", "more than expected", "another resource"],
)
def test_what_is_still_to_come(loads, size):
    """Records that are expected and not here, by what each kind was measured to take."""
    assert sizes.to_come(loads) == size


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0.0 kB"), (1_500, "1.5 kB"), (12_400_000, "12 MB"), (1_100 * GB, "1,100 GB")]
)
def test_sizes_are_told_in_their_largest_unit(size, words):
    """With one decimal below ten."""
    assert sizes.in_words(size) == words


def test_a_store_tells_what_it_takes(program, shopify, tiendanube):
    """By its records, the deleted ones too; nothing has to be read for it."""
    program.connect("shopify", "alpha", "--only", "locations")
    program.connect("tiendanube", "123456", "--only", "orders")
    program.write("UPDATE orders SET deleted_at = '2026-11-22T12:00:00Z' WHERE rowid % 2")
    small, large = (store["disk_bytes"] for store in program("status", "--json").json["stores"])

    assert (small > 0, large) == (True, 90 * sizes.BYTES["orders"])
    assert "about 1.0 MB on disk" in program("status", "123456").stdout


def test_the_estimate_is_near_the_truth(program):
    """A store alone, by its records: within a third of how its file grew."""
    program.world.add_shop("shopify", "alpha", orders=300)
    program.connect("shopify", "alpha", "--no-sync")
    empty = program.database.stat().st_size
    program("sync", "alpha")
    program.write("PRAGMA wal_checkpoint(TRUNCATE)")
    guess = program("status", "--json").json["stores"][0]["disk_bytes"]

    assert guess == pytest.approx(program.database.stat().st_size - empty, rel=1 / 3)


@pytest.fixture
def half_loaded(program):
    """A store whose first load was cut off after a page of its many orders."""
    program.world.add_shop("tiendanube", "123456", orders=450)
    program.simulator.faults.add(Rule(path="/orders", after=2, status=500, times=None))
    program.connect("tiendanube", "123456", "--only", "orders")
    return program


def test_a_load_that_will_not_fit_is_told_of(half_loaded):
    """By `status STORE` and by `doctor`, with what is to come, what is free, and where to look."""
    half_loaded.write("UPDATE checkpoints SET expected = 1000000000000 WHERE resource = 'orders'")
    facts = half_loaded("status", "123456", "--json").json["stores"][0]["explanation"]["facts"]
    found = half_loaded("doctor", "--only", "database", "--json").json["checks"][0]

    assert [fact for fact in facts if fact.startswith("the load will not fit: about 11,300,000 GB are still to come")]
    assert found["status"] == "warn"
    assert found["message"].startswith("first loads will not fit: about 11,300,000 GB are still to come, and ")
    assert found["command"].startswith("df -h ")


def test_connect_tells_at_once_that_a_load_will_not_fit(program, monkeypatch):
    """As soon as the platform says how many orders there are; the load goes on, and is told of once."""
    program.world.add_shop("tiendanube", "123456", orders=450)
    monkeypatch.setattr("storesync.app.wiring.free_bytes", lambda _settings: 1_000_000)
    answer = program.connect("tiendanube", "123456", "--only", "orders")
    told = [line for line in answer.stderr.splitlines() if "will not fit" in line]

    assert answer.code == 0
    assert told == [
        "storesync: 450 orders will not fit: about 2.8 MB are still to come, and 1.0 MB can be written",
    ]


def test_a_load_that_fits_is_no_news(half_loaded):
    """There is room for a few hundred orders."""
    assert "will not fit" not in half_loaded("status", "123456").stdout
    assert half_loaded("doctor", "--only", "database", "--json").json["checks"][0]["status"] == "ok"
