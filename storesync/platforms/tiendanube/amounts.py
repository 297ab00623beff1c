"""Amounts of orders, checkouts and draft orders: totals, payments, refunds and discounts. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storesync.model import Row
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import decimal, lower, number, stored, text

_UNPAID = frozenset({"pending", "authorized", "abandoned", "voided"})
_VALUE_TYPES = {"percentage": "percentage", "absolute": "amount"}


def totals(basket: Mapping[str, Any]) -> Row:
    """Return the total columns of an order, a checkout or a draft order."""
    return {
        "subtotal": number(basket.get("subtotal")),
        "discount_total": number(basket.get("discount")),
        "shipping_total": _stored(_shipping(basket)),
        "total": _stored(_total(basket)),
    }


def settled(order: Mapping[str, Any]) -> Row:
    """Return the columns of what was paid for an order and what was refunded."""
    status, total = lower(order.get("payment_status")), _total(order)
    return {
        "paid_total": _stored(_paid(order, status, total)),
        "refunded_total": _stored(_refunded(status, total)),
    }


def discount_rows(order: Mapping[str, Any], order_id: str, currency: str | None) -> list[Row]:
    """Return one discount row per coupon, one for all promotions together, and one for the payment method."""
    coupons = objects(order.get("coupon"))
    amount = order.get("discount_coupon", order.get("discount"))
    rows = [_coupon(one, amount if len(coupons) == 1 else None) for one in coupons]
    promotion = order.get("promotional_discount")
    if isinstance(promotion, dict) and (off := decimal(promotion.get("total_discount_amount"))):
        rows.append({"kind": "promotion", "title": _promotion_title(promotion), "amount": stored(off)})
    if off := decimal(order.get("discount_gateway")):
        rows.append({"kind": "gateway", "title": text(order.get("gateway_name")), "amount": stored(off)})
    return [
        {"id": f"{order_id}:{n}", "order_id": order_id, **row, "currency": currency} for n, row in enumerate(rows, 1)
    ]


def _total(basket: Mapping[str, Any]) -> Decimal | None:
    """Return the total, which an old form of version 1 calls ``price``."""
    return decimal(basket.get("total", basket.get("price")))


def _shipping(basket: Mapping[str, Any]) -> Decimal | None:
    """Return what the customer pays for shipping.

    Version 1 reports it. In later versions it is the total less the discounted subtotal, since those
    are there before the fulfilment orders are.
    """
    told, total = decimal(basket.get("shipping_cost_customer")), _total(basket)
    subtotal, discount = decimal(basket.get("subtotal")), decimal(basket.get("discount"))
    if told is not None or total is None or subtotal is None or discount is None:
        return told
    rest = total - subtotal + discount
    return rest if rest >= 0 else None


def _paid(order: Mapping[str, Any], status: str | None, total: Decimal | None) -> Decimal | None:
    """Return what was paid so far, None where the platform only says that a part was paid."""
    told = decimal(order.get("total_paid_by_customer"))
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


def _coupon(coupon: Mapping[str, Any], amount: Any) -> Row:
    return {
        "kind": "code",
        "code": text(coupon.get("code")),
        "value": number(coupon.get("value")),
        "value_type": _VALUE_TYPES.get(lower(coupon.get("type")) or ""),
        "amount": number(amount),
    }


def _promotion_title(promotion: Mapping[str, Any]) -> str | None:
    applied = objects(promotion.get("promotions_applied"))
    names = (text(one.get("discount_script_type")) for one in applied)
    return ", ".join(name for name in names if name) or None


def _stored(amount: Decimal | None) -> int | float | None:
    return None if amount is None else stored(amount)
