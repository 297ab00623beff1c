"""What the search index costs a page of 250 orders, and how fast a search is among 100,000 of them.

Run ``python tests/benchmarks/search.py [ORDERS]``; the promises are at most 35 % more time a page, median of 7,
and under 50 ms of CPU a search, measured in this process.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from storesync.model import Lease, Record, Row
from storesync.platforms.records import rows_again
from storesync.platforms.tiendanube.rows import rows_of
from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import pages
from storesync.storage.database import Database
from storesync.storage.opening import open_database
from storesync.storage.search import search
from storesync.storage.stores import load_stores
from tests.kits.program import FakeClock, Program
from tests.kits.storage import Stock, opened

PAGE, BEFORE, ROUNDS, LOADED = 250, 40, 7, 500
SEARCHES = {
    "a rare word": "1042",
    "a SKU": "SKU-00045",
    "two words": "remera azul",
    "a word of every second order": "azul",
    "the beginning of many words": "re",
    "one letter": "r",
    "a person": "mar",
}


def orders(number: int) -> Iterator[Record]:
    """Yield that many Tiendanube orders with ids and numbers of their own."""
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder) / "home", clock, Simulator(World(7, clock.now)))
        program.world.limits = False
        shop = program.world.add_shop("tiendanube", "123456", orders=LOADED)
        assert program.connect(shop.platform, shop.key, "--only", "orders").code == 0
        with closing(open_database(program.database)) as database:
            (store,) = load_stores(database)
            bodies = [row[0] for row in database.rows("SELECT body FROM payloads WHERE resource = 'orders'")]
    known = [
        (body.encode(), rows_again("orders", {"record": body}, lambda name, parts: rows_of(name, parts, store.shop)))
        for body in bodies
    ]
    for place in range(number):
        body, rows = known[place % LOADED]
        named = {table: [renamed(row, place) for row in some] for table, some in rows.items()}
        yield Record(named["orders"][0]["id"], rows["orders"][0]["updated_at"], named, {"record": body})


def renamed(row: Row, place: int) -> Row:
    """Return *row* of another order: with ids, and a number, that no other has."""
    own = {name: f"{row[name]}-{place}" for name in ("id", "order_id") if name in row}
    return {**row, **own, **({"name": f"#{1_000 + place}"} if "order_id" not in row else {})}


@dataclass
class Loading:
    """A database that is loaded page by page."""

    stock: Stock
    lease: Lease

    def seconds(self, records: list[Record]) -> tuple[float, float]:
        """Return how long it takes to save a page, by the clock on the wall and of the CPU."""
        wall, cpu = time.perf_counter(), time.process_time()
        self.stock.save(self.lease, *records)
        return time.perf_counter() - wall, time.process_time() - cpu


def pages_of(source: Iterator[Record], size: int = PAGE) -> Iterator[list[Record]]:
    """Yield pages of so many orders."""
    while page := list(islice(source, size)):
        yield page


def cost(folder: Path) -> None:
    """Print how much longer a page takes with the index than without."""
    bare_folder, full_folder = folder / "bare", folder / "full"
    clock = FakeClock()
    with opened(bare_folder, clock) as bare_stock, opened(full_folder, clock) as full_stock:
        bare, full = (Loading(stock, stock.take(stock.connect("tiendanube:1"))) for stock in (bare_stock, full_stock))
        new, again = [], []
        for place, page in enumerate(pages_of(orders((BEFORE + ROUNDS) * PAGE))):
            pair = side_by_side(bare, full, page)
            if place >= BEFORE:
                new.append(pair)
                changed = [replace(one, parts={"record": one.parts["record"] + b" "}) for one in page]
                again.append(side_by_side(bare, full, changed))
        for what, pairs in (("new", new), ("changed elsewhere than in the texts", again)):
            for kind, place in (("wall", 0), ("CPU", 1)):
                without, with_it = (statistics.median(pair[side][place] for pair in pairs) for side in (0, 1))
                sys.stdout.write(
                    f"{PAGE} orders, {what}, {kind}: {without * 1e3:.1f} ms without the index,"
                    f" {with_it * 1e3:.1f} ms with it: {100 * (with_it / without - 1):+.0f} %\n"
                )


def side_by_side(bare: Loading, full: Loading, page: list[Record]) -> tuple[tuple[float, float], ...]:
    """Return how long a page takes without and with the index."""
    with patch.object(pages, "save_documents", lambda *_, **__: None):
        without = bare.seconds(page)
    return without, full.seconds(page)


def speed(folder: Path, number: int) -> None:
    """Print how long searches take among so many orders."""
    with opened(folder / "many", FakeClock()) as stock:
        loading = Loading(stock, stock.take(stock.connect("tiendanube:1")))
        for page in pages_of(orders(number), size=10 * PAGE):
            loading.seconds(page)
        size = stock.database.row("SELECT sum(length(block)) FROM search_data")[0]
        texts = stock.database.row("SELECT sum(length(title || keywords || body || people)) FROM documents")[0]
        sys.stdout.write(f"{number:,} orders: index {size / 1e6:.0f} MB, texts {texts / 1e6:.0f} MB\n")
        for what, text in SEARCHES.items():
            for people in (False, True):
                taken = milliseconds(stock.database, lambda d, t=text, p=people: len(search(d, t, people=p)))
                sys.stdout.write(f"  {what} ({text}){', people too' if people else ''}: {taken:.1f} ms\n")


def milliseconds(database: Database, ask: Callable[[Database], int]) -> float:
    """Return the median CPU time of a search in this process: other work on the machine does not count."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        ask(database)
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1e3


def main() -> None:
    """Print both."""
    with tempfile.TemporaryDirectory() as folder:
        cost(Path(folder))
        speed(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)


if __name__ == "__main__":
    main()
