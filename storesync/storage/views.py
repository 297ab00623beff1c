"""The analytics views: plain SQL that any client can read, nothing newer than SQLite 3.35.

They contain only live rows and no test orders. The manual documents each with its formula.
"""

from typing import Any

from storesync.rules.currencies import MINOR_UNITS
from storesync.tables import RESOURCES

_NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
_MONTH_AGO = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days')"

SALE = (
    "currency, status, is_test, deleted_at, payment_status, item_quantity, gross_sales, discounts, returns, shipping,"
    " duties, additional_fees, taxes, tax_total, taxes_included, tips, gift_cards_sold, cash_rounding, refunded_total"
)
"""The columns that `sales_daily` reads: an index that holds them spares reading the orders, which are wide."""

RETURNED = "(orders.returns <> 0 OR orders.shipping_returned <> 0 OR orders.taxes_returned <> 0)"
"""Whether something of an order came back: an index holds such orders."""

_SOLD = "coalesce(orders.status, '') <> 'cancelled'"
_REAL = "orders.deleted_at IS NULL AND coalesce(orders.is_test, 0) = 0"
_COUNTED = "coalesce(stores.connection_reason, '') NOT IN ('duplicate', 'purging')"
"""Whether a store counts: neither a copy of another one nor being erased."""


def _sum(column: str, condition: str = _SOLD) -> str:
    return f"round(coalesce(sum({column}) FILTER (WHERE {condition}), 0), coalesce(max(minor_units), 2))"


# The totals of a day; rounded here, so that the sums in the view agree with the numbers it shows.
_DAYS = f"""
    SELECT stores.key AS store, placed_on AS day, currency, coalesce(max(minor_units), 2) AS digits,
        count(*) FILTER (WHERE {_SOLD}) AS orders,
        coalesce(sum(item_quantity) FILTER (WHERE {_SOLD}), 0) AS items,
        {_sum("gross_sales")} AS gross_sales,
        {_sum("discounts")} AS discounts,
        {_sum("returns")} AS returns,
        {_sum("shipping")} AS shipping,
        {_sum("duties")} AS duties,
        {_sum("additional_fees")} AS additional_fees,
        round(sum(taxes) FILTER (WHERE {_SOLD}), coalesce(max(minor_units), 2)) AS taxes,
        {_sum("tax_total", f"{_SOLD} AND taxes_included = 0")} AS taxes_added,
        {_sum("tips")} AS tips,
        {_sum("gift_cards_sold")} AS gift_cards_sold,
        {_sum("cash_rounding")} AS cash_rounding,
        {_sum("refunded_total")} AS refunds,
        count(*) FILTER (WHERE NOT ({_SOLD})) AS cancelled_orders,
        count(*) FILTER (WHERE {_SOLD} AND (refunded_total > 0
            OR payment_status IN ('refunded', 'partially_refunded'))) AS refunded_orders,
        count(*) FILTER (WHERE {_SOLD} AND refunded_total IS NULL
            AND payment_status = 'partially_refunded') AS unknown_refunds,
        count(*) FILTER (WHERE {_SOLD} AND gross_sales IS NULL) AS unknown_sales
    FROM stores JOIN orders ON orders.store_id = stores.id LEFT JOIN currencies ON code = currency
    WHERE {_REAL} AND {_COUNTED}
    GROUP BY stores.key, placed_on, currency"""

_SALES_DAILY = f"""
    SELECT store, day, currency, orders, items, gross_sales, discounts, returns,
        round(gross_sales - discounts - returns, digits) AS net_sales, shipping, duties, additional_fees, taxes,
        taxes_added, round(gross_sales - discounts - returns + shipping + duties + additional_fees
            + coalesce(taxes, 0), digits) AS total_sales,
        tips, gift_cards_sold, cash_rounding, refunds, cancelled_orders, refunded_orders, unknown_refunds,
        unknown_sales
    FROM ({_DAYS}) AS days"""


def _came_back(column: str) -> str:
    dated = f"SELECT sum({column}) FROM order_refunds WHERE store_id = orders.store_id AND order_id = orders.id"
    return f"""CASE is_dated WHEN 1 THEN order_refunds.{column}
            ELSE round(orders.{column} - coalesce(({dated}), 0), 4) END AS {column}"""


