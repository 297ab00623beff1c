"""Faults of this machine: reports each when it begins, once a day while it lasts, and when it is over.

Each reported fault is an empty file in the home folder, since the database may be at fault or the disk
full. If the home folder cannot be written, a private temporary folder is used instead.
"""

import os
import stat
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storesync.errors import StoresyncError
from storesync.rules.incidents import REMINDER
from storesync.runtime.instants import is_within

FILE = "fault."
_TOLD_AT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class _Told:
    """A reported fault, as read from its file. The file's modification time is when it was seen last."""

    path: Path
    code: str
    hint: str
    told_at: datetime
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
        earlier = [told for told in self._told() if (told.code, told.hint) == (fault.code, hint)]
        told_at = next((told.told_at for told in earlier if is_within(told.told_at, now, REMINDER)), None)
        path = self._remembered(f"{FILE}{fault.code}.{hint}.{told_at or now:{_TOLD_AT}}", now)
        for told in earlier:
            if path not in {None, told.path}:
                _forget(told)
        if told_at and not self.is_watched:
            return None
        return f"{fault.message}; {fault.hint}" if fault.hint else fault.message

    def ended(self, now: datetime, *, patience: timedelta, unproven: Collection[str] = ()) -> list[str]:
        """Forget the faults that were not seen for *patience* and return the messages that they are over.

        Faults whose code is in *unproven* are kept: nothing showed that they are over.
        """
        over = [told for told in self._told() if not is_within(told.seen_at, now, patience)]
        return sorted(
            {
                f"this machine is at fault no longer ({told.code})"
                for told in over
                if told.code not in unproven and _forget(told)
            }
        )

    def _told(self) -> list[_Told]:
        folders = [self.home, *([self.spare] if _is_private(self.spare) else [])]
        return [told for folder in folders for told in _told_in(folder)]

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


def _told_in(folder: Path) -> list[_Told]:
    with suppress(OSError):
        return [told for path in sorted(folder.glob(f"{FILE}*")) if (told := _read(path))]
    return []


def _read(path: Path) -> _Told | None:
    with suppress(OSError, ValueError):
        _, code, hint, at = path.name.split(".")
        told_at = datetime.strptime(at, _TOLD_AT).replace(tzinfo=UTC)
        return _Told(path, code, hint, told_at, datetime.fromtimestamp(path.stat().st_mtime, UTC))
    return None


def _touched(path: Path, now: datetime) -> Path:
    path.touch(mode=0o600)
    os.utime(path, (now.timestamp(), now.timestamp()))
    return path


def _forget(told: _Told) -> bool:
    """Delete the file of *told*; return False if it stays, so that it is not reported as over every minute."""
    with suppress(OSError):
        told.path.unlink()
        return True
    return False
