"""The optional dependencies of the package (extras) and the command that installs them."""

import re
import shlex
import sys


def install(extra: str) -> str:
    """Return the shell command that installs *extra* into the environment of this program."""
    from importlib.metadata import requires  # noqa: PLC0415 - only where an extra is missing

    marked = re.compile(rf"""(.+?)\s*;\s*extra\s*==\s*["']{extra}["']""")
    wanted = [found[1] for one in requires("storesync") or () if (found := marked.fullmatch(one))]
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])
