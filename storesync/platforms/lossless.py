"""JSON in and out without losing a number or a text, also those that orjson rounds or refuses."""

import json
import re
from math import isfinite
from typing import Any

import orjson

_LONG_NUMBER = re.compile(rb"[0-9]{20}")


def loads(body: bytes) -> Any:
    """Return what *body* says; ValueError or RecursionError where it is no JSON."""
    if _LONG_NUMBER.search(body):
        # orjson would round it.
        return _lenient(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _lenient(body)


def dumps(value: Any) -> bytes:
    """Return *value* as JSON text."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode("ascii")


def _lenient(body: bytes) -> Any:
    """Return JSON with lone surrogates, NaN or long integers in it."""
    return json.loads(body, parse_float=_finite, parse_constant=str)


def _finite(digits: str) -> float | str:
    """Return a number, as its text where no float holds it."""
    number = float(digits)
    return number if isfinite(number) else digits
