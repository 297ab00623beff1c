"""Leases: which process may work on a store; fenced by a generation, and freed when the process dies.

Each process holds a kernel lock on ``workers/<uuid>`` for its lifetime, and a lease names that
uuid. Before it claims, a process tries the locks of the other owners: those it gets belong to
dead processes, whose leases are free at once. The generation, checked in every page's
transaction, decides who may commit; the lock only says who is alive.
"""

import errno
import fcntl
import os
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from storesync.data import dataclass
from storesync.errors import DatabaseUnusable, LeaseLost, StoresyncError
from storesync.model import Holder, Lease, Store
from storesync.rules.schedule import minute_of
from storesync.runtime.clock import Clock
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database
from storesync.storage.stores import save_hindrance

FILE_IS_OLD_S = 3600.0

DEATHS = 3
"""After this many processes in a row died while they read a store, the store may be the cause."""

LEASE_S = 300.0
"""A lease lasts five minutes past its last page, on the clock that also counts while the machine sleeps."""


@dataclass(frozen=True, slots=True)
class Worker:
    """This process among those that share the database. An onlooker takes no lease and deletes no lock file."""

    id: str
    folder: Path
    is_onlooker: bool = False

    def dead(self, owners: Sequence[str]) -> list[str]:
        """Return those of *owners* whose process has ended."""
        clean_up = not self.is_onlooker
        return [owner for owner in owners if owner != self.id and _is_dead(self.folder / owner, clean_up=clean_up)]


@dataclass(frozen=True, slots=True)
class Claims:
    """The leases taken. *full*: no slot is left, so that stores may have been left out that are free."""

    leases: tuple[Lease, ...]
    full: bool


