"""Who may work on a store: the living hold, the dead lose, the generation decides."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from storesync.errors import DatabaseUnusable, DiskFull, LeaseLost, LocalFault
from storesync.model import Health, RunCounters
from storesync.storage import leases, stores
from storesync.storage.checkpoints import load_checkpoints
from storesync.storage.connection import SCHEMA_VERSION
from storesync.storage.leases import LEASE_S, Worker
from storesync.storage.runs import Event, Receipt
from tests.kits.program import NOON
from tests.kits.storage import opened, order


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


@pytest.fixture
def other(stock):
    """Another living worker."""
    with leases.working(stock.worker.folder, "theirs") as worker:
        yield worker


def dead(stock, name: str = "gone") -> Worker:
    """Return a worker whose process ended without cleaning up: its file is there, its lock is not."""
    (stock.worker.folder / name).touch(0o600)
    return Worker(name, stock.worker.folder)


def test_a_claim_begins_a_run(stock):
    """The store is in progress, its run is recorded, its turn comes again should the process die."""
    store = stock.connect()
    lease = stock.take(store)
    after = stores.load_store(stock.database, store.id)

    assert (lease.store_id, lease.owner, lease.generation) == (store.id, "ours", 1)
    assert (after.sync_status, after.first_started_at, after.last_attempt_at) == ("in_progress", NOON, NOON)
    assert after.next_sync_at == NOON
    assert stock.rows("SELECT id, status, trigger, kind, slices FROM runs") == [
        (lease.run_id, "running", "cron", "full", 1)
    ]


def test_stores_are_claimed_in_the_order_asked_up_to_the_number_asked(stock):
    """The schedule's order is kept."""
    first, second, third = (stock.connect(f"shopify:{name}") for name in "abc")
    claims = stock.claim(third, first, second, limit=2)

    assert [lease.store_id for lease in claims.leases] == [third.id, first.id]


def test_a_store_that_somebody_alive_works_on_is_left_out(stock, other):
    """Nobody waits, nobody syncs the same store twice; the other stores are served."""
    busy, free = stock.connect("shopify:a"), stock.connect("shopify:b")
    stock.take(busy, worker=other)

    assert [lease.store_id for lease in stock.claim(busy, free).leases] == [free.id]


def test_a_worker_does_not_take_its_own_store_twice(stock):
    """Two threads of one process exclude each other as well."""
    store = stock.connect()
    stock.take(store)

    assert stock.claim(store).leases == ()


def test_the_lease_of_the_dead_is_free_at_once(stock):
    """After kill -9 the next tick goes on: the kernel gave the lock back. The broken run is closed."""
    store = stock.connect()
    stock.take(store, worker=dead(stock))
    lease = stock.take(store)

    assert lease.generation == 2
    assert stock.rows("SELECT status, ended_at FROM runs ORDER BY id") == [
        ("interrupted", "2026-11-22T12:00:00Z"),
        ("running", None),
    ]
    assert sorted(path.name for path in stock.worker.folder.iterdir()) == ["ours"]


def test_the_lease_of_a_worker_without_a_file_is_free_at_once(stock):
    """A clean end removes the file."""
    store = stock.connect()
    stock.take(store, worker=Worker("vanished", stock.worker.folder))

    assert stock.take(store).generation == 2


def test_the_lease_of_the_living_expires_five_minutes_after_its_last_page(stock, other):
    """A hung process that still holds its lock keeps its store for five minutes, by the clock of the boot."""
    store = stock.connect()
    lease = stock.take(store, worker=other)
    stock.clock.advance(minutes=4)
    stock.save(lease, order("1"))
    stock.clock.advance(seconds=LEASE_S - 1)
    assert stock.claim(store).leases == ()

    stock.clock.advance(seconds=1)
    assert stock.take(store).generation == 2


def test_a_wrong_wall_clock_expires_no_lease(stock, other):
    """Only the clock that counts since the boot decides."""
    store = stock.connect()
    stock.take(store, worker=other)
    jumped = replace(stock.clock.clock(), now=lambda: NOON + timedelta(days=400))

    assert stock.claim(store, clock=jumped).leases == ()


def test_a_lease_of_another_boot_is_void(stock, other):
    """Its clock says nothing today."""
    store = stock.connect()
    stock.take(store, worker=other)
    rebooted = replace(stock.clock.clock(), boot="boot-2", boottime=lambda: 5.0)

    assert stock.take(store, clock=rebooted).generation == 2


@pytest.mark.parametrize(("max_parallel", "taken", "full"), [(2, 0, True), (3, 1, True), (9, 2, False)])
def test_places_are_counted_over_all_processes(stock, other, max_parallel, taken, full):
    """At most so many stores in flight on this database, whoever works on them."""
    busy = [stock.connect(f"shopify:busy{n}") for n in range(2)]
    stock.claim(*busy, worker=other)
    free = [stock.connect(f"shopify:free{n}") for n in range(2)]
    claims = stock.claim(*free, max_parallel=max_parallel)

    assert (len(claims.leases), claims.full) == (taken, full)


