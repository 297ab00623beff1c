"""The page writer: save a page's rows, documents, payloads, checkpoint, counters and lease in one transaction.

A record replaces the stored one if its version is not older and its payload differs; an equal
payload writes nothing. Of a record whose person was forgotten, only what is not personal is
written; its digest still tells whether it changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from storesync.data import dataclass
from storesync.model import Checkpoint, Lease, Record, RejectedRecord, Row, RunCounters
from storesync.rules.personal import Forgotten
from storesync.runtime.clock import Clock
from storesync.runtime.instants import text_of
from storesync.storage.checkpoints import save_checkpoint
from storesync.storage.database import Database
from storesync.storage.documents import save_documents
from storesync.storage.erasure import add_marks, blank_all
from storesync.storage.leases import renew
from storesync.storage.live_rows import deleted
from storesync.tables import RESOURCES, TABLES, Table


@dataclass(frozen=True, slots=True)
class Written:
    """What saving a page changed; *restored* counts deleted records that came back.

    *learned* are new marks of forgotten people, *rejected* is how many records were quarantined.
    """

    rows: int = 0
    records: int = 0
    restored: int = 0
    learned: frozenset[bytes] = frozenset()
    rejected: int = 0


class _Stored(NamedTuple):
    """What we hold of a record: *is_deleted*, marked as deleted; *is_unlisted*, that or no longer listed."""

    version: str | None
    digest: bytes
    is_unlisted: bool
    is_deleted: bool


def save_page(
    database: Database,
    lease: Lease,
    resource: str,
    *,
    records: Sequence[Record],
    rejects: Sequence[RejectedRecord],
    checkpoint: Checkpoint,
    api_version: str,
    counters: RunCounters,
    clock: Clock,
    forgotten: Forgotten,
    unfinished: Sequence[str] = (),
    finished: Sequence[str] = (),
) -> Written:
    """Save one page of *records* and *rejects*, and the *checkpoint* to continue from, all or nothing.

    *forgotten* are the people whose records are written without personal data. *unfinished* are the
    ids of records to be fetched before the pass is complete, *finished* those that now were.
    Raises `LeaseLost` and saves nothing where another process took over the store's lease.
    """
    now = text_of(clock.now()) or ""
    with database.transaction():
        renew(database, lease, clock, resource=resource)
        learned = forgotten.learned_from(resource, (record.rows[resource][0] for record in records))
        add_marks(database, lease.store_id, learned)
        if learned:
            # Earlier records with that address are theirs, though nobody knew it then.
            blank_all(database, replace(forgotten, marks=learned), now=now)
            forgotten = replace(forgotten, marks=forgotten.marks | learned)
        changed, returned = _changed(database, lease.store_id, resource, records, forgotten)
        _restore_children(database, lease.store_id, resource, returned)
        rows = sum(
            _save_table(database, lease.store_id, table, changed, resource=resource, now=now)
            for table in _tables(changed)
        )
        if changed and resource == "categories":
            from storesync.storage.category_tree import derive_category_paths  # noqa: PLC0415 - they seldom change

            derive_category_paths(database, lease.store_id)
        read = {record.id: record.rows for record, _ in changed}
        save_documents(database, lease.store_id, resource, read, now=now)
        save_payloads(database, lease.store_id, resource, changed, api_version=api_version, now=now)
        _quarantine(database, lease.store_id, resource, records, rejects, forgotten=forgotten, now=now)
        _remember_unfinished(database, lease.store_id, resource, unfinished, finished)
        _remember_lacking(database, lease.store_id, resource, records)
        _remember_activity(database, lease.store_id, changed, checkpoint)
        save_checkpoint(database, lease.store_id, checkpoint)
        done = RunCounters(pages=1, records=len(records) + len(rejects), rows_written=rows)
        add_counters(database, lease.run_id, counters + done)
    return Written(rows, len(changed), len(returned), learned, len(rejects))


def fresh(
    database: Database, store_id: int, resource: str, records: Sequence[Record], forgotten: Forgotten
) -> set[str]:
    """Return the ids of the *records* that may differ from what is saved."""
    if forgotten.marks:
        # Whose records they are, their rows tell.
        return {record.id for record in records}
    known = _known(database, store_id, resource, [record.id for record in records])
    return {one.id for one in records if _replaces(one.updated_at, one.digest, known.get(one.id))}


def load_unfinished(database: Database, store_id: int, resource: str, *, limit: int) -> list[str]:
    """Return the ids of up to *limit* records that a listing did not bring whole."""
    sql = "SELECT id FROM unfinished WHERE store_id = ? AND resource = ? ORDER BY id LIMIT ?"
    return [row[0] for row in database.rows(sql, (store_id, resource, limit))]


def add_counters(database: Database, run_id: int, counters: RunCounters) -> None:
    """Add *counters* to a run inside the caller's transaction."""
    database.write(
        """UPDATE runs SET requests = requests + ?, pages = pages + ?, records = records + ?,
            rows_written = rows_written + ?, rows_deleted = rows_deleted + ?, bytes = bytes + ?,
            waited_seconds = round(waited_seconds + ?, 3) WHERE id = ?""",
        (
            counters.requests,
            counters.pages,
            counters.records,
            counters.rows_written,
            counters.rows_deleted,
            counters.bytes,
            counters.waited_seconds,
            run_id,
        ),
    )


