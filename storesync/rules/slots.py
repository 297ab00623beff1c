"""Whose the next free place is, and when the next group may start. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Slots:
    """How a tick stands: its *places*, how many of them are taken, who waits, and what long work has had.

    *ordinary* and *long* wait. *long_under_way* and *long_begun* count slices of long work: now, and in
    this tick while others waited.
    """

    places: int
    taken: int
    ordinary: int
    long: int
    long_under_way: int
    long_begun: int


def next_slot(slots: Slots) -> Literal["ordinary", "long"] | None:
    """Return who gets the next place, None where there is none or nobody waits.

    While others wait, all long work together holds one place, the last one. Where there is but one
    place, it gets one turn a tick, so that a first load never waits for ever.
    """
    if slots.taken >= slots.places or not (slots.ordinary or slots.long):
        return None
    if not slots.ordinary:
        return "long"
    if not slots.long or slots.long_under_way:
        return "ordinary"
    if slots.places == 1:
        return "ordinary" if slots.long_begun else "long"
    return "long" if slots.taken == slots.places - 1 else "ordinary"


def wait_for_group(starts: Sequence[float], now: float, *, size: int, pause: float) -> float:
    """Return how many seconds until another store may start: no more than *size* start within *pause* seconds.

    *starts* are the instants of earlier starts, on one clock with *now*, the oldest first.
    """
    recent = [start for start in starts if now - start < pause]
    return 0.0 if len(recent) < size else pause - (now - recent[-size])
