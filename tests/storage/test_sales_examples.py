"""Orders as they are in real shops, with what a merchant's own report says of them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from storesync.simulator import orders, sales
from storesync.simulator.shopify import edits

NOTHING = Decimal(0)


@pytest.fixture
def shop(program):
    return program.world.add_shop("shopify", "alpha", orders=0, products=3, customers=3, country="US")


def line(shop, name, price, quantity=1, left=None, **columns):
    """Return a line of an order; *left* of its pieces are still bought."""
    product = next(iter(shop.resources["products"].values()))
    amount = Decimal(price)
    own = {
        "id": shop.next_id("order_lines"),
        "name": name,
        "price": amount,
        "total": amount * quantity,
        "tax_total": NOTHING,
        "discount_total": NOTHING,
        "currency": shop.currency,
        "current_quantity": quantity if left is None else left,
    }
    return sales.line_of(product, product["variants"][0], quantity) | own | columns


def placed(shop, *lines, day=0, **columns):
    """Place an order of *lines*; what is not named is nothing."""
    at = shop.now() - timedelta(days=20 - day)
    order = sales.add_order(shop, at, [], None)
    order["lines"] = [
        one | {"order_id": order["id"], "position": position, "name": one["name"]}
        for position, one in enumerate(lines, 1)
    ]
    order["shipping_lines"][0].update(price=NOTHING, discounted_price=NOTHING)
    total = sum((one["total"] for one in lines), NOTHING)
    order.update(
        is_test=False,
        taxes_included=False,
        tax_total=NOTHING,
        discounts=[],
        shipping_total=NOTHING,
        discount_total=NOTHING,
        tip_total=NOTHING,
        total=total,
        current_total=total,
        presentment_total=total,
        presentment_currency=shop.currency,
        lines_count=len(lines),
        subtotal=sum((one["price"] * one["quantity"] for one in lines), NOTHING),
        item_quantity=sum(one["quantity"] for one in lines if edits.counts(one)),
    )
    order.update(columns)
    return order


def back(shop, order, pieces, money=0, **extra):
    """Enter a refund of *money* with *pieces* of lines, by their place; the lines already say what is left."""
    for place, count in pieces:
        order["lines"][place]["current_quantity"] += count
    before = {name: order[name] for name in ("current_total", "refunded_total")}
    chosen = [(order["lines"][place], count) for place, count in pieces]
    edits.give_back(shop, order, order["placed_at"] + timedelta(days=3), chosen, money=Decimal(money), **extra)
    order.update(before)


def told(program, view="sales_daily"):
    """Return what a view says once the shop was read: its rows, without what is nothing."""
    assert program.connect("shopify", "alpha").code == 0
    names = [row[1] for row in program.sql(f"PRAGMA table_info({view})")]
    rows = [dict(zip(names, row, strict=True)) for row in program.sql(f"SELECT * FROM {view} ORDER BY 2")]
    return [{name: value for name, value in row.items() if value not in (0, None)} for row in rows]


def sums(row, *names):
    return {name: row.get(name, 0) for name in names}


def test_what_was_exchanged_for_something_dearer_is_no_longer_sold(program, shop):
    order = placed(shop, line(shop, "Main", 100, left=0), line(shop, "Exch", 250))
    order.update(total=Decimal(100), current_total=Decimal(250), paid_total=Decimal(250), payment_status="paid")
    back(shop, order, [(0, 1)])
    [day] = told(program)

    assert sums(day, "gross_sales", "returns", "net_sales", "total_sales", "refunds") == {
        "gross_sales": 350,
        "returns": 100,
        "net_sales": 250,
        "total_sales": 250,
        "refunds": 0,
    }
    assert [row["returns"] for row in told(program, "returns_daily")] == [100]


def test_what_was_exchanged_for_something_cheaper_is_no_longer_sold(program, shop):
    order = placed(shop, line(shop, "Kept", 365), line(shop, "Back", 1893, left=0), line(shop, "Other", 365))
    paid = {"paid_total": Decimal(2258), "refunded_total": Decimal(1528), "current_total": Decimal(730)}
    order.update(total=Decimal(2258), payment_status="partially_refunded", **paid)
    back(shop, order, [(1, 1)], money=1528)
    [day] = told(program)

    assert sums(day, "gross_sales", "returns", "net_sales", "refunds") == {
        "gross_sales": 2623,
        "returns": 1893,
        "net_sales": 730,
        "refunds": 1528,
    }


def test_what_came_back_before_it_was_paid_is_not_sold(program, shop):
    order = placed(shop, line(shop, "Plant", 10, left=0), current_total=NOTHING)
    back(shop, order, [(0, 1)])
    [day] = told(program)

    assert sums(day, "gross_sales", "returns", "net_sales") == {"gross_sales": 10, "returns": 10, "net_sales": 0}
    assert program.sql("SELECT outstanding_total FROM orders") == [(0,)]


def test_what_an_edit_took_out_before_the_payment_is_not_sold(program, shop):
    placed(shop, line(shop, "Lamp", 48, 2, left=1), current_total=Decimal(48), paid_total=Decimal(48))
    [day] = told(program)

    assert sums(day, "gross_sales", "returns", "net_sales") == {"gross_sales": 96, "returns": 48, "net_sales": 48}
    assert [row["day"] for row in told(program, "returns_daily")] == [day["day"]]


def test_a_gift_card_is_sold_once(program, shop):
    """Selling it is a liability, paying with it a payment; only the goods are sales."""
    first = placed(shop, line(shop, "Mug", 30), line(shop, "Card", 50, is_gift_card=True))
    second = placed(shop, line(shop, "Bowl", 50), day=1, payment_gateway="gift_card")
    for order in (first, second):
        orders.pay(shop, order, order["placed_at"])
    one, other = told(program)

    assert sums(one, "net_sales", "gift_cards_sold") == {"net_sales": 30, "gift_cards_sold": 50}
    assert sums(other, "net_sales", "gift_cards_sold") == {"net_sales": 50, "gift_cards_sold": 0}
    assert sum(row["quantity"] for row in told(program, "best_sellers")) == 2


def test_taxes_in_prices_are_no_sales(program, shop):
    taxed = line(shop, "Vase", 121, tax_total=Decimal(21))
    less = line(shop, "Vase", 121, total=Decimal("108.90"), discount_total=Decimal("12.10"), tax_total=Decimal("18.90"))
    placed(shop, taxed, taxes_included=True, tax_total=Decimal(21))
    cut = {"kind": "code", "code": "TEN", "title": None, "value": Decimal(10), "value_type": "percentage"}
    order = placed(shop, less, day=1, taxes_included=True, tax_total=Decimal("18.90"))
    order.update(discount_total=Decimal("12.10"), discounts=[cut | {"amount": Decimal("12.10"), "currency": "USD"}])
    one, other = told(program)
    names = ("gross_sales", "discounts", "net_sales", "taxes", "taxes_added", "total_sales")

    assert sums(one, *names) == dict(zip(names, (100, 0, 100, 21, 0, 121), strict=True))
    assert sums(other, *names) == dict(zip(names, (100, 10, 90, 18.9, 0, 108.9), strict=True))


@pytest.mark.parametrize("name", ["Tip", "Propina"])
def test_a_tip_is_no_sale_and_no_best_seller(program, shop, name):
    tip = line(shop, name, 15, product_id=None, variant_id=None, sku=None, requires_shipping=False)
    placed(shop, line(shop, "Mug", 100), tip, tip_total=Decimal(15))
    [day] = told(program)

    assert sums(day, "net_sales", "total_sales", "tips") == {"net_sales": 100, "total_sales": 100, "tips": 15}
    assert name not in {row["name"] for row in told(program, "best_sellers")}


def test_free_shipping_takes_nothing_from_goods(program, shop):
    goods = line(shop, "Rug", 60, total=Decimal(50), discount_total=Decimal(10))
    order = placed(shop, goods, discount_total=Decimal(18), shipping_total=Decimal(8), total=Decimal(50))
    order["shipping_lines"][0].update(price=Decimal(8))
    kinds = {"value": Decimal(1), "value_type": "amount", "currency": "USD", "title": None, "code": "X"}
    order["discounts"] = [{"kind": "code", "amount": Decimal(off), **kinds} for off in (10, 8)]
    [day] = told(program)

    assert sums(day, "discounts", "net_sales", "shipping", "total_sales") == {
        "discounts": 10,
        "net_sales": 50,
        "shipping": 0,
        "total_sales": 50,
    }


def test_duties_shipping_and_taxes_paid_back_are_netted_in_their_own_columns(program, shop):
    taxed = line(shop, "Desk", 100, tax_total=Decimal(8))
    order = placed(shop, taxed, tax_total=Decimal(8), shipping_total=Decimal(5), duties_total=Decimal(12))
    order["shipping_lines"][0].update(price=Decimal(5), discounted_price=Decimal(5))
    order.update(fees_total=Decimal(3), total=Decimal(128), current_total=Decimal(128))
    orders.pay(shop, order, order["placed_at"])
    edits.give_back(shop, order, order["placed_at"], shipping=(Decimal(5), NOTHING), duties=Decimal(12))
    [day] = told(program)

    names = ("net_sales", "shipping", "duties", "additional_fees", "taxes", "total_sales", "refunds")
    assert sums(day, *names) == dict(zip(names, (100, 0, 0, 3, 8, 111, 17), strict=True))
    assert sums(told(program, "returns_daily")[0], "shipping_returned") == {"shipping_returned": 5}


def test_rounded_cash_is_no_sale(program, shop):
    order = placed(shop, line(shop, "Bread", "9.98"), cash_rounding=Decimal("0.02"))
    orders.pay(shop, order, order["placed_at"])
    [day] = told(program)

    assert sums(day, "total_sales", "cash_rounding") == {"total_sales": 9.98, "cash_rounding": 0.02}


def test_what_customers_spent_follows_edits(program, shop):
    buyer = next(iter(shop.resources["customers"]))
    placed(shop, line(shop, "Lamp", 48, 2, left=1), customer_id=buyer, current_total=Decimal(48))
    order = placed(shop, line(shop, "Mug", 30), customer_id=buyer, day=1)
    edits.add_line(order, line(shop, "Bowl", 20), order["placed_at"])

    assert [row["revenue"] for row in told(program, "repeat_customers")] == [98]


def without(program, *fields, part=None):
    """Take what an older storesync did not read, or a reading missed, out of what is stored, and rebuild the rows."""
    assert program.connect("shopify", "alpha").code == 0
    if part:
        program.write("DELETE FROM payloads WHERE resource = 'orders' AND part = ?", part)
    for field in fields:
        program.write(
            "UPDATE payloads SET body = json_remove(body, ?) WHERE resource = 'orders' AND part = 'record'",
            f"$.{field}",
        )
    assert program("db", "rebuild").code == 0
    names = [row[1] for row in program.sql("PRAGMA table_info(sales_daily)")]
    return [dict(zip(names, row, strict=True)) for row in program.sql("SELECT * FROM sales_daily")]


OPTIONAL = (
    *("dutiesIncluded", "taxesIncluded", "totalTipReceivedSet", "totalShippingPriceSet", "totalTaxSet"),
    *("totalDiscountsSet", "totalOutstandingSet", "currentTotalDutiesSet", "currentTotalAdditionalFeesSet"),
    *("totalCashRoundingAdjustment", "shippingLines", "lineItems[0].isGiftCard", "lineItems[0].originalTotalSet"),
    *("lineItems[0].discountAllocations", "lineItems[0].taxLines", "lineItems[0].currentQuantity"),
)


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_sale_is_told_without_what_it_does_not_depend_on(program, shop, field):
    """Each column needs only what it is made from, and much of that is told twice."""
    order = placed(shop, line(shop, "Desk", 100, tax_total=Decimal(8)), tax_total=Decimal(8), total=Decimal(118))
    order.update(shipping_total=Decimal(10), current_total=Decimal(118))
    order["shipping_lines"][0].update(price=Decimal(10), discounted_price=Decimal(10))
    [day] = without(program, field)

    assert sums(day, "net_sales", "shipping", "taxes", "total_sales", "unknown_sales") == {
        "net_sales": 100,
        "shipping": 10,
        "taxes": 8,
        "total_sales": 118,
        "unknown_sales": 0,
    }


def test_an_order_whose_lines_were_not_read_is_counted_as_unknown(program, shop):
    placed(shop, line(shop, "Desk", 100))
    [day] = without(program, "lineItems")

    assert sums(day, "orders", "gross_sales", "unknown_sales") == {"orders": 1, "gross_sales": 0, "unknown_sales": 1}


def test_an_order_whose_refunds_were_not_read_keeps_what_was_sold(program, shop):
    """What was paid back counts as returned, since nothing tells of what."""
    order = placed(shop, line(shop, "Desk", 100, tax_total=Decimal(8)), tax_total=Decimal(8), total=Decimal(118))
    order.update(shipping_total=Decimal(10), current_total=Decimal(118))
    order["shipping_lines"][0].update(price=Decimal(10), discounted_price=Decimal(10))
    orders.pay(shop, order, order["placed_at"])
    edits.give_back(shop, order, order["placed_at"], money=Decimal(20), reason=edits.GOODWILL)
    [day] = without(program, part="refunds")

    names = ("gross_sales", "returns", "shipping", "taxes", "total_sales")
    assert sums(day, *names) == dict(zip(names, (100, 20, 10, 8, 98), strict=True))
