"""The clock and sleep as one parameter, so that a test can be any day it likes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


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


def _boottime() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # Elsewhere the instant of the boot, to the ten minutes, tells boots apart.
        return f"boot-{round((time.time() - time.monotonic()) / 600)}"
