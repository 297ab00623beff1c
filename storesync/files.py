"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def made_whole(path: Path) -> Iterator[Path]:
    """Yield a new private file to fill; it then stands at *path*, unless another one came first."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    fresh = Path(name)
    try:
        yield fresh
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()


@contextmanager
def replaced(path: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """Yield a new file to fill; it then takes the place of whatever stands at *path*, open to *mode*."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    fresh = Path(name)
    try:
        yield fresh
        fresh.chmod(mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
