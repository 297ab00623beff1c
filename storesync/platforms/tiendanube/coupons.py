"""Rows of coupons. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.values import flag, identifier, instant, integer, lower, number, text

_KINDS = {"percentage": "percentage", "absolute": "amount", "shipping": "free_shipping"}


def coupon_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one coupon (https://tiendanube.github.io/api-documentation/resources/coupon).

    Each has one code. No limit per customer is documented (the one to first purchases is another). A coupon
    with a ``deleted_at`` is still listed, so its row stays, with the status ``disabled``.
    """
    coupon = parts["record"]
    sent = lower(coupon.get("type"))
    kind = _KINDS.get(sent, sent) if sent else None
    row = {
        "id": identifier(coupon.get("id")),
        "code": text(coupon.get("code")),
        "kind": kind,
        "value": number(coupon.get("value")),
        "currency": shop.currency if kind == "amount" else None,
        "status": _status(coupon),
        "min_total": number(coupon.get("min_price")),
        "usage_limit": integer(coupon.get("max_uses")),
        "used_count": integer(coupon.get("used")),
        "combines": flag(coupon.get("combines_with_other_discounts")),
        "applies_to": next((name for name in ("products", "categories") if coupon.get(name)), "all"),
        "codes_count": 1,
        "starts_at": instant(coupon.get("start_date")),
        "ends_at": instant(coupon.get("end_date")),
        "created_at": instant(coupon.get("created_at")),
        "updated_at": instant(coupon.get("updated_at")),
    }
    return {"coupons": [row]}


def _status(coupon: Mapping[str, Any]) -> str | None:
    """Return the status by the record alone: with a clock the row would change without a new record.

    ``expired``: all uses are used up, or it is not valid and has an end date. ``disabled``: deleted, or not
    valid for another reason. Anything else is ``active``, never ``scheduled``: compare `starts_at` and
    `ends_at` with the time.
    """
    if coupon.get("deleted_at"):
        return "disabled"
    limit, used, valid = integer(coupon.get("max_uses")), integer(coupon.get("used")), flag(coupon.get("valid"))
    if limit and used is not None and used >= limit:
        return "expired"
    if valid == 0:
        return "expired" if instant(coupon.get("end_date")) else "disabled"
    return None if valid is None else "active"
