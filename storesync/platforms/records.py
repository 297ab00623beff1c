"""Turns the JSON of a page into records and rejected records, the same way for every platform."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from storesync.errors import FormatChanged
from storesync.model import NAMELESS, Record, RejectedRecord, Row
from storesync.platforms import lossless_json
from storesync.platforms.values import Unreadable, identifier

UNREADABLE_SHARE = 0.2
"""Above this share of a page the platform has changed its format; fewer unreadable records are quarantined."""

Parts = Mapping[str, Any]
_ODD = (Unreadable, TypeError, ValueError, AttributeError, KeyError, RecursionError)


def own_id(source: Any) -> str:
    """Return the record's own ``id``. Raises `Unreadable` without one."""
    return identifier(source.get("id"))


def read(
    resource: str,
    sources: Iterable[Any],
    *,
    parts_of: Callable[[Any], Parts],
    rows_of: Callable[[str, Parts], dict[str, list[Row]]],
    id_of: Callable[[Any], str] = own_id,
    lacking_of: Callable[[Any], int] = lambda _: 0,
    is_page: bool = True,
) -> tuple[tuple[Record, ...], tuple[RejectedRecord, ...]]:
    """Return the records in *sources*, and the rejected records, whose ids *id_of* finds.

    *parts_of* splits a source into the parts to store, *rows_of* derives the rows, *lacking_of* returns how much
    its nested lists lack. Raises `FormatChanged`
    where more than a fifth of a page (and more than one record) is rejected; with *is_page* false, for
    records that were requested by id, any share may be.
    """
    records: list[Record] = []
    rejects: list[RejectedRecord] = []
    for source in sources:
        try:
            record = _record(resource, parts_of(source), rows_of)
            lacking = lacking_of(source)
            records.append(replace(record, lacking=lacking) if lacking else record)
        except _ODD as error:
            rejects.append(_reject(source, error, id_of))
    if is_page:
        must_be_few(resource, len(rejects), len(records) + len(rejects))
    return tuple(records), tuple(rejects)


def must_be_few(resource: str, unreadable: int, total: int) -> None:
    """Raise `FormatChanged` where more than a fifth of *total* records, and more than one, are *unreadable*."""
    if unreadable > max(1, UNREADABLE_SHARE * total):
        raise FormatChanged(
            f"{unreadable} of {total} {resource} cannot be read: the platform seems to have changed its format",
            hint="look for a newer storesync: pip install --upgrade storesync",
        )


def rows_again(
    resource: str, bodies: Mapping[str, str], rows_of: Callable[[str, Parts], dict[str, list[Row]]]
) -> dict[str, list[Row]]:
    """Return the rows by table of a record whose parts are stored as JSON texts (*bodies*).

    Raises `Unreadable`, with a reason without personal data, where they can no longer be read.
    """
    try:
        rows = rows_of(resource, {name: lossless_json.loads(text.encode()) for name, text in bodies.items()})
        _must_bind(rows)
    except _ODD as error:
        raise Unreadable(_reason(error)) from None
    return rows


def _record(resource: str, parts: Parts, rows_of: Callable[[str, Parts], dict[str, list[Row]]]) -> Record:
    rows = rows_of(resource, parts)
    root = rows[resource][0]
    bodies = {name: lossless_json.dumps(part) for name, part in parts.items()}
    if any(map(lossless_json.has_surrogates, bodies.values())):
        _must_bind(rows)
    return Record(root["id"], root.get("updated_at"), rows, bodies)


def _must_bind(rows: Mapping[str, list[Row]]) -> None:
    """Raise UnicodeEncodeError (a ValueError) for a text that SQLite cannot store."""
    for table in rows.values():
        for row in table:
            for value in row.values():
                if isinstance(value, str) and not value.isascii():
                    value.encode()


def _reject(source: Any, error: Exception, id_of: Callable[[Any], str]) -> RejectedRecord:
    payload = _payload(source)
    try:
        name = id_of(source)
        name.encode()
    except _ODD:
        name = NAMELESS + hashlib.blake2b(payload, digest_size=8).hexdigest()
    return RejectedRecord(name, _reason(error), payload)


def _payload(source: Any) -> bytes:
    """Return *source* as JSON, cut at the deepest nesting that `lossless.dumps` accepts."""
    try:
        return lossless_json.dumps(source)
    except Unreadable:
        return lossless_json.dumps(lossless_json.shallow(source))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Unreadable) else type(error).__name__
