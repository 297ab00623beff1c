"""A minute of a real cron daemon, begun before all other tests and looked at after them: so it costs no time."""

import os
import subprocess
import sys

import pytest

from tests.kits import real_cron

REASON = real_cron.why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture(scope="session")
def minute(tmp_path_factory):
    """The folder of the one minute that all workers share; whoever comes first begins it."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "minute"
    try:
        folder.mkdir()
    except FileExistsError:
        yield folder
    else:
        with subprocess.Popen([sys.executable, real_cron.__file__, folder]):
            yield folder


@pytest.fixture
def seen(minute):
    """What can be seen after the minute."""
    seen = real_cron.seen_in(minute)
    assert "failed" not in seen, seen["failed"]
    return seen


@pytest.mark.first
def test_a_minute_of_cron_begins(minute):
    """Cron lives in a process of its own, beside the tests."""
    assert minute.is_dir()


@pytest.mark.last
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


@pytest.mark.last
def test_cron_keeps_the_stores_fresh(seen):
    """Good ticks and runs only, and what was sold in the meantime is there, to the column."""
    assert {code for code, _ in seen["ticks"]} == {0}
    assert {status for status, _ in seen["runs"]} == {"succeeded"}
    assert seen["differences"] == []
    assert seen["status"][0] == 0, seen["status"][1]


@pytest.mark.last
def test_cron_has_nothing_to_mail_after_a_good_minute(seen):
    """Of two jobs the operator's own `env` printed something, storesync did not."""
    assert {job for job, _ in seen["mail"]} == {"env"}


@pytest.mark.last
def test_cron_gives_next_to_nothing(seen):
    """No setting, no locale, no terminal: the line alone says where everything is."""
    environment = dict(seen["mail"])["env"].splitlines()

    assert {line.split("=")[0] for line in environment} == {"HOME", "LOGNAME", "PATH", "PWD", "SHELL"}
    assert "PATH=/usr/bin:/bin" in environment
