"""Derives the table rows of a record from its one stored part. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Shape, fitted, shaped
from storesync.platforms.tiendanube import (
    categories,
    checkouts,
    coupons,
    customers,
    draft_orders,
    inventory,
    locations,
    orders,
    products,
)

SHAPES: Mapping[str, type[Shape]] = {
    "products": products.Product,
    "categories": categories.Category,
    "customers": customers.Customer,
    "orders": orders.Order,
    "checkouts": checkouts.Checkout,
    "draft_orders": draft_orders.DraftOrder,
    "coupons": coupons.Coupon,
    "locations": locations.Location,
    "inventory_levels": inventory.InventoryLevel,
}
"""The type of each resource's records."""

_ROWS: Mapping[str, Callable[[Any, Shop], dict[str, list[Row]]]] = {
    "products": products.product_rows,
    "categories": categories.category_rows,
    "customers": customers.customer_rows,
    "orders": orders.order_rows,
    "checkouts": checkouts.checkout_rows,
    "draft_orders": draft_orders.draft_order_rows,
    "coupons": coupons.coupon_rows,
    "locations": locations.location_rows,
    "inventory_levels": inventory.inventory_level_rows,
}


def rows_of(resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one record by table, its own table first. Raises `Unreadable` where it cannot be read."""
    return _maker_of(resource)(fitted(shape_of(resource), parts["record"]), shop)


def read_part(resource: str, _: str, part: bytes) -> Any:
    """Return a record's one part, a JSON text, as `rows_of` takes it soonest."""
    return shaped(shape_of(resource), part)


def shape_of(resource: str) -> Any:
    """Return the type of a record of *resource*."""
    return SHAPES[resource] if resource in SHAPES else _on_request(resource).SHAPES[resource]


def _maker_of(resource: str) -> Callable[[Any, Shop], dict[str, list[Row]]]:
    return _ROWS[resource] if resource in _ROWS else _on_request(resource).ROWS[resource]


def _on_request(resource: str) -> Any:
    """Return the module of a *resource* that few shops read: its `SHAPES` and `ROWS` are loaded only for them."""
    if resource != "pages":
        raise KeyError(resource)
    from storesync.platforms.tiendanube import pages  # noqa: PLC0415

    return pages
