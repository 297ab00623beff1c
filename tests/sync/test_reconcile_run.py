"""Comparing ids under cron: in slices of its own, after everything that is due."""

import pytest

from storesync.platforms.tiendanube import session
from storesync.simulator.faults import Rule
from storesync.sync import reconcile


@pytest.fixture
def alpha(program):
    """A small shop, read and compared."""
    shop = program.world.add_shop("shopify", "alpha", orders=20)
    assert program.connect("shopify", "alpha").code == 0
    return shop


def a_week_later(program):
    """Let a week pass without cron; the store keeps its five minutes."""
    assert program("set", "alpha", "--tier", "high").code == 0
    program.clock.advance(days=7, minutes=1)


def reasons(program):
    return [(one["store"], one["reason"]) for one in program("sync-due", "--plan", "--json").json["stores"]]


def test_ids_are_compared_right_after_the_first_load(program):
    """In the same minute, as a run of its own."""
    program.world.add_shop("shopify", "alpha", orders=20)
    program.connect("shopify", "alpha", "--no-sync")
    program.clock.advance(minutes=3)
    program("sync-due")

    assert program.sql("SELECT kind, status FROM runs ORDER BY id") == [
        ("full", "succeeded"),
        ("reconcile", "succeeded"),
    ]
    assert program.sql("SELECT count(*) FROM checkpoints WHERE compared_at IS NULL") == [(0,)]
    assert program.sql("SELECT compare_at FROM stores") == [("2026-11-29T12:03:00Z",)]


def test_ids_are_compared_once_a_week(program, alpha):
    """And not before: the store's other turns read only."""
    program("set", "alpha", "--tier", "low")
    for _ in range(4 * 8):
        program.clock.advance(hours=6)
        program("sync-due")

    assert program.sql("SELECT count(*) FROM runs WHERE kind = 'reconcile'") == [(1,)]


@pytest.mark.parametrize("word", ["short", "surplus"])
def test_a_difference_in_count_is_looked_into_at_once(program, alpha, word):
    """Whether the source has more or we do: the ids are compared in the next slice, and the difference is mended."""
    program.clock.advance(minutes=5)
    order = next(iter(alpha.resources["orders"])) if word == "short" else "99"
    if word == "short":
        program.write("DELETE FROM orders WHERE id = ?", order)
    else:
        program.write("INSERT INTO orders (store_id, id, synced_at) VALUES (1, ?, '2026-11-22T12:00:00Z')", order)

    program("sync-due")
    judged = program.sql("SELECT kind, status FROM runs ORDER BY id DESC LIMIT 2")
    program.clock.advance(minutes=1)
    program("sync-due")

    assert judged == [("reconcile", "succeeded"), ("incremental", "succeeded")]
    assert program.sql("SELECT deleted_at IS NULL FROM orders WHERE id = ?", order) == [(word == "short",)]
    assert program("status", "--json").json["stores"][0]["resources"]["orders"]["verdict"] == "verified"
    assert program.sql("SELECT count(*) FROM runs WHERE kind = 'reconcile'") == [(1,)]


def test_the_plan_names_a_comparison(program, alpha):
    """Of a store that is not due itself."""
    a_week_later(program)
    program.write("UPDATE stores SET next_sync_at = '2026-11-29T12:04:00Z'")

    assert reasons(program) == [("shopify:alpha", "reconcile")]


def test_who_is_due_comes_before_a_comparison(program, alpha):
    """However long the comparison has been waiting."""
    program.world.add_shop("shopify", "beta", orders=1)
    program.connect("shopify", "beta")
    a_week_later(program)
    program.write("UPDATE stores SET next_sync_at = '2026-11-29T12:04:00Z' WHERE key = 'shopify:alpha'")

    assert reasons(program) == [("shopify:beta", "due"), ("shopify:alpha", "reconcile")]


