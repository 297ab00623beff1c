"""A first load whose token is refused after a quarter: no output calls it a success, and it goes on from there."""

import pytest

from storesync.simulator.world import World
from tests.kits.liar import Liar
from tests.kits.program import differences

QUARTER = 100
"""Five pages of twenty, of four hundred orders."""


@pytest.fixture
def simulator(clock):
    return Liar(World(7, clock.now), reading="load")


@pytest.fixture(params=["tiendanube", "shopify"])
def shop(request, program):
    """A shop of four hundred orders, of which one load has brought a quarter."""
    key = {"tiendanube": "123456", "shopify": "alpha"}[request.param]
    shop = program.world.add_shop(request.param, key, orders=4 * QUARTER)
    program.world.limits = False
    program.connect(request.param, key, "--only", "orders", "--no-sync")
    program.simulator.tell("@6+ status 401")
    return shop


def pages(program):
    """Return how many pages of orders came."""
    came = [call for call in program.simulator.requests if call.status == 200]
    return sum(call.operation == "Orders" or "orders?aggregates" in call.target for call in came)


def test_the_command_fails_and_says_what_to_type(program, shop):
    """In words: failed, how far it got, and how to connect again."""
    answer = program("sync", shop.key)

    assert answer.code == 4
    assert "failed" in answer.stdout
    assert "succeeded" not in answer.stdout
    assert f"orders: {QUARTER} read" in answer.stdout
    assert f"storesync connect {shop.platform} {shop.key}" in answer.stdout


def test_the_json_fails_too(program, shop):
    """With the error's code, and the verdict of what is not complete."""
    answer = program("sync", shop.key, "--json")

    [store] = answer.json["stores"]
    assert answer.json["exit_code"] == answer.code == 4
    assert (store["result"], store["error_code"]) == ("failed", "token_rejected")
    assert store["resources"]["orders"]["verdict"] == "syncing"


def test_cron_counts_it_as_failed(program, shop):
    """The minute itself is no failure; the store is, and cron mails what to type."""
    program.clock.advance(minutes=5)
    answer = program("sync-due", "--json")

    assert answer.code == 0
    assert (answer.json["succeeded"], answer.json["failed"]) == (0, 1)
    assert f"storesync connect {shop.platform} {shop.key}" in answer.stderr


def test_the_status_says_how_far_it_got(program, shop):
    """Failed, never synced, a quarter of the orders, and the next command in the reason."""
    program("sync", shop.key)

    [store] = program("status", "--json").json["stores"]
    orders = store["resources"]["orders"]
    assert (store["sync_status"], store["first_synced_at"], store["last_sync_at"]) == ("failed", None, None)
    assert (orders["verdict"], orders["complete_until"]) == ("syncing", None)
    assert orders["progress"] == {"done": QUARTER, "total": 4 * QUARTER}
    assert orders["reason"].startswith(f"the first load has brought {QUARTER} of {4 * QUARTER} records: ")
    assert f"storesync connect {shop.platform} {shop.key}" in orders["reason"]
    assert "25%" in program("status").stdout
    assert program("status", "--check").code != 0


def test_the_books_say_so(program, shop):
    """The run, its receipt and its event: failed, after five pages."""
    program("sync", shop.key)

    assert program.sql("SELECT status, error_code, records FROM runs") == [("failed", "token_rejected", QUARTER)]
    assert program.sql("SELECT status, pages, records, end_signal, error_code FROM run_resources") == [
        ("failed", 5, QUARTER, None, "token_rejected")
    ]
    assert [kind for (kind,) in program.sql("SELECT kind FROM events")] == ["connected", "failed"]


def test_it_goes_on_from_there_with_a_new_token(program, shop):
    """Each of the twenty pages comes once; then all is here, and proven."""
    program("sync", shop.key)
    before = pages(program)
    program.simulator.tell("")
    program.connect(shop.platform, shop.key, "--no-sync")

    answer = program("sync", shop.key, "--json")

    assert (before, pages(program)) == (5, 5 + 15)
    assert answer.code == 0
    assert answer.json["stores"][0]["resources"]["orders"]["verdict"] == "verified"
    assert [line for line in differences(program, shop) if line.startswith("order")] == []
