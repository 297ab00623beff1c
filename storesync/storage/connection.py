"""Connect to an existing database file; the ids that mark it as storesync's. Fast to import."""

from storesync.storage.engine import sqlite3

APPLICATION_ID = 0x53746F53
"""``StoS`` in ASCII: marks a file as storesync's."""

SCHEMA_VERSION = 10
"""How many migrations this program knows; the database keeps its own in ``user_version``."""

BUSY_S = 10.0


def connect(path: str, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection that flushes commits to disk, overwrites what it deletes, and creates no file.

    *mode* is SQLite's: ``rw``, or ``ro`` to only read.
    """
    connection = sqlite3.connect(
        address_of(path, mode), uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def address_of(path: str, mode: str) -> str:
    """Return the URI by which SQLite opens the file at *path* in *mode*."""
    where = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{where}?mode={mode}"
