"""The minute in which nothing is due: one question, one row."""

from storesync.storage.connection import APPLICATION_ID, SCHEMA_VERSION, connect
from storesync.storage.engine import sqlite3

MAY_BE_DUE = """connection NOT IN ('paused', 'disconnected')
    AND (next_sync_at <= :minute OR next_sync_at > strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '+2 days'))"""
"""Which stores the schedule has to look at: those whose turn has come, or lies impossibly far away."""

TOKEN_FADES = """SELECT 1 FROM credentials JOIN stores ON stores.id = store_id
    WHERE connection <> 'disconnected' AND refresh_expires_at > :minute
        AND refresh_expires_at < strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '+30 days')
        AND NOT EXISTS (SELECT 1 FROM marks WHERE name = 'looked_after_at'
            AND value > strftime('%Y-%m-%dT%H:%M:%SZ', :minute, '-30 minutes'))
    LIMIT 1"""
"""True where a refresh token must be renewed though its store is not due, and nobody tried lately."""


def spend_idle_minute(path: str, now: str) -> bool:
    """Record a tick and return True where no store can be due at *now*; else, or in any trouble, return False."""
    try:
        connection = connect(path)
        ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        if not ours or connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
            return False
        if connection.execute(f"SELECT 1 FROM stores WHERE {MAY_BE_DUE} LIMIT 1", {"minute": now}).fetchone():
            return False
        if connection.execute(TOKEN_FADES, {"minute": now}).fetchone():
            return False
        connection.execute(
            """INSERT OR REPLACE INTO ticks (started_at, ended_at, due, served, failed, pending_picked, exit_code)
                VALUES (?, ?, 0, 0, 0, 0, 0)""",
            (now, now),
        )
    except sqlite3.Error:
        return False
    return True
