"""Answers on stdout, everything else on stderr, files whole or not at all."""

import errno
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import orjson

from storesync.errors import StoresyncError, UsageError
from storesync.runtime.files import replace_whole
from storesync.runtime.text import clean


def say(text: str) -> None:
    """Print an answer."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Print something that is no answer; nobody there to read it changes nothing."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def say_json(answer: dict[str, Any]) -> None:
    """Print an answer as JSON."""
    say_bytes(json_of(answer))


def say_bytes(content: bytes) -> None:
    """Print an answer that is UTF-8 whatever the terminal speaks."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def json_of(answer: dict[str, Any]) -> bytes:
    """Return an answer as JSON."""
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write *content* to *path*, whole or not at all, in place of what was there; `UsageError` where that fails."""
    with writing(path):
        replace_whole(path, content, mode=mode)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `UsageError` for what keeps *path* from being written; a full disk is nobody's mistake."""
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
    """Let *stream* lead nowhere from now on, so that nothing fails when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def report(error: StoresyncError) -> None:
    """Tell what happened, and what to type next."""
    tell(f"storesync: {clean(error.message)}")
    if error.hint:
        tell(f"  {clean(error.hint)}")
