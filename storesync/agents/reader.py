"""Runs an agent's SQL in a child process with a time limit, so that a runaway statement can be killed.

A single function call inside SQLite can neither be interrupted nor limited, so the child sets an alarm before
each statement, which kills it when the time is up, even if its parent has exited.
"""

import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from storesync.data import dataclass
from storesync.errors import StoresyncError, UsageError
from storesync.storage.untrusted_sql import read

SECONDS = 10.0
MOST_BYTES = 200_000

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """The result of a statement, and the *tables* that it read. *is_cut*: rows were left out because of a limit."""

    columns: list[str]
    rows: list[list[Any]]
    tables: list[str]
    is_cut: bool


class Reader:
    """Reads one database, one statement at a time, each for at most *seconds*. Thread-safe."""

    def __init__(self, path: Path, *, people: bool = False, seconds: float = SECONDS) -> None:
        """Read the database at *path*; personal data are NULL unless *people*. The first `ask` starts the process."""
        self._fixed = {"path": str(path), "people": people, "seconds": seconds}
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def ask(self, sql: str, *, most_rows: int, most_bytes: int = MOST_BYTES) -> Answered:
        """Run one SELECT and return its result, cut at *most_rows* and *most_bytes*.

        Raises `UsageError` for any other statement, an error in it, or one that exceeds the time or memory limit.
        """
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
        """Kill the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _exchanged(self, question: bytes) -> bytes:
        """Send *question* and return the process's answer, empty if the process died."""
        if self._process and self._process.poll() is not None:
            # It died between statements: that is no fault of this one.
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
    # -P: the working directory may contain untrusted modules. A session of its own: Ctrl-C does not reach it.
    words = [sys.executable, "-P", "-m", "storesync.agents.reader"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603


def main() -> None:
    """Answer each JSON line of stdin with one on stdout, until stdin ends."""
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
