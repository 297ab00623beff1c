"""Orders as Shopify tells them, and what they come to: to the minor unit, and never more than the money says."""

from decimal import Decimal

import pytest

from storesync.model import Shop
from storesync.platforms.shopify.rows import rows_of

ADDED = ("shipping", "duties", "additional_fees", "taxes", "tips", "gift_cards_sold")


def money(amount):
    return {"shopMoney": {"amount": str(amount), "currencyCode": "EUR"}}


def gid(kind, number):
    return {"id": f"gid://shopify/{kind}/{number}"}


def line(number, total, quantity=1, left=None, *, discount=0, tax=0, rate=None, **fields):
    """Return goods; *left* of their pieces are still bought."""
    return {
        **gid("LineItem", number),
        "title": "Mug",
        "quantity": quantity,
        "currentQuantity": quantity if left is None else left,
        "isGiftCard": False,
        "requiresShipping": True,
        "product": gid("Product", 1),
        "variant": gid("ProductVariant", 1),
        "originalTotalSet": money(total),
        "discountAllocations": [{"allocatedAmountSet": money(discount)}] if discount else [],
        "taxLines": [{"priceSet": money(tax), "rate": rate}] if tax or rate else [],
        **fields,
    }


def untied(number, total, title, **fields):
    """Return a line that leads to no product, as a tip does."""
    plain = {"title": title, "product": None, "variant": None, "requiresShipping": False}
    return line(number, total, **(plain | fields))


def shipping(price, tax=0, **fields):
    return {
        **gid("ShippingLine", 1),
        "originalPriceSet": money(price),
        "discountedPriceSet": money(price),
        "isRemoved": False,
        "taxLines": [{"priceSet": money(tax)}] if tax else [],
        **fields,
    }


def order(*lines, total, current=None, paid=None, refunded=0, tax=0, ways=(), **fields):
    """Return an order that is paid in full; *total* is what it came to when it was placed."""
    now, paid = total if current is None else current, total if paid is None else paid
    return {
        **gid("Order", 7),
        "createdAt": "2026-01-01T10:00:00Z",
        "processedAt": "2026-01-01T10:00:00Z",
        "cancelledAt": None,
        "currencyCode": "EUR",
        "taxesIncluded": False,
        "dutiesIncluded": False,
        "totalTaxSet": money(tax),
        "totalDiscountsSet": money(0),
        "totalShippingPriceSet": money(sum(Decimal(one["originalPriceSet"]["shopMoney"]["amount"]) for one in ways)),
        "totalTipReceivedSet": money(0),
        "originalTotalPriceSet": money(total),
        "currentTotalPriceSet": money(now),
        "totalReceivedSet": money(paid),
        "totalRefundedSet": money(refunded),
        "totalOutstandingSet": money(Decimal(str(now)) - Decimal(str(paid)) + Decimal(str(refunded))),
        "currentTotalDutiesSet": None,
        "currentTotalAdditionalFeesSet": None,
        "lineItems": list(lines),
        "shippingLines": list(ways),
        "transactions": [],
        "discountApplications": [],
        **fields,
    }


def refund(*pieces, paid=0, ways=(), adjustments=(), day=5):
    """Return a refund: *pieces* are (line, pieces, amount, tax), *ways* of shipping (amount, tax)."""
    at = f"2026-01-{day:02}T10:00:00Z"
    return {
        **gid("Refund", day),
        "createdAt": at,
        "processedAt": at,
        "totalRefundedSet": money(paid),
        "refundLineItems": [
            {
                **gid("RefundLineItem", place),
                "quantity": count,
                "lineItem": gid("LineItem", number),
                "subtotalSet": money(amount),
                "totalTaxSet": money(tax),
            }
            for place, (number, count, amount, tax) in enumerate(pieces)
        ],
        "refundShippingLines": [
            {"subtotalAmountSet": money(amount), "taxAmountSet": money(tax)} for amount, tax in ways
        ],
        "orderAdjustments": [
            {"reason": "REFUND_DISCREPANCY", "amountSet": money(amount), "taxAmountSet": money(tax)}
            for amount, tax in adjustments
        ],
    }


