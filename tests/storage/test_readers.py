"""A group may read: another Unix user, without write access to the folder, while no storesync runs."""

import ast
import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from storesync.storage.connection import SCHEMA_VERSION, connect
from storesync.storage.engine import sqlite3
from storesync.storage.opening import open_database
from tests.kits import readers
from tests.kits.program import Program
from tests.kits.readers import LIBRARIES, beside, open_folder, owner, read, reader, share, takes_root

SUMS = "SELECT store, total_sales, orders FROM sales_daily ORDER BY 1, 2"
TICKS = "SELECT count(*) FROM ticks"
AT_REST = {"wal": 0, "shm": 32_768}


@pytest.fixture
def shared(clock, simulator):
    """A program with a store in step, whose database a group may read."""
    with open_folder() as folder:
        program = Program(folder / "home", clock, simulator)
        program.world.add_shop("tiendanube", "123456", orders=8)
        assert program.connect("tiendanube", "123456").code == 0
        share(program.home)
        yield program


@pytest.fixture
def idle(shared):
    """Nothing is due this minute, on the clock of this machine; all is the user's who runs storesync."""
    with closing(open_database(shared.database)) as database:
        database.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+1 hour')")
        database.write("UPDATE stores SET compare_at = next_sync_at, last_attempt_at = NULL")
        database.write("UPDATE stores SET connected_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour')")
        database.write(
            "INSERT OR REPLACE INTO marks VALUES ('upkeep_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+9 minutes'))"
        )
        database.write("DELETE FROM ticks")
    share(shared.home, uid=readers.OWNER)
    return shared


def spend_idle_minute(program, *, library: str = "bundled") -> str:
    """Run an idle minute in a process of the user who runs storesync; return whether it was one."""
    without = "" if library == "bundled" else "import sys; sys.modules['pysqlite3'] = None; "
    after = f"{without}from storesync.scheduler.idle import nothing_is_due"
    environment = {"STORESYNC_HOME": str(program.home)}
    return owner.runs("print(nothing_is_due())", after=after, environment=environment)


def sums_of(program) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)) as connection:
        return connection.execute(SUMS).fetchall()


@takes_root
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--all"),
        ("sync-due",),
        ("status",),
        ("search", "mate"),
        ("doctor", "--only", "database"),
        ("db", "rebuild"),
        ("sync", "nobody"),
    ],
    ids=lambda words: words[0],
)
def test_the_group_reads_after_every_command(shared, words, library):
    """Whatever ended last, and even where there was nothing beside the database: the log stays, empty."""
    for path in shared.home.glob("storesync.db-*"):
        path.unlink()
    shared(*words)

    assert read(shared.database, SUMS, library=LIBRARIES[library]) == str(sums_of(shared))
    assert beside(shared.database) == AT_REST


@takes_root
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_group_reads_after_an_idle_minute(idle, library):
    """The minute's user is not of the group: what SQLite makes then is the group's by the bit of the folder."""
    for path in idle.home.glob("storesync.db-*"):
        path.unlink()

    assert spend_idle_minute(idle, library=library) == "True"
    assert read(idle.database, TICKS) == "[(1,)]"
    assert beside(idle.database) == AT_REST


@takes_root
def test_the_group_reads_with_the_shell_of_sqlite(shared):
    """By the line that the README shows."""
    found = reader.types("sqlite3", f"file:{shared.database}?mode=ro", "SELECT count(*) FROM orders")

    assert found == "8"


@takes_root
def test_the_group_serves_it_with_datasette(shared):
    """As JSON."""
    pytest.importorskip("datasette", reason="Datasette is not installed")
    after = """
import asyncio, json
from datasette.app import Datasette

async def asked(files, path):
    datasette = Datasette(files)
    await datasette.invoke_startup()
    return (await datasette.client.get(path)).text

asyncio.run(asked([], "/:memory:.json?sql=select+1"))
"""
    path = "/storesync/orders.json?_shape=objects&_size=max"
    code = f"print(len(json.loads(asyncio.run(asked([{str(shared.database)!r}], {path!r})))['rows']))"

    assert reader.runs(code, after=after) == "8"


@takes_root
def test_the_group_joins_it_in_duckdb(shared):
    """The tables, with DuckDB's own copy of SQLite."""
    if not all(map(importlib.util.find_spec, ("duckdb", "duckdb_extension_sqlite_scanner"))):
        pytest.skip("duckdb or its extension for SQLite (duckdb-extension-sqlite-scanner) is not installed")
    after = """
import duckdb, duckdb_extension_sqlite_scanner
from pathlib import Path
[extension] = Path(duckdb_extension_sqlite_scanner.__file__).parent.glob("extensions/*/*.duckdb_extension")
connection = duckdb.connect()
connection.execute(f"LOAD '{extension}'")
"""
    code = f"""
connection.execute("ATTACH '{shared.database}' AS shops (TYPE sqlite, READ_ONLY)")
print(connection.execute("SELECT count(*) FROM shops.orders").fetchall())
"""
    assert reader.runs(code, after=after) == "[(8,)]"


@takes_root
def test_the_group_reads_what_a_killed_process_had_saved(idle):
    """The log is full then. The next minute writes it into the file and empties it."""
    code = f"""
import os, signal
from pathlib import Path
from storesync.storage.opening import open_database
database = open_database(Path({str(idle.database)!r}))
database.write("UPDATE stores SET name = 'saved'")
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert beside(idle.database)["wal"] > 0
    assert read(idle.database, "SELECT name FROM stores") == "[('saved',)]"
    assert spend_idle_minute(idle) == "True"
    assert beside(idle.database) == AT_REST


@takes_root
def test_the_group_reads_while_many_come_and_go(shared):
    """Each process is the last for a while: none takes the log from the others, nor from who reads."""
    code = f"""
