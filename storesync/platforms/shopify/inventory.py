"""Rows of locations and of inventory levels.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Location and …/objects/InventoryLevel
"""

from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Count, Flag, Instant, Text
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.objects import Object, Ref, flag, linked
from storesync.platforms.values import identifier, instant

QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved")


class LocationAddress(Object):
    """Where a location is."""

    address1: Text = None
    city: Text = None
    province: Text = None
    country_code: Text = None
    zip: Text = None
    phone: Text = None


class Location(Ref):
    """A location as it is stored."""

    name: Text = None
    is_active: Flag = None
    fulfills_online_orders: Flag = None
    address: LocationAddress | None = None
    created_at: Instant = None
    updated_at: Instant = None


class StockedItem(Ref):
    """What lies at a location."""

    tracked: Flag = None
    variants: list[Ref | None] | None = None


class Quantity(Object):
    """How much there is of an item in one state."""

    name: Text = None
    quantity: Count = None


class Level(Object):
    """An inventory level as it is stored."""

    item: StockedItem | None = None
    location: Ref | None = None
    quantities: list[Quantity] | None = None
    is_active: Flag = None
    created_at: Instant = None
    updated_at: Instant = None


def location_rows(location: Location, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a location. Only a deprecated field says which one is the default."""
    address = location.address or LocationAddress()
    row = {
        "id": identifier(location.id),
        "name": location.name or None,
        "is_active": flag(location.is_active),
        "address1": address.address1 or None,
        "city": address.city or None,
        "province": address.province or None,
        "country": address.country_code or None,
        "zip": address.zip or None,
        "phone": address.phone or None,
        "fulfills_online": flag(location.fulfills_online_orders),
        "created_at": instant(location.created_at),
        "updated_at": instant(location.updated_at),
    }
    return {"locations": [row]}


def inventory_level_rows(level: Level, _: Shop) -> dict[str, list[Row]]:
    """Return the row of an inventory level. Stock that is not tracked is unlimited: ``available`` is None."""
    item = level.item or StockedItem()
    item_id, location_id = identifier(item.id), identifier(linked(level.location))
    found = {each.name: each.quantity for each in level.quantities or ()}
    quantities = {name: found.get(name) for name in QUANTITIES}
    if item.tracked is False:
        quantities["available"] = None
    row = {
        "id": f"{item_id}:{location_id}",
        "variant_id": linked(item.variants[0]) if item.variants else None,
        "inventory_item_id": item_id,
        "location_id": location_id,
        **quantities,
        "is_active": flag(level.is_active),
        "created_at": instant(level.created_at),
        "updated_at": instant(level.updated_at),
    }
    return {"inventory_levels": [row]}


def level_id(record: Any) -> str:
    """Return our id of an inventory level: ``item:location``."""
    return f"{identifier(inner(record, 'item', 'id'))}:{identifier(inner(record, 'location', 'id'))}"
