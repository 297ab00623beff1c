"""Several ticks at the same moment, again and again: no store twice, no lock error, no stale commit."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from processes import LIMIT_S, Home

from storesync.simulator import Simulator, World
from storesync.simulator.server import serve

TOGETHER = 4


def run(*, rounds: int, seed: int) -> str:
    """Start *rounds* times four ticks together; return what was found."""
    simulator = Simulator(World(seed, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    shops = [simulator.world.add_shop("tiendanube", str(1000 + n), orders=30) for n in range(6)]
    complaints, codes = 0, set()
    with serve(simulator) as url, tempfile.TemporaryDirectory(prefix="storesync-overlap-") as folder:
        home = Home(Path(folder) / "home", url, simulator)
        home.environment["STORESYNC_BATCH_PAUSE"] = "0s"
        for shop in shops:
            home.connect(shop)
        home.run("sync", "--all")
        for _ in range(rounds):
            for shop in shops:
                simulator.world.advance(shop, 1)
            ticks = [home.start("sync-due") for _ in range(TOGETHER)]
            for tick in ticks:
                _, told = tick.communicate(timeout=LIMIT_S)
                complaints += bool(told)
                codes.add(tick.returncode)
        home.run("reconcile", "--all")
        twice = home.sql(
            """SELECT count(*) FROM runs AS one JOIN runs AS other ON one.store_id = other.store_id
                AND one.id < other.id AND other.started_at < one.ended_at"""
        )[0][0]
        runs = home.sql("SELECT count(*) FROM runs WHERE trigger = 'cron'")[0][0]
        differences = sum(len(home.differences(shop)) for shop in shops)
    return f"{runs} runs, {twice} overlapping, {complaints} complaints, exit codes {codes}, {differences} differences"
