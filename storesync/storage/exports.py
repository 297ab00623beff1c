"""Read rows for export, one at a time, from the documented tables and views only."""

from collections.abc import Iterator
from typing import Any

from storesync.model import Store
from storesync.storage.database import Database, translated
from storesync.storage.views import VIEWS
from storesync.tables import BOOKKEEPING, TABLES

_COLUMNS = {
    **dict.fromkeys(VIEWS, ("*",)),
    **{table.name: table.names for table in TABLES.values()},
    **BOOKKEEPING,
}
_BY_STORE = {
    **dict.fromkeys(VIEWS, "store = :key"),
    "stores": "id = :id",
    "run_resources": "run_id IN (SELECT id FROM runs WHERE store_id = :id)",
}

EXPORTS = tuple(_COLUMNS)
"""The names of the tables and views that can be exported."""


def read_rows(database: Database, name: str, store: Store | None = None) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Return the columns of *name*, one of `EXPORTS`, and an iterator of its rows, of one *store* or of all."""
    condition = f" WHERE {_BY_STORE.get(name, 'store_id = :id')}" if store else ""
    wanted = {"id": store.id, "key": store.key} if store else {}
    with translated(database.path):
        cursor = database.connection.execute(f"SELECT {', '.join(_COLUMNS[name])} FROM {name}{condition}", wanted)
    return [column[0] for column in cursor.description], _each(database, cursor)


def _each(database: Database, cursor: Any) -> Iterator[tuple[Any, ...]]:
    with translated(database.path):
        yield from map(tuple, cursor)
