"""The database file: created whole, opened only where it is ours, migrated once, one transaction at a time."""

import multiprocessing
import stat
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from storesync.errors import DatabaseBusy, DatabaseUnusable, DiskFull, LocalFault, UsageError
from storesync.model import Credential, Health, Shop
from storesync.runtime.instants import instant_of, text_of
from storesync.storage import connections, credentials, idle, stores, ticks
from storesync.storage.connection import APPLICATION_ID, SCHEMA_VERSION
from storesync.storage.database import Database, DatabasePool, translated
from storesync.storage.engine import sqlite3
from storesync.storage.migrations import migrate, migrations
from storesync.storage.opening import create_database, open_database
from storesync.storage.timestamps import WIDENED, load_mark
from storesync.storage.views import VIEWS
from storesync.tables import TABLES
from tests.kits.program import NOON, FakeClock
from tests.kits.storage import Stock, opened


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


@pytest.fixture
def file(tmp_path) -> Path:
    """A database that is closed."""
    path = tmp_path / "data" / "storesync.db"
    create_database(path).close()
    return path


def refusal(path: Path) -> DatabaseUnusable:
    """Return why *path* cannot be opened."""
    with pytest.raises(DatabaseUnusable) as caught:
        open_database(path).close()
    return caught.value


def mark(path: Path, pragma: str) -> None:
    """Set a pragma of the file."""
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {pragma}")
    connection.commit()
    connection.close()


def test_a_missing_database_is_not_created_by_looking(tmp_path):
    """Only connect and demo create one."""
    error = refusal(tmp_path / "none.db")

    assert (error.exit_code, error.message) == (10, f"no database at {tmp_path}/none.db")
    assert (error.hint or "").startswith("connect a store first: storesync connect")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("enter", [open_database, create_database])
def test_an_empty_file_is_refused_not_filled(tmp_path, enter):
    """A file of 0 bytes was a database once; nothing may pretend that it is a new one."""
    path = tmp_path / "storesync.db"
    path.touch()

    with pytest.raises(DatabaseUnusable, match="is empty: its content was lost") as caught:
        enter(path)

    assert (caught.value.exit_code, path.stat().st_size) == (10, 0)
    assert (caught.value.hint or "").startswith("put a backup back")


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\x00", b"\x00" * 4096], ids=["text", "head", "zeros"])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    """Whatever it is, it is left as it is."""
    path = tmp_path / "storesync.db"
    path.write_bytes(content)

    assert refusal(path).message == f"{path} is not a storesync database"
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path):
    """The application id tells ours from all others; no table is ever added to a foreign file."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(DatabaseUnusable, match="is not a storesync database") as caught:
        create_database(path)

    assert caught.value.hint == "name another one: storesync --database FILE …"
    assert path.read_bytes() == before


def test_a_newer_database_is_refused(file):
    """An old program never writes into a newer schema."""
    mark(file, f"user_version = {SCHEMA_VERSION + 1}")
    error = refusal(file)

    assert (error.exit_code, error.message) == (10, f"{file} was written by a newer storesync")
    assert error.hint == "upgrade this one: pip install --upgrade storesync"


def test_a_damaged_database_is_refused(file):
    """A head that is ours and a body that is not."""
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 8000)
    error = refusal(file)

    assert error.exit_code == 10
    assert error.message.startswith(f"{file} is damaged")
    assert error.hint == "keep the file, and put a backup in its place; see how: storesync doctor --only database"


def test_a_folder_in_the_databases_place_is_refused(tmp_path):
    """The message shows what to look at."""
    error = refusal(tmp_path)

    assert (error.exit_code, error.hint) == (10, f"look at its owner and mode: ls -l {tmp_path}")


def test_a_new_database_is_marked_durable_and_private(file):
    """Ours by its application id, WAL, mode 0600 in a folder of 0700."""
    database = open_database(file)
    pragmas = {
        name: database.row(f"PRAGMA {name}")[0]
        for name in ("application_id", "user_version", "journal_mode", "synchronous", "secure_delete")
    }
    database.close()

    assert pragmas == {
        "application_id": APPLICATION_ID,
        "user_version": SCHEMA_VERSION,
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
    }
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)


