"""Files that appear whole or not at all."""

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Yield a new private file to fill; it then stands at *path* for good, unless another one came first."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    fresh = Path(name)
    try:
        yield fresh
        _sync(fresh)
        with suppress(FileExistsError):
            os.link(fresh, path)
        _sync(path.parent)
    finally:
        fresh.unlink()


@contextmanager
def replaced(path: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """Yield a new file to fill; open to *mode*, it then takes the place of the one at *path*, at a stroke."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    fresh = Path(name)
    try:
        yield fresh
        fresh.chmod(mode)
        _sync(fresh)
        fresh.replace(path)
        _sync(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def replace_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Put a file with this *content*, open to *mode*, in the place of the one at *path*."""
    with replaced(path, mode=mode) as fresh:
        fresh.write_bytes(content)


def reserved(path: Path) -> BinaryIO:
    """Return a private, empty file at *path*, new or left empty by a process that died; nobody else gets it too.

    Raises OSError where there is no room for one, or something is there.
    """
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600), "wb", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = os.fstat(file.fileno())
        if found.st_size or not stat.S_ISREG(found.st_mode):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        _sync(path.parent)
    except OSError:
        file.close()
        raise
    return file


def _sync(path: Path) -> None:
    """Wait until what was written to a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
