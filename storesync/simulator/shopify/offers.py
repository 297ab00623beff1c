"""Turns coupons into Shopify's discounts, by code or automatic.

https://shopify.dev/docs/api/admin-graphql/latest/unions/Discount
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.offers import closes_at, opens_at, standing
from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.values import count, gid, instant, money, upper

if TYPE_CHECKING:
    from decimal import Decimal

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

TYPES = {"percentage": "Basic", "amount": "Basic", "free_shipping": "FreeShipping", "buy_x_get_y": "Bxgy"}
CLASSES = {"free_shipping": "SHIPPING", "buy_x_get_y": "PRODUCT"}


def discount_node(shop: Shop, record: Record) -> Node:
    """Return a ``DiscountNode``."""
    return {"id": gid("DiscountNode", record["id"]), "discount": _discount(shop, record)}


def _discount(shop: Shop, record: Record) -> Node:
    method = "Automatic" if record["code"] is None else "Code"
    combines = record["combines"]
    return {
        "__typename": f"Discount{method}{TYPES[record['kind']]}",
        **_terms(shop, record),
        **_codes(record),
        # Whether a use moves the update time is not documented: `Shop.silent_uses` decides.
        "asyncUsageCount": record["used_count"],
        "combinesWith": {"orderDiscounts": combines, "productDiscounts": combines, "shippingDiscounts": False},
        "createdAt": instant(record["created_at"]),
        "discountClasses": [CLASSES.get(record["kind"], "ORDER" if record["applies_to"] == "all" else "PRODUCT")],
        "endsAt": instant(closes_at(record)),
        # One of the automatic kinds has an id of its own, the same number once more.
        "id": gid("DiscountAutomaticBxgy", record["id"]),
        "startsAt": instant(opens_at(record)),
        # Shopify has no status for disabled discounts.
        "status": upper(standing(record, shop.now())),
        "summary": f"{record['value']} {record['kind']}",
        "tags": [],
        "title": record["title"],
        "updatedAt": instant(record["updated_at"]),
    }


def _codes(record: Record) -> Node:
    """Return the codes; automatic discounts have none, nor a limit."""
    codes = [record["code"]] if record["code"] else []
    codes += [f"{record['code']}-{number}" for number in range(2, record["codes_count"] + 1)]
    return {
        "appliesOncePerCustomer": record["once_per_customer"],
        "codes": Nested(
            [
                {"id": gid("DiscountRedeemCode", f"{record['id']}{place:02}"), "code": code}
                for place, code in enumerate(codes)
            ]
        ),
        "codesCount": count(len(codes)),
        "usageLimit": record["usage_limit"],
    }


def _terms(shop: Shop, record: Record) -> Node:
    """Return what has to be bought, and what the discount gives."""
    least = record["min_total"]
    if record["kind"] == "buy_x_get_y":
        # Buying 2 pieces, or for a minimum amount, makes one more piece free.
        amount = None if least is None else {"__typename": "DiscountPurchaseAmount", "amount": str(least)}
        free = {"__typename": "DiscountPercentage", "percentage": float(record["value"] / 100)}
        gift = {"__typename": "DiscountOnQuantity", "quantity": {"quantity": "1"}, "effect": free}
        pieces = {"__typename": "DiscountQuantity", "quantity": "2"}
        return {
            "customerBuys": {"items": _items(record), "value": amount or pieces},
            "customerGets": {"items": _items(record), "value": gift},
            "usesPerOrderLimit": None,
        }
    minimum = None if least is None else _minimum(least, shop.currency)
    if record["kind"] == "free_shipping":
        return {"maximumShippingPrice": None, "minimumRequirement": minimum}
    gets = {"items": _items(record), "value": _value(record)}
    return {"customerGets": gets, "minimumRequirement": minimum}


def _minimum(least: Decimal, currency: str) -> Node:
    return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": money(least, currency)}


def _value(record: Record) -> Node:
    if record["kind"] == "percentage":
        # A fraction: 0.1 is 10 %.
        return {"__typename": "DiscountPercentage", "percentage": float(record["value"] / 100)}
    amount = money(record["value"], record["currency"])
    return {"__typename": "DiscountAmount", "amount": amount, "appliesOnEachItem": False}


def _items(record: Record) -> Node:
    if record["applies_to"] == "products":
        goods = Nested([Link("Product", one) for one in record["product_ids"]])
        return {"__typename": "DiscountProducts", "productVariants": Nested([]), "products": goods}
    if record["applies_to"] == "categories":
        shelves = Nested([Link("Collection", one) for one in record["category_ids"]])
        return {"__typename": "DiscountCollections", "collections": shelves}
    return {"__typename": "AllDiscountItems", "allItems": True}