# Each refund, and once more each order: with what no refund dates, which stands on the day of the order.
_RETURNS_DAILY = f"""
    SELECT store, day, currency, round(sum(returns), coalesce(max(minor_units), 2)) AS returns,
        round(sum(shipping_returned), coalesce(max(minor_units), 2)) AS shipping_returned,
        round(sum(taxes_returned), coalesce(max(minor_units), 2)) AS taxes_returned,
        count(DISTINCT order_id) AS orders
    FROM (
        SELECT stores.key AS store, CASE is_dated WHEN 1 THEN processed_on ELSE placed_on END AS day, orders.currency,
            orders.id AS order_id, minor_units, {_came_back("returns")}, {_came_back("shipping_returned")},
            {_came_back("taxes_returned")}
        FROM stores CROSS JOIN orders CROSS JOIN (SELECT 0 AS is_dated UNION ALL SELECT 1) AS parts
            LEFT JOIN order_refunds ON is_dated = 1 AND order_refunds.store_id = orders.store_id
                AND order_refunds.order_id = orders.id
            LEFT JOIN currencies ON code = orders.currency
        WHERE orders.store_id = stores.id AND {RETURNED} AND {_REAL} AND {_SOLD} AND {_COUNTED}) AS returned
    WHERE returns <> 0 OR shipping_returned <> 0 OR taxes_returned <> 0
    GROUP BY store, day, currency"""

_REFUND_RATE = """
    SELECT store, substr(day, 1, 7) AS month, currency, sum(orders) AS orders,
        sum(refunded_orders) AS refunded_orders, round(1.0 * sum(refunded_orders) / sum(orders), 4) AS rate,
        round(sum(refunds), 4) AS refunded_total, sum(unknown_refunds) AS unknown_refunds
    FROM sales_daily WHERE orders > 0 GROUP BY store, substr(day, 1, 7), currency"""

# Lines that no longer lead to a variant are told apart by their names.
_BEST_SELLERS = f"""
    SELECT sold.store, sold.product_id, sold.variant_id, coalesce(products.name, sold.name) AS name,
        coalesce(variants.name, sold.variant_name) AS variant_name, coalesce(variants.sku, sold.sku) AS sku,
        sold.currency, sold.orders, sold.quantity, round(sold.revenue, coalesce(minor_units, 2)) AS revenue,
        sold.last_sold_at, sold.returned, round(sold.net_sales, coalesce(minor_units, 2)) AS net_sales
    FROM (
        SELECT stores.id AS store_id, stores.key AS store, product_id, variant_id, order_lines.currency,
            max(order_lines.name) AS name, max(variant_name) AS variant_name, max(sku) AS sku,
            count(DISTINCT order_id) AS orders, sum(quantity) AS quantity, sum(order_lines.total) AS revenue,
            max(placed_at) AS last_sold_at, sum(quantity - coalesce(current_quantity, quantity)) AS returned,
            sum(net_sales) AS net_sales
        FROM stores CROSS JOIN orders CROSS JOIN order_lines
        WHERE orders.store_id = stores.id AND order_lines.store_id = orders.store_id
            AND order_lines.order_id = orders.id AND {_REAL} AND {_SOLD} AND {_COUNTED}
            AND coalesce(is_tip, 0) = 0 AND coalesce(is_gift_card, 0) = 0
        GROUP BY stores.key, product_id, variant_id, order_lines.currency,
            CASE WHEN variant_id IS NULL THEN order_lines.name || coalesce(sku, '') END) AS sold
    LEFT JOIN products ON products.store_id = sold.store_id AND products.id = sold.product_id
    LEFT JOIN variants ON variants.store_id = sold.store_id AND variants.id = sold.variant_id
    LEFT JOIN currencies ON code = sold.currency"""

_STOCK_OUTS = f"""
    SELECT stores.key AS store, variants.product_id, variants.id AS variant_id, products.name,
        variants.name AS variant_name, variants.sku, variants.inventory_quantity,
        coalesce(sum(quantity) FILTER (WHERE placed_at >= {_MONTH_AGO}), 0) AS sold_30_days,
        max(placed_at) AS last_sold_at
    FROM stores CROSS JOIN variants JOIN products ON products.store_id = stores.id
            AND products.id = variants.product_id
        LEFT JOIN order_lines ON order_lines.store_id = stores.id AND order_lines.variant_id = variants.id
        LEFT JOIN orders ON orders.store_id = stores.id AND orders.id = order_lines.order_id
            AND {_REAL} AND {_SOLD}
    WHERE {_COUNTED} AND variants.store_id = stores.id AND variants.inventory_quantity <= 0
        AND coalesce(variants.sells_out_of_stock, 0) = 0 AND variants.deleted_at IS NULL
        AND products.deleted_at IS NULL AND coalesce(products.status, '') NOT IN ('draft', 'archived')
    GROUP BY stores.key, variants.id"""

