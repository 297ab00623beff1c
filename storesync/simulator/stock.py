"""Creates a simulated shop's locations and inventory levels.

The levels of a variant add up to its stock; for a variant with unlimited stock they are None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.consistency import levels_of, total
from storesync.simulator.words import DEPOTS, STREETS

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The id of each Tiendanube shop's first location, which its fulfilment orders refer to.
FIRST_LOCATION = "01FHZXHK8PTP9FVK99Z66GXQTX"
EVERYWHERE = 0.75


def ulid(chance: Random) -> str:
    """Return a random ULID, the kind of id that Tiendanube's fulfilment orders and locations have."""
    bits = chance.getrandbits(120)
    return "01" + "".join(BASE32[bits >> shift & 31] for shift in range(0, 120, 5))


def fill_locations(shop: Shop, count: int | None) -> None:
    """Add *count* locations (None: one to three) and distribute the stock of all products over them."""
    for _ in range(shop.chance("stock").choice((1, 2, 2, 3)) if count is None else count):
        add_location(shop, shop.created_at)
    for product in shop.resources["products"].values():
        settle(shop, product, product["created_at"])


def add_location(shop: Shop, at: datetime) -> Record:
    """Add one location, still empty; the first is the default."""
    chance = shop.chance("stock")
    number = len(shop.resources["locations"])
    city, province, code = chance.choice(shop.place.cities)
    names = DEPOTS[shop.language]
    location: Record = {
        "id": _location_id(shop),
        "name": names[number] if number < len(names) else f"{names[0]} {number + 1}",
        "is_default": number == 0,
        "is_active": True,
        "priority": number,
        "address1": chance.choice(STREETS),
        "number": str(chance.randrange(1, 3000)),
        "locality": "Centro" if number % 2 else None,
        "city": city,
        "province": province,
        "country": shop.country,
        "zip": code,
        "phone": f"{shop.place.phone}{chance.randrange(10**7):07}",
        "fulfills_online": True,
        "created_at": at,
        "updated_at": at,
    }
    shop.resources["locations"][location["id"]] = location
    return location


def _location_id(shop: Shop) -> str:
    if shop.platform == "tiendanube":
        return ulid(shop.chance("stock")) if shop.resources["locations"] else FIRST_LOCATION
    shop.counters["locations"] += 1
    return str(shop.counters["locations"])


def settle(shop: Shop, product: Record, at: datetime) -> None:
    """Update the levels of *product* from its variants, some of which may be new."""
    for variant in product["variants"]:
        levels = levels_of(shop.resources, variant) or _add_levels(shop, product, variant, at)
        wanted = variant["inventory_quantity"]
        if total(level["available"] for level in levels) == wanted:
            continue
        for level, available in zip(levels, _split(shop, wanted, len(levels)), strict=True):
            if level["available"] != available:
                level.update(available=available, on_hand=available, updated_at=at)


def _add_levels(shop: Shop, product: Record, variant: Record, at: datetime) -> list[Record]:
    """Add the levels of a variant and return them: one at the first location, and at most of the others."""
    chance, levels = shop.chance("stock"), shop.resources["inventory_levels"]
    places = [place for place in shop.resources["locations"].values() if place["is_default"] or _has_it(chance)]
    added: list[Record] = []
    for place, available in zip(places, _split(shop, variant["inventory_quantity"], len(places)), strict=True):
        shop.counters["inventory_levels"] += 1
        level: Record = {
            "id": f"{variant['inventory_item_id']}:{place['id']}",
            "serial": shop.counters["inventory_levels"],
            "product_id": product["id"],
            "variant_id": variant["id"],
            "inventory_item_id": variant["inventory_item_id"],
            "location_id": place["id"],
            "available": available,
            "on_hand": available,
            "committed": 0,
            "incoming": 0,
            "reserved": 0,
            "is_active": True,
            "created_at": at,
            "updated_at": at,
        }
        levels[level["id"]] = level
        added.append(level)
    return added


def _has_it(chance: Random) -> bool:
    return chance.random() < EVERYWHERE


def _split(shop: Shop, quantity: int | None, count: int) -> list[int | None]:
    """Return *quantity* split into *count* parts; unlimited stock (None) is unlimited everywhere."""
    if quantity is None:
        return [None] * count
    parts: list[int | None] = []
    for left_over in range(count - 1, -1, -1):
        part = shop.chance("stock").randrange(quantity + 1) if left_over else quantity
        parts.append(part)
        quantity -= part
    return parts
