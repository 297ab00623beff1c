"""The database connection: queries, transactions, and SQLite's errors translated into ours."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storesync.errors import DatabaseBusy, DatabaseUnusable, DiskFull, LocalFault, StoresyncError
from storesync.storage.connection import SCHEMA_VERSION, close_for_readers, connect
from storesync.storage.engine import sqlite3

PUT_BACK = "keep the file, and put a backup in its place; see how: storesync doctor --only database"

_BUSY, _LOCKED, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB, _READONLY = 5, 6, 10, 11, 13, 14, 26, 8


class Database:
    """One connection. Not shared between threads; `again` opens another one."""

    def __init__(self, connection: Any, path: Path) -> None:
        """Wrap an open and checked *connection* to *path*."""
        self.connection = connection
        self.path = path
        self._file = _identity(path)

    def again(self) -> "Database":
        """Open a second connection to the same file, for another thread."""
        with translated(self.path):
            return Database(connect(str(self.path)), self.path)

    def close(self) -> None:
        """Close the connection. The log stays beside the file, empty, for those who may read and not write there."""
        if _identity(self.path) == self._file:
            close_for_readers(self.connection, str(self.path))
        else:
            self.connection.close()

    def rows(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """Return all rows of a query."""
        with translated(self.path):
            return list(self.connection.execute(sql, parameters))

    def row(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Return the first row of a query, None where there is none."""
        with translated(self.path):
            return self.connection.execute(sql, parameters).fetchone()

    def write(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Run one statement and return how many rows it changed."""
        with translated(self.path):
            return int(self.connection.execute(sql, parameters).rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in one write transaction, all or nothing.

        It takes the write lock at once, because a read transaction cannot reliably become a writer later.
        Raises `DatabaseUnusable` where the file was replaced, or a newer program has changed the schema.
        """
        if _identity(self.path) != self._file:
            raise DatabaseUnusable(f"{self.path} was replaced while we were at work", hint="run the command again")
        with translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                version_of(self.connection, self.path)
                yield
            except BaseException:
                self.connection.rollback()
                raise
            self.connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run the block in one read transaction: all its queries see the same state."""
        with translated(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.rollback()


class DatabasePool:
    """Lends further connections to the file of *database*, and keeps them with their prepared statements.

    Thread-safe. There are as many as were lent at the same time. *database* is to be closed last, and with it the file.
    """

    def __init__(self, database: Database) -> None:
        """Open nothing yet."""
        self._database = database
        self._idle: deque[Database] = deque()

    @contextmanager
    def lent(self) -> Iterator[Database]:
        """Lend a connection until the block ends; one that is left by an error or in a transaction is closed."""
        try:
            database = self._idle.pop()
        except IndexError:
            database = self._database.again()
        try:
            yield database
        except BaseException:
            database.connection.close()
            raise
        if database.connection.in_transaction:
            database.connection.close()
        else:
            self._idle.append(database)

    def close(self) -> None:
        """Close the connections that are not lent."""
        while self._idle:
            self._idle.pop().connection.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Run the block, and raise errors of SQLite and the operating system as those of `storesync.errors`."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        raise _meaning(error, path) from error


def version_of(connection: Any, path: Path) -> int:
    """Return the version of the schema. Raises `DatabaseUnusable` where it is newer than this program's."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise DatabaseUnusable(
            f"{path} was written by a newer storesync",
            hint="upgrade this one: pip install --upgrade storesync",
        )
    return version


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _meaning(error: Exception, path: Path) -> StoresyncError:
    code = (getattr(error, "sqlite_errorcode", None) or _code_of(str(error))) & 0xFF
    if code in {_BUSY, _LOCKED}:
        return DatabaseBusy(
            f"{path} is in use by another process",
            hint="try again in a minute; storesync status says who works",
        )
    if code in {_CORRUPT, _NOTADB}:
        return DatabaseUnusable(f"{path} is damaged ({error})", hint=PUT_BACK, is_spoilt=True)
    if code in {_FULL, _IOERR} or getattr(error, "errno", None) == 28:  # noqa: PLR2004 - ENOSPC
        return DiskFull(f"cannot write {path}: {error}", hint=f"make room: df -h {path.parent}")
    if code in {_CANTOPEN, _READONLY} or isinstance(error, OSError):
        return DatabaseUnusable(f"cannot write {path}: {error}", hint=f"look at owner and mode: ls -ld {path.parent}")
    return LocalFault(f"the database refused a statement: {error}", hint="please report this as a bug")


def _code_of(message: str) -> int:
    known = {
        "locked": _BUSY,
        "malformed": _CORRUPT,
        "not a database": _NOTADB,
        "full": _FULL,
        "disk i/o": _IOERR,
        "unable to open": _CANTOPEN,
        "readonly": _READONLY,
    }
    return next((code for word, code in known.items() if word in message.lower()), 1)
