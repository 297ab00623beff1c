"""Processes that renew the same token at once or are killed on the way, and months of tokens of an hour."""

import random
from contextlib import ExitStack

import pytest

from storesync.simulator.faults import Rule
from tests.campaigns import refresh
from tests.kits.browser import Browser, configure

TOKEN = "/admin/oauth/access_token"


@pytest.fixture(scope="module")
def town():
    with ExitStack() as stack:
        yield refresh.Town(stack, 1)


def test_of_many_processes_one_renews_the_token(town):
    """Ten times 2 to 8 processes at once: each time one request, and the store goes on."""
    chance = random.Random(1)

    assert {refresh.race(town, chance) for _ in range(10)} == {(1, True)}


def test_a_renewal_killed_at_any_step_is_made_up_for_by_the_next_tick(town):
    """`kill -9` every few lines between asking for a token and having used it; nobody connects again."""
    steps = range(0, 200, 40)

    assert [step for step in steps if refresh.kill(town, step) != (True, True)] == []


@pytest.fixture
def stores(program):
    """Four shops: read, quiet, of the app's own organisation, and with a token that lasts; and a paused one."""
    configure(program, "shopify")
    ways = {"busy": (), "quiet": (), "paused": (), "owned": ("--client-credentials",)}
    for key, words in ways.items():
        program.world.add_shop("shopify", key, orders=1)
        program.browser = Browser(program.simulator)
        assert program("connect", "shopify", key, "--only", "locations", *words).code == 0
        program.browser.close()
    program.world.add_shop("shopify", "lasting", orders=1)
    program.connect("shopify", "lasting", "--only", "locations")
    program.write("UPDATE stores SET tier = 'low', tier_pinned = 1 WHERE key = 'shopify:quiet'")
    program.write("UPDATE stores SET connection = 'paused' WHERE key = 'shopify:paused'")
    return program


def live(program, days, hours):
    for _ in range(0, days * 24, hours):
        program.clock.advance(hours=hours)
        assert program("sync-due").code == 0


def test_a_month_of_hours_with_three_days_of_outage(stores):
    """Tokens of an hour and of a day, a platform that is away for three days: all stores go on by themselves."""
    live(stores, days=12, hours=12)
    outage = stores.simulator.faults.add(Rule(platform="shopify", reset="connect", times=None))
    live(stores, days=3, hours=12)
    failing = stores.sql("SELECT DISTINCT sync_status, connection FROM stores WHERE connection <> 'paused'")
    outage.times = 0
    live(stores, days=15, hours=12)

    assert failing == [("failed", "connected")]
    assert stores.sql("SELECT DISTINCT sync_status, refusals, last_error FROM stores") == [("completed", 0, None)]
    assert stores.sql("SELECT kind FROM events WHERE kind = 'needs_reauth'") == []
    stores.write("UPDATE stores SET connection = 'connected'")
    assert stores("sync", "--all").code == 0


def test_an_idle_store_costs_one_request_a_sync(stores):
    """Tokens and the daily description apart, nothing new is found out with one question."""
    stores.write(
        'UPDATE stores SET resources = \'["products", "orders", "customers"]\' WHERE key = \'shopify:lasting\''
    )
    stores("sync", "lasting")
    stores("sync", "lasting")
    before = stores.requests()
    stores.clock.advance(minutes=5)
    stores("sync", "lasting")

    assert stores.requests() - before == 1
