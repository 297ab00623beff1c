"""One tick of `sync-due`: who is served, in which groups, for how long, and what is said of it."""

import pytest

from storesync.platforms.tiendanube import session
from storesync.simulator.faults import Rule
from storesync.sync.engine import Engine, Outcome

PAGE_S = 6


def shops(program, *keys, platform="shopify", orders=1, sync=True, **words):
    """Connect a shop for each key."""
    for key in keys:
        program.world.add_shop(platform, key, orders=orders, **words)
        assert program.connect(platform, key, *([] if sync else ["--no-sync"])).code == 0


def tick(program):
    """Run one tick and return its answer; only what the schedule wants may have failed."""
    return program("sync-due", "--json").json


def served(answer):
    return [one["store"].partition(":")[2] for one in answer["stores"]]


class TestServing:
    """The due stores are served, each once."""

    def test_due_stores_are_served(self, program):
        """After their interval the stores of both platforms are read."""
        shops(program, "alpha")
        shops(program, "123456", platform="tiendanube")
        program.clock.advance(minutes=5)

        answer = tick(program)

        assert sorted(served(answer)) == ["123456", "alpha"]
        assert (answer["processed"], answer["succeeded"], answer["failed"]) == (2, 2, 0)

    def test_nobody_is_served_early(self, program):
        """A store that was just read is left alone; the platform is not asked."""
        shops(program, "alpha")
        before = program.requests()

        assert served(tick(program)) == []
        assert program.requests() == before

    def test_served_stores_wait_for_their_next_turn(self, program):
        """Two ticks in one minute do not read twice."""
        shops(program, "alpha")
        program.clock.advance(minutes=5)

        assert [served(tick(program)) for _ in range(2)] == [["alpha"], []]

    def test_a_five_minute_store_is_served_every_five_minutes(self, program):
        """Under a minute cron the interval does not drift."""
        shops(program, "alpha")

        turns = []
        for minute in range(1, 31):
            program.clock.advance(seconds=60)
            if served(tick(program)):
                turns.append(minute)

        assert turns == [5, 10, 15, 20, 25, 30]

    def test_a_store_served_late_keeps_its_phase(self, program):
        """A tick in the 40th second counts as its minute."""
        shops(program, "alpha")
        program.clock.advance(minutes=5, seconds=40)
        tick(program)

        assert program.sql("SELECT next_sync_at FROM stores") == [("2026-11-22T12:10:00Z",)]

    @pytest.mark.parametrize("state", ["paused", "disconnected"])
    def test_who_is_switched_off_is_not_served(self, program, state):
        """Paused and disconnected stores are not due, ever."""
        shops(program, "alpha")
        program.write(f"UPDATE stores SET connection = '{state}'")
        program.clock.advance(days=2)

        assert served(tick(program)) == []

    def test_a_quiet_store_is_served_less_often(self, program):
        """A day after its connection, a store without changes for a month is read every six hours."""
        shops(program, "alpha")
        program.write("UPDATE stores SET last_activity_at = '2026-10-22T12:00:00Z'")
        program.clock.advance(hours=25)
        tick(program)

        assert program.sql("SELECT tier FROM stores") == [("low",)]


class TestPending:
    """Stores that were connected and never started."""

    def test_ten_are_picked_up_in_a_tick(self, program):
        """The eleventh and twelfth come a minute later."""
        shops(program, *(f"s{number:02}" for number in range(12)), sync=False)
        program.clock.advance(minutes=3)
        first = tick(program)
        program.clock.advance(minutes=1)
        second = tick(program)

        assert (first["pending_picked"], second["pending_picked"]) == (10, 2)
        assert (len(first["stores"]), served(second)[:2]) == (10, ["s10", "s11"])

    def test_they_come_before_the_others(self, program):
        """Who has no data yet is served first."""
        shops(program, "alpha")
        shops(program, "zeta", sync=False)
        program.clock.advance(minutes=5)

        assert [(one["store"], one["reason"]) for one in program("sync-due", "--plan", "--json").json["stores"]] == [
            ("shopify:zeta", "pending"),
            ("shopify:alpha", "due"),
        ]


