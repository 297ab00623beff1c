"""`history`: what happened lately, newest first."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.samples import golden


@pytest.fixture
def scene(program):
    """A shop that was loaded, failed once and was read again; and another one."""
    for platform, key in (("shopify", "alpha"), ("tiendanube", "123456")):
        program.world.add_shop(platform, key, orders=3)
        assert program.connect(platform, key).code == 0
        program.clock.advance(seconds=10)
    program.simulator.faults.add(Rule(shop="alpha", status=503, times=None))
    for _ in range(12):
        program.clock.advance(minutes=1)
        program("sync-due")
        if program.sql("SELECT 1 FROM stores WHERE consecutive_failures = 1"):
            program.simulator.faults.clear()


def test_the_newest_comes_first(program, scene):
    """Runs and events in one line each, by time."""
    answer = program("history")

    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout == golden("history.txt", answer.stdout)


def test_json_carries_every_run_with_its_receipts(program, scene):
    """Also what each resource brought, and by which sign it ended."""
    answer = program("history", "alpha", "--limit", "2", "--json")

    assert answer.stdout == golden("history.json", answer.stdout)


def test_one_store_is_shown_alone(program, scene):
    """By its key, a part of it or its alias."""
    told = program("history", "123456", "--json").json

    assert {one["store"] for one in told["runs"] + told["events"]} == {"tiendanube:123456"}


def test_as_many_as_asked_for_are_shown(program, scene):
    """Of runs, and of events."""
    told = program("history", "--limit", "1", "--json").json

    assert (len(told["runs"]), len(told["events"])) == (1, 1)


@pytest.mark.parametrize("wrong", [["--limit", "0"], ["nobody"]])
def test_what_cannot_be_shown_is_a_usage_error(program, scene, wrong):
    """With exit code 2."""
    assert program("history", *wrong).code == 2


def test_where_nothing_is_left_that_is_said(program):
    """Everything has its time to be kept."""
    program.world.add_shop("shopify", "alpha", orders=1)
    program.connect("shopify", "alpha", "--no-sync")
    program.write("DELETE FROM events")

    assert program("history").stdout == "Nothing has happened yet.\n"
