"""A terminal to show things on, and what none may be sent."""

import io
import os
import pty
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that a terminal obeys."""

OURS = re.compile("\x1b\\[[0-9;]*m")
"""The colours that we send ourselves."""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def on_a_terminal(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a process on a terminal of its own; return its exit code and what that shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # what a terminal says when nobody writes any more
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        return process.wait(60), shown.decode().replace("\r\n", "\n")
