"""Others open the file as it is, read-only, and come to the same sums."""

import asyncio
import sqlite3

import pytest

SUMS = "SELECT store, round(sum(total_sales), 2) AS total, sum(orders) AS orders FROM sales_daily GROUP BY store"


@pytest.fixture
def sums(program, shopify, tiendanube) -> list[tuple]:
    """What our own SQLite makes of two shops."""
    program.connect("shopify", "alpha")
    program.connect("tiendanube", "123456")
    return program.sql(SUMS)


def reader(program) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)


def test_the_standard_library_reads_every_view_and_writes_nothing(program, sums):
    """No function, extension or setting of ours is needed."""
    connection = reader(program)
    try:
        views = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]

        assert connection.execute(SUMS).fetchall() == sums
        assert all(connection.execute(f"SELECT * FROM {name} LIMIT 1").description for name in views)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM orders")
    finally:
        connection.close()


def test_pandas_comes_to_the_same_sums(program, sums):
    """By a group of its own, over the rows of the view and of the table."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    connection = reader(program)
    try:
        days = pandas.read_sql("SELECT * FROM sales_daily", connection)
        orders = pandas.read_sql("SELECT refunded_total FROM orders WHERE status <> 'cancelled'", connection)
    finally:
        connection.close()
    found = days.groupby("store").agg({"total_sales": "sum", "orders": "sum"}).round(2)

    assert list(found.itertuples(name=None)) == sums
    assert orders["refunded_total"].sum() == pytest.approx(days["refunds"].sum())


def test_datasette_answers_in_json(program, sums):
    """The view under its own address, as rows, filtered by its columns."""
    app = pytest.importorskip("datasette.app", reason="Datasette is not installed")

    async def asked(path: str) -> dict:
        datasette = app.Datasette([str(program.database)])
        await datasette.invoke_startup()
        return (await datasette.client.get(path)).json()

    found = asyncio.run(asked("/storesync/sales_daily.json?_shape=objects&_size=max&store=shopify:alpha"))
    store, total, orders = sums[0]

    assert store == "shopify:alpha"
    assert sum(row["orders"] for row in found["rows"]) == orders
    assert round(sum(row["total_sales"] for row in found["rows"]), 2) == total