def test_creating_again_opens_what_is_there(file):
    """connect on a connected home keeps everything."""
    first = create_database(file)
    first.write("INSERT INTO marks (name, value) VALUES ('a', 'b')")
    first.close()
    second = create_database(file)

    assert second.row("SELECT value FROM marks")[0] == "b"
    second.close()


def _create_when_told(path: str, start, results) -> None:
    start.wait(20)
    database = create_database(Path(path))
    results.put((database.row("PRAGMA user_version")[0], database.row("SELECT count(*) FROM stores")[0]))
    database.close()


@pytest.mark.parametrize("round_", range(3))
def test_processes_that_create_together_both_get_a_whole_database(tmp_path, round_):
    """Whoever comes second waits and finds the schema; nobody sees half of it."""
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Event(), spawn.Queue()
    path = str(tmp_path / "storesync.db")
    processes = [spawn.Process(target=_create_when_told, args=(path, start, results)) for _ in range(2)]
    for process in processes:
        process.start()
    start.set()
    for process in processes:
        process.join(30)

    assert [process.exitcode for process in processes] == [0, 0]
    assert [results.get(timeout=5) for _ in processes] == [(SCHEMA_VERSION, 0)] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"storesync.db", "storesync.db-wal", "storesync.db-shm"}


def test_migrations_are_numbered(file):
    """The version in the file is the number of migrations, which this program also carries as a constant."""
    database = open_database(file)
    applied = [row[0] for row in database.rows("SELECT name FROM _sqlite_migrations ORDER BY 1")]
    database.close()

    assert SCHEMA_VERSION == len(applied) == len(migrations.pending(sqlite_utils.Database(memory=True)))
    assert [name[:4] for name in applied] == [f"m{number:03}" for number in range(1, SCHEMA_VERSION + 1)]


def test_an_older_database_is_copied_aside_before_it_is_migrated(file):
    """An upgrade can be taken back: the copy is private, opens by itself, and is not made over."""
    database = open_database(file)
    database.write("INSERT INTO marks (name, value) VALUES ('a', 'before')")
    migrate(database)
    database.write("UPDATE marks SET value = 'after'")
    migrate(database)
    database.close()
    copy = file.with_name(f"storesync.db.v{SCHEMA_VERSION}.backup")
    saved = open_database(copy)

    assert saved.row("SELECT value FROM marks")[0] == "before"
    saved.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_database_of_the_first_schema_is_widened(file):
    """Its rows stay; what is new begins empty."""
    database = open_database(file)
    for view in VIEWS:
        database.write(f"DROP VIEW {view}")
    baskets = ("checkouts", "checkout_lines", "draft_orders", "draft_order_lines")
    for table in (*baskets, "coupons", "unfinished", "verdicts"):
        database.write(f"DROP TABLE {table}")
    for column in (
        "checkpoints.drifted_at",
        "checkpoints.deep_drifted_at",
        "checkpoints.withheld",
        "stores.described_at",
    ):
        table, _, name = column.partition(".")
        database.write(f"ALTER TABLE {table} DROP COLUMN {name}")
    database.write("DELETE FROM _sqlite_migrations WHERE name LIKE 'm002%' OR name LIKE 'm008%'")
    database.write("PRAGMA user_version = 1")
    database.write("INSERT INTO marks (name, value) VALUES ('a', 'before')")
    database.close()

    widened = open_database(file)

    assert widened.row("SELECT value FROM marks")[0] == "before"
    assert widened.row("SELECT count(expired_at) FROM checkouts")[0] == 0
    assert "deep_drifted_at" in {row["name"] for row in widened.rows("PRAGMA table_info(checkpoints)")}
    widened.close()
    assert file.with_name("storesync.db.v1.backup").exists()


