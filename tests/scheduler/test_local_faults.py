"""What is remembered of this machine's faults: each apart, wherever there is room, until it is proven over."""

import os
import shutil
from datetime import timedelta

import pytest

from storesync.errors import gravest
from storesync.simulator.faults import Rule
from tests.kits.browser import Browser, configure
from tests.scheduler.test_alerts import shops, tick, ticks

OVER = "storesync: this machine is at fault no longer"


def memories(folder):
    """Return the codes of the faults that *folder* remembers."""
    return [path.name.split(".")[1] for path in sorted(folder.glob("fault.*"))]


class TestSeveral:
    """Faults neither hide nor displace each other."""

    @pytest.fixture
    def locked(self, program):
        """The app of one platform is refused, and the token of a store of the other cannot be opened."""
        program.world.add_shop("shopify", "alpha", orders=1)
        configure(program, "shopify")
        program.browser = Browser(program.simulator)
        assert program("connect", "shopify", "alpha", "--only", "orders").code == 0
        program.browser.close()
        shops(program, "tiendanube", "1")
        program.world.apps["shopify"].client_secret = "changed-by-somebody"
        program.write("UPDATE credentials SET sealed = x'00' WHERE store_id = 2")
        program.clock.advance(minutes=61)
        return program

    def test_two_of_one_tick_are_both_told(self, locked):
        """Both ask for a person, each says for what; nothing more is said that day."""
        answer = tick(locked)

        assert answer.code == 4
        assert len(answer.stderr.splitlines()) == 2
        assert "STORESYNC_SHOPIFY_CLIENT_ID" in answer.stderr
        assert "does not open the token of tiendanube:1" in answer.stderr
        assert ticks(locked, 20 * 60, every=15) == []

    def test_status_is_never_greener_than_the_tick(self, locked):
        """What keeps a store from being read is told with its cure, to monitors too, and nowhere counted against it."""
        tick(locked)
        locked.clock.advance(minutes=1)
        assert tick(locked).code == 4
        seen = locked("status", "--check")
        states = locked.sql("SELECT sync_status, connection, consecutive_failures FROM stores")
        locked.write("UPDATE stores SET sync_status = 'in_progress', consecutive_failures = 1 WHERE id = 2")
        retried = locked("status", "--json").json["stores"][1]
        runs = locked("history", "tiendanube:1", "--json").json["runs"]

        assert seen.code == 4
        assert "tiendanube:1: the secret key does not open the token of tiendanube:1" in seen.stdout
        assert not retried["is_hindered"]
        assert states == [("completed", "connected", 0)] * 2
        assert [runs[0][name] for name in ("status", "error_code")] == ["interrupted", "app_credentials"]

    def test_two_in_turn_are_told_once_each(self, locked):
        """Now the one is met, now the other."""
        told = []
        for turn in range(12):
            locked.write("UPDATE stores SET next_sync_at = '2026-11-23T12:00:00Z'")
            locked.write("UPDATE stores SET next_sync_at = '2026-11-22T12:00:00Z' WHERE id = ?", 1 + turn % 2)
            told += tick(locked, minutes=15).stderr.splitlines()

        assert len(told) == 2
        assert memories(locked.home) == ["app_credentials"]

    def test_one_ends_while_the_other_lasts(self, locked):
        """Each has an end of its own."""
        tick(locked)
        locked.write("UPDATE stores SET connection = 'paused' WHERE id = 2")

        assert ticks(locked, 120, every=5) == [f"{OVER} (app_credentials)"]
        assert memories(locked.home) == []

    def test_the_gravest_gives_the_exit_code(self, locked):
        """To try again comes before to ask a person."""
        locked.online = False
        locked.simulator.faults.add(Rule(reset="connect", times=None))
        locked.write("UPDATE stores SET next_sync_at = printf('2026-11-22T1%d:00:00Z', 3 - id)")

        answer = tick(locked)

        assert (answer.code, len(answer.stderr.splitlines())) == (5, 2)
        assert locked.sql("SELECT exit_code, error_code FROM ticks ORDER BY started_at DESC LIMIT 1") == [
            (5, "network")
        ]

    def test_a_fault_that_all_would_meet_ends_the_tick(self, program):
        """Without a network one attempt is enough."""
        shops(program, "tiendanube", "1", "2", "3")
        program.online = False
        program.simulator.faults.add(Rule(reset="connect", times=None))
        program.settings["STORESYNC_MAX_PARALLEL"] = "1"
        program.clock.advance(minutes=6)

        assert program("sync-due", "--json").json["left_over"] == 2

    @pytest.mark.parametrize(
        ("codes", "stands"),
        [((3, 4, 5, 1, 10), 10), ((5, 1, 4), 1), ((3, 4, 5), 5), ((3, 4), 4), ((0, 3), 3), ((0, 2), 2), ((), 0)],
    )
    def test_one_exit_code_stands_for_several(self, codes, stands):
        """The order of the manual."""
        assert gravest(codes) == stands