def told(record, *refunds, currency="EUR"):
    """Return the row of an order without what is nothing, its lines and its refunds; hold the identity for each."""
    shop = Shop("5", "alpha", "Alpha", "alpha.myshopify.com", currency=currency, time_zone="UTC")
    record = record | {"currencyCode": currency}
    rows = rows_of("orders", {"record": record, "refunds": list(refunds)}, shop)
    [row], refunded = rows["orders"], rows["order_refunds"]
    exact = {name: Decimal(str(row[name] or 0)) for name in (*ADDED, "gross_sales", "discounts", "returns")}
    worth = exact["gross_sales"] - exact["discounts"] - exact["returns"] + sum(exact[name] for name in ADDED)
    owed = (
        Decimal(str(row["paid_total"])) - Decimal(str(row["refunded_total"])) + Decimal(str(row["outstanding_total"]))
    )
    assert worth == owed
    for name in ("returns", "shipping_returned", "taxes_returned"):
        assert sum(Decimal(str(one[name])) for one in refunded) in {Decimal(str(row[name])), 0}
    names = (*exact, "shipping_returned", "taxes_returned")
    return {name: row[name] for name in names if row[name]}, rows["order_lines"], refunded


def by_refund(refunded, name="returns"):
    return [one[name] for one in refunded]


def test_duties_in_prices_are_no_goods():
    """Those that came back with the goods are in neither, so that what a refund returned is what the order did."""
    inside = {"dutiesIncluded": True, "currentTotalDutiesSet": money(12)}
    sold, _, _ = told(order(line(1, 112), total=112, **inside))
    back = order(line(1, 224, 2, 1), total=224, current=112, refunded=112, **inside)
    returned, _, refunded = told(back, refund((1, 1, 112, 0), paid=112))

    assert sold == {"gross_sales": 100, "duties": 12}
    assert returned == {"gross_sales": 212, "returns": 112, "duties": 12}
    assert by_refund(refunded) == [112]


def test_taxes_of_duties_and_fees_come_on_top_of_prices_with_taxes():
    fees = {"taxesIncluded": True, "currentTotalAdditionalFeesSet": money(5)}
    way = shipping("12.10", tax="2.10")
    sold, [row], _ = told(order(line(1, 121, tax=21), total="139.10", tax="24.10", ways=[way], **fees))

    assert sold == {"gross_sales": 100, "shipping": 10, "additional_fees": 5, "taxes": 24.1}
    assert row["net_sales"] == 100


def test_taxes_that_no_line_tells_are_in_what_was_asked_for_shipping():
    sold, _, _ = told(
        order(line(1, 121, tax=21), total="133.10", tax="23.10", taxesIncluded=True, ways=[shipping("12.10")])
    )

    assert sold == {"gross_sales": 100, "shipping": 10, "taxes": 23.1}


def test_taxes_of_an_order_without_goods_are_those_of_its_shipping():
    card = line(1, 50, isGiftCard=True)
    sold, _, _ = told(order(card, total="62.10", tax="2.10", taxesIncluded=True, ways=[shipping("12.10")]))

    assert sold == {"shipping": 10, "taxes": 2.1, "gift_cards_sold": 50}


def test_a_discount_that_nothing_has_is_one_of_goods():
    sold, lines, _ = told(order(line(1, 10), line(2, 20), total=25, totalDiscountsSet=money(5)))

    assert sold == {"gross_sales": 30, "discounts": 5}
    assert [row["net_sales"] for row in lines] == [8.33, 16.67]


@pytest.mark.parametrize("fields", [{"discountedPriceSet": None}, {}])
def test_a_discount_that_lines_do_not_have_is_one_of_shipping(fields):
    goods = line(1, 60, discount=10)
    sold, _, _ = told(order(goods, total=50, totalDiscountsSet=money(18), ways=[shipping(8, **fields)]))

    assert sold == {"gross_sales": 60, "discounts": 10}


def test_what_was_given_for_nothing_had_the_taxes_of_its_rate_in_its_price():
    free = line(1, 121, discount=121, rate=0.21)
    sold, _, _ = told(order(free, total=0, totalDiscountsSet=money(121), taxesIncluded=True))

    assert sold == {"gross_sales": 100, "discounts": 100}


