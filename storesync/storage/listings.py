"""Listings of a platform's ids, how they differ from our rows, and the deletions that follow."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from storesync.model import Checkpoint, Lease, RunCounters, Version
from storesync.runtime.clock import Clock
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.checkpoints import save_checkpoint
from storesync.storage.database import Database
from storesync.storage.documents import renew_documents
from storesync.storage.leases import renew
from storesync.storage.live_rows import listed as is_listed
from storesync.storage.pages import add_counters
from storesync.tables import RESOURCES


def save_listed(
    database: Database,
    lease: Lease,
    checkpoint: Checkpoint,
    versions: Sequence[Version],
    *,
    anew: bool,
    counters: RunCounters,
    clock: Clock,
) -> None:
    """Save one page of a listing and the *checkpoint* to continue from; *anew* first deletes the earlier listing.

    Raises `LeaseLost` and saves nothing where another process took over the store's lease.
    """
    where = (lease.store_id, checkpoint.resource)
    with database.transaction():
        renew(database, lease, clock, resource=checkpoint.resource)
        if anew:
            database.write("DELETE FROM listed WHERE store_id = ? AND resource = ?", where)
        database.connection.executemany(
            "INSERT OR REPLACE INTO listed (store_id, resource, id, updated_at, state) VALUES (?, ?, ?, ?, ?)",
            [(*where, version.id, version.updated_at, version.state) for version in versions],
        )
        save_checkpoint(database, lease.store_id, checkpoint)
        add_counters(database, lease.run_id, counters)


def forget_listed(database: Database, store_id: int, resource: str) -> None:
    """Delete a listing that has been compared."""
    database.write("DELETE FROM listed WHERE store_id = ? AND resource = ?", (store_id, resource))


def count_listed(database: Database, store_id: int, resource: str) -> int:
    """Return how many ids the listing holds."""
    sql = "SELECT count(*) FROM listed WHERE store_id = ? AND resource = ?"
    return int(database.row(sql, (store_id, resource))[0])


def witness(database: Database, store_id: int, resource: str) -> str | None:
    """Return the id of one live row that the listing contains too, None where there is none."""
    sql = f"""SELECT listed.id FROM listed CROSS JOIN {resource} AS held
            ON held.store_id = listed.store_id AND held.id = listed.id AND {is_listed(resource, "held")}
        WHERE listed.store_id = ? AND listed.resource = ? LIMIT 1"""
    found = database.rows(sql, (store_id, resource))
    return next((row[0] for row in found), None)


def changed(
    database: Database, store_id: int, resource: str, *, since: datetime | None = None
) -> tuple[list[str], list[str]]:
    """Return two lists of listed ids: those updated *since* that have no live row here, and those that are stale here.

    Stale is what is newer there or, updated at the same time, in another state; who was forgotten has none here.
    """
    live = is_listed(resource, "held")
    silent = RESOURCES[resource].silent
    theirs, ours = (", state", f", {silent}") if silent else ("", "")
    differs = f"OR changed.updated_at = held.updated_at AND changed.state <> held.{silent}" if silent else ""
    sql = f"""SELECT changed.id, held.id IS NULL FROM (
            SELECT id, updated_at{theirs} FROM listed WHERE store_id = :store AND resource = :resource
            EXCEPT SELECT id, updated_at{ours} FROM {resource} AS held WHERE store_id = :store AND {live} ORDER BY id
        ) AS changed LEFT JOIN {resource} AS held ON held.store_id = :store AND held.id = changed.id AND {live}
        WHERE changed.updated_at > held.updated_at {differs} OR held.id IS NULL
            AND (:since IS NULL OR changed.updated_at IS NULL OR changed.updated_at >= :since)"""
    rows = database.rows(sql, {"store": store_id, "resource": resource, "since": text_of(since)})
    return [row[0] for row in rows if row[1]], [row[0] for row in rows if not row[1]]


def unlisted(
    database: Database,
    store_id: int,
    resource: str,
    *,
    before: datetime,
    since: datetime | None,
    hidden: Collection[str] = (),
) -> list[str]:
    """Return the ids of live rows, written *before* the listing began, that it does not contain.

    Rows created before *since* are left out, where the platform shows only newer ones. Of what is read in parts, rows
    of those that are *hidden* are left out instead.
    """
    part = RESOURCES[resource].part
    is_shown = "(:since IS NULL OR coalesce(held.created_at, held.synced_at) > :since)"
    values = {"store": store_id, "resource": resource, "before": text_of(before), "since": text_of(since)}
    if part is not None:
        is_shown = f"held.{part} NOT IN (SELECT value FROM json_each(:hidden))"
        values["hidden"] = json.dumps(sorted(hidden))
    sql = f"""SELECT held.id FROM (
            SELECT id FROM {resource} AS held WHERE store_id = :store AND {is_listed(resource, "held")}
            EXCEPT SELECT id FROM listed WHERE store_id = :store AND resource = :resource ORDER BY id
        ) AS unlisted CROSS JOIN {resource} AS held ON held.store_id = :store AND held.id = unlisted.id
        WHERE held.synced_at < :before AND {is_shown}"""
    return [row[0] for row in database.rows(sql, values)]


def over(database: Database, store_id: int, ids: Sequence[str], *, before: datetime) -> set[str]:
    """Return those of the checkouts *ids* that became an order or were created *before*: no listing contains them."""
    sql = """SELECT id FROM checkouts AS held WHERE store_id = ? AND id IN (SELECT value FROM json_each(?))
        AND (created_at < ? OR order_id IS NOT NULL OR completed_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM orders WHERE orders.store_id = held.store_id AND orders.id = held.id))"""
    return {row[0] for row in database.rows(sql, (store_id, json.dumps(ids), text_of(before)))}


def quarantined(database: Database, store_id: int, resource: str) -> dict[str, datetime | None]:
    """Return the ids of the quarantined records, each with the time when it was last tried."""
    sql = "SELECT id, tried_at FROM quarantine WHERE store_id = ? AND resource = ? ORDER BY id"
    return {row[0]: instant_of(row[1]) for row in database.rows(sql, (store_id, resource))}


def lacking(database: Database, store_id: int, resource: str) -> list[str]:
    """Return the ids of the records whose nested lists lack some of what the platform counts."""
    sql = "SELECT id FROM lacking WHERE store_id = ? AND resource = ? ORDER BY id"
    return [row[0] for row in database.rows(sql, (store_id, resource))]


def release_quarantined(database: Database, store_id: int, resource: str, ids: Sequence[str]) -> None:
    """Remove these records, which the platform does not have any more, from the quarantine."""
    database.connection.executemany(
        "DELETE FROM quarantine WHERE store_id = ? AND resource = ? AND id = ?",
        [(store_id, resource, one) for one in ids],
    )


def named(
    database: Database, store_id: int, resource: str, removed: Sequence[tuple[str, str]], *, since: datetime | None
) -> list[str]:
    """Return the ids of the live records that *removed*, (table, id) pairs, names themselves or by a child.

    Records created before *since*, where the platform shows only newer ones, and held deletions are left out.
    """
    kind = RESOURCES[resource]
    found: set[str] = set()
    for table in (resource, *kind.children):
        ids = [one for name, one in removed if name == table]
        if not ids:
            continue
        owner = "id" if table == resource else kind.key
        sql = f"""SELECT held.id FROM {table} AS named JOIN {resource} AS held
                ON held.store_id = named.store_id AND held.id = named.{owner} AND held.deleted_at IS NULL
            WHERE named.store_id = ? AND named.id IN ({", ".join("?" * len(ids))}) AND named.deleted_at IS NULL
                AND (? IS NULL OR coalesce(held.created_at, held.synced_at) > ?)
                AND NOT EXISTS (SELECT 1 FROM held_deletions AS earlier
                    WHERE earlier.store_id = held.store_id AND earlier.resource = ? AND earlier.id = held.id)"""
        values = (store_id, *ids, text_of(since), text_of(since), resource)
        found.update(row[0] for row in database.rows(sql, values))
    return sorted(found)


def held(database: Database, store_id: int, resource: str, *, before: datetime) -> set[str]:
    """Return the ids whose deletion has been held since *before* or earlier."""
    sql = "SELECT id FROM held_deletions WHERE store_id = ? AND resource = ? AND held_at <= ?"
    return {row[0] for row in database.rows(sql, (store_id, resource, text_of(before)))}


def hold(database: Database, store_id: int, resource: str, ids: Sequence[str], *, now: datetime) -> None:
    """Hold the deletions of *ids* and no others; those held already keep the time since when they are."""
    since = dict(
        tuple(row)
        for row in database.rows(
            "SELECT id, held_at FROM held_deletions WHERE store_id = ? AND resource = ?", (store_id, resource)
        )
    )
    database.write("DELETE FROM held_deletions WHERE store_id = ? AND resource = ?", (store_id, resource))
    database.connection.executemany(
        "INSERT INTO held_deletions (store_id, resource, id, held_at) VALUES (?, ?, ?, ?)",
        [(store_id, resource, gone, since.get(gone, text_of(now))) for gone in ids],
    )


def lapse(database: Database, store_id: int, resource: str, ids: Sequence[str], *, now: datetime) -> None:
    """Mark these records as no longer listed by the platform, which is not a deletion."""
    database.connection.executemany(
        f"UPDATE {resource} SET {RESOURCES[resource].lapses} = ? WHERE store_id = ? AND id = ?",
        [(text_of(now), store_id, one) for one in ids],
    )


def tombstone(database: Database, store_id: int, resource: str, ids: Sequence[str], *, now: datetime) -> int:
    """Mark these records and their children as deleted; return how many live records these were."""
    kind = RESOURCES[resource]
    at = text_of(now)
    for child in kind.children:
        database.connection.executemany(
            f"UPDATE {child} SET deleted_at = ? WHERE store_id = ? AND {kind.key} = ? AND deleted_at IS NULL",
            [(at, store_id, gone) for gone in ids],
        )
    deleted = sum(
        database.write(
            f"UPDATE {kind.name} SET deleted_at = ? WHERE store_id = ? AND id = ? AND deleted_at IS NULL",
            (at, store_id, gone),
        )
        for gone in ids
    )
    if deleted and resource == "categories":
        from storesync.storage.category_tree import derive_category_paths  # noqa: PLC0415 - they seldom change

        derive_category_paths(database, store_id)
    database.connection.executemany(
        "DELETE FROM lacking WHERE store_id = ? AND resource = ? AND id = ?", [(store_id, resource, one) for one in ids]
    )
    renew_documents(database, store_id, resource, ids, now=at or "")
    return deleted


def tombstones(database: Database, store_id: int, resource: str, ids: Sequence[str] | None) -> dict[str, str]:
    """Return by id when records were deleted, the latest first: of those with *ids*, or of all where it is None."""
    marks = "" if ids is None else f" AND id IN ({', '.join('?' * len(ids))})"
    sql = (
        f"SELECT id, deleted_at FROM {resource} WHERE store_id = ? AND deleted_at IS NOT NULL{marks} ORDER BY 2 DESC, 1"
    )
    return {row["id"]: row["deleted_at"] for row in database.rows(sql, (store_id, *(ids or ())))}


def restore(database: Database, store_id: int, resource: str, ids: Sequence[str] | None, *, now: datetime) -> int:
    """Restore deleted records, those with *ids* or all where it is None; return how many these were.

    Their children that were deleted together with them are restored too.
    """
    kind = RESOURCES[resource]
    deleted = tombstones(database, store_id, resource, ids)
    for child in kind.children:
        database.connection.executemany(
            f"UPDATE {child} SET deleted_at = NULL WHERE store_id = ? AND {kind.key} = ? AND deleted_at = ?",
            [(store_id, one, at) for one, at in deleted.items()],
        )
    database.connection.executemany(
        f"UPDATE {kind.name} SET deleted_at = NULL WHERE store_id = ? AND id = ?",
        [(store_id, one) for one in deleted],
    )
    if deleted and resource == "categories":
        from storesync.storage.category_tree import derive_category_paths  # noqa: PLC0415 - they seldom change

        derive_category_paths(database, store_id)
    renew_documents(database, store_id, resource, deleted, now=text_of(now) or "")
    return len(deleted)
