"""Looks at the owners and modes of the files that storesync needs."""

import grp
import os
import pwd
import shlex
import stat
from pathlib import Path

from storesync.app.wiring import key_file_of, workers_of
from storesync.doctor.settings import File, ShutOut, Unusable
from storesync.runtime.settings import Settings


def files_of(settings: Settings) -> tuple[list[File], Unusable | None]:
    """Return the existing files and folders to judge, and a needed folder that is unusable, None if all are usable."""
    home, database = settings.home, settings.database
    if not is_there(home):
        return [], None
    if not home.is_dir():
        return [], Unusable(str(home), is_folder=False)
    for folder in filter(is_there, (home, workers_of(settings))):
        if not folder.is_dir() or not _may(folder, os.R_OK | os.W_OK | os.X_OK):
            found = [_file(home), *([_file(folder)] if folder.stat().st_uid != home.stat().st_uid else [])]
            return found, Unusable(str(folder), is_folder=folder.is_dir(), is_home=folder == home)
    secret = {key_file_of(settings), *([settings.env_file] if settings.env_file else [])}
    open_to_a_group = (database, Path(f"{database}-wal"), Path(f"{database}-shm"), settings.log)
    # A device used as the log, such as /dev/null, is open to everybody by design.
    known = [path for path in (*open_to_a_group, *sorted(secret)) if is_there(path) and not _is_device(path)]
    return [_file(home), *(_file(path, is_secret=path in secret) for path in known)], None


def shut_out_of(database: Path) -> ShutOut | None:
    """Return what keeps the group that may read *database* from reading it, None if nothing does or no group may.

    Who reads the file needs a way to it, and to read the log and its index, where they exist.
    """
    if not is_there(database):
        return None
    # SQLite keeps its files beside the one that a symbolic link leads to.
    path = database.resolve()
    found = path.stat()
    # What is open to everybody is to be closed first.
    if not found.st_mode & stat.S_IRGRP or found.st_mode & stat.S_IROTH:
        return None
    needed = dict.fromkeys(reversed(path.parents), 0o1)
    needed |= {one: 0o4 for one in (Path(f"{path}-wal"), Path(f"{path}-shm")) if is_there(one)}
    shut = [str(one) for one, bit in needed.items() if not _lets(one.stat(), found.st_gid, bit)]
    if not shut:
        return None
    above = [one for one in shut if Path(one) in path.parent.parents]
    return ShutOut(group_of(found.st_gid), str(path), above, [one for one in shut if one not in above])


def _lets(found: os.stat_result, group: int, bit: int) -> bool:
    """True if a member of *group*, who is not the owner, has the permission *bit* of an octal digit of the mode."""
    return bool(found.st_mode >> (3 if found.st_gid == group else 0) & bit)


def look_at_log(path: Path) -> str | None:
    """Return the command to fix or look into why no log can be written at *path*, None if one can."""
    if not is_there(path.parent):
        return f"mkdir -p {shlex.quote(str(path.parent))}"
    # The log is never written through a symbolic link.
    is_odd = path.is_symlink() or path.is_dir()
    place = path if is_odd or is_there(path) else path.parent
    return f"ls -ld {shlex.quote(str(place))}" if is_odd or not _may(place, os.W_OK) else None


def _is_device(path: Path) -> bool:
    return stat.S_ISCHR(path.stat().st_mode)


def is_there(path: Path) -> bool:
    """True if *path* exists and can be accessed."""
    return _may(path, os.F_OK)


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _file(path: Path, *, is_secret: bool = False) -> File:
    found = path.stat()
    return File(str(path), stat.S_IMODE(found.st_mode), user_of(found.st_uid), stat.S_ISDIR(found.st_mode), is_secret)


def group_of(gid: int) -> str:
    """Return the name of a group, or the number if it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def user_of(uid: int) -> str:
    """Return the name of a user, or the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
