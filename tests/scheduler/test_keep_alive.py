"""Refresh tokens of stores that nobody reads are kept alive by the look-after of a tick."""

import subprocess
import sys

import pytest

from storesync.simulator.faults import Rule
from tests.kits.browser import Browser, configure
from tests.kits.samples import ROOT

TOKEN = "/admin/oauth/access_token"
UNREAD = ("paused", "suspended", "needs_reauth")


@pytest.fixture
def alpha(program, shopify):
    """A shop that was let in by a person and read once."""
    configure(program, "shopify")
    program.browser = Browser(program.simulator)
    assert program("connect", "shopify", "alpha", "--only", "locations").code == 0
    program.browser.close()
    return shopify


def leave_alone(program, connection):
    """Have the store not read for the next hundred days."""
    program.write("UPDATE stores SET connection = ?, next_sync_at = '2027-03-01T00:00:00Z'", connection)


def renewals(program):
    return sum(call.target == TOKEN for call in program.simulator.requests)


def tick(program, **span):
    program.clock.advance(**span)
    # The minute's own rule for turns impossibly far away is not what is tested here.
    program.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', ?, '+1 day')",
                  program.clock.now().strftime("%Y-%m-%d %H:%M:%S"))  # fmt: skip
    return program("sync-due")


def kept_until(program):
    return program.sql("SELECT refresh_expires_at FROM credentials")[0][0]


@pytest.mark.parametrize("connection", UNREAD)
def test_a_store_that_is_not_read_stays_connected(program, alpha, connection):
    """Less than 30 days before its end the refresh token is renewed; the store is left as it is."""
    leave_alone(program, connection)
    before = renewals(program)

    answers = [tick(program, days=20) for _ in range(20)]

    assert {answer.code for answer in answers} == {0}
    assert renewals(program) - before == 5
    assert kept_until(program) > program.clock.now().strftime("%Y-%m-%d")
    assert program.sql("SELECT connection, sync_status FROM stores") == [(connection, "completed")]
    assert program.sql("SELECT count(*) FROM runs WHERE started_at > '2026-11-23'") == [(0,)]


def test_a_paused_store_is_read_again_after_a_year(program, alpha):
    """Resumed, it syncs at once, and nobody connects it again."""
    leave_alone(program, "paused")
    for _ in range(18):
        tick(program, days=20)
    program.write("UPDATE stores SET connection = 'connected'")

    assert program("sync", "alpha").code == 0


def test_a_token_with_more_than_thirty_days_is_left_alone(program, alpha):
    """Nothing is asked before it must be."""
    leave_alone(program, "paused")
    before = renewals(program)

    tick(program, days=59)

    assert renewals(program) == before


def test_a_disconnected_store_is_left_alone(program, alpha):
    """Who was disconnected wants nothing from the platform."""
    leave_alone(program, "disconnected")
    before = renewals(program)

    tick(program, days=70)

    assert renewals(program) == before


def test_it_is_tried_again_every_half_hour(program, alpha):
    """The token endpoint is down for a while: neither the tick nor the store fails."""
    leave_alone(program, "paused")
    rule = program.simulator.faults.add(Rule(path=TOKEN, status=503, times=None))
    failing = [tick(program, days=70), tick(program, minutes=10), tick(program, minutes=20)]
    tried = renewals(program)
    rule.times = 0
    tick(program, minutes=30)

    assert {(answer.code, answer.stderr) for answer in failing} == {(0, "")}
    assert tried == 1 + 2 * 3
    assert program.sql("SELECT connection, consecutive_failures, last_error_code FROM stores") == [("paused", 0, None)]
    assert kept_until(program) > "2027-04"


def test_a_refusal_there_marks_nothing(program, alpha):
    """Whether the connection is dead is found out when the store is read."""
    leave_alone(program, "paused")
    for token in alpha.tokens.values():
        token.refresh_token = None

    answer = tick(program, days=70)

    assert (answer.code, answer.stderr) == (0, "")
    assert program.sql("SELECT connection, refusals, sync_status FROM stores") == [("paused", 0, "completed")]


def test_without_the_app_the_tick_goes_on(program, alpha):
    """The app's settings are gone: a store that is not read is no reason to complain every half hour."""
    leave_alone(program, "paused")
    del program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"]

    answer = tick(program, days=70)

    assert (answer.code, answer.stderr) == (0, "")


def test_a_token_that_cannot_be_read_concerns_its_own_store(program, alpha):
    """The store after it is kept alive."""
    program.world.add_shop("shopify", "beta", orders=1)
    program.browser = Browser(program.simulator)
    assert program("connect", "shopify", "beta", "--only", "locations").code == 0
    program.browser.close()
    leave_alone(program, "paused")
    program.write("UPDATE credentials SET sealed = x'00' WHERE store_id = 1")
    before = renewals(program)

    assert tick(program, days=70).code == 0
    assert renewals(program) == before + 1


def test_a_store_that_somebody_works_on_is_left_to_them(program, alpha):
    """The lease is another living process's: no token is asked for beside it."""
    leave_alone(program, "paused")
    program.write("UPDATE leases SET owner = 'theirs', boot = 'boot-1', expires_at = 1e12")
    (program.home / "workers" / "theirs").mkdir(parents=True)
    before = renewals(program)

    tick(program, days=70)

    assert renewals(program) == before


@pytest.mark.parametrize(("ahead", "idle"), [("+1 minutes", "True"), ("-1 minutes", "False"), ("+9 days", "False")])
def test_the_idle_minute_is_none_when_the_health_pass_is_due(program, alpha, ahead, idle):
    """With nothing due the whole program runs every half hour, also after a clock was set back."""
    leave_alone(program, "paused")
    program.write("INSERT OR REPLACE INTO marks VALUES ('upkeep_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?))", ahead)

    assert minute(program) == idle


def minute(program):
    code = "from storesync.scheduler.idle import nothing_is_due; print(nothing_is_due())"
    environment = {"STORESYNC_HOME": str(program.home)}
    words, root = [sys.executable, "-c", code], ROOT
    done = subprocess.run(words, env=environment, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()