def test_the_dead_hold_no_place(stock):
    """A crash does not make the machine slower for five minutes."""
    for n in range(3):
        stock.take(stock.connect(f"shopify:dead{n}"), worker=dead(stock, f"gone{n}"))

    assert len(stock.claim(stock.connect("shopify:free"), max_parallel=1).leases) == 1


def test_work_by_hand_leaves_cron_one_place(stock, other):
    """Three long loads by hand hold up all of cron's stores no more than one would."""
    stock.claim(*(stock.connect(f"shopify:long{n}") for n in range(3)), worker=other, trigger="connect")
    first = stock.claim(stock.connect("shopify:one"), max_parallel=3)
    second = stock.claim(stock.connect("shopify:two"), max_parallel=3)

    assert [len(claims.leases) for claims in (first, second)] == [1, 0]


@pytest.mark.parametrize(("pages", "turns"), [(0, [0, 0, 0, 5, 15, 15]), (1, [0, 0, 0, 0, 0, 0])])
def test_a_store_that_processes_die_of_waits_from_the_third_time_on(stock, pages, turns):
    """Else it would be first in each minute; who got a page further was killed by something else."""
    store, seen = stock.connect(), []
    for n in range(6):
        lease = stock.take(store, worker=dead(stock, f"gone{n}"), backoff=(timedelta(minutes=5), timedelta(minutes=15)))
        stock.database.write("UPDATE runs SET pages = ? WHERE id = ?", (pages, lease.run_id))
        seen.append(stock.rows("SELECT next_sync_at FROM stores")[0][0])

    assert seen == [f"2026-11-22T12:{turn:02}:00Z" for turn in turns]


def test_an_operators_sync_is_not_bound_by_the_places(stock, other):
    """A sync by hand counts but is not refused."""
    stock.take(stock.connect("shopify:busy"), worker=other)

    assert len(stock.claim(stock.connect("shopify:free"), max_parallel=None).leases) == 1


def abandon(stock, lease, store):
    """Give up the slice of *store* for want of room."""
    with stock.database.transaction():
        leases.abandon(stock.database, lease, store, DiskFull("no room", hint="df -h"), NOON, next_sync_at=None)


def test_an_old_holder_can_write_nothing(stock, other):
    """Whoever was taken over gets LeaseLost from each of its writes, and none of them leaves a trace."""
    store = stock.connect()
    old = stock.take(store, worker=dead(stock))
    stock.take(store, worker=other)
    before = stock.everything()

    for write in (
        lambda: stock.save(old, order("1"), cursor="p2"),
        lambda: stock.end(old, receipts=[Receipt("orders", "complete")], events=[Event(store.id, "failed", "x")]),
        lambda: abandon(stock, old, store),
    ):
        with pytest.raises(LeaseLost):
            write()

    assert stock.everything() == before


def test_a_lost_lock_file_costs_the_lease_but_no_data(stock, other):
    """Somebody deletes the file of a worker who lives: others take his store, and he can write nothing any more."""
    store = stock.connect()
    old = stock.take(store, worker=other)
    (other.folder / other.id).unlink()
    stock.save(stock.take(store), order("1"), cursor="p2")
    before = stock.everything()

    with pytest.raises(LeaseLost):
        stock.save(old, order("2"), cursor="p1")
    assert stock.everything() == before


