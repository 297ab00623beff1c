"""Run untrusted SQL so that it can read only the documented tables and views.

SQLite's authoriser alone would not do. It is not asked about the columns of ``NATURAL JOIN`` and ``USING``, by which
a hidden column can be guessed, and a ``WITH`` that is called like a view passes for that view. So the database is
attached under a name that nobody can know, and views of the documented columns are created in front of it.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storesync.data import dataclass
from storesync.errors import UsageError
from storesync.rules.access import LONGEST, RELATIONS, Permit, refusal_of
from storesync.storage.connection import address_of
from storesync.storage.database import translated
from storesync.storage.engine import sqlite3
from storesync.storage.views import VIEWS

MOST_MEMORY = 128 * 2**20
"""Bytes of memory that SQLite may take in the whole process; while something grows, it takes twice that briefly."""

_BENEATH = frozenset({*RELATIONS, *VIEWS, "verdicts", "checkpoints"})
_HELP = "look at the tables and their columns with describe_tables, and ask with one SELECT"
_NARROW = "ask for less: fewer columns, fewer rows, sums instead of lists"


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of a statement, and the *tables* that it read. *is_cut*: there was more than was asked for."""

    columns: tuple[str, ...]
    rows: list[list[Any]]
    tables: frozenset[str]
    is_cut: bool


def read(path: Path, sql: str, *, people: bool, most_rows: int, most_bytes: int) -> Reading:
    """Return the result of one SELECT on the database at *path*, at most so many rows and bytes of it.

    Personal data are NULL unless *people*. Raises `UsageError` for any other statement, and where it takes too much
    memory. Nothing limits the time: call it in a process that can be killed.
    """
    if len(sql) > LONGEST:
        raise UsageError(f"a statement has at most {LONGEST:,} characters", hint=_HELP)
    connection = sqlite3.connect(":memory:", uri=True, isolation_level=None)
    try:
        with translated(path):
            permit = _shield(connection, path, people=people)
        return _read(connection, sql, permit, most_rows, most_bytes)
    finally:
        connection.close()


def _shield(connection: Any, path: Path, *, people: bool) -> Permit:
    """Attach the database and create the views in front of it."""
    place = f"place_{secrets.token_hex(16)}"
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute(f"PRAGMA hard_heap_limit = {MOST_MEMORY}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"ATTACH ? AS {place}", (address_of(str(path), "ro"),))
    connection.execute("BEGIN")
    for name, query in _views(place, people=people):
        connection.execute(f'CREATE TEMP VIEW "{name}" AS {query}')
    shown = frozenset({*RELATIONS, *VIEWS})
    private = connection.execute(
        f"""SELECT name FROM {place}.sqlite_master
            WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"""
    )
    for (name,) in [row for row in private if row[0] not in shown]:
        connection.execute(f'CREATE TEMP VIEW "{name}" AS SELECT * FROM {place}."{name}"')
    connection.execute("COMMIT")
    # Older SQLites declare these at their first use, which the authoriser would take for a write.
    connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
    return Permit(shown, _BENEATH, place)


def _views(place: str, *, people: bool) -> Iterator[tuple[str, str]]:
    for name, columns in RELATIONS.items():
        shown = (f"NULL AS {one.name}" if one.personal and not people else one.name for one in columns)
        yield name, f"SELECT {', '.join(shown)} FROM {place}.{name}"
    for name in VIEWS:
        yield name, f"SELECT * FROM {place}.{name}"


def _read(connection: Any, sql: str, permit: Permit, most_rows: int, most_bytes: int) -> Reading:
    tables: set[str] = set()
    refused: list[str] = []

    def authorise(action: int, first: str | None, second: str | None, place: str | None, _view: str | None) -> int:
        name = first or second
        if not permit.allows(action, name, place):
            refused.append(refusal_of(action, name))
            return int(sqlite3.SQLITE_DENY)
        if action == sqlite3.SQLITE_READ and name:
            tables.add(name)
        return int(sqlite3.SQLITE_OK)

    connection.set_authorizer(authorise)
    try:
        cursor = connection.execute(sql)
        if cursor.description is None:
            raise UsageError("there is no question in it", hint=_HELP)
        rows, is_cut = _fetched(cursor, most_rows, most_bytes)
    except MemoryError:
        raise UsageError("the statement takes too much memory", hint=_NARROW) from None
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        raise UsageError(refused[0] if refused else f"SQLite says: {error}", hint=_HELP) from None
    return Reading(tuple(column[0] for column in cursor.description), rows, frozenset(tables), is_cut)


def _fetched(cursor: Any, most_rows: int, most_bytes: int) -> tuple[list[list[Any]], bool]:
    rows: list[list[Any]] = []
    room = most_bytes
    for row in cursor:
        room -= sum(_size(value) for value in row)
        if room < 0 and not rows:
            raise UsageError(f"the first row alone has more than {most_bytes:,} bytes", hint=_NARROW)
        if room < 0 or len(rows) == most_rows:
            return rows, True
        rows.append([f"x'{value.hex()}'" if isinstance(value, bytes) else value for value in row])
    return rows, False


def _size(value: Any) -> int:
    return len(value) * 2 if isinstance(value, bytes) else len(value.encode()) if isinstance(value, str) else 8