def test_a_listing_under_way_begins_anew_in_its_new_table(file):
    """What was listed is forgotten along with how far that had got: half of a listing would be one of little."""
    database = open_database(file)
    for statement in (
        "DROP INDEX orders_version",
        "DROP TABLE listed",
        "CREATE TABLE listed (store_id, resource, id, updated_at, UNIQUE (store_id, resource, id))",
        "INSERT INTO listed VALUES (1, 'orders', '1', NULL)",
        "INSERT INTO checkpoints (store_id, resource, comparison_due, comparison_cursor) VALUES (1, 'orders', 1, 'x')",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm007%'",
        "PRAGMA user_version = 6",
    ):
        database.write(statement)
    database.close()

    opened_again = open_database(file)

    assert opened_again.rows("SELECT * FROM listed") == []
    assert tuple(opened_again.row("SELECT comparison_due, comparison_cursor FROM checkpoints")) == (1, None)
    assert opened_again.row("SELECT count(*) FROM sqlite_master WHERE name = 'orders_version'")[0] == 1
    opened_again.close()


def test_a_database_without_views_gets_them(file):
    """With the index that makes them fast; the day of a checkout is for a rebuild to fill, which status then says."""
    database = open_database(file)
    for view in VIEWS:
        database.write(f"DROP VIEW {view}")
    for statement in (
        "DROP TABLE verdicts",
        "DROP TABLE currencies",
        "ALTER TABLE checkouts DROP COLUMN created_on",
        "DROP INDEX orders_placed_on",
        "CREATE INDEX orders_placed_on ON orders (store_id, placed_on)",
        """INSERT INTO stores (key, platform, platform_id, connected_at, time_zone)
            VALUES ('shopify:alpha', 'shopify', '1', '2026-11-22T12:00:00Z', 'America/Sao_Paulo')""",
        """INSERT INTO checkouts (store_id, id, total, currency, created_at, synced_at)
            VALUES (1, '7', 12.5, 'BRL', '2026-11-22T01:30:00Z', '2026-11-22T12:00:00Z')""",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm008%'",
        "PRAGMA user_version = 7",
    ):
        database.write(statement)
    database.close()

    seen = open_database(file)

    assert [tuple(row) for row in seen.rows("SELECT store, day, currency, checkouts, value FROM abandoned_value")] == [
        ("shopify:alpha", None, "BRL", 1, 12.5)
    ]
    assert load_mark(seen, WIDENED) is not None
    assert "refunded_total" in seen.row("SELECT sql FROM sqlite_master WHERE name = 'orders_placed_on'")[0]
    assert seen.rows("SELECT * FROM sales_daily") == []
    seen.close()


def test_every_promised_column_is_there(stock):
    """The tables are those of the declarations, column for column, in order."""
    made = {name: tuple(row["name"] for row in stock.database.rows(f"PRAGMA table_info({name})")) for name in TABLES}

    assert made == {name: table.names for name, table in TABLES.items()}


def test_a_transaction_writes_all_or_nothing(stock):
    """An error in its middle leaves nothing behind, and the connection usable."""

    def write(second: str | None) -> None:
        with stock.database.transaction():
            stock.database.write("INSERT INTO marks (name, value) VALUES ('a', 'b')")
            stock.database.write("INSERT INTO marks (name, value) VALUES ('c', ?)", (second,))

    with pytest.raises(LocalFault):
        write(None)

    assert stock.rows("SELECT * FROM marks") == []
    write("d")
    assert stock.rows("SELECT * FROM marks") == [("a", "b"), ("c", "d")]


def test_a_snapshot_sees_one_state(stock):
    """What others commit meanwhile is seen after it, not in its middle."""
    other = stock.database.again()
    with stock.database.snapshot():
        before = stock.rows("SELECT count(*) FROM marks")
        other.write("INSERT INTO marks (name, value) VALUES ('a', 'b')")

        assert stock.rows("SELECT count(*) FROM marks") == before == [(0,)]
    other.close()

    assert stock.rows("SELECT count(*) FROM marks") == [(1,)]