_TOTAL_SALES = " + ".join(
    (
        "coalesce(gross_sales - discounts - coalesce(returns, 0), 0)",
        *(f"coalesce({name}, 0)" for name in ("shipping", "duties", "additional_fees", "taxes")),
    )
)

# A guest is whoever gave one e-mail address, and is named after an order, so that the view does not show the address.
_REPEAT_CUSTOMERS = f"""
    SELECT stores.key AS store, coalesce(customer_id, 'guest:' || min(orders.id)) AS customer_id,
        count(*) AS orders,
        round(sum({_TOTAL_SALES}), coalesce(max(minor_units), 2)) AS revenue, currency,
        min(placed_at) AS first_order_at, max(placed_at) AS last_order_at
    FROM stores JOIN orders ON orders.store_id = stores.id LEFT JOIN currencies ON code = currency
    WHERE {_REAL} AND {_SOLD} AND {_COUNTED} AND coalesce(customer_id, email) IS NOT NULL
    GROUP BY stores.key, customer_id, CASE WHEN customer_id IS NULL THEN lower(trim(email)) END, currency
    HAVING count(*) > 1"""

# A Tiendanube checkout that was completed keeps its id as an order.
_ABANDONED_VALUE = f"""
    SELECT stores.key AS store, checkouts.created_on AS day, checkouts.currency, count(*) AS checkouts,
        round(coalesce(sum(checkouts.total), 0), coalesce(max(minor_units), 2)) AS value,
        count(coalesce(checkouts.completed_at, checkouts.order_id, orders.id)) AS recovered,
        round(coalesce(sum(checkouts.total) FILTER (WHERE coalesce(checkouts.completed_at, checkouts.order_id,
            orders.id) IS NOT NULL), 0), coalesce(max(minor_units), 2)) AS recovered_value
    FROM stores JOIN checkouts ON checkouts.store_id = stores.id
        LEFT JOIN orders ON platform = 'tiendanube' AND orders.store_id = checkouts.store_id
            AND orders.id = checkouts.id AND orders.deleted_at IS NULL
        LEFT JOIN currencies ON code = checkouts.currency
    WHERE checkouts.deleted_at IS NULL AND {_COUNTED}
    GROUP BY stores.key, checkouts.created_on, checkouts.currency"""


def _counted(condition: str) -> str:
    counts = (
        f"WHEN '{name}' THEN (SELECT count(*) FROM {name} WHERE {name}.store_id = stores.id{condition})"
        for name in RESOURCES
    )
    return f"CASE verdicts.resource {' '.join(counts)} END"


# Forecast verdicts are saved with those of now, so that time alone makes a resource stale here too.
_FRESHNESS = f"""
    SELECT store, resource, total - deleted AS rows, deleted, complete_until, age_seconds, verdict, reason
    FROM (
        SELECT stores.key AS store, verdicts.resource, {_counted("")} AS total,
            {_counted(" AND deleted_at IS NOT NULL")} AS deleted, complete_until,
            CAST(strftime('%s', 'now') AS INTEGER) - CAST(strftime('%s', complete_until) AS INTEGER) AS age_seconds,
            verdict, reason
        FROM stores JOIN verdicts ON verdicts.store_id = stores.id
            LEFT JOIN checkpoints ON checkpoints.store_id = stores.id AND checkpoints.resource = verdicts.resource
        WHERE verdicts.since = (SELECT max(since) FROM verdicts AS begun WHERE begun.store_id = verdicts.store_id
            AND begun.resource = verdicts.resource AND begun.since <= {_NOW}) AND {_COUNTED}) AS counted"""

VIEWS = {
    "sales_daily": _SALES_DAILY,
    "returns_daily": _RETURNS_DAILY,
    "best_sellers": _BEST_SELLERS,
    "stock_outs": _STOCK_OUTS,
    "repeat_customers": _REPEAT_CUSTOMERS,
    "abandoned_value": _ABANDONED_VALUE,
    "refund_rate": _REFUND_RATE,
    "freshness": _FRESHNESS,
}
"""The queries of the views, by name."""


def create_views(connection: Any) -> None:
    """Create all views anew, and the table of decimals by currency, inside the caller's transaction."""
    connection.execute("CREATE TABLE IF NOT EXISTS currencies (code TEXT PRIMARY KEY, minor_units INTEGER NOT NULL)")
    connection.executemany(
        "INSERT OR REPLACE INTO currencies (code, minor_units) VALUES (?, ?)",
        [(code, units) for units, codes in MINOR_UNITS.items() for code in codes.split()],
    )
    for name, query in VIEWS.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(f"CREATE VIEW {name} AS {query}")
