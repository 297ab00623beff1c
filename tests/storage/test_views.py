"""The views say what the shops' own orders add up to, on both platforms, to the minor unit."""

import sqlite3
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from storesync.simulator import audit, changes, orders
from storesync.simulator.simulator import Simulator
from storesync.simulator.words import PLACES
from storesync.simulator.world import World
from storesync.storage.views import VIEWS
from tests.kits.program import FakeClock, Program, differences

DIGITS = {"CLP": 0, "BRL": 2, "USD": 2, "KWD": 3}
ABROAD = {
    "CL": replace(PLACES["AR"], country="CL", currency="CLP", time_zone="America/Santiago"),
    "KW": replace(PLACES["US"], country="KW", currency="KWD", time_zone="Asia/Kuwait"),
}
SHOPS = (("tiendanube", "11", "BR"), ("tiendanube", "22", "CL"), ("shopify", "states", "US"), ("shopify", "gulf", "KW"))
NIGHT = {"BR": 2, "CL": 2, "US": 2, "KW": 22}
"""An hour of the day in UTC at which it is another day where the shop is."""
GUEST = ("Guest@Example.com", " guest@example.com")


def number(value) -> Decimal:
    return Decimal(str(value or 0))


def rounded(amount: Decimal, currency: str) -> float:
    return float(amount.quantize(Decimal(1).scaleb(-DIGITS[currency]), ROUND_HALF_UP))


