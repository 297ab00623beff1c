"""Rows of locations and of inventory levels.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Location and …/objects/InventoryLevel
"""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.amounts import inner, items, linked
from storesync.platforms.values import flag, identifier, instant, integer, text

QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved")


def location_rows(parts: Mapping[str, Any], _: Shop) -> dict[str, list[Row]]:
    """Return the row of a location. Only a deprecated field says which one is the default."""
    record = parts["record"]
    address = record.get("address")
    location = {
        "id": identifier(record.get("id")),
        "name": text(record.get("name")),
        "is_active": flag(record.get("isActive")),
        "address1": text(inner(address, "address1")),
        "city": text(inner(address, "city")),
        "province": text(inner(address, "province")),
        "country": text(inner(address, "countryCode")),
        "zip": text(inner(address, "zip")),
        "phone": text(inner(address, "phone")),
        "fulfills_online": flag(record.get("fulfillsOnlineOrders")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }
    return {"locations": [location]}


def inventory_level_rows(parts: Mapping[str, Any], _: Shop) -> dict[str, list[Row]]:
    """Return the row of an inventory level. Stock that is not tracked is unlimited: ``available`` is None."""
    record = parts["record"]
    item = record.get("item")
    variants = items(item, "variants") if isinstance(item, dict) else []
    found = {each.get("name"): integer(each.get("quantity")) for each in items(record, "quantities")}
    quantities = {name: found.get(name) for name in QUANTITIES}
    if flag(inner(item, "tracked")) == 0:
        quantities["available"] = None
    level = {
        "id": level_id(record),
        "variant_id": linked(variants[0]) if variants else None,
        "inventory_item_id": identifier(inner(item, "id")),
        "location_id": identifier(inner(record, "location", "id")),
        **quantities,
        "is_active": flag(record.get("isActive")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }
    return {"inventory_levels": [level]}


def level_id(record: Any) -> str:
    """Return our id of an inventory level: ``item:location``."""
    return f"{identifier(inner(record, 'item', 'id'))}:{identifier(inner(record, 'location', 'id'))}"


def levels_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the levels of an inventory item, each in the shape that a location's list has."""
    stocked = {name: value for name, value in item.items() if name not in {"inventoryLevels", "locationsCount"}}
    return [{**level, "item": stocked} for level in items(item, "inventoryLevels")]
