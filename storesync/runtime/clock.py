"""Clocks and sleep as one injectable object, and how far this machine's clock is off."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.data import dataclass
from storesync.errors import WrongClock

TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time sources of this machine, replaceable in tests.

    *now* returns an aware UTC datetime. *monotonic* and *boottime* return seconds; *boottime* also
    counts while the machine is suspended and is comparable only within one *boot* (an id). *sleep* takes seconds.
    """

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    boottime: Callable[[], float]
    boot: str
    sleep: Callable[[float], None]


def system_clock() -> Clock:
    """Return the clock of this machine."""
    return Clock(
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        boottime=_boottime,
        boot=_boot(),
        sleep=time.sleep,
    )


def agreed(ahead: Sequence[timedelta]) -> timedelta:
    """Return how far our clock is ahead according to most of *ahead*: the median by size, zero if there is none."""
    return sorted(ahead, key=abs)[(len(ahead) - 1) // 2] if ahead else timedelta()


def wrong_clock(ahead: timedelta) -> WrongClock | None:
    """Return the error for a clock that is *ahead* of the platforms', or None within `TOLERANCE`."""
    if abs(ahead) <= TOLERANCE:
        return None
    minutes = round(abs(ahead) / timedelta(minutes=1))
    word = "ahead of" if ahead > timedelta() else "behind"
    return WrongClock(
        f"this machine's clock is {minutes} minutes {word} the platforms'", hint="set it: timedatectl set-ntp true"
    )


def _boottime() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # Without Linux's boot id, the boot time rounded to ten minutes tells boots apart.
        return f"boot-{round((time.time() - time.monotonic()) / 600)}"
