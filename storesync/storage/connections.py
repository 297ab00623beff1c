"""Save that a shop is connected: as a new store, or as the one that it has been before, whatever it was called."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storesync.data import dataclass
from storesync.errors import UsageError
from storesync.model import PURGING, SHOP, Shop, Store
from storesync.runtime.instants import text_of
from storesync.storage import leases
from storesync.storage.database import Database
from storesync.storage.stores import load_store, must_be_free


@dataclass(frozen=True, slots=True)
class Saved:
    """The store of a shop that was connected; *former_key* is what it was called until then, None where the same."""

    store: Store
    former_key: str | None = None


def save_connected(
    database: Database,
    platform: str,
    shop: Shop,
    *,
    now: datetime,
    grace_until: datetime,
    alias: str | None = None,
    owner: str | None = None,
    resources: Sequence[str] = (),
    since: datetime | None = None,
) -> Saved:
    """Save *shop* as connected, inside the caller's transaction, and return its store.

    A new store is pending until *grace_until*. One that the platform's own id of the shop says is known keeps its
    data, and gets the shop's key of today. Stores of the platform that need to be connected again or are suspended
    are due at once.

    Raises `UsageError` where the key belongs to another shop, to a copy of this one, or to a store that is being
    purged, or the alias is taken.
    """
    key = f"{platform}:{shop.key}"
    known = _known(database, platform, shop, key)
    former_key = known["key"] if known and known["key"] != key else None
    if known and former_key:
        _rename(database, known["id"], former_key, key, now=now)
    must_be_free(database, alias, key)
    values = {
        **_facts(shop),
        "key": key,
        "platform": platform,
        "now": text_of(now),
        "due": text_of(grace_until),
        "alias": alias,
        "owner": owner,
        "resources": json.dumps(list(resources)),
        "since": text_of(since),
        "by": SHOP,
    }
    database.write(_RECONNECT if known else _CONNECT, values)
    # What fixed this connection may have fixed those of other stores.
    database.write(
        "UPDATE stores SET next_sync_at = ? WHERE connection IN ('needs_reauth', 'suspended') AND platform = ?",
        (text_of(now), platform),
    )
    [store_id] = database.row("SELECT id FROM stores WHERE key = ?", (key,))
    _set_copies_apart(database, store_id, key, now=now)
    return Saved(load_store(database, store_id), former_key)


def _known(database: Database, platform: str, shop: Shop, key: str) -> Any:
    """Return the id and the key of the store that *shop* is here, None where it is none yet.

    Of several with its identity, it is the one that is read, else the one that bears the *key*, else the last synced.
    """
    held = database.row("SELECT id, platform_id, connection, connection_reason FROM stores WHERE key = ?", (key,))
    if held and held["connection_reason"] == PURGING:
        raise UsageError(f"{key} is being purged", hint=f"let that end first: storesync disconnect {key} --purge")
    known = database.row(
        """SELECT id, key FROM stores WHERE platform = ? AND platform_id = ? AND connection_reason IS NOT ?
            ORDER BY connection = 'disconnected', key <> ?, last_sync_at DESC, id DESC""",
        (platform, shop.id, PURGING, key),
    )
    if held and known and held["platform_id"] == shop.id and held["id"] != known["id"]:
        raise UsageError(
            f"{key} is a copy of {known['key']}: both are this shop",
            hint=f"erase the copy, then connect again: storesync disconnect {key} --purge",
        )
    if held and held["platform_id"] != shop.id:
        raise UsageError(
            f"{key} is another shop now than the one that was connected before", hint=_apart(held, known, key)
        )
    return known


def _apart(held: Any, known: Any, key: str) -> str:
    """Return how to connect a shop whose key an earlier shop's store has."""
    if known and held["connection"] == "disconnected":
        return f"erase what is here of the earlier one, then connect again: storesync disconnect {key} --purge"
    return f"keep the new shop apart from it: storesync --home DIR connect {key.replace(':', ' ', 1)}"


