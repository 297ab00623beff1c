"""Runs slices on demand for `sync`, `reconcile` and `connect`: without a time budget, beside cron's ticks."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from storesync.errors import AppBlocked, AppCredentialsRefused, PersonNeeded, UsageError
from storesync.model import DUPLICATE, PURGING, Lease, Store
from storesync.rules.apps import app_of, is_blocked_by
from storesync.rules.health import Failure
from storesync.rules.verdict import Verdict, verdicts_of
from storesync.storage import checkpoints, counts, leases, listings, stores
from storesync.sync.context import SyncContext
from storesync.sync.freshness import forecast
from storesync.sync.job import SyncRequest, SyncResult, Tombstones, Verdicts
from storesync.sync.run import run_slice

POLL_S = 1.0


def work_on(
    context: SyncContext, chosen: Sequence[Store], request: SyncRequest, *, patience: timedelta
) -> Iterator[SyncResult]:
    """Work on the *chosen* stores one after the other and yield the result of each.

    A store that another process holds is waited for up to *patience*, then reported as busy. Where an app is refused,
    its other stores fail alike without a request. Raises `UsageError` if one of them is disconnected.
    """
    for store in chosen:
        must_be_connected(store)
    refused: dict[str, AppBlocked] = {}
    for store in chosen:
        if is_blocked_by(store, {app: fault.code for app, fault in refused.items()}):
            yield _failed(store, refused[app_of(store)])
            continue
        try:
            result = _work_on(context, store, request, patience=patience)
        except AppBlocked as fault:
            refused[fault.app] = fault
            result = _failed(store, fault)
        yield result


def must_be_connected(store: Store) -> None:
    """Raise `UsageError` for a store that is disconnected."""
    if store.connection_reason == PURGING:
        raise UsageError(f"{store.key} is being purged", hint=f"end that: storesync disconnect {store.key} --purge")
    if store.connection_reason == DUPLICATE:
        raise UsageError(f"{store.key}: {store.last_error}", hint=store.hint)
    if store.connection == "disconnected":
        raise UsageError(f"{store.key} is disconnected", hint=f"connect it: {store.connect_again}")


def _work_on(context: SyncContext, store: Store, request: SyncRequest, *, patience: timedelta) -> SyncResult:
    until = context.clock.monotonic() + patience.total_seconds()
    is_full = request.full or store.first_synced_at is None
    kind = "reconcile" if request.compare else "full" if is_full else "incremental"
    while True:
        current = stores.load_store(context.database, store.id)
        claims = leases.claim(
            context.database,
            context.worker,
            [store.id],
            clock=context.clock,
            trigger=request.trigger,
            kind=kind,
            limit=1,
        )
        if claims.leases:
            return _read(context, current, claims.leases[0], request)
        if context.clock.monotonic() >= until:
            return busy(context, current)
        context.clock.sleep(POLL_S)


def busy(context: SyncContext, store: Store) -> SyncResult:
    """Return the result of a store that another process holds, with its holder."""
    return SyncResult(
        store, "busy", holder=leases.holders(context.database, context.worker, context.clock).get(store.id)
    )


def _read(context: SyncContext, store: Store, lease: Lease, request: SyncRequest) -> SyncResult:
    """Work on one store; a fault that needs a person fails this store, not those after it. Raises `AppBlocked`."""
    try:
        result = run_slice(context, store, lease, request)
        return replace(result, held=counts.count_held(context.database, store.id))
    except AppBlocked:
        raise
    except PersonNeeded as needed:
        return _failed(store, needed)


def _failed(store: Store, fault: PersonNeeded) -> SyncResult:
    return SyncResult(store, "failed", Failure(fault.code, fault.message, fault.hint, error=AppCredentialsRefused))


def verdicts_now(context: SyncContext, chosen: Sequence[Store]) -> Verdicts:
    """Return the current verdicts of these stores."""
    return {store.key: _verdicts(context, stores.load_store(context.database, store.id)) for store in chosen}


def _verdicts(context: SyncContext, store: Store) -> dict[str, Verdict]:
    return verdicts_of(
        store,
        checkpoints.load_checkpoints(context.database, store.id),
        counts.take_holdings(context.database, store.id),
        reads=context.reads(store.platform),
        now=context.clock.now(),
        timing=context.timing,
    )


def tombstones(
    context: SyncContext, chosen: Sequence[Store], ids: Sequence[str] | None, resources: Sequence[str]
) -> Tombstones:
    """Return the ids of records marked as deleted, the latest first: those among *ids*, or all for None.

    No *resources* means all of them. Raises `UsageError` for an id that is not marked as deleted.
    """
    found = {
        (store.key, resource): list(listings.tombstones(context.database, store.id, resource, ids))
        for store in chosen
        for resource in resources or tuple(context.platform(store.platform).readables)
    }
    unknown = set(ids or ()).difference(*found.values())
    if unknown:
        where = chosen[0].key if len(chosen) == 1 else "--all"
        raise UsageError(
            f"no deleted record has the id {' or '.join(sorted(unknown))}; nothing was taken back",
            hint=f"see which there are: storesync reconcile {where} --undelete all --dry-run",
        )
    return {place: gone for place, gone in found.items() if gone}


def undelete(context: SyncContext, chosen: Sequence[Store], ids: Sequence[str] | None, resources: Sequence[str]) -> int:
    """Restore records marked as deleted, those among *ids* or all for None; return how many."""
    restored = 0
    for store in chosen:
        offered = context.platform(store.platform).readables
        with context.database.transaction():
            for resource in resources or tuple(offered):
                restored += listings.restore(context.database, store.id, resource, ids, now=context.clock.now())
            forecast(context, store.id)
    return restored
