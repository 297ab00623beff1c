"""The program in real processes against the simulator on loopback."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from storesync.cli.app import app
from storesync.runtime.world import OutsideWorld
from storesync.simulator import audit
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.storage.engine import sqlite3

LIMIT_S = 120


class Home:
    """A home folder and the commands run on it: each in a process of its own, or what only leads there in this one."""

    def __init__(self, folder: Path, url: str, simulator: Simulator) -> None:
        self.folder = folder
        self.simulator = simulator
        self.environment = {
            "PATH": os.environ["PATH"],
            "STORESYNC_HOME": str(folder),
            "STORESYNC_TIENDANUBE_API_URL": f"{url}/tiendanube",
            "STORESYNC_TIENDANUBE_AUTH_URL": f"{url}/tiendanube-auth",
            "STORESYNC_SHOPIFY_URL": f"{url}/shopify/{{shop}}",
            "STORESYNC_TIER_HIGH": "0s",
            "STORESYNC_PENDING_GRACE": "0s",
        }

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "storesync", *words],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess:
        process = self.start(*words)
        stdout, stderr = process.communicate(stdin, timeout=LIMIT_S)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def here(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess:
        """Run a command in this process, without a network: what stands before or after what is tested."""
        outside = OutsideWorld(environment=self.environment, transport=SimulatorTransport(self.simulator))
        result = CliRunner().invoke(app, list(words), obj=outside, input=stdin, catch_exceptions=False)
        return subprocess.CompletedProcess(words, result.exit_code, result.stdout, result.stderr)

    def connect(self, shop) -> None:
        """Connect with a pasted token and leave the loading to others."""
        named = ("--store-id", shop.key) if shop.platform == "tiendanube" else (shop.key,)
        done = self.here(
            "connect", shop.platform, *named, "--token-stdin", "--no-sync", stdin=shop.issue_token() + "\n"
        )
        assert done.returncode == 0, done.stderr

    def sql(self, query: str) -> list[tuple]:
        with self.database() as connection:
            return connection.execute(query).fetchall()

    @contextmanager
    def database(self):
        connection = sqlite3.connect(f"file:{self.folder / 'storesync.db'}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    def differences(self, shop) -> list[str]:
        with self.database() as connection:
            return audit.differences(connection, shop)

    def wait_for(self, query: str, at_least: int) -> None:
        """Wait until a count in the database has grown."""
        until = time.monotonic() + LIMIT_S
        with self.database() as connection:
            while connection.execute(query).fetchall()[0][0] < at_least:
                assert time.monotonic() < until, query
                time.sleep(0.01)

    def pages_asked(self, shop) -> int:
        """Return how many requests for pages of whole orders the shop has seen."""
        asked = [call for call in self.simulator.requests if call.platform == shop.platform]
        return sum("aggregates=fulfillment_orders" in call.target or call.operation == "Orders" for call in asked)
