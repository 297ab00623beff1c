"""`status STORE`: everything about one store: why it is or is not fresh, what happens next, and the fix."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.samples import golden


@pytest.fixture
def alpha(program):
    """A shop that is in step, under a cron that runs."""
    shop = program.world.add_shop("shopify", "alpha", orders=5)
    program.connect("shopify", "alpha", "--alias", "shoes")
    program.clock.advance(minutes=5)
    program("sync-due")
    return shop


def told(program):
    return program("status", "alpha", "--json").json["stores"][0]["explanation"]


def test_the_screen_is_the_golden_one(program, alpha):
    """State, resources, facts and what comes next, in one look."""
    program.simulator.faults.add(Rule(shop="alpha", status=503, times=None))
    program.clock.advance(minutes=5)
    program("sync-due")

    answer = program("status", "alpha")

    assert answer.stdout == golden("status-store.txt", answer.stdout)


def test_a_store_in_step_is_read_again(program, alpha):
    """At its next turn; nobody has to type anything."""
    assert (told(program)["next"], told(program)["command"]) == (
        {"action": "it is read again", "at": "2026-11-22T12:10:00Z"},
        None,
    )


def test_a_store_that_fails_waits_and_says_how_long(program, alpha):
    """With what went wrong among the facts."""
    program.simulator.faults.add(Rule(shop="alpha", status=503, times=None))
    program.clock.advance(minutes=5)
    program("sync-due")

    explanation = told(program)

    assert explanation["next"] == {"action": "it is tried again", "at": "2026-11-22T12:15:00Z"}
    assert explanation["command"] == "storesync sync shopify:alpha"
    assert "1 attempt failed, the last one: the platform answered 503" in explanation["facts"]


def test_where_cron_does_not_run_that_comes_first(program, alpha):
    """Nothing else would help."""
    program.clock.advance(minutes=30)

    assert told(program)["command"].endswith(f"storesync --home {program.home} cron install")


def test_only_a_store_that_is_named_is_explained(program, alpha):
    """Scripts that read all stores are spared the prose."""
    assert "explanation" not in program("status", "--json").json["stores"][0]
