"""Days that nobody wrote by hand: every promise of the schedule is held against every minute of them.

A seed that fails is in the test's name; it repeats exactly. Weeks of it: ``python -m tests.campaigns weeks``.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.kits.promises import NOT_YET
from tests.kits.weeks import FAULTS, OUTAGES, lived

pytestmark = pytest.mark.early

SEEDS = range(1, 21)

SOMETIMES = {
    *(f"fault {name}" for name in FAULTS),
    *(f"outage {name}" for name in OUTAGES),
    *("kill", "takeover", "off", "twice", "tick in a tick", "offline", "incident", "revoked", "scope", "pause"),
    *("newcomer", "slice", "recovery", "by hand succeeded", "by hand failed", "by hand busy"),
    *("well to failing", "failing to well", "failing to needs_reauth", "needs_reauth to well"),
    *("well to suspended", "suspended to well", "idle shopify", "idle tiendanube", "most in flight"),
}
"""What must have happened in these days, or they prove nothing."""


@pytest.fixture
def shared(tmp_path_factory) -> Path:
    """A folder that all processes of this run of the tests share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_keeps_every_promise(seed, shared):
    """Six stores, faults, outages, kills, missed ticks; the last of these days to end sees that all kinds happened."""
    with lived(seed, 1) as town:
        seen, not_yet = town.books.seen, town.books.not_yet
    (shared / f"day-{seed}.json").write_text(json.dumps([seen, not_yet]))

    days = [json.loads(file.read_text()) for file in shared.glob("day-*.json")]
    if len(days) == len(SEEDS):
        assert SOMETIMES - set(sum((Counter(one) for one, _ in days), Counter())) == set()
        # What is kept by now can be asserted: it leaves the list.
        assert set(NOT_YET) - set(sum((Counter(one) for _, one in days), Counter())) == set()


def test_the_same_seed_lives_the_same_day():
    """Every request at the same instant, every row the same."""
    traces = []
    for _ in range(2):
        with lived(3, 1) as town:
            traces.append(town.fingerprint())

    assert traces[0] == traces[1]
