"""Rows of inventory levels: the stock of a variant at a location. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.values import identifier, instant, integer


def inventory_level_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one inventory level (https://tiendanube.github.io/api-documentation/resources/location).

    Its id is made of the variant's and the location's, since a variant lists its levels without ids. A
    null stock is unlimited.
    """
    del shop
    level = parts["record"]
    variant_id, location_id = identifier(level.get("variant_id")), identifier(level.get("location_id"))
    row = {
        "id": f"{variant_id}:{location_id}",
        "variant_id": variant_id,
        "inventory_item_id": variant_id,
        "location_id": location_id,
        "available": integer(level.get("stock")),
        "created_at": instant(level.get("created_at")),
        "updated_at": instant(level.get("updated_at")),
    }
    return {"inventory_levels": [row]}
