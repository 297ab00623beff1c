"""CPU of an empty tick over 1,000 stores against ``import typer, sqlite3``, pair by pair.

Run ``python tests/benchmarks/empty_tick.py``; the promise is a median of at most 0.6.
"""

import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from storesync.model import Shop
from storesync.storage import connections
from storesync.storage.opening import create_database
from tests.benchmarks.measure import YARDSTICK, alternated, median, ratio, spend

PAIRS = 25


def fill(path: Path) -> None:
    """Make a database with 1,000 stores of which none is due."""
    database = create_database(path)
    now = datetime.now(UTC)
    with database.transaction():
        for n in range(1000):
            shop = Shop(str(n), f"shop-{n}", f"Shop {n}", f"shop-{n}.myshopify.com")
            connections.save_connected(database, "shopify", shop, now=now, grace_until=now + timedelta(days=1))
    database.close()


def compare(what: str, command: list[str], yardstick: list[str], environment: dict[str, str]) -> None:
    """Print the ratio of their CPU."""
    works = {name: partial(spend, words, environment) for name, words in (("mine", command), ("other", yardstick))}
    runs = alternated(PAIRS, works)
    mine, other = (median(runs[name]).cpu_s * 1000 for name in works)
    found = ratio(runs["mine"], runs["other"])
    sys.stdout.write(f"{what} {mine:.0f} ms, {YARDSTICK} {other:.0f} ms of CPU: ratio {found:.2f}\n")


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "storesync.db")
        storesync = str(Path(sys.executable).with_name("storesync"))
        yardstick = [sys.executable, "-c", YARDSTICK]
        settings = Path(folder) / "settings.env"
        settings.touch()
        by_cron = [storesync, "--home", folder, "--env-file", str(settings), "sync-due"]
        compare("empty tick", [storesync, "sync-due"], yardstick, {**os.environ, "STORESYNC_HOME": folder})
        compare("the same by the line of cron install", by_cron, yardstick, dict(os.environ))


if __name__ == "__main__":
    main()
