"""Fixtures that every test may have: the program in this process, two shops, and nothing of the developer's machine."""

import gc
import logging
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from storesync.runtime.files import made_whole
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import opening
from tests.kits.connect_cache import ConnectCache, watch_patches
from tests.kits.program import FakeClock, Program

CACHE = pytest.StashKey[Path]()

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes its own folder there
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 10**9:
    # Thousands of small databases that nobody will miss need no disk.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores: some tests wait for a clock on the wall, or for processes."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


def pytest_configure(config):
    """Make the folder of the connect cache, one for all processes of this run."""
    folder = getattr(config, "workerinput", {}).get("connect_cache")
    if folder is None:
        made = tempfile.TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"), prefix="storesync-connect-")
        config.add_cleanup(made.cleanup)
        folder = made.name
    config.stash[CACHE] = Path(folder)
    watch_patches()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell a worker where the folder is."""
    node.workerinput["connect_cache"] = str(node.config.stash[CACHE])


def pytest_collection_modifyitems(items):
    """Begin with the tests that take long, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection_finish():
    """Keep the garbage collector from what stays to the end: thousands of modules and tests."""
    gc.collect()
    gc.freeze()


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
def program(tmp_path, clock, simulator, pytestconfig) -> Program:
    return Program(tmp_path / "home", clock, simulator, cache=ConnectCache(pytestconfig.stash[CACHE]))


@pytest.fixture
def tiendanube(program):
    """A Tiendanube shop of 90 orders, not connected."""
    return program.world.add_shop("tiendanube", "123456", orders=90)


@pytest.fixture
def shopify(program):
    """A Shopify shop of 60 orders, not connected."""
    return program.world.add_shop("shopify", "alpha", orders=60)
