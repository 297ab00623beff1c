"""Rows of products with their variants, images and categories. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/product and …/product-variant.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Digits, Flag, Id, Instant, Number, Shape, Text, UnsetType, fitted
from storesync.platforms.tiendanube.language import words
from storesync.platforms.tiendanube.objects import objects, several
from storesync.platforms.values import (
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

_OPTIONS = ("option1", "option2", "option3")
_STATUS = {1: "active", 0: "draft", None: None}


class Variant(Shape):
    """A variant."""

    id: Id = None
    values: Any = None
    price: Number = None
    promotional_price: Number = None
    stock_management: Flag = None
    stock: Digits | UnsetType = UNSET
    inventory_levels: Any = None
    position: Digits = None
    sku: Text = None
    barcode: Text = None
    cost: Number = None
    weight: Number = None
    width: Number = None
    height: Number = None
    depth: Number = None
    image_id: Id = None
    created_at: Instant = None
    updated_at: Instant = None


class Image(Shape):
    """An image; one without an id stands for none."""

    id: Id = None
    position: Digits = None
    src: Text = None
    alt: Any = None
    width: Digits = None
    height: Digits = None
    created_at: Instant = None
    updated_at: Instant = None


class Ref(Shape):
    """A category that is only referred to."""

    id: Id = None


def _refs(value: Any) -> list[Any] | None:
    found = value if isinstance(value, list) else []
    return [fitted(Ref, one) if isinstance(one, dict) else one for one in found]


class Product(Shape):
    """A product as it is stored."""

    id: Id = None
    name: Any = None
    handle: Any = None
    description: Any = None
    published: Flag = None
    brand: Text = None
    tags: Any = None
    attributes: Any = None
    canonical_url: Text = None
    requires_shipping: Flag = None
    free_shipping: Flag = None
    seo_title: Any = None
    seo_description: Any = None
    variants: Annotated[list[Variant] | None, several(Variant)] = None
    images: Annotated[list[Image] | None, several(Image)] = None
    categories: Annotated[list[Ref | str | int] | None, _refs] = None
    created_at: Instant = None
    updated_at: Instant = None


def product_rows(product: Product, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one product; the product's own row includes sums over its variants."""
    product_id, needs_shipping = identifier(product.id), flag(product.requires_shipping)
    variants = [
        _variant(one, product_id, position, needs_shipping, shop)
        for position, one in enumerate(product.variants or (), 1)
    ]
    images = [
        _image(one, image_id, product_id, position, shop)
        for position, one in enumerate(product.images or (), 1)
        if (image_id := optional_identifier(one.id))
    ]
    root = _product(product, product_id, shop) | _summary(variants, images)
    return {
        "products": [root],
        "variants": variants,
        "variant_barcodes": [_barcode(row) for row in variants if row["barcode"]],
        "product_images": images,
        "product_categories": _memberships(product.categories or (), product_id),
    }


def _product(product: Product, product_id: str, shop: Shop) -> Row:
    html, tags, options = words(product.description, shop), product.tags, product.attributes
    labels = tags if isinstance(tags, list) else (text(tags) or "").split(",")
    return {
        "id": product_id,
        "name": words(product.name, shop),
        "handle": words(product.handle, shop),
        "description": plain(html),
        "description_html": html,
        "status": _STATUS[flag(product.published)],
        "vendor": product.brand or None,
        "tags": array((text(label) or "").strip() for label in labels),
        "options": array(words(one, shop) for one in (options if isinstance(options, list) else ())),
        "currency": shop.currency,
        "url": product.canonical_url or None,
        "requires_shipping": flag(product.requires_shipping),
        "free_shipping": flag(product.free_shipping),
        "seo_title": words(product.seo_title, shop),
        "seo_description": words(product.seo_description, shop),
        "created_at": instant(product.created_at),
        "updated_at": instant(product.updated_at),
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


def _variant(variant: Variant, product_id: str, position: int, needs_shipping: int | None, shop: Shop) -> Row:
    variant_id = identifier(variant.id)
    values = variant.values if isinstance(variant.values, list) else ()
    options = [words(one, shop) for one in values]
    price, struck_out = _prices(decimal(variant.price), decimal(variant.promotional_price))
    tracks = flag(variant.stock_management)
    return {
        "id": variant_id,
        "product_id": product_id,
        "name": " / ".join(option for option in options if option) or None,
        "position": integer(variant.position) or position,
        "sku": variant.sku or None,
        "barcode": variant.barcode or None,
        **dict(zip(_OPTIONS, options, strict=False)),
        "price": None if price is None else stored(price),
        "compare_at_price": None if struck_out is None else stored(struck_out),
        "cost": number(variant.cost),
        "currency": shop.currency,
        "tracks_inventory": tracks,
        "inventory_quantity": None if tracks == 0 else _stock(variant),
        "sells_out_of_stock": None if tracks is None else 1 - tracks,
        "inventory_item_id": variant_id,
        "weight_kg": number(variant.weight),
        "width_cm": number(variant.width),
        "height_cm": number(variant.height),
        "depth_cm": number(variant.depth),
        "requires_shipping": needs_shipping,
        "image_id": optional_identifier(variant.image_id),
        "created_at": instant(variant.created_at),
        "updated_at": instant(variant.updated_at),
    }


def _prices(price: Decimal | None, promotional: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Return what a customer pays now, and the price that is struck out beside it.

    A null price means "ask for the price"; a promotional price of 0, or one that is not lower, does not count.
    """
    if price is None or promotional is None or not 0 < promotional < price:
        return price, None
    return promotional, price


def _stock(variant: Variant) -> int | None:
    """Return the stock, or the sum over the locations where only theirs is reported."""
    if variant.stock is not UNSET:
        return integer(variant.stock)
    stocks = [integer(level.get("stock")) for level in objects(variant.inventory_levels)]
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


def _image(image: Image, image_id: str, product_id: str, position: int, shop: Shop) -> Row:
    address = image.src or None
    return {
        "id": image_id,
        "product_id": product_id,
        "position": integer(image.position) or position,
        "url": f"https:{address}" if address and address.startswith("//") else address,
        "alt": words(image.alt, shop),
        "width": integer(image.width),
        "height": integer(image.height),
        "created_at": instant(image.created_at),
        "updated_at": instant(image.updated_at),
    }


def _memberships(categories: Iterable[Ref | str | int], product_id: str) -> list[Row]:
    """Return one row per category. Products list categories as objects, although the documentation says ids."""
    ids = [optional_identifier(one.id if isinstance(one, Ref) else one) for one in categories]
    return [
        {"id": f"{product_id}:{category_id}", "product_id": product_id, "category_id": category_id}
        for category_id in dict.fromkeys(ids)
        if category_id
    ]
