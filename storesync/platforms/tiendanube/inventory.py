"""Rows of inventory levels: the stock of a variant at a location. Pure."""

from storesync.model import Row, Shop
from storesync.platforms.shapes import Digits, Id, Instant, Shape
from storesync.platforms.values import identifier, instant, integer


class InventoryLevel(Shape):
    """An inventory level as it is stored."""

    variant_id: Id = None
    location_id: Id = None
    stock: Digits = None
    created_at: Instant = None
    updated_at: Instant = None


def inventory_level_rows(level: InventoryLevel, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one inventory level (https://tiendanube.github.io/api-documentation/resources/location).

    Its id is made of the variant's and the location's, since a variant lists its levels without ids. A
    null stock is unlimited.
    """
    del shop
    variant_id, location_id = identifier(level.variant_id), identifier(level.location_id)
    row = {
        "id": f"{variant_id}:{location_id}",
        "variant_id": variant_id,
        "inventory_item_id": variant_id,
        "location_id": location_id,
        "available": integer(level.stock),
        "created_at": instant(level.created_at),
        "updated_at": instant(level.updated_at),
    }
    return {"inventory_levels": [row]}
