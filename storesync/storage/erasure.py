"""Erase one person from the records of a store, or a whole store; what remains does not say who was erased."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from storesync.rules.personal import Forgotten, Person, email_of, personal_columns, texts
from storesync.storage.database import Database
from storesync.storage.documents import rebuild_index, renew_documents
from storesync.tables import RESOURCES, TABLES

Counts = dict[str, int]
"""Numbers of rows by table."""

_SHARED = "forgotten"
"""Name of the secret that stores without one of their own share."""


def load_marks(database: Database, store_id: int) -> frozenset[bytes]:
    """Return the marks of the people that a store has forgotten (see `storesync.rules.personal`)."""
    return frozenset(row[0] for row in database.rows("SELECT mark FROM forgotten WHERE store_id = ?", (store_id,)))


def load_secret(database: Database, store_id: int) -> bytes | None:
    """Return the wrapped (encrypted) secret that a store's marks are made with, None where there is none yet."""
    secrets = load_secrets(database)
    return secrets.get(_own(store_id), secrets.get(_SHARED))


def load_secrets(database: Database) -> dict[str, bytes]:
    """Return all wrapped secrets that marks are made with, by name."""
    return {row[0]: bytes(row[1]) for row in database.rows("SELECT name, sealed FROM secrets")}


def begin_marks(database: Database, store_id: int, wrapped: bytes) -> None:
    """Save the *wrapped* secret that a store's marks are made with from now on, and delete its earlier marks."""
    database.write("DELETE FROM forgotten WHERE store_id = ?", (store_id,))
    save_secret(database, _own(store_id), wrapped)


def save_secret(database: Database, name: str, wrapped: bytes) -> None:
    """Save the *wrapped* secret called *name*, inside the caller's transaction."""
    database.write("INSERT OR REPLACE INTO secrets (name, sealed) VALUES (?, ?)", (name, wrapped))


def add_marks(database: Database, store_id: int, marks: Iterable[bytes]) -> None:
    """Save *marks* of people that a store has forgotten, inside the caller's transaction."""
    database.connection.executemany(
        "INSERT OR IGNORE INTO forgotten (store_id, mark) VALUES (?, ?)", [(store_id, mark) for mark in marks]
    )


def load_begun(database: Database, store_id: int) -> Counts | None:
    """Return what an unfinished erasure of a store has erased so far, None where there is none."""
    row = database.row("SELECT tables FROM erasures WHERE store_id = ?", (store_id,))
    return None if row is None else json.loads(row[0])


def load_all_begun(database: Database) -> list[int]:
    """Return the ids of the stores with an unfinished erasure, except erasures that end by themselves."""
    return [row[0] for row in database.rows("SELECT store_id FROM erasures WHERE NOT ends_by_itself")]


def end_all_begun(database: Database, *, overwrite: Callable[[], bool]) -> None:
    """End the erasures that end by themselves, if any, once *overwrite* returns that it overwrote all copies."""
    own = [row[0] for row in database.rows("SELECT store_id FROM erasures WHERE ends_by_itself")]
    if own and overwrite():
        with database.transaction():
            for store_id in own:
                database.write("DELETE FROM erasures WHERE store_id = ? AND ends_by_itself", (store_id,))


def save_begun(database: Database, store_id: int, counts: Counts) -> None:
    """Save the *counts* of rows erased so far, inside the caller's transaction."""
    database.write("INSERT OR REPLACE INTO erasures (store_id, tables) VALUES (?, ?)", (store_id, json.dumps(counts)))


def end(database: Database, store_id: int) -> None:
    """Delete the entry of an erasure that has ended, inside the caller's transaction."""
    database.write("DELETE FROM erasures WHERE store_id = ?", (store_id,))


def find_person(database: Database, store_id: int, person: Person) -> Person:
    """Return *person* with all ids and e-mails that lead to them: those of customers, and ids beside an e-mail."""
    customers = database.rows("SELECT id, email FROM customers WHERE store_id = ?", (store_id,))
    own = {row[0]: email_of(row[1]) for row in customers}
    beside = [(one, email_of(email)) for one, email in _signed(database, store_id)]
    named = {one for one, email in beside if email in person.emails}
    # An account under which a shop enters the orders of many people is not this person's.
    others = {one for one, email in beside if one in named and email not in {*person.emails, own.get(one)}}
    person = replace(person, ids=person.ids | (named - others))
    known = Person()
    while known != person:
        known = person
        for customer in map(dict, customers):
            person = person.joined(customer) if person.is_known_by(customer) else person
    return person


