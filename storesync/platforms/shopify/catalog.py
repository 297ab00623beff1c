"""Rows of products, their variants and images, and of collections.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Product
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import field

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Amount, Count, Flag, Instant, Number, Text, UnsetType
from storesync.platforms.shopify.objects import Money, Object, Ref, Total, flag, linked, listed, lower, money
from storesync.platforms.values import REMEMBERED, array, decimal, identifier, instant, number, plain, stored

# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/WeightUnit
KILOGRAMS = {
    "KILOGRAMS": Decimal(1),
    "GRAMS": Decimal("0.001"),
    "POUNDS": Decimal("0.45359237"),
    "OUNCES": Decimal("0.028349523125"),
}


class Image(Object):
    """An image file."""

    url: Text = None
    width: Count = None
    height: Count = None


class Preview(Object):
    """What is shown of a medium."""

    image: Image | None = None


class Medium(Ref):
    """An image, a video or a model of a product."""

    typename: Text = field(default=None, name="__typename")
    alt: Text = None
    media_content_type: Text | UnsetType = UNSET
    preview: Preview | None = None


class Weight(Object):
    """A weight."""

    value: Number = None
    unit: Text = None


class Measurement(Object):
    """How large an item is."""

    weight: Weight | None = None


class InventoryItem(Ref):
    """The goods that a variant stands for."""

    tracked: Flag = None
    requires_shipping: Flag = None
    unit_cost: Money | None = None
    measurement: Measurement | None = None


class Barcode(Object):
    """One of the barcodes of a variant."""

    type: Text = None
    value: Text = None


class SelectedOption(Object):
    """What a variant is of an option."""

    value: Text = None


class Variant(Ref):
    """A variant of a product."""

    title: Text = None
    position: Count = None
    sku: Text = None
    barcode: Text = None
    barcodes: list[Barcode] | None = None
    selected_options: list[SelectedOption] | None = None
    price: Amount = None
    compare_at_price: Amount = None
    inventory_item: InventoryItem | None = None
    inventory_policy: Text | UnsetType = UNSET
    inventory_quantity: Count = None
    taxable: Flag = None
    media: list[Ref | None] | None = None
    created_at: Instant = None
    updated_at: Instant = None


class Option(Object):
    """What the variants of a product differ in."""

    name: Text = None
    values: list[Text] | None = None


class PriceRange(Object):
    """The prices of the cheapest and the dearest variant."""

    min_variant_price: Money | None = None
    max_variant_price: Money | None = None


class Seo(Object):
    """What search engines show."""

    title: Text = None
    description: Text = None


class Product(Ref):
    """A product as it is stored."""

    title: Text = None
    handle: Text = None
    description_html: Text = None
    status: Text = None
    vendor: Text = None
    product_type: Text = None
    tags: list[Text] | UnsetType | None = UNSET
    options: list[Option] | UnsetType | None = UNSET
    has_only_default_variant: Flag | UnsetType = UNSET
    price_range_v2: PriceRange | None = None
    tracks_inventory: Flag = None
    total_inventory: Count = None
    variants_count: Total | None = None
    variants: list[Variant] | UnsetType | None = UNSET
    featured_media: Medium | None = None
    media: list[Medium] | UnsetType | None = UNSET
    online_store_url: Text = None
    is_gift_card: Flag = None
    seo: Seo | None = None
    published_at: Instant = None
    created_at: Instant = None
    updated_at: Instant = None


class Inclusion(Object):
    """Which products a source adds to a collection."""

    conditions: list[Ref | None] | None = None


class CollectionSource(Object):
    """Where products of a collection come from."""

    typename: Text = field(default=None, name="__typename")
    inclusion: Inclusion | None = None


class Collection(Ref):
    """A collection as it is stored."""

    title: Text = None
    handle: Text = None
    description_html: Text = None
    sources: list[CollectionSource] | UnsetType | None = UNSET
    products_count: Total | None = None
    products: list[Ref] | UnsetType | None = UNSET
    image: Image | None = None
    updated_at: Instant = None


def product_rows(product: Product, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a product. Its collections are not among them: `collection_rows` has them."""
    row = _product(product, shop)
    found, is_nameless = product.variants or (), _is_nameless(product)
    variants = [_variant(each, row, is_nameless=is_nameless) for each in found]
    rows = {"products": [row]}
    if product.variants is not UNSET:
        barcodes = [code for each, variant in zip(found, variants, strict=True) for code in _barcodes(each, variant)]
        rows |= {"variants": variants, "variant_barcodes": barcodes}
    if product.media is not UNSET:
        shown_by = {variant["image_id"]: variant["id"] for variant in reversed(variants) if variant["image_id"]}
        media = enumerate(product.media or (), 1)
        rows["product_images"] = [_image(each, at, row["id"], shown_by) for at, each in media if _is_image(each)]
    return rows


def collection_rows(collection: Collection, _: Shop) -> dict[str, list[Row]]:
    """Return the rows of a collection and of its memberships, one for each product in it."""
    category_id = identifier(collection.id)
    name, sources = collection.title or None, collection.sources
    category = {
        "id": category_id,
        "kind": "collection",
        "name": name,
        "path": name,
        "handle": collection.handle or None,
        "description": plain(collection.description_html),
        "is_automatic": None if sources is UNSET else int(any(map(_is_automatic, sources or ()))),
        "products_count": collection.products_count.count if collection.products_count else None,
        "image_url": collection.image.url or None if collection.image else None,
        "created_at": None,
        "updated_at": instant(collection.updated_at),
    }
    if collection.products is UNSET:
        return {"categories": [category]}
    members = [_member(identifier(each.id), category_id, at) for at, each in enumerate(collection.products or (), 1)]
    return {"categories": [category], "product_categories": members}


