"""Decide which kind of work gets the next free slot, and when the next group of stores may start. Pure."""

from collections.abc import Sequence
from typing import Literal

from storesync.data import dataclass


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a tick (*places*), how many are *taken*, and who waits for one.

    *ordinary* and *long* are how many stores wait for each kind of work. *long_under_way* counts the slices
    of long work running now, *long_begun* those begun in this tick while ordinary work waited.
    """

    places: int
    taken: int
    ordinary: int
    long: int
    long_under_way: int
    long_begun: int


def next_slot(slots: Slots) -> Literal["ordinary", "long"] | None:
    """Return which kind of work gets the next slot, None where no slot is free or nobody waits.

    While ordinary work waits, all long work together gets only one slot, the last one. Where there is only
    one slot, long work gets it once per tick, so that a first load does not wait for ever.
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
    """Return the seconds until another store may start: no more than *size* start within *pause* seconds.

    *starts* are the times of earlier starts in seconds, on the same clock as *now*, the oldest first.
    """
    recent = [start for start in starts if now - start < pause]
    return 0.0 if len(recent) < size else pause - (now - recent[-size])
