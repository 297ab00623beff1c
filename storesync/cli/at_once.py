"""The answers that need no command, and so no Typer: the version, and what commands there are."""

from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size

from storesync.cli.boundary import output_guarded
from storesync.cli.output import say, say_version

HELP = Path(__file__).with_name("help.txt")
"""What Typer prints for ``--help`` on `COLUMNS` columns. Written by ``storesync --no-color --help``."""

COLUMNS = 80


def is_answered(words: Sequence[str]) -> bool:
    """Print the answer to the command line *words* and return True, or False if it is left to Typer.

    Typer lays the help out for a terminal that is narrower than `COLUMNS`.
    """
    with output_guarded():
        if words == ["--version"]:
            say_version()
            return True
        if words in (["--help"], ["-h"]) and get_terminal_size().columns >= COLUMNS:
            say(HELP.read_text(encoding="utf-8").rstrip())
            return True
    return False
