"""Rows of an order's discounts.

An application says which discount; what it took off stands at the lines it was spread over:
https://shopify.dev/docs/api/admin-graphql/2026-10/interfaces/DiscountApplication
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify.amounts import NOTHING, inner, items, shop_money
from storesync.platforms.values import integer, lower, number, stored, text

KINDS = {
    "DiscountCodeApplication": "code",
    "AutomaticDiscountApplication": "automatic",
    "ScriptDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
}


def discount_rows(record: Mapping[str, Any], order_id: str, currency: str | None) -> list[Row]:
    """Return one row for each discount applied to the order *record*, numbered as Shopify numbers them."""
    applications = items(record, "discountApplications")
    amounts = _amounts(record, applications)
    return [
        _discount(each, place, order_id, currency, amounts.get(_index(each, place)))
        for place, each in enumerate(applications)
    ]


def _index(application: Mapping[str, Any], place: int) -> int:
    index = integer(application.get("index"))
    return place if index is None else index


def _amounts(record: Mapping[str, Any], applications: list[Any]) -> dict[int, Decimal]:
    amounts: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    for line in items(record, "lineItems"):
        for share in items(line, "discountAllocations"):
            index = integer(inner(share, "discountApplication", "index"))
            if index is not None:
                amounts[index] += shop_money(share.get("allocatedAmountSet")) or NOTHING
    on_shipping = [n for n, each in enumerate(applications) if each.get("targetType") == "SHIPPING_LINE"]
    if len(on_shipping) == 1:
        amounts[_index(applications[on_shipping[0]], on_shipping[0])] += _off_shipping(record)
    return amounts


def _off_shipping(record: Mapping[str, Any]) -> Decimal:
    off = NOTHING
    for line in items(record, "shippingLines"):
        if not line.get("isRemoved"):
            price = shop_money(line.get("originalPriceSet")) or NOTHING
            off += price - (shop_money(line.get("discountedPriceSet")) or NOTHING)
    return off


def _discount(
    record: Mapping[str, Any], place: int, order_id: str, currency: str | None, amount: Decimal | None
) -> Row:
    value = record.get("value")
    percentage = inner(value, "percentage")
    titles = (record.get(name) for name in ("automaticTitle", "manualTitle", "scriptTitle"))
    typename = text(record.get("__typename"))
    return {
        "id": f"{order_id}:{_index(record, place)}",
        "order_id": order_id,
        "kind": KINDS.get(typename or "", lower(typename)),
        "code": text(record.get("code")),
        "title": next((text(title) for title in titles if title), None),
        "value": number(value) if percentage is None else number(percentage),
        "value_type": "amount" if percentage is None else "percentage",
        "amount": None if amount is None else stored(amount),
        "currency": currency,
        "created_at": None,
        "updated_at": None,
    }
