"""Rebuild rows from the saved payloads, batch by batch, and save how far that has come.

A row is written only where it differs, so that nothing changes in an untouched database.
What no payload contains is left alone: tombstones, and since when a record has lapsed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import cache

from storesync.data import dataclass
from storesync.model import Row, Store
from storesync.runtime.instants import instant_of, is_within, text_of
from storesync.storage.category_tree import derive_category_paths
from storesync.storage.database import Database, translated
from storesync.storage.documents import mend_documents, renew_documents
from storesync.storage.pages import values_of
from storesync.storage.stores import load_store
from storesync.tables import RESOURCES, TABLES

BATCH = 200
BATCH_CHARACTERS = 4_000_000
"""A batch, which is read and then written at once, ends with the record that reaches one of these limits."""

LASTS = timedelta(days=1)
"""An interrupted rebuild can be continued for this long; after that more than the program may have changed."""


@dataclass(slots=True)
class Sent:
    """One record as the platform sent it: JSON texts by part, and their digests, which tell whether it changed."""

    id: str
    bodies: dict[str, str] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """The rows that a record should have, by table; *rows* is None where it can no longer be read."""

    sent: Sent
    rows: Mapping[str, list[Row]] | None


@dataclass(frozen=True, slots=True)
class Place:
    """How far a resource has been rebuilt, and the counters of that; *after* is the id of the last record done."""

    after: str = ""
    records: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    unreadable: int = 0
    without_payload: int = 0


def load_place(database: Database, store_id: int, resource: str, *, program: str, now: datetime) -> Place:
    """Return where to continue: at the beginning, unless the same version of *program* was interrupted lately."""
    row = database.row(
        "SELECT * FROM rebuilds WHERE store_id = ? AND resource = ? AND program = ?", (store_id, resource, program)
    )
    if row is None or not is_within(instant_of(row["saved_at"]), now, LASTS):
        return Place()
    return Place(row["after"], row["records"], row["rows_written"], row["rows_deleted"], row["unreadable"])


def forget_places(database: Database, store_ids: Iterable[int], resources: Sequence[str]) -> None:
    """Make the next rebuild of these resources of these stores start at the beginning.

    Inside the caller's transaction.
    """
    database.connection.executemany(
        "DELETE FROM rebuilds WHERE store_id = ? AND resource = ?",
        [(store_id, resource) for store_id in store_ids for resource in resources],
    )


def count_sent(database: Database, store_id: int, resource: str) -> int:
    """Return how many records have a payload."""
    sql = "SELECT count(*) FROM payloads WHERE store_id = ? AND resource = ? AND part = 'record'"
    return int(database.row(sql, (store_id, resource))[0])


def load_batch(database: Database, store_id: int, resource: str, *, after: str) -> list[Sent]:
    """Return the next records after the id *after*, in the order of ids; an empty list at the end."""
    batch: list[Sent] = []
    characters = 0
    with translated(database.path):
        rows = database.connection.execute(
            """SELECT id, part, body, digest FROM payloads WHERE store_id = ? AND resource = ? AND id > ?
                ORDER BY id, part""",
            (store_id, resource, after),
        )
        for row in rows:
            if not batch or row["id"] != batch[-1].id:
                if len(batch) >= BATCH or characters >= BATCH_CHARACTERS:
                    break
                batch.append(Sent(row["id"]))
            batch[-1].bodies[row["part"]] = row["body"]
            batch[-1].digests[row["part"]] = row["digest"]
            characters += len(row["body"])
        rows.close()
    return batch


def save_batch(
    database: Database,
    store: Store,
    resource: str,
    batch: Sequence[Derived],
    place: Place,
    *,
    program: str,
    now: datetime,
) -> Place:
    """Write the rows of a *batch* that differ, and return the new place.

    A record that was written, or forgotten, since it was read is left alone. *place* is returned
    as it is where the shop's description changed: the batch is then to be derived again.
    """
    first, last, at = place.after, batch[-1].sent.id, text_of(now) or ""
    with database.transaction():
        if load_store(database, store.id).shop != store.shop:
            return place
        digests = _digests(database, store.id, resource, first, last)
        spec = {one.sent.id: one.rows for one in batch if one.rows is not None}
        same = {one.sent.id for one in batch if one.sent.digests == digests.get(one.sent.id)}
        tombstones = _tombstones(database, store.id, resource, first, last)
        deleted = written = 0
        for name in dict.fromkeys(name for rows in spec.values() for name in rows):
            holders = {one: rows[name] for one, rows in spec.items() if one in same and name in rows}
            if name != resource:
                deleted += _remove(database, store.id, resource, name, holders, at=at)
            written += _write(database, store.id, name, holders, tombstones, at=at)
        renew_documents(database, store.id, resource, same & spec.keys(), now=at)
        place = replace(
            place,
            after=last,
            records=place.records + len(batch),
            rows_written=place.rows_written + written,
            rows_deleted=place.rows_deleted + deleted,
            unreadable=place.unreadable + len(batch) - len(spec),
        )
        _save_place(database, store.id, resource, place, program=program, at=at)
    return place


def finish(database: Database, store_id: int, resource: str, place: Place, *, now: datetime) -> Place:
    """Derive what needs all records of a resource, and return *place* with the number of records without payload."""
    if resource == "categories":
        with database.transaction():
            derive_category_paths(database, store_id)
    with database.transaction():
        mend_documents(database, store_id, resource, now=text_of(now) or "")
    sql = f"""SELECT count(*) FROM {resource} AS held WHERE store_id = ? AND NOT EXISTS (
        SELECT 1 FROM payloads AS sent
        WHERE sent.store_id = held.store_id AND sent.resource = ? AND sent.id = held.id AND sent.part = 'record')"""
    return replace(place, without_payload=int(database.row(sql, (store_id, resource))[0]))


def _digests(database: Database, store_id: int, resource: str, first: str, last: str) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    sql = "SELECT id, part, digest FROM payloads WHERE store_id = ? AND resource = ? AND id > ? AND id <= ?"
    for record_id, part, digest in database.rows(sql, (store_id, resource, first, last)):
        found.setdefault(record_id, {})[part] = digest
    return found


def _tombstones(database: Database, store_id: int, resource: str, first: str, last: str) -> dict[str, str]:
    sql = f"""SELECT id, deleted_at FROM {resource}
        WHERE store_id = ? AND id > ? AND id <= ? AND deleted_at IS NOT NULL"""
    return dict(tuple(row) for row in database.rows(sql, (store_id, first, last)))


def _remove(
    database: Database, store_id: int, resource: str, name: str, holders: Mapping[str, list[Row]], *, at: str
) -> int:
    """Delete the children that their parents no longer have, as saving a page does."""
    which = (
        f"store_id = :store AND {RESOURCES[resource].key} = :parent AND id NOT IN (SELECT value FROM json_each(:ids))"
    )
    sql = (
        f"UPDATE {name} SET deleted_at = :at WHERE deleted_at IS NULL AND {which}"
        if TABLES[name].keeps_tombstones
        else f"DELETE FROM {name} WHERE {which}"
    )
    values = [
        {"store": store_id, "parent": parent, "ids": json.dumps([row["id"] for row in rows]), "at": at}
        for parent, rows in holders.items()
    ]
    return int(database.connection.executemany(sql, values).rowcount)


def _write(
    database: Database,
    store_id: int,
    name: str,
    holders: Mapping[str, list[Row]],
    tombstones: Mapping[str, str],
    *,
    at: str,
) -> int:
    values = [
        values_of(TABLES[name], store_id, row, now=at, deleted_at=tombstones.get(parent))
        for parent, rows in holders.items()
        for row in rows
    ]
    return int(database.connection.executemany(_mend(name), values).rowcount)


@cache
def _mend(name: str) -> str:
    """Return the statement that inserts a row, or corrects the columns that payloads contain, where one is wrong."""
    table = TABLES[name]
    elsewhere = {"store_id", "id", "synced_at", "deleted_at", "path" if name == "categories" else ""}
    if name in RESOURCES:
        elsewhere.add(RESOURCES[name].lapses or "")
    told = [column for column in table.names if column not in elsewhere]
    # A variant is deleted with its product; a link may also be deleted with its category.
    told += ["deleted_at"] if table.keeps_tombstones else []
    ours, theirs = (", ".join(f"{alias}.{column}" for column in told) for alias in (name, "excluded"))
    # A child that a deleted record once had may now belong to another record.
    return f"""INSERT INTO {name} ({", ".join(table.names)}) VALUES ({", ".join("?" * len(table.names))})
        ON CONFLICT (store_id, id) DO UPDATE SET
            {", ".join(f"{column} = excluded.{column}" for column in (*told, "synced_at"))}
        WHERE ({ours}) IS NOT ({theirs}) AND ({name}.deleted_at IS NOT NULL OR excluded.deleted_at IS NULL)"""


def _save_place(database: Database, store_id: int, resource: str, place: Place, *, program: str, at: str) -> None:
    database.write(
        """INSERT OR REPLACE INTO rebuilds (store_id, resource, program, saved_at, after, records, rows_written,
            rows_deleted, unreadable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            store_id,
            resource,
            program,
            at,
            place.after,
            place.records,
            place.rows_written,
            place.rows_deleted,
            place.unreadable,
        ),
    )
