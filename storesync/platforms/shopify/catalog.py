"""Rows of products, their variants and images, and of collections.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Product
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.amounts import inner, items, linked, listed
from storesync.platforms.values import (
    array,
    decimal,
    flag,
    identifier,
    instant,
    integer,
    lower,
    number,
    plain,
    stored,
    text,
)

# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/WeightUnit
KILOGRAMS = {
    "KILOGRAMS": Decimal(1),
    "GRAMS": Decimal("0.001"),
    "POUNDS": Decimal("0.45359237"),
    "OUNCES": Decimal("0.028349523125"),
}


def product_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a product. Its collections are not among them: `collection_rows` has them."""
    record = parts["record"]
    product = _product(record, shop)
    found = items(record, "variants")
    variants = [_variant(each, record, product) for each in found]
    shown_by = {row["image_id"]: row["id"] for row in reversed(variants) if row["image_id"]}
    barcodes = [row for each, variant in zip(found, variants, strict=True) for row in _barcodes(each, variant)]
    images = [
        _image(each, position, product["id"], shown_by)
        for position, each in enumerate(items(record, "media"), 1)
        if each.get("mediaContentType", each.get("__typename")) in {"IMAGE", "MediaImage"}
    ]
    rows = {"products": [product]}
    rows |= {"variants": variants, "variant_barcodes": barcodes} if "variants" in record else {}
    return rows | ({"product_images": images} if "media" in record else {})


def collection_rows(parts: Mapping[str, Any], _: Shop) -> dict[str, list[Row]]:
    """Return the rows of a collection and of its memberships, one for each product in it."""
    record = parts["record"]
    category_id = identifier(record.get("id"))
    category = {
        "id": category_id,
        "kind": "collection",
        "name": text(record.get("title")),
        "path": text(record.get("title")),
        "handle": text(record.get("handle")),
        "description": plain(record.get("descriptionHtml")),
        "is_automatic": int(any(map(_is_automatic, items(record, "sources")))) if "sources" in record else None,
        "products_count": integer(inner(record, "productsCount", "count")),
        "image_url": text(inner(record, "image", "url")),
        "created_at": None,
        "updated_at": instant(record.get("updatedAt")),
    }
    products = (identifier(each.get("id")) for each in items(record, "products"))
    members = [_member(each, category_id, position) for position, each in enumerate(products, 1)]
    rows = {"categories": [category], "product_categories": members}
    return rows if "products" in record else {"categories": [category]}


def _is_automatic(source: Mapping[str, Any]) -> bool:
    """True where *source* has conditions that add products; a manual selection has none.

    https://shopify.dev/docs/apps/build/product-merchandising/products-and-collections/use-new-collections-model
    """
    inclusion = source.get("inclusion")
    if isinstance(inclusion, dict):
        return bool(items(inclusion, "conditions"))
    return source.get("__typename") != "CollectionConditionsSource"


