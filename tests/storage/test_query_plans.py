"""No statement of the daily work scans a table that grows: collected while the program works, then explained."""

import re
import sqlite3 as standard
from pathlib import Path

import pytest

from storesync.storage.engine import sqlite3
from storesync.storage.opening import create_database
from storesync.storage.stores import _STORES
from storesync.tables import DEFAULT, TABLES

GROWING = (
    *TABLES,
    "documents",
    "payloads",
    "listed",
    "quarantine",
    "held_deletions",
    "runs",
    "run_resources",
    "events",
)
TO_EXPLAIN = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)

BY_NATURE = {
    "SELECT store_id, 'products', 'total', count(*)": "verdicts: a store's rows, its whole index, and what it lacks",
    "SELECT resource, count(*) FROM held_deletions": "a comparison: one row for each deletion that is held",
    "UNION ALL SELECT store_id, 0, 1, 0 FROM quarantine": "the same, after a tick that had something to do",
    "WITH RECURSIVE": "paths of categories: the whole tree of a store, of which there are few",
    "SELECT count(*) FROM": "a store's live rows: its whole index, after each pass",
    "EXCEPT SELECT id": "a comparison holds all rows of a store against a listing",
    "max(started_at)": "status, at the end of a command",
}
"""Statements that read a whole store, or a small table, because that is what they are for."""

DAILY = {
    "SELECT id FROM runs WHERE status": "forgetting, every half hour",
    "DELETE FROM events": "forgetting, every half hour",
    "DELETE FROM ticks": "forgetting, every half hour",
    "UPDATE runs SET status = 'interrupted', ended_at = :now": "the runs under way, every half hour",
}
"""Statements of the health pass: bounded in what they write, and once in thirty minutes."""


class Recorder(sqlite3.Connection):
    """A connection that remembers its statements, each with its first parameters."""

    seen: dict[str, object] = {}  # noqa: RUF012 - replaced by each test

    def execute(self, sql, parameters=()):
        self.seen.setdefault(sql, parameters)
        return super().execute(sql, parameters)

    def executemany(self, sql, rows):
        rows = list(rows)
        if rows:
            self.seen.setdefault(sql, rows[0])
        return super().executemany(sql, rows)


@pytest.fixture
def statements(program, monkeypatch) -> dict[str, object]:
    """Every statement of loads, increments, comparisons, ticks and a rebuild of both platforms."""
    seen: dict[str, object] = {}
    opened = sqlite3.connect
    shops = [program.world.add_shop(*name, orders=30) for name in (("tiendanube", "123456"), ("shopify", "alpha"))]
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "seen", seen)
        patched.setattr(sqlite3, "connect", lambda *words, **how: opened(*words, **{"factory": Recorder, **how}))
        for shop in shops:
            assert program.connect(shop.platform, shop.key).code == 0
        for command in (("sync-due",), ("sync", "--all", "--full"), ("reconcile", "--all"), ("sync-due",)):
            program.clock.advance(minutes=5)
            for shop in shops:
                program.world.advance(shop, 20)
            assert program(*command).code in {0, 3}
        assert program("reconcile", "--all", "--undelete", "all").code == 0
        assert program("db", "rebuild").code == 0
    return {sql: values for sql, values in seen.items() if TO_EXPLAIN.match(sql)}


def plan(path: Path, sql: str, parameters: object) -> list[str]:
    """Return the steps of a statement's plan."""
    connection = sqlite3.connect(path)
    try:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    finally:
        connection.close()


def faults(path: Path, statements: dict[str, object]) -> list[str]:
    """Return the steps that read more than they need."""
    return [
        f"{step}: {' '.join(sql.split())[:120]}"
        for sql, parameters in statements.items()
        for steps in [plan(path, sql, parameters)]
        if not _is_known(" ".join(sql.split()), steps)
        for step in steps
        if _reads_too_much(step, sql)
    ]


def _is_known(text: str, steps: list[str]) -> bool:
    """True if *text* may read a whole store, and counts tombstones by nothing but their own index."""
    tombstones = text.count("deleted_at IS NOT NULL") if "count(*) FROM" in text else 0
    by_index = sum("_deleted " in step for step in steps)
    return by_index >= tombstones and any(known in text for known in {**BY_NATURE, **DAILY})


def _reads_too_much(step: str, sql: str) -> bool:
    """True for a scan, or a search that knows the store only, of a table that grows."""
    table = _table(step, sql)
    if table not in GROWING:
        return False
    partial = "_deleted " in step or "runs_running" in step
    return step.startswith("SCAN") or (step.endswith("(store_id=?)") and not partial)


def _table(step: str, sql: str) -> str:
    name = step.split()[1]
    alias = re.search(rf"(\w+) AS {name}\b", sql)
    return alias[1] if alias else name


@pytest.mark.parametrize("state", ["empty", "filled"])
def test_every_statement_finds_its_rows_by_an_index(program, statements, tmp_path, state):
    """The plan is right before a database has any rows, and needs no ANALYZE later."""
    path = program.database
    if state == "empty":
        path = tmp_path / "empty" / "storesync.db"
        create_database(path).close()

    assert faults(path, statements) == []
    if state == "filled":
        assert program.sql("SELECT count(*) FROM sqlite_master WHERE name LIKE 'sqlite_stat%'") == [(0,)]


def test_a_tree_of_categories_is_climbed_by_an_index(program, statements):
    """From each category to those below it, not past all of the store's: 5,000 collections took six seconds."""
    (tree,) = [sql for sql in statements if "WITH RECURSIVE" in sql]

    assert any(
        "categories_parent_id (store_id=? AND parent_id=?)" in step
        for step in plan(program.database, tree, statements[tree])
    )


