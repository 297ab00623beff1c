"""The cases of ``run.py``: each yields rows of its table."""

import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.benchmarks.homes import NOT_LOADED, Bench, Home
from tests.benchmarks.measure import YARDSTICK, Spent, alternated, median, ratio, spend

FLOORS = str(Path(__file__).with_name("floors.py"))
RESOURCES = ("products", "customers", "orders")
FEW, SOME, VIEWED = 5, 100, 100_000
IN_FLIGHT, LATENCY_MS = 32, 50

CONNECT = """
import io, os, sys
from storesync.__main__ import main
os._exit = sys.exit
stores, token = sys.argv[1:]
for number in range(1, int(stores) + 1):
    sys.stdin = io.StringIO(token + chr(10))
    sys.argv[1:] = f"connect shopify shop-{number} --token-stdin --no-sync --only orders".split()
    try:
        main()
    except SystemExit as end:
        assert not end.code
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a *value*, and its limit *at_most* or *at_least*."""

    what: str
    figure: str
    value: float | None = None
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the value keeps to its limit, None where there is no value or no limit."""
        if self.value is None:
            return None
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least


def shown(spent: Spent) -> str:
    """Return the figures of a run in words."""
    cpu = f"{spent.cpu_s:.2f} s" if spent.cpu_s >= 1 else f"{spent.cpu_s * 1000:.0f} ms"
    return f"{cpu} of CPU, {spent.wall_s:.1f} s, {spent.peak_mb:.0f} MB" if spent.peak_mb else f"{cpu} of CPU"


def against(what: str, runs: Mapping[str, Sequence[Spent]], at_most: float | None) -> Row:
    """Return the row of the CPU of this build against the other's."""
    figures = "; ".join(f"{name} {shown(median(runs[name]))}" for name in ("this", "other") if name in runs)
    value = ratio(runs["this"], runs["other"]) if "other" in runs else None
    return Row(what, figures, value, "of the other", at_most=at_most)


@dataclass(frozen=True, slots=True)
class FirstLoad:
    """The first load of a shop, and reading all of it again: beside the other build, the floors and dlt."""

    name: str
    platform: str
    of_other: float
    of_floors: float | None = None
    peak_mb: float | None = None
    of_dlt: float | None = None
    options: tuple[str, ...] = ()

    def __call__(self, bench: Bench) -> Iterator[Row]:
        """Yield the rows."""
        with bench.shops(self.platform, f"--orders={bench.orders}", *self.options, common=bench.common) as shops:
            homes = shops.homes()
            works = {name: partial(home.load, *RESOURCES) for name, home in homes.items()}
            for load in works.values():
                # The server renders its answers.
                load()
            runs = alternated(bench.rounds, {**works, **self._floors(homes["this"])})
            assert bench.orders == homes["this"].ask("SELECT count(*) FROM orders")
            yield from self._rows(runs)
            key = homes["this"].ask("SELECT key FROM stores")
            again = {name: partial(home, "sync", key, "--full") for name, home in homes.items()}
            yield against(f"{self.name}, --full, nothing changed", alternated(bench.rounds, again), 0.32)

    def _floors(self, home: Home) -> dict[str, Callable[[], Spent]]:
        dlt, questions = home.shops.bench.dlt, [home.shops.url, str(home.asked)]
        floors: dict[str, Callable[[], Spent]] = {
            "floor": partial(spend, [home.python, FLOORS, "fetch", *questions], home.environment),
            "bare": partial(written, [home.python, FLOORS, "bare", str(home.database)]),
        }
        if dlt and self.of_dlt:
            floors["dlt"] = partial(by_dlt, [str(dlt), FLOORS, "dlt", *questions], home)
        return floors

    def _rows(self, runs: Mapping[str, Sequence[Spent]]) -> Iterator[Row]:
        this, floor, bare = (median(runs[name]) for name in ("this", "floor", "bare"))
        yield against(f"{self.name}, first load", runs, self.of_other)
        floors = f"floor {shown(floor)}; bare {bare.cpu_s:.2f} s; the server {this.server_s:.2f} s"
        yield Row("", floors, ratio(runs["this"], runs["floor"]), "of the floor")
        of_both = {name: ratio(runs[name], runs["floor"], runs["bare"]) for name in ("this", "other") if name in runs}
        figure = ", ".join(f"{name} {value:.2f}" for name, value in of_both.items())
        yield Row("", figure, of_both["this"], "of floor + bare", at_most=self.of_floors)
        yield Row("", "memory at its peak", this.peak_mb, "MB", at_most=self.peak_mb)
        if "dlt" in runs:
            figure = f"dlt {shown(median(runs['dlt']))}"
            yield Row("", figure, ratio(runs["dlt"], runs["this"]), "times less than dlt", at_least=self.of_dlt)
        elif self.of_dlt:
            yield Row("", "against dlt: skipped, for --dlt names no Python that has it", at_least=self.of_dlt)


