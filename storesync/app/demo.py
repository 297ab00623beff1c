"""The demo: runs the real program against two simulated shops on this machine, with failures on purpose.

Each step runs a command of storesync in a process of its own, as a person or cron would.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

import httpx

from storesync.data import dataclass
from storesync.runtime.settings import DEFAULT_SHOPIFY_SCOPES
from storesync.simulator import audit
from storesync.simulator.server import serve
from storesync.simulator.shop import Shop
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3

SEED = 20261122
TIENDANUBE, SHOPIFY = "tiendanube:123456", "shopify:alpha"
AT_ONCE = {"STORESYNC_TIER_HIGH": "0s"}
"""Makes stores due at once, instead of five minutes after the previous step."""

MOST_TICKS = 10
"""A slow machine needs several ticks to complete a first load."""

ADDRESS = re.compile(r"https?://\S+")

QUESTIONS = (
    (
        "What did each shop sell?",
        """SELECT store, sum(orders) || ' orders', printf('%,.2f', sum(total_sales)), currency FROM sales_daily
            GROUP BY store, currency""",
    ),
    (
        "What sells best?",
        """SELECT store, name, sum(quantity) AS sold FROM best_sellers
            GROUP BY store, product_id ORDER BY sold DESC LIMIT 3""",
    ),
    (
        "Which cities do orders go to? (from the payload, any key the platform sent)",
        """SELECT body ->> '$.shipping_address.city' AS city, count(*) AS orders FROM payloads
            WHERE resource = 'orders' AND city IS NOT NULL GROUP BY city ORDER BY orders DESC LIMIT 3""",
    ),
)


@dataclass(slots=True)
class Demo:
    """One run of the demo in the folder *home*. *show* prints a line, *title* the heading of a step.

    With *keep*, which is called at the end, the shops stay open until Ctrl-C.
    """

    home: Path
    show: Callable[[str], None]
    title: Callable[[str], None]
    simulator: Simulator
    keep: Callable[[], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> bool:
        """Run the demo; return True if the database equals the shops at the end."""
        tiendanube = self.simulator.world.add_shop("tiendanube", "123456", orders=400)
        shopify = self.simulator.world.add_shop("shopify", "alpha", orders=120)
        with self._served() as url:
            self._write_settings(url)
            self.environment = {**_bare(os.environ), "STORESYNC_HOME": str(self.home), **AT_ONCE}
            self._connect_tiendanube()
            self._load_shopify()
            self._change((tiendanube, shopify))
            self._look()
            is_equal = self._equals((tiendanube, shopify))
            if self.keep is not None:
                self._go_on((tiendanube, shopify), self.keep)
            return is_equal

    def _connect_tiendanube(self) -> None:
        self.title("Connect a Tiendanube shop through OAuth; it answers 429 twice on the way")
        self.simulator.faults.add(
            {"platform": "tiendanube", "path": "/orders", "times": 2, "status": 429, "headers": {"retry-after": "1"}}
        )
        self._authorize("connect", "tiendanube", "--no-browser")
        self._faults_met()

    def _load_shopify(self) -> None:
        self.title("Connect a Shopify shop; the first load is killed with kill -9")
        self._authorize("connect", "shopify", "alpha", "--no-browser", "--no-sync")
        self._kill_in_the_middle("sync", SHOPIFY)
        self.title("sync-due goes on where it was; it meets THROTTLED and a 401, renews the token")
        self.simulator.faults.add({"platform": "shopify", "text": "orders", "throttled": True})
        self.simulator.faults.add({"platform": "shopify", "text": "orders", "after": 2, "status": 401, "body": {}})
        for _ in range(MOST_TICKS):
            self._command("sync-due")
            if self._is_loaded():
                break
        self._faults_met()

    def _change(self, shops: tuple[Shop, ...]) -> None:
        self.title("The shops sell, change and delete; sync-due brings it, reconcile proves it")
        for shop in shops:
            self._sell(shop, 30)
        self._command("sync-due")
        # From here on with the default tier interval, so that what was read stays fresh.
        self.environment = {name: value for name, value in self.environment.items() if name not in AT_ONCE}
        self._command("reconcile", "--all")

    def _sell(self, shop: Shop, count: int) -> None:
        with self.simulator.lock:
            self.simulator.world.advance(shop, count)

    def _go_on(self, shops: tuple[Shop, ...], keep: Callable[[], None]) -> None:
        """Simulate cron and sales until Ctrl-C, with one more shop to connect."""
        self.simulator.world.add_shop("shopify", "beta", orders=60)
        self.title("The shops stay open, and sync-due runs every minute, until Ctrl-C")
        keep()
        with suppress(KeyboardInterrupt):
            while True:
                for shop in shops:
                    self._sell(shop, 2)
                self._command("sync-due")
                time.sleep(60)

    def _look(self) -> None:
        self.title("How it stands")
        self._command("status")
        self.title("Ask it")
        with self._database() as connection:
            for question, sql in QUESTIONS:
                self.show(f"  {question}")
                for row in connection.execute(sql):
                    self.show("    " + "  ".join(str(value) for value in row))

    def _equals(self, shops: tuple[Shop, ...]) -> bool:
        with self._database() as connection:
            found = [one for shop in shops for one in audit.differences(connection, shop)]
        rows = sum(audit.count(shop) for shop in shops)
        self.show("")
        self.show(f"Compared with the shops' own {rows:,} rows, column by column: {len(found)} differences.")
        for difference in found[:10]:
            self.show(f"  {difference}")
        return not found

    def _faults_met(self) -> None:
        """Print which simulated faults occurred, and remove them."""
        struck = [(rule, min(rule.met - rule.after, rule.times or 0)) for rule in self.simulator.faults.rules]
        for rule, times in struck:
            word = "THROTTLED" if rule.throttled else str(rule.status)
            self.show(f"  ({rule.platform} had answered {word} {'once' if times == 1 else f'{times} times'})")
        self.simulator.faults.clear()

    def _command(self, *words: str) -> None:
        self.show(f"$ storesync {' '.join(words)}")
        done = subprocess.run(  # noqa: S603 - our own program
            self._argv(*words), env=self.environment, capture_output=True, text=True, check=False
        )
        # The status table needs the full width of a narrow terminal.
        margin = "" if words == ("status",) else "  "
        for line in (done.stderr + done.stdout).splitlines():
            self.show(f"{margin}{line.rstrip()}")

    def _authorize(self, *words: str) -> None:
        """Run connect and act as the person at the browser: open the address and follow its redirects."""
        self.show(f"$ storesync {' '.join(words)}")
        process = subprocess.Popen(  # noqa: S603 - our own program
            self._argv(*words), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if process.stderr is None:
            raise RuntimeError("the command has no stderr")
        for line in process.stderr:
            self.show(f"  {_without_secrets(line.rstrip())}")
            address = ADDRESS.search(line)
            if address:
                self.show("  (the demo opens it and says yes)")
                httpx.get(address[0], follow_redirects=True, timeout=30).raise_for_status()
                break
        answer, told = process.communicate()
        for line in (told + answer).splitlines():
            self.show(f"  {line}")

    def _kill_in_the_middle(self, *words: str) -> None:
        """Run a command and kill it once some pages of orders are saved."""
        self.show(f"$ storesync {' '.join(words)}")
        process = subprocess.Popen(  # noqa: S603 - our own program
            self._argv(*words), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and self._saved_orders() < 2:  # noqa: PLR2004 - in the middle of the orders
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.show(f"  killed (kill -9); {self._saved_orders()} orders had been saved by then")

    def _is_loaded(self) -> bool:
        with self._database() as connection:
            return not connection.execute("SELECT count(*) FROM stores WHERE first_synced_at IS NULL").fetchone()[0]

    def _saved_orders(self) -> int:
        with self._database() as connection:
            sql = "SELECT count(*) FROM orders JOIN stores ON stores.id = store_id WHERE stores.key = ?"
            return int(connection.execute(sql, (SHOPIFY,)).fetchone()[0])

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self.home / 'storesync.db'}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _served(self) -> Iterator[str]:
        with serve(self.simulator) as url:
            yield url

    def _write_settings(self, url: str) -> None:
        """Write the settings file: the simulated shops' addresses, so that no real shop is called, and the apps."""
        redirect_url = f"http://127.0.0.1:{_free_port()}/callback"
        settings = {
            "STORESYNC_TIENDANUBE_API_URL": f"{url}/tiendanube",
            "STORESYNC_TIENDANUBE_AUTH_URL": f"{url}/tiendanube-auth",
            "STORESYNC_SHOPIFY_URL": f"{url}/shopify/{{shop}}",
            "STORESYNC_CONTACT": "demo@example.com",
            "STORESYNC_SHOPIFY_SCOPES": f"{DEFAULT_SHOPIFY_SCOPES},read_all_orders",
        }
        for platform, app in self.simulator.world.apps.items():
            app.redirect_url = redirect_url
            prefix = f"STORESYNC_{platform.upper()}"
            settings[f"{prefix}_CLIENT_ID"] = app.client_id
            settings[f"{prefix}_CLIENT_SECRET"] = app.client_secret
            settings[f"{prefix}_REDIRECT_URL"] = redirect_url
        path = self.home / ".env"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def _argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "storesync", *words]


def new_simulator() -> Simulator:
    """Return the demo's simulator; its shops are the same each time except for dates."""
    return Simulator(World(SEED, lambda: datetime.now(UTC)))


def _bare(environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* without the operator's storesync settings and proxies."""
    kept = {name: value for name, value in environment.items() if not name.startswith("STORESYNC_")}
    return {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}


def _without_secrets(line: str) -> str:
    return re.sub(r"(state|code|hmac)=[^&\s]+", r"\1=…", line)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