def test_ids_are_compared_by_indexes_alone(program, statements):
    """Both sides in the order of their ids, side by side; a row is looked at only where they differ."""
    compared = [sql for sql in statements if "EXCEPT SELECT id" in " ".join(sql.split())]
    plans = [plan(program.database, sql, statements[sql]) for sql in compared]

    assert len(plans) == 2 * len(DEFAULT)
    for steps in plans:
        assert "MERGE (EXCEPT)" in steps
        assert not [step for step in steps if "TEMP B-TREE" in step or "AUTOMATIC" in step]
        assert [step for step in steps if "USING COVERING INDEX" in step and "_version (store_id=?)" in step]
        assert "SEARCH listed USING PRIMARY KEY (store_id=? AND resource=?)" in steps


def test_the_statements_that_matter_were_seen(statements):
    """A collector that saw nothing would find nothing wrong."""
    said = [" ".join(sql.split()) for sql in statements]
    wanted = (
        "INSERT INTO orders ",
        "INSERT INTO order_lines ",
        "DELETE FROM order_lines WHERE store_id",
        "UPDATE variants SET deleted_at",
        "SELECT held.id, source_updated_at, digest",
        "INSERT INTO payloads",
        "INSERT INTO checkpoints",
        "INSERT INTO leases",
        "UPDATE leases SET expires_at",
        "UPDATE leases SET owner = NULL",
        f"{' '.join(_STORES.split())} WHERE connection NOT IN",
        "INSERT OR REPLACE INTO listed",
        "SELECT changed.id, held.id IS NULL FROM ( SELECT id, updated_at FROM listed",
        "SELECT held.id FROM ( SELECT id FROM orders AS held",
        "SELECT held.id FROM products AS named",
        "UPDATE runs SET",
        "INSERT INTO run_resources",
        "SELECT id, part, body, digest FROM payloads",
    )

    assert [one for one in wanted if not any(text.startswith(one) for text in said)] == []


def test_a_scan_would_be_noticed(tmp_path):
    """The rule itself: scans and searches by store alone are faults, searches by key are none."""
    path = tmp_path / "storesync.db"
    create_database(path).close()
    wanted = {
        "SELECT * FROM order_lines WHERE sku = 'x'": 1,
        "SELECT * FROM payloads WHERE store_id = 1 AND id = 'x'": 1,
        "SELECT * FROM orders WHERE store_id = 1 AND name = 'x'": 1,
        "SELECT * FROM order_lines WHERE store_id = 1 AND order_id = 'x'": 0,
    }

    assert {sql: len(faults(path, {sql: ()})) for sql in wanted} == wanted


@pytest.fixture(params=["empty", "filled"])
def looked_at(request, program, shopify, tmp_path) -> Path:
    """A database without rows, and one with a shop."""
    if request.param == "empty":
        path = tmp_path / "empty" / "storesync.db"
        create_database(path).close()
        return path
    assert program.connect(shopify.platform, shopify.key).code == 0
    return program.database


ONE_STORE = " WHERE store = 'shopify:alpha'"
STEPS = {
    "sales_daily": ["SEARCH orders USING COVERING INDEX orders_placed_on (store_id=?)"],
    f"sales_daily{ONE_STORE} AND day >= '2026-11-01'": [
        "SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)",
        "SEARCH orders USING COVERING INDEX orders_placed_on (store_id=? AND placed_on>?)",
    ],
    f"returns_daily{ONE_STORE}": [
        "SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)",
        "SEARCH orders USING INDEX orders_returned (store_id=?)",
        "SEARCH order_refunds USING INDEX order_refunds_order_id (store_id=? AND order_id=?)",
    ],
    "refund_rate": ["SEARCH orders USING COVERING INDEX orders_placed_on (store_id=?)"],
    f"best_sellers{ONE_STORE}": [
        "SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)",
        "SEARCH order_lines USING INDEX order_lines_order_id (store_id=? AND order_id=?)",
        "SEARCH products USING INDEX sqlite_autoindex_products_1 (store_id=? AND id=?)",
    ],
    "stock_outs": [
        "SEARCH order_lines USING INDEX order_lines_variant_id (store_id=? AND variant_id=?)",
        "SEARCH orders USING INDEX sqlite_autoindex_orders_1 (store_id=? AND id=?)",
    ],
    f"repeat_customers{ONE_STORE}": ["SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)"],
    f"abandoned_value{ONE_STORE}": [
        "SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)",
        "SEARCH orders USING INDEX sqlite_autoindex_orders_1 (store_id=? AND id=?)",
    ],
    f"freshness{ONE_STORE}": [
        "SEARCH stores USING INDEX sqlite_autoindex_stores_1 (key=?)",
        "SEARCH verdicts USING INDEX sqlite_autoindex_verdicts_1 (store_id=?)",
    ],
}
"""Views by what is asked of them, with the steps that make them fast."""


@pytest.mark.parametrize("asked", STEPS)
@pytest.mark.parametrize("library", [sqlite3, standard], ids=["ours", "the standard library's"])
def test_every_view_finds_its_rows_by_an_index(looked_at, asked, library):
    """No line of an order and no count is looked for in a whole table, whatever SQLite the reader brings."""
    connection = library.connect(looked_at)
    try:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {asked}")]
    finally:
        connection.close()
    text = "\n".join(steps)

    assert [step for step in STEPS[asked] if step not in text] == []
    assert [step for step in steps if "AUTOMATIC" in step or step.startswith("SCAN order_lines")] == []
    if ONE_STORE in asked:
        assert [step for step in steps if step.startswith("SCAN") and step.split()[1] in GROWING] == []


def test_a_day_of_sales_is_summed_without_sorting(looked_at):
    """The index holds the orders by store, day and currency already."""
    assert "TEMP B-TREE" not in str(plan(looked_at, "SELECT * FROM sales_daily", ()))
