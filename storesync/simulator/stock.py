"""Where a simulated shop keeps its goods: locations, and what of each variant lies there.

The levels of a variant add up to its stock; those of a variant without limit hold None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.words import DEPOTS, STREETS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from random import Random

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The first location of each Tiendanube shop: the one that its fulfilment orders name.
FIRST_LOCATION = "01FHZXHK8PTP9FVK99Z66GXQTX"
EVERYWHERE = 0.75


def ulid(chance: Random) -> str:
    """Return an id of the kind that Tiendanube gives fulfilment orders and locations."""
    bits = chance.getrandbits(120)
    return "01" + "".join(BASE32[bits >> shift & 31] for shift in range(0, 120, 5))


def fill_locations(shop: Shop, count: int | None) -> None:
    """Add *count* locations, one to three where none is given, and lay out the stock of all products."""
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
    """Bring the levels of *product* in step with its variants, which may be new."""
    for variant in product["variants"]:
        levels = levels_of(shop, variant) or _add_levels(shop, product, variant, at)
        wanted = variant["inventory_quantity"]
        if _sum(level["available"] for level in levels) == wanted:
            continue
        for level, available in zip(levels, _split(shop, wanted, len(levels)), strict=True):
            if level["available"] != available:
                level.update(available=available, on_hand=available, updated_at=at)


def levels_of(shop: Shop, variant: Record) -> list[Record]:
    """Return the levels of *variant* at all locations that have it."""
    levels = shop.resources["inventory_levels"]
    keys = (f"{variant['inventory_item_id']}:{location_id}" for location_id in shop.resources["locations"])
    return [levels[key] for key in keys if key in levels]


def _add_levels(shop: Shop, product: Record, variant: Record, at: datetime) -> list[Record]:
    """Add the levels of a variant: one at the first location, at the others most of the time."""
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
    """Return *quantity* in *count* parts; without limit it is without limit everywhere."""
    if quantity is None:
        return [None] * count
    parts: list[int | None] = []
    for left_over in range(count - 1, -1, -1):
        part = shop.chance("stock").randrange(quantity + 1) if left_over else quantity
        parts.append(part)
        quantity -= part
    return parts


def recount(shop: Shop, level: Record) -> None:
    """Bring the stock of the variant and its product in step with the levels, after *level* changed."""
    level["on_hand"] = level["available"]
    product = shop.resources["products"].get(level["product_id"])
    for variant in product["variants"] if product else ():
        if variant["id"] == level["variant_id"]:
            variant["inventory_quantity"] = _sum(entry["available"] for entry in levels_of(shop, variant))
    if product:
        tally(product)


def touch_product(shop: Shop, level: Record) -> None:
    """Move the update time of the variant and the product that *level* is about to its own."""
    product = shop.resources["products"].get(level["product_id"])
    if product is None:
        return
    own = [variant for variant in product["variants"] if variant["id"] == level["variant_id"]]
    for entry in (product, *own):
        entry["updated_at"] = level["updated_at"]


def tally(product: Record) -> None:
    """Bring the product's stock in step with its variants'."""
    product["inventory_quantity"] = _sum(variant["inventory_quantity"] for variant in product["variants"])


def _sum(stocks: Iterable[int | None]) -> int | None:
    """Return all *stocks* together; None where one of them is without limit."""
    total = 0
    for found in stocks:
        if found is None:
            return None
        total += found
    return total


def clear(shop: Shop, resource: str, record: Record) -> None:
    """Remove the levels of a product, a variant or a location that is gone."""
    column = {"products": "product_id", "variants": "variant_id", "locations": "location_id"}[resource]
    levels = shop.resources["inventory_levels"]
    for level in [level for level in levels.values() if level[column] == record["id"]]:
        del levels[level["id"]]
        if resource == "locations":
            recount(shop, level)
