"""Atomic file writes: a file appears complete or not at all."""

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
    """Yield a temporary file with mode 0600 to fill, then link it to *path* durably, unless a file is there."""
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
    """Yield a temporary file to fill, then move it to *path* atomically and durably, with *mode*."""
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
    """Replace the file at *path* atomically by one with this *content* and *mode*."""
    with replaced(path, mode=mode) as fresh:
        fresh.write_bytes(content)


def reserved(path: Path) -> BinaryIO:
    """Return an empty file at *path*, open, locked and with mode 0600; it may be one that a dead process left empty.

    Raises OSError if it cannot be created, is locked, or is not an empty regular file.
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
    """Flush a file, or the names in a folder, to disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
