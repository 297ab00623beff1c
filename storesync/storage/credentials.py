"""Load and save sealed (encrypted) credentials; their key is not in the database."""

import json
from datetime import datetime
from typing import Any

from storesync.model import Credential
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database


def save_credential(database: Database, store_id: int, credential: Credential, sealed: bytes, *, now: datetime) -> None:
    """Save the *sealed* form of *credential* and, in clear text, only what is not secret."""
    database.write(
        """INSERT INTO credentials (store_id, kind, sealed, scopes, expires_at, refresh_expires_at, saved_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (store_id) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed,
                scopes = excluded.scopes, expires_at = excluded.expires_at,
                refresh_expires_at = excluded.refresh_expires_at, saved_at = excluded.saved_at""",
        (
            store_id,
            credential.kind,
            sealed,
            json.dumps(credential.scopes),
            text_of(credential.expires_at),
            text_of(credential.refresh_expires_at),
            text_of(now),
        ),
    )


def replace_credential(
    database: Database, store_id: int, credential: Credential, sealed: bytes, *, replacing: bytes, now: datetime
) -> bool:
    """Save *credential* if the saved one is still the one sealed as *replacing*; return whether it was saved."""
    if load_sealed(database, store_id) != replacing:
        return False
    save_credential(database, store_id, credential, sealed, now=now)
    return True


def load_fading(database: Database, now: datetime, until: datetime) -> list[int]:
    """Return the ids of the stores whose refresh token expires between *now* and *until*, the soonest first."""
    sql = """SELECT store_id FROM credentials JOIN stores ON stores.id = store_id
        WHERE kind = 'oauth_expiring' AND connection <> 'disconnected'
            AND refresh_expires_at > ? AND refresh_expires_at < ?
        ORDER BY refresh_expires_at, store_id"""
    return [row[0] for row in database.rows(sql, (text_of(now), text_of(until)))]


def load_sealed(database: Database, store_id: int) -> bytes | None:
    """Return the sealed credential of a store, None where it has none."""
    row = database.row("SELECT sealed FROM credentials WHERE store_id = ?", (store_id,))
    return None if row is None else bytes(row[0])


def load_all_sealed(database: Database) -> dict[int, bytes]:
    """Return the sealed credentials by store id."""
    return {row[0]: bytes(row[1]) for row in database.rows("SELECT store_id, sealed FROM credentials")}


def save_sealed(database: Database, store_id: int, sealed: bytes) -> None:
    """Save the same credential sealed anew, inside the caller's transaction."""
    database.write("UPDATE credentials SET sealed = ? WHERE store_id = ?", (sealed, store_id))


def any_sealed(database: Database) -> bool:
    """Return whether any store has a sealed credential."""
    return database.row("SELECT 1 FROM credentials LIMIT 1") is not None


def load_token_facts(database: Database) -> dict[int, Credential]:
    """Return all credentials without their secrets, by store id."""
    return {row["store_id"]: _facts(row) for row in database.rows("SELECT * FROM credentials")}


def _facts(row: Any) -> Credential:
    return Credential(
        kind=row["kind"],
        access_token="",
        scopes=tuple(json.loads(row["scopes"])),
        expires_at=instant_of(row["expires_at"]),
        refresh_expires_at=instant_of(row["refresh_expires_at"]),
    )
