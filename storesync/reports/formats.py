"""Rows as lines of CSV or JSON, one at a time. Pure."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

SIGNS = frozenset("=+-@")
"""A text that begins so, in whatever width, is a formula to a spreadsheet, whoever wrote it into a shop."""

BREAKS = ("\t", "\r", "\n")
"""Some spreadsheets begin another cell behind these (owasp.org/www-community/attacks/CSV_Injection)."""


class _Passed:
    """A file that hands back what is written to it."""

    @staticmethod
    def write(text: str) -> str:
        return text


def csv_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a head and a line for each of *rows*; an apostrophe keeps texts from being taken for formulas."""
    written = csv.writer(_Passed).writerow
    yield str(written(names)).encode()
    for row in rows:
        yield str(written([_defused(value) for value in row])).encode()


def json_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a JSON object for each of *rows*, with the values as the database has them."""
    for row in rows:
        yield orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)


def _defused(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    first = next((sign for sign in text if sign.isprintable() and not sign.isspace()), "")
    return unicodedata.normalize("NFKC", first) in SIGNS or text.startswith(BREAKS)
