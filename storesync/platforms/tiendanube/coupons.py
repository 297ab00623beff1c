"""Rows of coupons. Pure."""

from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Digits, Flag, Id, Instant, Number, Shape, Text
from storesync.platforms.values import flag, identifier, instant, integer, lower, number

_KINDS = {"percentage": "percentage", "absolute": "amount", "shipping": "free_shipping"}


class Coupon(Shape):
    """A coupon as it is stored."""

    id: Id = None
    code: Text = None
    type: Text = None
    value: Number = None
    valid: Flag = None
    used: Digits = None
    max_uses: Digits = None
    min_price: Number = None
    combines_with_other_discounts: Flag = None
    products: Any = None
    categories: Any = None
    start_date: Instant = None
    end_date: Instant = None
    deleted_at: Any = None
    created_at: Instant = None
    updated_at: Instant = None


def coupon_rows(coupon: Coupon, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one coupon (https://tiendanube.github.io/api-documentation/resources/coupon).

    Each has one code. No limit per customer is documented (the one to first purchases is another). A coupon
    with a ``deleted_at`` is still listed, so its row stays, with the status ``disabled``.
    """
    sent = lower(coupon.type)
    kind = _KINDS.get(sent, sent) if sent else None
    row = {
        "id": identifier(coupon.id),
        "code": coupon.code or None,
        "kind": kind,
        "value": number(coupon.value),
        "currency": shop.currency if kind == "amount" else None,
        "status": _status(coupon),
        "min_total": number(coupon.min_price),
        "usage_limit": integer(coupon.max_uses),
        "used_count": integer(coupon.used),
        "combines": flag(coupon.combines_with_other_discounts),
        "applies_to": "products" if coupon.products else "categories" if coupon.categories else "all",
        "codes_count": 1,
        "starts_at": instant(coupon.start_date),
        "ends_at": instant(coupon.end_date),
        "created_at": instant(coupon.created_at),
        "updated_at": instant(coupon.updated_at),
    }
    return {"coupons": [row]}


def _status(coupon: Coupon) -> str | None:
    """Return the status by the record alone: with a clock the row would change without a new record.

    ``expired``: all uses are used up, or it is not valid and has an end date. ``disabled``: deleted, or not
    valid for another reason. Anything else is ``active``, never ``scheduled``: compare `starts_at` and
    `ends_at` with the time.
    """
    if coupon.deleted_at:
        return "disabled"
    limit, used, valid = integer(coupon.max_uses), integer(coupon.used), flag(coupon.valid)
    if limit and used is not None and used >= limit:
        return "expired"
    if valid == 0:
        return "expired" if instant(coupon.end_date) else "disabled"
    return None if valid is None else "active"
