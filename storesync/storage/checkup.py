"""The database file itself: whether it is sound, and how long its log has grown."""

from collections.abc import Callable
from pathlib import Path

from storesync.errors import DatabaseUnusable
from storesync.storage.database import Database
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
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise DatabaseUnusable(
            f"{database.path} is damaged ({found})", hint="keep the file, and put a backup in its place"
        )
    return True


def shorten_log(database: Database) -> None:
    """Write a long log back into the file, unless somebody reads: then the next time."""
    log = Path(f"{database.path}-wal")
    if log.exists() and log.stat().st_size > LONG_LOG_BYTES:
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")
