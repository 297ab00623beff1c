"""Rebuild 100,000 orders, all rows missing and then none: CPU as a ratio to only deriving them, and peak memory.

Run ``python tests/benchmarks/rebuild.py [ORDERS]``; memory must not grow with the number of orders.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from storesync.platforms.records import rows_again
from storesync.platforms.tiendanube.rows import rows_of
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage.opening import open_database
from storesync.storage.rebuilds import load_batch
from storesync.storage.stores import load_stores
from storesync.tables import RESOURCES
from tests.kits.program import FakeClock, Program

LOADED = 500
REBUILD = """
import resource, sys
from storesync.cli.app import app
try:
    app(["--home", sys.argv[1], "db", "rebuild", "--resource", "orders"])
except SystemExit:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def filled(folder: Path, orders: int) -> Program:
    """Return a program whose database has the payloads of that many Tiendanube orders, and no rows of them."""
    clock = FakeClock()
    program = Program(folder / "home", clock, Simulator(World(7, clock.now)))
    program.world.limits = False
    shop = program.world.add_shop("tiendanube", "123456", orders=LOADED)
    assert program.connect(shop.platform, shop.key, "--only", "orders").code == 0
    database = open_database(program.database)
    bodies = [row[0] for row in database.rows("SELECT body FROM payloads WHERE resource = 'orders' ORDER BY id")]
    with database.transaction():
        database.write("DELETE FROM payloads WHERE resource = 'orders'")
        for table in ("orders", *RESOURCES["orders"].children):
            database.write(f"DELETE FROM {table}")
        database.connection.executemany(
            "INSERT INTO payloads VALUES (1, 'orders', ?, 'record', '2025-03', '2026-11-22T12:00:00Z', ?, ?, NULL)",
            copies(bodies, orders),
        )
    database.close()
    return program


def copies(bodies: list[str], number: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield orders like these with ids of their own."""
    for place in range(number):
        order = renamed(orjson.loads(bodies[place % len(bodies)]), f"{place // len(bodies):04}")
        # A long number would be read the slow way.
        sent = orjson.dumps(order | {"token": f"t{place}"}).decode()
        yield str(order["id"]), sent, str(place).encode()


def renamed(value: Any, suffix: str) -> Any:
    """Return *value* with this at the end of each id."""
    if isinstance(value, list):
        return [renamed(one, suffix) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: _new_id(one, suffix) if key == "id" else renamed(one, suffix) for key, one in value.items()}


def _new_id(value: Any, suffix: str) -> Any:
    return type(value)(f"{value}{suffix}") if isinstance(value, str | int) else value


def derive(program: Program) -> float:
    """Return the seconds of CPU that it takes only to read and derive them all."""
    database = open_database(program.database)
    (store,) = load_stores(database)
    began, after = time.process_time(), ""
    while batch := load_batch(database, store.id, "orders", after=after):
        for sent in batch:
            rows_again("orders", sent.bodies, lambda name, parts: rows_of(name, parts, store.shop))
        after = batch[-1].id
    database.close()
    return time.process_time() - began


def rebuild(program: Program) -> tuple[float, int]:
    """Return the seconds of CPU and the megabytes of a rebuild in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", REBUILD, str(program.home)], check=True, capture_output=True, text=True
    )
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), int(kilobytes) // 1024


def main() -> None:
    """Print both, beside only deriving."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        program = filled(Path(folder), orders)
        bare = derive(program)
        sys.stdout.write(f"only deriving {orders:,} orders: {orders / bare:,.0f} a second of CPU\n")
        for what in ("all rows missing", "nothing to change"):
            seconds, megabytes = rebuild(program)
            ratio = f"{seconds / bare:.2f} times that CPU ({orders / seconds:,.0f} a second)"
            sys.stdout.write(f"rebuild, {what}: {ratio}, {megabytes} MB at the peak\n")


if __name__ == "__main__":
    main()