def _signed(database: Database, store_id: int) -> Iterator[tuple[str, str]]:
    """Yield the customer's id and the e-mail of each order, checkout and draft order that has both."""
    for resource in _of_people():
        owner = RESOURCES[resource].person
        if owner != "id" and "email" in TABLES[resource].names:
            sql = f"SELECT {owner}, email FROM {resource} WHERE store_id = ? AND {owner} > '' AND email > ''"
            yield from ((row[0], row[1]) for row in database.rows(sql, (store_id,)))


def find_identifiers(database: Database, store_id: int, person: Person) -> set[str]:
    """Return what identifies *person* alone: their e-mails, and phones and tax numbers of their own records."""
    person = find_person(database, store_id, person)
    rows = database.rows("SELECT id, email, phone, tax_id FROM customers WHERE store_id = ?", (store_id,))
    return {value for row in rows if row[0] in person.ids for value in tuple(row)[1:] if value} | person.emails


def find_texts(database: Database, store_id: int, words: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (resource or child table, id, text) for each text of the rows of a store that contain one of *words*."""
    kept = [("payloads", "resource", ["body"]), ("quarantine", "resource", ["payload"])]
    for name, table in TABLES.items():
        kept.append((name, f"'{name}'", [column.name for column in table.columns if column.kind in {"T", "A"}]))
    patterns = json.dumps([f"%{word}%" for word in words])
    for name, resource, columns in kept:
        whole = " || ' ' || ".join(f"coalesce({column}, '')" for column in columns)
        sql = f"""SELECT {resource}, id, {", ".join(columns)} FROM {name}
            WHERE store_id = ? AND EXISTS (SELECT 1 FROM json_each(?) AS word WHERE {whole} LIKE word.value)"""
        for where, record_id, *values in database.rows(sql, (store_id, patterns)):
            is_json = name in {"payloads", "quarantine"}
            found = texts(json.loads(values[0])) if is_json else filter(None, values)
            yield from ((where, record_id, text) for text in found)


def find_records(database: Database, forgotten: Forgotten) -> Iterator[tuple[str, str]]:
    """Yield (resource, id) of all records of forgotten people, deleted ones included."""
    for resource in _of_people():
        named = [name for name in ("id", RESOURCES[resource].person, "email") if name in TABLES[resource].names]
        rows = database.rows(f"SELECT {', '.join(named)} FROM {resource} WHERE store_id = ?", (forgotten.store_id,))
        yield from ((resource, row["id"]) for row in rows if forgotten.has(resource, dict(row)))


def blank(
    database: Database, forgotten: Forgotten, resource: str, record_id: str, *, now: str
) -> tuple[Counts, set[str]]:
    """Erase the personal data of one record; return the numbers of changed rows and the texts that were erased."""
    kind, where = RESOURCES[resource], (forgotten.store_id, record_id)
    counts, gone = _blank_payload(database, forgotten, resource, record_id)
    for table, key in ((resource, "id"), *((child, kind.key) for child in kind.children)):
        columns = personal_columns(TABLES[table])
        if not columns:
            continue
        found = f"WHERE store_id = ? AND {key} = ?"
        sql = f"SELECT {', '.join(columns)} FROM {table} {found}"
        gone |= {value for row in database.rows(sql, where) for value in row if isinstance(value, str)}
        if kind.person == "id" and table != resource:
            _add(counts, table, database.write(f"DELETE FROM {table} {found}", where))
            continue
        nothing = ", ".join(f"{column} = NULL" for column in columns)
        sql = (
            f"UPDATE {table} SET {nothing}, synced_at = ? {found} AND coalesce({', '.join(columns)}, NULL) IS NOT NULL"
        )
        _add(counts, table, database.write(sql, (now, *where)))
    _add(counts, "documents", renew_documents(database, forgotten.store_id, resource, [record_id], now=now))
    return counts, gone


def blank_all(database: Database, forgotten: Forgotten, *, now: str) -> None:
    """Erase the personal data of all records of forgotten people, inside the caller's transaction.

    SQLite may have left copies, so the erasure stays unfinished until they are overwritten as well.
    """
    done = [blank(database, forgotten, *one, now=now) for one in list(find_records(database, forgotten))]
    done.append(blank_unreadable(database, forgotten))
    if any(counts for counts, _ in done):
        rebuild_index(database)
        sql = "INSERT OR IGNORE INTO erasures (store_id, tables, ends_by_itself) VALUES (?, '{}', 1)"
        database.write(sql, (forgotten.store_id,))


def blank_unreadable(database: Database, forgotten: Forgotten) -> tuple[Counts, set[str]]:
    """Erase forgotten people from quarantined records; return what `blank` returns."""
    counts, gone = Counts(), set[str]()
    for row in database.rows("SELECT * FROM quarantine WHERE store_id = ?", (forgotten.store_id,)):
        remaining = forgotten.unreadable(row["resource"], row["id"], row["payload"])
        if remaining != row["payload"]:
            gone |= forgotten.body(row["resource"], row["payload"])[1]
            where = (remaining, forgotten.store_id, row["resource"], row["id"])
            sql = "UPDATE quarantine SET payload = ? WHERE store_id = ? AND resource = ? AND id = ?"
            _add(counts, "quarantine", database.write(sql, where))
    return counts, gone


def purge(database: Database, store_id: int, *, limit: int) -> Counts:
    """Delete up to *limit* rows of a store from one table; return {table: number}, {} when only its own row is left."""
    for table, own in _tables_of_stores(database).items():
        sql = f"DELETE FROM {table} WHERE rowid IN (SELECT {table}.rowid FROM {table} {own} LIMIT ?)"
        if table == "listed":
            # It has no rowid; it holds ids.
            key = "store_id, resource, id"
            sql = f"DELETE FROM listed WHERE ({key}) IN (SELECT {key} FROM listed {own} LIMIT ?)"
        gone = database.write(sql, (store_id, limit))
        if gone:
            return {table: gone}
    return {}


def forget_store(database: Database, store_id: int, key: str) -> None:
    """Delete the row of a store that has no other data left, inside the caller's transaction."""
    for table, column in (("leases", "store_id"), ("erasures", "store_id"), ("stores", "id")):
        database.write(f"DELETE FROM {table} WHERE {column} = ?", (store_id,))
    database.write("DELETE FROM secrets WHERE name = ?", (_own(store_id),))
    database.write("DELETE FROM marks WHERE ':' || :key = substr(name, -length(:key) - 1)", {"key": key})
    # Topics end in the key: "the data of shopify:alpha".
    database.write("DELETE FROM incidents WHERE ' ' || :key = substr(' ' || topic, -length(:key) - 1)", {"key": key})


def some_texts(database: Database, store_id: int, *, limit: int) -> set[str]:
    """Return personal texts of a store, from at most *limit* rows per table, to verify later that it is erased."""
    found: set[str] = set()
    for table in TABLES.values():
        columns = [column.name for column in table.columns if column.personal]
        if columns:
            sql = f"SELECT {', '.join(columns)} FROM {table.name} WHERE store_id = ? ORDER BY id DESC LIMIT ?"
            rows = database.rows(sql, (store_id, limit))
            found |= {value for row in rows for value in row if isinstance(value, str)}
    return found


def all_values(database: Database) -> Iterator[str | bytes]:
    """Yield every text and blob in the database, except those of the search index, which has none of its own."""
    for (table,) in database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'search' AND name NOT GLOB 'search_*'"
    ):
        for row in database.connection.execute(f"SELECT * FROM {table}"):
            yield from (value for value in row if isinstance(value, str | bytes))


