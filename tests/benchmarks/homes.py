"""Builds of storesync at work in homes of their own, on shops that ``server.py`` serves."""

import json
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Spent, spend

SERVER = Path(__file__).with_name("server.py")
DUE = "UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 minute')"
NOT_LOADED = "SELECT count(*) FROM stores WHERE sync_status != 'completed'"


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: *builds* by name, ``this`` and perhaps an ``other``, each so many *rounds*.

    *copies* is how often a bulk result holds each order, *dlt* the Python that dlt is installed in. With *http* there
    is no TLS, *plain* orders have no refunds and fulfilments, with *common* Shopify gives a first load only the
    fields that both builds ask for.
    """

    folder: Path
    builds: dict[str, Path]
    rounds: int
    orders: int
    stores: int
    copies: int
    dlt: Path | None
    http: bool
    plain: bool
    common: bool

    @contextmanager
    def shops(self, platform: str, *options: str, common: bool = False) -> Iterator["Shops"]:
        """Serve shops, of *common* fields only or not, and yield what reaches them."""
        command = [sys.executable, str(SERVER), platform, *options]
        command += [f"--{name}" for name, is_on in (("http", self.http), ("plain", self.plain)) if is_on]
        if common and platform == "shopify":
            command += ["--common", str(self.builds["other"])]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield Shops(self, platform, **json.loads(process.stdout.readline() if process.stdout else ""))
            finally:
                process.terminate()


@dataclass(frozen=True, slots=True)
class Shops:
    """The shops of a running server."""

    bench: Bench
    platform: str
    url: str
    token: str
    trusted: str

    def spent(self) -> tuple[float, list[Any]]:
        """Return the seconds of CPU that the server took, and what it was asked, since the last time."""
        found = self._control("spent")
        return found["cpu_s"], found["asked"]

    def delay(self, milliseconds: int) -> None:
        """Have each answer take so long from now on."""
        self._control(f"latency/{milliseconds}")

    def _control(self, target: str) -> Any:
        context = ssl.create_default_context(cafile=self.trusted) if self.trusted else None
        with urllib.request.urlopen(f"{self.url}/_{target}", context=context) as answer:  # noqa: S310 - our own server
            return json.load(answer)

    def homes(self, **settings: str) -> dict[str, "Home"]:
        """Return a home for each build, with these settings."""
        folder = Path(tempfile.mkdtemp(dir=self.bench.folder))
        url = self.url
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **({"SSL_CERT_FILE": self.trusted} if self.trusted else {}),
            "STORESYNC_CONTACT": "ops@example.com",
            "STORESYNC_SHOPIFY_URL": f"{url}/shopify/{{shop}}",
            "STORESYNC_TIENDANUBE_API_URL": f"{url}/tiendanube",
            "STORESYNC_TIENDANUBE_AUTH_URL": f"{url}/tiendanube-auth",
            "STORESYNC_SLICE": "1h",
            **settings,
        }
        return {name: Home(self, binary, folder / name, environment) for name, binary in self.bench.builds.items()}


@dataclass(frozen=True, slots=True)
class Home:
    """A build, and the folder in which it works."""

    shops: Shops
    binary: Path
    folder: Path
    settings: dict[str, str]

    @property
    def python(self) -> str:
        """The Python that the build is installed in."""
        return str(self.binary.with_name("python"))

    @property
    def asked(self) -> Path:
        """The file with the questions of the last command."""
        return self.folder / "asked.json"

    @property
    def database(self) -> Path:
        """The file that it writes."""
        return self.folder / "storesync.db"

    @property
    def environment(self) -> dict[str, str]:
        """All variables under which it runs."""
        return {**self.settings, "HOME": str(self.folder), "STORESYNC_HOME": str(self.folder)}

    def __call__(self, *words: str, stdin: str = "", watch: Callable[[int], None] | None = None) -> Spent:
        """Run one command, and return what it and the server took. What it asked is in `asked` then."""
        self.shops.spent()
        found = spend([str(self.binary), *words], self.environment, stdin, watch)
        server_s, asked = self.shops.spent()
        self.asked.write_text(json.dumps(asked))
        return replace(found, server_s=server_s)

    def load(self, *only: str, watch: Callable[[int], None] | None = None) -> Spent:
        """Connect the first shop in an empty home, and load it."""
        self.empty()
        shop = ["shopify", "shop-1"] if self.shops.platform == "shopify" else ["tiendanube", "--store-id", "1001"]
        resources = [word for name in only for word in ("--only", name)]
        found = self("connect", *shop, "--token-stdin", *resources, stdin=f"{self.shops.token}\n", watch=watch)
        assert not self.ask(NOT_LOADED), "a store is not loaded"
        return found

    def tick(self) -> Spent:
        """Make all stores due, and run a tick."""
        self.ask(DUE)
        return self("sync-due")

    def empty(self) -> None:
        """Make the folder, or make it anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def ask(self, sql: str) -> Any:
        """Run one statement on the database; return the first value that it finds."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=rw", uri=True)) as connection, connection:
            return (connection.execute(sql).fetchone() or [None])[0]
