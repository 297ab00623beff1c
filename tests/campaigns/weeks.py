"""Whole weeks of the schedule, one a seed, through faults, outages, kills and missed ticks."""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.kits.weeks import lived

PROCESSES = 2
DAYS = 7


def run(*, rounds: int, seed: int) -> str:
    """Live through *rounds* weeks; return what was found."""
    seen: Counter[str] = Counter()
    failed = 0
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        for number, (story, told) in enumerate(processes.map(_week, range(seed, seed + rounds)), start=seed):
            seen += story
            failed += told is not None
            if told is not None:
                sys.stderr.write(f"{told}\nagain: python -m tests.campaigns weeks --rounds 1 --seed {number}\n")
    told = ", ".join(
        f"{seen[name]} {name}" for name in ("attempt", "kill", "takeover", "incident", "recovery", "twice")
    )
    return f"{rounds} weeks of 6 stores: {told}, {failed} weeks with a broken promise, {failed} differences"


def _week(seed: int) -> tuple[Counter[str], str | None]:
    try:
        with lived(seed, DAYS) as town:
            return town.books.seen, None
    except AssertionError as broken:
        return Counter(), str(broken)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other weeks go on
        return Counter(), f"seed {seed}: {error!r}"
