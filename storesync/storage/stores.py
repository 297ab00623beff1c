"""Load and save stores: which are connected, which are due, and their sync state."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from storesync.errors import StoresyncError, UsageError
from storesync.model import DUPLICATE, Health, Shop, Store
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database
from storesync.storage.idle import MAY_BE_DUE

_STORES = """SELECT stores.*, (SELECT kind FROM credentials WHERE credentials.store_id = stores.id) AS token_kind
    FROM stores"""

_PLAIN = (
    "id",
    "key",
    "platform",
    "alias",
    "owner",
    "sync_status",
    "connection",
    "connection_reason",
    "tier",
    "consecutive_failures",
    "excused",
    "refusals",
    "last_error_code",
    "last_error",
    "hint",
    "token_kind",
    "served_version",
    "time_zone_by",
    "shop_time_zone",
)
_INSTANTS = (
    "touched_at",
    "last_activity_at",
    "connected_at",
    "first_started_at",
    "first_synced_at",
    "last_attempt_at",
    "last_sync_at",
    "next_sync_at",
    "described_at",
    "compare_at",
    "last_reconciled_at",
    "disconnected_at",
    "since",
)


def load_stores(database: Database, *, owner: str | None = None) -> list[Store]:
    """Return all stores, or those of *owner*, in the order of their keys."""
    sql = f"{_STORES} WHERE :owner IS NULL OR owner = :owner ORDER BY key"
    return [_store(row) for row in database.rows(sql, {"owner": owner})]


def load_due(database: Database, minute: datetime) -> list[Store]:
    """Return the stores that may be due at *minute*; `storesync.rules.schedule` decides."""
    sql = f"{_STORES} WHERE {MAY_BE_DUE}"
    return [_store(row) for row in database.rows(sql, {"minute": text_of(minute)})]


def load_connection(database: Database, key: str) -> str | None:
    """Return the connection of the store *key*, None where there is no such store."""
    row = database.row("SELECT connection FROM stores WHERE key = ?", (key,))
    return None if row is None else str(row[0])


def load_troubled(database: Database) -> list[Store]:
    """Return the stores that fail, need to be connected again, or are suspended."""
    sql = f"""{_STORES} WHERE consecutive_failures > 0 OR connection IN ('needs_reauth', 'suspended')
        ORDER BY key"""
    return [_store(row) for row in database.rows(sql)]


def load_platforms_excused(database: Database) -> set[str]:
    """Return the platforms that have connected stores whose failures were excused."""
    sql = "SELECT DISTINCT platform FROM stores WHERE excused > 0 AND connection = 'connected'"
    return {row[0] for row in database.rows(sql)}


def load_tried(database: Database, since: datetime) -> list[Store]:
    """Return the stores, neither paused nor disconnected, that were tried after *since*."""
    sql = f"""{_STORES} WHERE connection NOT IN ('paused', 'disconnected')
        AND coalesce(last_attempt_at, connected_at) > ? AND first_started_at IS NOT NULL"""
    return [_store(row) for row in database.rows(sql, (text_of(since),))]


def save_choice(database: Database, store: Store) -> None:
    """Save the fields of *store* that the operator may set, inside the caller's transaction.

    Raises `UsageError` where the alias is taken.
    """
    must_be_free(database, store.alias, store.key)
    database.write(
        """UPDATE stores SET alias = ?, owner = ?, tier = ?, tier_pinned = ?, touched_at = ?, connection = ?,
            connection_reason = ?, refusals = ?, next_sync_at = ?, resources = ? WHERE id = ?""",
        (
            store.alias,
            store.owner,
            store.tier,
            store.tier_pinned,
            text_of(store.touched_at),
            store.connection,
            store.connection_reason,
            store.refusals,
            text_of(store.next_sync_at),
            json.dumps(store.resources),
            store.id,
        ),
    )


def save_hindrance(database: Database, store_ids: Iterable[int], fault: StoresyncError) -> None:
    """Save that *fault*, for which they are not to blame, keeps these stores from being read.

    A store with a failure of its own keeps that as its last error.
    """
    for store_id in store_ids:
        database.write(
            """UPDATE stores SET last_error_code = ?, last_error = ?, hint = ?
                WHERE id = ? AND connection = 'connected' AND consecutive_failures = 0 AND excused = 0""",
            (fault.code, fault.message, fault.hint, store_id),
        )


def load_hindered(database: Database, code: str) -> list[Store]:
    """Return the stores that a fault with this *code*, for which they are not to blame, keeps from being read."""
    sql = f"{_STORES} WHERE last_error_code = ? AND consecutive_failures = 0 AND excused = 0"
    return [_store(row) for row in database.rows(sql, (code,))]


def forget_hindrance(database: Database, store_ids: Iterable[int]) -> None:
    """Save that no fault keeps these stores from being read any more."""
    for store_id in store_ids:
        database.write(
            """UPDATE stores SET last_error_code = NULL, last_error = NULL, hint = NULL
                WHERE id = ? AND consecutive_failures = 0 AND excused = 0""",
            (store_id,),
        )


def save_time_zone(database: Database, store_id: int, zone: str, *, by: str) -> None:
    """Save by which time zone the days of a store are counted and who said so, inside the caller's transaction."""
    database.write("UPDATE stores SET time_zone = ?, time_zone_by = ? WHERE id = ?", (zone, by, store_id))


