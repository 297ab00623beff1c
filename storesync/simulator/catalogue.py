"""Creates a simulated shop's catalogue: categories, products, variants, images."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.consistency import count_products, summarise
from storesync.simulator.stock import settle
from storesync.simulator.words import COLOURS, GOODS, HOSTILE, OPTIONS, SHELVES, SIZES

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]


def moment(shop: Shop, start: datetime, until: datetime) -> datetime:
    """Return an instant between *start* and *until*, in whole seconds."""
    return start + timedelta(seconds=shop.random.randrange(max(1, int((until - start).total_seconds()))))


def money(cents: int) -> Decimal:
    """Return an amount of *cents* hundredths, with two decimals."""
    return Decimal(cents).scaleb(-2)


def fill_categories(shop: Shop, count: int, start: datetime, until: datetime) -> None:
    """Add *count* categories, a tree on Tiendanube, collections on Shopify."""
    for _ in range(count):
        add_category(shop, moment(shop, start, until))


def add_category(shop: Shop, at: datetime) -> Record:
    """Add one category."""
    shelves = shop.resources["categories"]
    number = len(shelves)
    names = SHELVES[shop.language]
    name = names[number] if number < len(names) else f"{names[number % len(names)]} {number}"
    tree = shop.platform == "tiendanube"
    parent = shop.random.choice(list(shelves.values())) if tree and number > 1 and number % 2 else None
    category: Record = {
        "id": shop.next_id("categories"),
        "kind": "category" if tree else "collection",
        "parent_id": parent["id"] if parent else None,
        "name": name,
        "path": f"{parent['path']} > {name}" if parent else name,
        "handle": f"{handle(name)}-{number}",
        "description": f"{name} para todos",
        "visibility": ("visible", "visible", "soft_hidden" if tree else "hidden", "visible", "hidden")[number % 5],
        "is_automatic": bool(not tree and number % 3 == 0),
        "products_count": 0,
        "image_url": None,
        "created_at": at,
        "updated_at": at,
    }
    shelves[category["id"]] = category
    return category


def fill_products(shop: Shop, count: int, start: datetime, until: datetime) -> None:
    """Add *count* products, some of them edited since."""
    for _ in range(count):
        made = moment(shop, start, until)
        product = add_product(shop, made)
        product["updated_at"] = moment(shop, made, until) if shop.happens(0.5) else made
    count_products(shop.resources)


def add_product(shop: Shop, at: datetime) -> Record:
    """Add one product with its variants and images."""
    chance = shop.random
    number = len(shop.resources["products"])
    name = _name(shop, number)
    product: Record = {
        "id": shop.next_id("products"),
        "name": name,
        "handle": f"{handle(name)}-{shop.counters['products']}",
        "description": None if number % 5 == 0 else f"{name} & más calidad",
        "description_html": None if number % 5 == 0 else f"<p><b>{html(name)}</b> &amp; más calidad</p>",
        "status": "draft" if shop.happens(0.1) else "active",
        "vendor": chance.choice(("Ñandú", "Acme & Co", None)),
        "product_type": chance.choice(("Ropa", "Casa", "")) if shop.platform == "shopify" else None,
        "tags": chance.sample(["oferta", "niños", "verão", "new"], chance.randrange(3)),
        "currency": shop.currency,
        "image_url": None,
        "is_gift_card": False,
        "requires_shipping": True,
        "free_shipping": shop.happens(0.1),
        "seo_title": name if number % 3 == 0 else None,
        "seo_description": None,
        "published_at": at,
        "created_at": at,
        "updated_at": at,
        "category_ids": _shelves_for(shop),
    }
    product["url"] = f"{shop.url}/productos/{product['handle']}"
    if product["status"] == "draft":
        product["published_at"] = None
    product["images"] = [_image(shop, product, position, at) for position in range(1, 1 + number % 4)]
    product["image_url"] = product["images"][0]["url"] if product["images"] else None
    _add_variants(shop, product, at)
    settle(shop, product, at)
    summarise(product)
    shop.resources["products"][product["id"]] = product
    return product


def _name(shop: Shop, number: int) -> str:
    if number % 37 == 5:  # noqa: PLR2004 - rare, but in every shop of some size
        return HOSTILE[number // 37 % len(HOSTILE)]
    nouns, adjectives = GOODS[shop.language]
    return f"{shop.random.choice(nouns)} {shop.random.choice(adjectives)} {number + 1}"


def _shelves_for(shop: Shop) -> list[str]:
    shelves = list(shop.resources["categories"])
    return shop.random.sample(shelves, min(len(shelves), shop.random.randrange(3)))


def _image(shop: Shop, product: Record, position: int, at: datetime) -> Record:
    image_id = shop.next_id("product_images")
    return {
        "id": image_id,
        "product_id": product["id"],
        "variant_id": None,
        "position": position,
        "url": f"https://cdn.example.com/{shop.id}/{image_id}-1024-1024.jpg",
        "alt": product["name"] if position == 1 else None,
        "width": 1024,
        "height": 768,
        "created_at": at,
        "updated_at": at,
    }


def _add_variants(shop: Shop, product: Record, at: datetime) -> None:
    """Give the product its variants; one without options gets a single "virtual" variant with price and stock."""
    chance = shop.random
    colours, sizes = chance.randrange(4), chance.randrange(1, 4)
    names = COLOURS[shop.language][:colours]
    values: list[tuple[str | None, str | None]] = [(colour, size) for colour in names for size in SIZES[:sizes]]
    product["options"] = list(OPTIONS[shop.language]) if values else []
    on_request = shop.platform == "tiendanube" and shop.happens(0.04)
    tracked = shop.happens(0.8)
    base = chance.randrange(500, 90_000)
    product["variants"] = [
        _variant(shop, product, position, pair, at) for position, pair in enumerate(values or [(None, None)], 1)
    ]
    for position, variant in enumerate(product["variants"], 1):
        price = None if on_request else money(base + 250 * position)
        variant["price"] = price
        variant["compare_at_price"] = price * 2 if price and shop.happens(0.25) else None
        variant["tracks_inventory"] = tracked
        variant["sells_out_of_stock"] = not tracked
        variant["inventory_quantity"] = chance.randrange(40) if tracked else None


def _variant(shop: Shop, product: Record, position: int, values: tuple[str | None, str | None], at: datetime) -> Record:
    chance = shop.random
    variant_id = shop.next_id("variants")
    return {
        "id": variant_id,
        "product_id": product["id"],
        "name": " / ".join(value for value in values if value) or None,
        "position": position,
        "sku": None if shop.happens(0.1) else f"SKU-{variant_id[-5:]}-Ñ{position}",
        "barcode": f"779{variant_id[-10:]}" if shop.happens(0.5) else None,
        "option1": values[0],
        "option2": values[1],
        "option3": None,
        "cost": money(chance.randrange(100, 500)) if shop.happens(0.5) else None,
        "currency": shop.currency,
        "inventory_item_id": str(int(variant_id) + (0 if shop.platform == "tiendanube" else 2 * 10**12)),
        "weight_kg": Decimal(chance.randrange(50, 3000)).scaleb(-3),
        "width_cm": Decimal("10.00"),
        "height_cm": Decimal("20.50"),
        "depth_cm": None,
        "requires_shipping": True,
        "taxable": True,
        "image_id": product["images"][0]["id"] if product["images"] and position == 1 else None,
        "created_at": at,
        "updated_at": at,
    }


def barcodes(variant: Record) -> list[tuple[str, str | None]]:
    """Return all barcodes of a variant with their types: that of its column first, and up to three more."""
    first = variant["barcode"]
    if not first:
        return []
    found = [(first, "ean"), (f"1{first}", "gtin"), (f"B0{first[-8:]}", "asin"), (f"{first}-old", None)]
    return found[: 1 + int(variant["id"]) % len(found)]


def handle(name: str) -> str:
    """Return *name* as a URL slug."""
    letters = (mark if mark.isascii() and mark.isalnum() else " " for mark in name.lower())
    return "-".join("".join(letters).split())


def html(text: str) -> str:
    """Return *text* with HTML's special characters escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
