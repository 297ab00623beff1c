"""Open, create and check the database file."""

from pathlib import Path

from storesync.errors import DatabaseUnusable
from storesync.storage.connection import APPLICATION_ID, LOGGED, SCHEMA_VERSION, connect
from storesync.storage.database import Database, translated, version_of

_HEADER = b"SQLite format 3\x00"


def open_database(path: Path) -> Database:
    """Return the database at *path*, migrated to this program's schema.

    Raises `DatabaseUnusable` where there is none, or it is not storesync's or newer than this program.
    """
    _must_be_ours(path)
    with translated(path):
        database = Database(connect(str(path)), path)
    try:
        _make_ready(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_ready(database: Database) -> None:
    with translated(database.path):
        version = version_of(database.connection, database.path)
        # Off in a copy that was put back: see `storesync.storage.backup`.
        database.connection.execute(LOGGED)
    if version < SCHEMA_VERSION:
        from storesync.storage import migrations  # noqa: PLC0415 - only where there is something to migrate

        migrations.migrate(database)


def open_to_look(path: Path) -> Database:
    """Return the database at *path* as it is, read-only and without a migration.

    Raises as `open_database` does.
    """
    _must_be_ours(path)
    with translated(path):
        connection = connect(str(path), mode="ro")
        version_of(connection, path)
    return Database(connection, path)


def create_database(path: Path) -> Database:
    """Return the database at *path*, created where there is none yet."""
    if not path.exists():
        with translated(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make(path)
    return open_database(path)


def make(path: Path) -> None:
    """Create the database at *path* atomically: other processes find it complete, or not at all."""
    from storesync.runtime.files import made_whole  # noqa: PLC0415 - only once in a database's life
    from storesync.storage import migrations  # noqa: PLC0415

    with made_whole(path) as fresh:
        connection = connect(str(fresh))
        try:
            connection.execute(LOGGED)
            migrations.migrate(Database(connection, fresh))
        finally:
            connection.close()


def _must_be_ours(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        raise DatabaseUnusable(
            f"no database at {path}", hint="connect a store first: storesync connect --help"
        ) from None
    except OSError as error:
        raise DatabaseUnusable(
            f"cannot read {path}: {error.strerror}", hint=f"look at its owner and mode: ls -l {path}"
        ) from None
    if not head:
        raise _empty(path)
    if not head.startswith(_HEADER) or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise DatabaseUnusable(
            f"{path} is not a storesync database", hint="name another one: storesync --database FILE …"
        )


def _empty(path: Path) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"{path} is empty: its content was lost, perhaps on a full disk",
        hint="put a backup back in its place, or connect your stores again; see how: storesync doctor --only database",
        is_spoilt=True,
    )