def test_a_connection_is_lent_again(stock):
    """One after the other gets the same, two at a time get two."""
    pool = DatabasePool(stock.database)
    with pool.lent() as first, pool.lent() as second:
        assert first is not second
    with pool.lent() as again:
        assert again in (first, second)
    pool.close()

    with pytest.raises(sqlite3.ProgrammingError):
        first.connection.execute("SELECT 1")


def test_a_connection_that_failed_is_not_lent_again(stock):
    """Whoever comes next gets another one; what the first had begun is undone."""
    pool = DatabasePool(stock.database)
    with suppress(KeyError), pool.lent() as failed:
        failed.write("BEGIN IMMEDIATE")
        raise KeyError
    with pool.lent() as database, database.transaction():
        assert database is not failed
    pool.close()


def test_an_open_transaction_is_never_lent(stock):
    """A transaction that was left open ends with its block."""
    pool = DatabasePool(stock.database)
    with pool.lent() as left:
        left.write("BEGIN IMMEDIATE")
        left.write("INSERT INTO marks (name, value) VALUES ('a', 'b')")
    with pool.lent() as database, database.transaction():
        assert database is not left
    pool.close()

    assert stock.rows("SELECT * FROM marks") == []


def test_a_database_held_by_another_process_is_busy_not_broken(stock):
    """Exit code 5, try again: nobody is to blame."""
    other = stock.database.again()
    stock.database.connection.execute("PRAGMA busy_timeout = 1")
    with other.transaction(), pytest.raises(DatabaseBusy) as caught, stock.database.transaction():
        pass
    other.close()

    assert (caught.value.exit_code, caught.value.code) == (5, "database_busy")
    assert (caught.value.hint or "").endswith("storesync status says who works")


