"""Asks the database what strangers want to know, in a process of its own that can be lost.

A single function call inside SQLite can neither be interrupted nor bounded, so the process sets itself an alarm
before each statement: the system ends it when that rings, also where whoever asked is gone.
"""

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from storesync.errors import StoresyncError, UsageError
from storesync.storage.untrusted_sql import read

SECONDS = 10.0
MOST_BYTES = 200_000

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a statement brought, and the *tables* that it read. *is_cut*: there was more than was asked for."""

    columns: list[str]
    rows: list[list[Any]]
    tables: list[str]
    is_cut: bool


class Reader:
    """Reads one database, one statement at a time, each for at most *seconds*. May be shared between threads."""

    def __init__(self, path: Path, *, people: bool = False, seconds: float = SECONDS) -> None:
        """Start nothing yet. Personal data are NULL unless *people*."""
        self._fixed = {"path": str(path), "people": people, "seconds": seconds}
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def ask(self, sql: str, *, most_rows: int, most_bytes: int = MOST_BYTES) -> Answered:
        """Return what one SELECT brings; raises `UsageError` for anything else, or too much."""
        try:
            question = orjson.dumps({"sql": sql, "most_rows": most_rows, "most_bytes": most_bytes, **self._fixed})
        except TypeError:
            raise UsageError("the statement is no Unicode text", hint="write it anew") from None
        with self._turn:
            line = self._exchanged(question)
        if not line:
            raise UsageError(
                f"the statement took longer than {self._fixed['seconds']:g} seconds, or too much memory",
                hint="ask for less: sums by day from the views, one store, a range of placed_on",
            )
        reply: Reply = orjson.loads(line)
        if "refused" in reply:
            raise UsageError(reply["refused"], hint=reply["hint"])
        return Answered(**reply)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _exchanged(self, question: bytes) -> bytes:
        """Return the process's answer, empty where it is lost."""
        if self._process and self._process.poll() is not None:
            # It was ended while nobody asked: that says nothing of this question.
            self.close()
        process = self._process = self._process or _start()
        assert process.stdin  # noqa: S101 - both are pipes
        assert process.stdout  # noqa: S101
        try:
            process.stdin.write(question + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            self.close()
            return b""
        return line


def _start() -> subprocess.Popen[bytes]:
    # -P: the folder that an agent works in may hold modules of anybody's. No terminal's Ctrl-C reaches it.
    words = [sys.executable, "-P", "-m", "storesync.agents.reader"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603


def main() -> None:
    """Answer each line of stdin by one of stdout, until there is none."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        question = orjson.loads(line)
        signal.setitimer(signal.ITIMER_REAL, question.pop("seconds"))
        sys.stdout.buffer.write(_replied(question) + b"\n")
        sys.stdout.buffer.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _replied(question: Reply) -> bytes:
    try:
        found = read(Path(question.pop("path")), **question)
        reply: Reply = {"columns": found.columns, "rows": found.rows, "is_cut": found.is_cut}
        return orjson.dumps(reply | {"tables": sorted(found.tables)})
    except StoresyncError as error:
        return orjson.dumps({"refused": error.message, "hint": error.hint})


if __name__ == "__main__":
    main()