from pathlib import Path
from storesync.storage.opening import open_database
for _ in range(20):
    database = open_database(Path({str(shared.database)!r}))
    with database.transaction():
        database.write("UPDATE stores SET deaths = deaths + 1")
        database.write("INSERT OR REPLACE INTO marks SELECT 'deaths', deaths FROM stores")
    database.close()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    busy = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(4)]
    pairs = "SELECT deaths, (SELECT value FROM marks WHERE name = 'deaths') FROM stores"
    seen = []
    while any(process.poll() is None for process in busy):
        seen.append(read(shared.database, pairs))

    assert [process.returncode for process in busy] == [0] * 4
    assert read(shared.database, pairs) == "[(80, '80')]"
    assert all(value is None or deaths == int(value) for one in seen for [(deaths, value)] in [ast.literal_eval(one)])


@takes_root
def test_the_group_reads_where_an_older_version_worked_last(shared):
    """Which deleted the log when it ended."""
    with closing(connect(str(shared.database))) as connection:
        connection.execute("SELECT 1 FROM stores").fetchall()

    assert beside(shared.database) == {}
    assert "readonly database" in read(shared.database, TICKS)
    assert shared("status").code == 0
    assert read(shared.database, SUMS) == str(sums_of(shared))


@takes_root
def test_the_group_reads_where_a_newer_version_worked_last(shared):
    """This one refuses the database, and leaves what is beside it."""
    with closing(open_database(shared.database)) as database:
        database.write(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    assert shared("sync-due").code == 10
    assert read(shared.database, SUMS) == str(sums_of(shared))

    share(shared.home, uid=readers.OWNER)
    assert spend_idle_minute(shared) == "False"
    assert read(shared.database, SUMS) == str(sums_of(shared))


@takes_root
def test_what_only_the_group_has_open_holds_up_nobody(shared):
    """A reader in the middle of something keeps the log from being emptied; the end of the next command does it."""
    with closing(connect(str(shared.database), mode="ro")) as connection:
        connection.execute("BEGIN")
        connection.execute(TICKS).fetchall()
        assert shared("sync", "--all").code == 0
        assert beside(shared.database)["wal"] > 0
    assert shared("status").code == 0

    assert beside(shared.database) == AT_REST


def test_nothing_that_was_erased_stays_in_the_log(program, tiendanube):
    """Neither forgotten people nor what a customer was called before."""
    program.connect("tiendanube", "123456")
    with closing(connect(str(program.database), mode="ro")) as connection:
        store_id, email = connection.execute("SELECT id, email FROM customers WHERE email > '' LIMIT 1").fetchone()
    answer = program("forget", "tiendanube:123456", "--email-stdin", "--yes", stdin=f"{email}\n")

    assert (answer.code, bool(store_id)) == (0, True)
    assert beside(program.database)["wal"] == 0
    assert all(email.encode() not in path.read_bytes() for path in program.home.glob("storesync.db*"))


class TestBackup:
    """The copy is one file."""

    @pytest.fixture
    def copy(self, shared):
        """A copy that the group may read, in a folder where only its owner may write."""
        folder = shared.home.parent / "copies"
        folder.mkdir(mode=0o755)
        copy = folder / "copy.db"
        assert shared("db", "backup", str(copy)).code == 0
        copy.chmod(0o644)
        return copy

    def test_it_needs_nothing_beside_it(self, shared, copy):
        """Neither when it is made nor when it is read."""
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as connection:
            assert connection.execute(SUMS).fetchall() == sums_of(shared)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert [path.name for path in copy.parent.iterdir()] == ["copy.db"]

    @takes_root
    @pytest.mark.parametrize("library", LIBRARIES)
    def test_another_user_reads_it(self, shared, copy, library):
        """Where that user cannot write."""
        assert read(copy, SUMS, library=LIBRARIES[library]) == str(sums_of(shared))

    @takes_root
    def test_it_is_read_on_a_medium_that_cannot_be_written(self, shared, copy):
        """A mount of its folder that is read-only, also for root."""
        asking = f"{readers.ASKING.format(database=copy, question=SUMS)}\nask()"
        mounted = f"mount --bind {copy.parent} {copy.parent} && mount -o remount,ro,bind {copy.parent}"
        if subprocess.run(["unshare", "-m", "sh", "-c", mounted], capture_output=True, check=False).returncode:
            pytest.skip("nothing can be mounted here")
        script = f'{mounted} && ! touch {copy.parent}/new 2>/dev/null && exec "$0" -c "$1"'
        words = ["unshare", "-m", "sh", "-c", script, sys.executable, f"import sqlite3\n{asking}"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)

        assert done.stdout.strip() == str(sums_of(shared))

    def test_put_back_it_gets_its_log_again(self, shared, copy):
        """With the first command: who reads then holds up no sync."""
        put_back(shared, copy)
        assert shared("sync", "--all").code == 0

        assert journal_of(shared) == "wal"
        assert beside(shared.database) == AT_REST

    @takes_root
    def test_put_back_it_gets_its_log_again_in_an_idle_minute(self, idle, copy):
        """Or so."""
        put_back(idle, copy)
        share(idle.home, uid=readers.OWNER)

        assert spend_idle_minute(idle) == "True"
        assert journal_of(idle) == "wal"
        assert read(idle.database, TICKS) == "[(1,)]"


def put_back(program, copy) -> None:
    for path in program.home.glob("storesync.db-*"):
        path.unlink()
    program.database.write_bytes(copy.read_bytes())


def journal_of(program) -> str:
    with closing(sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]
