"""What a command loads before it works: a minute of cron, and a person who waits, pay for each module."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from storesync.simulator.server import serve
from tests.kits.imports import called

COMMAND_LINE = {"typer", "rich", "click", "pygments", "pydantic", "annotated_types"}
NEVER = {"click", "pygments", "pydantic", "asyncio", "graphql", "sqlite_utils", "jinja2", "prometheus_client", "dotenv"}
NETWORK = {"httpx", "tenacity", "cryptography", "ssl"}


@pytest.fixture
def environment(program, shopify):
    """A loaded shop on loopback, which keeps the time of this machine and no limits."""
    program.clock.at, program.world.limits = datetime.now(UTC), False
    program.connect("shopify", "alpha")
    with serve(program.simulator) as url:
        yield {
            "STORESYNC_HOME": str(program.home),
            "STORESYNC_SHOPIFY_URL": f"{url}/shopify/{{shop}}",
            "PYTHONIOENCODING": "utf-8",
        }


def test_a_tick_with_a_due_store_loads_no_command_line(program, environment):
    """Nothing that parses options, draws tables or validates, and little else; the store is read all the same."""
    program.write(
        "INSERT OR REPLACE INTO marks VALUES ('upkeep_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+9 minutes'))"
    )
    program.write("UPDATE stores SET next_sync_at = '2026-01-01T00:00:00Z'")

    modules, told, code = called("sync-due", environment=environment)

    assert (told, code) == ("", 0)
    assert program.sql("SELECT due, served, failed FROM ticks ORDER BY started_at DESC LIMIT 1") == [(1, 1, 0)]
    assert modules & (COMMAND_LINE | NEVER) == set()
    assert "httpx" in modules
    assert len(modules) <= 450


@pytest.mark.parametrize("words", ["--version", "--help", "-h"])
def test_what_needs_no_command_loads_none(words):
    """The version and the help need neither Typer nor a setting."""
    modules, told, code = called(words, environment={})

    assert (told, code) == ("", 0)
    assert modules & (COMMAND_LINE | NEVER | NETWORK | {"storesync.runtime.settings", "dataclasses"}) == set()
    assert len(modules) <= 90


@pytest.mark.parametrize(
    ("words", "spared", "most"),
    [
        (("search", "remera"), NEVER | NETWORK, 360),
        (("history",), NEVER | NETWORK, 360),
        (("status",), NEVER | {"tenacity", "cryptography"}, 430),
        (("status", "--json"), NEVER | {"tenacity", "cryptography", "rich"}, 390),
    ],
)
def test_a_command_that_looks_loads_what_it_shows_with(environment, words, spared, most):
    """No pydantic for options that nobody typed, and no network for what stands in the database."""
    modules, told, code = called(*words, environment=environment)

    assert (told, code) == ("", 0)
    assert modules & spared == set()
    assert "typer" in modules
    assert len(modules) <= most


def test_the_help_is_what_typer_would_print():
    """If not, write it again: storesync --no-color --help > storesync/cli/help.txt."""
    command, environment = [sys.executable, "-m", "storesync"], {"COLUMNS": "80"}
    by_typer, at_once = (
        subprocess.run([*command, *words], env=environment, capture_output=True, text=True, check=True).stdout
        for words in (("--no-color", "--help"), ("--help",))
    )

    assert by_typer == at_once


def test_a_narrow_terminal_gets_its_help_from_typer():
    """It is laid out for the columns there are."""
    modules, _, _ = called("--help", environment={"COLUMNS": "60"})

    assert "typer" in modules


@pytest.mark.parametrize("setting", [{}, {"STORESYNC_TIMEOUT": "soon"}, {"STORESYNC_DATABASE": "{folder}/nowhere.db"}])
def test_a_tick_without_typer_fails_in_the_same_words(tmp_path, setting):
    """Whether it comes by Typer or past it: the same line, hint and exit code."""
    answers = []
    for words in (("sync-due",), ("--quiet", "sync-due")):
        home = tmp_path / words[0]
        home.mkdir()
        environment = {"STORESYNC_HOME": str(home), "TMPDIR": str(home), **setting}
        environment = {name: value.format(folder=home) for name, value in environment.items()}
        modules, told, code = called(*words, environment=environment)
        answers.append((told.replace(str(home), "HOME"), code, "typer" in modules))

    assert answers[0][:2] == answers[1][:2]
    assert answers[0][0].startswith("storesync: ")
    assert answers[0][1] in {2, 10}
    assert [answer[2] for answer in answers] == [False, True]