class TestGroups:
    """At most three start in two seconds, and a tick works for fifty."""

    def test_groups_of_three_start_two_seconds_apart(self, program):
        """Seven stores: three, three, one."""
        shops(program, *"abcdefg")
        program.clock.advance(minutes=6)
        program.clock.sleeps.clear()

        tick(program)

        started = program.sql("SELECT count(*) FROM runs WHERE trigger = 'cron' GROUP BY started_at ORDER BY 1 DESC")
        assert started == [(3,), (3,), (1,)]
        assert sum(program.clock.sleeps) == 4

    def test_the_settings_say_how_many_and_how_far_apart(self, program):
        """STORESYNC_MAX_PARALLEL and STORESYNC_BATCH_PAUSE."""
        program.settings |= {"STORESYNC_MAX_PARALLEL": "2", "STORESYNC_BATCH_PAUSE": "5s"}
        shops(program, *"abcd")
        program.clock.advance(minutes=6)
        program.clock.sleeps.clear()

        tick(program)

        assert sum(program.clock.sleeps) == 5

    def test_without_a_pause_nobody_waits(self, program):
        """STORESYNC_BATCH_PAUSE=0s."""
        program.settings["STORESYNC_BATCH_PAUSE"] = "0s"
        shops(program, *"abcdefg")
        program.clock.advance(minutes=6)
        program.clock.sleeps.clear()

        assert tick(program)["processed"] == 7
        assert program.clock.sleeps == []

    def test_the_budget_ends_the_tick(self, program):
        """After 50 s nobody new is started; how many were left over is said."""
        shops(program, *"abcdefghij")
        program.clock.advance(minutes=6)
        program.simulator.faults.add(Rule(delay=12, times=None))

        answer = tick(program)

        assert answer["left_over"] > 0
        assert answer["processed"] + answer["left_over"] == 10
        assert 50 <= answer["tick"]["seconds"] <= 50 + 3 * 12

    def test_who_was_left_over_comes_next(self, program):
        """No store is passed over twice."""
        shops(program, *"abcdefghij")
        program.clock.advance(minutes=6)
        slow = program.simulator.faults.add(Rule(delay=12, times=None))
        first = tick(program)
        slow.times = 0
        second = tick(program)

        assert set(served(second)) >= set("abcdefghij") - set(served(first)) != set()

    def test_who_was_served_by_another_tick_meanwhile_is_not_served_again(self, program):
        """A second tick comes while the first one waits for its next group: no store is read twice."""
        shops(program, *"abcdefg")
        program.clock.advance(minutes=6)
        wait = program.clock.sleep

        def meanwhile(seconds):
            program.clock.sleep = wait
            tick(program)
            wait(seconds)

        program.clock.sleep = meanwhile
        tick(program)

        assert program.sql("SELECT count(*) FROM runs WHERE trigger = 'cron' GROUP BY store_id") == [(1,)] * 7

    def test_a_load_stops_at_a_page_and_goes_on_later(self, program):
        """A first load longer than a tick is continued by the next one, page by page, none read twice."""
        shops(program, "123456", platform="tiendanube", orders=900, products=5, customers=5, sync=False)
        program.clock.advance(minutes=3)
        program.simulator.faults.add(Rule(delay=10, times=None))

        for _ in range(12):
            tick(program)
            program.clock.advance(seconds=20)

        targets = [call.target for call in program.simulator.requests]
        pages = [target for target in targets if "/orders?" in target and "per_page=200" in target]
        assert program.sql("SELECT sync_status FROM stores") == [("completed",)]
        assert program.sql("SELECT count(*) FROM runs WHERE kind = 'full'") == [(1,)]
        assert program.sql("SELECT slices > 1 FROM runs WHERE kind = 'full'") == [(1,)]
        assert len(pages) == len(set(pages))

    def test_a_load_far_longer_than_a_tick_goes_on_tick_by_tick(self, program, monkeypatch):
        """Each tick reads further for its budget, ends with the pages at hand, and no page is read twice."""
        monkeypatch.setattr(session, "PER_PAGE", 50)
        shops(program, "123456", platform="tiendanube", orders=1000, products=5, customers=5, sync=False)
        program.clock.advance(minutes=3)
        program.simulator.faults.add(Rule(delay=PAGE_S, times=None))

        took, read = [], []
        for _ in range(2):
            took.append(tick(program)["tick"]["seconds"])
            read.append(program.sql("SELECT records FROM checkpoints WHERE resource = 'orders'")[0][0])
            program.clock.advance(seconds=10)

        targets = [call.target for call in program.simulator.requests]
        pages = [target for target in targets if "aggregates=fulfillment_orders" in target]
        # The page at hand, and the one that is fetched ahead.
        assert max(took) <= 50 + 2 * PAGE_S
        assert 0 < read[0] < read[1] < 1000
        assert len(pages) == len(set(pages)) > 4
        assert program.sql("SELECT DISTINCT status, slices > 2 FROM runs") == [("running", 1)]

    def test_a_slice_that_asked_for_nothing_is_not_taken_up_again_in_its_tick(self, program, monkeypatch):
        """Whatever holds it up, another try at once would meet it too."""
        shops(program, "alpha", sync=False)
        program.clock.advance(minutes=3)
        monkeypatch.setattr(Engine, "run", lambda *_words: Outcome(finished=False))
        tick(program)

        assert program.sql("SELECT status, slices FROM runs") == [("running", 1)]

    def test_a_partial_load_is_said_to_be_one(self, program):
        """A slice that ended for time is neither a success nor a failure."""
        shops(program, "123456", platform="tiendanube", orders=900, sync=False)
        program.clock.advance(minutes=3)
        program.simulator.faults.add(Rule(delay=20, times=None))

        answer = tick(program)

        assert [one["result"] for one in answer["stores"]] == ["partial"]
        assert program("status", "--json").json["scheduler"]["in_progress_stores"] == 1

    def test_loads_take_turns(self, program):
        """Two first loads share the time: both get on in one tick."""
        shops(program, "111", "222", platform="tiendanube", orders=900, products=5, customers=5, sync=False)
        program.clock.advance(minutes=3)
        program.simulator.faults.add(Rule(delay=4, times=None))

        tick(program)

        got_on = program.sql("SELECT store_id, sum(records) > 10 FROM checkpoints GROUP BY store_id")
        assert [tuple(row) for row in got_on] == [(1, 1), (2, 1)]

    def test_loads_hold_one_place_while_others_wait(self, program):
        """However many first loads there are, they leave two places to those who are due."""
        program.settings["STORESYNC_BATCH_PAUSE"] = "0s"
        shops(program, *"abcdef")
        shops(program, "111", "222", "333", platform="tiendanube", orders=450, sync=False)
        program.clock.advance(minutes=3)
        slow = program.simulator.faults.add(Rule(platform="tiendanube", delay=26, times=None))
        tick(program)
        program.clock.advance(minutes=3)
        held = []
        program.clock.sleep = lambda _seconds: held.append(_held(program))
        slow.delay = 1
        program.simulator.faults.add(Rule(platform="shopify", delay=1, times=None))

        tick(program)

        assert max(loading for loading, waiting in held if waiting) == 1