def test_a_comparison_goes_on_slice_by_slice(program, alpha):
    """The store is read at its turns all the while, and the comparison gets done."""
    a_week_later(program)
    program.settings["STORESYNC_TICK_BUDGET"] = "20s"
    program.settings["STORESYNC_SLICE"] = "6s"
    slow = program.simulator.faults.add(Rule(shop="alpha", delay=4, times=None))
    before = program.sql("SELECT max(id) FROM runs")[0][0]
    for _ in range(20):
        program.clock.advance(minutes=1)
        program("sync-due")
    slow.times = 0

    runs = program.sql("SELECT kind, status, slices FROM runs WHERE id > ? ORDER BY id", before)
    compared = [run for run in runs if run[0] == "reconcile"]
    assert [run[1] for run in compared] == ["succeeded"]
    assert compared[0][2] > 1
    assert sum(run[0] != "reconcile" and run[1] == "succeeded" for run in runs) >= 3


def test_a_comparison_that_fails_is_no_failure_of_the_store(program, alpha):
    """It is read all the same; the comparison is tried again an hour later."""
    a_week_later(program)
    program.simulator.faults.add(Rule(shop="alpha", text="query OrdersVersions", status=503, times=None))
    answers = []
    for _ in range(90):
        program.clock.advance(minutes=1)
        answers.append(program("sync-due"))

    assert "".join(answer.stderr for answer in answers) == ""
    assert program.sql("SELECT sync_status, consecutive_failures FROM stores") == [("completed", 0)]
    assert program.sql("SELECT count(*) FROM runs WHERE kind = 'reconcile' AND status = 'failed'") == [(2,)]
    program.simulator.faults.clear()
    program.clock.advance(minutes=60)
    program("sync-due")
    assert program.sql("SELECT status FROM runs WHERE kind = 'reconcile' ORDER BY id DESC LIMIT 1") == [("succeeded",)]


def test_a_comparison_that_keeps_failing_is_told(program, alpha):
    """After three times, once, then once a day, and when it is over; the verdict says why as well."""
    a_week_later(program)
    program.simulator.faults.add(Rule(shop="alpha", text="query OrdersVersions", status=503, times=None))
    told = "shopify:alpha: the ids of orders could not be compared: the platform answered 503; try again: storesync reconcile shopify:alpha"  # fmt: skip # noqa: E501

    def lines(hours):
        found = []
        for _ in range(3 * hours):
            program.clock.advance(minutes=20)
            found += program("sync-due").stderr.splitlines()
        return found

    assert lines(hours=2) == []
    assert lines(hours=2) == [f"storesync: {told}"]
    assert lines(hours=24) == [f"storesync: still so, since 2026-11-29 15:01 UTC: {told}"]
    orders = program("status", "--json").json["stores"][0]["resources"]["orders"]
    assert (orders["verdict"], orders["reason"].split("; ")[0]) == (
        "unverified",
        "the ids could not be compared: the platform answered 503",
    )
    program.simulator.faults.clear()
    assert lines(hours=2) == ["storesync: the ids of shopify:alpha can be compared again"]
    assert program.sql("SELECT DISTINCT comparison_failures, comparison_error FROM checkpoints") == [(0, None)]


def test_a_comparison_that_is_told_when_to_come_back_tells_its_store(program, alpha):
    """The platform means everybody who asks for this shop: a turn that would come before then waits."""
    a_week_later(program)
    program.simulator.faults.add(
        Rule(shop="alpha", text="query OrdersVersions", status=503, headers={"Retry-After": "900"}, times=None)
    )
    while not program.sql("SELECT 1 FROM runs WHERE kind = 'reconcile' AND status = 'failed'"):
        program.clock.advance(minutes=1)
        program("sync-due")
    sent = len(program.simulator.requests)

    for _ in range(14):
        program.clock.advance(minutes=1)
        assert program("sync-due").stderr == ""

    assert len(program.simulator.requests) == sent
    assert program.sql("SELECT sync_status, consecutive_failures FROM stores") == [("completed", 0)]