def test_an_old_program_writes_nothing_into_a_newer_schema(stock):
    """The program is upgraded while a store is read: what still runs of the old one is turned away."""
    store = stock.connect()
    lease = stock.take(store)
    stock.database.write(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = stock.everything()

    for write in (lambda: stock.save(lease, order("1")), lambda: stock.end(lease), lambda: stock.claim(store)):
        with pytest.raises(DatabaseUnusable, match="newer storesync"):
            write()
    assert stock.everything() == before


def test_a_child_does_not_keep_the_lock_of_a_worker_who_died(tmp_path):
    """A browser that `connect` opened lives on; the worker who opened it counts as dead."""
    code = (
        "import os, signal, subprocess, sys; from pathlib import Path; from storesync.storage.leases import working\n"
        "with working(Path(sys.argv[1]), 'parent'):\n"
        "    print(subprocess.Popen(['sleep', '60'], close_fds=False, stdout=subprocess.DEVNULL).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, check=False)
    child = int(parent.stdout)
    try:
        assert (tmp_path / "parent").exists()
        assert Worker("me", tmp_path).dead(["parent"]) == ["parent"]
        os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_lease_taken_back_by_the_same_worker_is_another_lease(stock):
    """The generation fences, not the name."""
    store = stock.connect()
    old = stock.take(store)
    stock.end(old)
    new = stock.take(store)

    assert (new.owner, new.generation) == (old.owner, old.generation + 1)
    with pytest.raises(LeaseLost):
        stock.save(old, order("1"))


def test_a_slice_ends_in_one_transaction(stock):
    """Health, receipts, counters, events, the run and the lease; an error in the middle keeps the lease."""
    store = stock.connect()
    lease = stock.take(store)
    before = stock.everything()
    receipts = [Receipt("orders", "complete", 2, 7, 7, "no next page")]
    events = [Event(store.id, "first_synced", "done")]
    with pytest.raises(LocalFault, match="the database refused"):
        stock.end(lease, receipts=receipts, events=[Event(store.id, "odd", None)])
    assert stock.everything() == before

    stock.end(lease, receipts=receipts, events=events, counters=RunCounters(requests=3, waited_seconds=0.5))

    assert stock.rows("SELECT status, kind, ended_at, requests, waited_seconds FROM runs") == [
        ("succeeded", "full", "2026-11-22T12:00:00Z", 3, 0.5)
    ]
    assert stock.rows("SELECT resource, status, records, end_signal FROM run_resources") == [
        ("orders", "complete", 7, "no next page")
    ]
    assert stock.rows("SELECT kind, message FROM events") == [("first_synced", "done")]
    assert stock.rows("SELECT owner, generation FROM leases") == [(None, 1)]
    assert stores.load_store(stock.database, store.id).first_synced_at == NOON


def test_a_success_of_some_resources_is_no_first_sync(stock):
    """The store counts as synced once all of it was read."""
    store = stock.connect()
    stock.end(stock.take(store), loaded=False)
    part = stores.load_store(stock.database, store.id)
    stock.clock.advance(minutes=5)
    stock.end(stock.take(store))
    whole = stores.load_store(stock.database, store.id)

    assert (part.last_sync_at, part.first_synced_at) == (NOON, None)
    assert whole.first_synced_at == NOON + timedelta(minutes=5)


def test_a_run_goes_on_over_slices(stock):
    """The next claim takes up the running run."""
    store = stock.connect()
    first = stock.take(store)
    stock.end(first, "running")
    second = stock.take(store)

    assert second.run_id == first.run_id
    assert stock.rows("SELECT status, slices, ended_at FROM runs") == [("running", 2, None)]


def test_an_abandoned_slice_leaves_the_store_as_it_was(stock):
    """A fault of this machine counts against no store."""
    store = stock.connect()
    lease = stock.take(store)
    abandon(stock, lease, store)
    after = stores.load_store(stock.database, store.id)

    assert (after.sync_status, after.next_sync_at) == (store.sync_status, store.next_sync_at)
    assert (after.consecutive_failures, after.last_error, after.hint) == (0, "no room", "df -h")
    assert stock.rows("SELECT status, error_code, error FROM runs") == [("interrupted", "disk_full", "no room")]
    assert stock.take(store).generation == 2


def test_status_sees_the_living_only(stock, other):
    """Who works on what, since when; a dead worker works on nothing."""
    busy, left = stock.connect("shopify:a"), stock.connect("shopify:b")
    lease = stock.take(busy, worker=other)
    stock.save(lease, order("1"))
    stock.take(left, worker=dead(stock))
    holders = leases.holders(stock.database, stock.worker, stock.clock.clock())

    assert [(holder.store_id, holder.owner, holder.since, holder.resource) for holder in holders.values()] == [
        (busy.id, "theirs", NOON, "orders")
    ]


def test_a_worker_leaves_nothing_behind(tmp_path):
    """Its file has mode 0600 while it lives and is gone after."""
    with leases.working(tmp_path / "workers", "me") as worker:
        mode = (worker.folder / "me").stat().st_mode & 0o777

        assert (mode, worker.dead(["me", "nobody"])) == (0o600, ["nobody"])

    assert list((tmp_path / "workers").iterdir()) == []


def test_a_page_moves_its_checkpoint_with_its_rows(stock):
    """After a kill the next holder goes on where rows end."""
    store = stock.connect()
    stock.save(stock.take(store, worker=dead(stock)), order("1"), cursor="p2", pass_kind="full")
    stock.take(store)

    assert load_checkpoints(stock.database, store.id)["orders"].cursor == "p2"
    assert stock.rows("SELECT id FROM orders") == [("1",)]


def test_a_health_without_success_keeps_the_last_one(stock):
    """last_sync_at is the end of the last run that succeeded."""
    store = stock.connect()
    sick = Health("failed", "connected", None, "high", 1, 0, NOON)
    stock.end(stock.take(store))
    stock.clock.advance(minutes=5)
    stock.end(stock.take(store), "failed", health=sick)

    assert stores.load_store(stock.database, store.id).last_sync_at == NOON
