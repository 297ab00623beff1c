"""Check the database file for damage, and keep its write-ahead log short."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from storesync.errors import DatabaseUnusable
from storesync.storage.connection import SCHEMA_VERSION
from storesync.storage.database import PUT_BACK, Database, translated, version_of
from storesync.storage.engine import sqlite3

STEPS = 100_000
"""Steps of SQLite's virtual machine between two calls of *is_late*: some milliseconds."""

LONG_LOG_BYTES = 64 * 1024 * 1024


def must_be_sound(database: Database, *, is_late: Callable[[], bool]) -> bool:
    """Check the whole file for damage; return False where *is_late* ended the check early.

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
    """Return ``ok`` or the first damage found, None where *is_late* ended the check early."""
    try:
        found = (str(row[0]) for row in connection.execute("PRAGMA quick_check(10)"))
        # The search index can be rebuilt, and is checked separately.
        return next((one for one in found if "fts5" not in one.lower()), "ok")
    except sqlite3.OperationalError:
        # The check of the index reports an interruption with an error of its own.
        if is_late():
            return None
        raise


def shorten_log(database: Database) -> None:
    """Write a long log back into the file; where another process reads, that waits for the next call."""
    if log_bytes(database.path) > LONG_LOG_BYTES:
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")


def log_bytes(path: Path) -> int:
    """Return the size in bytes of the log of the database at *path*, 0 where there is none."""
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def is_older(database: Database) -> bool:
    """Return whether the schema is older than this program's."""
    return version_of(database.connection, database.path) < SCHEMA_VERSION


def sqlite_in_use() -> tuple[tuple[int, ...], str]:
    """Return the version of the SQLite in use, and where it comes from."""
    whose = "bundled with pysqlite3" if sqlite3.__name__.startswith("pysqlite3") else "Python's own"
    return tuple(sqlite3.sqlite_version_info), whose


def empty_log(database: Database) -> bool:
    """Write the log back into the file and truncate it; return False where a reader prevented that."""
    return not database.row("PRAGMA wal_checkpoint(TRUNCATE)")[0]


def overwrites(database: Database) -> bool:
    """Return whether this connection overwrites what it deletes."""
    return bool(database.row("PRAGMA secure_delete")[0] == 1)
