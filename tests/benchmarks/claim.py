"""Finding and claiming 10 due stores among 100 to 100,000, and the question of an idle minute; ratio to 100 stores.

Run ``python tests/benchmarks/claim.py``; the promise is that they are flat.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.rules.schedule import Timing, due_stores
from storesync.runtime.clock import system_clock
from storesync.runtime.instants import text_of
from storesync.storage import leases, stores
from storesync.storage.database import Database
from storesync.storage.idle import spend_idle_minute
from storesync.storage.opening import create_database

SIZES, DUE, ROUNDS = (100, 1_000, 10_000, 100_000), 10, 200
MINUTE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIERS = {"high": timedelta(minutes=5), "medium": timedelta(minutes=30), "low": timedelta(hours=6)}
AGO, SOON, LATER = "2026-11-22T11:55:00Z", "2026-11-22T12:03:00Z", "2026-11-25T12:00:00Z"

STORES = f"""WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :stores)
    INSERT INTO stores (id, key, platform, platform_id, sync_status, connected_at, first_started_at, first_synced_at,
        last_attempt_at, last_sync_at, next_sync_at, compare_at)
    SELECT id, 'shopify:s' || id, 'shopify', id, 'completed', '{AGO}', '{AGO}', '{AGO}', '{AGO}', '{AGO}',
        CASE WHEN id % (:stores / :due) THEN '{SOON}' ELSE '{AGO}' END, '{LATER}' FROM n"""
LEASES = "INSERT INTO leases (store_id, generation) SELECT id, 1 FROM stores"
RUNS = f"""INSERT INTO runs (store_id, trigger, kind, status, started_at, ended_at)
    SELECT id, 'cron', 'incremental', 'succeeded', '{AGO}', '{AGO}' FROM stores"""


@contextmanager
def shops(folder: Path, number: int) -> Iterator[tuple[Database, leases.Worker]]:
    """Yield a database with that many stores, 10 of them due, and a living worker."""
    database = create_database(folder / f"{number}.db")
    try:
        with database.transaction():
            database.write(STORES, {"stores": number, "due": DUE})
            database.write(LEASES)
            database.write(RUNS)
            database.write("INSERT INTO marks VALUES ('upkeep_at', ?)", (SOON,))
        with leases.working(folder / "workers", str(number)) as worker:
            yield database, worker
    finally:
        database.close()


def claim(database: Database, worker: leases.Worker) -> int:
    """Find and claim the stores that are due; return how many that were."""
    due = due_stores(stores.load_due(database, MINUTE), MINUTE, Timing(TIERS))
    ids = [one.store.id for one in due]
    claims = leases.claim(
        database, worker, ids, clock=system_clock(), trigger="cron", kind="incremental", limit=DUE, max_parallel=DUE
    )
    return len(claims.leases)


def let_go(database: Database) -> None:
    """Make the claimed stores free and due again."""
    with database.transaction():
        database.write(
            f"UPDATE stores SET sync_status = 'completed', next_sync_at = '{AGO}', last_attempt_at = '{AGO}'"
            " WHERE sync_status = 'in_progress'"
        )
        database.write("DELETE FROM runs WHERE status = 'running'")
        database.write("UPDATE leases SET owner = NULL WHERE owner IS NOT NULL")


def serve(database: Database) -> None:
    """Have no store be due."""
    database.write("UPDATE stores SET next_sync_at = ? WHERE next_sync_at < ?", (SOON, SOON))


def milliseconds(work: Callable[..., object], *words: object) -> float:
    """Return how long *work* takes."""
    began = time.perf_counter()
    work(*words)
    return (time.perf_counter() - began) * 1000


def measured(number: int) -> tuple[float, float]:
    """Return the median milliseconds of a claim and of an idle minute among so many stores."""
    claims, minutes = [], []
    with tempfile.TemporaryDirectory() as folder, shops(Path(folder), number) as (database, worker):
        for _ in range(ROUNDS):
            claims.append(milliseconds(claim, database, worker))
            let_go(database)
        serve(database)
        path, minute = str(database.path), text_of(MINUTE) or ""
        assert spend_idle_minute(path, minute)
        minutes += [milliseconds(spend_idle_minute, path, minute) for _ in range(ROUNDS)]
    return statistics.median(claims), statistics.median(minutes)


def main() -> None:
    """Print both, by the number of stores."""
    found = {number: measured(number) for number in SIZES}
    for what, place in (("claim of 10 due stores", 0), ("idle minute", 1)):
        least = found[SIZES[0]][place]
        shown = ", ".join(f"{one[place] / least:.2f} among {number:,}" for number, one in found.items())
        sys.stdout.write(f"{what} {least:.2f} ms among {SIZES[0]} stores; ratio {shown}\n")


if __name__ == "__main__":
    main()