def _set_copies_apart(database: Database, store_id: int, key: str, *, now: datetime) -> None:
    """Mark the other stores of the same shop, which are disconnected, as copies of this one."""
    others = """SELECT other.id FROM stores JOIN stores AS other ON other.platform = stores.platform
            AND other.platform_id = stores.platform_id AND other.id <> stores.id
        WHERE stores.id = ? AND coalesce(other.connection_reason, '') NOT IN ('duplicate', 'purging')"""
    for (copy,) in database.rows(others, (store_id,)):
        database.write(SET_APART, {"id": copy, "kept": key, "now": text_of(now)})


def _rename(database: Database, store_id: int, old: str, new: str, *, now: datetime) -> None:
    """Give a store the key *new*; *old* becomes a former one, and what is saved under it goes with the store.

    Whoever works on the store loses the lease: what the old name answers is no longer believed.
    """
    database.write("UPDATE stores SET key = ? WHERE id = ?", (new, store_id))
    database.write("DELETE FROM store_keys WHERE store_id = ? AND key = ?", (store_id, new))
    database.write(
        "INSERT OR REPLACE INTO store_keys (key, store_id, until) VALUES (?, ?, ?)", (old, store_id, text_of(now))
    )
    leases.revoke(database, store_id, now)
    for table, column, ahead in (("marks", "name", ":"), ("incidents", "topic", " ")):
        # Names end in the key: "bulk_started:shopify:alpha", "the data of shopify:alpha".
        database.write(
            f"""UPDATE OR REPLACE {table} SET {column} = substr({column}, 1, length({column}) - length(:old)) || :new
                WHERE :ahead || :old = substr(:ahead || {column}, -length(:old) - 1)""",
            {"old": old, "new": new, "ahead": ahead},
        )


SET_APART = """UPDATE stores SET connection = 'disconnected', connection_reason = 'duplicate',
        disconnected_at = coalesce(disconnected_at, :now), consecutive_failures = 0, excused = 0, refusals = 0,
        last_error_code = NULL, last_error = 'it is a copy of ' || :kept || ', the same shop: no view has it',
        hint = 'erase the copy: storesync disconnect ' || key || ' --purge' WHERE id = :id"""
"""Statement that marks the store *id* as a copy of the one called *kept*."""

_CONNECT = """INSERT INTO stores (key, platform, platform_id, domain, url, name, alias, owner, country,
        language, main_currency, time_zone, time_zone_by, shop_time_zone, plan, tier, connected_at, next_sync_at,
        resources, since)
    VALUES (:key, :platform, :platform_id, :domain, :url, :name, :alias, :owner, :country, :language,
        :main_currency, :time_zone, :by, :time_zone, :plan, 'high', :now, :due, :resources, :since)"""

_RECONNECT = """UPDATE stores SET domain = :domain, url = :url, name = :name, plan = :plan,
        alias = coalesce(:alias, alias), owner = coalesce(:owner, owner),
        resources = CASE WHEN :resources = '[]' OR first_started_at IS NOT NULL THEN resources ELSE :resources END,
        since = CASE WHEN first_started_at IS NULL THEN coalesce(:since, since) ELSE since END,
        connection = 'connected', connection_reason = NULL, disconnected_at = NULL, refusals = 0,
        consecutive_failures = 0, excused = 0, last_error_code = NULL, last_error = NULL, hint = NULL,
        sync_status = CASE WHEN first_started_at IS NULL THEN 'pending'
            WHEN sync_status = 'failed' AND first_synced_at IS NULL THEN 'in_progress'
            WHEN sync_status = 'failed' THEN 'completed' ELSE sync_status END,
        touched_at = :now, next_sync_at = :now
    WHERE key = :key"""


def _facts(shop: Shop) -> dict[str, Any]:
    return {
        "platform_id": shop.id,
        "domain": shop.domain,
        "url": shop.url,
        "name": shop.name,
        "country": shop.country,
        "language": shop.language,
        "main_currency": shop.currency,
        "time_zone": shop.time_zone,
        "plan": shop.plan,
    }
