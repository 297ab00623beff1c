"""CPU of an empty tick over 1,000 stores against ``import typer, sqlite3``, pair by pair.

Run ``python tests/benchmarks/empty_tick.py``; the promise is a median of at most 0.6.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.model import Shop
from storesync.storage import stores
from storesync.storage.opening import create_database

PAIRS = 25


def fill(path: Path) -> None:
    """Make a database with 1,000 stores of which none is due."""
    database = create_database(path)
    now = datetime.now(UTC)
    with database.transaction():
        for n in range(1000):
            shop = Shop(str(n), f"shop-{n}", f"Shop {n}", f"shop-{n}.myshopify.com")
            stores.save_connected(database, "shopify", shop, now=now, grace_until=now + timedelta(days=1))
    database.close()


def cpu_s(command: list[str], environment: dict[str, str]) -> float:
    """Return the CPU seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(what: str, command: list[str], yardstick: list[str], environment: dict[str, str]) -> None:
    """Print the ratio of their CPU."""
    pairs = [(cpu_s(command, environment), cpu_s(yardstick, environment)) for _ in range(PAIRS)]
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = (statistics.median(values) * 1000 for values in zip(*pairs, strict=True))
    sys.stdout.write(f"{what} {mine:.0f} ms, import typer, sqlite3 {other:.0f} ms of CPU: ratio {ratio:.2f}\n")


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "storesync.db")
        storesync = str(Path(sys.executable).with_name("storesync"))
        yardstick = [sys.executable, "-c", "import typer, sqlite3"]
        settings = Path(folder) / "settings.env"
        settings.touch()
        by_cron = [storesync, "--home", folder, "--env-file", str(settings), "sync-due"]
        compare("empty tick", [storesync, "sync-due"], yardstick, {**os.environ, "STORESYNC_HOME": folder})
        compare("the same by the line of cron install", by_cron, yardstick, dict(os.environ))


if __name__ == "__main__":
    main()
