"""A copy of the database while others write to it."""

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
"""So many pages are copied between two looks at how far it is."""


def back_up(database: Database, file: Path, progress: Callable[[int, int], None]) -> int:
    """Copy *database* to *file* as it is at this moment, check the copy, and return its size in bytes.

    *progress* hears of (done, all) pages. Raises `UsageError` where *file* exists or cannot, and
    `DatabaseUnusable` for a copy with damage: it was in the database. No file is left then.
    """
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", hint=f"mkdir -p {file.parent}")
    if file.exists():
        raise _in_the_way(file)
    with translated(file), made_whole(file) as fresh:
        with closing(connect(str(fresh))) as copy:
            _copy(database, copy, progress)
            # What is wrong with the copy is wrong with the database.
            must_be_sound(Database(copy, database.path), is_late=lambda: False)
        made = fresh.stat()
    if made.st_ino != file.stat().st_ino:
        raise _in_the_way(file)
    return made.st_size


def _copy(database: Database, copy: Any, progress: Callable[[int, int], None]) -> None:
    with database.snapshot():
        # Without a snapshot of ours the copy would begin anew with whatever others write.
        database.row("SELECT count(*) FROM sqlite_master")
        database.connection.backup(
            copy, pages=PAGES, progress=lambda _status, left, pages: progress(pages - left, pages)
        )


def _in_the_way(file: Path) -> UsageError:
    return UsageError(f"{file} exists already, and is not overwritten", hint="name another file, or move that one")
