"""Back up the database to a file while other processes write to it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from storesync.errors import UsageError
from storesync.runtime.files import made_whole
from storesync.storage.connection import connect
from storesync.storage.database import Database, translated
from storesync.storage.integrity import must_be_sound

PAGES = 2_000
"""Pages copied between two calls of the progress callback."""


def back_up(database: Database, file: Path, progress: Callable[[int, int], None]) -> int:
    """Copy *database* to *file* as it is at this moment, check the copy, and return its size in bytes.

    *progress* is called with (pages done, all pages). Raises `UsageError` where *file* exists or its folder
    does not, and `DatabaseUnusable` where the copy is damaged, because the database is; no copy is left then.
    """
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", hint=f"mkdir -p {file.parent}")
    if file.exists():
        raise _in_the_way(file)
    with translated(file), made_whole(file) as fresh:
        with closing(connect(str(fresh))) as copy:
            _copy(database, copy, progress)
            # Without a log the copy is one file, which can be read where nothing can be written.
            copy.execute("PRAGMA journal_mode = DELETE")
            # Damage in the copy comes from the database.
            must_be_sound(Database(copy, database.path), is_late=lambda: False)
        made = fresh.stat()
    if made.st_ino != file.stat().st_ino:
        raise _in_the_way(file)
    return made.st_size


def _copy(database: Database, copy: Any, progress: Callable[[int, int], None]) -> None:
    with database.snapshot():
        # Without our own snapshot the copy would start anew with each write of another process.
        database.row("SELECT count(*) FROM sqlite_master")
        database.connection.backup(
            copy, pages=PAGES, progress=lambda _status, left, pages: progress(pages - left, pages)
        )


def _in_the_way(file: Path) -> UsageError:
    return UsageError(f"{file} exists already, and is not overwritten", hint="name another file, or move that one")
