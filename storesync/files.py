"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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


def _sync(path: Path) -> None:
    """Wait until what was written to a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
