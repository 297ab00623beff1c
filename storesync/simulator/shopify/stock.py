"""Turns locations and inventory levels into Shopify's nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from storesync.simulator.shopify.execute import (
    Link,
    connection,
    page_size,
    project,
    read_cursor,
    write_cursor,
)
from storesync.simulator.shopify.metafields import Metafields
from storesync.simulator.shopify.search import Fields, searched
from storesync.simulator.shopify.values import count, gid, instant, street

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Node, Run

Record = dict[str, Any]

KIND = "InventoryLevel"
FIELDS = Fields(
    times={"created_at": "created_at", "updated_at": "updated_at"},
    texts={"inventory_item_id": "inventory_item_id"},
    words=(),
)
NAMES = ("available", "on_hand", "committed", "incoming", "reserved")


def location_node(shop: Shop, record: Record) -> Node:
    """Return a ``Location``."""
    return {
        "id": gid("Location", record["id"]),
        "legacyResourceId": record["id"],
        "metafields": Metafields(shop, "location", record["id"]),
        "address": {
            "address1": street(record["address1"], record["number"]),
            "address2": record["locality"],
            "city": record["city"],
            "country": record["country"],
            "countryCode": record["country"],
            "latitude": None,
            "longitude": None,
            "phone": record["phone"],
            "province": record["province"],
            "provinceCode": None,
            "zip": record["zip"],
        },
        "createdAt": instant(record["created_at"]),
        "deactivatedAt": None if record["is_active"] else instant(record["updated_at"]),
        "fulfillsOnlineOrders": record["fulfills_online"],
        "hasActiveInventory": record["is_active"],
        "inventoryLevels": Levels(shop, "location_id", record["id"]),
        "isActive": record["is_active"],
        "isFulfillmentService": False,
        "name": record["name"],
        "shipsInventory": True,
        "updatedAt": instant(record["updated_at"]),
    }


def level_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return an ``InventoryLevel``. The number in its id is the location's; the item makes the id unique."""
    return {
        "id": f"{gid(KIND, record['location_id'])}?inventory_item_id={record['inventory_item_id']}",
        "createdAt": instant(record["created_at"]),
        "isActive": record["is_active"],
        "item": Link("InventoryItem", record["inventory_item_id"]),
        "location": Link("Location", record["location_id"]),
        "quantities": Quantities(record),
        "updatedAt": instant(record["updated_at"]),
    }


def level_id(number: str) -> str:
    """Return the id of the record for the last part of a level's global id."""
    location_id, _, item_id = number.partition("?inventory_item_id=")
    return f"{item_id}:{location_id}"


@dataclass(frozen=True, slots=True)
class Quantities:
    """The quantities of a level, by the requested names."""

    level: Record

    def resolve(self, run: Run, selection: Selection) -> list[Node]:
        """Return the quantities; untracked items have numbers too, without meaning."""
        asked = [name for name in run.arguments(selection)["names"] if name in NAMES]
        return [project(run, selection, self._node(name)) for name in asked]

    def _node(self, name: str) -> Node:
        level = self.level
        number = f"{level['serial']}?inventory_item_id={level['inventory_item_id']}&name={name}"
        return {
            "id": gid("InventoryQuantity", number),
            "name": name,
            "quantity": level[name] or 0,
            "updatedAt": instant(level["updated_at"]),
        }


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of one item at all locations, or of all items at one."""

    shop: Shop
    column: Literal["inventory_item_id", "location_id"]
    id: str

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the page that the arguments request. Raises `FieldError` where the token may not read it."""
        refusal = run.access(KIND, selection.nodes[0].name.value)
        if refusal is not None:
            raise refusal
        arguments = run.arguments(selection)
        first = page_size(arguments)
        search = searched(run, self.shop, FIELDS, selection, arguments)
        found = [
            level
            for level in self.all()
            if (level["is_active"] or arguments.get("includeInactive"))
            and (search.test is None or search.test(level | {"id": level["location_id"]}))
        ]
        backwards = bool(arguments.get("reverse"))
        found.sort(key=lambda level: level["serial"], reverse=backwards)
        found = run.reachable(selection, found)
        if arguments.get("after"):
            place = int(read_cursor(arguments["after"], KIND)[0])
            found = [one for one in found if (one["serial"] < place if backwards else one["serial"] > place)]
        cut = found[:first]
        cursors = [write_cursor(KIND, level["serial"], "") for level in cut]
        nodes = [level_node(self.shop, level) for level in cut]
        return connection(run, selection, nodes, cursors, more=len(found) > first)

    def all(self) -> list[Record]:
        """Return their records, inactive ones too."""
        levels = self.shop.resources["inventory_levels"]
        if self.column == "location_id":
            return [level for level in levels.values() if level["location_id"] == self.id]
        keys = (f"{self.id}:{location_id}" for location_id in self.shop.resources["locations"])
        return [levels[key] for key in keys if key in levels]


@dataclass(frozen=True, slots=True)
class LevelsCount:
    """How many of *levels* are active."""

    levels: Levels

    def resolve(self, run: Run, selection: Selection) -> Node:
        """Return the ``Count`` with the fields of *selection*."""
        node: Node = project(run, selection, count(sum(level["is_active"] for level in self.levels.all())))
        return node