def _is_automatic(source: CollectionSource) -> bool:
    """True where *source* has conditions that add products; a manual selection has none.

    https://shopify.dev/docs/apps/build/product-merchandising/products-and-collections/use-new-collections-model
    """
    if source.inclusion:
        return bool(source.inclusion.conditions)
    return source.typename != "CollectionConditionsSource"


def _product(product: Product, shop: Shop) -> Row:
    prices, seo, counted = product.price_range_v2, product.seo, product.variants_count
    least, most = (prices.min_variant_price, prices.max_variant_price) if prices else (None, None)
    variants = product.variants or ()
    featured = _shown(product.featured_media)
    return {
        "id": identifier(product.id),
        "name": product.title or None,
        "handle": product.handle or None,
        "description": plain(product.description_html),
        "description_html": product.description_html or None,
        "status": lower(product.status),
        "vendor": product.vendor or None,
        "product_type": product.product_type or None,
        "tags": listed(product.tags),
        "options": _option_names(product),
        "price_min": money(least),
        "price_max": money(most),
        "currency": (least.currency_code if least else None) or shop.currency,
        "inventory_quantity": product.total_inventory if product.tracks_inventory else None,
        "variants_count": len(variants) if counted is None or counted.count is None else counted.count,
        "image_url": featured.url or None if featured else None,
        "url": product.online_store_url or None,
        "is_gift_card": flag(product.is_gift_card),
        "requires_shipping": _requires_shipping(variants),
        "seo_title": seo.title or None if seo else None,
        "seo_description": seo.description or None if seo else None,
        "published_at": instant(product.published_at),
        "created_at": instant(product.created_at),
        "updated_at": instant(product.updated_at),
    }


def _shown(medium: Medium | None) -> Image | None:
    """Return the image that is shown of a medium."""
    return medium.preview.image if medium and medium.preview else None


def _requires_shipping(variants: Sequence[Variant]) -> int | None:
    known = [flag(each.inventory_item.requires_shipping) for each in variants if each.inventory_item]
    return max((each for each in known if each is not None), default=None)


def _is_nameless(product: Product) -> bool:
    """Return whether a product has no options: its only variant then has a name that nobody gave."""
    if product.has_only_default_variant is not UNSET:
        return bool(product.has_only_default_variant)
    return [option.values for option in product.options or ()] == [["Default Title"]]


def _option_names(product: Product) -> str | None:
    """Return the option names. A product without options has one called "Title", which is left out."""
    if product.options is UNSET:
        return None
    return "[]" if _is_nameless(product) else array(option.name for option in product.options or ())


def _variant(variant: Variant, product: Row, *, is_nameless: bool) -> Row:
    """Return the row of a variant of the row *product*."""
    values = [] if is_nameless else [option.value or None for option in variant.selected_options or ()]
    option1, option2, option3 = (*values, None, None, None)[:3]
    item = variant.inventory_item or InventoryItem()
    weight = item.measurement.weight if item.measurement else None
    return {
        "id": identifier(variant.id),
        "product_id": product["id"],
        "name": None if is_nameless else variant.title or None,
        "position": variant.position,
        "sku": variant.sku or None,
        "barcode": variant.barcode or None,
        "option1": option1,
        "option2": option2,
        "option3": option3,
        "price": number(variant.price),
        "compare_at_price": number(variant.compare_at_price),
        "cost": money(item.unit_cost),
        "currency": product["currency"],
        "tracks_inventory": flag(item.tracked),
        "inventory_quantity": None if item.tracked is False else variant.inventory_quantity,
        "sells_out_of_stock": _sells_out_of_stock(variant),
        "inventory_item_id": linked(item),
        "weight_kg": _kilograms(weight.value, weight.unit) if weight else None,
        "requires_shipping": flag(item.requires_shipping),
        "taxable": flag(variant.taxable),
        "image_id": linked(variant.media[0]) if variant.media else None,
        "created_at": instant(variant.created_at),
        "updated_at": instant(variant.updated_at),
    }


def _sells_out_of_stock(variant: Variant) -> int | None:
    return None if variant.inventory_policy is UNSET else int(variant.inventory_policy == "CONTINUE")


def _barcodes(variant: Variant, owner: Row) -> list[Row]:
    """Return the barcodes of a variant; of one that was read without the list of them, the only one known.

    https://shopify.dev/changelog/product-variant-barcode-is-being-replaced-by-barcodes
    """
    told = [Barcode(value=variant.barcode)] if variant.barcodes is None else variant.barcodes
    return [
        {
            "id": f"{owner['id']}:{position}",
            "product_id": owner["product_id"],
            "variant_id": owner["id"],
            "position": position,
            "barcode": code.value,
            "type": lower(code.type),
            "created_at": None,
            "updated_at": None,
        }
        for position, code in enumerate((code for code in told if code.value), 1)
    ]


@lru_cache(REMEMBERED)
def _kilograms(weight: str | float | None, unit: str | None) -> int | float | None:
    value, in_kilograms = decimal(weight), KILOGRAMS.get(unit or "")
    return None if value is None or in_kilograms is None else stored(value * in_kilograms)


def _is_image(medium: Medium) -> bool:
    kind = medium.typename if medium.media_content_type is UNSET else medium.media_content_type
    return kind in {"IMAGE", "MediaImage"}


def _image(medium: Medium, position: int, product_id: str, shown_by: Mapping[str, str]) -> Row:
    image_id, image = identifier(medium.id), _shown(medium) or Image()
    return {
        "id": image_id,
        "product_id": product_id,
        "variant_id": shown_by.get(image_id),
        "position": position,
        "url": image.url or None,
        "alt": medium.alt or None,
        "width": image.width,
        "height": image.height,
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
