"""Whose fault it is: a store's, its platform's, or this machine's; and what is told of it."""

from datetime import timedelta

import pytest

from storesync.simulator.faults import Rule
from tests.kits.program import NOON

DOWN = {"status": 503, "times": None}


def shops(program, platform, *keys):
    for key in keys:
        program.world.add_shop(platform, key, orders=1)
        assert program.connect(platform, key).code == 0


def tick(program, **span):
    program.clock.advance(**(span or {"minutes": 1}))
    return program("sync-due")


def ticks(program, minutes, *, every=1):
    """Call sync-due so often for so long, in minutes, and return all that it wrote."""
    return [line for _ in range(0, minutes, every) for line in tick(program, minutes=every).stderr.splitlines()]


def state(program, what="sync_status, connection, consecutive_failures, excused"):
    return program.sql(f"SELECT DISTINCT {what} FROM stores ORDER BY 1")


class TestPlatform:
    """Many stores of a platform fail alike: none of them is to blame."""

    @pytest.fixture
    def five(self, program):
        shops(program, "tiendanube", "1", "2", "3", "4", "5")
        return program

    def test_it_is_told_once_and_its_end_once(self, five):
        """One line for the platform, none for its stores."""
        five.simulator.faults.add(Rule(**DOWN))
        during = ticks(five, 90)
        five.simulator.faults.clear()
        after = ticks(five, 60, every=5)

        assert during[-1].startswith("storesync: tiendanube is in trouble: ")
        assert during[-1].endswith("look closer: storesync status")
        assert sum("is in trouble" in line for line in during) == 1
        assert "storesync: tiendanube answers again" in after
        assert state(five) == [("completed", "connected", 0, 0)]

    def test_in_one_minute_nobody_is_blamed(self, five):
        """All are due at once and fail at once: the count of no store moves, nothing is told of them."""
        five.write("UPDATE stores SET next_sync_at = '2026-11-22T12:06:00Z'")
        five.simulator.faults.add(Rule(**DOWN))

        answer = tick(five, minutes=6)

        assert answer.stderr == (
            "storesync: tiendanube is in trouble: 5 of 5 stores failed alike (no answer); none of them is blamed, "
            "each is tried again by itself; look closer: storesync status\n"
        )
        assert state(five) == [("failed", "connected", 0, 1)]
        assert five.sql("SELECT count(*) FROM events WHERE kind = 'failed'") == [(0,)]

    def test_waits_grow_all_the_same(self, five):
        """A day of outage costs a store at most 40 attempts and 120 requests."""
        five.simulator.faults.add(Rule(**DOWN))
        before = five.requests()

        ticks(five, 24 * 60, every=15)

        attempts = five.sql(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM runs WHERE trigger = 'cron' GROUP BY store_id)"
        )
        assert 30 < attempts[0][0] <= 40
        assert (five.requests() - before) / 5 <= 120

    def test_refusals_of_all_ask_for_no_person(self, five):
        """A day in which the platform refuses everybody's token ends without a single reconnection."""
        five.simulator.faults.add(Rule(status=401, times=None))
        told = ticks(five, 6 * 60, every=5)
        five.simulator.faults.clear()
        ticks(five, 60, every=5)

        assert state(five) == [("completed", "connected", 0, 0)]
        assert not [line for line in told if "needs a person" in line]

    def test_the_other_platform_is_untouched(self, five):
        """Its stores keep their turns."""
        shops(five, "shopify", "alpha")
        five.simulator.faults.add(Rule(platform="tiendanube", **DOWN))

        ticks(five, 60)

        assert five.sql("SELECT count(*) FROM runs JOIN stores ON stores.id = store_id WHERE platform = 'shopify' AND trigger = 'cron' AND kind <> 'reconcile' AND runs.status = 'succeeded'") == [(12,)]  # fmt: skip # noqa: E501

    def test_two_stores_are_to_blame_themselves(self, program):
        """Too few to say anything of their platform."""
        shops(program, "tiendanube", "1", "2")
        program.simulator.faults.add(Rule(**DOWN))

        ticks(program, 10)

        assert state(program, "consecutive_failures, excused") == [(2, 0)]

    def test_closed_shops_do_not_look_like_an_outage_for_ever(self, program):
        """Three of eight shops are gone for good: in the end each of them asks for a person, and the rest syncs."""
        shops(program, "tiendanube", *(str(n) for n in range(1, 9)))
        for key in ("1", "2", "3"):
            program.simulator.faults.add(Rule(shop=key, status=401, times=None))

        told = ticks(program, 120, every=5)

        assert sorted(program.sql("SELECT connection, count(*) FROM stores GROUP BY 1")) == [
            ("connected", 5),
            ("needs_reauth", 3),
        ]
        assert sum("is in trouble" in line for line in told) <= 1


