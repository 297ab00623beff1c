"""Build the status report from a snapshot: one object behind table and JSON. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from storesync.errors import AddressBlocked, FieldMissing, PersonNeeded
from storesync.model import Checkpoint, Credential, Store
from storesync.rules import health, sizes
from storesync.rules.apps import app_of
from storesync.rules.explanation import Scene, explain
from storesync.rules.schedule import HOUR, Timing, load
from storesync.rules.selection import Reads, daily_requests
from storesync.rules.snapshot import Hour, Snapshot
from storesync.rules.verdict import Holdings, Verdict, verdicts_of
from storesync.runtime.instants import is_within, text_of

SCHEMA_VERSION = 1
RUNNING_FOR = timedelta(minutes=3)

GOALS: dict[str, tuple[float, bool]] = {
    "success_rate": (0.99, True),
    "pending_pickup_rate": (1.0, True),
    "first_start_seconds": (300, False),
    "first_sync_seconds": (300, False),
    "active_freshness_seconds": (1800, False),
    "recovery_hours": (24, False),
    "tick_rate": (0.999, True),
}
"""The goal of each target, and whether more is better."""

Report = dict[str, Any]
"""The JSON of `status`; the manual and the schema beside this file describe it."""


def build_report(snapshot: Snapshot, *, reads: Callable[[str], Reads], now: datetime, timing: Timing) -> Report:
    """Return the report of everything in *snapshot*; *reads* returns what a platform offers, by its name."""
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": text_of(now),
        "wants_rebuild": snapshot.is_widened,
        "scheduler": _scheduler(snapshot, now, timing),
        "targets": _targets(snapshot, now, timing),
        "stores": [_store(snapshot, store, reads(store.platform), now=now, timing=timing) for store in snapshot.stores],
    }


def explain_store(
    snapshot: Snapshot, store: Store, reads: Reads, *, now: datetime, timing: Timing, free_bytes: int, program: str
) -> Report:
    """Return why a store's data are fresh or not, what happens next and when, and the command that helps.

    *free_bytes* may be written before the disk counts as full. *program* is how cron calls storesync.
    """
    checkpoints = snapshot.checkpoints.get(store.id, {})
    token = snapshot.tokens.get(store.id)
    scene = Scene(
        now,
        timing,
        is_running=_is_started(snapshot, now),
        is_hindered=not is_running(snapshot, now),
        program=program,
        load=load(snapshot.stores, timing),
        holder=snapshot.holders.get(store.id),
        outage=snapshot.outages.get(store.platform),
        verdicts=verdicts_of(store, checkpoints, snapshot.holdings, reads=reads, now=now, timing=timing),
        loaded={name: (one.records, one.expected) for name, one in checkpoints.items() if one.pass_kind == "full"},
        is_erasing=store.id in snapshot.erasures,
        changes=tuple(snapshot.changes.get(store.id, ())),
        needs_person_by=health.needs_person_by(token) if token else None,
        to_come_bytes=sizes.to_come(
            {name: (_held(snapshot, store, name), one.expected) for name, one in checkpoints.items()}
        ),
        free_bytes=free_bytes,
    )
    explanation = explain(store, scene)
    return {
        "facts": list(explanation.facts),
        "next": {"action": explanation.next.action, "at": text_of(explanation.next.at)},
        "command": explanation.next.command,
    }


def _held(snapshot: Snapshot, store: Store, resource: str) -> int:
    holdings = snapshot.holdings.get((store.id, resource), Holdings())
    return holdings.live + holdings.deleted


def group_of(store: Store) -> str:
    """Return the name of the one group of the report in which a store is counted."""
    if store.connection in {"disconnected", "paused", "needs_reauth", "suspended"}:
        return store.connection
    return {"failed": "failed", "pending": "pending", "in_progress": "in_progress"}.get(
        store.sync_status if store.first_synced_at is None or store.sync_status == "failed" else "", "active"
    )


def _is_started(snapshot: Snapshot, now: datetime) -> bool:
    """Return whether a tick ended less than three minutes ago."""
    return snapshot.last_tick is not None and is_within(snapshot.last_tick.ended_at, now, RUNNING_FOR)


def is_running(snapshot: Snapshot, now: datetime) -> bool:
    """Return whether a tick ended less than three minutes ago and no fault of this machine kept it from its work."""
    tick = snapshot.last_tick
    return tick is not None and _is_started(snapshot, now) and tick.exit_code not in {5, 10}


def _scheduler(snapshot: Snapshot, now: datetime, timing: Timing) -> Report:
    groups = [group_of(store) for store in snapshot.stores]
    tick = snapshot.last_tick
    counted = ("active", "pending", "in_progress", "failed", "needs_reauth", "suspended", "paused")
    return {
        "is_running": is_running(snapshot, now),
        "is_hindered": _is_started(snapshot, now) and not is_running(snapshot, now),
        "last_tick_at": text_of(tick.started_at) if tick else None,
        "last_tick_seconds": (tick.ended_at - tick.started_at).total_seconds() if tick else None,
        "last_tick_exit_code": tick.exit_code if tick else None,
        "next_due_at": text_of(snapshot.next_due_at),
        "total_stores": sum(group in counted for group in groups),
        **{f"{name}_stores": groups.count(name) for name in counted},
        "load": _load(snapshot, timing),
    }


def _load(snapshot: Snapshot, timing: Timing) -> Report:
    now = load(snapshot.stores, timing)
    return {"needed_per_minute": round(now.needed, 2), "capacity_per_minute": round(now.capacity, 2)}


def _targets(snapshot: Snapshot, now: datetime, timing: Timing) -> Report:
    live = [store for store in snapshot.stores if store.connection not in {"paused", "disconnected"}]
    waits = [_span(s.connected_at, s.first_started_at) for s in live if s.first_started_at]
    loads = [_span(s.connected_at, s.first_synced_at) for s in live if s.first_synced_at]
    ripe = [s for s in live if s.connected_at and now - s.connected_at > 2 * timing.pending_grace]
    picked = sum(s.first_started_at is not None for s in ripe)
    ages = [
        _span(s.last_sync_at or s.connected_at, now) for s in live if s.tier == "high" and s.connection == "connected"
    ]
    measured = {
        "success_rate": snapshot.history.success_rate,
        "pending_pickup_rate": picked / len(ripe) if ripe else None,
        "first_start_seconds": median(waits) if waits else None,
        "first_sync_seconds": median(loads) if loads else None,
        "active_freshness_seconds": max((age for age in ages if age is not None), default=None),
        "recovery_hours": snapshot.history.recovery_hours,
        "tick_rate": snapshot.history.tick_rate,
    }
    return {name: _target(name, value) for name, value in measured.items()}


def _target(name: str, value: float | None) -> Report:
    goal, more_is_better = GOALS[name]
    met = None if value is None else (value >= goal if more_is_better else value <= goal)
    return {"value": None if value is None else round(value, 4), "goal": goal, "met": met}


def _span(begin: datetime | None, end: datetime | None) -> float:
    return (end - begin).total_seconds() if begin and end else 0.0


def _store(snapshot: Snapshot, store: Store, reads: Reads, *, now: datetime, timing: Timing) -> Report:
    holder = snapshot.holders.get(store.id)
    checkpoints = snapshot.checkpoints.get(store.id, {})
    verdicts = verdicts_of(store, checkpoints, snapshot.holdings, reads=reads, now=now, timing=timing)
    return {
        "store": store.key,
        "platform": store.platform,
        "name": store.shop.name,
        "alias": store.alias,
        "owner": store.owner,
        "domain": store.shop.domain,
        "url": store.shop.url,
        "former_keys": list(snapshot.former_keys.get(store.id, ())),
        "main_currency": store.shop.currency,
        "time_zone": store.shop.time_zone,
        "time_zone_by": store.time_zone_by,
        "shop_time_zone": store.shop_time_zone,
        "derive_due": list(store.derive_due),
        "changes": [
            {"at": text_of(one.at), "kind": one.kind, "message": one.message}
            for one in snapshot.changes.get(store.id, ())
        ],
        "sync_status": store.sync_status,
        "connection": store.connection,
        "connection_reason": store.connection_reason,
        "tier": store.tier,
        "tier_pinned": store.tier_pinned,
        "connected_at": text_of(store.connected_at),
        "first_synced_at": text_of(store.first_synced_at),
        "last_attempt_at": text_of(store.last_attempt_at),
        "last_sync_at": text_of(store.last_sync_at),
        "next_sync_at": text_of(store.next_sync_at),
        "last_run_seconds": snapshot.last_run_seconds.get(store.id),
        "requests_24h": snapshot.requests_24h.get(store.id, 0),
        "requests_a_day": daily_requests(store, reads, timing),
        "activity_24h": _activity(snapshot.lately.get(store.id, ()), now),
        "consecutive_failures": store.consecutive_failures,
        "last_error_code": store.last_error_code,
        "last_error": store.last_error,
        "hint": store.hint,
        "is_hindered": health.is_hindered(store),
        "unfinished": _unfinished(snapshot, store),
        "working": {"since": text_of(holder.since), "trigger": holder.trigger, "resource": holder.resource}
        if holder
        else None,
        "token": _token(snapshot.tokens.get(store.id), store, reads, checkpoints),
        "served_version": store.served_version,
        "bulk_refused": _bulk_refused(snapshot, store),
        "resources": {
            resource: _resource(
                checkpoints.get(resource, Checkpoint(resource)),
                snapshot.holdings.get((store.id, resource), Holdings()),
                verdict,
            )
            for resource, verdict in verdicts.items()
        },
        "disk_bytes": sizes.weight({name: _held(snapshot, store, name) for name in verdicts}),
    }


def _unfinished(snapshot: Snapshot, store: Store) -> str | None:
    """Return the unfinished erasure of a store and the command that continues it; None where one is under way."""
    begun = health.unfinished(store, is_erasing=store.id in snapshot.erasures)
    return ": ".join(begun) if begun and store.id not in snapshot.holders else None


def _bulk_refused(snapshot: Snapshot, store: Store) -> Report | None:
    """Return since when the app of a store may start no bulk operations, None where it may."""
    app = app_of(store)
    memory = snapshot.bulk.get(app)
    if memory is None:
        return None
    return {"app": app, "since": text_of(memory.refused_at), "tried_at": text_of(memory.tried_at)}


def _activity(hours: Iterable[Hour], now: datetime) -> Report:
    """Return 24 numbers of each kind, one per hour, the current hour last."""
    last = now.replace(minute=0, second=0, microsecond=0)
    by_age = {(last - hour.at) // HOUR: hour for hour in hours}
    found = [by_age.get(age, Hour(last, 0, 0, 0)) for age in range(23, -1, -1)]
    return {
        "succeeded": [hour.succeeded for hour in found],
        "failed": [hour.failed for hour in found],
        "rows_changed": [hour.rows_changed for hour in found],
    }


def _token(
    token: Credential | None, store: Store, reads: Reads, checkpoints: Mapping[str, Checkpoint]
) -> Report | None:
    if token is None:
        return None
    denied = {c.denied_scope for c in checkpoints.values() if c.denied_scope and c.error_code != FieldMissing.code}
    return {
        "kind": token.kind,
        "expires_at": text_of(token.expires_at),
        "refresh_expires_at": text_of(token.refresh_expires_at),
        "needs_person_by": text_of(health.needs_person_by(token)),
        "scopes": list(token.scopes),
        "missing_scopes": sorted(denied | missing_scopes(token.scopes, reads.needed(store))),
    }


def missing_scopes(granted: tuple[str, ...], needed: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the first *needed* scope of each resource that no *granted* scope opens.

    Where *granted* is empty, the platform does not tell, and none is missing. A scope to write implies the one to read.
    """
    if not granted:
        return set()
    have = {*granted, *(scope.replace("write_", "read_", 1) for scope in granted)}
    return {scopes[0] for scopes in needed.values() if scopes and not have.intersection(scopes)}