def save_derive_due(database: Database, store_id: int, resources: Iterable[str]) -> None:
    """Save of which resources some rows are to be derived anew, inside the caller's transaction."""
    database.write("UPDATE stores SET derive_due = ? WHERE id = ?", (json.dumps(list(resources)), store_id))


def save_served_version(database: Database, store_id: int, version: str | None) -> None:
    """Save which version of the API answers for a store, inside the caller's transaction; None: the one asked for."""
    database.write("UPDATE stores SET served_version = ? WHERE id = ?", (version, store_id))


def save_disconnected(database: Database, store_id: int, *, reason: str | None, now: datetime) -> None:
    """Delete the token of a store and take it out of the schedule, inside the caller's transaction; its data stay.

    What a copy of another store says of itself stays, too, unless there is another *reason* now.
    """
    database.write("DELETE FROM credentials WHERE store_id = ?", (store_id,))
    database.write(
        """UPDATE stores SET connection = 'disconnected', connection_reason = coalesce(?, connection_reason),
            disconnected_at = coalesce(disconnected_at, ?), consecutive_failures = 0, excused = 0, refusals = 0,
            last_error_code = NULL, last_error = iif(connection_reason IS ?, last_error, NULL),
            hint = iif(connection_reason IS ?, hint, NULL) WHERE id = ?""",
        (reason, text_of(now), *(2 * ["" if reason else DUPLICATE]), store_id),
    )


def excuse(database: Database, tried: Store, health: Health, *, now: datetime) -> bool:
    """Save the *health* of a store that failed in an outage of its platform, and delete the events of the failure.

    Return False, and save nothing, where the store has changed since it was *tried*.
    """
    with database.transaction():
        store = load_store(database, tried.id)
        if (store.last_attempt_at, store.next_sync_at) != (tried.last_attempt_at, tried.next_sync_at):
            return False
        save_health(database, store.id, health, now=now, succeeded=False, loaded=False)
        database.write(
            """DELETE FROM events WHERE store_id = ? AND at >= ? AND kind IN ('failed', 'needs_reauth', 'suspended')""",
            (store.id, text_of(tried.last_attempt_at)),
        )
    return True


def load_store(database: Database, store_id: int) -> Store:
    """Return the store with this id. Raises `UsageError` where there is none any more."""
    row = database.row(f"{_STORES} WHERE id = ?", (store_id,))
    if row is None:
        raise UsageError("the store was removed meanwhile")
    return _store(row)