class TestReminder:
    """What lasts is told once a day."""

    def test_a_failing_store_is_told_of_once_a_day(self, program):
        """Three days of failure: its beginning, two reminders, its end."""
        shops(program, "tiendanube", "1")
        program.simulator.faults.add(Rule(**DOWN))
        during = ticks(program, 3 * 24 * 60 - 60, every=60)
        program.simulator.faults.clear()

        assert [line[:40] for line in during] == [
            "storesync: tiendanube:1 failed: the plat",
            "storesync: still so, since 2026-11-22 13",
            "storesync: still so, since 2026-11-22 13",
        ]
        assert ticks(program, 60, every=15) == ["storesync: tiendanube:1 is in sync again"]

    def test_a_paused_store_is_no_news(self, program):
        """Paused while it failed: neither a recovery nor a reminder."""
        shops(program, "tiendanube", "1")
        shops(program, "shopify", "alpha")
        program.simulator.faults.add(Rule(platform="tiendanube", **DOWN))
        ticks(program, 10)
        assert program("set", "1", "--pause").code == 0

        assert ticks(program, 25 * 60, every=30) == []

    def test_held_deletions_are_told(self, program):
        """More deletions than the delete guard lets pass: a person is to look."""
        shop = program.world.add_shop("tiendanube", "1", orders=60)
        assert program.connect("tiendanube", "1").code == 0
        for order in list(shop.resources["orders"])[:30]:
            shop.remove("orders", order)
        program.write("UPDATE stores SET compare_at = '2026-11-22T12:00:00Z'")
        program.write("UPDATE checkpoints SET comparison_due = 1 WHERE resource = 'orders'")

        told = ticks(program, 10)

        (line,) = told
        assert line == (
            "storesync: the data of tiendanube:1: 30 deletions are held; look, then: "
            "storesync reconcile tiendanube:1 --confirm"
        )


class TestMachine:
    """This machine's faults blame no store and are told once, and once a day."""

    @pytest.fixture
    def served(self, program):
        shops(program, "tiendanube", "1", "2", "3")
        shops(program, "shopify", "alpha")
        return program

    def faulty(self, program, minutes, *, every=1):
        answers = [tick(program, minutes=every) for _ in range(0, minutes, every)]
        return {answer.code for answer in answers[5:]}, [line for a in answers for line in a.stderr.splitlines()]

    def test_status_sends_nobody_to_cron_for_want_of_a_network(self, served):
        """The scheduler does run, and is told to be hindered; what to type looks for the fault."""
        served.online = False
        served.simulator.faults.add(Rule(reset="connect", times=None))
        self.faulty(served, 15)
        answer = served("status", "--check")

        assert answer.code == 5
        assert answer.stdout.startswith("scheduler hindered by this machine, last tick ")
        assert answer.stdout.splitlines()[1].endswith(" doctor")
        assert "this machine has no network" in answer.stdout
        assert "cron install" not in answer.stdout + served("status", "alpha").stdout

    def test_without_a_network_no_store_is_blamed(self, served):
        """Exit 5, one line; a minute after it is back, the stores are read."""
        served.online = False
        served.simulator.faults.add(Rule(reset="connect", times=None))
        codes, told = self.faulty(served, 60)
        before = state(served)
        served.simulator.faults.clear()
        served.online = True
        read = ticks(served, 15)
        fresh = served.sql("SELECT count(*) FROM stores WHERE last_sync_at < '2026-11-22T13:00:00Z'")
        after = ticks(served, 60, every=15)

        assert codes == {5}
        assert read == []
        look = "see where the way ends: storesync doctor --only network"
        assert told == [f"storesync: this machine has no network; {look}"]
        assert before == [("completed", "connected", 0, 0)]
        assert after == ["storesync: this machine is at fault no longer (network)"]
        assert fresh == [(0,)]

    def test_an_unreachable_platform_is_not_this_machines_fault(self, served):
        """Where others are reached, it is the platform's."""
        served.simulator.faults.add(Rule(reset="connect", platform="shopify", times=None))

        ticks(served, 10)

        assert state(served, "platform, sync_status") == [("shopify", "failed"), ("tiendanube", "completed")]

    def test_a_full_disk_is_told_once_a_day(self, served):
        """Not every minute: cron would mail it every minute."""
        served.settings["STORESYNC_MIN_FREE"] = "999999GB"
        codes, told = self.faulty(served, 25 * 60, every=30)
        del served.settings["STORESYNC_MIN_FREE"]

        assert (codes, len(told)) == ({5}, 2)
        assert ticks(served, 75, every=15) == ["storesync: this machine is at fault no longer (disk_full)"]
        assert state(served) == [("completed", "connected", 0, 0)]

    def test_a_missing_database_is_told_once_a_day(self, served):
        """Nothing can be remembered in it."""
        served.database.rename(served.home / "away")

        assert self.faulty(served, 25 * 60, every=30) == (
            {10},
            [f"storesync: no database at {served.database}", "  connect a store first: storesync connect --help"] * 2,
        )

    def test_a_bad_setting_is_told_once_a_day(self, served):
        """A slip in the settings file costs one mail."""
        served.settings["STORESYNC_TIER_HIGH"] = "often"
        codes, told = self.faulty(served, 60)

        assert (codes, len(told)) == ({2}, 2)

    def test_scripts_get_every_answer(self, served):
        """With --json the error is said each time."""
        served.database.rename(served.home / "away")

        assert [served("sync-due", "--json").json["error"]["code"] for _ in range(3)] == ["database"] * 3


