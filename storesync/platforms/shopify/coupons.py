"""Rows of discounts, by code or automatic.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/unions/Discount
"""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.amounts import inner, items
from storesync.platforms.values import decimal, flag, identifier, instant, integer, lower, number, stored, text

# Only the app itself knows the kind of a discount that it made.
KINDS = {"FreeShipping": "free_shipping", "Bxgy": "buy_x_get_y", "App": "app"}
APPLIES_TO = {"AllDiscountItems": "all", "DiscountProducts": "products", "DiscountCollections": "categories"}


def coupon_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a discount, with the first of its codes."""
    record = parts["record"]
    discount = record.get("discount") or {}
    typename = text(discount.get("__typename")) or ""
    codes = items(discount, "codes")
    least = _least(discount)
    value = _value(discount)
    coupon = {
        "id": identifier(record.get("id")),
        "code": text(codes[0].get("code")) if codes else None,
        "title": text(discount.get("title")),
        "kind": _kind(typename, value),
        **_worth(value),
        "status": lower(discount.get("status")),
        "min_total": number(least),
        "usage_limit": integer(discount.get("usageLimit")),
        "used_count": integer(discount.get("asyncUsageCount")),
        "once_per_customer": flag(discount.get("appliesOncePerCustomer")),
        "combines": _combines(discount.get("combinesWith")),
        "applies_to": _applies_to(typename, discount),
        "codes_count": _codes_count(typename, discount),
        "starts_at": instant(discount.get("startsAt")),
        "ends_at": instant(discount.get("endsAt")),
        "created_at": instant(discount.get("createdAt")),
        "updated_at": instant(discount.get("updatedAt")),
    }
    if coupon["currency"] is None and least is not None:
        coupon["currency"] = text(inner(least, "currencyCode")) or shop.currency
    return {"coupons": [coupon]}


def _value(discount: Mapping[str, Any]) -> Any:
    """Return the discount's value (a percentage or an amount), on everything or on a number of items."""
    value = inner(discount, "customerGets", "value")
    return inner(value, "effect") or value


def _worth(value: Any) -> Row:
    """Return value and currency. Shopify gives a percentage as a fraction here: 0.1 is 10 %.

    https://shopify.dev/docs/api/admin-graphql/2026-10/input-objects/DiscountCustomerGetsValueInput
    """
    part = decimal(inner(value, "percentage"))
    if part is not None:
        return {"value": stored(part * 100), "currency": None}
    amount = inner(value, "amount")
    return {"value": number(amount), "currency": text(inner(amount, "currencyCode"))}


def _kind(typename: str, value: Any) -> str | None:
    named = next((kind for ending, kind in KINDS.items() if typename.endswith(ending)), None)
    if named is None and value is not None:
        kind = inner(value, "__typename")
        return "percentage" if kind == "DiscountPercentage" else "amount" if kind == "DiscountAmount" else None
    return named


def _least(discount: Mapping[str, Any]) -> Any:
    """Return the minimum purchase, as money or as a bare number."""
    return inner(discount, "minimumRequirement", "greaterThanOrEqualToSubtotal") or inner(
        discount, "customerBuys", "value", "amount"
    )


def _combines(classes: Any) -> int | None:
    if not isinstance(classes, dict):
        return None
    return int(any(classes.get(name) for name in ("orderDiscounts", "productDiscounts", "shippingDiscounts")))


def _applies_to(typename: str, discount: Mapping[str, Any]) -> str | None:
    """Return what the discount applies to; free shipping applies to the whole order."""
    if typename.endswith("FreeShipping"):
        return "all"
    items_type = text(inner(discount, "customerGets", "items", "__typename"))
    return APPLIES_TO.get(items_type or "", lower(items_type))


def _codes_count(typename: str, discount: Mapping[str, Any]) -> int | None:
    return 0 if typename.startswith("DiscountAutomatic") else integer(inner(discount, "codesCount", "count"))
