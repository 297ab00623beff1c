"""What an order comes to in the terms of Shopify's sales reports: sold, discounted, returned, and no sale at all. Pure.

The terms: https://help.shopify.com/en/manual/reports-and-analytics/shopify-reports/report-types/default-reports/finances-report
Amounts of goods and shipping have no taxes in them, whether the prices do or not. Gift cards and tips are no sales.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from storesync.model import Row, Shop
from storesync.platforms.shopify.after_sale import Refund
from storesync.platforms.shopify.objects import MoneyBag, shop_money, shop_number
from storesync.platforms.shopify.order_shapes import Order
from storesync.platforms.shopify.returned import Returned, are_returns_told, came_back, returned_with
from storesync.platforms.shopify.sold import (
    GOODS,
    TIP,
    Line,
    Sold,
    are_goods_told,
    are_taxes_told,
    are_tips_told,
    has_duties,
    has_fees,
    is_shipping_told,
    outstanding,
    sold_of,
)
from storesync.platforms.values import instant, stored
from storesync.runtime.instants import day_of


class Sales(Struct, gc=False):
    """The columns that tell an order's sales, for the order, for each of its lines and for each of its refunds."""

    order: Row
    lines: Sequence[Row]
    refunds: Sequence[Row]


def order_sales(order: Order, refunds: Sequence[Refund] | None, currency: str | None, shop: Shop) -> Sales:
    """Return what an order and its parts come to. What depends on a field that was not read is None.

    Where the parts were not read that tell what came back, it is what was paid back.
    """
    sold = sold_of(order, currency)
    if are_returns_told(order, refunds):
        dated = [returned_with(each, sold, currency) for each in refunds or ()]
        back = came_back(order, sold, dated, currency)
        row = _back_row(back)
        rows = [_back_row(each) for each in dated]
    else:
        back, row = Returned(), _paid_back_row(order.total_refunded_set)
        rows = [_paid_back_row(each.total_refunded_set) for each in refunds or ()]
    has_goods = are_goods_told(order)
    row["cash_rounding"] = _stored(_rounding(order))
    row["outstanding_total"] = _stored(outstanding(order))
    row["gross_sales"] = _number(sold.gross) if has_goods else None
    row["discounts"] = _number(sold.gross - sold.goods) if has_goods else None
    row["shipping"] = _number(sold.shipping - back.shipping) if is_shipping_told(order) else None
    row["duties"] = _number(sold.duties) if has_duties(order) else None
    row["additional_fees"] = _number(sold.fees) if has_fees(order) else None
    row["taxes"] = _number(sold.taxes - back.taxes) if are_taxes_told(order) else None
    row["tips"] = _number(sold.tips - back.tips) if are_tips_told(order) else None
    row["gift_cards_sold"] = _number(sold.gift_cards - back.gift_cards) if has_goods else None
    for refund, each in zip(refunds or (), rows, strict=True):
        each["processed_on"] = _day(refund, shop)
    return Sales(row, [_line_row(each, sold, is_told=has_goods) for each in sold.lines], rows)


def _back_row(back: Returned) -> Row:
    return {
        "returns": _number(back.goods),
        "shipping_returned": _number(back.shipping),
        "taxes_returned": _number(back.taxes),
    }


def _paid_back_row(money: MoneyBag | None) -> Row:
    return {"returns": shop_number(money), "shipping_returned": None, "taxes_returned": None}


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


def _line_row(line: Line, sold: Sold, *, is_told: bool) -> Row:
    """Return the columns of a line; what is no sale has no net sales."""
    if line.kind != GOODS or not is_told:
        return {"is_tip": int(line.kind == TIP), "net_sales": None}
    net = line.value - line.back if line.back else line.value
    if sold.has_taxes_inside:
        net -= line.tax - line.back_tax
    return {"is_tip": 0, "net_sales": _number(net)}


def _day(refund: Refund, shop: Shop) -> str | None:
    return day_of(instant(refund.processed_at) or instant(refund.created_at), shop.time_zone)
