"""Samples beside the tests: golden answers, word for word, and corpora, one entry a line.

``STORESYNC_GOLDEN=write pytest`` writes the golden answers anew.
"""

import os
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent


def golden(name: str, text: str) -> str:
    """Return what *text* should be."""
    file = TESTS / "golden" / name
    if os.environ.get("STORESYNC_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def corpus(name: str) -> list[str]:
    """Return the entries of a corpus; Python's backslash escapes stand for what no editor shows."""
    lines = (TESTS / "corpora" / name).read_text(encoding="utf-8").splitlines()
    return [line.encode("latin-1", "backslashreplace").decode("unicode_escape") for line in lines]
