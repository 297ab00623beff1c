"""What storesync costs, beside its targets, another build of it, and floors: all in one table.

Run ``python tests/benchmarks/run.py --against PATH_OF_ANOTHER_STORESYNC``, with the names of some cases or none for
all of them. The two builds take turns; compared is CPU (user and system) of whole processes, as the median of the
rounds. The *floor* asks for the same documents and pages with httpx, parses them with orjson and keeps nothing. *bare*
writes the same rows, payloads and documents from memory, by ``executemany``, a transaction a page. The shops are
simulated and served on loopback by ``server.py``: 1,000 products, 2,000 customers and 10,000 orders. A million ids are
compared by ``compare.py``, searches measured by ``search.py``.

Each build needs a venv of its own without the extra ``test``: where pandas is installed, sqlite-utils imports it. With
``--common`` a build that asks for more is refused and asks again without, so it imports graphql-core, which counts.
"""

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.cases import CASES, Row
from tests.benchmarks.homes import Bench

HEADER = "| what | figures | ratio or value | target | met |\n|---|---|---|---|---|\n"


def line(row: Row) -> str:
    """Return a row as Markdown."""
    value = "" if row.value is None else f"{row.value:,.2f} {row.unit}"
    limit = "" if row.at_most is None else f"≤ {row.at_most:g}"
    limit = limit if row.at_least is None else f"≥ {row.at_least:g}"
    met = {True: "yes", False: "**no**", None: ""}[row.is_met]
    return f"| {row.what} | {row.figure} | {value} | {limit} | {met} |\n"


def version(binary: Path) -> str:
    """Return what a build says of its version."""
    return subprocess.run([binary, "--version"], check=True, capture_output=True, text=True, cwd="/").stdout.strip()


def parsed() -> argparse.Namespace:
    """Return the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own = Path(sys.executable).with_name("storesync")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument(
        "--binary", type=Path, default=own, help="the build that is measured; the one beside this Python"
    )
    parser.add_argument("--against", type=Path, metavar="STORESYNC", help="another build, in a venv of its own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--stores", type=int, default=500)
    parser.add_argument("--copies", type=int, default=1, help="of each order, in the case scale; 100 make a million")
    parser.add_argument("--dlt", type=Path, metavar="PYTHON", help="one that has dlt with SQLAlchemy, and httpx")
    parser.add_argument("--plain", action="store_true", help="orders without refunds and fulfilments")
    parser.add_argument("--http", action="store_true", help="without TLS")
    parser.add_argument("--common", action="store_true", help="Shopify gives only the fields that both builds ask for")
    words = parser.parse_args()
    if set(words.cases) - set(CASES):
        parser.error(f"the cases are {', '.join(CASES)}")
    if words.common and not words.against:
        parser.error("--common needs --against")
    return words


def main() -> None:
    """Print the table, row by row."""
    words = parsed()
    # So that the servers end with it, and what it wrote is deleted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    builds = {"this": words.binary.absolute(), **({"other": words.against.absolute()} if words.against else {})}
    said = ", ".join(f"{name}: {version(binary)}" for name, binary in builds.items())
    way = "plain http" if words.http else "https, with a certificate of its own"
    orders = "plain orders" if words.plain else "orders with refunds and fulfilments"
    fields = "the fields that both ask for" if words.common else "all fields that each asks for"
    sys.stdout.write(
        f"{said}. Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f};"
        f" {words.rounds} rounds; {way}; {orders}; {fields}.\n\n{HEADER}"
    )
    with tempfile.TemporaryDirectory(prefix="storesync-benchmark-") as folder:
        bench = Bench(
            Path(folder),
            builds,
            rounds=words.rounds,
            orders=words.orders,
            stores=words.stores,
            copies=words.copies,
            dlt=words.dlt,
            http=words.http,
            plain=words.plain,
            common=words.common,
        )
        for name in words.cases or CASES:
            for row in CASES[name](bench):
                sys.stdout.write(line(row))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
