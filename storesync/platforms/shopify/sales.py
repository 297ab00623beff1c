"""What an order comes to in the terms of Shopify's sales reports: sold, discounted, returned, and no sale at all. Pure.

The terms: https://help.shopify.com/en/manual/reports-and-analytics/shopify-reports/report-types/default-reports/finances-report
Amounts of goods and shipping have no taxes in them, whether the prices do or not. Gift cards and tips are no sales.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from storesync.model import Row, Shop
from storesync.platforms.shopify.after_sale import Refund
from storesync.platforms.shopify.objects import shop_money
from storesync.platforms.shopify.order_shapes import Order
from storesync.platforms.shopify.returned import Returned, are_returns_told, came_back, outstanding, returned_with
from storesync.platforms.shopify.sold import GOODS, TIP, Line, Sold, has_duties, has_fees, is_told, sold_of
from storesync.platforms.values import instant, stored
from storesync.runtime.instants import day_of


class Sales(Struct, gc=False):
    """The columns that tell an order's sales, for the order, for each of its lines and for each of its refunds."""

    order: Row
    lines: Sequence[Row]
    refunds: Sequence[Row]


def order_sales(order: Order, refunds: Sequence[Refund] | None, currency: str | None, shop: Shop) -> Sales:
    """Return what an order and its parts come to. What needs a field that was not read is left out."""
    row = {"cash_rounding": _stored(_rounding(order)), "outstanding_total": _stored(outstanding(order))}
    days = [{"processed_on": _day(each, shop)} for each in refunds or ()]
    if not is_told(order):
        return Sales(row, [{} for _ in order.line_items or ()], days)
    sold = sold_of(order, currency)
    row |= {
        "gross_sales": _number(sold.gross),
        "discounts": _number(sold.gross - sold.goods),
        "duties": _number(sold.duties) if has_duties(order) else None,
        "additional_fees": _number(sold.fees) if has_fees(order) else None,
    }
    if not are_returns_told(order, refunds):
        return Sales(row, [{"is_tip": int(each.kind == TIP)} for each in sold.lines], days)
    dated = [returned_with(each, sold) for each in refunds or ()]
    back = came_back(order, sold, dated, currency)
    row |= {
        "returns": _number(back.goods),
        "shipping": _number(sold.shipping - back.shipping),
        "shipping_returned": _number(back.shipping),
        "taxes": _number(sold.taxes - back.taxes),
        "taxes_returned": _number(back.taxes),
        "tips": _number(sold.tips - back.tips),
        "gift_cards_sold": _number(sold.gift_cards - back.gift_cards),
    }
    lines = [_line_row(each, sold) for each in sold.lines]
    return Sales(row, lines, [day | _refund_row(each) for day, each in zip(days, dated, strict=True)])


def _rounding(order: Order) -> Decimal | None:
    """Return what was paid more in cash than `totalReceivedSet` says, less what was paid back more.

    https://shopify.dev/changelog/new-cash-rounding-on-order-and-order-transaction
    """
    told = order.total_cash_rounding_adjustment
    if told is None:
        return None
    paid, refunded = shop_money(told.payment_set), shop_money(told.refund_set)
    return None if paid is None or refunded is None else paid - refunded


def _stored(amount: Decimal | None) -> int | float | None:
    return None if amount is None else _number(amount)


def _number(amount: Decimal) -> int | float:
    """Return *amount* as the database stores it; most are nothing."""
    return stored(amount) if amount else 0


def _line_row(line: Line, sold: Sold) -> Row:
    """Return the columns of a line; what is no sale has no net sales."""
    if line.kind != GOODS:
        return {"is_tip": int(line.kind == TIP), "net_sales": None}
    net = line.value - line.back if line.back else line.value
    if sold.has_taxes_inside:
        net -= line.tax - line.back_tax
    return {"is_tip": 0, "net_sales": _number(net)}


def _refund_row(back: Returned) -> Row:
    return {
        "returns": _number(back.goods),
        "shipping_returned": _number(back.shipping),
        "taxes_returned": _number(back.taxes),
    }


def _day(refund: Refund, shop: Shop) -> str | None:
    return day_of(instant(refund.processed_at) or instant(refund.created_at), shop.time_zone)