class TestWrongClock:
    """What the stores' answers tell of our clock."""

    @pytest.fixture
    def ahead(self, program):
        """Three hours, and one store that is read four times a day."""
        shops(program, "tiendanube", "1")
        assert program("set", "1", "--tier", "low").code == 0
        program.world.clock = lambda: program.clock.at - timedelta(hours=3)
        return program

    def test_it_is_told_once_a_day_though_seldom_seen(self, ahead):
        """That nobody looked is no proof that it is right."""
        told = ticks(ahead, 36 * 60, every=30)
        ahead.world.clock = ahead.clock.now
        after = ticks(ahead, 7 * 60, every=30)

        assert [line[:46] for line in told] == ["storesync: this machine's clock is 180 minutes"] * 2
        assert after == [f"{OVER} (clock)"]

    def test_one_front_end_with_a_wrong_date_blames_nobody(self, program):
        """The others agree with our clock, be it only one."""
        shops(program, "tiendanube", "1", "2")
        wrong = {"Date": "Sun, 22 Nov 2026 06:00:00 GMT"}
        program.simulator.faults.add(Rule(shop="1", status=404, headers=wrong, times=None))
        program.write("UPDATE stores SET next_sync_at = '2026-11-22T12:00:00Z'")

        answer = tick(program)

        assert "clock" not in answer.stderr
        assert answer.code == 0


class TestHome:
    """Where the home folder is what is missing, a private temporary folder remembers."""

    @pytest.fixture
    def away(self, program):
        """As a volume that is not mounted."""
        shops(program, "tiendanube", "1")
        program.home.rename(program.home.parent / "unmounted")
        return program

    def spare(self, program):
        return next(program.home.parent.glob("storesync-*"))

    def test_it_is_told_once_a_day(self, away):
        """And nothing is put in its place."""
        told = ticks(away, 25 * 60, every=30)

        assert (
            told
            == [f"storesync: no database at {away.database}", "  connect a store first: storesync connect --help"] * 2
        )
        assert not away.home.exists()
        assert self.spare(away).stat().st_mode & 0o777 == 0o700

    def test_its_end_is_told(self, away):
        """By a tick that runs, from what the spare folder remembers."""
        tick(away)
        (away.home.parent / "unmounted").rename(away.home)

        assert ticks(away, 120, every=15) == [f"{OVER} (database)"]
        assert memories(self.spare(away)) == []

    @pytest.mark.parametrize("trap", ["link", "file", "open folder", "folder of another"])
    def test_what_somebody_else_put_there_is_not_used(self, away, trap):
        """Anybody may write among the temporary files: then it is told each time, and nothing is written."""
        tick(away)
        spare = self.spare(away)
        shutil.rmtree(spare)
        elsewhere = away.home.parent / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        if trap == "link":
            spare.symlink_to(elsewhere)
        elif trap == "file":
            spare.touch()
        else:
            spare.mkdir(mode=0o700)
            if trap == "open folder":
                spare.chmod(0o777)
            elif os.geteuid():
                pytest.skip("only root can give a folder away")
            else:
                os.chown(spare, 12345, -1)

        assert len(ticks(away, 3)) == 3 * 2
        assert memories(elsewhere) + memories(spare) == []
