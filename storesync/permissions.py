"""Who may read and write the files that storesync needs."""

import os
import pwd
import stat
from pathlib import Path

from storesync.app import key_file_of, workers_of
from storesync.configuration import File, Unusable
from storesync.settings import Settings


def files_of(settings: Settings) -> tuple[list[File], Unusable | None]:
    """Return the files that nobody else should read, as far as they are there; and a folder of no use."""
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
    known = [path for path in (*open_to_a_group, *sorted(secret)) if is_there(path)]
    return [_file(home), *(_file(path, is_secret=path in secret) for path in known)], None


def may_write(path: Path) -> bool:
    """True where a file is there to be written, or may be made."""
    place = path if is_there(path) else path.parent
    return not os.path.isdir(path) and _may(place, os.W_OK)  # noqa: PTH112 - in a folder that nobody may enter, too


def is_there(path: Path) -> bool:
    """True where *path* is there and can be seen."""
    return _may(path, os.F_OK)


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _file(path: Path, *, is_secret: bool = False) -> File:
    found = path.stat()
    return File(str(path), stat.S_IMODE(found.st_mode), user_of(found.st_uid), stat.S_ISDIR(found.st_mode), is_secret)


def user_of(uid: int) -> str:
    """Return the name of a user, its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
