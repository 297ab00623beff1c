"""Erasing in real processes, killed in the middle: the next call ends what was begun, and proves all of it."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from tests.kits.canary import plant, sightings
from tests.kits.processes import LIMIT_S, Home

DIES = """
import os, signal, sys
from storesync.cli.app import app
from storesync.storage import erasure
from storesync.stores import erasure as engine

save, left = erasure.save_begun, [int(sys.argv.pop(1))]

def save_and_die(*saved):
    save(*saved)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)

erasure.save_begun, engine.BATCH = save_and_die, 2
app()
"""


@pytest.fixture
def home(tmp_path):
    simulator = Simulator(World(11, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    with serve(simulator) as url:
        yield Home(tmp_path / "home", url, simulator)


def killed(home, after, *words):
    """Run a command that is killed in its transaction number *after*."""
    line = [sys.executable, "-c", DIES, str(after), *words]
    done = subprocess.run(line, env=home.environment, capture_output=True, timeout=LIMIT_S, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_killed_forget_is_ended_by_the_next(home, after):
    """Wherever the kill struck, nothing of the person is left after the second call, and one receipt counts all."""
    shop = home.simulator.world.add_shop("shopify", "alpha", orders=30)
    zoe = plant(shop)
    home.connect(shop)
    assert home.here("sync", "alpha").returncode == 0
    killed(home, after, "forget", "alpha", "--id", zoe, "--yes")

    done = home.run("forget", "alpha", "--id", zoe, "--yes", "--json")

    assert done.returncode == 0, done.stderr
    receipt = json.loads(done.stdout)["receipt"]
    assert (receipt["verified"], receipt["tables"]["customers"]) == (True, 1)
    assert receipt["tables"]["orders"] == home.sql("SELECT count(*) FROM orders WHERE email IS NULL")[0][0]
    assert sightings(home.folder) == []
    assert home.sql("SELECT count(*) FROM erasures") == [(0,)]
    assert home.here("sync", "alpha", "--full").returncode == 0
    assert sightings(home.folder) == []


def test_a_killed_purge_is_ended_by_the_next(home):
    """The second call asks nothing, and leaves nothing."""
    shop = home.simulator.world.add_shop("shopify", "alpha", orders=30)
    plant(shop)
    home.connect(shop)
    assert home.here("sync", "alpha").returncode == 0
    killed(home, 40, "disconnect", "alpha", "--purge", "--yes")
    assert home.sql("SELECT connection, connection_reason FROM stores") == [("disconnected", "purging")]

    done = home.run("disconnect", "alpha", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["receipt"]["verified"]
    assert home.sql("SELECT count(*) FROM stores") == [(0,)]
    assert sightings(home.folder) == []
