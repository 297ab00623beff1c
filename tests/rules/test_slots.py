"""Whose the next free place is, and when the next group starts."""

import pytest

from storesync.rules.slots import Slots, next_slot, wait_for_group


@pytest.mark.parametrize(
    ("slots", "next_"),
    [
        ((3, 0, 0, 0, 0, 0), None),
        ((3, 3, 5, 5, 0, 0), None),
        ((3, 0, 5, 0, 0, 0), "ordinary"),
        # Alone, long work takes every place.
        ((3, 0, 0, 5, 0, 0), "long"),
        ((3, 2, 0, 5, 2, 0), "long"),
        # Beside others it has the last place, and no second one.
        ((3, 0, 5, 5, 0, 0), "ordinary"),
        ((3, 1, 5, 5, 0, 0), "ordinary"),
        ((3, 2, 5, 5, 0, 0), "long"),
        ((3, 1, 5, 5, 1, 1), "ordinary"),
        ((3, 2, 5, 5, 1, 1), "ordinary"),
        ((3, 2, 5, 5, 0, 7), "long"),
        ((2, 1, 5, 5, 0, 0), "long"),
        # The only place is shared: one turn a tick.
        ((1, 0, 5, 5, 0, 0), "long"),
        ((1, 0, 5, 5, 0, 1), "ordinary"),
        ((1, 0, 0, 5, 0, 1), "long"),
        ((1, 1, 5, 5, 1, 0), None),
    ],
)
def test_a_free_place_goes_to(slots, next_):
    """Whoever is due, but for one place that all long work shares.

    The slots: places, taken, ordinary and long waiting, long under way, long begun.
    """
    assert next_slot(Slots(*slots)) == next_


@pytest.mark.parametrize(
    ("starts", "now", "wait"),
    [
        ([], 100.0, 0.0),
        ([100.0, 100.0], 100.0, 0.0),
        ([100.0, 100.0, 100.0], 100.0, 2.0),
        ([100.0, 100.0, 100.0], 101.5, 0.5),
        ([100.0, 100.0, 100.0], 102.0, 0.0),
        # A group is no barrier: whoever started long enough ago makes room for one.
        ([100.0, 101.0, 101.5], 101.5, 0.5),
        ([100.0, 101.0, 101.5], 102.0, 0.0),
        ([100.0, 101.0, 101.5, 102.0], 102.5, 0.5),
    ],
)
def test_no_more_than_three_start_within_two_seconds(starts, now, wait):
    """The wait until one more may start, by the starts so far."""
    assert wait_for_group(starts, now, size=3, pause=2.0) == pytest.approx(wait)