def _blank_payload(database: Database, forgotten: Forgotten, resource: str, record_id: str) -> tuple[Counts, set[str]]:
    where = (forgotten.store_id, resource, record_id)
    parts = database.rows(
        "SELECT rowid, body, digest FROM payloads WHERE store_id = ? AND resource = ? AND id = ?", where
    )
    counts, gone = Counts(), set[str]()
    remaining = {}
    for part in parts:
        remaining[part["rowid"]], texts = forgotten.body(resource, part["body"])
        gone |= texts
    if all(json.loads(part["body"]) == json.loads(remaining[part["rowid"]]) for part in parts):
        return counts, gone
    for part in parts:
        values = (remaining[part["rowid"]], forgotten.digest(bytes(part["digest"])), part["rowid"])
        _add(counts, "payloads", database.write("UPDATE payloads SET body = ?, digest = ? WHERE rowid = ?", values))
    return counts, gone


def _own(store_id: int) -> str:
    return f"{_SHARED}:{store_id}"


def _of_people() -> list[str]:
    return [resource.name for resource in RESOURCES.values() if resource.person]


def _tables_of_stores(database: Database) -> Mapping[str, str]:
    """Return all tables that hold rows of stores, each with the SQL clause that finds a store's rows."""
    last = ("leases", "erasures")
    found = database.rows(
        """SELECT name FROM sqlite_master WHERE type = 'table'
            AND EXISTS (SELECT 1 FROM pragma_table_info(sqlite_master.name) WHERE name = 'store_id')"""
    )
    own = {row[0]: "WHERE store_id = ?" for row in found if row[0] not in last}
    # Credentials first: even if the purge is interrupted, nobody reads the shop any more.
    return {
        "credentials": own["credentials"],
        # Then the search documents, so that search finds nobody whose rows are partly deleted.
        "documents": own["documents"],
        "run_resources": "JOIN runs ON run_id = runs.id WHERE runs.store_id = ?",
        **own,
    }


def _add(counts: Counts, table: str, rows: int) -> None:
    if rows:
        counts[table] = counts.get(table, 0) + rows
