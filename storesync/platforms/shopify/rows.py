"""Derives the table rows of a record from its stored parts. Pure.

The parts are the same however a record was read. There is one part ``record``; orders
have two more, ``refunds`` and ``fulfillments`` (lists), because a bulk operation cannot
read what is nested in them. Every nested connection is a plain list under its own name
(``lineItems``, ``variants``, ``addressesV2``, …), without ``nodes`` and ``pageInfo``.
A part that was not read is left out, and so are the rows that come from it.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import fitted, shaped
from storesync.platforms.shopify import after_sale, baskets, catalog, coupons, customers, inventory, orders

SEPARATE = ("refunds", "fulfillments")
PROOFS = frozenset({"mediaCount"})
"""Fields that only prove that a record's lists are whole; they are not stored."""
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "products": {"record": catalog.Product},
    "categories": {"record": catalog.Collection},
    "customers": {"record": customers.Customer},
    "orders": {
        "record": orders.Order,
        "refunds": list[after_sale.Refund],
        "fulfillments": list[after_sale.Fulfillment],
    },
    "checkouts": {"record": baskets.Checkout},
    "draft_orders": {"record": baskets.DraftOrder},
    "coupons": {"record": coupons.Coupon},
    "locations": {"record": inventory.Location},
    "inventory_levels": {"record": inventory.Level},
}
"""The type of each part of a record of what is read of every store."""

_ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "products": catalog.product_rows,
    "categories": catalog.collection_rows,
    "customers": customers.customer_rows,
    "orders": orders.order_rows,
    "checkouts": baskets.checkout_rows,
    "draft_orders": baskets.draft_order_rows,
    "coupons": coupons.coupon_rows,
    "locations": inventory.location_rows,
    "inventory_levels": inventory.inventory_level_rows,
}
"""What makes rows of a record and its shop; further parts are given by name."""


def shapes_of(resource: str) -> Mapping[str, Any]:
    """Return the type of each part of a record of *resource*."""
    return SHAPES[resource] if resource in SHAPES else _on_request().SHAPES[resource]


def parts_of(resource: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a whole *record*, by name."""
    if resource != "orders":
        return {"record": {name: value for name, value in record.items() if name not in PROOFS}}
    own = {**record}
    for name in SEPARATE:
        own.pop(name, None)
    separate = {name: record[name] for name in SEPARATE if record.get(name) is not None}
    return {"record": own, **separate}


def rows_of(resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows by table of one record. Raises `Unreadable` for a value that no column can store."""
    kinds = shapes_of(resource)
    fit = {name: fitted(kinds[name], part) for name, part in parts.items()}
    make = _ROWS[resource] if resource in _ROWS else _on_request().ROWS[resource]
    return make(fit.pop("record"), shop, **fit)


def read_part(resource: str, name: str, part: bytes) -> Any:
    """Return the part called *name*, a JSON text, as `rows_of` takes it soonest."""
    return shaped(shapes_of(resource)[name], part)


def _on_request() -> ModuleType:
    from storesync.platforms.shopify import rows_on_request  # noqa: PLC0415 - few shops ask for it

    return rows_on_request
