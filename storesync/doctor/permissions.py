"""Looks at the owners and modes of the files that storesync needs."""

import os
import pwd
import shlex
import stat
from pathlib import Path

from storesync.app.wiring import key_file_of, workers_of
from storesync.doctor.settings import File, Unusable
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


def user_of(uid: int) -> str:
    """Return the name of a user, or the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
