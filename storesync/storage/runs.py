"""Save what happened: runs, their receipts, and events."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.model import Checkpoint, Health, Lease, RunCounters
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.checkpoints import save_checkpoint
from storesync.storage.database import Database
from storesync.storage.leases import release
from storesync.storage.pages import add_counters
from storesync.storage.stores import save_health


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a run for one resource."""

    resource: str
    status: str
    pages: int = 0
    records: int = 0
    source_count: int | None = None
    end_signal: str | None = None
    error_code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a store's state that is reported; *store_id* is None for an event of the tick itself."""

    store_id: int | None
    kind: str
    message: str


def load_beginning(database: Database, run_id: int) -> datetime | None:
    """Return when a run began, None where there is no such run."""
    row = database.row("SELECT started_at FROM runs WHERE id = ?", (run_id,))
    return instant_of(row[0]) if row else None


def end_slice(
    database: Database,
    lease: Lease,
    *,
    status: str,
    kind: str,
    error_code: str | None,
    error: str | None,
    health: Health | None,
    checkpoints: Sequence[Checkpoint],
    receipts: Sequence[Receipt],
    counters: RunCounters,
    events: Sequence[Event],
    loaded: bool,
    read: bool,
    compared: bool,
    compare_at: datetime | None,
    not_before: datetime | None,
    at_last: Callable[[], None],
    now: datetime,
) -> None:
    """Save all results of a slice and give the lease back, in one transaction.

    *status* is the run's: ``running`` where a later slice continues it. *health* is None where the
    slice does not change it. *loaded*: every resource of the store has been read to its end at least
    once. *read*: the run has read changes, not only compared ids; *compared*: it has compared ids.
    *compare_at* is when the ids are to be compared next. *not_before* is when the platform accepts the
    next request of any kind. *at_last* is called at the end of the transaction.
    Raises `LeaseLost` and saves nothing where another process took over the store's lease.
    """
    with database.transaction():
        release(database, lease)
        for checkpoint in checkpoints:
            save_checkpoint(database, lease.store_id, checkpoint)
        save_receipts(database, lease.run_id, receipts)
        add_counters(database, lease.run_id, counters)
        database.write(
            """UPDATE runs SET status = ?, kind = ?, ended_at = ?, error_code = ?, error = ? WHERE id = ?""",
            (
                status,
                kind,
                None if status == "running" else text_of(now),
                error_code,
                error,
                lease.run_id,
            ),
        )
        if health is not None:
            succeeded = read and status == "succeeded"
            save_health(database, lease.store_id, health, now=now, succeeded=succeeded, loaded=loaded)
        database.write(
            """UPDATE stores SET compare_at = max(:compare_at, coalesce(:not_before, :compare_at)),
                    next_sync_at = max(next_sync_at, coalesce(:not_before, next_sync_at))
                WHERE id = :id""",
            {"compare_at": text_of(compare_at), "not_before": text_of(not_before), "id": lease.store_id},
        )
        if compared:
            # A store is as reconciled as its resource that was compared longest ago.
            database.write(
                """UPDATE stores SET last_reconciled_at =
                    (SELECT CASE WHEN count(*) = count(compared_at) THEN min(compared_at) END
                        FROM checkpoints WHERE store_id = stores.id)
                    WHERE id = ?""",
                (lease.store_id,),
            )
        save_events(database, events, now)
        at_last()


def save_receipts(database: Database, run_id: int, receipts: Sequence[Receipt]) -> None:
    """Save the receipts of a run, inside the caller's transaction."""
    database.connection.executemany(
        """INSERT INTO run_resources (run_id, resource, status, pages, records, source_count, end_signal,
                error_code, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run_id, resource) DO UPDATE SET status = excluded.status,
                pages = excluded.pages, records = excluded.records, source_count = excluded.source_count,
                end_signal = excluded.end_signal, error_code = excluded.error_code, error = excluded.error""",
        [
            (
                run_id,
                receipt.resource,
                receipt.status,
                receipt.pages,
                receipt.records,
                receipt.source_count,
                receipt.end_signal,
                receipt.error_code,
                receipt.error,
            )
            for receipt in receipts
        ],
    )


def save_events(database: Database, events: Sequence[Event], now: datetime) -> None:
    """Save *events* inside the caller's transaction."""
    for event in events:
        database.write(
            "INSERT INTO events (store_id, at, kind, message) VALUES (?, ?, ?, ?)",
            (event.store_id, text_of(now), event.kind, event.message),
        )


def interrupt_stuck(database: Database, now: datetime) -> None:
    """End the runs that no process works on and no later slice will continue."""
    database.write(
        """UPDATE runs SET status = 'interrupted', ended_at = :now WHERE status = 'running'
            AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.store_id = runs.store_id AND owner IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM stores WHERE stores.id = runs.store_id AND CASE kind
                WHEN 'reconcile' THEN compare_at <= :soon ELSE sync_status = 'in_progress' END
                AND connection NOT IN ('paused', 'disconnected'))""",
        # A platform may have postponed a comparison; the next regular one is a week away.
        {"now": text_of(now), "soon": text_of(now + timedelta(days=1))},
    )


def load_running(database: Database) -> dict[int, tuple[str, datetime | None]]:
    """Return (kind, start) of the run that has not ended, by store id."""
    rows = database.rows("SELECT store_id, kind, started_at FROM runs WHERE status = 'running' ORDER BY id")
    return {row["store_id"]: (row["kind"], instant_of(row["started_at"])) for row in rows}


def prune(database: Database, now: datetime, *, limit: int = 5000) -> None:
    """Delete old runs, ticks and events, at most *limit* rows of each."""
    two_days, week, quarter, year = (text_of(now - timedelta(days=days)) for days in (2, 8, 90, 365))
    with database.transaction():
        old = database.rows(
            """SELECT id FROM runs WHERE status <> 'running'
                AND (started_at < ? OR (started_at < ? AND status = 'succeeded' AND rows_written = 0
                    AND rows_deleted = 0)) LIMIT ?""",
            (quarter, two_days, limit),
        )
        database.connection.executemany("DELETE FROM run_resources WHERE run_id = ?", old)
        database.connection.executemany("DELETE FROM runs WHERE id = ?", old)
        database.write(
            """DELETE FROM ticks WHERE started_at IN (SELECT started_at FROM ticks WHERE started_at < ?
                AND started_at NOT IN (SELECT min(started_at) FROM ticks GROUP BY substr(started_at, 1, 10))
                LIMIT ?)""",
            (week, limit),
        )
        database.write("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? LIMIT ?)", (year, limit))
