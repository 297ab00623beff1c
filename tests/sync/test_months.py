"""Days of shops that change in every way, also while they are read: what must be in the database is, at its time.

A seed that fails is in the test's name; it repeats exactly. Months of it: ``python -m tests.campaigns month``.
"""

from datetime import timedelta

import pytest

from tests.kits.months import lived

pytestmark = pytest.mark.early

HAPPENS = {"trade", "edit", "tie", "late", "very_late", "vanish", "remove", "remove_part", "drift", "between pages"}
SEEN = {"turn", "comparison", "tombstoned", "held", "denied", "surplus", "verified", "kill"}


@pytest.mark.parametrize("seed", [22])
def test_all_is_here_when_it_must_be_and_nothing_is_tombstoned_that_is_there(seed):
    """Late, tied, vanished, returned, silent, deleted by the dozen; and then a week in which all is proven."""
    with lived(seed, days=2, stores=2) as month:
        seen = month.ledger.seen

    assert (HAPPENS | SEEN) - set(+seen) == set()


def test_the_same_seed_lives_the_same_days():
    """Every request at the same instant, every row the same."""
    traces = []
    for _ in range(2):
        with lived(1, days=1, stores=1, quiet=timedelta()) as month:
            traces.append(month.fingerprint())

    assert traces[0] == traces[1]
