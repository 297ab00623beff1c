"""Prints answers to stdout and everything else to stderr; writes files atomically."""

import errno
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from storesync import __version__
from storesync.errors import StoresyncError, UsageError
from storesync.runtime.text import clean


def say(text: str) -> None:
    """Print an answer to stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_version() -> None:
    """Print the version of this program to stdout."""
    say(f"storesync {__version__}")


def tell(text: str) -> None:
    """Print a message to stderr; a closed stderr is ignored."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def say_json(answer: dict[str, Any]) -> None:
    """Print an answer to stdout as JSON."""
    say_bytes(json_of(answer))


def say_bytes(content: bytes) -> None:
    """Print UTF-8 bytes to stdout, whatever its encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def json_of(answer: dict[str, Any]) -> bytes:
    """Return an answer as indented JSON."""
    import orjson  # noqa: PLC0415 - only for JSON

    return orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Replace *path* atomically by a file with *content*; raises as `writing` does."""
    from storesync.runtime.files import replace_whole  # noqa: PLC0415 - only where a file is named

    with writing(path):
        replace_whole(path, content, mode=mode)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError while writing *path* into `UsageError`, except for a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UsageError(
            f"cannot write {path}: {error.strerror}",
            hint=f"name a file in a folder of yours; look: ls -ld {shlex.quote(str(path.parent))}",
        ) from None


def discard(stream: TextIO) -> None:
    """Redirect *stream* to the null device, so that flushing it at exit does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def report(error: StoresyncError) -> None:
    """Print an error and its hint to stderr."""
    tell(f"storesync: {clean(error.message)}")
    if error.hint:
        tell(f"  {clean(error.hint)}")
