"""Derives the table rows of a record from its stored parts. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.categories import category_rows
from storesync.platforms.tiendanube.checkouts import checkout_rows
from storesync.platforms.tiendanube.coupons import coupon_rows
from storesync.platforms.tiendanube.customers import customer_rows
from storesync.platforms.tiendanube.draft_orders import draft_order_rows
from storesync.platforms.tiendanube.inventory import inventory_level_rows
from storesync.platforms.tiendanube.locations import location_rows
from storesync.platforms.tiendanube.orders import order_rows
from storesync.platforms.tiendanube.products import product_rows
from storesync.platforms.values import Unreadable

_ROWS: Mapping[str, Callable[[Mapping[str, Any], Shop], dict[str, list[Row]]]] = {
    "products": product_rows,
    "categories": category_rows,
    "customers": customer_rows,
    "orders": order_rows,
    "checkouts": checkout_rows,
    "draft_orders": draft_order_rows,
    "coupons": coupon_rows,
    "locations": location_rows,
    "inventory_levels": inventory_level_rows,
}


def rows_of(resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one record by table, its own table first. Raises `Unreadable` where it cannot be read."""
    if not isinstance(parts.get("record"), dict):
        raise Unreadable("a record is not a JSON object")
    return _ROWS[resource](parts, shop)