def find_stores(database: Database, names: Sequence[str], *, owner: str | None = None) -> list[Store]:
    """Return the stores that *names* mean: a key, its part after the colon where unambiguous, or an alias.

    A name that means no store today may be a former key. Without names, these are all stores that are not
    disconnected. Raises `UsageError` for a name that means no store or several, and for an *owner* without stores.
    """
    stores = load_stores(database)
    if owner is not None and not any(store.owner == owner for store in stores):
        raise UsageError(f"no store belongs to {owner!r}", hint="see all of them: storesync status")
    chosen = [_named(database, stores, name) for name in names] or [s for s in stores if s.disconnected_at is None]
    return [store for store in dict.fromkeys(chosen) if owner is None or store.owner == owner]


def _named(database: Database, stores: Sequence[Store], name: str) -> Store:
    found = [s for s in stores if name == s.key]
    found = found or [s for s in stores if name in {s.alias, s.key.partition(":")[2]}]
    if not found:
        from storesync.storage.former_keys import find_former  # noqa: PLC0415 - few shops were called otherwise

        former = find_former(database, name)
        found = [s for s in stores if s.id in former]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(store.key for store in found)
        raise UsageError(f"{name!r} may be any of {keys}", hint=f"name one in full: {found[0].key}")
    raise UsageError(f"no store is called {name!r}", hint="see which are connected: storesync status")


def must_be_free(database: Database, alias: str | None, key: str) -> None:
    """Raise `UsageError` where *alias* belongs to another store than *key*."""
    taken = alias and database.row("SELECT key FROM stores WHERE alias = ? AND key <> ?", (alias, key))
    if taken:
        raise UsageError(f"the alias {alias!r} belongs to {taken[0]}", hint="choose another --alias")


def save_health(
    database: Database, store_id: int, health: Health, *, now: datetime, succeeded: bool, loaded: bool
) -> None:
    """Save what a sync attempt did to a store; success sets its last sync, and its first one once all is *loaded*."""
    values = {
        "id": store_id,
        "sync_status": health.sync_status,
        "connection": health.connection,
        "connection_reason": health.connection_reason,
        "tier": health.tier,
        "failures": health.consecutive_failures,
        "excused": health.excused,
        "refusals": health.refusals,
        "next": text_of(health.next_sync_at),
        "code": health.last_error_code,
        "error": health.last_error,
        "hint": health.hint,
        "now": text_of(now),
        "succeeded": succeeded,
        "loaded": succeeded and loaded,
    }
    database.write(_SAVE_HEALTH, values)


# An operator's pause or disconnect while the store was being read stays in force.
_SAVE_HEALTH = """UPDATE stores SET sync_status = :sync_status,
        tier = CASE WHEN tier_pinned THEN tier ELSE :tier END,
        connection = CASE WHEN connection IN ('paused', 'disconnected') THEN connection ELSE :connection END,
        connection_reason = :connection_reason, consecutive_failures = :failures, excused = :excused,
        refusals = :refusals,
        next_sync_at = :next, last_error_code = :code, last_error = :error, hint = :hint,
        last_sync_at = CASE WHEN :succeeded THEN :now ELSE last_sync_at END,
        first_synced_at = CASE WHEN :loaded THEN coalesce(first_synced_at, :now) ELSE first_synced_at END
    WHERE id = :id"""


def _store(row: Any) -> Store:
    shop = Shop(
        id=row["platform_id"],
        key=row["key"].partition(":")[2],
        name=row["name"],
        domain=row["domain"],
        url=row["url"],
        country=row["country"],
        language=row["language"],
        currency=row["main_currency"],
        time_zone=row["time_zone"],
        plan=row["plan"],
    )
    values: dict[str, Any] = {name: row[name] for name in _PLAIN}
    values |= {name: instant_of(row[name]) for name in _INSTANTS}
    resources = tuple(json.loads(row["resources"]))
    derive_due = tuple(json.loads(row["derive_due"]))
    return Store(shop=shop, tier_pinned=bool(row["tier_pinned"]), resources=resources, derive_due=derive_due, **values)