def values_of(table: Table, store_id: int, row: Row, *, now: str, deleted_at: str | None = None) -> list[Any]:
    """Return the values of all columns of *row*, in the order of its table."""
    return [store_id, row["id"], *map(row.get, table.own), now, deleted_at]


def _changed(
    database: Database, store_id: int, resource: str, records: Sequence[Record], forgotten: Forgotten
) -> tuple[list[tuple[Record, bytes]], list[str]]:
    """Return the records to write, the newest of each id, with their digests; and the ids of deleted ones."""
    latest = _latest(records)
    known = _known(database, store_id, resource, list(latest))
    changed = []
    for record in latest.values():
        digest = record.digest
        is_forgotten = bool(forgotten.marks) and forgotten.has(resource, record.rows[resource][0])
        if is_forgotten:
            digest = forgotten.digest(digest)
        if _replaces(record.updated_at, digest, known.get(record.id)):
            changed.append((forgotten.blanked(resource, record) if is_forgotten else record, digest))
    return changed, [one for one, stored in known.items() if stored.is_deleted]


def _restore_children(database: Database, store_id: int, resource: str, ids: Sequence[str]) -> None:
    """Restore the children that were deleted with records that came back, and that another resource brings too.

    The records of the other resource did not change, so they do not bring the children again.
    """
    own = RESOURCES[resource]
    for other in RESOURCES.values():
        for child in set(own.children) & set(other.children) if other is not own else ():
            database.connection.executemany(
                f"""UPDATE {child} SET deleted_at = NULL WHERE store_id = ? AND {own.key} = ? AND NOT EXISTS
                    (SELECT 1 FROM {other.name} AS other WHERE other.store_id = {child}.store_id
                        AND other.id = {child}.{other.key} AND other.deleted_at IS NOT NULL)""",
                [(store_id, one) for one in ids],
            )


def _latest(records: Sequence[Record]) -> dict[str, Record]:
    """Return the newest version of each record on the page, the last one of equal versions."""
    latest: dict[str, Record] = {}
    for record in records:
        earlier = latest.get(record.id)
        if earlier is None or (record.updated_at or "~") >= (earlier.updated_at or ""):
            latest[record.id] = record
    return latest


def _replaces(version: str | None, digest: bytes, stored: _Stored | None) -> bool:
    if stored is None or stored.is_unlisted:
        return True
    if version is not None and stored.version is not None and version < stored.version:
        return False
    return digest != stored.digest


def _known(database: Database, store_id: int, resource: str, ids: Sequence[str]) -> dict[str, _Stored]:
    """Return what we hold of these records; one whose row or payload is missing counts as unknown."""
    if not ids:
        return {}
    marks = ", ".join("?" * len(ids))
    rows = database.rows(
        f"""SELECT held.id, source_updated_at, digest, {deleted(resource, "held")}, held.deleted_at IS NOT NULL
            FROM {resource} AS held
            JOIN payloads ON payloads.store_id = held.store_id AND payloads.resource = ?
                AND payloads.id = held.id AND payloads.part = 'record'
            WHERE held.store_id = ? AND held.id IN ({marks})""",
        (resource, store_id, *ids),
    )
    return {row[0]: _Stored(row[1], row[2], bool(row[3]), bool(row[4])) for row in rows}


def _tables(changed: Sequence[tuple[Record, bytes]]) -> list[str]:
    return list(dict.fromkeys(name for record, _ in changed for name in record.rows))


def _save_table(
    database: Database,
    store_id: int,
    name: str,
    changed: Iterable[tuple[Record, bytes]],
    *,
    resource: str,
    now: str,
) -> int:
    table = TABLES[name]
    holders = [record for record, _ in changed if name in record.rows]
    if name != resource:
        _clear_children(database, store_id, table, key=RESOURCES[resource].key, parents=holders, now=now)
    rows = (row for record in holders for row in record.rows[name])
    database.connection.executemany(_upsert(name), (values_of(table, store_id, row, now=now) for row in rows))
    return sum(len(record.rows[name]) for record in holders)


