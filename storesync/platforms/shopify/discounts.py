"""Rows of an order's discounts.

An application names the discount; its amount is spread over the allocations of the lines:
https://shopify.dev/docs/api/admin-graphql/2026-10/interfaces/DiscountApplication
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify.amounts import NOTHING, has, inner, items, shop_money
from storesync.platforms.values import decimal, integer, lower, number, stored, text

KINDS = {
    "DiscountCodeApplication": "code",
    "AutomaticDiscountApplication": "automatic",
    "ScriptDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
}


def discount_rows(record: Mapping[str, Any], order_id: str, currency: str | None) -> list[Row]:
    """Return one row for each discount applied to the order *record*, numbered as Shopify numbers them."""
    applications = items(record, "discountApplications")
    amounts = _amounts(record) if applications else {}
    return [
        _discount(each, place, order_id, currency, amounts.get(_index(each, place)))
        for place, each in enumerate(applications)
    ]


def _index(application: Mapping[str, Any], place: int) -> int:
    index = integer(application.get("index"))
    return place if index is None else index


def _amounts(record: Mapping[str, Any]) -> dict[int, Decimal]:
    """Return the amount of each application by its index, summed over lines and remaining shipping lines."""
    amounts: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    if not _are_told(record):
        return {}
    shipping = (line for line in items(record, "shippingLines") if not line.get("isRemoved"))
    for line in (*items(record, "lineItems"), *shipping):
        for share in items(line, "discountAllocations"):
            index = integer(inner(share, "discountApplication", "index"))
            if index is not None:
                amounts[index] += shop_money(share.get("allocatedAmountSet")) or NOTHING
    return amounts


def _are_told(record: Mapping[str, Any]) -> bool:
    """Return whether all that tells the amounts was read."""
    lines, shipping = items(record, "lineItems"), items(record, "shippingLines")
    shares = [share for line in (*lines, *shipping) for share in items(line, "discountAllocations")]
    return (
        has([record], "lineItems")
        and has([record], "shippingLines")
        and has([*lines, *shipping], "discountAllocations")
        and has(shipping, "isRemoved")
        and has(shares, "allocatedAmountSet")
    )


def _value_type(value: Any) -> str | None:
    kind = inner(value, "__typename")
    return "percentage" if kind == "PricingPercentageValue" else "amount" if kind else None


def _discount(
    record: Mapping[str, Any], place: int, order_id: str, currency: str | None, amount: Decimal | None
) -> Row:
    value = record.get("value")
    # Documented as a number from -100 to 0; the column has it without the sign.
    # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/PricingPercentageValue
    percentage = decimal(inner(value, "percentage"))
    titles = (record.get(name) for name in ("automaticTitle", "manualTitle", "scriptTitle"))
    typename = text(record.get("__typename"))
    return {
        "id": f"{order_id}:{_index(record, place)}",
        "order_id": order_id,
        "kind": KINDS.get(typename or "", lower(typename)),
        "code": text(record.get("code")),
        "title": next((text(title) for title in titles if title), None),
        "value": number(value) if percentage is None else stored(abs(percentage)),
        "value_type": _value_type(value),
        "amount": None if amount is None else stored(amount),
        "currency": currency,
        "created_at": None,
        "updated_at": None,
    }