class TestClock:
    """A clock that is wrong holds nothing up, and is said."""

    @pytest.fixture
    def lively(self, program):
        """Three stores, read for half an hour, while the platforms keep the true time."""
        shops(program, "tiendanube", "1", "2")
        shops(program, "shopify", "alpha")
        assert program("set", "1", "2", "alpha", "--tier", "high").code == 0
        ticks(program, 30)
        self.true = program.clock.at
        program.world.clock = lambda: self.true
        return program

    def pass_minutes(self, program, minutes):
        lines = []
        for _ in range(minutes):
            self.true += timedelta(minutes=1)
            lines += tick(program).stderr.splitlines()
        return lines

    def runs(self, program):
        return program.sql("SELECT count(*) FROM runs WHERE trigger = 'cron' AND kind <> 'reconcile'")[0][0]

    @pytest.mark.parametrize(
        "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(hours=25), timedelta(hours=-25)]
    )
    def test_a_jump_makes_neither_a_storm_nor_a_gap(self, lively, jump):
        """In the ten minutes after it each store is read two or three times."""
        before, asked = self.runs(lively), lively.requests()
        lively.clock.at += jump

        self.pass_minutes(lively, 10)

        assert 2 * 3 <= self.runs(lively) - before <= 3 * 3
        assert lively.requests() - asked >= 2 * 3
        assert state(lively) == [("completed", "connected", 0, 0)]

    def test_a_year_ahead_and_corrected(self, lively):
        """Nothing is forgotten for its age, nothing expires, and the stores are read all the while."""
        kept = lively.sql("SELECT count(*) FROM ticks")[0][0], lively.sql("SELECT count(*) FROM events")[0][0]
        lively.clock.at += timedelta(days=365)
        self.pass_minutes(lively, 60)
        lively.clock.at = self.true
        before = self.runs(lively)
        self.pass_minutes(lively, 10)

        assert 2 * 3 <= self.runs(lively) - before <= 3 * 3
        assert state(lively) == [("completed", "connected", 0, 0)]
        assert lively.sql("SELECT count(*) FROM ticks")[0][0] >= kept[0] + 70
        assert lively.sql("SELECT count(*) FROM events")[0][0] >= kept[1]
        assert lively.sql("SELECT max(watermark), max(complete_until) FROM checkpoints")[0] < (
            "2026-11-22T14",
            "2026-11-22T14",
        )

    def test_a_pending_store_does_not_wait_for_a_clock_that_was_set_back(self, program):
        """It was connected an hour from now."""
        program.world.clock = lambda: NOON
        program.world.add_shop("shopify", "alpha", orders=1)
        program.clock.advance(hours=1)
        program.connect("shopify", "alpha", "--no-sync")
        program.clock.at = NOON

        tick(program)

        assert state(program, "sync_status") == [("completed",)]

    def test_it_is_told_what_to_do(self, lively):
        """Exit 4: a person must set the clock. Once, and again when it is right."""
        lively.clock.at += timedelta(hours=3)
        answers = [tick(lively) for _ in range(5)]
        told = [line for answer in answers for line in answer.stderr.splitlines()]
        lively.clock.at = self.true + timedelta(minutes=5)

        assert told == [
            "storesync: this machine's clock is 181 minutes ahead of the platforms'; set it: timedatectl set-ntp true"
        ]
        assert 4 in {answer.code for answer in answers}
        assert self.pass_minutes(lively, 20)[-1] == "storesync: this machine is at fault no longer (clock)"

    @pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Australia/Lord_Howe", "Nowhere/At_All", ""])
    @pytest.mark.parametrize("month", [4, 10])
    def test_summer_time_changes_nothing(self, program, monkeypatch, zone, month):
        """All is UTC: a night in which the local clock jumps has as many turns as any other."""
        import time

        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            program.clock.at = NOON.replace(year=2026, month=month, day=3 if month == 10 else 4, hour=14)
            shops(program, "tiendanube", "1")
            ticks(program, 120, every=5)
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()

        assert self.runs(program) == 24