@contextmanager
def working(folder: Path, name: str) -> Iterator[Worker]:
    """Hold the lock file *name* in *folder* until the block or the process ends; yield the `Worker`.

    Raises `DatabaseUnusable` where *folder* is not a folder or not ours: nobody could tell then who works.
    """
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise DatabaseUnusable(
            f"cannot use the folder {folder}: {error.strerror}",
            hint=f"it belongs to the user that runs storesync; look: ls -ld {shlex.quote(str(folder))}",
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Worker(name, folder)
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _is_dead(path: Path, *, clean_up: bool = True) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True
    except OSError:
        # It is another user's, so nobody can tell from here: its lease expires by itself.
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        with suppress(FileNotFoundError):
            if clean_up:
                path.unlink()
        return True
    finally:
        os.close(descriptor)


def claim(
    database: Database,
    worker: Worker,
    store_ids: Sequence[int],
    *,
    clock: Clock,
    trigger: str,
    kind: str,
    limit: int,
    max_parallel: int | None = None,
    is_turn: bool = True,
    as_seen: Store | None = None,
    backoff: Sequence[timedelta] = (),
) -> Claims:
    """Take the leases of up to *limit* of *store_ids*, in that order, and start or continue their runs.

    *max_parallel* limits how many stores all processes together work on; None is no limit. Stores that
    a living process works on are left out. *is_turn* is False for work beside a store's regular syncs, such
    as a comparison of ids: the time of its next sync does not change. A store that is no longer *as_seen* is
    left out: another process has synced it since, or it was moved, paused or disconnected. *backoff* are the waits
    for a store that processes keep dying of.
    """
    owners = [row[0] for row in database.rows("SELECT DISTINCT owner FROM leases WHERE owner IS NOT NULL")]
    dead = worker.dead(owners)
    leases: list[Lease] = []
    with database.transaction():
        places = limit if max_parallel is None else _free(database, clock, dead, max_parallel, trigger)
        for store_id in store_ids if as_seen is None or _is_still(database, as_seen) else ():
            if len(leases) >= min(limit, places):
                break
            taken = _take(database, worker, store_id, clock=clock, trigger=trigger, dead=dead)
            if taken is None:
                continue
            generation, orphaned = taken
            run_id = _begin_run(database, store_id, trigger, kind, at=clock.now(), orphaned=orphaned)
            if is_turn:
                deaths = _count_deaths(database, store_id, orphaned=orphaned)
                _schedule_next(database, store_id, clock.now(), deaths=deaths, backoff=backoff)
            leases.append(Lease(store_id, worker.id, generation, run_id))
    return Claims(tuple(leases), full=places <= len(leases))


@contextmanager
def held(database: Database, worker: Worker, store_id: int, *, clock: Clock, trigger: str) -> Iterator[Lease | None]:
    """Hold the lease of a store for work that is not a run; yield None where a living process works on it.

    The store's state does not change. The lease's run is 0: nothing of a run may be saved under it.
    """
    owners = [
        row[0] for row in database.rows("SELECT owner FROM leases WHERE store_id = ? AND owner > ''", (store_id,))
    ]
    dead = worker.dead(owners)
    with database.transaction():
        taken = _take(database, worker, store_id, clock=clock, trigger=trigger, dead=dead)
        if taken is not None and taken[1]:
            _interrupt(database, store_id, at=clock.now())
    if taken is None:
        yield None
        return
    lease = Lease(store_id, worker.id, taken[0], 0)
    try:
        yield lease
    finally:
        with suppress(LeaseLost), database.transaction():
            release(database, lease)


def clean_up_dead(database: Database, worker: Worker, clock: Clock) -> None:
    """Free the leases of dead processes, end their runs, and delete the lock files that nobody holds any more."""
    rows = database.rows("SELECT store_id, owner FROM leases WHERE owner IS NOT NULL")
    dead = set(worker.dead(list({row["owner"] for row in rows})))
    for row in rows:
        if row["owner"] in dead:
            with database.transaction():
                freed = database.write(
                    "UPDATE leases SET owner = NULL, resource = NULL WHERE store_id = ? AND owner = ?", tuple(row)
                )
                if freed:
                    _interrupt(database, row["store_id"], at=clock.now())
    for path in worker.folder.iterdir():
        # A young file may not be locked yet.
        if path.name != worker.id and time.time() - path.stat().st_mtime > FILE_IS_OLD_S:
            _is_dead(path)


def _interrupt(database: Database, store_id: int, *, at: datetime) -> None:
    """End the run of a process that died."""
    database.write(
        "UPDATE runs SET status = 'interrupted', ended_at = ? WHERE store_id = ? AND status = 'running'",
        (text_of(at), store_id),
    )


def _is_still(database: Database, store: Store) -> bool:
    sql = "SELECT key, connection, last_attempt_at, next_sync_at, compare_at FROM stores WHERE id = ?"
    seen = (store.key, store.connection, *map(text_of, (store.last_attempt_at, store.next_sync_at, store.compare_at)))
    return tuple(database.row(sql, (store.id,)) or ()) == seen


def _free(database: Database, clock: Clock, dead: Sequence[str], max_parallel: int, trigger: str) -> int:
    """Return how many slots are free. One is always left to *trigger*, so that manual syncs do not hold up cron's."""
    marks = ", ".join("?" * len(dead))
    sql = f"""SELECT count(*), coalesce(sum(trigger = ?), 0) FROM leases WHERE owner IS NOT NULL AND boot = ?
        AND expires_at > ? AND owner NOT IN ({marks})"""
    taken, ours = database.row(sql, (trigger, clock.boot, clock.boottime(), *dead))
    return max(max_parallel - int(taken), 1 - int(ours))


def _take(
    database: Database, worker: Worker, store_id: int, *, clock: Clock, trigger: str, dead: Sequence[str]
) -> tuple[int, bool] | None:
    held = database.row("SELECT owner FROM leases WHERE store_id = ?", (store_id,))
    marks = ", ".join("?" * len(dead))
    row = database.row(
        f"""INSERT INTO leases (store_id, owner, generation, boot, expires_at, since, trigger)
            VALUES (?, ?, 1, ?, ?, ?, ?)
            ON CONFLICT (store_id) DO UPDATE SET owner = excluded.owner, generation = generation + 1,
                boot = excluded.boot, expires_at = excluded.expires_at, since = excluded.since,
                trigger = excluded.trigger, resource = NULL
            WHERE owner IS NULL OR boot <> excluded.boot OR expires_at <= ? OR owner IN ({marks})
            RETURNING generation""",
        (
            store_id,
            worker.id,
            clock.boot,
            clock.boottime() + LEASE_S,
            text_of(clock.now()),
            trigger,
            clock.boottime(),
            *dead,
        ),
    )
    return None if row is None else (int(row[0]), bool(held and held[0]))


def _begin_run(database: Database, store_id: int, trigger: str, kind: str, *, at: datetime, orphaned: bool) -> int:
    if orphaned:
        _interrupt(database, store_id, at=at)
    running = database.row(
        "SELECT id FROM runs WHERE store_id = ? AND status = 'running' AND (kind = 'reconcile') = (? = 'reconcile')",
        (store_id, kind),
    )
    if running:
        database.write("UPDATE runs SET slices = slices + 1 WHERE id = ?", (running[0],))
        return int(running[0])
    sql = """INSERT INTO runs (store_id, trigger, kind, status, started_at, slices)
        VALUES (?, ?, ?, 'running', ?, 1) RETURNING id"""
    return int(database.row(sql, (store_id, trigger, kind, text_of(at)))[0])


def _count_deaths(database: Database, store_id: int, *, orphaned: bool) -> int:
    """Return how many processes in a row died over a store without having saved a page of it."""
    sql = (
        "SELECT pages FROM runs WHERE store_id = ? AND status = 'interrupted' ORDER BY started_at DESC, id DESC LIMIT 1"
    )
    last = database.row(sql, (store_id,)) if orphaned else None
    row = database.row(
        "UPDATE stores SET deaths = CASE WHEN ? THEN deaths + 1 ELSE 0 END WHERE id = ? RETURNING deaths",
        (last is not None and not last[0], store_id),
    )
    return int(row[0])


def _schedule_next(
    database: Database, store_id: int, at: datetime, *, deaths: int, backoff: Sequence[timedelta]
) -> None:
    """Mark a store as being read. It is due again in this very minute, in case this process dies.

    It is due later, by *backoff*, where processes seem to die of this store: the others come first then.
    """
    over = deaths - DEATHS
    rest = backoff[min(over, len(backoff) - 1)] if over >= 0 and backoff else timedelta()
    database.write(
        """UPDATE stores SET last_attempt_at = ?, sync_status = 'in_progress', next_sync_at = ?,
            first_started_at = coalesce(first_started_at, ?) WHERE id = ?""",
        (text_of(at), text_of(minute_of(at) + rest), text_of(at), store_id),
    )


def renew(database: Database, lease: Lease, clock: Clock, *, resource: str | None = None) -> None:
    """Extend *lease* inside the caller's transaction. Raises `LeaseLost` where it is no longer ours."""
    kept = database.write(
        """UPDATE leases SET expires_at = ?, resource = coalesce(?, resource)
            WHERE store_id = ? AND owner = ? AND generation = ?""",
        (clock.boottime() + LEASE_S, resource, lease.store_id, lease.owner, lease.generation),
    )
    if not kept:
        raise LeaseLost("another process took the store over")


def release(database: Database, lease: Lease) -> None:
    """Give *lease* back inside the caller's transaction. Raises `LeaseLost` where it is no longer ours."""
    kept = database.write(
        "UPDATE leases SET owner = NULL, resource = NULL WHERE store_id = ? AND owner = ? AND generation = ?",
        (lease.store_id, lease.owner, lease.generation),
    )
    if not kept:
        raise LeaseLost("another process took the store over")


def revoke(database: Database, store_id: int, at: datetime) -> None:
    """Take the lease of a store from whoever holds it, and end its run, inside the caller's transaction."""
    database.write(
        "UPDATE leases SET owner = NULL, resource = NULL, generation = generation + 1 WHERE store_id = ?", (store_id,)
    )
    _interrupt(database, store_id, at=at)


def abandon(
    database: Database,
    lease: Lease,
    store: Store,
    fault: StoresyncError,
    now: datetime,
    *,
    next_sync_at: datetime | None,
) -> None:
    """Give *lease* back inside the caller's transaction and restore *store*, as if its slice had not happened.

    *fault*, which prevented the slice, becomes the store's last error unless it has a failure of its own.
    *next_sync_at* is when to try again, None to keep the time of its next sync. Raises `LeaseLost` as `release` does.
    """
    release(database, lease)
    database.write(
        """UPDATE stores SET sync_status = :status, next_sync_at = :next,
            compare_at = CASE WHEN compare_at < :later THEN :later ELSE compare_at END WHERE id = :id""",
        {
            "status": store.sync_status,
            "next": text_of(next_sync_at or store.next_sync_at),
            "later": text_of(next_sync_at),
            "id": store.id,
        },
    )
    save_hindrance(database, [store.id], fault)
    database.write(
        """UPDATE runs SET status = 'interrupted', ended_at = :now, error_code = :code, error = :error
            WHERE id = :run""",
        {"now": text_of(now), "code": fault.code, "error": fault.message, "run": lease.run_id},
    )


def holders(database: Database, worker: Worker, clock: Clock) -> dict[int, Holder]:
    """Return which living process works on which store now, by store id."""
    rows = database.rows(
        "SELECT * FROM leases WHERE owner IS NOT NULL AND boot = ? AND expires_at > ?",
        (clock.boot, clock.boottime()),
    )
    dead = worker.dead(list({row["owner"] for row in rows}))
    return {
        row["store_id"]: Holder(row["store_id"], row["owner"], _since(row["since"]), row["trigger"], row["resource"])
        for row in rows
        if row["owner"] not in dead
    }


def _since(text: str) -> datetime:
    since = instant_of(text)
    if since is None:
        raise LeaseLost("a lease has no beginning")
    return since
