"""The minute in which nothing is due."""

import subprocess
import sys

HEAVY = ("typer", "httpx", "rich", "cryptography", "sqlite_utils", "tenacity", "dataclasses", "storesync.model")


def minute(program, code: str) -> str:
    environment = {"STORESYNC_HOME": str(program.home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_an_idle_minute_loads_no_library(program, tiendanube):
    """Neither Typer nor HTTP nor cryptography are loaded when no store is due."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 hour')")
    program.write("INSERT INTO marks VALUES ('upkeep_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+9 minutes'))")
    code = (
        "import sys; sys.argv = ['storesync', 'sync-due']; from storesync.__main__ import main;"
        f" print(main(), [name for name in {HEAVY!r} if name in sys.modules])"
    )

    assert minute(program, code) == "0 []\n"
    assert program.sql("SELECT due, served, exit_code FROM ticks") == [(0, 0, 0)]


def test_a_minute_with_a_due_store_is_left_to_the_program(program, tiendanube):
    """The idle minute keeps its hands off when a store is due."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = '2000-01-01T00:00:00Z'")
    code = "from storesync.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert program.sql("SELECT count(*) FROM ticks") == [(0,)]


def test_a_missing_database_is_left_to_the_program(program):
    """Without a database the whole program says what is wrong; none is created."""
    code = "from storesync.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert not program.database.exists()


def test_a_turn_impossibly_far_away_is_due(program, tiendanube):
    """It was written under a wrong clock: the store is not left alone for years."""
    program.connect("tiendanube", "123456", "--no-sync")
    program.write("UPDATE stores SET next_sync_at = '2999-01-01T00:00:00Z', sync_status = 'completed'")
    code = "from storesync.idle import nothing_is_due; print(nothing_is_due())"

    assert minute(program, code) == "False\n"
    assert [one["store"] for one in program("sync-due", "--plan", "--json").json["stores"]] == ["tiendanube:123456"]
