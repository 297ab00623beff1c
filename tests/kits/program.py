"""The program run in this process: a home of its own, a simulated world, a clock that moves only when told."""

import json
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import typer.testing
from typer.testing import CliRunner

from storesync.cli.app import app
from storesync.runtime.clock import Clock
from storesync.runtime.world import OutsideWorld
from storesync.simulator import audit
from storesync.simulator.shop import SCOPES, Shop
from storesync.simulator.shopify.access import OTHERS
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3
from tests.kits.connect_cache import ConnectCache

# Typer builds the whole command line anew for each call; here once is enough.
typer.testing._get_command = cache(typer.testing._get_command)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still between sleeps; remembers them."""

    at: datetime = NOON
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.at += timedelta(seconds=seconds)

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)

    def seconds(self) -> float:
        return self.at.timestamp()

    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=self.seconds, boottime=self.seconds, boot="boot-1", sleep=self.sleep)


class Inline:
    """An executor that does the work when it is asked whether it is done: one thing at a time, in order."""

    def __init__(self) -> None:
        self.work: dict[Future, Callable] = {}

    def start(self, work: Callable) -> Future:
        future: Future = Future()
        self.work[future] = work
        return future

    def wait(self, started: Collection[Future], timeout_s: float) -> Collection[Future]:
        future = next(iter(started))
        try:
            future.set_result(self.work.pop(future)())
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return [future]


@dataclass
class Answer:
    """What a command printed and exited with."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict:
        return json.loads(self.stdout)


@dataclass
class Program:
    """storesync in this process: a home of its own, the simulated world, the fake clock."""

    home: Path
    clock: FakeClock
    simulator: Simulator
    settings: dict[str, str] = field(default_factory=dict)
    browser: Callable[[str], bool] = lambda _url: False
    online: bool = True
    cron_is_up: bool | None = True
    cache: ConnectCache | None = None

    def __call__(self, *words: str, stdin: str | None = None) -> Answer:
        outside = OutsideWorld(
            environment={"STORESYNC_HOME": str(self.home), "TMPDIR": str(self.home.parent), **self.settings},
            clock=self.clock.clock(),
            jitter=lambda: 0.5,
            transport=SimulatorTransport(self.simulator, sleep=self.clock.sleep),
            executor=Inline(),
            open_browser=self.browser,
            reaches=lambda _host: self.online,
            is_cron_up=lambda: self.cron_is_up,
        )
        result = CliRunner().invoke(app, list(words), obj=outside, input=stdin, catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def database(self) -> Path:
        return self.home / "storesync.db"

    def connect(self, platform: str, key: str, *options: str) -> Answer:
        """Connect with a pasted token; the same connect in the same world is done once for all tests."""
        words = (platform, key, *options)
        return self.cache.once(self, words, lambda: self._connect(*words)) if self.cache else self._connect(*words)

    def _connect(self, platform: str, key: str, *options: str) -> Answer:
        token = self.world.shop(platform, key).issue_token()
        shop = ("--store-id", key) if platform == "tiendanube" else (key,)
        return self("connect", platform, *shop, "--token-stdin", *options, stdin=token + "\n")

    def connect_for(self, shop: Shop, *resources: str, without: Collection[str] = ()) -> Answer:
        """Connect a Shopify shop to read these resources, with a token of all scopes but those *without*."""
        token = shop.issue_token(({*SCOPES["shopify"]} | OTHERS) - {*without})
        only = [word for name in resources for word in ("--only", name)]
        return self("connect", "shopify", shop.key, "--token-stdin", *only, stdin=token + "\n")

    def sql(self, query: str, *parameters: object) -> list[tuple]:
        """Ask the database."""
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()

    def write(self, statement: str, *parameters: object) -> None:
        """Change the database behind the program's back."""
        connection = sqlite3.connect(self.database)
        try:
            with connection:
                connection.execute(statement, parameters)
        finally:
            connection.close()

    def requests(self, platform: str | None = None) -> int:
        """Return how many requests the platforms have seen."""
        return sum(platform in {None, call.platform} for call in self.simulator.requests)


def differences(program: Program, shop, *resources: str) -> list[str]:
    """Return where the database differs from the shop's truth, of these resources or all that is read of every shop."""
    connection = sqlite3.connect(program.database)
    try:
        return audit.differences(connection, shop, resources)
    finally:
        connection.close()
