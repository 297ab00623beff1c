"""Keep the full-text search index: one document per record, written in the transaction that writes its rows.

`documents` holds the texts, and triggers keep the FTS5 index `search` in step: code that writes or erases
a document need not know of the index. What FTS5 deletes stays in its older segments until they are merged,
so the index is rebuilt where somebody was erased (`rebuild_index`). FTS5's own ``secure-delete`` would make
each change of an order nine times as expensive, and the file unreadable for SQLite before 3.42.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from storesync.model import Row
from storesync.rules.documents import COLUMNS, document_of
from storesync.storage.database import Database
from storesync.storage.engine import sqlite3
from storesync.tables import RESOURCES, TABLES

BATCH = 200
"""Records whose rows are read, and whose documents are written, at once."""

NUMBERED = ("orders", "customers", "categories", "products", "pages", "articles")
"""The resources that can be searched. The place of each is part of its documents' numbers, so that none ever moves."""

RESOURCE_BIT, STORE_BIT = 56, 36
"""A document's number contains its resource and store, so that a search filters by them in the index alone."""

_TEXTS = ("title", "keywords", "body", "people")
_THEIRS, _NEW, _OLD = (", ".join(f"{row}.{name}" for name in _TEXTS) for row in ("excluded", "new", "old"))
_OURS = ", ".join(f"documents.{name}" for name in _TEXTS)
_COLUMNS = ", ".join(_TEXTS)
_ENTER = f"INSERT INTO search (rowid, {_COLUMNS}) VALUES (new.number, {_NEW})"
_LEAVE = f"INSERT INTO search (search, rowid, {_COLUMNS}) VALUES ('delete', old.number, {_OLD})"

_SCHEMA = (
    f"""CREATE TABLE documents (
        number INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL,
        {", ".join(f"{name} TEXT NOT NULL" for name in _TEXTS)}, synced_at TEXT NOT NULL,
        UNIQUE (store_id, resource, id))""",
    f"""CREATE VIRTUAL TABLE search USING fts5 ({_COLUMNS}, content = 'documents', content_rowid = 'number',
        tokenize = 'unicode61 remove_diacritics 2')""",
    f"CREATE TRIGGER documents_enter AFTER INSERT ON documents BEGIN {_ENTER}; END",
    f"CREATE TRIGGER documents_leave AFTER DELETE ON documents BEGIN {_LEAVE}; END",
    f"CREATE TRIGGER documents_change AFTER UPDATE OF {_COLUMNS} ON documents BEGIN {_LEAVE}; {_ENTER}; END",
)

_DELETE = "DELETE FROM documents WHERE store_id = ? AND resource = ? AND id = ?"
_NUMBER = "coalesce((SELECT max(number) + 1 FROM documents WHERE number BETWEEN ? AND ?), ?)"
_SAVE = f"""INSERT INTO documents (number, store_id, resource, id, {_COLUMNS}, synced_at)
    VALUES ({_NUMBER}, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (store_id, resource, id) DO UPDATE
        SET ({_COLUMNS}, synced_at) = ({_THEIRS}, excluded.synced_at)
    WHERE ({_OURS}) IS NOT ({_THEIRS})"""


def create_index(database: Database, *, now: str) -> None:
    """Create the index, and the documents of all existing rows, inside the caller's transaction."""
    for statement in _SCHEMA:
        database.write(statement)
    for (store_id,) in database.rows("SELECT id FROM stores"):
        for resource in COLUMNS:
            mend_documents(database, store_id, resource, now=now)


def save_documents(
    database: Database, store_id: int, resource: str, records: Mapping[str, Mapping[str, Sequence[Row]]], *, now: str
) -> int:
    """Save the documents of *records* (rows by table, by id) that differ from the saved ones; return how many.

    Of a record that comes without some of its tables, the saved rows are used instead.
    """
    tables = COLUMNS.get(resource)
    if tables is None or not records:
        return 0
    partly = [one for one, rows in records.items() if not rows.keys() >= tables.keys()]
    whole = {**records, **_stored(database, store_id, resource, partly)}
    first = NUMBERED.index(resource) << RESOURCE_BIT | store_id << STORE_BIT
    place = (first, first + (1 << STORE_BIT) - 1, first, store_id, resource)
    values = ((*place, one, *document_of(resource, rows), now) for one, rows in whole.items())
    return int(database.connection.executemany(_SAVE, values).rowcount)