def _product(record: Mapping[str, Any], shop: Shop) -> Row:
    prices = record.get("priceRangeV2")
    variants = items(record, "variants")
    counted = integer(inner(record, "variantsCount", "count"))
    return {
        "id": identifier(record.get("id")),
        "name": text(record.get("title")),
        "handle": text(record.get("handle")),
        "description": plain(record.get("descriptionHtml")),
        "description_html": text(record.get("descriptionHtml")),
        "status": lower(record.get("status")),
        "vendor": text(record.get("vendor")),
        "product_type": text(record.get("productType")),
        "tags": listed(record, "tags"),
        "options": array(_option_names(record)) if "options" in record else None,
        "price_min": number(inner(prices, "minVariantPrice")),
        "price_max": number(inner(prices, "maxVariantPrice")),
        "currency": text(inner(prices, "minVariantPrice", "currencyCode")) or shop.currency,
        "inventory_quantity": integer(record.get("totalInventory")) if record.get("tracksInventory") else None,
        "variants_count": len(variants) if counted is None else counted,
        "image_url": text(inner(record, "featuredMedia", "preview", "image", "url")),
        "url": text(record.get("onlineStoreUrl")),
        "is_gift_card": flag(record.get("isGiftCard")),
        "requires_shipping": _requires_shipping(variants),
        "seo_title": text(inner(record, "seo", "title")),
        "seo_description": text(inner(record, "seo", "description")),
        "published_at": instant(record.get("publishedAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _requires_shipping(variants: list[Any]) -> int | None:
    known = [flag(inner(variant, "inventoryItem", "requiresShipping")) for variant in variants]
    return max((each for each in known if each is not None), default=None)


def _is_nameless(record: Mapping[str, Any]) -> bool:
    """Return whether the product *record* has no options: its only variant then has a name that nobody gave."""
    if "hasOnlyDefaultVariant" in record:
        return bool(record["hasOnlyDefaultVariant"])
    return [option.get("values") for option in items(record, "options")] == [["Default Title"]]


def _option_names(record: Mapping[str, Any]) -> list[Any]:
    """Return the option names. A product without options has one called "Title", which is left out."""
    if _is_nameless(record):
        return []
    return [option.get("name") for option in items(record, "options")]


def _variant(record: Mapping[str, Any], product: Mapping[str, Any], owner: Row) -> Row:
    nameless = _is_nameless(product)
    values = [] if nameless else [text(option.get("value")) for option in items(record, "selectedOptions")]
    option1, option2, option3 = (*values, None, None, None)[:3]
    item = record.get("inventoryItem")
    tracked = flag(inner(item, "tracked"))
    images = items(record, "media")
    return {
        "id": identifier(record.get("id")),
        "product_id": owner["id"],
        "name": None if nameless else text(record.get("title")),
        "position": integer(record.get("position")),
        "sku": text(record.get("sku")),
        "barcode": text(record.get("barcode")),
        "option1": option1,
        "option2": option2,
        "option3": option3,
        "price": number(record.get("price")),
        "compare_at_price": number(record.get("compareAtPrice")),
        "cost": number(inner(item, "unitCost")),
        "currency": owner["currency"],
        "tracks_inventory": tracked,
        "inventory_quantity": None if tracked == 0 else integer(record.get("inventoryQuantity")),
        "sells_out_of_stock": int(record["inventoryPolicy"] == "CONTINUE") if "inventoryPolicy" in record else None,
        "inventory_item_id": linked(item),
        "weight_kg": _kilograms(inner(item, "measurement", "weight")),
        "requires_shipping": flag(inner(item, "requiresShipping")),
        "taxable": flag(record.get("taxable")),
        "image_id": linked(images[0]) if images else None,
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _barcodes(record: Mapping[str, Any], variant: Row) -> list[Row]:
    """Return the barcodes of a variant; of one that was read without the list of them, the only one known.

    https://shopify.dev/changelog/product-variant-barcode-is-being-replaced-by-barcodes
    """
    told = items(record, "barcodes") if record.get("barcodes") is not None else [{"value": variant["barcode"]}]
    known = [(code, lower(each.get("type"))) for each in told if (code := text(each.get("value")))]
    return [
        {
            "id": f"{variant['id']}:{position}",
            "product_id": variant["product_id"],
            "variant_id": variant["id"],
            "position": position,
            "barcode": code,
            "type": kind,
            "created_at": None,
            "updated_at": None,
        }
        for position, (code, kind) in enumerate(known, 1)
    ]


def _kilograms(weight: Any) -> int | float | None:
    value, unit = decimal(inner(weight, "value")), KILOGRAMS.get(str(inner(weight, "unit")))
    return None if value is None or unit is None else stored(value * unit)


def _image(record: Mapping[str, Any], position: int, product_id: str, shown_by: Mapping[str, str]) -> Row:
    image_id = identifier(record.get("id"))
    image = inner(record, "preview", "image")
    return {
        "id": image_id,
        "product_id": product_id,
        "variant_id": shown_by.get(image_id),
        "position": position,
        "url": text(inner(image, "url")),
        "alt": text(record.get("alt")),
        "width": integer(inner(image, "width")),
        "height": integer(inner(image, "height")),
        "created_at": None,
        "updated_at": None,
    }


def _member(product_id: str, category_id: str, position: int) -> Row:
    return {
        "id": f"{product_id}:{category_id}",
        "product_id": product_id,
        "category_id": category_id,
        "position": position,
        "created_at": None,
        "updated_at": None,
    }
