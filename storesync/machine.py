"""Faults of this machine: told when one begins, once a day while it lasts, and when it is over.

What was told is remembered by an empty file in the home folder: it may be the database that is
at fault, or the disk that has no room for a single byte.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.errors import StoresyncError
from storesync.incidents import REMINDER
from storesync.instants import is_within

FILE = "fault."
_TOLD_AT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class _Told:
    """A fault that was told. The file's own time is when the fault was seen last."""

    path: Path
    code: str
    told_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Machine:
    """What was told of this machine's faults; *folder* is the home folder.

    *is_watched*: somebody sits at the terminal, and wants to hear of a fault each time.
    """

    folder: Path
    is_watched: bool = False

    def begun(self, fault: StoresyncError, now: datetime) -> str | None:
        """Return what to tell of *fault*, None where it was told within a day; remember it."""
        told = self._told()
        is_known = told is not None and told.code == fault.code and is_within(told.told_at, now, REMINDER)
        with suppress(OSError):
            if told and not is_known:
                told.path.unlink()
            path = told.path if told and is_known else self.folder / f"{FILE}{fault.code}.{now:{_TOLD_AT}}"
            path.touch(mode=0o600)
            os.utime(path, (now.timestamp(), now.timestamp()))
        if is_known and not self.is_watched:
            return None
        return f"{fault.message}; {fault.hint}" if fault.hint else fault.message

    def ended(self, now: datetime, *, patience: timedelta) -> str | None:
        """Return what to tell where the last fault has not been seen for as long as *patience*; forget it then."""
        told = self._told()
        if told is None or is_within(told.seen_at, now, patience):
            return None
        with suppress(OSError):
            told.path.unlink()
        return f"this machine is at fault no longer ({told.code})"

    def _told(self) -> _Told | None:
        for path in sorted(self.folder.glob(f"{FILE}*")):
            with suppress(OSError, ValueError):
                _, code, at = path.name.split(".")
                told_at = datetime.strptime(at, _TOLD_AT).replace(tzinfo=UTC)
                return _Told(path, code, told_at, datetime.fromtimestamp(path.stat().st_mtime, UTC))
        return None
