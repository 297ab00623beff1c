"""A minute of a real cron daemon, with the crontab that storesync installs."""

import pytest

from tests.kits import real_cron

REASON = real_cron.why_not()
pytestmark = [pytest.mark.full, pytest.mark.skipif(REASON is not None, reason=str(REASON))]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What can be seen after the minute."""
    return real_cron.live(tmp_path_factory.mktemp("minute"), minutes=1, seed=1)


def test_cron_takes_what_storesync_installs(seen):
    """The crontab holds our line below the operator's; the second install finds nothing to change."""
    assert "\n* * * * * env\n# BEGIN storesync\n" in seen["crontab"]
    assert seen["crontab"].count(" sync-due\n") == 1
    assert [line.split(":")[0] for line in seen["installs"].splitlines() if not line.startswith(" ")] == [
        "your crontab now has this line",
        "See in two minutes whether it works",
        "nothing to change",
        "See in two minutes whether it works",
    ]


def test_cron_keeps_the_stores_fresh(seen):
    """Good ticks and runs only, and what was sold in the meantime is there, to the column."""
    assert {code for code, _ in seen["ticks"]} == {0}
    assert {status for status, _ in seen["runs"]} == {"succeeded"}
    assert seen["differences"] == []
    assert seen["status"][0] == 0, seen["status"][1]


def test_cron_has_nothing_to_mail_after_a_good_minute(seen):
    """Of two jobs the operator's own `env` printed something, storesync did not."""
    assert {job for job, _ in seen["mail"]} == {"env"}


def test_cron_gives_next_to_nothing(seen):
    """No setting, no locale, no terminal: the line alone says where everything is."""
    environment = dict(seen["mail"])["env"].splitlines()

    assert {line.split("=")[0] for line in environment} == {"HOME", "LOGNAME", "PATH", "PWD", "SHELL"}
    assert "PATH=/usr/bin:/bin" in environment
