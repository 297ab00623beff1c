"""The documents of the search index, written in the transaction that writes their rows.

`documents` holds the texts, and triggers let the FTS5 index `search` follow it: whoever writes or erases
a document need not know of the index. What FTS5 deletes stays in its older segments until they are merged,
so that the index is made anew where somebody was erased (`rebuild_index`). FTS5's own ``secure-delete``
would make each change of an order nine times as dear, and the file unreadable for SQLite before 3.42.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from functools import cache

from storesync.documents import SOURCES, Source, document_of
from storesync.model import Row
from storesync.storage.database import Database
from storesync.tables import RESOURCES

AT_ONCE = 200
"""Records whose rows are read, and whose documents are written, at once."""

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

_SAVE = f"""INSERT INTO documents (store_id, resource, id, {_COLUMNS}, synced_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (store_id, resource, id) DO UPDATE
        SET ({_COLUMNS}, synced_at) = ({_THEIRS}, excluded.synced_at)
    WHERE ({_OURS}) IS NOT ({_THEIRS})"""


def create_index(database: Database, *, now: str) -> None:
    """Create the index, and the documents of all rows that there are, inside the caller's transaction."""
    for statement in _SCHEMA:
        database.write(statement)
    for (store_id,) in database.rows("SELECT id FROM stores"):
        for resource in SOURCES:
            mend_documents(database, store_id, resource, now=now)


def save_documents(
    database: Database, store_id: int, resource: str, records: Mapping[str, Mapping[str, Sequence[Row]]], *, now: str
) -> None:
    """Save the documents of *records*, rows by table by id, that differ from what is there.

    Where a record comes without all its rows, the others are those that were saved before.
    """
    source = SOURCES.get(resource)
    if source is None or not records:
        return
    partly = [one for one, rows in records.items() if not rows.keys() >= source.columns.keys()]
    whole = {**records, **_stored(database, store_id, resource, source, partly)}
    database.connection.executemany(
        _SAVE,
        [(store_id, resource, one, *astuple(document_of(resource, rows)), now) for one, rows in whole.items()],
    )


def renew_documents(database: Database, store_id: int, resource: str, ids: Iterable[str], *, now: str) -> None:
    """Bring the documents of the records with these *ids* in step with their rows; one that is not live has none."""
    source = SOURCES.get(resource)
    if source is None:
        return
    wanted = list(ids)
    for place in range(0, len(wanted), AT_ONCE):
        some = wanted[place : place + AT_ONCE]
        live = _stored(database, store_id, resource, source, some)
        save_documents(database, store_id, resource, live, now=now)
        database.connection.executemany(
            "DELETE FROM documents WHERE store_id = ? AND resource = ? AND id = ?",
            [(store_id, resource, one) for one in some if one not in live],
        )


def mend_documents(database: Database, store_id: int, resource: str, *, now: str) -> None:
    """Give each live record of *resource* that has no document one, and take away those of no live record.

    Inside the caller's transaction.
    """
    if resource not in SOURCES:
        return
    live = f"SELECT id FROM {resource} WHERE store_id = :store AND deleted_at IS NULL"
    known = "SELECT id FROM documents WHERE store_id = :store AND resource = :resource"
    for have, want in ((live, known), (known, live)):
        sql = f"SELECT id FROM ({have} AND id > :after EXCEPT {want} AND id > :after) ORDER BY id LIMIT {AT_ONCE}"
        place = {"store": store_id, "resource": resource, "after": ""}
        while ids := [row[0] for row in database.rows(sql, place)]:
            renew_documents(database, store_id, resource, ids, now=now)
            place["after"] = ids[-1]


def rebuild_index(database: Database) -> None:
    """Make the index anew from the documents: nothing is left in it of what they no longer say."""
    database.write("INSERT INTO search (search) VALUES ('rebuild')")


def _stored(
    database: Database, store_id: int, resource: str, source: Source, ids: Sequence[str]
) -> dict[str, dict[str, list[Row]]]:
    """Return the rows of the live records among *ids* by table."""
    found: dict[str, dict[str, list[Row]]] = {}
    for table, columns in source.columns.items() if ids else ():
        for row in database.rows(_rows_of(resource, table, tuple(columns), len(ids)), (store_id, *ids)):
            if table == resource:
                found[row["owner"]] = {name: [] for name in source.columns}
            if row["owner"] in found:
                found[row["owner"]][table].append(dict(row))
    return found


@cache
def _rows_of(resource: str, table: str, columns: tuple[str, ...], count: int) -> str:
    key = "id" if table == resource else RESOURCES[resource].key
    has_position = table in {"order_lines", "variants"}
    named = ", ".join((*columns, *(("position",) if has_position else ())))
    return f"""SELECT id, {key} AS owner, {named} FROM {table}
        WHERE store_id = ? AND deleted_at IS NULL AND {key} IN ({", ".join("?" * count)})"""


def counts(database: Database) -> dict[tuple[int, str], tuple[int, int]]:
    """Return how many live records there are, and how many documents, by store id and resource."""
    found: dict[tuple[int, str], list[int]] = {}
    for resource in SOURCES:
        sql = f"SELECT store_id, count(*) FROM {resource} WHERE deleted_at IS NULL GROUP BY store_id"
        for store_id, count in database.rows(sql):
            found.setdefault((store_id, resource), [0, 0])[0] = count
    for store_id, resource, count in database.rows(
        "SELECT store_id, resource, count(*) FROM documents GROUP BY store_id, resource"
    ):
        found.setdefault((store_id, resource), [0, 0])[1] = count
    return {key: (live, known) for key, (live, known) in found.items()}
