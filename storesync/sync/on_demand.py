"""Work on stores because somebody asked: `sync`, `reconcile`, `connect`; without a budget, next to cron."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from storesync.errors import AppCredentialsRefused, PersonNeeded, UsageError
from storesync.model import PURGING, Lease, Store
from storesync.rules.health import Failure
from storesync.rules.verdict import Verdict, verdicts_of
from storesync.storage import census, checkpoints, leases, listings, stores
from storesync.sync.context import Tools
from storesync.sync.freshness import look_ahead
from storesync.sync.job import Result, Tombstones, Verdicts, Wish
from storesync.sync.run import run_slice

NAP_S = 1.0


def work_on(tools: Tools, chosen: Sequence[Store], wish: Wish, *, patience: timedelta) -> Iterator[Result]:
    """Yield what became of each store, one after the other.

    A store that somebody else works on is waited for up to *patience*, then left as busy. Raises
    `UsageError` where one is disconnected.
    """
    for store in chosen:
        must_be_connected(store)
    for store in chosen:
        yield _work_on(tools, store, wish, patience=patience)


def must_be_connected(store: Store) -> None:
    """Raise `UsageError` for a store that is disconnected."""
    if store.connection_reason == PURGING:
        raise UsageError(f"{store.key} is being purged", hint=f"end that: storesync disconnect {store.key} --purge")
    if store.connection == "disconnected":
        raise UsageError(f"{store.key} is disconnected", hint=f"connect it: {store.connect_again}")


def _work_on(tools: Tools, store: Store, wish: Wish, *, patience: timedelta) -> Result:
    until = tools.clock.monotonic() + patience.total_seconds()
    is_full = wish.full or store.first_synced_at is None
    kind = "reconcile" if wish.compare else "full" if is_full else "incremental"
    while True:
        current = stores.load_store(tools.database, store.id)
        claims = leases.claim(
            tools.database,
            tools.worker,
            [store.id],
            clock=tools.clock,
            trigger=wish.trigger,
            kind=kind,
            most=1,
        )
        if claims.leases:
            return _read(tools, current, claims.leases[0], wish)
        if tools.clock.monotonic() >= until:
            return busy(tools, current)
        tools.clock.sleep(NAP_S)


def busy(tools: Tools, store: Store) -> Result:
    """Return the result of a store that somebody else works on, and who."""
    return Result(store, "busy", holder=leases.holders(tools.database, tools.worker, tools.clock).get(store.id))


def _read(tools: Tools, store: Store, lease: Lease, wish: Wish) -> Result:
    """Work on one store; what only a person can mend costs this store, not those after it."""
    try:
        result = run_slice(tools, store, lease, wish)
        return replace(result, held=census.count_held(tools.database, store.id))
    except PersonNeeded as needed:
        failure = Failure(needed.code, needed.message, needed.hint, error=AppCredentialsRefused)
        return Result(store, "failed", failure)


def verdicts_now(tools: Tools, chosen: Sequence[Store]) -> Verdicts:
    """Return the verdicts of these stores as they stand now."""
    return {store.key: _verdicts(tools, stores.load_store(tools.database, store.id)) for store in chosen}


def _verdicts(tools: Tools, store: Store) -> dict[str, Verdict]:
    return verdicts_of(
        store,
        checkpoints.load_checkpoints(tools.database, store.id),
        census.take_holdings(tools.database, store.id),
        reads=tools.reads(store.platform),
        now=tools.clock.now(),
        timing=tools.timing,
    )


def tombstones(
    tools: Tools, chosen: Sequence[Store], ids: Sequence[str] | None, resources: Sequence[str]
) -> Tombstones:
    """Return the ids of deleted records, of *ids* or of all, the latest first; `UsageError` where one is none."""
    found = {
        (store.key, resource): list(listings.tombstones(tools.database, store.id, resource, ids))
        for store in chosen
        for resource in resources or tuple(tools.platform(store.platform).readables)
    }
    unknown = set(ids or ()).difference(*found.values())
    if unknown:
        where = chosen[0].key if len(chosen) == 1 else "--all"
        raise UsageError(
            f"no deleted record has the id {' or '.join(sorted(unknown))}; nothing was taken back",
            hint=f"see which there are: storesync reconcile {where} --undelete all --dry-run",
        )
    return {place: gone for place, gone in found.items() if gone}


def undelete(tools: Tools, chosen: Sequence[Store], ids: Sequence[str] | None, resources: Sequence[str]) -> int:
    """Take tombstones back, of *ids* or of all; return how many records that were."""
    restored = 0
    for store in chosen:
        offered = tools.platform(store.platform).readables
        with tools.database.transaction():
            for resource in resources or tuple(offered):
                restored += listings.unbury(tools.database, store.id, resource, ids, now=tools.clock.now())
            look_ahead(tools, store.id)
    return restored
