"""From a page's JSON to records and rejects, the same way for every platform."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from storesync.errors import FormatChanged
from storesync.model import Record, Reject, Row
from storesync.platforms.values import Unreadable

UNREADABLE_SHARE = 0.2
"""Above this share of a page the platform has changed its format; a few odd records are set aside."""

Parts = Mapping[str, Any]


def read(
    resource: str,
    sources: Iterable[Any],
    *,
    parts_of: Callable[[Any], Parts],
    rows_of: Callable[[str, Parts], dict[str, list[Row]]],
) -> tuple[tuple[Record, ...], tuple[Reject, ...]]:
    """Return the records of *sources* and those that cannot be read.

    Raises `FormatChanged` where more than a fifth of a page (and more than one record)
    cannot be read.
    """
    records: list[Record] = []
    rejects: list[Reject] = []
    for source in sources:
        try:
            records.append(_record(resource, parts_of(source), rows_of))
        except (Unreadable, TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
            rejects.append(_reject(source, error))
    if len(rejects) > max(1, UNREADABLE_SHARE * (len(records) + len(rejects))):
        raise FormatChanged(
            f"{len(rejects)} of {len(records) + len(rejects)} {resource} on one page cannot be read: "
            "the platform seems to have changed its format",
            hint="look for a newer storesync: pip install --upgrade storesync",
        )
    return tuple(records), tuple(rejects)


def body(value: Any) -> bytes:
    """Return *value* as JSON text; also for numbers and texts that orjson refuses."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode("ascii")


def _record(resource: str, parts: Parts, rows_of: Callable[[str, Parts], dict[str, list[Row]]]) -> Record:
    rows = rows_of(resource, parts)
    root = rows[resource][0]
    _must_bind(rows)
    return Record(root["id"], root.get("updated_at"), rows, {name: body(part) for name, part in parts.items()})


def _must_bind(rows: Mapping[str, list[Row]]) -> None:
    """Raise UnicodeEncodeError (a ValueError) for a text that the database cannot keep."""
    for table in rows.values():
        for row in table:
            for value in row.values():
                if isinstance(value, str) and not value.isascii():
                    value.encode()


def _reject(source: Any, error: Exception) -> Reject:
    payload = body(source)
    found = source.get("id") if isinstance(source, Mapping) else None
    known = str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found else None
    name = known or "unreadable-" + hashlib.blake2b(payload, digest_size=8).hexdigest()
    reason = str(error) if isinstance(error, Unreadable) else type(error).__name__
    return Reject(name.rsplit("/", 1)[-1], reason, payload)