@pytest.mark.parametrize(("fee", "returns"), [(10, 90), (-10, 110)])
def test_a_fee_for_the_return_counts_against_it_and_goodwill_for_it(fee, returns):
    """No adjustment says so, but the money does."""
    back = order(line(1, 100, 1, 0, tax=8), line(2, 50), total=158, current=50 + fee, refunded=108 - fee, tax=8)
    sold, _, refunded = told(back, refund((1, 1, 100, 8), paid=108 - fee))

    assert sold == {"gross_sales": 150, "returns": returns, "taxes_returned": 8}
    assert by_refund(refunded) == [returns]


def test_a_fee_is_known_where_duties_were_not_asked_for_only_as_the_refund_tells_it():
    back = order(line(1, 100, 1, 0), total=100, current=10, refunded=90)
    del back["currentTotalDutiesSet"]
    sold, _, _ = told(back, refund((1, 1, 100, 0), paid=90, adjustments=[(10, 0)]))

    assert sold == {"gross_sales": 100, "returns": 90}


def test_taxes_of_an_adjustment_are_taxes():
    pleased = order(line(1, 100, tax=10), total=110, current=88, refunded=22, tax=10)
    sold, _, refunded = told(pleased, refund(paid=22, adjustments=[(-20, -2)]))

    assert sold == {"gross_sales": 100, "returns": 20, "taxes": 8, "taxes_returned": 2}
    assert by_refund(refunded, "taxes_returned") == [2]


def test_shares_of_taxes_are_in_minor_units():
    """The last one takes what is left."""
    sold, lines, _ = told(order(line(1, 10), line(2, 20), total=30, tax="4.99", taxesIncluded=True))
    back = order(
        line(1, 10000, 1, 0), line(2, 3333), total=13333, current=3333, refunded=10000, tax=2129, taxesIncluded=True
    )
    returned, _, _ = told(back, refund((1, 1, 10000, 0), paid=10000), currency="CLP")

    assert sold == {"gross_sales": 25.01, "taxes": 4.99}
    assert [row["net_sales"] for row in lines] == [8.34, 16.67]
    assert returned == {"gross_sales": 11204, "returns": 8403, "taxes": 532, "taxes_returned": 1597}


@pytest.mark.parametrize(("paid", "taxes"), [(10, 0), ("10.33", 0.33)])
def test_the_money_says_whether_taxes_came_back_that_a_refund_does_not_tell(paid, taxes):
    now = Decimal(31) - Decimal(str(paid))
    back = order(line(1, 30, 3, 2, tax=1), total=31, current=now, refunded=paid, tax=1)
    sold, _, _ = told(back, refund((1, 1, 10, 0), paid=paid))

    assert sold.get("taxes_returned", 0) == taxes
    assert sold["returns"] == 10


def test_a_refund_may_tell_its_amounts_without_the_taxes_in_prices():
    back = order(
        line(1, 242, 2, 1, tax=42),
        total="254.10",
        current=121,
        refunded="133.10",
        tax="44.10",
        taxesIncluded=True,
        ways=[shipping("12.10", tax="2.10")],
    )
    sold, [row], _ = told(back, refund((1, 1, 100, 21), paid="133.10", ways=[(10, "2.10")]))

    assert row["net_sales"] == 100

    assert sold == {
        "gross_sales": 200,
        "returns": 100,
        "taxes": 21,
        "shipping_returned": 10,
        "taxes_returned": 23.1,
    }


def test_a_part_of_shipping_comes_back_with_the_taxes_in_it():
    paid = {"total": "133.10", "current": "127.05", "refunded": "6.05", "tax": "23.10", "taxesIncluded": True}
    back = order(line(1, 121, tax=21), ways=[shipping("12.10", tax="2.10")], **paid)
    sold, _, _ = told(back, refund(paid="6.05", ways=[("6.05", "1.05")]))

    assert sold == {"gross_sales": 100, "shipping": 5, "shipping_returned": 5, "taxes": 22.05, "taxes_returned": 1.05}


def test_a_part_of_shipping_comes_back_with_the_taxes_on_top_of_it():
    back = order(line(1, 100), total=111, current="105.50", refunded="5.50", tax=1, ways=[shipping(10, tax=1)])
    sold, _, _ = told(back, refund(paid="5.50", ways=[(5, "0.50")]))

    assert sold == {"gross_sales": 100, "shipping": 5, "shipping_returned": 5, "taxes": 0.5, "taxes_returned": 0.5}


