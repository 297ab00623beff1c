"""`db rebuild`: columns and children are derived anew from what the platforms sent, without asking them."""

import json
import shutil
from dataclasses import replace

import pytest

from storesync.simulator.simulator import Simulator
from storesync.simulator.world import World
from storesync.storage import connection, listings, rebuilds
from storesync.storage.engine import sqlite3
from storesync.storage.rebuilds import Derived, Place
from storesync.storage.stores import load_store
from storesync.sync import rebuild
from storesync.tables import DEFAULT, RESOURCES, TABLES
from tests.kits.program import FakeClock, Program
from tests.kits.samples import golden
from tests.kits.storage import opened, order

SYNCED = "synced_at"
KEPT = {"store_id", "id", SYNCED, "deleted_at", "expired_at"}


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    """Some batches a resource, so that what lies between them is tested too."""
    monkeypatch.setattr(rebuilds, "BATCH", 7)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A program with a shop of each platform: loaded, changed and compared, with tombstones of all kinds."""
    clock = FakeClock()
    program = Program(tmp_path_factory.mktemp("world") / "home", clock, Simulator(World(7, clock.now)))
    shops = [program.world.add_shop(*name, orders=30) for name in (("tiendanube", "123456"), ("shopify", "alpha"))]
    for shop in shops:
        assert program.connect(shop.platform, shop.key).code == 0
    for _ in range(2):
        program.clock.advance(days=1)
        for shop in shops:
            program.world.advance(shop, 60)
            for resource, place in (("orders", 0), ("categories", -1)):
                shop.remove(resource, list(shop.resources[resource])[place])
        assert program("reconcile", "--all", "--confirm").code == 0
    program.clock.advance(minutes=10)
    return program


@pytest.fixture
def shops(program, world):
    """The same, in a home of its own."""
    shutil.copytree(world.home, program.home, ignore=shutil.ignore_patterns("workers"))
    program.clock.at = world.clock.at


def data(program):
    """Return all data tables, row by row."""
    return {name: program.sql(f"SELECT * FROM {name} ORDER BY store_id, id") for name in TABLES}


def told(program):
    """Return all data tables without when their rows were written."""
    return {
        name: program.sql(f"SELECT {', '.join(c for c in table.names if c != SYNCED)} FROM {name} ORDER BY 1, 2")
        for name, table in TABLES.items()
    }


def damage(program, name):
    """Spoil all that payloads tell of every row; return how many rows that are."""
    columns = [column for column in TABLES[name].names if column not in KEPT]
    program.write(f"UPDATE {name} SET {', '.join(f'{column} = {column!r}' for column in columns)}")
    return program.sql(f"SELECT count(*) FROM {name}")[0][0]


def test_an_untouched_database_stays_as_it_is(program, shops):
    """No row is written on either platform, tombstones and tombstoned trees included; nobody is asked."""
    tombstoned = {name for name in TABLES if program.sql(f"SELECT 1 FROM {name} WHERE deleted_at IS NOT NULL")}
    before, asked = data(program), program.requests()
    answer = program("db", "rebuild")

    assert {"products", "variants", "orders", "order_lines", "product_categories"} <= tombstoned
    assert (answer.code, answer.stderr, program.requests()) == (0, "", asked)
    assert data(program) == before
    assert "rows changed" not in answer.stdout
    assert program.sql("SELECT * FROM rebuilds") == []


def test_what_was_spoilt_by_hand_is_as_it_was(program, shops):
    """Every column of every table, on both platforms, the columns by which children name their parents included."""
    # The names above a category that is gone may be gone with it.
    program.write("UPDATE categories SET path = 'path' WHERE deleted_at IS NOT NULL")
    before = told(program)
    tables = [name for one in DEFAULT for name in (one, *RESOURCES[one].children)]
    spoilt = {name: damage(program, name) for name in tables}
    assert program("db", "rebuild").code == 0

    assert told(program) == before
    at = {row for name in tables for row in program.sql(f"SELECT DISTINCT {SYNCED} FROM {name}")}
    assert at == {(f"{program.clock.at:%Y-%m-%dT%H:%M:%SZ}",)}
    assert all(spoilt.values())


def test_only_what_differed_counts_as_written(program, shops):
    """`synced_at` moves for the row that was set right, and for no other."""
    [(spoilt,)] = program.sql("SELECT max(id) FROM order_lines WHERE deleted_at IS NULL")
    before = data(program)["order_lines"]
    program.write("UPDATE order_lines SET quantity = quantity + 1 WHERE id = ?", spoilt)
    answer = program("db", "rebuild", "--json").json
    place = SYNCED, TABLES["order_lines"].names.index(SYNCED)
    changed = [new for new, old in zip(data(program)["order_lines"], before, strict=True) if new != old]

    assert [(row[1], row[place[1]]) for row in changed] == [(spoilt, f"{program.clock.at:%Y-%m-%dT%H:%M:%SZ}")]
    assert sum(one["rows_written"] for store in answer["stores"] for one in store["resources"].values()) == 1


def test_rows_that_are_missing_come_back(program, shops):
    """Orders and all that hangs below them; what hangs below a tombstone is as deleted as it is."""
    before = told(program)
    program.write("DELETE FROM orders WHERE deleted_at IS NULL")
    for name in RESOURCES["orders"].children:
        program.write(f"DELETE FROM {name}")
    assert program("db", "rebuild").code == 0

    assert told(program) == before
    assert 0 < len(live(before["order_lines"])) < len(before["order_lines"])


def live(rows):
    return [row for row in rows if row[-1] is None]


def test_children_under_the_wrong_parent_go_home(program, shops):
    """Whichever of the parents is rebuilt first: the wrong one marks them as deleted, the right one restores them."""
    before = told(program)
    for place in ("min", "max"):
        program.write(f"UPDATE variants SET product_id = (SELECT {place}(id) FROM products WHERE deleted_at IS NULL)")
        program.write(f"UPDATE order_lines SET order_id = (SELECT {place}(id) FROM orders WHERE deleted_at IS NULL)")
        program("db", "rebuild")

        assert told(program) == before


def test_children_that_no_payload_names_go(program, shops):
    """A line is removed; a variant gets a tombstone, as from a page."""
    before = told(program)
    for key in ("tiendanube:123456", "shopify:alpha"):
        program.write(
            f"""INSERT INTO order_lines (store_id, id, order_id, synced_at)
                SELECT store_id, 'surplus', max(orders.id), '' FROM orders JOIN stores ON stores.id = store_id
                WHERE key = '{key}'"""
        )
    [(product, store)] = program.sql("SELECT id, store_id FROM products WHERE deleted_at IS NULL LIMIT 1")
    program.write("INSERT INTO variants (store_id, id, product_id, synced_at) VALUES (?, 's', ?, '')", store, product)
    buried_at = f"{program.clock.at:%Y-%m-%dT%H:%M:%SZ}"
    removed = []
    for _ in range(2):
        answer = program("db", "rebuild", "--json").json
        removed.append(sum(one["rows_deleted"] for store in answer["stores"] for one in store["resources"].values()))
        program.clock.advance(hours=1)

    assert removed == [3, 0]
    assert program.sql("SELECT deleted_at FROM variants WHERE id = 's'") == [(buried_at,)]
    program.write("DELETE FROM variants WHERE id = 's'")
    assert told(program) == before


def test_a_tombstone_stays_one(program, shops):
    """Its columns are set right, `deleted_at` is not the payload's to tell; a lapsed checkout stays lapsed."""
    program.write("UPDATE checkouts SET expired_at = '2026-01-01T00:00:00Z'")
    before = told(program)
    program.write("UPDATE orders SET total = 1, name = NULL WHERE deleted_at IS NOT NULL")
    assert program("db", "rebuild").code == 0

    assert told(program) == before
    assert any(row[-1] for row in before["orders"])


