"""Holding a million listed ids against a million rows: seconds, memory, and the ratio to reading both once.

Run ``python tests/benchmarks/compare.py``; the promise is less than 2 s and 200 MB. Saving and
forgetting the listing are measured beside it: they belong to the download.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from storesync.model import Checkpoint, Lease, RunCounters, Version
from storesync.runtime.clock import system_clock
from storesync.storage import listings
from storesync.storage.database import Database
from storesync.storage.opening import create_database, open_database

FIRST, IDS, PAGE, FEW = 7_000_000_000_000, 1_000_000, 5_000, 300
MISSING = {"a few differ": FEW, "30 % are missing": IDS * 3 // 10}
LOADED, LISTED = "2026-11-22T11:00:00Z", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CLOCK, LEASE, CHECKPOINT = system_clock(), Lease(1, "owner", 1, 1), Checkpoint("orders")

# As a first load leaves them: in the order of their last update, not of their ids.
ORDERS = f"""WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :ids)
    INSERT INTO orders (store_id, id, number, name, status, customer_id, customer_name, email, currency, total,
        shipping_address1, shipping_city, note, placed_on, created_at, updated_at, synced_at)
    SELECT 1, {FIRST} + n * 7919 % :ids, n, '#' || n, 'open', n % 1000, 'Somebody of No Name',
        'somebody' || n || '@example.com', 'ARS', n, 'Some Street 1234, 5th floor', 'Some City',
        printf('%.*c', 200, 'x'), '2026-11-22', '{LOADED}', '{LOADED}', '{LOADED}' FROM n
    WHERE n * 7919 % :ids >= :missing"""
UNLISTED = f"INSERT INTO orders (store_id, id, synced_at) VALUES (1, ?, '{LOADED}')"
OURS = (
    "INSERT INTO leases (store_id, owner, generation, boot, expires_at) VALUES (1, 'owner', 1, '', 0)",
    "INSERT INTO runs (store_id, trigger, kind, status, started_at) VALUES (1, '', '', '', '')",
)


def main() -> None:
    """Print what both comparisons take."""
    for name, missing in MISSING.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "storesync.db"
            database = create_database(path)
            fill(database, missing)
            saved, _ = timed(save, database)
            database.close()
            sys.stdout.write(f"listing saved in {saved:.2f} s\n")
            sys.stdout.flush()
            subprocess.run([sys.executable, __file__, str(path), name], check=True)


def fill(database: Database, missing: int) -> None:
    """Put a million orders, less those *missing*, into *database*, and a few of which the listing knows nothing."""
    with database.transaction():
        database.write(ORDERS, {"ids": IDS, "missing": missing})
        database.connection.executemany(UNLISTED, [(f"gone{number}",) for number in range(FEW)])
        for statement in OURS:
            database.write(statement)


def save(database: Database) -> None:
    """Save a listing of a million ids, page by page as it comes in bulk; the last few changed since they were read."""
    for start in range(0, IDS, PAGE):
        page = [
            Version(str(FIRST + n), LOADED if n < IDS - FEW else "2026-11-22T11:30:00Z")
            for n in range(start, start + PAGE)
        ]
        anew = start == 0
        listings.save_listed(database, LEASE, CHECKPOINT, page, anew=anew, counters=RunCounters(), clock=CLOCK)


def compare(database: Database) -> tuple[int, int, int]:
    """Return how many are missing, stale and not listed."""
    missing, stale = listings.changed(database, 1, "orders")
    unlisted = listings.unlisted(database, 1, "orders", before=LISTED, since=None)
    return len(missing), len(stale), len(unlisted)


def read_both(database: Database) -> None:
    """Read the ids and times of both sides, and hold nothing against anything."""
    for table in ("orders", "listed"):
        for _ in database.connection.execute(f"SELECT id, updated_at FROM {table} WHERE store_id = 1"):
            pass


def forget(database: Database) -> None:
    """Forget the listing."""
    with database.transaction():
        listings.forget_listed(database, 1, "orders")


def timed(work: Callable[..., object], *words: object) -> tuple[float, object]:
    """Return how long *work* takes, in seconds, and what it returns."""
    began = time.perf_counter()
    found = work(*words)
    return time.perf_counter() - began, found


def peak_mb() -> float:
    """Return the most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(path: Path, name: str) -> None:
    """Print what comparing takes in this process."""
    database = open_database(path)
    seconds, before = {}, peak_mb()
    seconds["compared in"], found = timed(compare, database)
    grown = peak_mb() - before
    seconds["read once in"], _ = timed(read_both, database)
    seconds["forgotten in"], _ = timed(forget, database)
    ratio = seconds["compared in"] / seconds["read once in"]
    shown = ", ".join(f"{what} {value:.2f} s" for what, value in seconds.items())
    sys.stdout.write(f"{name} {found}: {shown}; {grown:.0f} MB more; ratio to reading {ratio:.2f}\n")


if __name__ == "__main__":
    measure(Path(sys.argv[1]), sys.argv[2]) if sys.argv[1:] else main()
