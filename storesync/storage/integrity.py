"""The database file itself: whether it is sound, and how long its log has grown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from storesync.errors import DatabaseUnusable
from storesync.storage.connection import SCHEMA_VERSION
from storesync.storage.database import PUT_BACK, Database, translated, version_of
from storesync.storage.engine import sqlite3

STEPS = 100_000
"""How many steps of SQLite's machine lie between two looks at the clock: some milliseconds."""

LONG_LOG_BYTES = 64 * 1024 * 1024


def must_be_sound(database: Database, *, is_late: Callable[[], bool]) -> bool:
    """Read the whole file for damage; return False where *is_late* ended that before its end.

    Raises `DatabaseUnusable` where there is damage.
    """
    connection = database.connection
    connection.set_progress_handler(lambda: int(is_late()), STEPS)
    try:
        with translated(database.path):
            found = _quick_check(connection, is_late)
    finally:
        connection.set_progress_handler(None, 0)
    if found is None:
        return False
    if found != "ok":
        raise DatabaseUnusable(f"{database.path} is damaged ({found})", hint=PUT_BACK, is_spoilt=True)
    return True


def _quick_check(connection: Any, is_late: Callable[[], bool]) -> str | None:
    """Return ``ok`` or the first damage, None where it was ended before."""
    try:
        found = (str(row[0]) for row in connection.execute("PRAGMA quick_check(10)"))
        # The search index can be made anew, and is looked at by itself.
        return next((one for one in found if "fts5" not in one.lower()), "ok")
    except sqlite3.OperationalError:
        # What was interrupted may be the index, which says so in words of its own.
        if is_late():
            return None
        raise


def shorten_log(database: Database) -> None:
    """Write a long log back into the file, unless somebody reads: then the next time."""
    if log_bytes(database.path) > LONG_LOG_BYTES:
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")


def log_bytes(path: Path) -> int:
    """Return how long the log of the database at *path* is."""
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def is_older(database: Database) -> bool:
    """True where the schema is older than this program's."""
    return version_of(database.connection, database.path) < SCHEMA_VERSION


def sqlite_in_use() -> tuple[tuple[int, ...], str]:
    """Return the version of the SQLite in use, and whose it is."""
    whose = "bundled with pysqlite3" if sqlite3.__name__.startswith("pysqlite3") else "Python's own"
    return tuple(sqlite3.sqlite_version_info), whose


def empty_log(database: Database) -> bool:
    """Write the log back into the file and cut it to nothing; return whether nobody who reads kept us from it."""
    return not database.row("PRAGMA wal_checkpoint(TRUNCATE)")[0]


def overwrites(database: Database) -> bool:
    """True where this connection overwrites what it deletes."""
    return bool(database.row("PRAGMA secure_delete")[0] == 1)
