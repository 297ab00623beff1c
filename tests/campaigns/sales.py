"""Orders that live through edits, exchanges, returns, cards, tips, duties and all kinds of taxes, in six currencies."""

import sys
import tempfile
from pathlib import Path

from storesync.platforms.shopify import session
from storesync.simulator.words import PLACES
from tests.kits.sold import ABROAD, SHOPS, books_against, read_all

ROUND = 600
"""How many orders are read at a time, a sixth of them in each shop; every other time by bulk operations."""


def run(*, rounds: int, seed: int) -> str:
    """Sell *rounds* orders, read them, and hold what the database says against the books; return what was found."""
    PLACES.update(ABROAD)
    times = -(-rounds // ROUND)
    paged, found, sold = (session.LEAST_ROOTS, session.MOST_RECORDS), 0, 0
    for number in range(seed, seed + times):
        session.LEAST_ROOTS, session.MOST_RECORDS = (2, 2) if number % 2 else paged
        with tempfile.TemporaryDirectory(prefix="storesync-sales-") as folder:
            program, books = read_all(Path(folder) / "home", seed=number, orders=ROUND // len(SHOPS))
            for name in SHOPS:
                faults = books_against(program, program.world.shop(*name[:2]), books[name])
                found, sold = found + len(faults), sold + len(books[name])
                sys.stderr.writelines(f"seed {number}, {name[1]}: {fault}\n" for fault in faults[:5])
    session.LEAST_ROOTS, session.MOST_RECORDS = paged
    return f"{sold} orders in {len(SHOPS)} currencies, both identities and every derived column: {found} differences"