def _clear_children(
    database: Database, store_id: int, table: Table, *, key: str, parents: Sequence[Record], now: str
) -> None:
    """Delete the children that a whole parent no longer has; variants and images leave a tombstone."""
    if not table.keeps_tombstones:
        sql = f"DELETE FROM {table.name} WHERE store_id = ? AND {key} = ?"
        database.connection.executemany(sql, [(store_id, parent.id) for parent in parents])
        return
    for parent in parents:
        kept = [row["id"] for row in parent.rows[table.name]]
        marks = ", ".join("?" * len(kept))
        database.write(
            f"""UPDATE {table.name} SET deleted_at = ? WHERE store_id = ? AND {key} = ?
                AND deleted_at IS NULL AND id NOT IN ({marks})""",
            (now, store_id, parent.id, *kept),
        )


@cache
def _upsert(name: str) -> str:
    names = TABLES[name].names
    marks = ", ".join("?" * len(names))
    updates = ", ".join(f"{column} = excluded.{column}" for column in names[2:])
    return (
        f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (store_id, id) DO UPDATE SET {updates}"
    )


def save_payloads(
    database: Database,
    store_id: int,
    resource: str,
    changed: Iterable[tuple[Record, bytes]],
    *,
    api_version: str,
    now: str,
) -> None:
    """Save the parts (JSON texts) of records with their digests, inside the caller's transaction."""
    database.connection.executemany(
        """INSERT INTO payloads (store_id, resource, id, part, api_version, fetched_at, body, digest,
                source_updated_at)
            VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?, ?)
            ON CONFLICT (store_id, resource, id, part) DO UPDATE SET api_version = excluded.api_version,
                fetched_at = excluded.fetched_at, body = excluded.body, digest = excluded.digest,
                source_updated_at = excluded.source_updated_at""",
        (
            (store_id, resource, record.id, part, api_version, now, _text(body), digest, record.updated_at)
            for record, digest in changed
            for part, body in record.parts.items()
        ),
    )


def _text(body: bytes) -> bytes:
    """Return *body* as it is, which SQLite would take for a text unseen. Raises UnicodeDecodeError where it is none."""
    if not body.isascii():
        body.decode()
    return body


def _quarantine(
    database: Database,
    store_id: int,
    resource: str,
    records: Sequence[Record],
    rejects: Sequence[RejectedRecord],
    *,
    forgotten: Forgotten,
    now: str,
) -> None:
    """Quarantine unreadable records; a record that can be read again leaves the quarantine."""
    if rejects:
        database.connection.executemany(
            """INSERT INTO quarantine (store_id, resource, id, reason, payload, first_seen_at, tried_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (store_id, resource, id) DO UPDATE SET reason = excluded.reason,
                    payload = excluded.payload, tried_at = excluded.tried_at, attempts = attempts + 1""",
            [
                (store_id, resource, reject.id, reject.reason, payload, now, now)
                for reject in rejects
                for payload in [forgotten.unreadable(resource, reject.id, reject.payload.decode())]
            ],
        )
    held = database.row("SELECT 1 FROM quarantine WHERE store_id = ? AND resource = ?", (store_id, resource))
    if held:
        database.connection.executemany(
            "DELETE FROM quarantine WHERE store_id = ? AND resource = ? AND id = ?",
            [(store_id, resource, record.id) for record in records],
        )


def _remember_unfinished(
    database: Database, store_id: int, resource: str, unfinished: Sequence[str], finished: Sequence[str]
) -> None:
    for sql, ids in (
        ("INSERT OR IGNORE INTO unfinished (store_id, resource, id) VALUES (?, ?, ?)", unfinished),
        ("DELETE FROM unfinished WHERE store_id = ? AND resource = ? AND id = ?", finished),
    ):
        database.connection.executemany(sql, [(store_id, resource, one) for one in ids])


def _remember_lacking(database: Database, store_id: int, resource: str, records: Sequence[Record]) -> None:
    """Save how much the nested lists of records lack; a record that lacks nothing any more is forgotten."""
    if database.row("SELECT 1 FROM lacking WHERE store_id = ? AND resource = ?", (store_id, resource)):
        database.connection.executemany(
            "DELETE FROM lacking WHERE store_id = ? AND resource = ? AND id = ?",
            [(store_id, resource, record.id) for record in records],
        )
    database.connection.executemany(
        "INSERT OR REPLACE INTO lacking (store_id, resource, id, nodes) VALUES (?, ?, ?, ?)",
        [(store_id, resource, record.id, record.lacking) for record in records if record.lacking],
    )


def _remember_activity(
    database: Database, store_id: int, changed: Sequence[tuple[Record, bytes]], checkpoint: Checkpoint
) -> None:
    """Move the store's last activity; a date from the future counts as the platform's now."""
    versions = [record.updated_at for record, _ in changed if record.updated_at]
    if not versions:
        return
    ceiling = text_of(checkpoint.pass_started_at or checkpoint.watermark)
    newest = min(max(versions), ceiling) if ceiling else max(versions)
    database.write(
        "UPDATE stores SET last_activity_at = max(coalesce(last_activity_at, ''), ?) WHERE id = ?",
        (newest, store_id),
    )
