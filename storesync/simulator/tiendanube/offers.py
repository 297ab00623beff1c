"""Turns coupons into Tiendanube's JSON.

https://tiendanube.github.io/api-documentation/resources/coupon
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

TYPES = {"percentage": "percentage", "amount": "absolute", "free_shipping": "shipping"}


def coupon(shop: Shop, record: Record, words: Callable[[Shop, str], Any]) -> Record:
    """Return the JSON of a coupon. It has no time of creation or update, though the list filters by them."""
    number = int(record["id"])
    value, least = record["value"], record["min_total"]
    return {
        "id": number,
        "code": record["code"],
        "type": TYPES[record["kind"]],
        # Text in most examples, a number in one.
        "value": float(value) if number % 2 else f"{value:.2f}",
        "valid": record["enabled"],
        "used": record["used_count"],
        "max_uses": record["usage_limit"],
        "includes_shipping": record["includes_shipping"],
        "start_date": _day(record["starts_at"]),
        "end_date": _day(record["ends_at"]),
        "min_price": None if least is None else float(least),
        "first_consumer_purchase": record["once_per_customer"],
        "combines_with_other_discounts": record["combines"],
        "only_cheapest_shipping": False,
        **_reach(shop, record, words),
    }


def _day(at: datetime | None) -> str | None:
    return at.date().isoformat() if at else None


def _reach(shop: Shop, record: Record, words: Callable[[Shop, str], Any]) -> Record:
    """Return what the coupon applies to; the list of categories may be null or absent, that of products absent."""
    shelves, goods = shop.resources["categories"], shop.resources["products"]
    if record["product_ids"]:
        named = [goods[one] for one in record["product_ids"] if one in goods]
        return {"products": [{"id": int(entry["id"]), "name": words(shop, entry["name"])} for entry in named]}
    if record["category_ids"]:
        named = [shelves[one] for one in record["category_ids"] if one in shelves]
        # The parent of a root category is 0 here and null in /categories.
        return {
            "categories": [
                {"id": int(entry["id"]), "name": words(shop, entry["name"]), "parent": int(entry["parent_id"] or 0)}
                for entry in named
            ]
        }
    return {} if int(record["id"]) % 3 else {"categories": None}
