"""The minute in which nothing is due."""

import subprocess
import sys

import pytest

from tests.kits.imports import called

HEAVY = ("typer", "httpx", "rich", "cryptography", "sqlite_utils", "tenacity", "dataclasses", "storesync.model")


def minute(program, code: str) -> str:
    environment = {"STORESYNC_HOME": str(program.home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def heavy(*words: str) -> tuple[list[str], str]:
    """Call the program where no setting says where the home is; return what is heavy of what it loaded, and told."""
    modules, told, _ = called(*words, environment={})
    return [name for name in HEAVY if name in modules], told


@pytest.fixture
def idle(program, tiendanube):
    """One store, due in an hour, and nothing else to do before."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 hour')")
    program.write("INSERT INTO marks VALUES ('upkeep_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+9 minutes'))")
    return program


def test_an_idle_minute_loads_no_library(idle):
    """Neither Typer nor HTTP nor cryptography are loaded when no store is due."""
    code = (
        "import sys; sys.argv = ['storesync', 'sync-due']; from storesync.__main__ import main;"
        f" print(main(), [name for name in {HEAVY!r} if name in sys.modules])"
    )

    assert minute(idle, code) == "0 []\n"
    assert idle.sql("SELECT due, served, exit_code FROM ticks") == [(0, 0, 0)]


def test_options_that_name_places_make_it_no_heavier(idle, tmp_path):
    """The line that `cron install` writes is as light as a plain `sync-due`."""
    settings = tmp_path / "settings.env"
    settings.touch()
    ways = [
        ("--home", str(idle.home)),
        ("--home", "/nowhere", "--database", str(idle.database)),
        ("--env-file", str(settings), "--home", "/nowhere", "--home", str(idle.home)),
    ]

    for options in ways:
        idle.write("DELETE FROM ticks")
        assert heavy(*options, "sync-due") == ([], "")
        assert idle.sql("SELECT due, served, exit_code FROM ticks") == [(0, 0, 0)]


@pytest.mark.parametrize(
    "words",
    [
        ("--verbose", "sync-due"),
        ("-v", "-q", "sync-due"),
        ("--home", "{home}", "--quiet", "sync-due"),
        ("--home={home}", "sync-due"),
        ("--home", "sync-due"),
        ("sync-due", "sync-due"),
        ("--home", "{home}", "status"),
        (),
    ],
)
def test_any_other_line_is_left_to_the_program(idle, words):
    """Only what is surely a plain `sync-due` takes the light way."""
    loaded, _ = heavy(*(word.format(home=idle.home) for word in words))

    assert "typer" in loaded


@pytest.mark.parametrize("text", [None, "STORESYNC_DATABASE=elsewhere.db\n"])
def test_a_settings_file_that_may_name_the_database_is_left_to_the_program(idle, tmp_path, text):
    """It has to be read, or to be missed."""
    settings = tmp_path / "settings.env"
    if text:
        settings.write_text(text)

    loaded, told = heavy("--home", str(idle.home), "--env-file", str(settings), "sync-due")

    assert "storesync.model" in loaded
    assert ("elsewhere.db" if text else str(settings)) in told


def test_a_minute_with_a_due_store_is_left_to_the_program(program, tiendanube):
    """The idle minute keeps its hands off when a store is due."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = '2000-01-01T00:00:00Z'")
    code = "from storesync.scheduler.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert program.sql("SELECT count(*) FROM ticks") == [(0,)]


def test_a_missing_database_is_left_to_the_program(program):
    """Without a database the whole program says what is wrong; none is created."""
    code = "from storesync.scheduler.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert not program.database.exists()


def test_a_turn_impossibly_far_away_is_due(program, tiendanube):
    """It was written under a wrong clock: the store is not left alone for years."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = '2999-01-01T00:00:00Z', sync_status = 'completed'")
    code = "from storesync.scheduler.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert [one["store"] for one in program("sync-due", "--plan", "--json").json["stores"]] == ["tiendanube:123456"]