def test_a_record_without_a_payload_is_left_and_counted(program, shops):
    """There is nothing to derive it from."""
    program.write("DELETE FROM payloads WHERE resource = 'orders' AND id = (SELECT max(id) FROM orders)")
    damage(program, "orders")
    answer = program("db", "rebuild", "--resource", "orders", "--json")
    counts = [store["resources"]["orders"]["without_payload"] for store in answer.json["stores"]]

    assert (answer.code, sorted(counts)) == (0, [0, 1])
    assert program.sql("SELECT total FROM orders WHERE total = 'total'") == [("total",)]
    assert "1 more without a payload stay as they are" in program("db", "rebuild").stdout


@pytest.mark.parametrize("body", ['{"id": 1, "total": "a lot"}', "{", '"text"', '{"id": 1, "note": "\\ud800"}', "[]"])
def test_a_payload_that_cannot_be_read_costs_its_record_only(program, shops, body):
    """Record and payload stay as they are; exit code 3; the log and the hint say which; the others are rebuilt."""
    [(bad, store)] = program.sql(
        "SELECT max(orders.id), key FROM orders JOIN stores ON stores.id = store_id WHERE platform = 'tiendanube'"
    )
    before = told(program)["orders"]
    program.write("UPDATE payloads SET body = ? WHERE resource = 'orders' AND id = ?", body, bad)
    program.write("UPDATE orders SET name = 'Ana' || id")
    answer = program("db", "rebuild", store)

    assert answer.code == 3
    assert "orders: 3" in answer.stdout
    assert "1 cannot be read any more and stay as they are" in answer.stdout
    assert f"storesync sync {store} --full --resource orders" in answer.stdout
    named = f"rebuild.unreadable store={store} resource=orders id={bad} reason="
    assert named in (program.home / "storesync.log").read_text()
    spoilt = [row for row in told(program)["orders"] if row not in before]
    ours = [row for row in spoilt if row[0] == 1]
    assert [row[1] for row in ours] == [bad]
    assert program.sql("SELECT body FROM payloads WHERE resource = 'orders' AND id = ?", bad) == [(body,)]


