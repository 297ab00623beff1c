"""Reads and writes JSON without losing a number or a text, also those that quick libraries refuse."""

import json
import re
from math import isfinite
from typing import Any

import msgspec
import orjson

from storesync.platforms.values import Unreadable

DEEPEST = 100
"""The deepest nesting written where orjson refuses a record: some later readers recurse once per level."""

_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def loads(body: bytes) -> Any:
    """Return the JSON value in *body*. Raises ValueError or RecursionError where it is not JSON."""
    try:
        # orjson would round integers of more than 64 bits.
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _lenient(body)


def dumps(value: Any) -> bytes:
    """Return *value* as JSON. Raises `Unreadable` where it is nested too deep."""
    try:
        # orjson leaves a text in the memory that it was written in, up to four times as much as it needs.
        return bytes(memoryview(orjson.dumps(value)))
    except TypeError:
        if shallow(value) != value:
            raise Unreadable("it is nested too deep") from None
        return json.dumps(value).encode("ascii")


def has_surrogates(body: bytes) -> bool:
    """Return whether *body*, written by `dumps`, may hold a text that is not Unicode."""
    return b"\\ud" in body


def shallow(value: Any, depth: int = DEEPEST) -> Any:
    """Return *value* with None in place of lists and maps nested deeper than *depth*."""
    if isinstance(value, dict | list) and not depth:
        return None
    if isinstance(value, dict):
        return {key: shallow(one, depth - 1) for key, one in value.items()}
    return [shallow(one, depth - 1) for one in value] if isinstance(value, list) else value


def _lenient(body: bytes) -> Any:
    """Return the value of JSON with lone surrogates, NaN or long integers; only its outer part if nested too deep."""
    try:
        return json.loads(body, parse_float=_finite, parse_constant=str)
    except RecursionError:
        return json.loads(_cut(body), parse_float=_finite, parse_constant=str)


def _cut(body: bytes) -> bytes:
    """Return *body* with null in place of what is nested ``5 * DEEPEST`` deep, far deeper than `dumps` accepts."""
    parts, depth, at = [], 0, 0
    for mark in _MARKS.finditer(body):
        opens, closes = mark[0] in {b"[", b"{"}, mark[0] in {b"]", b"}"}
        depth += opens
        if depth == 5 * DEEPEST and opens:
            parts += [body[at : mark.start()], b"null"]
        if depth == 5 * DEEPEST and closes:
            at = mark.end()
        depth -= closes
    return b"".join([*parts, body[at:]])


def _finite(digits: str) -> float | str:
    """Return *digits* as a float, unchanged where no float can hold them."""
    number = float(digits)
    return number if isfinite(number) else digits
