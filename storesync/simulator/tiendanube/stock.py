"""Turns locations and inventory levels into Tiendanube's JSON.

https://tiendanube.github.io/api-documentation/resources/location
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.consistency import levels_of
from storesync.simulator.tiendanube.asking import Refused, count_asked, only
from storesync.simulator.tiendanube.orders import utc
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]

# The documented default page size of inventory levels (sic).
PER_PAGE = 1
TONGUES = {"es_AR": "es", "pt_BR": "pt", "en_US": "en"}


def answer(request: SimRequest, shop: Shop, path: str) -> SimResponse:
    """Answer a request below ``/locations``."""
    fields = request.query.get("fields")
    if not path:
        # No paging is documented: `page` is not a parameter here, and no header has a total.
        found = [only(location(shop, record), fields) for record in shop.resources["locations"].values()]
        return json_response(200, found)
    location_id, _, below = path.partition("/")
    record = shop.resources["locations"].get(location_id)
    if record is None or below not in {"", "inventory-levels"}:
        raise Refused(404, {"code": 404, "message": "Not Found", "description": None})
    if below:
        return _levels(request, shop, location_id)
    return json_response(200, only(location(shop, record), fields))


def _levels(request: SimRequest, shop: Shop, location_id: str) -> SimResponse:
    """Answer with a page of levels as `results` in an object; past the end these are empty."""
    page, per_page = count_asked(request, "page", 1), count_asked(request, "per_page", PER_PAGE)
    levels = [level for level in shop.resources["inventory_levels"].values() if level["location_id"] == location_id]
    total, variant_id = len(levels), request.query.get("variant_id")
    if variant_id is not None:
        # The documentation's example for one variant has one result and a larger total.
        levels = [level for level in levels if level["variant_id"] == variant_id]
    shown = levels[(page - 1) * per_page : page * per_page]
    results = [_level(level) for level in shown]
    return json_response(200, {"total": _told(shop, total), "page": page, "per_page": per_page, "results": results})


def _told(shop: Shop, total: int) -> int:
    """Return the total that the shop reports; as in the documentation's examples it may be wrong."""
    if not shop.quirk("inventory total lies"):
        return total
    return total + 3 if shop.quirk("inventory total is too high") else total // 2


def _level(record: Record) -> Record:
    """Return the JSON of one level; all its ids are texts, and no other resource has its own id."""
    return {
        "id": str(record["serial"]),
        "variant_id": record["variant_id"],
        "location_id": record["location_id"],
        "stock": record["available"],
        "created_at": utc(record["created_at"]),
        "updated_at": utc(record["updated_at"]),
    }


def levels_of_variant(shop: Shop, variant: Record) -> Record:
    """Return the levels field of a variant (guides/multi-inventory/products)."""
    levels = levels_of(shop.resources, variant)
    found = [{"location_id": level["location_id"], "stock": level["available"]} for level in levels]
    return {"inventory_levels": found}


def location(shop: Shop, record: Record) -> Record:
    """Return the JSON of a location; its name has three languages, with other keys than in other resources."""
    name = record["name"]
    names = {key: name if tongue == shop.language else f"{name} ({tongue})" for key, tongue in TONGUES.items()}
    state = {"code": record["province"][:2].upper(), "name": record["province"]}
    return {
        "id": record["id"],
        "name": names,
        "store_id": shop.id,
        "priority": record["priority"],
        "address": {
            "zipcode": record["zip"],
            "street": record["address1"],
            "number": record["number"],
            "floor": None,
            "locality": record["locality"],
            "city": record["city"],
            "province": state,
            "region": {"code": "SE", "name": "Sudeste"},
            # The documentation's own example has the city's name here.
            "country": {"code": record["country"], "name": record["city"]},
            "reference": None,
            "between_streets": None,
            "verified_at": None,
        },
        "is_default": record["is_default"],
        "created_at": record["created_at"].isoformat(),
        "updated_at": record["updated_at"].isoformat(),
    }
