"""A connection to an existing database file, and the marks that tell whether it is ours. Light."""

from storesync.storage.engine import sqlite3

APPLICATION_ID = 0x53746F53
"""``StoS``: marks a file as ours."""

SCHEMA_VERSION = 9
"""How many migrations this program knows; the database keeps its own in ``user_version``."""

BUSY_S = 10.0


def connect(path: str, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection that commits to the disk, leaves no deleted data behind, and creates no file.

    With the *mode* ``ro`` it can only be read.
    """
    connection = sqlite3.connect(
        address_of(path, mode), uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def address_of(path: str, mode: str) -> str:
    """Return the URI by which SQLite opens the file at *path* in this *mode*."""
    where = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{where}?mode={mode}"