def _resource(checkpoint: Checkpoint, holdings: Holdings, verdict: Verdict) -> Report:
    loading = checkpoint.pass_kind == "full"
    return {
        "rows": holdings.live,
        "deleted": holdings.deleted,
        "quarantined": holdings.quarantined,
        "held_deletions": holdings.held,
        "complete_until": text_of(checkpoint.complete_until),
        "last_pass_at": text_of(checkpoint.last_pass_at),
        "watermark": text_of(checkpoint.watermark),
        "source_count": checkpoint.source_count,
        "verdict": verdict.word,
        "reason": verdict.reason,
        "left_out": _left_out(checkpoint),
        "checked_at": text_of(checkpoint.compared_at),
        "progress": {"done": checkpoint.records, "total": checkpoint.expected} if loading else None,
    }


def _left_out(checkpoint: Checkpoint) -> list[str]:
    """Return the fields that the platform does not give us, whether we read on without them or not."""
    needed = checkpoint.denied_scope if checkpoint.error_code == FieldMissing.code else None
    return [one.field for one in checkpoint.left_out if one.is_missed] + ([needed] if needed else [])


def served_versions(stores: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return by platform the version that answers *stores*, some of the report, where it is not the one asked for."""
    return {store["platform"]: store["served_version"] for store in stores if store["served_version"]}


def without_bulk(stores: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the apps of *stores*, some of the report, that may start no bulk operations."""
    return list(dict.fromkeys(store["bulk_refused"]["app"] for store in stores if store["bulk_refused"]))


def reads_nothing(store: Mapping[str, Any]) -> bool:
    """Return whether the token of *store*, one of the report, may read none of the resources wanted of it."""
    resources = store["resources"].values()
    return bool(resources) and all(one["verdict"] == "denied" for one in resources)


def has_frozen(store: Mapping[str, Any]) -> bool:
    """Return whether a resource of *store*, one of the report, cannot be read any more for want of a field."""
    return any(one["verdict"] == "denied" and one["left_out"] for one in store["resources"].values())


def check_code(report: Report) -> int:
    """Return the exit code of `status --check`.

    0: all is well; 3: data are stale or differ; 4: a person is needed; 5: the scheduler or this machine fails.
    """
    live = [store for store in report["stores"] if store["connection"] not in {"paused", "disconnected"}]
    hindered = {store["last_error_code"] for store in live if store["is_hindered"]}
    if not report["scheduler"]["is_running"] or hindered - {PersonNeeded.code, AddressBlocked.code}:
        return 5
    if hindered or any(s["connection"] == "needs_reauth" or reads_nothing(s) or has_frozen(s) for s in live):
        return 4
    bad = {"stale", "short", "surplus"}
    verdicts = {state["verdict"] for store in live for state in store["resources"].values()}
    failed = any(store["sync_status"] == "failed" for store in live)
    return 3 if failed or verdicts & bad else 0
