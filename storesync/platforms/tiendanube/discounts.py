"""Rows of an order's discounts. Pure."""

from typing import Annotated, Any

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Number, Shape, Text, UnsetType
from storesync.platforms.tiendanube.baskets import Basket
from storesync.platforms.tiendanube.objects import objects, several
from storesync.platforms.values import decimal, lower, number, stored, text

_VALUE_TYPES = {"percentage": "percentage", "absolute": "amount"}


class AppliedCoupon(Shape):
    """A coupon that a customer used."""

    code: Text = None
    value: Number = None
    type: Text = None


class Promotion(Shape):
    """What all promotions together take off; *promotions_applied* is only read where that is something."""

    total_discount_amount: Number = None
    promotions_applied: Any = None


class Discounted(Basket):
    """A basket with its discounts."""

    coupon: Annotated[list[AppliedCoupon] | None, several(AppliedCoupon)] = None
    discount_coupon: Number | UnsetType = UNSET
    promotional_discount: Promotion | None = None
    discount_gateway: Number = None
    gateway_name: Text = None


def discount_rows(order: Discounted, order_id: str, currency: str | None) -> list[Row]:
    """Return one discount row per coupon, one for all promotions together, and one for the payment method."""
    coupons, promotion = order.coupon or (), order.promotional_discount
    amount = order.discount if order.discount_coupon is UNSET else order.discount_coupon
    rows = [_coupon(one, amount if len(coupons) == 1 else None) for one in coupons]
    if promotion and (off := decimal(promotion.total_discount_amount)):
        rows.append({"kind": "promotion", "title": _title(promotion), "amount": stored(off)})
    if off := decimal(order.discount_gateway):
        rows.append({"kind": "gateway", "title": order.gateway_name or None, "amount": stored(off)})
    return [
        {"id": f"{order_id}:{n}", "order_id": order_id, **row, "currency": currency} for n, row in enumerate(rows, 1)
    ]


def _coupon(coupon: AppliedCoupon, amount: Any) -> Row:
    return {
        "kind": "code",
        "code": coupon.code or None,
        "value": number(coupon.value),
        "value_type": _VALUE_TYPES.get(lower(coupon.type) or ""),
        "amount": number(amount),
    }


def _title(promotion: Promotion) -> str | None:
    names = (text(one.get("discount_script_type")) for one in objects(promotion.promotions_applied))
    return ", ".join(name for name in names if name) or None
