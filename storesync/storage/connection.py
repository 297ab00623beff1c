"""Connect to an existing database file; the ids that mark it as storesync's. Fast to import."""

from storesync.storage.engine import CHECKPOINTS_SAFELY, sqlite3

APPLICATION_ID = 0x53746F53
"""``StoS`` in ASCII: marks a file as storesync's."""

SCHEMA_VERSION = 13
"""How many migrations this program knows; the database keeps its own in ``user_version``."""

BUSY_S = 10.0

LOGGED = "PRAGMA journal_mode = WAL"
"""Statement that gives the file its write-ahead log, so that nobody who reads holds up who writes."""

_LOOK = "PRAGMA schema_version"
"""Statement that reads the file: only then does SQLite lock it, and open or make what belongs to the log."""


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


def close_for_readers(connection: sqlite3.Connection, path: str) -> None:
    """Close *connection* to the file at *path*; its log and the log's index stay beside it, empty where nobody reads.

    SQLite deletes both with the last connection, and who may not write in the folder can then not read
    (https://sqlite.org/wal.html#read_only_databases). A connection that only reads deletes nothing and makes what is
    missing, so one is closed last. Nothing waits for others: a log in use is emptied by the next one who closes.
    """
    try:
        last = sqlite3.connect(address_of(path, "ro"), uri=True)
    except sqlite3.Error:
        # Nobody reads a file that is gone.
        connection.close()
        return
    if CHECKPOINTS_SAFELY:
        _attempt(last, _LOOK)
        _attempt(connection, "PRAGMA busy_timeout = 0")
        _attempt(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    _attempt(last, _LOOK)
    last.close()


def _attempt(connection: sqlite3.Connection, statement: str) -> None:
    try:
        connection.execute(statement).fetchone()
    except sqlite3.Error:
        return


def address_of(path: str, mode: str) -> str:
    """Return the URI by which SQLite opens the file at *path* in *mode*."""
    where = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{where}?mode={mode}"
