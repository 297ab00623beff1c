"""Real processes: killed in the middle, side by side, and what is left behind."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from storesync.simulator import sales
from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3
from tests.kits.processes import LIMIT_S, Home


@pytest.fixture
def home(tmp_path):
    simulator = Simulator(World(11, lambda: datetime.now(UTC)))
    simulator.world.limits = False
    with serve(simulator) as url:
        yield Home(tmp_path / "home", url, simulator)


@pytest.mark.parametrize(("platform", "key", "orders"), [("tiendanube", "123456", 1500), ("shopify", "alpha", 200)])
def test_a_killed_first_load_goes_on_at_once(home, platform, key, orders):
    """After kill -9, the next sync-due finishes the load; no saved page is fetched again; nothing is lost."""
    shop = home.simulator.world.add_shop(platform, key, orders=orders)
    home.simulator.faults.add({"platform": platform, "delay": 0.15, "times": None})
    home.connect(shop)
    process = home.start("sync", f"{platform}:{key}")
    home.wait_for("SELECT coalesce(max(pages), 0) FROM checkpoints WHERE resource = 'orders'", 2)
    process.kill()
    process.communicate()
    [(cursor, saved)] = home.sql("SELECT cursor, records FROM checkpoints WHERE resource = 'orders'")
    home.simulator.faults.clear()

    assert cursor
    assert home.run("sync-due").returncode == 0

    assert home.differences(shop) == []
    [(records,)] = home.sql("SELECT records FROM checkpoints WHERE resource = 'orders'")
    assert saved < records == orders
    [(pages,)] = home.sql("SELECT pages FROM run_resources WHERE resource = 'orders' AND status = 'complete'")
    # Lost with the killed process: at most the page being written and the one fetched ahead.
    assert pages <= home.pages_asked(shop) <= pages + 2
    assert home.sql("SELECT status FROM runs WHERE trigger = 'sync'") == [("interrupted",)]


def test_two_ticks_at_once_sync_no_store_twice(home):
    """Of two sync-due started together each store is served by one."""
    shops = [home.simulator.world.add_shop("tiendanube", str(1000 + n), orders=30) for n in range(4)]
    for shop in shops:
        home.connect(shop)
    assert home.here("sync", "--all").returncode == 0
    for shop in shops:
        home.simulator.world.advance(shop, 5)
    home.simulator.faults.add({"platform": "tiendanube", "delay": 0.1, "times": None})

    ticks = [home.start("sync-due", "--json") for _ in range(2)]
    answers = [json.loads(tick.communicate(timeout=LIMIT_S)[0]) for tick in ticks]

    served = [store["store"] for answer in answers for store in answer["stores"] if store["result"] != "skipped"]
    assert sorted(set(served)) == [f"tiendanube:{1000 + n}" for n in range(4)]
    overlapping = """SELECT count(*) FROM runs AS one JOIN runs AS other ON one.store_id = other.store_id
        AND one.id < other.id AND other.started_at < one.ended_at"""
    assert home.sql(overlapping) == [(0,)]
    assert home.sql("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(0,)]
    home.simulator.faults.clear()
    assert home.here("reconcile", "--all").returncode == 0
    assert [difference for shop in shops for difference in home.differences(shop)] == []


def test_a_sync_by_hand_says_who_works_on_the_store(home):
    """While another process reads a store, sync leaves it and says so; the exit code is 5."""
    shop = home.simulator.world.add_shop("tiendanube", "123456", orders=400)
    home.connect(shop)
    home.simulator.faults.add({"platform": "tiendanube", "delay": 0.5, "times": None})
    first = home.start("sync", "123456")
    home.wait_for("SELECT count(*) FROM leases WHERE owner IS NOT NULL", 1)

    second = home.run("sync", "123456")

    assert second.returncode == 5
    assert "--wait" in second.stdout
    home.simulator.faults.clear()
    first.communicate(timeout=LIMIT_S)
    assert first.returncode == 0


HANGS = """
import sys
from concurrent.futures import Future
from threading import Event
from storesync.cli.app import app
from storesync.runtime.world import OutsideWorld

class Hung:
    def start(self, work):
        return Future()

    def wait(self, started, timeout_s):
        Event().wait()