def test_stores_and_resources_can_be_chosen(program, shops):
    """The others are not touched."""
    damage(program, "orders")
    damage(program, "products")
    answer = program("db", "rebuild", "alpha", "--resource", "orders", "--json").json

    assert [(store["store"], list(store["resources"])) for store in answer["stores"]] == [("shopify:alpha", ["orders"])]
    untouched = program.sql("SELECT DISTINCT key FROM orders JOIN stores ON stores.id = store_id WHERE total = 'total'")
    assert untouched == [("tiendanube:123456",)]
    assert program.sql("SELECT count(*) FROM products WHERE handle <> 'handle'") == [(0,)]


def test_paths_of_categories_come_from_the_whole_tree(program, shops):
    """A category's own payload names its parent by id only."""
    before = told(program)["categories"]
    program.write("UPDATE categories SET path = 'x', parent_id = NULL")
    program("db", "rebuild", "--resource", "categories")

    assert any(" > " in (row[TABLES["categories"].names.index("path")] or "") for row in before)
    assert live(told(program)["categories"]) == live(before)


def test_a_store_that_moved_gets_the_days_of_its_new_zone(program, shops):
    """What is derived from the shop follows what is known of the shop."""
    program.write("UPDATE stores SET time_zone = 'Pacific/Kiritimati'")
    program("db", "rebuild")

    moved = "SELECT count(*) FROM orders WHERE placed_on <> date(placed_at, '+14 hours')"
    assert program.sql(moved) == [(0,)]


def test_an_upgrade_that_adds_columns_asks_for_a_rebuild(program, shops):
    """Older rows know nothing of them: status says so until all of them are rebuilt."""
    before = told(program)
    program.write("ALTER TABLE orders DROP COLUMN tip_total")
    for column in ("drifted_at", "deep_drifted_at", "withheld"):
        program.write(f"ALTER TABLE checkpoints DROP COLUMN {column}")
    program.write("ALTER TABLE stores DROP COLUMN described_at")
    program.write("DROP TABLE unfinished")
    program.write("DELETE FROM _sqlite_migrations WHERE name LIKE 'm002%'")
    program.write("PRAGMA user_version = 1")

    for words in (("status",), ("db", "rebuild", "alpha"), ("db", "rebuild", "--resource", "orders")):
        assert program(*words).code == 0
        assert "new columns are still empty in older rows; fill them: storesync db rebuild" in program("status").stdout
        assert program("status", "--json").json["wants_rebuild"]
    assert program("db", "rebuild").code == 0

    assert told(program) == before
    assert "new columns" not in program("status").stdout
    assert not program("status", "--json").json["wants_rebuild"]


def test_an_upgrade_that_adds_a_table_asks_for_a_rebuild(program, shops):
    """Its rows are made from payloads that are here already."""
    before = told(program)
    for statement in (
        "DROP TABLE variant_barcodes",
        "DROP TABLE lacking",
        "DROP INDEX checkpoints_left_out",
        "ALTER TABLE checkpoints DROP COLUMN left_out",
        "ALTER TABLE stores DROP COLUMN served_version",
        "ALTER TABLE listed DROP COLUMN state",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm010%'",
        "PRAGMA user_version = 9",
    ):
        program.write(statement)

    assert program("status", "--json").json["wants_rebuild"]
    assert program("db", "rebuild").code == 0

    assert told(program) == before
    assert not program("status", "--json").json["wants_rebuild"]


@pytest.fixture
def halted(program, shops):
    """A rebuild of spoilt orders that stopped before its last batch, in the second of the stores."""
    before = told(program)
    damage(program, "orders")
    [(last,)] = program.sql("SELECT max(id) FROM orders WHERE store_id = 1")
    program.write(
        f"""CREATE TRIGGER full BEFORE UPDATE ON orders WHEN NEW.store_id = 1 AND NEW.id = '{last}'
            BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"""
    )
    answer = program("db", "rebuild", "--resource", "orders")
    program.write("DROP TRIGGER full")
    assert answer.code == 5
    return before


