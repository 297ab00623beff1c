"""How much CPU time every view takes on 100,000 orders, and on as many more as the command line says.

Run ``python tests/benchmarks/views.py [ORDERS …]``; the promise is under a second each on 100,000.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from storesync.storage.database import Database
from storesync.storage.opening import create_database
from storesync.storage.views import VIEWS
from storesync.tables import RESOURCES, TABLES

SIZES, ROUNDS, STORES, DAYS = (100_000,), 3, 4, 730
UPDATED_AT = "2026-11-22T10:00:00Z"
BEFORE_TODAY = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || ({}) || ' seconds')"

# Each number of a row is drawn from its own number, so that every run has the same shops.
NUMBERS = f"""CREATE TEMP TABLE numbers AS
    WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :last)
    SELECT n, n % {STORES} + 1 AS store_id, (n * 2654435761) % 1000003 AS a, (n * 40503 + 7) % 999983 AS b FROM n"""
SHOPS = f"""WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {STORES})
    INSERT INTO stores (id, key, platform, platform_id, connected_at, time_zone)
    SELECT n, CASE WHEN n % 2 THEN 'shopify' ELSE 'tiendanube' END || ':shop-' || n,
        CASE WHEN n % 2 THEN 'shopify' ELSE 'tiendanube' END, n, '2026-01-01T00:00:00Z', 'America/Sao_Paulo' FROM n"""
TEXTS = {
    "name": "'#' || n",
    "status": "CASE WHEN a % 100 < 6 THEN 'cancelled' WHEN a % 3 THEN 'closed' ELSE 'open' END",
    "payment_status": "CASE WHEN a % 100 < 4 THEN 'refunded' WHEN a % 100 < 8 THEN 'partially_refunded' END",
    "customer_id": "CASE WHEN a % 20 THEN 7000000000000 + a * b % (:last / 3) END",
    "customer_name": "'Maria Aparecida ' || b",
    "email": "'maria.aparecida.' || (a * b % (:last / 3)) || '@example.com'",
    "phone": "'+55 11 9' || b",
    "currency": "CASE store_id WHEN 1 THEN 'ARS' WHEN 2 THEN 'BRL' WHEN 3 THEN 'CLP' ELSE 'KWD' END",
    "shipping_address1": "'Avenida Presidente Juscelino Kubitschek ' || a",
    "note": "CASE WHEN a % 10 = 0 THEN 'Por favor, tocar el timbre dos veces' END",
    "placed_at": BEFORE_TODAY.format(f"(:last - n) * {DAYS * 86400} / (:last + 1)"),
}
AMOUNTS = {
    "subtotal": "(a % 90000) / 100.0",
    "discount_total": "CASE WHEN b % 4 THEN 0 ELSE (a % 9000) / 100.0 END",
    "shipping_total": "9.9",
    "tax_total": "CASE WHEN store_id % 2 THEN (a % 7000) / 100.0 END",
    "taxes_included": "CASE WHEN store_id % 2 THEN 0 END",
    "total": "(a % 90000) / 100.0 + 9.9",
    "current_total": "(a % 90000) / 100.0 + 9.9",
    "paid_total": "(a % 90000) / 100.0 + 9.9",
    "refunded_total": "CASE WHEN a % 100 < 4 THEN (a % 90000) / 100.0 + 9.9 WHEN a % 100 < 8 THEN NULL ELSE 0 END",
    "gross_sales": "(a % 90000) / 100.0",
    "discounts": "CASE WHEN b % 4 THEN 0 ELSE (a % 9000) / 100.0 END",
    "returns": "CASE WHEN a % 100 < 12 THEN (a % 900) / 100.0 ELSE 0 END",
    "shipping": "9.9",
    "taxes": "CASE WHEN store_id % 2 THEN (a % 7000) / 100.0 END",
    "item_quantity": "3",
    "lines_count": "1 + a % 4",
    "is_test": "a % 200 = 0",
}
LINES = {
    "order_id": "5000000000000 + n",
    "position": "place",
    "product_id": "800000 + a * place % 1000",
    "variant_id": "900000 + a * place % 1000 * 4 + b % 4",
    "sku": "'SKU-' || (a * place % 1000) || '-M'",
    "name": "'Camiseta de algodón orgánico ' || (a * place % 1000)",
    "variant_name": "'Azul / M'",
    "vendor": "'Ñandú'",
    "quantity": "1 + b % 3",
    "current_quantity": "1 + b % 3",
    "price": "(b % 9000) / 100.0",
    "discount_total": "0",
    "total": "(1 + b % 3) * (b % 9000) / 100.0",
    "tax_total": "(b % 700) / 100.0",
    "net_sales": "(1 + b % 3) * (b % 9000) / 100.0",
    "currency": TEXTS["currency"],
    "properties": "'[]'",
}


def insert(table: str, key: str, source: str, **columns: str) -> str:
    """Return a statement that fills *table* from *source*; columns that are not named get a filling of their kind."""
    usual = {"T": "'text ' || a", "A": "'[]'", "D": f"'{UPDATED_AT}'", "J": "'2026-11-22'"}
    values = {column.name: columns.get(column.name, usual.get(column.kind, "NULL")) for column in TABLES[table].columns}
    return f"""INSERT INTO {table} (store_id, id, {", ".join(values)}, updated_at, synced_at)
        SELECT store_id, {key}, {", ".join(values.values())}, '{UPDATED_AT}', '{UPDATED_AT}' FROM {source}"""


def fill(database: Database, orders: int) -> None:
    """Fill *database* with so many orders of two years, 2.5 lines each, in four shops."""
    texts = {name: text.replace(":last", str(orders - 1)) for name, text in TEXTS.items()}
    day = {"placed_on": f"substr({texts['placed_at']}, 1, 10)"}
    few = f"numbers WHERE n < {{}} * {STORES}"
    with database.transaction():
        database.write(NUMBERS.replace(":last", str(max(orders, 20_000 * STORES) - 1)))
        database.write(SHOPS)
        all_orders = f"numbers WHERE n < {orders}"
        database.write(insert("orders", "5000000000000 + n", all_orders, **texts, **AMOUNTS, **day))
        places = (
            "JOIN (SELECT 1 AS place UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) ON place <= 1 + a % 4"
        )
        source = f"numbers {places} WHERE n < {orders} ORDER BY n, place"
        database.write(insert("order_lines", "n * 4 + place", source, **LINES))
        stock = {"inventory_quantity": "a % 10", "sells_out_of_stock": "0", "status": "'active'"}
        own = {"product_id": f"800000 + n / {STORES} / 4"}
        database.write(insert("products", f"800000 + n / {STORES}", few.format(1_000), **stock))
        database.write(insert("variants", f"900000 + n / {STORES}", few.format(4_000), **stock, **own))
        began = {
            "created_on": day["placed_on"],
            "total": "(a % 90000) / 100.0",
            "expired_at": "NULL",
            "completed_at": "NULL",
        }
        database.write(insert("checkouts", "n", few.format(20_000), currency=TEXTS["currency"], **began))
        for resource in RESOURCES:
            database.write("INSERT INTO verdicts SELECT id, ?, '', 'verified', NULL FROM stores", (resource,))


def seconds(database: Database, sql: str) -> float:
    """Return the median CPU time that a query takes to its last row: other work on the machine does not count."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        database.rows(sql)
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def main() -> None:
    """Print the time of each view, whole and for one store, by the number of orders."""
    for orders in [int(word) for word in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            database = create_database(Path(folder) / "storesync.db")
            began = time.perf_counter()
            fill(database, orders)
            size = database.path.stat().st_size + Path(f"{database.path}-wal").stat().st_size
            sys.stdout.write(f"{orders:,} orders, {size / 1e6:.0f} MB, {time.perf_counter() - began:.0f} s to make\n")
            for name in VIEWS:
                whole = seconds(database, f"SELECT * FROM {name}")
                one = seconds(database, f"SELECT * FROM {name} WHERE store = 'shopify:shop-1'")
                count = database.row(f"SELECT count(*) FROM {name}")[0]
                sys.stdout.write(f"  {name:17} {whole:6.3f} s, one store {one:6.3f} s, {count:,} rows\n")
            database.close()


if __name__ == "__main__":
    main()
