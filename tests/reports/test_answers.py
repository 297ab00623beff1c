"""The JSON answers of the commands are promises: each equals its golden file, field by field."""

from contextlib import ExitStack, closing
from datetime import timedelta

import pytest

from storesync.simulator.faults import Rule
from storesync.storage import leases
from storesync.storage.opening import open_database
from tests.kits.samples import golden


@pytest.fixture
def alpha(program):
    """A small Shopify shop, not connected."""
    return program.world.add_shop("shopify", "alpha", orders=5)


def load(program):
    return program.connect("shopify", "alpha", "--only", "orders", "--json")


def test_connect_answers_as_promised(program, alpha):
    """`connect --json` tells what the first load brought."""
    answer = load(program)

    assert answer.code == 0
    assert answer.stdout == golden("connect.json", answer.stdout)


def test_connect_without_sync_names_the_store(program, alpha):
    """A script learns the key of the store, although nothing was read."""
    answer = program.connect("shopify", "alpha", "--no-sync", "--json").json

    assert [(one["store"], one["result"]) for one in answer["stores"]] == [("shopify:alpha", "skipped")]


def test_sync_answers_as_promised(program, alpha):
    """`sync --json` tells what became of each store and resource."""
    load(program)
    program.clock.advance(minutes=5)
    alpha.touch("orders", next(iter(alpha.resources["orders"])), note="gift")

    answer = program("sync", "alpha", "--json")

    assert answer.code == 0
    assert answer.stdout == golden("sync.json", answer.stdout)


def test_reconcile_answers_as_promised(program, alpha):
    """`reconcile --json` tells what was missing, stale and gone."""
    load(program)
    program.clock.advance(minutes=5)
    alpha.remove("orders", next(iter(alpha.resources["orders"])))

    answer = program("reconcile", "alpha", "--json")

    assert answer.code == 0
    assert answer.stdout == golden("reconcile.json", answer.stdout)


def test_sync_due_answers_as_promised(program, alpha):
    """`sync-due --json` tells of the tick, and of each store as `sync` does; a failed one too."""
    load(program)
    program.simulator.faults.add(Rule(status=402))
    program.clock.advance(minutes=5)

    answer = program("sync-due", "--json")

    assert answer.code == 0
    assert answer.stdout == golden("sync-due.json", answer.stdout)


def test_the_plan_answers_as_promised(program, alpha):
    """`sync-due --plan --json` tells who is due, since when, and what it will cost."""
    load(program)
    program.clock.advance(minutes=7)

    answer = program("sync-due", "--plan", "--json")

    assert answer.code == 0
    assert answer.stdout == golden("plan.json", answer.stdout)


def test_an_error_answers_as_promised(program, alpha):
    """Under `--json` an error is a JSON object on stdout with code, message and hint."""
    load(program)

    answer = program("sync", "nobody", "--json")

    assert (answer.code, answer.stderr) == (2, "")
    assert answer.stdout == golden("error.json", answer.stdout)


def test_a_failed_store_is_part_of_the_answer(program, alpha):
    """A store that fails is no error of the command: its code, message and hint stand at the store."""
    load(program)
    program.simulator.faults.add(Rule(status=401, times=None))

    answer = program("sync", "alpha", "--json")
    store = answer.json["stores"][0]

    assert answer.code == answer.json["exit_code"] == 4
    assert (store["result"], store["error_code"]) == ("failed", "token_rejected")
    assert store["hint"] == "storesync connect shopify alpha --token-stdin"


def test_a_store_somebody_else_works_on_is_busy(program, alpha):
    """Who asks for a store that is being read is told so at once, and to try later."""
    load(program)
    seen = []
    program.clock.sleep = lambda _seconds: seen.append(program("sync", "alpha", "--json"))
    program.simulator.faults.add(Rule(delay=1))

    program("sync", "alpha")

    assert [(answer.code, answer.json["stores"][0]["result"]) for answer in seen] == [(5, "busy")]


@pytest.mark.parametrize(("minutes", "code", "result"), [(2, 0, "succeeded"), (6, 5, "busy")])
def test_whoever_is_told_to_waits_for_a_busy_store(program, alpha, minutes, code, result):
    """With `--wait 5m` the store is read as soon as it is free, and left as busy after five minutes."""
    load(program)
    free_at = program.clock.now() + timedelta(minutes=minutes)
    with ExitStack() as other:
        database = other.enter_context(closing(open_database(program.database)))
        worker = other.enter_context(leases.working(program.home / "workers", "theirs"))
        other.enter_context(leases.held(database, worker, 1, clock=program.clock.clock(), trigger="cron"))
        nap = program.clock.sleep
        program.clock.sleeps.clear()

        def sleep(seconds):
            nap(seconds)
            if program.clock.now() < free_at:
                # Whoever works on the store saves pages, which keep the lease.
                database.write("UPDATE leases SET expires_at = expires_at + ?", (seconds,))
            else:
                other.close()

        program.clock.sleep = sleep
        answer = program("sync", "alpha", "--wait", "5m", "--json")

    assert (answer.code, answer.json["stores"][0]["result"]) == (code, result)
    assert sum(program.clock.sleeps) == min(minutes, 5) * 60


@pytest.mark.parametrize(("status", "code"), [(401, 4), (402, 3), (404, 3), (423, 3), (429, 5), (500, 5), (503, 5)])
def test_sync_by_hand_exits_with_what_is_to_be_done(program, alpha, status, code):
    """3 failed, 4 a person is needed, 5 try later."""
    load(program)
    program.simulator.faults.add(Rule(status=status, times=None))

    assert program("sync", "alpha").code == code


def test_several_failures_exit_with_the_gravest(program, alpha):
    """Try later (5) goes over a person is needed (4) over failed (3)."""
    load(program)
    for key, status in (("beta", 500), ("gamma", 401)):
        program.world.add_shop("shopify", key, orders=1)
        program.connect("shopify", key)
        program.simulator.faults.add(Rule(shop=key, status=status, times=None))

    codes = [program("sync", *names).code for names in (["alpha"], ["alpha", "gamma"], ["gamma", "beta"])]

    assert codes == [0, 4, 5]


def test_held_deletions_exit_with_3(program):
    """Deletions that wait for a confirmation are not all well."""
    shop = program.world.add_shop("shopify", "alpha", orders=40)
    load(program)
    for order in list(shop.resources["orders"])[:30]:
        shop.remove("orders", order)
    program.clock.advance(minutes=5)

    assert program("reconcile", "alpha").code == 3
    assert program("reconcile", "alpha", "--resource", "products").code == 3
    synced, named = program("sync", "alpha"), program("sync", "alpha", "--json").json
    assert (synced.code, named["exit_code"]) == (3, 3)
    assert "30 deletions held, look again: storesync reconcile shopify:alpha" in synced.stdout
    assert named["stores"][0]["resources"]["orders"]["held"] == 30
    assert program("reconcile", "alpha", "--confirm", "--dry-run").code == 0
    assert program("reconcile", "alpha", "--confirm").code == 0
    assert program("sync", "alpha").code == 0
