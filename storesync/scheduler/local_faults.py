"""Faults of this machine: reports each when it begins, once a day while it lasts, and when it is over.

Each reported fault is an empty file in the home folder, since the database may be at fault or the disk
full. If the home folder cannot be written, a private temporary folder is used instead.
"""

import os
import stat
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.data import dataclass
from storesync.errors import StoresyncError
from storesync.rules.incidents import REMINDER
from storesync.runtime.instants import is_within

FILE = "fault."
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class _Reported:
    """A reported fault, as read from its file. The file's modification time is when it was seen last."""

    path: Path
    code: str
    hint: str
    reported_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Machine:
    """The reported faults of this machine, kept in the folder *home*, or in *spare* if that cannot be written.

    *is_watched*: the program runs in a terminal, where a fault is reported each time.
    """

    home: Path
    spare: Path
    is_watched: bool = False

    def begun(self, fault: StoresyncError, now: datetime) -> str | None:
        """Record *fault* and return the message to report, or None if it was reported within a day."""
        hint = _digest(fault.hint or "")
        earlier = [reported for reported in self._reported() if (reported.code, reported.hint) == (fault.code, hint)]
        reported_at = next(
            (reported.reported_at for reported in earlier if is_within(reported.reported_at, now, REMINDER)), None
        )
        path = self._remembered(f"{FILE}{fault.code}.{hint}.{reported_at or now:{_TIME_FORMAT}}", now)
        for reported in earlier:
            if path not in {None, reported.path}:
                _forget(reported)
        if reported_at and not self.is_watched:
            return None
        return f"{fault.message}; {fault.hint}" if fault.hint else fault.message

    def ended(self, now: datetime, *, patience: timedelta, unproven: Collection[str] = ()) -> list[str]:
        """Forget the faults that were not seen for *patience* and return the messages that they are over.

        Faults whose code is in *unproven* are kept: nothing showed that they are over.
        """
        over = [reported for reported in self._reported() if not is_within(reported.seen_at, now, patience)]
        return sorted(
            {
                f"this machine is at fault no longer ({reported.code})"
                for reported in over
                if reported.code not in unproven and _forget(reported)
            }
        )

    def _reported(self) -> list[_Reported]:
        folders = [self.home, *([self.spare] if _is_private(self.spare) else [])]
        return [reported for folder in folders for reported in _reported_in(folder)]

    def _remembered(self, name: str, now: datetime) -> Path | None:
        """Touch the file *name* with the modification time *now*; return its path, None if neither folder works."""
        with suppress(OSError):
            return _touched(self.home / name, now)
        with suppress(OSError):
            self.spare.mkdir(mode=0o700, exist_ok=True)
            if _is_private(self.spare):
                return _touched(self.spare / name, now)
        return None


def spare_folder(home: Path, environment: Mapping[str, str]) -> Path:
    """Return the path of the temporary folder used instead of *home*: one for each user and home."""
    temporary = environment.get("TMPDIR") or "/tmp"  # noqa: S108 - used only where it is private
    return Path(temporary) / f"storesync-{os.geteuid()}-{_digest(str(home.absolute()))}"


def _digest(text: str) -> str:
    return f"{zlib.crc32(os.fsencode(text)):08x}"


def _is_private(folder: Path) -> bool:
    """True if *folder* is a real folder that only this user can use: others could create one, or a link, first."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _reported_in(folder: Path) -> list[_Reported]:
    with suppress(OSError):
        return [reported for path in sorted(folder.glob(f"{FILE}*")) if (reported := _read(path))]
    return []


def _read(path: Path) -> _Reported | None:
    with suppress(OSError, ValueError):
        _, code, hint, at = path.name.split(".")
        reported_at = datetime.strptime(at, _TIME_FORMAT).replace(tzinfo=UTC)
        return _Reported(path, code, hint, reported_at, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return None


def _touched(path: Path, now: datetime) -> Path:
    path.touch(mode=0o600)
    os.utime(path, (now.timestamp(), now.timestamp()))
    return path


def _forget(reported: _Reported) -> bool:
    """Delete the file of *reported*; return False if it stays, so that it is not reported as over every minute."""
    with suppress(OSError):
        reported.path.unlink()
        return True
    return False
