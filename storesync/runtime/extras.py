"""Extras: what some commands need beyond the usual, and the command that installs it."""

import re
import shlex
import sys
from importlib.metadata import requires


def install(extra: str) -> str:
    """Return the command that installs *extra* where this program runs from."""
    marked = re.compile(rf"""(.+?)\s*;\s*extra\s*==\s*["']{extra}["']""")
    wanted = [found[1] for one in requires("storesync") or () if (found := marked.fullmatch(one))]
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])