def respoil(program):
    """Spoil an order that was rebuilt before the halt: it shows whether a rebuild began anew."""
    program.write("UPDATE orders SET total = 'spoilt' WHERE rowid = (SELECT min(rowid) FROM orders WHERE store_id = 2)")


def is_spoilt(program):
    return bool(program.sql("SELECT 1 FROM orders WHERE total = 'spoilt'"))


def test_an_interrupted_rebuild_goes_on_where_it_was(program, halted):
    """What was done is not done again, and is counted all the same."""
    respoil(program)
    answer = program("db", "rebuild", "--resource", "orders", "--json")
    done = [store["resources"]["orders"] for store in answer.json["stores"]]

    assert (answer.code, is_spoilt(program)) == (0, True)
    assert [one["records"] for one in done] == [one["rows_written"] for one in done]
    assert program("db", "rebuild", "--resource", "orders").code == 0
    assert told(program) == halted


@pytest.mark.parametrize("why", ["later", "upgraded"])
def test_an_interrupted_rebuild_begins_anew(program, halted, monkeypatch, why):
    """After a day, or with another version of the program, what was derived before may be wrong by now."""
    respoil(program)
    if why == "later":
        program.clock.advance(days=1)
    else:
        monkeypatch.setattr(rebuild, "__version__", "next")
    assert program("db", "rebuild", "--resource", "orders").code == 0

    assert told(program) == halted


def test_the_answer_in_json(program):
    """Word for word; stores without data are there too."""
    program.world.add_shop("tiendanube", "123456", orders=3)
    program.connect("tiendanube", "123456", "--only", "orders")
    answer = program("db", "rebuild", "--json")

    assert answer.stdout == golden("rebuild.json", answer.stdout)


def test_it_needs_a_database(program):
    """Exit code 10; none is made."""
    answer = program("db", "rebuild")

    assert (answer.code, program.database.exists()) == (10, False)
    assert "no database at" in answer.stderr


