"""The health pass: every half hour inside a tick."""

from datetime import timedelta
from functools import partial

import pytest

from storesync.simulator.faults import Rule
from tests.kits.program import NOON

RUNNING = """INSERT INTO runs (store_id, trigger, kind, status, started_at)
    VALUES (1, ?, 'full', 'running', '2026-11-22T12:00:00Z')"""


@pytest.fixture
def alpha(program):
    shop = program.world.add_shop("shopify", "alpha", orders=1)
    assert program.connect("shopify", "alpha").code == 0
    program("sync-due")
    return shop


def test_it_comes_every_half_hour(program, alpha):
    """Also when nothing is due."""
    program.write("UPDATE stores SET connection = 'paused'")
    turns = []
    for _ in range(90):
        program.clock.advance(minutes=1)
        program("sync-due")
        turns.append(program.sql("SELECT value FROM marks WHERE name = 'upkeep_at'")[0][0])

    assert sorted(set(turns)) == [f"2026-11-22T{at}:00Z" for at in ("12:30", "13:00", "13:30", "14:00")]


def test_a_run_that_nobody_goes_on_with_is_ended(program, alpha):
    """Its store is not being read, and no slice of it is to come."""
    program.write(RUNNING, "cron")
    program.write("UPDATE stores SET connection = 'paused'")
    program.clock.advance(minutes=31)
    program("sync-due")

    assert program.sql("SELECT status, ended_at FROM runs WHERE kind = 'full' AND trigger = 'cron'") == [
        ("interrupted", "2026-11-22T12:31:00Z")
    ]


def test_the_dead_are_cleaned_up(program, alpha):
    """A lease whose process is gone is freed and its run ended; lock files of the dead are removed."""
    program.write("UPDATE leases SET owner = 'gone', boot = 'boot-1', expires_at = 1e12")
    program.write(RUNNING, "sync")
    program.write("UPDATE stores SET connection = 'paused'")
    program.clock.advance(minutes=31)
    program("sync-due")

    assert program.sql("SELECT owner FROM leases") == [(None,)]
    assert program.sql("SELECT status FROM runs WHERE trigger = 'sync'") == [("interrupted",)]


def test_old_lock_files_go_and_young_ones_stay(program, alpha):
    """A process that just began may not hold its lock yet."""
    import os
    import time

    folder = program.home / "workers"
    for name, age in (("old", 7200), ("young", 10)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    program.clock.advance(minutes=31)
    program("sync-due")

    assert {path.name for path in folder.iterdir()} == {"young"}


def test_a_damaged_database_is_noticed_once_a_day(program, alpha):
    """Exit 10, before an analyst finds it; one line though every health pass finds it again; and its end."""
    program.clock.advance(hours=25)
    mend = _damage_an_index(program)
    found = program("sync-due")
    later = _hours(program, 6)
    mend()

    assert found.code == 10
    assert "is damaged" in found.stderr
    assert found.stderr.count("\n") == 1
    assert later == []
    assert _hours(program, 2) == ["storesync: this machine is at fault no longer (database)"]


def _hours(program, hours):
    lines = []
    for _ in range(0, hours * 60, 5):
        program.clock.advance(minutes=5)
        lines += program("sync-due").stderr.splitlines()
    return lines


def _damage_an_index(program):
    """Point an index at pages of another one, as a torn write would; return what undoes it."""
    from storesync.storage.engine import sqlite3

    names = ("locations_updated_at", "coupons_updated_at")
    roots = dict(program.sql("SELECT name, rootpage FROM sqlite_schema WHERE name IN (?, ?)", *names))

    def point_to(root):
        connection = sqlite3.connect(program.database)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = ?", (root, names[0]))
        connection.commit()
        connection.close()

    point_to(roots[names[1]])
    return partial(point_to, roots[names[0]])


def test_a_nearly_full_disk_is_said_though_nothing_is_due(program, alpha):
    """Before the next sync fails for it."""
    program.write("UPDATE stores SET connection = 'paused'")
    program.settings["STORESYNC_MIN_FREE"] = "999999GB"
    program.clock.advance(minutes=31)

    answer = program("sync-due")

    assert (answer.code, "MB are free" in answer.stderr) == (5, True)


def test_what_is_old_is_forgotten(program, alpha):
    """Ticks of more than eight days, but for one a day."""
    for hour in range(24):
        program.write("INSERT INTO ticks (started_at, exit_code) VALUES (?, 0)", f"2026-11-01T{hour:02}:00:00Z")
    program.clock.advance(minutes=35)
    program("sync-due")

    assert program.sql("SELECT count(*) FROM ticks WHERE started_at < '2026-11-02'") == [(1,)]


def test_nothing_is_forgotten_by_a_clock_that_nobody_confirms(program, alpha):
    """No platform answered in this tick: what looks a year old may be of today."""
    program.write("UPDATE stores SET connection = 'paused'")
    kept = program.sql("SELECT count(*) FROM ticks")[0][0]
    program.clock.at = NOON + timedelta(days=365)
    program("sync-due")

    assert program.sql("SELECT count(*) FROM ticks") == [(kept + 1,)]


def test_a_shop_that_is_closed_is_tried_again_after_another_is_connected(program, alpha):
    """Whatever was mended for one of a platform may have mended the others."""
    rule = program.simulator.faults.add(Rule(shop="alpha", status=402, times=None))
    program.clock.advance(minutes=5)
    program("sync-due")
    assert program.sql("SELECT connection FROM stores") == [("suspended",)]
    rule.times = 0
    program.world.add_shop("shopify", "beta", orders=1)
    program.connect("shopify", "beta", "--no-sync")
    program.clock.advance(minutes=1)
    program("sync-due")

    assert program.sql("SELECT connection FROM stores WHERE key = 'shopify:alpha'") == [("connected",)]