def _held(program):
    """Return how many first loads hold a lease, and whether ordinary stores still wait."""
    loading, reading, due = program.sql(
        """SELECT sum(leases.owner IS NOT NULL AND first_synced_at IS NULL),
                sum(leases.owner IS NOT NULL AND first_synced_at IS NOT NULL),
                sum(first_synced_at IS NOT NULL AND next_sync_at <= '2026-11-22T12:06:00Z')
            FROM stores LEFT JOIN leases ON store_id = id"""
    )[0]
    return loading, due > reading


class TestTelling:
    """stderr has one line for each change of a state, and nothing on a healthy day."""

    def test_all_well_is_silent(self, program):
        """An hour of ticks over two stores writes not one byte."""
        shops(program, "alpha", "beta")

        said = ""
        for _ in range(60):
            program.clock.advance(minutes=1)
            answer = program("sync-due")
            said += answer.stdout + answer.stderr

        assert said == ""

    def test_a_failure_is_told_once_and_its_end_once(self, program):
        """One line when it begins, none while it lasts, one when it is over."""
        shops(program, "alpha")
        rule = program.simulator.faults.add(Rule(status=500, times=None))

        said = []
        for minute in range(120):
            program.clock.advance(minutes=1)
            rule.times = 0 if minute > 60 else None
            said += program("sync-due").stderr.splitlines()

        assert [line.partition(":")[2].strip()[:27] for line in said] == [
            "shopify:alpha failed: the p",
            "shopify:alpha is in sync ag",
        ]

    def test_a_line_ends_in_the_next_command(self, program):
        """Who gets the mail knows what to type."""
        shops(program, "alpha")
        program.simulator.faults.add(Rule(status=500, times=None))
        program.clock.advance(minutes=5)

        assert program("sync-due").stderr.strip().endswith("storesync status shopify:alpha")

    def test_the_tick_is_saved(self, program):
        """What was due, served and failed, and how it ended: the proof that cron runs."""
        shops(program, "alpha", "beta")
        program.simulator.faults.add(Rule(shop="beta", status=402))
        program.clock.advance(minutes=6)

        tick(program)

        saved = program.sql("SELECT started_at, due, served, failed, pending_picked, exit_code, error_code FROM ticks")
        assert saved == [("2026-11-22T12:06:00Z", 2, 2, 1, 0, 0, None)]

    def test_an_idle_tick_is_saved_too(self, program):
        """A minute with nothing to do is a minute in which the scheduler ran."""
        shops(program, "alpha")

        tick(program)

        assert program.sql("SELECT due, exit_code FROM ticks") == [(0, 0)]


