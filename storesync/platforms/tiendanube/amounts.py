"""Amounts of orders, checkouts and draft orders: totals, payments and refunds. Pure."""

from decimal import Decimal

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Number, Shape, UnsetType
from storesync.platforms.values import decimal, number, stored

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
