"""A terminal to show things on, and what none may be sent."""

import io
import re

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that a terminal obeys."""

OURS = re.compile("\x1b\\[[0-9;]*m")
"""The colours that we send ourselves."""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True
