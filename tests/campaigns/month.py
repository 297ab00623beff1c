"""Simulated months, one a seed: shops that change in every way, also while they are read, and what is here by when."""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.kits.months import lived

PROCESSES = 1
DAYS, STORES = 30, 3
TOLD = ("turn", "comparison", "between pages", "tie", "late", "very_late", "vanish", "drift", "tombstoned", "kill")


def run(*, rounds: int, seed: int) -> str:
    """Live through *rounds* months; return what was found."""
    seen: Counter[str] = Counter()
    failed = 0
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        for number, (story, told) in enumerate(processes.map(_month, range(seed, seed + rounds)), start=seed):
            seen += story
            failed += told is not None
            if told is not None:
                sys.stderr.write(f"{told}\nagain: python -m tests.campaigns month --rounds 1 --seed {number}\n")
    told = ", ".join(f"{seen[name]} {name}" for name in TOLD)
    return f"{rounds} months of {STORES} stores: {told}, {failed} months with a broken promise, {failed} differences"


def _month(seed: int) -> tuple[Counter[str], str | None]:
    try:
        with lived(seed, days=DAYS, stores=STORES) as month:
            return month.ledger.seen, None
    except AssertionError as broken:
        return Counter(), str(broken)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other months go on
        return Counter(), f"seed {seed}: {error!r}"
