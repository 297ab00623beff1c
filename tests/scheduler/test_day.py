"""Whole days of the schedule, with the real program on a clock that jumps from minute to minute."""

from datetime import timedelta

from tests.kits.program import NOON, differences


def a_day(program, *, hours=24, each_minute=lambda _minute: None):
    """Let cron call sync-due every minute, some seconds late as it does."""
    for minute in range(60 * hours):
        program.clock.at = max(program.clock.at, NOON + timedelta(minutes=minute + 1, seconds=2))
        each_minute(minute)
        yield program("sync-due")


def test_a_day_at_the_high_tier_has_288_syncs(program):
    """A store that is due every five minutes is served every five minutes, not every six; comparisons cost no turn."""
    shop = program.world.add_shop("tiendanube", "123456", orders=10)
    program.connect("tiendanube", "123456")

    def sell(minute):
        if minute % 120 == 0:
            program.world.advance(shop, 1)

    answers = list(a_day(program, each_minute=sell))

    runs = """SELECT sum(kind <> 'reconcile'), sum(kind = 'reconcile') > 1, sum(kind = 'lookback') > 0
        FROM runs WHERE trigger = 'cron' AND status = 'succeeded'"""
    assert program.sql(runs) == [(288, 1, 1)]
    assert program.sql("SELECT count(*) FROM ticks") == [(1440,)]
    assert {answer.code for answer in answers} == {0}
    assert "".join(answer.stdout + answer.stderr for answer in answers) == ""


def test_a_store_that_falls_quiet_is_read_less_often(program):
    """After a day without a change the tier falls to 30 minutes; a change brings it back."""
    shop = program.world.add_shop("tiendanube", "123456", orders=10)
    program.world.advance(shop, 3)
    program.connect("tiendanube", "123456")
    program.clock.advance(hours=25)
    program("sync-due")

    assert program.sql("SELECT tier FROM stores") == [("medium",)]
    program.world.advance(shop, 3)
    program.clock.advance(minutes=30)
    program("sync-due")
    assert program.sql("SELECT tier FROM stores") == [("high",)]


def test_a_platform_that_is_down_for_hours_heals_by_itself(program):
    """Through an outage of three hours the store waits 5, 15, 45 minutes, and is in step soon after."""
    shop = program.world.add_shop("tiendanube", "123456", orders=10)
    program.connect("tiendanube", "123456")
    program.simulator.faults.add({"platform": "tiendanube", "status": 503, "times": None})

    def outage(minute):
        if minute == 180:
            program.simulator.faults.clear()
            program.world.advance(shop, 5)

    answers = list(a_day(program, hours=4, each_minute=outage))

    failed = program.sql("SELECT started_at FROM runs WHERE status = 'failed' ORDER BY id")
    assert 4 <= len(failed) <= 8
    assert program.sql("SELECT sync_status, connection, consecutive_failures FROM stores") == [
        ("completed", "connected", 0)
    ]
    assert len([answer for answer in answers if answer.stderr]) == 2
    program("reconcile", "123456")
    assert differences(program, shop) == []
