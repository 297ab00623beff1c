"""Formats rows as lines of CSV or JSON, one at a time. Pure."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

SIGNS = frozenset("=+-@")
"""Spreadsheets take a text that begins with one of these, in any character width, for a formula."""

BREAKS = ("\t", "\r", "\n")
"""Some spreadsheets begin a new cell after these (owasp.org/www-community/attacks/CSV_Injection)."""


class _Passed:
    """A file object whose `write` returns the text, so that the CSV writer returns each line."""

    @staticmethod
    def write(text: str) -> str:
        return text


def csv_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a header line and a CSV line per row, in UTF-8; texts that look like formulas get an apostrophe."""
    written = csv.writer(_Passed).writerow
    yield str(written(names)).encode()
    for row in rows:
        yield str(written([_defused(value) for value in row])).encode()


def json_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a line with a JSON object per row, with unchanged values."""
    for row in rows:
        yield orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)


def _defused(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    first = next((sign for sign in text if sign.isprintable() and not sign.isspace()), "")
    return unicodedata.normalize("NFKC", first) in SIGNS or text.startswith(BREAKS)