def query(program: Program, sql: str, *parameters) -> list[dict]:
    """Ask as others do: with the standard library, read-only, without any function of ours."""
    connection = sqlite3.connect(f"file:{program.database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(sql, parameters)]
    finally:
        connection.close()


def upset(world: World, shop) -> None:
    """Let everything happen to the shop's orders that sums can get wrong."""
    own = list(shop.resources["orders"].values())
    untouched = [one for one in own if one["payment_status"] == "paid" and one["status"] == "open"]
    for order, partly in zip(untouched, (True, True, False), strict=False):
        orders.refund(shop, order, shop.now(), partly=partly)
    orders.cancel(shop, untouched[3], shop.now())
    night = (shop.now() - timedelta(days=9)).replace(hour=NIGHT[shop.country], minute=30)
    day = night.date() + timedelta(days=1 if shop.country == "KW" else -1)
    shop.touch("orders", untouched[4]["id"], placed_at=night, placed_on=day.isoformat())
    for order, email in zip(untouched[5:7], GUEST, strict=True):
        shop.touch("orders", order["id"], customer_id=None, email=email)
    edit(shop, untouched[7])
    if shop.platform == "shopify":
        shop.touch("orders", untouched[8]["id"], is_test=True)
        dearer(shop, untouched[9], Decimal(7), tip_total=Decimal(7))
    if shop.currency == "KWD":
        for order in own:
            more = order["shipping_total"] + Decimal("0.005")
            order["shipping_lines"][0].update(price=more, discounted_price=more)
            dearer(shop, order, Decimal("0.005"), shipping_total=more)
    sold = {line["variant_id"] for order in own for line in order["lines"]}
    for level in [one for one in shop.resources["inventory_levels"].values() if one["variant_id"] in sold]:
        if level["available"] is not None:
            shop.touch("inventory_levels", level["id"], available=0)


def edit(shop, order) -> None:
    """Add a piece to the order's first line, as a merchant may after the sale."""
    line = order["lines"][0]
    line.update(
        quantity=line["quantity"] + 1, current_quantity=line["quantity"] + 1, total=line["total"] + line["price"]
    )
    more = {"subtotal": order["subtotal"] + line["price"], "item_quantity": order["item_quantity"] + 1}
    dearer(shop, order, line["price"], **more)


def dearer(shop, order, amount: Decimal, **columns) -> None:
    """Raise what the order comes to."""
    totals = {name: order[name] + amount for name in ("total", "current_total")}
    shown = {"presentment_total": totals["total"], "presentment_currency": shop.currency}
    shop.touch("orders", order["id"], **totals, **shown, **columns)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Four shops, read, upset and read again, with one order deleted in each; their clock is that of the wall."""
    clock = FakeClock(at=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    with pytest.MonkeyPatch.context() as patched:
        for country, place in ABROAD.items():
            patched.setitem(PLACES, country, place)
        program = Program(tmp_path_factory.mktemp("views") / "home", clock, Simulator(World(7, clock.now)))
        for platform, key, country in SHOPS:
            shop = program.world.add_shop(platform, key, orders=60, country=country)
            assert program.connect(platform, key).code == 0
            upset(program.world, shop)
            for checkout in [one for one in shop.resources["checkouts"].values() if not one["completed_at"]][-2:]:
                changes.complete_checkout(shop, checkout["id"])
            shop.remove("orders", next(iter(shop.resources["orders"])))
            shop.remove("products", next(iter(shop.resources["products"])))
        clock.at = datetime.now(UTC).replace(microsecond=0)
        assert program("sync", "--all", "--full").code == 0
        assert program("reconcile", "--all").code == 0
        yield program


@pytest.fixture(params=SHOPS, ids=lambda shop: shop[1])
def shop(request, program):
    return program.world.shop(*request.param[:2])


def key_of(shop) -> str:
    return f"{shop.platform}:{shop.key}"


def real_orders(shop) -> dict[str, dict]:
    """Return the shop's own orders, but for tests."""
    return {key: row for key, row in audit.truth(shop, "orders")["orders"].items() if not row.get("is_test")}


def sold_orders(shop) -> dict[str, dict]:
    return {key: row for key, row in real_orders(shop).items() if row["status"] != "cancelled"}


def parts_of(shop, key) -> dict[str, Decimal]:
    """Return what an order sold by the formulas of the manual, from the shop's own record of it."""
    order = shop.resources["orders"][key]
    if shop.platform == "tiendanube":
        is_over = order["payment_status"] == "refunded"
        net = order["subtotal"] - order["discount_total"]
        return {
            "gross_sales": order["subtotal"],
            "discounts": order["discount_total"],
            "returns": net if is_over else Decimal(0),
            "shipping": Decimal(0) if is_over else order["shipping_total"],
        }
    lines, included = order["lines"], order["taxes_included"]
    tax = sum((line["tax_total"] for line in lines), Decimal(0)) if included else Decimal(0)
    net = sum((line["total"] for line in lines), Decimal(0)) - tax
    gross = sum((gross_of(line, included=included) for line in lines), Decimal(0))
    gross = Decimal(str(rounded(gross, shop.currency))) if order["discount_total"] else net
    back = [line["tax_total"] for refund in order["refunds"] for line in refund["lines"]]
    sent = [one["amount"] for refund in order["refunds"] for one in refund["shipping"]]
    shipping, taxes = order["shipping_total"] - sum(sent), order["tax_total"] - sum(back)
    sold = order["current_total"] - order["tip_total"]
    return {
        "gross_sales": gross,
        "discounts": gross - net,
        "returns": net + shipping + taxes - sold,
        "shipping": shipping,
        "taxes": taxes,
        "tips": order["tip_total"],
    }


def gross_of(line, *, included) -> Decimal:
    """Return what a line came to before discounts, without the taxes in it."""
    gross = line["price"] * line["quantity"]
    return gross * (line["total"] - line["tax_total"]) / line["total"] if included and line["total"] else gross


def total_sales_of(shop, key) -> Decimal:
    parts = defaultdict(Decimal, parts_of(shop, key))
    return parts["gross_sales"] - parts["discounts"] - parts["returns"] + parts["shipping"] + parts["taxes"]


def days_of(shop) -> dict[str, dict]:
    """Return what `sales_daily` has to say of a shop, from the shop's own orders, by the formulas of the manual."""
    days: dict[str, dict] = defaultdict(lambda: defaultdict(Decimal))
    for key, order in real_orders(shop).items():
        day = days[order["placed_on"]]
        if order["status"] == "cancelled":
            day["cancelled_orders"] += 1
            continue
        day["orders"] += 1
        day["items"] += order["item_quantity"]
        for name, amount in parts_of(shop, key).items():
            day[name] += amount
        day["refunds"] += number(order["refunded_total"])
        day["taxes_added"] += number(order["tax_total"]) if order.get("taxes_included") == 0 else 0
        day["refunded_orders"] += order["payment_status"] in {"refunded", "partially_refunded"}
        day["unknown_refunds"] += order["payment_status"] == "partially_refunded" and order["refunded_total"] is None
    return {day: finished(shop, sums) for day, sums in days.items()}


def finished(shop, sums: dict) -> dict:
    counts = ("orders", "items", "cancelled_orders", "refunded_orders", "unknown_refunds", "unknown_sales")
    amounts = (
        *("gross_sales", "discounts", "returns", "shipping", "duties", "additional_fees", "taxes", "taxes_added"),
        *("tips", "gift_cards_sold", "cash_rounding", "refunds"),
    )
    own = {name: Decimal(str(rounded(sums[name], shop.currency))) for name in amounts}
    net = own["gross_sales"] - own["discounts"] - own["returns"]
    has_taxes = shop.platform == "shopify" and sums["orders"]
    return {
        **{name: int(sums[name]) for name in counts},
        **{name: float(amount) for name, amount in own.items()},
        "taxes": float(own["taxes"]) if has_taxes else None,
        "net_sales": float(net),
        "total_sales": float(net + own["shipping"] + own["taxes"]),
    }


def test_the_shops_are_as_hard_as_shops_can_be(program):
    """What the sums below have to survive is there, and the database is a faithful copy of it."""
    shops = [program.world.shop(*one[:2]) for one in SHOPS]
    rows = [row for shop in shops for row in audit.truth(shop, "orders")["orders"].values()]

    assert [differences(program, shop) for shop in shops] == [[]] * 4
    assert {"cancelled", "open", "closed"} <= {row["status"] for row in rows}
    assert {"refunded", "partially_refunded", "voided"} <= {row["payment_status"] for row in rows}
    assert any(row.get("is_test") for row in rows)
    assert any(row.get("tip_total") for row in rows)
    assert any(row["placed_on"] != row["placed_at"][:10] for row in rows)
    assert {shop.taxes_included for shop in shops} == {True, False}
    assert query(program, "SELECT count(*) AS gone FROM orders WHERE deleted_at IS NOT NULL") == [{"gone": 4}]


def test_sales_of_each_day_are_the_sums_of_the_shops_own_orders(program, shop):
    """Every column of every day, in the shop's own days and currency."""
    found = query(program, "SELECT * FROM sales_daily WHERE store = ?", key_of(shop))

    assert {row["currency"] for row in found} == {shop.currency}
    assert {row.pop("day"): row for row in found} == {
        day: {"store": key_of(shop), "currency": shop.currency, **sums} for day, sums in days_of(shop).items()
    }


def test_refunds_are_rated_by_the_month_of_their_order(program, shop):
    """Share and amount come from the same days as the sales."""
    months: dict[str, dict] = defaultdict(lambda: defaultdict(Decimal))
    for day, sums in days_of(shop).items():
        for name in ("orders", "refunded_orders", "refunds", "unknown_refunds"):
            months[day[:7]][name] += number(sums[name])
    found = query(program, "SELECT * FROM refund_rate WHERE store = ?", key_of(shop))

    assert found == [
        {
            "store": key_of(shop),
            "month": month,
            "currency": shop.currency,
            "orders": sums["orders"],
            "refunded_orders": sums["refunded_orders"],
            "rate": pytest.approx(float(sums["refunded_orders"] / sums["orders"]), abs=0.00005),
            "refunded_total": float(sums["refunds"]),
            "unknown_refunds": sums["unknown_refunds"],
        }
        for month, sums in sorted(months.items())
        if sums["orders"]
    ]
    assert any(row["unknown_refunds"] for row in found) == (shop.platform == "tiendanube")


def sold_lines(shop) -> list[dict]:
    """Return the lines of all sold orders, with what they were called and when they were sold."""
    sold = sold_orders(shop)
    raw = {line["id"]: line for order in shop.resources["orders"].values() for line in order["lines"]}
    return [
        {
            "product_id": None,
            "variant_id": None,
            **line,
            "name": raw[key]["name"],
            "sold_at": sold[line["order_id"]],
            **what_became_of(shop, raw[key]),
        }
        for key, line in audit.truth(shop, "orders")["order_lines"].items()
        if line["order_id"] in sold
    ]


def what_became_of(shop, line) -> dict:
    """Return how many pieces of a line came back, and what it sold net."""
    order = shop.resources["orders"][line["order_id"]]
    if shop.platform == "tiendanube":
        return {"returned": 0, "net_sales": shares_of(order)[line["id"]]}
    back = [one for refund in order["refunds"] for one in refund["lines"] if one["order_line_id"] == line["id"]]
    inside = order["taxes_included"]
    net = line["total"] - sum((one["subtotal"] for one in back), Decimal(0))
    net -= line["tax_total"] - sum((one["tax_total"] for one in back), Decimal(0)) if inside else 0
    return {"returned": line["quantity"] - line["current_quantity"], "net_sales": net}


def shares_of(order) -> dict[str, Decimal]:
    """Return each line's share of what an order of Tiendanube sold net, to the cent; the last one takes the rest."""
    net = Decimal(0) if order["payment_status"] == "refunded" else order["subtotal"] - order["discount_total"]
    worth = {line["id"]: line["price"] * line["quantity"] for line in order["lines"]}
    digits = Decimal(1).scaleb(-DIGITS[order["currency"]])
    shares = {key: (net * one / sum(worth.values())).quantize(digits, ROUND_HALF_UP) for key, one in worth.items()}
    *_, last = shares
    return shares | {last: net - sum(share for key, share in shares.items() if key != last)}


def test_best_sellers_are_the_sums_of_the_lines(program, shop):
    """By variant; what leads to none any more, by what it was called."""
    groups: dict[tuple, list[dict]] = defaultdict(list)
    for line in sold_lines(shop):
        lost = (line["name"], line["sku"]) if line["variant_id"] is None else None
        groups[line["product_id"], line["variant_id"], lost].append(line)
    found = query(program, "SELECT * FROM best_sellers WHERE store = ?", key_of(shop))

    assert sorted(found, key=str) == sorted(
        (
            {
                "store": key_of(shop),
                "product_id": product_id,
                "variant_id": variant_id,
                "name": lines[0]["name"],
                "variant_name": row["variant_name"],
                "sku": lines[0]["sku"],
                "currency": shop.currency,
                "orders": len({line["order_id"] for line in lines}),
                "quantity": sum(line["quantity"] for line in lines),
                "revenue": rounded(sum(number(line["total"]) for line in lines), shop.currency),
                "last_sold_at": max(line["sold_at"]["placed_at"] for line in lines),
                "returned": sum(line["returned"] for line in lines),
                "net_sales": rounded(sum(line["net_sales"] for line in lines), shop.currency),
            }
            for (product_id, variant_id, _), lines in groups.items()
            for row in found
            if (row["product_id"], row["variant_id"]) == (product_id, variant_id)
            and (variant_id or row["name"] == lines[0]["name"])
            and (variant_id or row["sku"] == lines[0]["sku"])
        ),
        key=str,
    )
    assert len(found) == len(groups)
    assert any(variant_id is None for _, variant_id, _ in groups) == (shop.platform == "shopify")


def test_what_is_sold_out_is_told_with_what_it_sold(program, shop):
    """Variants that cannot be bought for want of stock, and no others."""
    products, lines = audit.truth(shop, "products"), sold_lines(shop)
    month_ago = f"{datetime.now(UTC) - timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    expected = {}
    for variant_id, variant in products["variants"].items():
        product = products["products"][variant["product_id"]]
        if variant["inventory_quantity"] is None or variant["inventory_quantity"] > 0 or product["status"] == "draft":
            continue
        own = [line for line in lines if line["variant_id"] == variant_id]
        expected[variant_id] = {
            "product_id": variant["product_id"],
            "name": product["name"],
            "sku": variant["sku"],
            "inventory_quantity": 0,
            "sold_30_days": sum(line["quantity"] for line in own if line["sold_at"]["placed_at"] >= month_ago),
            "last_sold_at": max((line["sold_at"]["placed_at"] for line in own), default=None),
        }
    columns = "variant_id, product_id, name, sku, inventory_quantity, sold_30_days, last_sold_at"
    found = query(program, f"SELECT {columns} FROM stock_outs WHERE store = ?", key_of(shop))

    assert {row.pop("variant_id"): row for row in found} == expected
    assert any(row["sold_30_days"] for row in found)


def test_what_sells_on_without_stock_is_not_sold_out(program):
    """Nor is what has no limit, what is not shown, or what is gone."""
    variant = query(program, "SELECT variant_id, product_id FROM stock_outs WHERE store = 'shopify:gulf'")[0]
    for change, undo in (
        ("UPDATE variants SET sells_out_of_stock = 1", "UPDATE variants SET sells_out_of_stock = 0"),
        ("UPDATE variants SET inventory_quantity = NULL", "UPDATE variants SET inventory_quantity = 0"),
        ("UPDATE variants SET deleted_at = 'then'", "UPDATE variants SET deleted_at = NULL"),
    ):
        program.write(f"{change} WHERE id = ?", variant["variant_id"])
        left = query(program, "SELECT 1 FROM stock_outs WHERE variant_id = ?", variant["variant_id"])
        program.write(f"{undo} WHERE id = ?", variant["variant_id"])

        assert left == []
    assert query(program, "SELECT 1 FROM stock_outs WHERE variant_id = ?", variant["variant_id"])


def test_who_bought_again_is_told_without_a_name(program, shop):
    """Customers by their id, guests by their address, which the view does not show."""
    groups: dict[str, list[dict]] = defaultdict(list)
    for key, order in sold_orders(shop).items():
        buyer = order.get("customer_id") or (order["email"] or "").strip().lower()
        groups[buyer].append({"id": key, **order})
    expected = [
        {
            "store": key_of(shop),
            "customer_id": own[0].get("customer_id") or f"guest:{min(order['id'] for order in own)}",
            "orders": len(own),
            "revenue": rounded(sum(total_sales_of(shop, order["id"]) for order in own), shop.currency),
            "currency": shop.currency,
            "first_order_at": min(order["placed_at"] for order in own),
            "last_order_at": max(order["placed_at"] for order in own),
        }
        for own in (own for buyer, own in groups.items() if buyer and len(own) > 1)
    ]
    found = query(program, "SELECT * FROM repeat_customers WHERE store = ?", key_of(shop))

    assert sorted(found, key=str) == sorted(expected, key=str)
    assert [row["orders"] for row in found if row["customer_id"].startswith("guest:")] == [2]
    assert "@" not in str(found)


def test_what_was_left_behind_and_won_back_is_told(program, shop):
    """By the day the basket was begun on; a completed one was recovered, on both platforms."""
    expected: dict[str, dict] = defaultdict(lambda: defaultdict(Decimal))
    sold = shop.resources["orders"]
    for key, row in held_checkouts(program, shop).items():
        day = expected[row["created_on"]]
        recovered = bool(row["completed_at"]) or (shop.platform == "tiendanube" and key in sold)
        day["checkouts"] += 1
        day["value"] += number(row["total"])
        day["recovered"] += recovered
        day["recovered_value"] += number(row["total"]) if recovered else 0
    found = query(program, "SELECT * FROM abandoned_value WHERE store = ?", key_of(shop))

    assert {row["day"]: row for row in found} == {
        day: {
            "store": key_of(shop),
            "day": day,
            "currency": shop.currency,
            "checkouts": sums["checkouts"],
            "value": rounded(sums["value"], shop.currency),
            "recovered": sums["recovered"],
            "recovered_value": rounded(sums["recovered_value"], shop.currency),
        }
        for day, sums in expected.items()
    }
    assert sum(row["recovered"] for row in found) >= 2


def held_checkouts(program, shop) -> dict[str, dict]:
    """Return the checkouts that the platform lists, and those that it no longer does, which are kept."""
    lapsed = query(
        program,
        """SELECT checkouts.id, completed_at, total, created_on FROM checkouts JOIN stores ON stores.id = store_id
            WHERE key = ? AND expired_at IS NOT NULL""",
        key_of(shop),
    )
    return {**{row["id"]: row for row in lapsed}, **audit.truth(shop, "checkouts")["checkouts"]}


def test_freshness_is_the_verdict_of_status(program):
    """Row for row, for every store and resource."""
    program.clock.at = datetime.now(UTC).replace(microsecond=0)
    stores = program("status", "--json").json["stores"]
    found = query(program, "SELECT * FROM freshness")
    names = ("rows", "deleted", "complete_until", "verdict", "reason")

    assert {(row["store"], row["resource"]): [row[name] for name in names] for row in found} == {
        (store["store"], resource): [state[name] for name in names]
        for store in stores
        for resource, state in store["resources"].items()
    }
    assert all(0 <= row["age_seconds"] < 3600 for row in found)
    assert {row["verdict"] for row in found} >= {"verified"}


def test_the_views_need_nothing_newer_than_what_is_out_there(program):
    """No arrow operators, no `unixepoch`, no `IS DISTINCT FROM`: the last of these came with SQLite 3.39."""
    newer = ("->", "unixepoch", "DISTINCT FROM", "RIGHT JOIN", "FULL JOIN", "MATERIALIZED", "string_agg", "iif(")

    assert [(name, word) for name, text in VIEWS.items() for word in newer if word.lower() in text.lower()] == []
    assert {row["name"] for row in query(program, "SELECT name FROM sqlite_master WHERE type = 'view'")} == set(VIEWS)