def test_a_cancelled_order_that_nobody_owes_anything_for_has_no_fees():
    gone = order(
        line(1, 100, 1, 0),
        total=117,
        current=0,
        refunded=117,
        cancelledAt="2026-01-02T00:00:00Z",
        currentTotalAdditionalFeesSet=money(5),
        currentTotalDutiesSet=money(12),
    )
    sold, _, _ = told(gone, refund((1, 1, 100, 0), paid=117))

    assert sold == {"gross_sales": 100, "returns": 100}


@pytest.mark.parametrize("fields", [{"requiresShipping": True}, {"sku": "T-1"}, {"tax": 2}, {"variant": gid("X", 3)}])
def test_goods_that_are_called_tip_are_goods(fields):
    sold, _, _ = told(order(untied(1, 40, "Tip", **fields), total=40 + fields.get("tax", 0), tax=fields.get("tax", 0)))

    assert (sold["gross_sales"], sold.get("tips", 0)) == (40, 0)


def test_a_tip_stands_after_the_goods_that_cost_as_much():
    alike = (untied(2, 15, "E-book"), untied(3, 15, "Propina"), untied(4, 7, "E-book"))
    sold, lines, _ = told(order(line(1, 100), *alike, total=137, totalTipReceivedSet=money(15)))

    assert sold == {"gross_sales": 122, "tips": 15}
    assert [row["is_tip"] for row in lines] == [0, 0, 1, 0]


def test_several_tips_come_to_what_was_tipped():
    alike = (untied(2, 15, "Tip"), untied(3, 5, "Propina"), untied(4, 2, "Propina"))
    sold, lines, _ = told(order(line(1, 100), *alike, total=122, totalTipReceivedSet=money(22)))

    assert sold == {"gross_sales": 100, "tips": 22}
    assert [row["is_tip"] for row in lines] == [0, 1, 1, 1]


def test_what_is_not_what_was_tipped_is_no_tip():
    sold, _, _ = told(order(line(1, 100), untied(2, 15, "E-book"), total=119, totalTipReceivedSet=money(4)))

    assert sold == {"gross_sales": 115, "tips": 4}


@pytest.mark.parametrize("total", [0, 10], ids=["without", "with"])
def test_shipping_that_an_edit_removed_is_returned(total):
    """Whether the total has it, is not said."""
    gone = order(line(1, 100), total=110, current=100, ways=[shipping(10, isRemoved=True)])
    gone["totalShippingPriceSet"] = money(total)
    edited, _, _ = told(gone)
    back, _, refunded = told(
        gone | {"totalRefundedSet": money(10), "totalOutstandingSet": money(0)}, refund(paid=10, ways=[(10, 0)])
    )

    assert edited == back == {"gross_sales": 100, "shipping_returned": 10}
    assert by_refund(refunded, "shipping_returned") == [10]


def test_shipping_that_an_edit_removed_is_returned_with_its_taxes():
    gone = order(
        line(1, 121, tax=21),
        total="133.10",
        current=121,
        tax="23.10",
        taxesIncluded=True,
        ways=[shipping("12.10", tax="2.10", isRemoved=True)],
    )
    sold, _, _ = told(gone)

    assert sold == {"gross_sales": 100, "shipping_returned": 10, "taxes": 21, "taxes_returned": 2.1}


def test_money_for_nothing_is_returned_on_the_day_of_each_refund():
    twice = order(line(1, 100), total=100, current=70, refunded=30)
    sold, _, refunded = told(twice, refund(paid=10), refund(paid=20, day=6))

    assert sold == {"gross_sales": 100, "returns": 30}
    assert by_refund(refunded) == [10, 20]


def test_money_for_what_came_back_before_is_no_second_return():
    late = order(line(1, 100, 1, 0), line(2, 40), total=100, paid=100, current=40, refunded=60)
    sold, _, refunded = told(late, refund((1, 1, 100, 0)), refund(paid=60, day=6))

    assert sold == {"gross_sales": 140, "returns": 100}
    assert by_refund(refunded) == [100, 0]


def test_a_cent_left_over_is_of_the_last_refund():
    rounded = order(line(1, 100, 3, 2), total=100, current="66.66", refunded="33.34")
    _, _, refunded = told(rounded, refund((1, 1, "33.33", 0), paid="33.34"))

    assert by_refund(refunded) == [33.34]
