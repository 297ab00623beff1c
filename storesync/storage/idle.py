"""The fast path of a minute in which nothing is due: check that, and save an empty tick."""

from storesync.storage.connection import APPLICATION_ID, LOGGED, SCHEMA_VERSION, close_for_readers, connect
from storesync.storage.engine import sqlite3

# Each part repeats the condition of its partial index: otherwise SQLite would not use that index.
MAY_BE_DUE = """(connection NOT IN ('paused', 'disconnected') AND next_sync_at <= :minute)
    OR (connection NOT IN ('paused', 'disconnected')
        AND next_sync_at > strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '+2 days'))
    OR (connection NOT IN ('paused', 'disconnected')
        AND coalesce(last_attempt_at, connected_at) > strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '+2 minutes'))
    OR (connection = 'connected' AND sync_status = 'completed' AND compare_at <= :minute)"""
"""SQL condition of the stores that the schedule has to look at: those that are due, whose next sync lies impossibly
far ahead or was set by a clock that has been set back since, or whose ids are to be compared."""

IS_KEPT_UP = """SELECT 1 FROM marks WHERE name = 'upkeep_at' AND value > :minute
    AND value < strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '+2 days')"""
"""SQL query that returns a row where the next housekeeping lies ahead."""


def spend_idle_minute(path: str, now: str) -> bool:
    """Save a tick and return True if nothing can be due at *now* (an instant as text).

    Return False, and save nothing, where something may be due or the database at *path* cannot be used.
    """
    try:
        connection = connect(path)
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            return False
    except sqlite3.Error:
        return False
    try:
        return _spend(connection, now)
    except sqlite3.Error:
        return False
    finally:
        close_for_readers(connection, path)


def _spend(connection: sqlite3.Connection, now: str) -> bool:
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        return False
    if connection.execute(f"SELECT 1 FROM stores WHERE {MAY_BE_DUE} LIMIT 1", {"minute": now}).fetchone():
        return False
    if not connection.execute(IS_KEPT_UP, {"minute": now}).fetchone():
        return False
    # Off in a copy that was put back.
    connection.execute(LOGGED)
    connection.execute(
        """INSERT OR REPLACE INTO ticks (started_at, ended_at, due, served, failed, pending_picked, exit_code)
            VALUES (?, ?, 0, 0, 0, 0, 0)""",
        (now, now),
    )
    return True
