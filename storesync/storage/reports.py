"""Read all that the status report is made from, in one database snapshot."""

from datetime import datetime, timedelta
from typing import Any

from storesync.rules.bulk import PREFIX, BulkMemory, apps_refused, memory_of
from storesync.rules.incidents import ongoing_outages
from storesync.rules.moves import KINDS
from storesync.rules.snapshot import History, Hour, LastTick, Snapshot, Told
from storesync.runtime.clock import Clock
from storesync.runtime.instants import instant_of, text_of
from storesync.storage import checkpoints, counts, credentials, erasure, leases, stores, timestamps
from storesync.storage.database import Database
from storesync.storage.former_keys import load_former_keys
from storesync.storage.incidents import load_incidents


def take_snapshot(database: Database, worker: leases.Worker, clock: Clock) -> Snapshot:
    """Return the state of all stores as of one moment."""
    now = clock.now()
    with database.snapshot():
        return Snapshot(
            stores=tuple(stores.load_stores(database)),
            checkpoints=checkpoints.load_all_checkpoints(database),
            holdings=counts.take_holdings(database),
            tokens=credentials.load_token_facts(database),
            holders=leases.holders(database, worker, clock),
            outages={one.platform: one for one in ongoing_outages(load_incidents(database))},
            requests_24h=_requests(database, now),
            last_run_seconds=_last_runs(database),
            lately=_lately(database, now),
            last_tick=_last_tick(database),
            next_due_at=_next_due(database),
            history=History(_success_rate(database, now), _tick_rate(database, now), _recovery(database, now)),
            erasures=frozenset(erasure.load_all_begun(database)),
            is_widened=timestamps.load_mark(database, timestamps.WIDENED) is not None,
            bulk=_without_bulk(database),
            former_keys=load_former_keys(database),
            changes=_changes(database, now),
        )


def _without_bulk(database: Database) -> dict[str, BulkMemory]:
    marks = timestamps.load_marks(database, PREFIX)
    return {app: memory_of(app, marks) for app in apps_refused(marks)}


def _changes(database: Database, now: datetime) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = {}
    rows = database.rows(
        f"""SELECT store_id, at, kind, message FROM events WHERE at >= ? AND store_id IS NOT NULL
            AND kind IN ({", ".join("?" * len(KINDS))}) ORDER BY at DESC, id DESC""",
        (text_of(now - timedelta(days=7)), *KINDS),
    )
    for row in rows:
        at = instant_of(row["at"])
        if at:
            found.setdefault(row["store_id"], []).append(Told(at, row["kind"], row["message"]))
    return found


def _requests(database: Database, now: datetime) -> dict[int, int]:
    sql = "SELECT store_id, sum(requests) FROM runs WHERE started_at >= ? GROUP BY store_id"
    return {row[0]: row[1] for row in database.rows(sql, (text_of(now - timedelta(hours=24)),))}


def _last_runs(database: Database) -> dict[int, float]:
    rows = database.rows(
        """SELECT store_id, max(started_at), started_at, ended_at FROM runs
            WHERE ended_at IS NOT NULL GROUP BY store_id"""
    )
    return {row[0]: _seconds(row["started_at"], row["ended_at"]) for row in rows}


def _lately(database: Database, now: datetime) -> dict[int, list[Hour]]:
    """Return the results of each store's runs of the last 24 hours, hour by hour; hours without a run are left out."""
    rows = database.rows(
        """SELECT store_id, substr(started_at, 1, 13) || ':00:00Z' AS hour, sum(status = 'succeeded'),
                sum(status = 'failed'), sum(rows_written + rows_deleted)
            FROM runs WHERE started_at >= ? GROUP BY store_id, hour ORDER BY hour""",
        (text_of(now - timedelta(hours=24)),),
    )
    hours: dict[int, list[Hour]] = {}
    for row in rows:
        at = instant_of(row[1])
        if at:
            hours.setdefault(row[0], []).append(Hour(at, *row[2:]))
    return hours


def _last_tick(database: Database) -> LastTick | None:
    # The last one that was saved, even if the clock has been set back since an earlier one.
    row = database.row("SELECT * FROM ticks WHERE ended_at IS NOT NULL ORDER BY rowid DESC LIMIT 1")
    if row is None:
        return None
    started, ended = instant_of(row["started_at"]), instant_of(row["ended_at"])
    return LastTick(started, ended, row["exit_code"]) if started and ended else None


def _next_due(database: Database) -> datetime | None:
    sql = "SELECT min(next_sync_at) FROM stores WHERE connection NOT IN ('paused', 'disconnected')"
    return instant_of(database.row(sql)[0])


def _success_rate(database: Database, now: datetime) -> float | None:
    row = database.row(
        """SELECT sum(status = 'succeeded'), count(*) FROM runs
            WHERE started_at >= ? AND status IN ('succeeded', 'failed')""",
        (text_of(now - timedelta(days=7)),),
    )
    return row[0] / row[1] if row[1] else None


def _tick_rate(database: Database, now: datetime) -> float | None:
    """Return the share of minutes that had a tick, since the first one within 24 hours."""
    row = database.row(
        "SELECT count(DISTINCT substr(started_at, 1, 16)), min(started_at) FROM ticks WHERE started_at >= ?",
        (text_of(now - timedelta(hours=24)),),
    )
    first = instant_of(row[1])
    if first is None:
        return None
    minutes = int((now - first.replace(second=0)) / timedelta(minutes=1)) + 1
    return min(1.0, float(row[0]) / minutes)


def _recovery(database: Database, now: datetime) -> float | None:
    """Return the longest time, in hours, for which any store failed in the last week."""
    rows = database.rows(
        """SELECT failed.at, (SELECT min(recovered.at) FROM events AS recovered
                WHERE recovered.store_id = failed.store_id AND recovered.at >= failed.at
                    AND recovered.id > failed.id AND recovered.kind IN ('recovered', 'first_synced'))
            FROM events AS failed WHERE failed.kind = 'failed' AND failed.at >= ?""",
        (text_of(now - timedelta(days=7)),),
    )
    spans = [_seconds(row[0], row[1] or text_of(now)) / 3600 for row in rows]
    return round(max(spans), 2) if spans else None


def _seconds(began: Any, ended: Any) -> float:
    first, last = instant_of(began), instant_of(ended)
    return (last - first).total_seconds() if first and last else 0.0
