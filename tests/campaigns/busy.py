"""25,000 orders, 300 of them in the same second, read while the shop sells, edits and deletes."""

import os
import tempfile
from pathlib import Path

from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.busy_shop import loaded_while_busy
from tests.kits.program import FakeClock, Program

ORDERS, IN_ONE_SECOND, DELETIONS = 25_000, 300, 10


def run(*, rounds: int, seed: int) -> str:
    """Load *rounds* such shops, each with a seed of its own; return what was found."""
    found = requests = refused = 0
    for number in range(seed, seed + rounds):
        clock = FakeClock()
        with tempfile.TemporaryDirectory(prefix="storesync-busy-") as folder:
            os.chdir(folder)
            program = Program(Path(folder) / "home", clock, Simulator(World(number, clock.now)))
            found += len(
                loaded_while_busy(program, orders=ORDERS, in_one_second=IN_ONE_SECOND, deletions=DELETIONS, seed=number)
            )
            requests += program.requests()
            refused += sum(call.status == 429 for call in program.simulator.requests)
            os.chdir("/")
    return f"{rounds} shops of {ORDERS} orders, {requests} requests, {refused} refused, {found} differences"