class TestPlan:
    """`--plan` says who is due, and does nothing."""

    def test_nothing_is_due(self, program):
        """Said in words."""
        shops(program, "alpha")

        assert program("sync-due", "--plan").stdout.splitlines() == [
            "nothing is due",
            "load: 0.2 of 75 stores a minute",
        ]

    def test_it_does_nothing(self, program):
        """No request, no tick, no change."""
        shops(program, "alpha")
        program.clock.advance(minutes=7)
        before = program.requests(), program.sql("SELECT * FROM stores")

        plain = program("sync-due", "--plan").stdout

        assert [line.split() for line in plain.splitlines()] == [
            ["#", "STORE", "WHY", "TIER", "LATE", "REQUESTS"],
            ["1", "shopify:alpha", "due", "high", "2m", "~1"],
            ["load:", "0.2", "of", "75", "stores", "a", "minute"],
        ]
        assert (program.requests(), program.sql("SELECT * FROM stores")) == before
        assert program.sql("SELECT count(*) FROM ticks") == [(0,)]

    def test_the_latest_by_its_interval_comes_first(self, program):
        """A six-hour store that is an hour late waits behind a five-minute store that is five minutes late."""
        shops(program, "alpha", "beta")
        program.write("UPDATE stores SET next_sync_at = '2026-11-22T12:55:00Z' WHERE key = 'shopify:alpha'")
        program.write(
            "UPDATE stores SET tier = 'low', next_sync_at = '2026-11-22T12:00:00Z' WHERE key = 'shopify:beta'"
        )
        program.clock.advance(hours=1)

        stores = program("sync-due", "--plan", "--json").json["stores"]

        assert [(one["position"], one["store"], one["late_seconds"]) for one in stores] == [
            (1, "shopify:alpha", 300),
            (2, "shopify:beta", 3600),
        ]

    def test_reasons_are_told(self, program):
        """Due, retry, probe, pending: why each store's turn has come."""
        shops(program, "due", "retry", "probe")
        program.simulator.faults.add(Rule(shop="retry", status=500, times=None))
        program.simulator.faults.add(Rule(shop="probe", status=402, times=None))
        program("sync", "retry", "probe")
        shops(program, "pending", sync=False)
        program.clock.advance(hours=7)

        stores = program("sync-due", "--plan", "--json").json["stores"]

        assert {one["store"].partition(":")[2]: one["reason"] for one in stores} == {
            name: name for name in ("due", "retry", "probe", "pending")
        }
