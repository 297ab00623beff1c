"""Load the history: runs with their receipts, and events."""

from typing import Any

from storesync.runtime.instants import instant_of
from storesync.storage.database import Database

_RUNS = """SELECT key AS store, runs.* FROM runs JOIN stores ON stores.id = runs.store_id
    WHERE {where} ORDER BY runs.started_at DESC, runs.id DESC LIMIT ?"""
_EVENTS = """SELECT key AS store, events.* FROM events LEFT JOIN stores ON stores.id = events.store_id
    WHERE {where} ORDER BY events.at DESC, events.id DESC LIMIT ?"""
_RECEIPTS = "SELECT * FROM run_resources WHERE run_id = ? ORDER BY resource"


def load_runs(database: Database, *, store_id: int | None, limit: int) -> list[dict[str, Any]]:
    """Return the latest runs, newest first, of one store or of all, each with its receipts by resource."""
    found = _latest(database, _RUNS, "runs.store_id", store_id, limit)
    for run in found:
        receipts = [dict(row) for row in database.rows(_RECEIPTS, (run["id"],))]
        run["seconds"] = _seconds(run["started_at"], run["ended_at"])
        run["resources"] = {one.pop("resource"): one for one in receipts if one.pop("run_id")}
        del run["store_id"]
    return found


def load_events(database: Database, *, store_id: int | None, limit: int) -> list[dict[str, Any]]:
    """Return the latest events, newest first, of one store or of all."""
    found = _latest(database, _EVENTS, "events.store_id", store_id, limit)
    for event in found:
        del event["store_id"]
    return found


def _latest(database: Database, sql: str, column: str, store_id: int | None, limit: int) -> list[dict[str, Any]]:
    where = "1" if store_id is None else f"{column} = ?"
    values = (limit,) if store_id is None else (store_id, limit)
    return [dict(row) for row in database.rows(sql.format(where=where), values)]


def _seconds(began: str, ended: str | None) -> float | None:
    first, last = instant_of(began), instant_of(ended)
    return (last - first).total_seconds() if first and last else None