def renew_documents(database: Database, store_id: int, resource: str, ids: Iterable[str], *, now: str) -> int:
    """Derive the documents of the records with these *ids* from their saved rows; return how many changed.

    A record that is not live has no document.
    """
    wanted, changed = list(ids), 0
    for place in range(0, len(wanted), BATCH) if resource in COLUMNS else ():
        some = wanted[place : place + BATCH]
        live = _stored(database, store_id, resource, some)
        changed += save_documents(database, store_id, resource, live, now=now)
        gone = [(store_id, resource, one) for one in some if one not in live]
        changed += database.connection.executemany(_DELETE, gone).rowcount if gone else 0
    return changed


def mend_documents(database: Database, store_id: int, resource: str, *, now: str) -> None:
    """Create the missing documents of live records of *resource*, and delete the documents of all other records.

    Runs inside the caller's transaction.
    """
    live = f"{resource} AS live WHERE live.store_id = :store AND live.deleted_at IS NULL"
    known = "documents AS known WHERE known.store_id = :store AND known.resource = :resource"
    for have, alias, other in ((live, "live", known), (known, "known", live)) if resource in COLUMNS else ():
        sql = f"""SELECT {alias}.id FROM {have} AND {alias}.id > :after
            AND NOT EXISTS (SELECT 1 FROM {other} AND known.id = live.id) ORDER BY {alias}.id LIMIT {BATCH}"""
        place = {"store": store_id, "resource": resource, "after": ""}
        while ids := [row[0] for row in database.rows(sql, place)]:
            renew_documents(database, store_id, resource, ids, now=now)
            place["after"] = ids[-1]


def mend_index(database: Database) -> None:
    """Rebuild the index where it differs from the documents, inside the caller's transaction."""
    try:
        database.connection.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        rebuild_index(database)


def is_index_sound(database: Database) -> bool:
    """Return whether the index can be read and has as many documents as there are, without changing anything.

    SQLite before 3.44 checks only the number of documents.
    """
    known, there = database.row("SELECT (SELECT count(*) FROM search_docsize), (SELECT count(*) FROM documents)")
    return bool(known == there and all(row[0] == "ok" for row in database.rows("PRAGMA quick_check(search)")))


def rebuild_index(database: Database) -> None:
    """Rebuild the index from the documents, so that it keeps nothing of what they no longer contain."""
    database.write("INSERT INTO search (search) VALUES ('rebuild')")


def _stored(database: Database, store_id: int, resource: str, ids: Sequence[str]) -> dict[str, dict[str, list[Row]]]:
    """Return the rows of the live records among *ids* by table."""
    found: dict[str, dict[str, list[Row]]] = {}
    for table in COLUMNS[resource] if ids else ():
        for row in database.rows(_rows_of(resource, table, len(ids)), (store_id, *ids)):
            if table == resource:
                found[row["owner"]] = {name: [] for name in COLUMNS[resource]}
            if row["owner"] in found:
                found[row["owner"]][table].append(dict(row))
    return found


@cache
def _rows_of(resource: str, table: str, count: int) -> str:
    key = "id" if table == resource else RESOURCES[resource].key
    place = ("position",) if "position" in TABLES[table].names else ()
    named = ", ".join((*COLUMNS[resource][table], *place))
    return f"""SELECT id, {key} AS owner, {named} FROM {table}
        WHERE store_id = ? AND deleted_at IS NULL AND {key} IN ({", ".join("?" * count)})"""


def count_documents(database: Database) -> dict[tuple[int, str], int]:
    """Return the number of documents by store id and resource."""
    sql = "SELECT store_id, resource, count(*) FROM documents GROUP BY store_id, resource"
    return {(row[0], row[1]): row[2] for row in database.rows(sql)}
