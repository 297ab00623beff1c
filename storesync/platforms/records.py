"""Turns the JSON of a page into records and rejected records, the same way for every platform."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from storesync.errors import FormatChanged
from storesync.model import NAMELESS, Record, RejectedRecord, Row
from storesync.platforms import lossless_json
from storesync.platforms.values import Unreadable, identifier, instant

UNREADABLE_SHARE = 0.2
"""Above this share of a page the platform has changed its format; fewer unreadable records are quarantined."""

Parts = Mapping[str, Any]
RowsOf = Callable[[str, Parts], dict[str, list[Row]]]
Read = Callable[[str, bytes], Any]
"""What reads the part of that name from its JSON text."""


def as_sent(_: str, part: bytes) -> Any:
    """Return the JSON value of a part."""
    return lossless_json.loads(part)


_ODD = (Unreadable, TypeError, ValueError, AttributeError, KeyError, RecursionError)


class DerivedRows(Mapping[str, list[Row]]):
    """The rows by table of a record, derived from its parts (JSON texts) when they are first asked for.

    Of what is read again, most did not change, and needs no rows. And a page of texts takes far less memory than one
    of values, which is what the processor waits for. Raises `Unreadable`, with a reason without personal data, where
    they cannot be derived.
    """

    def __init__(self, resource: str, parts: Mapping[str, bytes], rows_of: RowsOf, read: Read) -> None:
        self.parts, self._resource, self._rows_of, self._read = parts, resource, rows_of, read

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        return _rows(self._resource, self.parts, self._rows_of, self._read)

    def __getitem__(self, table: str) -> list[Row]:
        """Return the rows of *table*."""
        return self._rows[table]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the tables."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._rows)


def own_id(source: Any) -> str:
    """Return the record's own ``id``. Raises `Unreadable` without one."""
    return identifier(source.get("id"))


def own_version(source: Any) -> str | None:
    """Return the record's own ``updated_at``."""
    return instant(source.get("updated_at"))


def received(
    resource: str,
    sources: Iterable[Any],
    *,
    parts_of: Callable[[Any], Parts],
    rows_of: RowsOf,
    id_of: Callable[[Any], str] = own_id,
    version_of: Callable[[Any], str | None] = own_version,
    lacking_of: Callable[[Any], int] = lambda _: 0,
    read: Read = as_sent,
) -> tuple[tuple[Record, ...], tuple[RejectedRecord, ...]]:
    """Return the records in *sources*, whose rows are still to be derived, and what is no record at all.

    *parts_of* splits a source into the parts to store, *rows_of* derives the rows, *id_of* and *version_of* find id
    and update time, *lacking_of* returns how much the record's nested lists lack. *read* reads the stored parts again,
    for *rows_of*.
    """
    records: list[Record] = []
    rejects: list[RejectedRecord] = []
    for source in sources:
        try:
            if not isinstance(source, dict):
                raise Unreadable("a record is not a JSON object")
            parts = parts_of(source)
            bodies = {name: lossless_json.dumps(part) for name, part in parts.items()}
            rows = DerivedRows(resource, bodies, rows_of, read)
            record_id = id_of(source)
            # One that SQLite cannot store is none.
            record_id.encode()
            records.append(Record(record_id, version_of(source), rows, bodies, lacking_of(source)))
        except _ODD as error:
            rejects.append(_reject(source, error, id_of))
    return tuple(records), tuple(rejects)


def unreadable(records: Iterable[Record], *, fresh: Collection[str]) -> list[tuple[Record, RejectedRecord]]:
    """Derive the rows of those of *records* whose ids are *fresh*; return those of which that cannot be done.

    Each of them with what is to be quarantined in its place.
    """
    rejects = []
    for record in records:
        if record.id in fresh:
            try:
                len(record.rows)
            except Unreadable as error:
                rejects.append((record, RejectedRecord(record.id, str(error), _whole(record.parts))))
    return rejects


def must_be_few(resource: str, unreadable: int, total: int) -> None:
    """Raise `FormatChanged` where more than a fifth of *total* records, and more than one, are *unreadable*."""
    if unreadable > max(1, UNREADABLE_SHARE * total):
        raise FormatChanged(
            f"{unreadable} of {total} {resource} cannot be read: the platform seems to have changed its format",
            hint="look for a newer storesync: pip install --upgrade storesync",
        )


def rows_again(resource: str, bodies: Mapping[str, str], rows_of: RowsOf) -> dict[str, list[Row]]:
    """Return the rows by table of a record whose parts are stored as JSON texts (*bodies*).

    Raises `Unreadable`, with a reason without personal data, where they can no longer be read.
    """
    return _rows(resource, {name: text.encode() for name, text in bodies.items()}, rows_of, as_sent)


def _rows(resource: str, parts: Mapping[str, bytes], rows_of: RowsOf, read: Read) -> dict[str, list[Row]]:
    try:
        rows = rows_of(resource, {name: read(name, part) for name, part in parts.items()})
        if any(map(lossless_json.has_surrogates, parts.values())):
            _must_bind(rows)
    except _ODD as error:
        raise Unreadable(_reason(error)) from None
    return rows


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


def _whole(parts: Mapping[str, bytes]) -> bytes:
    """Return the record with these *parts* as one JSON text."""
    others = [b',"%b":%b' % (name.encode(), part) for name, part in parts.items() if name != "record"]
    return b"".join([parts["record"][:-1], *others, b"}"])


def _payload(source: Any) -> bytes:
    """Return *source* as JSON, cut at the deepest nesting that `lossless.dumps` accepts."""
    try:
        return lossless_json.dumps(source)
    except Unreadable:
        return lossless_json.dumps(lossless_json.shallow(source))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Unreadable) else type(error).__name__
