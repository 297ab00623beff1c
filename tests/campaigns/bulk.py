"""100,000 Shopify orders of 3 lines each by bulk operation, through kill -9 at random moments."""

import os
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from storesync.simulator.past import lengthen
from storesync.simulator.server import serve
from storesync.simulator.shopify.api import bulk_of
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.processes import Home

ORDERS, LINES = int(os.environ.get("BULK_ORDERS", "100000")), 3
LONGEST_S = 15.0


def run(*, rounds: int, seed: int) -> str:
    """Load the shop with *rounds* kills on the way; return what was found."""
    chance = random.Random(seed)
    simulator = Simulator(World(seed, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    shop = simulator.world.add_shop("shopify", "alpha", orders=60)
    lengthen(shop, ORDERS, lines=LINES)
    bulk_of(shop).instant = True
    with serve(simulator) as url, tempfile.TemporaryDirectory(prefix="storesync-bulk-") as folder:
        home = Home(Path(folder) / "home", url, simulator)
        home.connect(shop)
        began, kills, peak = time.monotonic(), 0, 0
        while kills < rounds:
            process = home.start("sync", "--all", "--resource", "orders")
            wait = time.monotonic() + chance.uniform(1.0, LONGEST_S)
            while process.poll() is None and time.monotonic() < wait:
                peak = max(peak, _peak_mb(process.pid))
                time.sleep(0.05)
            if process.poll() is not None:
                break
            process.kill()
            process.communicate()
            kills += 1
        process = home.start("sync", "--all", "--resource", "orders")
        while process.poll() is None:
            peak = max(peak, _peak_mb(process.pid))
            time.sleep(0.05)
        took = time.monotonic() - began
        operations = sum(call.operation == "BulkRun" for call in simulator.requests)
        assert home.run("reconcile", "--all", "--resource", "orders").returncode == 0
        differences = [one for one in home.differences(shop) if one.startswith("order")]
        rows = home.sql("SELECT count(*) FROM order_lines")[0][0]
        size = (home.folder / "storesync.db").stat().st_size // 10**6
    return (
        f"{ORDERS} orders, {rows} lines, {kills} kills, {operations} starts of an operation (2 a load: the wide form "
        f"is refused first), peak {peak} MB, {took:.0f} s, {size} MB of database, {len(differences)} differences"
    )


def _peak_mb(pid: int) -> int:
    """Return the most memory that a process has held, in MB, 0 where it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(found.split()[1]) // 1000
