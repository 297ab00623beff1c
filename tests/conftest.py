"""A clock that moves only when told, a simulated world, and the program run in this process."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import typer.testing
from typer.testing import CliRunner

from storesync.cli.app import app
from storesync.runtime.clock import Clock
from storesync.runtime.files import made_whole
from storesync.runtime.world import Wiring
from storesync.simulator import audit
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World
from storesync.storage import opening
from storesync.storage.engine import sqlite3

# Typer builds the whole command line anew for each call; here once is enough.
typer.testing._get_command = cache(typer.testing._get_command)

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes its own folder there
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 10**9:
    # Thousands of small databases that nobody will miss need no disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

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

    def __call__(self, *words: str, stdin: str | None = None) -> Answer:
        wiring = Wiring(
            environment={"STORESYNC_HOME": str(self.home), "TMPDIR": str(self.home.parent), **self.settings},
            clock=self.clock.clock(),
            jitter=lambda: 0.5,
            transport=SimulatorTransport(self.simulator, sleep=self.clock.sleep),
            executor=Inline(),
            open_browser=self.browser,
            reaches=lambda _host: self.online,
            is_cron_up=lambda: self.cron_is_up,
        )
        result = CliRunner().invoke(app, list(words), obj=wiring, input=stdin, catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def database(self) -> Path:
        return self.home / "storesync.db"

    def connect(self, platform: str, key: str, *options: str) -> Answer:
        """Connect with a pasted token."""
        token = self.world.shop(platform, key).issue_token()
        shop = ("--store-id", key) if platform == "tiendanube" else (key,)
        return self("connect", platform, *shop, "--token-stdin", *options, stdin=token + "\n")

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: some tests wait for a clock on the wall, or for processes."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


def pytest_collection_modifyitems(items):
    """Begin with what then waits for the clock on the wall, and look at it last."""
    items.sort(key=lambda item: bool(item.get_closest_marker("last")) - bool(item.get_closest_marker("first")))


@pytest.fixture(autouse=True)
def _no_home(monkeypatch, tmp_path):
    """Nothing of the developer's own machine is read or written."""
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "nobody"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _no_log(monkeypatch):
    """What one test's program does with the log is no other test's business."""
    logger = logging.getLogger("storesync")
    for name, value in (("handlers", []), ("level", logging.NOTSET), ("propagate", True)):
        monkeypatch.setattr(logger, name, value)


@pytest.fixture(scope="session")
def _blank(tmp_path_factory) -> bytes:
    """A database as it is made."""
    path = tmp_path_factory.mktemp("blank") / "storesync.db"
    opening.make(path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _made_once(monkeypatch, _blank):
    """Every migration once for each worker, not for each test: a new database is a copy of the first one."""

    def copied(path: Path) -> None:
        with made_whole(path) as fresh:
            fresh.write_bytes(_blank)

    monkeypatch.setattr(opening, "make", copied)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def simulator(clock) -> Simulator:
    return Simulator(World(7, clock.now))


@pytest.fixture
def program(tmp_path, clock, simulator) -> Program:
    return Program(tmp_path / "home", clock, simulator)


@pytest.fixture
def tiendanube(program):
    """A Tiendanube shop of 90 orders, not connected."""
    return program.world.add_shop("tiendanube", "123456", orders=90)


@pytest.fixture
def shopify(program):
    """A Shopify shop of 60 orders, not connected."""
    return program.world.add_shop("shopify", "alpha", orders=60)


def differences(program: Program, shop) -> list[str]:
    """Return where the database differs from the shop's truth."""
    connection = sqlite3.connect(program.database)
    try:
        return audit.differences(connection, shop)
    finally:
        connection.close()
