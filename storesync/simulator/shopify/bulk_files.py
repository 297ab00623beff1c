"""Result files of bulk operations: written once, read in ranges, kept on disk where they are long."""

from __future__ import annotations

import os
import tempfile
import weakref
from itertools import islice
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 1 << 16
MOST_HELD = 1 << 22


class File(Protocol):
    """A file of known *size* that several readers can read at once, from any offset."""

    @property
    def size(self) -> int:
        """How many bytes it has."""

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *end*."""


class Spool:
    """A file that lines are appended to: in memory while it is small, then in a private file on disk."""

    def __init__(self) -> None:
        self.size = 0
        self._held = bytearray()
        self._file: IO[bytes] | None = None

    def add(self, lines: Sequence[bytes]) -> None:
        """Append *lines*. Must not be called once the file is read."""
        for line in lines:
            self._held += line
            self.size += len(line)
        if len(self._held) > MOST_HELD:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="storesync-bulk-")  # noqa: SIM115 - closed below
            weakref.finalize(self, self._file.close)
        self._file.write(self._held)
        self._file.flush()
        self._held.clear()

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *end*."""
        end = min(end, self.size)
        spilt = self.size - len(self._held)
        while start < end:
            if self._file is not None and start < spilt:
                chunk = os.pread(self._file.fileno(), min(CHUNK, end - start), start)
            else:
                chunk = bytes(self._held[start - spilt : min(start - spilt + CHUNK, end - spilt)])
            start += len(chunk)
            yield chunk


class Joined:
    """Several files read as one, in order."""

    def __init__(self, parts: Sequence[File]) -> None:
        self.parts = parts

    @property
    def size(self) -> int:
        """How many bytes they have."""
        return sum(part.size for part in self.parts)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *end*."""
        for part in self.parts:
            size = part.size
            if start < size and end > 0:
                yield from part.read(max(0, start), min(end, size))
            start, end = start - size, end - size


class Head:
    """The first *size* bytes of another file."""

    def __init__(self, whole: File, size: int) -> None:
        self.whole = whole
        self.size = size

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *end*."""
        return self.whole.read(start, min(end, self.size))


class Slice:
    """A range of a file, as the body of an answer."""

    def __init__(self, file: File, start: int, end: int) -> None:
        self.file, self.start, self.end = file, start, end

    def __iter__(self) -> Iterator[bytes]:
        return self.file.read(self.start, self.end)


def head(file: File, lines: int, *, torn: bool = False) -> Head:
    """Return the first *lines* of *file*; *torn* adds half of the next one."""
    found = _lines(file)
    size = sum(len(line) for line in islice(found, lines))
    return Head(file, size + (len(next(found, b"")) // 2 if torn else 0))


def _lines(file: File) -> Iterator[bytes]:
    rest = b""
    for chunk in file.read(0, file.size):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