app(["sync-due"], obj=OutsideWorld(executor=Hung()))
"""


def test_a_hung_tick_is_ended_and_the_next_one_goes_on(home):
    """An executor that never comes back: after twice the budget the kernel ends the process; its leases are free."""
    shop = home.simulator.world.add_shop("tiendanube", "123456", orders=3)
    home.connect(shop)
    assert home.here("sync", "123456").returncode == 0
    home.environment |= {"STORESYNC_TICK_BUDGET": "1s", "STORESYNC_TIMEOUT": "1s"}
    began = time.monotonic()

    hung = subprocess.run([sys.executable, "-c", HANGS], env=home.environment, timeout=30, check=False)

    assert (hung.returncode, time.monotonic() - began > 2) == (-signal.SIGALRM, True)
    assert home.sql("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(1,)]
    home.environment |= {"STORESYNC_TICK_BUDGET": "50s", "STORESYNC_TIMEOUT": "30s"}
    assert home.run("sync-due").returncode == 0
    assert home.differences(shop) == []


def test_a_terminated_sync_leaves_nothing_half_done(home):
    """SIGTERM ends a sync with 143; the store goes on with the next tick."""
    shop = home.simulator.world.add_shop("tiendanube", "123456", orders=900)
    home.connect(shop)
    home.simulator.faults.add({"platform": "tiendanube", "delay": 0.2, "times": None})
    process = home.start("sync", "123456")
    home.wait_for("SELECT count(*) FROM orders", 1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_S)

    assert process.returncode in {143, -signal.SIGTERM}
    home.simulator.faults.clear()
    assert home.run("sync-due").returncode == 0
    assert home.differences(shop) == []


def test_a_line_that_names_its_places_needs_no_environment(home, tmp_path):
    """Cron gives next to nothing: no HOME, no setting, no terminal, any locale; the line works from anywhere."""
    shop = home.simulator.world.add_shop("tiendanube", "123456", orders=20)
    home.connect(shop)
    assert home.here("sync", "123456").returncode == 0
    settings = tmp_path / "settings.env"
    own = [f"{name}={value}\n" for name, value in home.environment.items() if name.startswith("STORESYNC_")]
    settings.write_text("".join(line for line in own if not line.startswith("STORESYNC_HOME")))
    line = [sys.executable, "-m", "storesync", "--home", home.folder, "--env-file", settings, "sync-due"]

    told = []
    for environment in ({}, {"LC_ALL": "C"}, {"LC_ALL": "xx_YY.bogus"}, {"PYTHONIOENCODING": "ascii"}):
        sales.place_order(shop, None)
        done = subprocess.run(
            line, env=environment, cwd="/", capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=True
        )
        told.append((done.stdout, done.stderr))
        assert [one for one in home.differences(shop) if one.startswith("order")] == []

    assert told == [(b"", b"")] * 4


def spoil(home, where="1"):
    """Change orders behind the program's back."""
    connection = sqlite3.connect(home.folder / "storesync.db")
    with connection:
        connection.execute(f"UPDATE orders SET total = 'spoilt' WHERE {where}")
    connection.close()


def test_a_killed_rebuild_goes_on_where_it_was(home):
    """After kill -9 the next one begins with the first batch that was not saved; all orders are right in the end."""
    shop = home.simulator.world.add_shop("tiendanube", "123456", orders=1200)
    home.connect(shop)
    assert home.here("sync", "123456").returncode == 0
    spoil(home)
    process = home.start("db", "rebuild", "--resource", "orders")
    home.wait_for("SELECT coalesce(max(records), 0) FROM rebuilds", 1)
    process.kill()
    process.communicate()
    [(after, records)] = home.sql("SELECT after, records FROM rebuilds")
    assert 0 < records < 1200
    assert home.sql("SELECT count(*) FROM orders WHERE total = 'spoilt'") == [(1200 - records,)]

    spoil(home, f"id = '{after}'")
    done = home.run("db", "rebuild", "--resource", "orders", "--json")

    counts = json.loads(done.stdout)["stores"][0]["resources"]["orders"]
    assert (done.returncode, counts["records"], counts["rows_written"]) == (0, 1200, 1200)
    assert home.sql("SELECT id FROM orders WHERE total = 'spoilt'") == [(after,)]
    assert home.here("db", "rebuild").returncode == 0
    assert home.differences(shop) == []


def test_a_rebuild_and_syncs_do_not_disturb_each_other(home):
    """Side by side, two rebuilds at once too, each ends well and nothing newer is overwritten."""
    shops = [home.simulator.world.add_shop(*name, orders=80) for name in (("tiendanube", "7"), ("shopify", "alpha"))]
    home.environment["STORESYNC_MAX_DELETE"] = "100%"
    for shop in shops:
        home.connect(shop)
    assert home.here("sync", "--all").returncode == 0
    spoil(home)
    for shop in shops:
        home.simulator.world.advance(shop, 60)

    processes = [home.start(*words) for words in (("db", "rebuild"), ("sync", "--all", "--full"), ("db", "rebuild"))]
    told = [process.communicate(timeout=LIMIT_S) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert home.here("reconcile", "--all").returncode == 0
    assert [difference for shop in shops for difference in home.differences(shop)] == []
