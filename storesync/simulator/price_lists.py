"""Creates the price lists of a simulated shop, when they are first read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]

FIRST_ID = 30_000_000_000
CATALOGS = ("market", "company_location", "app")
OFTEN = 0.2
NOTHING = Decimal(0)


def begin(shop: Shop) -> None:
    """Let the shop have price lists, unless it has some already."""
    if shop.state.get("has price lists"):
        return
    shop.state["has price lists"] = True
    for name in ("Mayoristas", "Europa €", "Outlet", "Sin catálogo"):
        add_price_list(shop, name)


def add_price_list(shop: Shop, name: str) -> Record:
    """Add a price list, of which a good part of the shop's variants have prices of their own."""
    chance = shop.chance("price lists")
    shop.counters["price_lists"] = max(FIRST_ID, shop.counters["price_lists"]) + 1 + chance.randrange(3)
    number, has_catalog = str(shop.counters["price_lists"]), chance.random() > OFTEN
    variants = [one["id"] for product in shop.resources["products"].values() for one in product["variants"]]
    found: Record = {
        "id": number,
        "name": name,
        "currency": shop.currency,
        "catalog_id": f"{number}7" if has_catalog else None,
        "catalog_kind": chance.choice(CATALOGS) if has_catalog else None,
        "catalog_title": f"Catálogo {name}" if has_catalog else None,
        "catalog_status": chance.choice(("active", "draft", "archived")) if has_catalog else None,
        "adjustment_type": chance.choice(("percentage_decrease", "percentage_increase")),
        "adjustment_value": Decimal(chance.randrange(0, 80)) / 2,
        "compare_at_mode": chance.choice(("adjusted", "nullify")),
        "prices": {},
    }
    shop.resources["price_lists"][number] = found
    for variant_id in variants:
        if chance.random() > OFTEN:
            set_price(shop, found, variant_id)
    return found


def set_price(shop: Shop, price_list: Record, variant_id: str) -> None:
    """Give a variant a price of its own in *price_list*."""
    chance = shop.chance("price lists")
    price = Decimal(chance.randrange(100, 90_000)).scaleb(-2)
    was = price * 2 if chance.random() < OFTEN else None
    price_list["prices"][variant_id] = {"variant_id": variant_id, "price": price, "compare_at_price": was}


def prices(shop: Shop, price_list: Record) -> list[Record]:
    """Return the fixed prices of *price_list* in order of their variants, as far as there are these still."""
    there = {one["id"] for product in shop.resources["products"].values() for one in product["variants"]}
    own: dict[str, Record] = price_list["prices"]
    return [own[variant_id] for variant_id in sorted(own.keys() & there, key=int)]


def happen(shop: Shop) -> None:
    """Let a price or a list change, come or go, in a shop of which they have been read."""
    known = list(shop.resources["price_lists"].values())
    chance = shop.chance("price lists")
    if not known or chance.random() > OFTEN:
        return
    found, fate = chance.choice(known), chance.random()
    if fate < OFTEN / 2:
        add_price_list(shop, "Temporada ✨")
    elif fate < OFTEN and len(known) > 1:
        shop.remove("price_lists", found["id"])
    elif fate < 2 * OFTEN:
        found["adjustment_value"] = NOTHING
    elif found["prices"]:
        variant_id = chance.choice(list(found["prices"]))
        if fate > 1 - OFTEN:
            del found["prices"][variant_id]
        else:
            set_price(shop, found, variant_id)
