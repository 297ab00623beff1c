"""Processes that renew the same token at once, and processes killed at every step of it: no grant is lost."""

import random
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.nursery import Nursery
from tests.kits.processes import Home

TOKEN = "/admin/oauth/access_token"
AGE_S = 3500.0
"""Old enough that less than five minutes of the token's hour are left."""

KILLED = -9


class Town:
    """A Shopify shop whose token is renewed, the program's home, and a clock that is ahead of this machine's."""

    def __init__(self, stack: ExitStack, seed: int) -> None:
        self.ahead_s = 0.0
        self.simulator = Simulator(World(seed, lambda: datetime.now(UTC) + timedelta(seconds=self.ahead_s)))
        self.simulator.world.limits = False
        self.shop = self.simulator.world.add_shop("shopify", "alpha", orders=1)
        url = stack.enter_context(serve(self.simulator))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storesync-refresh-")))
        app = self.simulator.world.apps["shopify"]
        self.home = Home(folder / "home", url, self.simulator)
        self.home.environment |= {
            "STORESYNC_SHOPIFY_CLIENT_ID": app.client_id,
            "STORESYNC_SHOPIFY_CLIENT_SECRET": app.client_secret,
        }
        self.nursery = Nursery(self.home.environment)
        stack.callback(self.nursery.close)
        self._connect()

    def run(self, *commands: tuple[str, ...], dies_at: int | None = None) -> list[int]:
        return self.nursery.run(*commands, ahead_s=self.ahead_s, dies_at=dies_at)

    def age(self, seconds: float = AGE_S) -> None:
        self.ahead_s += seconds

    def posts(self) -> int:
        return sum(call.target.endswith(TOKEN) for call in self.simulator.requests)

    def forget_requests(self) -> None:
        self.simulator.requests.clear()

    def is_connected(self) -> bool:
        """True where the last sync was well and nothing counts against the store."""
        found = self.home.sql("SELECT connection, sync_status, refusals, consecutive_failures FROM stores")
        return found == [("connected", "completed", 0, 0)]

    def _connect(self) -> None:
        done = self.home.run(
            *("connect", "shopify", "alpha", "--only", "locations", "--no-sync", "--token-stdin"),
            stdin=self.shop.issue_token() + "\n",
        )
        assert done.returncode == 0, done.stderr
        done = self.home.run("connect", "shopify", "alpha", "--migrate-token", "--yes")
        assert done.returncode == 0, done.stderr


def race(town: Town, chance: random.Random) -> tuple[int, bool]:
    """Have 2 to 8 processes renew one token; return how often it was asked for, and whether all is well after."""
    town.age()
    town.forget_requests()
    ways = [("sync-due",), ("sync", "alpha", "--wait", "1m")]
    processes = chance.randint(2, 8)
    commands = [ways[1], *(chance.choice(ways) for _ in range(processes - 1))]
    codes = town.run(*commands)
    return town.posts(), town.is_connected() and set(codes) == {0}


def kill(town: Town, step: int) -> tuple[bool, bool]:
    """Kill a sync at that step of a renewal; return whether it was reached, and whether the next tick is well."""
    town.age()
    killed = town.run(("sync", "alpha"), dies_at=step) == [KILLED]
    return killed, town.run(("sync-due",)) == [0] and town.is_connected()


def run(*, rounds: int, seed: int) -> str:
    """Race *rounds* times, then kill at every step; return what was found."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        town = Town(stack, seed)
        found = [race(town, chance) for _ in range(rounds)]
        step = lost = 0
        while True:
            killed, well = kill(town, step)
            lost += not well
            if not killed:
                break
            step += 1
        town.age()
        lost += not (town.run(("sync", "alpha")) == [0] and town.is_connected())
    differences = sum(posts != 1 or not well for posts, well in found) + lost
    return (
        f"{rounds} races of 2 to 8 processes, most requests for one token {max(posts for posts, _ in found)}, "
        f"killed at each of {step} steps of a renewal, {differences} differences"
    )
