"""The clock and sleep as one parameter, so that a test can be any day it likes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.errors import WrongClock

TOLERANCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time comes from.

    *now* is aware UTC. *monotonic* measures spans. *boottime* counts also while the
    machine sleeps and is only comparable within one *boot*. *sleep* waits.
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
    """Return how far our clock is ahead by most who told: a single wrong one says nothing of ours."""
    return sorted(ahead, key=abs)[(len(ahead) - 1) // 2] if ahead else timedelta()


def wrong_clock(ahead: timedelta) -> WrongClock | None:
    """Return the error that a clock so far *ahead* of the platforms' is, None for a good one."""
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
        # Elsewhere the instant of the boot, to the ten minutes, tells boots apart.
        return f"boot-{round((time.time() - time.monotonic()) / 600)}"
