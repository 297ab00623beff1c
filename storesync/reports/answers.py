"""The JSON answers of all commands but `status`, as the manual describes them. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storesync.errors import StoresyncError, gravest
from storesync.rules.schedule import Due
from storesync.rules.status import SCHEMA_VERSION
from storesync.rules.verdict import Standing, Verdict
from storesync.runtime.instants import text_of
from storesync.scheduler.tick import Tick
from storesync.storage.search import Hit
from storesync.stores.erasure import Receipt
from storesync.sync.engine import ResourceCounters
from storesync.sync.job import SyncResult, Tombstones, Verdicts
from storesync.sync.rebuild import Rebuilt
from storesync.sync.reconcile import SHOWN, Comparison

KINDS = ("missing", "stale", "gone", "held")
"""The kinds of ids that a comparison lists."""


def exit_code_of(results: Sequence[SyncResult]) -> int:
    """Return the gravest exit code of *results*, 0 if all went well."""
    return gravest(_code(result) for result in results)


def _code(result: SyncResult) -> int:
    if result.bug:
        return 1
    if result.result == "busy":
        return 5
    if result.failure is not None:
        return result.failure.error.exit_code if result.failure.error else 3
    # A comparison knows the current number of held deletions; a dry run what it would be.
    held = result.held | {name: done.held for name, done in result.comparisons.items()}
    return 3 if any(held.values()) else 0


def answer(now: datetime, **content: Any) -> dict[str, Any]:
    """Return an answer: *content* with the schema version and the time *now*."""
    return {"schema_version": SCHEMA_VERSION, "generated_at": text_of(now), **content}


def error_answer(now: datetime, error: StoresyncError) -> dict[str, Any]:
    """Return the answer of a command that failed with *error*."""
    content = {"code": error.code, "message": error.message, "hint": error.hint}
    return answer(now, error=content, exit_code=error.exit_code)


def receipt_answer(now: datetime, receipt: Receipt) -> dict[str, Any]:
    """Return the answer of `forget` and `disconnect`, which is also the content of the receipt file."""
    return answer(
        now,
        receipt={
            "store": receipt.store,
            "at": text_of(now),
            "tables": receipt.tables,
            "verified": receipt.verified,
            "found_in": list(receipt.found_in),
            "quoted_in": list(receipt.quoted_in),
        },
    )


def results_answer(now: datetime, results: Sequence[SyncResult], verdicts: Verdicts) -> dict[str, Any]:
    """Return the answer of `sync`, `reconcile` and `connect`, with the current verdicts by store key."""
    stores = [store_answer(result, verdicts.get(result.store.key, {})) for result in results]
    return answer(now, stores=stores, exit_code=exit_code_of(results))


def store_answer(result: SyncResult, verdicts: dict[str, Verdict]) -> dict[str, Any]:
    """Return the result of one store as JSON content, with its verdicts by resource."""
    failure = result.failure
    counters, compared = result.outcome.counters, result.comparisons
    return {
        "store": result.store.key,
        "result": result.result,
        "error_code": failure.code if failure else None,
        "error": failure.message if failure else None,
        "hint": failure.hint if failure else None,
        "seconds": result.seconds,
        "requests": result.requests,
        "resources": {
            name: _resource(counters.get(name), compared.get(name), verdicts.get(name), held=result.held.get(name, 0))
            for name in {**counters, **compared, **result.held}
        },
    }


def _resource(
    counters: ResourceCounters | None, done: Comparison | None, verdict: Verdict | None, *, held: int
) -> dict[str, Any]:
    counters = counters or ResourceCounters()
    return {
        "pages": counters.pages,
        "records": counters.records,
        "rows_written": counters.rows_written,
        "deleted": counters.deleted + (done.deleted if done else 0),
        "restored": counters.restored,
        "held": done.held if done else held,
        "missing": done.missing if done else 0,
        "stale": done.stale if done else 0,
        "gone": done.gone if done else 0,
        "ids": {kind: list(done.ids[kind]) if done else [] for kind in KINDS},
        "verdict": verdict.word if verdict else None,
        "reason": verdict.reason if verdict else None,
    }


def rebuilt_code(results: Sequence[Rebuilt]) -> int:
    """Return the exit code of `db rebuild`: 3 if a record could not be parsed, else 0."""
    return 3 if any(result.unreadable for result in results) else 0


def rebuilt_answer(now: datetime, results: Sequence[Rebuilt]) -> dict[str, Any]:
    """Return the answer of `db rebuild`."""
    return answer(now, stores=[_rebuilt(result) for result in results], exit_code=rebuilt_code(results))


def _rebuilt(result: Rebuilt) -> dict[str, Any]:
    return {
        "store": result.store.key,
        "result": "partial" if result.unreadable else "succeeded",
        "hint": result.hint,
        "seconds": result.seconds,
        "resources": {
            name: {
                "records": place.records,
                "rows_written": place.rows_written,
                "rows_deleted": place.rows_deleted,
                "unreadable": place.unreadable,
                "without_payload": place.without_payload,
            }
            for name, place in result.places.items()
        },
    }


def undelete_answer(now: datetime, found: Tombstones, restored: int) -> dict[str, Any]:
    """Return the answer of `reconcile --undelete`: the tombstones *found*, and how many were *restored*."""
    shown = [
        {"store": key, "resource": resource, "count": len(ids), "ids": ids[:SHOWN]}
        for (key, resource), ids in found.items()
    ]
    return answer(now, restored=restored, tombstones=shown)


def tick_answer(now: datetime, tick: Tick, verdicts: Verdicts) -> dict[str, Any]:
    """Return the answer of `sync-due`, with the current verdicts by store key."""
    return answer(
        now,
        tick={
            "started_at": text_of(tick.started_at),
            "seconds": tick.seconds,
            "exit_code": tick.exit_code,
            "error_code": tick.error_code,
        },
        processed=len(tick.results),
        pending_picked=tick.pending_picked,
        succeeded=tick.succeeded,
        failed=tick.failed,
        left_over=tick.left_over,
        stores=[store_answer(result, verdicts.get(result.store.key, {})) for result in tick.results],
    )


def plan_answer(now: datetime, due: Sequence[Due], *, requests: dict[str, int]) -> dict[str, Any]:
    """Return the answer of `sync-due --plan`; *requests* is the expected number of requests by store key."""
    return answer(now, stores=[]) | {
        "now": text_of(now),
        "stores": [
            {
                "store": one.store.key,
                "reason": one.reason,
                "tier": one.store.tier,
                "due_at": text_of(one.due_at),
                "late_seconds": int(one.lateness(now).total_seconds()),
                "position": one.position,
                "estimated_requests": requests.get(one.store.key, 0),
            }
            for one in due
        ],
    }


def search_answer(now: datetime, query: str, hits: Sequence[Hit], standings: Sequence[Standing]) -> dict[str, Any]:
    """Return the answer of `search`; *standings* are those of every resource that was searched."""
    known = {(one.store, one.resource): one for one in standings}
    return answer(now, query=query, hits=[_found(hit, known[hit.store, hit.resource]) for hit in hits])


def _found(hit: Hit, standing: Standing) -> dict[str, Any]:
    return {
        "store": hit.store,
        "resource": hit.resource,
        "id": hit.id,
        "title": hit.title,
        "snippet": hit.snippet,
        "score": hit.score,
        "updated_at": hit.updated_at,
        "as_of": text_of(standing.as_of),
        "complete_until": text_of(standing.complete_until),
        "verdict": standing.verdict,
    }
