"""Keeps a simulated shop's records consistent when one of them changes.

Levels add up to the stock of their variant, variants to the prices and the stock of their product,
a category counts its products, and its path begins with its parent's.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

Record = dict[str, Any]
Resources = dict[str, dict[str, Record]]


def levels_of(resources: Resources, variant: Record) -> list[Record]:
    """Return the levels of *variant* at all locations that have it."""
    levels = resources["inventory_levels"]
    keys = (f"{variant['inventory_item_id']}:{location_id}" for location_id in resources["locations"])
    return [levels[key] for key in keys if key in levels]


def summarise(product: Record) -> None:
    """Update the product's prices and stock from its variants'."""
    variants = product["variants"]
    prices = [variant["price"] for variant in variants if variant["price"] is not None]
    product["price_min"] = min(prices, default=None)
    product["price_max"] = max(prices, default=None)
    product["variants_count"] = len(variants)
    _counters(product)


def recount(resources: Resources, level: Record) -> None:
    """Update the stock of the variant and its product from the levels, after *level* changed."""
    level["on_hand"] = level["available"]
    product = resources["products"].get(level["product_id"])
    for variant in product["variants"] if product else ():
        if variant["id"] == level["variant_id"]:
            variant["inventory_quantity"] = total(entry["available"] for entry in levels_of(resources, variant))
    if product:
        _counters(product)


def touch_product(resources: Resources, level: Record) -> None:
    """Set the update time of the level's variant and product to that of *level*."""
    product = resources["products"].get(level["product_id"])
    if product is None:
        return
    own = [variant for variant in product["variants"] if variant["id"] == level["variant_id"]]
    for entry in (product, *own):
        entry["updated_at"] = level["updated_at"]


def _counters(product: Record) -> None:
    product["inventory_quantity"] = total(variant["inventory_quantity"] for variant in product["variants"])


def total(stocks: Iterable[int | None]) -> int | None:
    """Return the sum of *stocks*, None where one of them is unlimited (None)."""
    found = 0
    for stock in stocks:
        if stock is None:
            return None
        found += stock
    return found


def drop_variant(resources: Resources, variant_id: str) -> Record:
    """Take a variant out of its product, with its levels; return the product."""
    products = resources["products"].values()
    product = next(one for one in products if any(variant["id"] == variant_id for variant in one["variants"]))
    product["variants"] = [variant for variant in product["variants"] if variant["id"] != variant_id]
    drop_levels(resources, "variants", variant_id)
    summarise(product)
    return product


def drop_levels(resources: Resources, resource: str, record_id: str) -> None:
    """Remove the levels of a deleted product, variant or location."""
    column = {"products": "product_id", "variants": "variant_id", "locations": "location_id"}[resource]
    levels = resources["inventory_levels"]
    for level in [level for level in levels.values() if level[column] == record_id]:
        del levels[level["id"]]
        if resource == "locations":
            recount(resources, level)


def drop_articles(resources: Resources, blog_id: str) -> None:
    """Remove the articles of a deleted blog."""
    for article in [article for article in resources["articles"].values() if article["blog_id"] == blog_id]:
        del resources["articles"][article["id"]]


def drop_metafields_of(resources: Resources, resource: str, record_id: str) -> None:
    """Remove the metafields of a record that is being deleted, and those of its variants."""
    kind = {"categories": "collection"}.get(resource, resource.removesuffix("s"))
    drop_metafields(resources, kind, [record_id])
    variants = resources[resource][record_id].get("variants") or ()
    drop_metafields(resources, "variant", [variant["id"] for variant in variants])


def drop_metafields(resources: Resources, kind: str, owner_ids: Collection[str]) -> None:
    """Remove the metafields of deleted owners."""
    known = resources["metafields"]
    for record in [one for one in known.values() if one["owner_kind"] == kind and one["owner_id"] in owner_ids]:
        del known[record["id"]]


def empty_category(resources: Resources, category_id: str, now: datetime) -> None:
    """Remove products from a deleted category, and make its child categories root categories."""
    for product in resources["products"].values():
        if category_id in product["category_ids"]:
            product["category_ids"].remove(category_id)
            product["updated_at"] = now
    for category in resources["categories"].values():
        if category["parent_id"] == category_id:
            category.update(parent_id=None, updated_at=now)
    place_categories(resources)


def count_products(resources: Resources) -> None:
    """Update how many products each category has."""
    members = Counter(one for product in resources["products"].values() for one in product["category_ids"])
    for category in resources["categories"].values():
        category["products_count"] = members[category["id"]]


def place_categories(resources: Resources) -> None:
    """Update the path of every category from its own name and those of its ancestors."""
    categories = resources["categories"]
    for category in categories.values():
        category["path"] = _path(categories, category)


def _path(categories: dict[str, Record], category: Record) -> str:
    parent = categories.get(category["parent_id"] or "")
    return f"{_path(categories, parent)} > {category['name']}" if parent else category["name"]