def test_a_comparison_whose_process_died_is_taken_up_again(program, alpha):
    """Neither its store's turn nor its tier moves for it."""
    a_week_later(program)
    program.write("UPDATE stores SET next_sync_at = '2026-11-29T12:04:00Z'")

    program.write("UPDATE leases SET owner = 'gone', boot = 'boot-1', expires_at = 1e12, trigger = 'cron'")
    program.write(
        "INSERT INTO runs (store_id, trigger, kind, status, started_at, slices) VALUES (1, 'cron', ?, 'running', ?, 1)",
        "reconcile",
        "2026-11-29T12:01:00Z",
    )
    program("sync-due")

    assert program.sql("SELECT sync_status, next_sync_at FROM stores") == [("completed", "2026-11-29T12:04:00Z")]
    program.clock.advance(minutes=1)
    program("sync-due")

    assert program.sql("SELECT status FROM runs WHERE kind = 'reconcile' ORDER BY id") == [
        ("interrupted",),
        ("succeeded",),
    ]


def test_a_comparison_that_fails_holds_up_no_other(program, alpha):
    """One resource whose ids cannot be listed: the ids of all others are compared."""
    a_week_later(program)
    program.simulator.faults.add(Rule(shop="alpha", text="query CategoriesVersions", body=[], status=200, times=None))
    program("sync-due")

    waiting = program.sql("SELECT resource FROM checkpoints WHERE compared_at < '2026-11-29'")
    assert waiting == [("categories",)]


def test_a_comparison_that_is_told_to_come_back_goes_on_where_it_was(program, tiendanube, monkeypatch):
    """It is no failure: what was listed stays listed, and it waits for as long as the platform wants."""
    monkeypatch.setattr(session, "PER_PAGE", 2)
    program.connect("tiendanube", "123456", "--only", "orders")
    program.clock.advance(days=7, minutes=30)
    slow = {"platform": "tiendanube", "path": "fields=id", "status": 429}
    program.simulator.faults.add({**slow, "after": 3, "times": None, "headers": {"retry-after": "3600"}})
    program("sync-due")
    sql = "SELECT comparison_ids, comparison_failures, comparison_error FROM checkpoints WHERE resource = 'orders'"
    [(listed, *trouble)] = program.sql(sql)
    runs = program.sql("SELECT status FROM runs WHERE kind = 'reconcile' ORDER BY id DESC LIMIT 1")
    waits = program.sql("SELECT compare_at FROM stores")
    program.simulator.faults.clear()
    program.simulator.requests.clear()
    program.clock.advance(minutes=62)
    program("sync-due")
    asked = [call.target for call in program.simulator.requests if "fields=id%2C" in call.target]

    assert (listed, trouble, runs) == (4, [0, None], [("running",)])
    assert waits > [("2026-11-29T13:30:00Z",)]
    assert "page=3&" in f"{asked[0]}&"
    assert program.sql("SELECT status FROM runs WHERE kind = 'reconcile' ORDER BY id DESC LIMIT 1") == [("succeeded",)]


def test_what_was_fetched_before_the_platform_slowed_us_down_is_no_failure(program, tiendanube, monkeypatch):
    """The rest is fetched when it wants us back; nobody counts that as a failure."""
    monkeypatch.setattr(reconcile, "FETCH", 5)
    program.connect("tiendanube", "123456", "--only", "orders")
    program.clock.advance(days=7, minutes=30)
    program("sync-due")
    program.write("DELETE FROM orders")
    program.write("UPDATE stores SET compare_at = '2026-11-22T12:00:00Z', next_sync_at = '2026-11-29T12:36:00Z'")
    program.write("UPDATE checkpoints SET comparison_due = 1")
    slow = {"platform": "tiendanube", "path": "/orders/", "status": 429, "headers": {"retry-after": "600"}}
    for minutes in (1, 15):
        program.simulator.faults.clear()
        program.simulator.faults.add({**slow, "after": 12, "times": None})
        program.clock.advance(minutes=minutes)
        program("sync-due")
    failures = program.sql("SELECT comparison_failures FROM checkpoints")
    fetched = program.sql("SELECT count(*) FROM orders")
    program.simulator.faults.clear()
    program.clock.advance(minutes=15)
    program("sync-due")

    assert (failures, fetched) == ([(0,)], [(20,)])
    assert program.sql("SELECT count(*) FROM orders") == [(len(tiendanube.resources["orders"]),)]