def written(command: list[str]) -> Spent:
    """Return the seconds of CPU that a floor says it took."""
    return Spent(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def by_dlt(command: list[str], home: Home) -> Spent:
    """Return what dlt takes in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=home.folder.parent) as folder:
        return spend([*command, folder], {**home.environment, "HOME": folder, "RUNTIME__DLTHUB_TELEMETRY": "false"})


def commands(bench: Bench) -> Iterator[Row]:
    """Yield the rows of what is over at once, against importing Typer and SQLite."""
    targets = {"--version": 1.2, "--help": 1.5, "status": 2.7, "search azul": 2.7, "history": 2.7}
    with bench.shops("shopify", f"--orders={SOME}") as shops:
        homes = shops.homes()
        for home in homes.values():
            home.load(*RESOURCES)
            home.tick()
        due = {name: home.tick for name, home in homes.items()}
        yield from beside_typer(bench, "sync-due, one store due, nothing new", due, 2.7)
        assert all(len(json.loads(home.asked.read_bytes())) == 1 for home in homes.values())
        idle = {name: partial(home, "sync-due") for name, home in homes.items()}
        yield from beside_typer(bench, "sync-due, nothing due", idle, 0.33)
        assert not any(json.loads(home.asked.read_bytes()) for home in homes.values())
        for words, target in targets.items():
            works = {name: partial(home, *words.split()) for name, home in homes.items()}
            yield from beside_typer(bench, words, works, target)


def beside_typer(bench: Bench, what: str, works: Mapping[str, Callable[[], Spent]], at_most: float) -> Iterator[Row]:
    """Yield the row of a command, as a ratio to the yardstick."""
    yardstick = partial(spend, [bench.builds["this"].with_name("python"), "-c", YARDSTICK], {"PATH": "/usr/bin:/bin"})
    runs = alternated(bench.rounds, {**works, "yardstick": yardstick})
    values = {name: ratio(runs[name], runs["yardstick"]) for name in works}
    figures = [f"{name} {shown(median(runs[name]))}, {values[name]:.2f}" for name in works]
    yield Row(what, "; ".join(figures), values["this"], f"of {YARDSTICK}", at_most=at_most)


def fleet(bench: Bench) -> Iterator[Row]:
    """Yield the rows of a tick in which many stores are due, and have nothing new."""
    settings = {
        "STORESYNC_MAX_PARALLEL": str(IN_FLIGHT),
        "STORESYNC_BATCH_PAUSE": "0s",
        "STORESYNC_TICK_BUDGET": "1h",
    }
    with bench.shops("shopify", f"--orders={FEW}", f"--stores={bench.stores}") as shops:
        homes = shops.homes(**settings)
        for home in homes.values():
            home.empty()
            spend([home.python, "-c", CONNECT, str(bench.stores), shops.token], home.environment)
            home("sync", "--all")
            assert not home.ask(NOT_LOADED), "a store is not loaded"
            home.tick()
            assert bench.stores == len(json.loads(home.asked.read_bytes()))
        shops.delay(LATENCY_MS)
        runs = alternated(bench.rounds, {name: home.tick for name, home in homes.items()})
    this = median(runs["this"])
    yield against(f"{bench.stores} stores due, nothing new, {LATENCY_MS} ms, {IN_FLIGHT} in flight", runs, None)
    figure = f"the server {this.server_s:.2f} s"
    yield Row("", figure, this.cpu_s / bench.stores * 1000, "ms of CPU a store", at_most=6.5)
    yield Row("", "", bench.stores / this.wall_s, "stores a second", at_least=100)


def scale(bench: Bench) -> Iterator[Row]:
    """Yield the rows of a first load of many orders in bulk: is the last tenth as fast as the first?"""
    if bench.copies == 1:
        yield Row("many orders in bulk: skipped, for --copies is not given", "")
        return
    total, seen = bench.orders * bench.copies, [(0, 0.0)]
    with bench.shops("shopify", f"--orders={bench.orders}", f"--copies={bench.copies}", "--plain") as shops:
        home = shops.homes()["this"]

        def watch(pid: int) -> None:
            with suppress(sqlite3.OperationalError):
                seen.append((home.ask("SELECT max(rowid) FROM orders") or 0, cpu_s(pid)))

        spent = home.load("orders", watch=watch)
        assert total == home.ask("SELECT count(*) FROM orders")
    first, last = (cpu_between(seen, total * start // 10, total * (start + 1) // 10) for start in (0, 9))
    figures = f"{shown(spent)}, the server {spent.server_s:.2f} s"
    yield Row(f"{total:,} plain orders in bulk", figures, spent.peak_mb, "MB", at_most=95)
    rates = (
        f"orders a second of CPU: {total / 10 / first:,.0f} in the first tenth, {total / 10 / last:,.0f} in the last"
    )
    yield Row("", rates, first / last, "of the first tenth", at_least=0.95)


def cpu_s(pid: int) -> float:
    """Return the seconds of CPU that a process has taken so far, as Linux counts them."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def cpu_between(seen: Sequence[tuple[int, float]], start: int, end: int) -> float:
    """Return the seconds of CPU between two numbers of orders, where (orders, seconds) were *seen*."""

    def at(orders: int) -> float:
        (few, before), (many, after) = next(
            pair for pair in pairwise(seen) if pair[0][0] <= orders <= pair[1][0] != pair[0][0]
        )
        return before + (after - before) * (orders - few) / (many - few)

    return at(end) - at(start)


def best_sellers(bench: Bench) -> Iterator[Row]:
    """Yield the row of the view over many orders, as each build defines it."""
    from storesync.storage.opening import create_database
    from tests.benchmarks.views import fill, seconds

    with bench.shops("shopify", f"--orders={FEW}") as shops:
        homes = shops.homes()
        for home in homes.values():
            home.load("orders")
        views = {
            name: home.ask("SELECT sql FROM sqlite_master WHERE name = 'best_sellers'") for name, home in homes.items()
        }
    with closing(create_database(bench.folder / "views.db")) as database:
        fill(database, VIEWED)
        queries = {name: f"SELECT * FROM ({sql.partition(' AS ')[2]})" for name, sql in views.items()}
        works = {name: lambda sql=sql: Spent(seconds(database, sql)) for name, sql in queries.items()}
        yield against(f"best_sellers of {VIEWED:,} orders", alternated(bench.rounds, works), 0.5)


CASES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "bulk": FirstLoad("Shopify, bulk", "shopify", of_other=0.42, of_floors=1.5),
    "paging": FirstLoad("Shopify, paging", "shopify", of_other=0.45, peak_mb=90, of_dlt=5, options=("--paging",)),
    "tiendanube": FirstLoad("Tiendanube", "tiendanube", of_other=0.47, of_floors=1.5, of_dlt=4),
    "commands": commands,
    "fleet": fleet,
    "scale": scale,
    "best_sellers": best_sellers,
}
"""All cases; the last makes the measuring process large, and measures no other."""
