"""The view `freshness` says what `status` says, also when nothing of ours runs any more."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from storesync.rules.verdict import Holdings, forecast_of, verdict_of
from storesync.simulator.faults import Rule
from tests.rules.test_verdict import DAY, DENIED, GOOD, HOUR, LIMITED, MINUTE, NOON, STORE, SYNCING, TIMING

MOMENTS = [timedelta(seconds=s) for s in (0, 1, 299, 300, 301, 599, 600, 601)] + [HOUR, 2 * HOUR, DAY, 7 * DAY, 8 * DAY]
STATES = (
    *({}, DENIED, SYNCING, LIMITED, {"compared_at": None}, {"compared_at": NOON - 9 * DAY}, {"last_pass_at": None}),
    *({"compared_at": NOON - 8 * DAY + 5 * MINUTE}, {"last_pass_at": NOON - HOUR}, {"last_pass_at": NOON + HOUR}),
    *({"compared_at": NOON + 9 * DAY}, {"last_pass_at": NOON + 8 * DAY, "compared_at": NOON + 10 * DAY}),
)


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("tier", ["high", "low"])
def test_an_outlook_foretells_every_verdict_that_time_brings(state, tier):
    """At any later moment the last turn begun holds the verdict that would be given then."""
    store, checkpoint = replace(STORE, tier=tier), replace(GOOD, **state)
    for cadence, holdings in product(("due", "lookback"), (Holdings(100), Holdings(97))):
        how = {"cadence": cadence, "timing": TIMING}
        turns = forecast_of(store, checkpoint, holdings, now=NOON, **how)

        for moment in (NOON + later for later in MOMENTS):
            told = [verdict for at, verdict in turns if at <= moment][-1]

            assert told == verdict_of(store, checkpoint, holdings, now=moment, **how), moment


def freshness(program) -> dict[tuple[str, str], list]:
    """Ask as others do, with the standard library and the clock on the wall."""
    connection = sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT store, resource, rows, deleted, complete_until, verdict, reason FROM freshness"
        )
        return {tuple(row[:2]): list(row[2:]) for row in rows}
    finally:
        connection.close()


def told(program) -> dict[tuple[str, str], list]:
    """Return the same from `status`."""
    names = ("rows", "deleted", "complete_until", "verdict", "reason")
    return {
        (store["store"], resource): [state[name] for name in names]
        for store in program("status", "--json").json["stores"]
        for resource, state in store["resources"].items()
    }


def words(program) -> set[str]:
    assert freshness(program) == told(program)
    return {row[3] for row in freshness(program).values()}


@pytest.fixture
def today(program):
    """The program, by the clock on the wall."""
    program.clock.at = datetime.now(UTC).replace(microsecond=0)
    return program


def test_a_store_that_was_never_read_is_there(today, shopify):
    """Whoever counts its rows learns that they are still to come."""
    today.connect("shopify", "alpha", "--no-sync")

    assert words(today) == {"syncing"}
    assert freshness(today)["shopify:alpha", "orders"][:3] == [0, 0, None]


def test_resources_that_are_left_out_are_not_there(today, shopify):
    """They were not asked for."""
    today.connect("shopify", "alpha", "--only", "orders")

    assert list(freshness(today)) == list(told(today)) == [("shopify:alpha", "orders")]


@pytest.fixture
def stopped(today, shopify):
    """A shop that nobody has read for an hour and a half."""
    today.clock.advance(minutes=-90)
    today.connect("shopify", "alpha")
    today("reconcile", "--all")
    today.clock.advance(minutes=90)
    return today


def test_data_grows_stale_in_sql_when_cron_stops(stopped):
    """Nobody has to write anything for that; what is read but once an hour has some time left."""
    found = freshness(stopped)

    assert words(stopped) >= {"stale", "verified"}
    assert found["shopify:alpha", "orders"][3] == "stale"
    assert "last complete reading" in found["shopify:alpha", "orders"][4]


def test_what_the_operator_decides_counts_at_once(stopped):
    """In the low tier that is no long time."""
    stopped("set", "alpha", "--tier", "low")

    assert "stale" not in words(stopped)


@pytest.mark.parametrize("command", [("set", "alpha", "--pause"), ("disconnect", "alpha", "--yes")], ids=" ".join)
def test_why_nothing_is_read_any_more_is_told_at_once(stopped, command):
    """The reason names what the operator can take back."""
    assert stopped(*command).code == 0

    assert "stale" in words(stopped)
    assert any("the store is" in str(row[4]) for row in freshness(stopped).values())


def test_an_error_is_told_in_sql_too(today, shopify):
    """With what to do about it."""
    today.connect("shopify", "alpha", "--no-sync")
    today.simulator.faults.add(Rule(status=500, times=None))
    today("sync", "--all")

    assert words(today) == {"syncing"}
    assert "try again" in str(freshness(today))


def test_what_is_taken_back_counts_at_once(today, shopify):
    """More rows than the platform counts are a surplus."""
    today.connect("shopify", "alpha")
    shopify.remove("orders", next(iter(shopify.resources["orders"])))
    today.clock.advance(seconds=1)
    today("reconcile", "--all")
    assert freshness(today)["shopify:alpha", "orders"][3] == "verified"
    today("reconcile", "--all", "--undelete", "all")

    assert freshness(today) == told(today)
    assert freshness(today)["shopify:alpha", "orders"][3] == "surplus"


@pytest.mark.parametrize("scopes", [("read_products",), None], ids=["few scopes", "all scopes"])
def test_a_denied_resource_is_denied_in_sql_too(today, shopify, scopes):
    """With the scope that is missing, and for as long as it is missing."""
    token = shopify.issue_token(scopes)
    today("connect", "shopify", "alpha", "--token-stdin", stdin=token + "\n")

    assert ("denied" in words(today)) == (scopes is not None)


def test_a_clock_that_is_set_back_still_finds_a_verdict(today, shopify):
    """The first verdict holds since ever."""
    today.clock.advance(hours=2)
    today.connect("shopify", "alpha")

    assert {row[3] for row in freshness(today).values()} <= {"verified", "unverified"}
    assert len(freshness(today)) == len(told(today))
