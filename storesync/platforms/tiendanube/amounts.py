"""Amounts of orders, checkouts and draft orders: totals, payments and refunds. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Number, Shape, UnsetType
from storesync.platforms.values import decimal, number, stored
from storesync.rules.currencies import to_minor_unit

NOTHING = Decimal(0)
_UNPAID = frozenset({"pending", "authorized", "abandoned", "voided"})


class Priced(Shape):
    """What costs something; an old form of version 1 calls the total ``price``."""

    subtotal: Number = None
    discount: Number = None
    shipping_cost_customer: Number = None
    total: Number | UnsetType = UNSET
    price: Number = None


def totals(basket: Priced) -> Row:
    """Return the total columns of an order, a checkout or a draft order."""
    total = total_of(basket)
    return {
        "subtotal": number(basket.subtotal),
        "discount_total": number(basket.discount),
        "shipping_total": _stored(_shipping(basket, total)),
        "total": _stored(total),
    }


def total_of(basket: Priced) -> Decimal | None:
    """Return the total."""
    return decimal(basket.price if basket.total is UNSET else basket.total)


def settled(status: str | None, total: Decimal | None, told: Decimal | None) -> Row:
    """Return the columns of what was paid for an order and what was refunded.

    *told* is what the platform says that the customer paid.
    """
    return {
        "paid_total": _stored(_paid(status, total, told)),
        "refunded_total": _stored(_refunded(status, total)),
    }


def sales(order: Priced, settled: Row, *, is_over: bool) -> Row:
    """Return an order in the terms of sales reports; what the platform does not tell is left out, taxes among it.

    *settled* are the columns of `settled`. An order that *is_over*, cancelled or paid back whole, sold nothing: all of
    it came back. What the total has beyond goods, discount and shipping is a fee, what it lacks is a discount.
    """
    total, gross = total_of(order), decimal(order.subtotal)
    if total is None:
        return {}
    paid, refunded = (decimal(settled[name]) for name in ("paid_total", "refunded_total"))
    now = NOTHING if is_over else total
    owed = None if paid is None or refunded is None else stored(now - paid + refunded)
    if gross is None:
        return {"outstanding_total": owed}
    discount, shipping = decimal(order.discount) or NOTHING, _shipping(order, total) or NOTHING
    rest = total - (gross - discount + shipping)
    discount, fees = discount - min(rest, NOTHING), max(rest, NOTHING)
    return {
        "gross_sales": stored(gross),
        "discounts": stored(discount),
        "returns": stored(gross - discount if is_over else NOTHING),
        "shipping": stored(NOTHING if is_over else shipping),
        "shipping_returned": stored(shipping if is_over else NOTHING),
        "additional_fees": stored(NOTHING if is_over else fees),
        "outstanding_total": owed,
    }


def net_of_lines(lines: Sequence[Row], order: Row, currency: str | None) -> list[Row]:
    """Return the net sales of each line: its share of what the *order* sold net, by its total."""
    if order.get("gross_sales") is None:
        return [{} for _ in lines]
    totals = [decimal(line["total"]) or NOTHING for line in lines]
    gross, discounts, returns = (decimal(order[name]) or NOTHING for name in ("gross_sales", "discounts", "returns"))
    net, worth = gross - discounts - returns, sum(totals, NOTHING)
    shares, left = [], net
    for total in totals:
        share = to_minor_unit(net * total / worth, currency) if worth else NOTHING
        shares.append(share)
        left -= share
    if shares and worth:
        shares[-1] += left
    return [{"net_sales": stored(share)} for share in shares]


def _shipping(basket: Priced, total: Decimal | None) -> Decimal | None:
    """Return what the customer pays for shipping.

    Version 1 reports it. In later versions it is the total less the discounted subtotal, since those
    are there before the fulfilment orders are.
    """
    told = decimal(basket.shipping_cost_customer)
    subtotal, discount = decimal(basket.subtotal), decimal(basket.discount)
    if told is not None or total is None or subtotal is None or discount is None:
        return told
    rest = total - subtotal + discount
    return rest if rest >= 0 else None


def _paid(status: str | None, total: Decimal | None, told: Decimal | None) -> Decimal | None:
    """Return what was paid so far, None where the platform only says that a part was paid."""
    if status is None or status in _UNPAID:
        return Decimal(0) if status else told
    if status == "partially_paid":
        return told if told is not None and total is not None and told < total else None
    return total if told is None else told


def _refunded(status: str | None, total: Decimal | None) -> Decimal | None:
    """Return what was refunded, None for a partial refund, whose amount the platform does not report."""
    if status is None or status == "partially_refunded":
        return None
    return total if status == "refunded" else Decimal(0)


def _stored(amount: Decimal | None) -> int | float | None:
    return None if amount is None else stored(amount)