@pytest.mark.parametrize(
    ("words", "said"), [(("nobody",), "no store is called"), (("--resource", "refunds"), "no resource is called")]
)
def test_what_is_not_there_is_refused(program, words, said):
    """Exit code 2, and where to look."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--no-sync")
    answer = program("db", "rebuild", *words)

    assert answer.code == 2
    assert said in answer.stderr


def test_a_busy_database_is_said(program, shops, monkeypatch):
    """Exit code 5: what is done stays done, and the next call goes on."""
    monkeypatch.setattr(connection, "BUSY_S", 0.01)
    other = sqlite3.connect(program.database)
    other.execute("BEGIN IMMEDIATE")
    answer = program("db", "rebuild", "--json")
    other.close()

    assert (answer.code, answer.json["error"]["code"]) == (5, "database_busy")


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path, clock) as stock:
        yield stock


def rebuilt(stock, store, *rows, place=Place(), meanwhile=lambda: None):  # noqa: B008 - frozen
    """Read a batch, derive these *rows* from it, let something happen, and write the batch."""
    batch = rebuilds.load_batch(stock.database, store.id, "orders", after=place.after)
    meanwhile()
    derived = [Derived(sent, one) for sent, one in zip(batch, rows, strict=True)]
    return rebuilds.save_batch(stock.database, store, "orders", derived, place, program="0", now=stock.clock.now())


def old(order_id="1", **columns):
    return {"orders": [{"id": order_id, "total": 1, **columns}], "order_lines": []}


def test_a_page_that_was_written_meanwhile_stays(stock):
    """What the rebuild had read is older: neither columns nor children are taken back."""
    store = stock.connect()
    lease = stock.take(store)
    stock.save(lease, order("1", total=1))
    newer = order("1", "2026-11-22T11:00:00Z", lines=["l"], total=2)
    rebuilt(stock, load_store(stock.database, store.id), old(), meanwhile=lambda: stock.save(lease, newer))

    assert stock.rows("SELECT id, total FROM orders") == [("1", 2)]
    assert stock.rows("SELECT id FROM order_lines") == [("l",)]


def test_a_record_that_was_forgotten_meanwhile_does_not_come_back(stock):
    """Its payload is gone, so there is nothing to stand on."""
    store = stock.connect()
    stock.save(stock.take(store), order("1", total=1))

    def forget():
        stock.database.write("DELETE FROM payloads")
        stock.database.write("DELETE FROM orders")

    rebuilt(stock, load_store(stock.database, store.id), old(), meanwhile=forget)

    assert stock.rows("SELECT id FROM orders") == []


def test_a_batch_is_derived_again_where_the_shop_changed_meanwhile(stock):
    """Its days were counted in another zone."""
    store = load_store(stock.database, stock.connect().id)
    stock.save(stock.take(store), order("1", total=2))
    place = rebuilt(stock, replace(store, shop=replace(store.shop, time_zone="Asia/Tokyo")), old())

    assert (place, stock.rows("SELECT total FROM orders")) == (Place(), [(2,)])
    assert rebuilt(stock, store, old()).after == "1"
    assert stock.rows("SELECT total FROM orders") == [(1,)]


def test_a_deleted_record_takes_no_row_from_a_living_one(stock):
    """After a merge both payloads name the same child; it belongs to the one that is there."""
    store = load_store(stock.database, stock.connect().id)
    lease = stock.take(store)
    stock.save(lease, order("2"), order("1", lines=["l"]))
    with stock.database.transaction():
        listings.tombstone(stock.database, store.id, "orders", ["2"], now=stock.clock.now())
    claims = [one | {"order_lines": [{"id": "l", "order_id": one["orders"][0]["id"]}]} for one in (old("1"), old("2"))]
    rebuilt(stock, store, *claims)

    assert stock.rows("SELECT order_id, deleted_at FROM order_lines") == [("1", None)]


def test_a_batch_ends_before_it_fills_the_memory(stock, monkeypatch):
    """By its length in characters too; a record is never cut in two."""
    monkeypatch.setattr(rebuilds, "BATCH_CHARACTERS", 1000)
    store = stock.connect()
    parts = {"record": json.dumps({"note": "x" * 600}).encode(), "refunds": b"[]"}
    stock.save(stock.take(store), *[order(str(number), parts=parts) for number in range(1, 6)])
    batch = rebuilds.load_batch(stock.database, store.id, "orders", after="")

    assert [(sent.id, set(sent.bodies)) for sent in batch] == [(str(n), {"record", "refunds"}) for n in (1, 2)]


SALES = "SELECT * FROM sales_daily ORDER BY store, day, currency"
NEW_COLUMNS = {
    "orders": (
        *("gross_sales", "discounts", "returns", "shipping", "shipping_returned", "duties", "additional_fees"),
        *("taxes", "taxes_returned", "tips", "gift_cards_sold", "cash_rounding", "outstanding_total"),
    ),
    "order_lines": ("is_tip", "net_sales"),
    "order_refunds": ("processed_on", "returns", "shipping_returned", "taxes_returned"),
}
NEVER_ASKED_FOR = (
    *("totalOutstandingSet", "totalCashRoundingAdjustment", "originalTotalDutiesSet", "currentTotalDutiesSet"),
    *("originalTotalAdditionalFeesSet", "currentTotalAdditionalFeesSet"),
)


def test_an_upgrade_has_the_sales_of_what_is_stored(program, shops):
    """Before a rebuild what the older columns tell, after it what a new reading tells: no request is needed."""
    before = program.sql(SALES)
    for (view,) in program.sql("SELECT name FROM sqlite_master WHERE type = 'view'"):
        program.write(f"DROP VIEW {view}")
    program.write("DROP INDEX orders_placed_on")
    program.write("DROP INDEX orders_returned")
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            program.write(f"ALTER TABLE {table} DROP COLUMN {column}")
    program.write("CREATE INDEX orders_placed_on ON orders (store_id, placed_on, currency)")
    fields = ", ".join(f"'$.{name}'" for name in NEVER_ASKED_FOR)
    program.write(
        f"UPDATE payloads SET body = json_remove(body, {fields}) WHERE resource = 'orders' AND part = 'record'"
    )
    program.write("DELETE FROM _sqlite_migrations WHERE name LIKE 'm011%'")
    program.write("PRAGMA user_version = 10")
    asked = program.requests()

    state = program("status", "--json").json
    approximately = program.sql("SELECT store, round(sum(total_sales)) FROM sales_daily GROUP BY store ORDER BY store")
    assert program("db", "rebuild").code == 0

    assert state["wants_rebuild"]
    assert program.sql(SALES) == before
    assert program.sql("SELECT store, round(sum(total_sales)) FROM sales_daily GROUP BY store") == approximately
    assert program.sql("SELECT json_extract(left_out, '$[0].field') FROM checkpoints WHERE left_out <> '[]'") == [
        ("Order.totalCashRoundingAdjustment",)
    ]
    assert program.requests() == asked
