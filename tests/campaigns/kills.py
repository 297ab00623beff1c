"""kill -9 at random moments of first loads and increments, then the next tick; nothing may be lost or half done."""

import random
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.processes import Home

LONGEST_S = 4.0


def run(*, rounds: int, seed: int) -> str:
    """Kill *rounds* ticks; return what was found."""
    chance = random.Random(seed)
    loads = differences = kept = 0
    with ExitStack() as stack:
        while rounds > 0:
            home, shops = _new_home(stack, seed + loads)
            loads += 1
            while rounds > 0 and not _is_loaded(home):
                rounds -= 1
                _killed(home, chance)
                assert home.sql("PRAGMA quick_check") == [("ok",)]
                kept = max(kept, home.sql("SELECT count(*) FROM payloads")[0][0])
            for shop in shops:
                home.simulator.world.advance(shop, 20)
            for _ in range(min(3, rounds)):
                rounds -= 1
                _killed(home, chance)
            home.run("sync", "--all")
            home.run("reconcile", "--all")
            differences += sum(len(home.differences(shop)) for shop in shops)
    return f"{loads} stores of each platform loaded through kills, {differences} differences, most rows kept {kept}"


def _new_home(stack: ExitStack, seed: int) -> tuple[Home, list]:
    simulator = Simulator(World(seed, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    url = stack.enter_context(serve(simulator))
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storesync-kills-")))
    home = Home(folder / "home", url, simulator)
    shops = [
        simulator.world.add_shop("tiendanube", "123456", orders=2000),
        simulator.world.add_shop("shopify", "alpha", orders=300),
    ]
    for shop in shops:
        home.connect(shop)
    simulator.faults.add({"delay": 0.05, "times": None})
    return home, shops


def _killed(home: Home, chance: random.Random) -> None:
    process = home.start("sync", "--all")
    time.sleep(chance.uniform(0.2, LONGEST_S))
    process.kill()
    process.communicate()


def _is_loaded(home: Home) -> bool:
    return home.sql("SELECT count(*) FROM stores WHERE first_synced_at IS NULL") == [(0,)]