def test_a_full_disk_is_said_so(stock):
    """A page that does not fit is rolled back whole, and told as the disk's trouble."""
    pages = stock.database.row("PRAGMA page_count")[0]
    stock.database.row(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(DiskFull) as caught, stock.database.transaction():
        stock.database.write("INSERT INTO marks (name, value) VALUES ('a', ?)", ("x" * 100_000,))

    assert (caught.value.exit_code, caught.value.code) == (5, "disk_full")
    assert stock.rows("SELECT * FROM marks") == []


def test_a_full_disk_of_the_file_system_is_told_alike(tmp_path):
    """ENOSPC from the system, outside SQLite."""
    with pytest.raises(DiskFull, match="cannot write"), translated(tmp_path):
        raise OSError(28, "No space left on device")


def test_instants_sort_as_text(stock):
    """To the second, in UTC, and back."""
    assert text_of(NOON + timedelta(microseconds=9)) == "2026-11-22T12:00:00Z"
    assert instant_of("2026-11-22T12:00:00Z") == NOON
    assert (text_of(None), instant_of(None)) == (None, None)


def test_a_name_means_one_store(stock):
    """A key, its part after the colon where unambiguous, or an alias."""
    alpha = stock.connect("shopify:alpha", alias="main", owner="ana")
    twin = stock.connect("tiendanube:alpha", owner="bea")

    assert stores.find_stores(stock.database, ["main"]) == [alpha]
    assert stores.find_stores(stock.database, ["tiendanube:alpha", "tiendanube:alpha"]) == [twin]
    assert stores.find_stores(stock.database, [], owner="ana") == [alpha]
    for name, message in (("alpha", "may be any of"), ("beta", "no store is called 'beta'")):
        with pytest.raises(UsageError, match=message):
            stores.find_stores(stock.database, [name])


def test_connecting_again_keeps_everything_but_the_trouble(stock):
    """A renewed token does not start the first load over."""
    store = stock.connect(alias="main")
    sick = Health("failed", "needs_reauth", "token_rejected", "low", 9, 3, NOON, "token_rejected", "refused", "hint")
    stores.save_health(stock.database, store.id, sick, now=NOON, succeeded=True, loaded=True)
    stock.clock.advance(hours=1)

    again = stock.connect()

    assert (again.id, again.alias, again.connected_at, again.first_synced_at) == (store.id, "main", NOON, NOON)
    assert (again.connection, again.refusals, again.consecutive_failures, again.last_error) == ("connected", 0, 0, None)


def test_another_shop_behind_the_same_key_is_refused(stock):
    """Two shops' rows are never mixed."""
    store = stock.connect()
    other = Shop(id="another", key="alpha", name="Other", domain="alpha.example")

    with pytest.raises(UsageError, match="is another shop now") as caught:
        connections.save_connected(stock.database, "shopify", other, now=NOON, grace_until=NOON)

    assert "storesync" in (caught.value.hint or "")
    assert stores.load_store(stock.database, store.id) == store


def test_a_pause_during_a_run_stands(stock):
    """The end of a slice does not undo what the operator said meanwhile; a pinned tier stays."""
    store = stock.connect()
    stock.database.write("UPDATE stores SET connection = 'paused', tier = 'low', tier_pinned = 1")
    stores.save_health(
        stock.database,
        store.id,
        Health("completed", "connected", None, "high", 0, 0, NOON),
        now=NOON,
        succeeded=True,
        loaded=True,
    )
    after = stores.load_store(stock.database, store.id)

    assert (after.connection, after.tier, after.last_sync_at) == ("paused", "low", NOON)


def test_a_credential_is_kept_sealed_with_only_its_facts_in_clear(stock):
    """No column holds a token."""
    store = stock.connect()
    secret = Credential("oauth_expiring", "shpat_x", ("read_orders",), NOON, "shprt_y", NOON, "shprt_z")
    credentials.save_credential(stock.database, store.id, secret, b"sealed", now=NOON)

    assert credentials.load_sealed(stock.database, store.id) == b"sealed"
    assert credentials.load_sealed(stock.database, 99) is None
    assert credentials.load_token_facts(stock.database) == {
        store.id: Credential("oauth_expiring", "", ("read_orders",), NOON, None, NOON)
    }
    assert "shp" not in str(stock.everything())


def test_an_idle_minute_is_recorded_only_where_nothing_may_be_due(tmp_path, clock: FakeClock):
    """With a store due, without a database, or in any trouble, the whole program is asked."""
    path = tmp_path / "home" / "storesync.db"
    assert idle.spend_idle_minute(str(path), "2026-11-22T12:00:00Z") is False
    with opened(tmp_path / "home", clock) as stock:
        store: Stock = stock.connect()
        assert idle.spend_idle_minute(str(path), "2026-11-22T12:00:00Z") is False

        stock.database.write("UPDATE stores SET next_sync_at = '2026-11-22T12:01:00Z' WHERE id = ?", (store.id,))
        assert idle.spend_idle_minute(str(path), "2026-11-22T12:00:00Z") is False
        stock.database.write("INSERT INTO marks VALUES ('upkeep_at', '2026-11-22T12:30:00Z')")
        assert idle.spend_idle_minute(str(path), "2026-11-22T12:00:00Z") is True
        assert stock.rows("SELECT started_at, due, exit_code FROM ticks") == [("2026-11-22T12:00:00Z", 0, 0)]

        stock.database.row(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        assert idle.spend_idle_minute(str(path), "2026-11-22T12:00:00Z") is False


def test_a_tick_is_kept_under_its_start(stock):
    """Two ticks of one second are one row; the later one stands."""
    for due in (1, 2):
        ticks.save_tick(stock.database, "2026-11-22T12:00:00Z", "2026-11-22T12:00:09Z", due=due, exit_code=5)

    assert stock.rows("SELECT due, exit_code FROM ticks") == [(2, 5)]


def test_a_path_with_odd_signs_is_opened_as_it_is(tmp_path):
    """A question mark or a percent sign in a folder's name opens no other file."""
    path = tmp_path / "100%?mode=memory#x" / "storesync.db"
    create_database(path).close()

    opened_: Database = open_database(path)
    opened_.close()
    assert path.stat().st_size > 0
