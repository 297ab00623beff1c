"""Rows of products with their variants, images and categories. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/product and …/product-variant.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import (
    Unreadable,
    array,
    decimal,
    flag,
    identifier,
    instant,
    integer,
    number,
    optional_identifier,
    plain,
    stored,
    text,
)

_STATUS = {1: "active", 0: "draft", None: None}


def product_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one product; the product's own row includes sums over its variants."""
    product = parts["record"]
    product_id = identifier(product.get("id"))
    needs_shipping = flag(product.get("requires_shipping"))
    variants = [
        _variant(one, product_id, position, needs_shipping, shop)
        for position, one in enumerate(objects(product.get("variants")), 1)
    ]
    images = [
        _image(one, product_id, position, shop)
        for position, one in enumerate(objects(product.get("images")), 1)
        if optional_identifier(one.get("id"))
    ]
    root = _product(product, product_id, shop) | _summary(variants, images)
    return {
        "products": [root],
        "variants": variants,
        "variant_barcodes": [_barcode(row) for row in variants if row["barcode"]],
        "product_images": images,
        "product_categories": _memberships(product.get("categories"), product_id),
    }


def objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return a list of JSON objects, empty for null. Raises `Unreadable` where it holds anything else.

    A map of objects is a list with gaps in its numbering, as PHP writes it; any other map is one object.
    """
    if isinstance(value, dict):
        inner = list(value.values())
        return inner if all(isinstance(one, dict) for one in inner) else [value]
    found = value if isinstance(value, list) else []
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable("a list holds something that is not a JSON object")
    return found


def _product(product: Mapping[str, Any], product_id: str, shop: Shop) -> Row:
    html = words(product.get("description"), shop)
    tags = product.get("tags")
    labels = tags if isinstance(tags, list) else (text(tags) or "").split(",")
    options = product.get("attributes")
    return {
        "id": product_id,
        "name": words(product.get("name"), shop),
        "handle": words(product.get("handle"), shop),
        "description": plain(html),
        "description_html": html,
        "status": _STATUS[flag(product.get("published"))],
        "vendor": text(product.get("brand")),
        "tags": array((text(label) or "").strip() for label in labels),
        "options": array(words(one, shop) for one in (options if isinstance(options, list) else ())),
        "currency": shop.currency,
        "url": text(product.get("canonical_url")),
        "requires_shipping": flag(product.get("requires_shipping")),
        "free_shipping": flag(product.get("free_shipping")),
        "seo_title": words(product.get("seo_title"), shop),
        "seo_description": words(product.get("seo_description"), shop),
        "created_at": instant(product.get("created_at")),
        "updated_at": instant(product.get("updated_at")),
    }


def _summary(variants: Sequence[Row], images: Sequence[Row]) -> Row:
    prices = [row["price"] for row in variants if row["price"] is not None]
    stocks = [row["inventory_quantity"] for row in variants]
    first = min(images, key=lambda row: row["position"] or 0, default=None)
    return {
        "price_min": min(prices, default=None),
        "price_max": max(prices, default=None),
        "inventory_quantity": sum(stocks) if stocks and None not in stocks else None,
        "variants_count": len(variants),
        "image_url": first["url"] if first else None,
    }


def _variant(variant: Mapping[str, Any], product_id: str, position: int, needs_shipping: int | None, shop: Shop) -> Row:
    variant_id = identifier(variant.get("id"))
    values = variant.get("values")
    options = [words(one, shop) for one in values] if isinstance(values, list) else []
    price, struck_out = _prices(decimal(variant.get("price")), decimal(variant.get("promotional_price")))
    tracks = flag(variant.get("stock_management"))
    return {
        "id": variant_id,
        "product_id": product_id,
        "name": " / ".join(option for option in options if option) or None,
        "position": integer(variant.get("position")) or position,
        "sku": text(variant.get("sku")),
        "barcode": text(variant.get("barcode")),
        **{f"option{n}": option for n, option in enumerate(options[:3], 1)},
        "price": None if price is None else stored(price),
        "compare_at_price": None if struck_out is None else stored(struck_out),
        "cost": number(variant.get("cost")),
        "currency": shop.currency,
        "tracks_inventory": tracks,
        "inventory_quantity": None if tracks == 0 else _stock(variant),
        "sells_out_of_stock": None if tracks is None else 1 - tracks,
        "inventory_item_id": variant_id,
        "weight_kg": number(variant.get("weight")),
        "width_cm": number(variant.get("width")),
        "height_cm": number(variant.get("height")),
        "depth_cm": number(variant.get("depth")),
        "requires_shipping": needs_shipping,
        "image_id": optional_identifier(variant.get("image_id")),
        "created_at": instant(variant.get("created_at")),
        "updated_at": instant(variant.get("updated_at")),
    }


def _prices(price: Decimal | None, promotional: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return what a customer pays now, and the price that is struck out beside it.

    A null price means "ask for the price"; a promotional price of 0, or one that is not lower, does not count.
    """
    if price is None or promotional is None or not 0 < promotional < price:
        return price, None
    return promotional, price


def _stock(variant: Mapping[str, Any]) -> int | None:
    """Return the stock, or the sum over the locations where only theirs is reported."""
    if "stock" in variant:
        return integer(variant["stock"])
    stocks = [integer(level.get("stock")) for level in objects(variant.get("inventory_levels"))]
    known = [stock for stock in stocks if stock is not None]
    return sum(known) if known and len(known) == len(stocks) else None


def _barcode(variant: Row) -> Row:
    return {
        "id": f"{variant['id']}:1",
        "product_id": variant["product_id"],
        "variant_id": variant["id"],
        "position": 1,
        "barcode": variant["barcode"],
        "type": None,
        "created_at": None,
        "updated_at": None,
    }


def _image(image: Mapping[str, Any], product_id: str, position: int, shop: Shop) -> Row:
    address = text(image.get("src"))
    return {
        "id": identifier(image.get("id")),
        "product_id": product_id,
        "position": integer(image.get("position")) or position,
        "url": f"https:{address}" if address and address.startswith("//") else address,
        "alt": words(image.get("alt"), shop),
        "width": integer(image.get("width")),
        "height": integer(image.get("height")),
        "created_at": instant(image.get("created_at")),
        "updated_at": instant(image.get("updated_at")),
    }


def _memberships(categories: Any, product_id: str) -> list[Row]:
    """Return one row per category. Products list categories as objects, although the documentation says ids."""
    found = categories if isinstance(categories, list) else []
    ids = [optional_identifier(one.get("id") if isinstance(one, dict) else one) for one in found]
    return [
        {"id": f"{product_id}:{category_id}", "product_id": product_id, "category_id": category_id}
        for category_id in dict.fromkeys(ids)
        if category_id
    ]
