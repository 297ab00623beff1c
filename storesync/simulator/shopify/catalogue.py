"""Turns products, variants, collections and customers into Shopify's nodes."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from storesync.simulator.catalogue import barcodes
from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.metafields import Metafields
from storesync.simulator.shopify.stock import Levels, LevelsCount
from storesync.simulator.shopify.values import address, count, gid, instant, money, price, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

DEFAULT_OPTION = "Title"
DEFAULT_VALUE = "Default Title"


def product_node(shop: Shop, record: Record) -> Node:
    """Return a ``Product``."""
    media = [_media(image) for image in record["images"]]
    tracked = any(variant["tracks_inventory"] for variant in record["variants"])
    prices = [variant["price"] for variant in record["variants"] if variant["price"] is not None]
    return {
        **_product_words(record),
        "id": gid("Product", record["id"]),
        "metafields": Metafields(shop, "product", record["id"]),
        "legacyResourceId": record["id"],
        "category": None,
        "collections": Nested([Link("Collection", shelf) for shelf in record["category_ids"]]),
        "createdAt": instant(record["created_at"]),
        "featuredMedia": media[0] if media else None,
        "hasOnlyDefaultVariant": not record["options"],
        "isGiftCard": record["is_gift_card"],
        "media": Nested(media),
        "mediaCount": count(len(media)),
        # https://shopify.dev/docs/api/admin-graphql/latest/objects/Product: null while unpublished.
        "onlineStoreUrl": record["url"] if record["status"] == "active" else None,
        "options": _options(record),
        "priceRangeV2": {
            "minVariantPrice": money(min(prices, default=Decimal(0)), shop.currency),
            "maxVariantPrice": money(max(prices, default=Decimal(0)), shop.currency),
        },
        "publishedAt": instant(record["published_at"]),
        "requiresSellingPlan": False,
        "status": upper(record["status"]),
        "tags": record["tags"],
        "templateSuffix": None,
        "totalInventory": sum(variant["inventory_quantity"] or 0 for variant in record["variants"]),
        "tracksInventory": tracked,
        "updatedAt": instant(record["updated_at"]),
        "variants": Nested([variant_node(shop, record, variant) for variant in record["variants"]]),
        "variantsCount": count(len(record["variants"])),
    }


def _product_words(record: Record) -> Node:
    return {
        "title": record["name"],
        "handle": record["handle"],
        "description": record["description"] or "",
        "descriptionHtml": record["description_html"] or "",
        "vendor": record["vendor"] or "",
        "productType": record["product_type"] or "",
        "seo": {"title": record["seo_title"], "description": record["seo_description"]},
    }


def _media(image: Record) -> Node:
    return {
        "__typename": "MediaImage",
        "id": gid("MediaImage", image["id"]),
        "alt": image["alt"],
        "mediaContentType": "IMAGE",
        "preview": {
            "image": {
                "altText": image["alt"],
                "height": image["height"],
                "url": image["url"],
                "width": image["width"],
            }
        },
        "status": "READY",
    }


def _options(record: Record) -> list[Node]:
    """Return the options. A product without options still has one, with one value."""
    names = record["options"] or [DEFAULT_OPTION]
    return [
        {
            "id": gid("ProductOption", f"{record['id']}{position}"),
            "name": name,
            "position": position,
            "values": list(
                dict.fromkeys(
                    variant[f"option{position}"] or DEFAULT_VALUE
                    for variant in record["variants"]
                    if variant[f"option{position}"] or not record["options"]
                )
            ),
        }
        for position, name in enumerate(names, 1)
    ]


def variant_node(shop: Shop, product: Record, record: Record) -> Node:
    """Return a ``ProductVariant``."""
    title = record["name"] or DEFAULT_VALUE
    chosen = [record[f"option{position}"] for position in (1, 2, 3)]
    names = product["options"] or [DEFAULT_OPTION]
    struck_out = record["compare_at_price"]
    images = [image for image in product["images"] if image["id"] == record["image_id"]]
    return {
        "id": gid("ProductVariant", record["id"]),
        "metafields": Metafields(shop, "variant", record["id"]),
        "legacyResourceId": record["id"],
        "availableForSale": not record["tracks_inventory"] or bool(record["inventory_quantity"]),
        "barcode": record["barcode"],
        "barcodes": Nested([{"type": upper(kind), "value": code} for code, kind in barcodes(record)]),
        "compareAtPrice": None if struck_out is None else price(struck_out),
        "createdAt": instant(record["created_at"]),
        "displayName": f"{product['name']} - {title}",
        "inventoryItem": inventory_item_node(shop, record),
        "inventoryPolicy": "CONTINUE" if record["sells_out_of_stock"] else "DENY",
        # An untracked variant has a quantity too, without meaning.
        "inventoryQuantity": record["inventory_quantity"] or 0,
        "media": Nested([_media(image) for image in images]),
        "position": record["position"],
        "price": price(record["price"] or Decimal(0)),
        "product": Link("Product", product["id"]),
        "requiresComponents": False,
        "selectedOptions": [
            {"name": name, "value": value or DEFAULT_VALUE}
            for name, value in zip(names, chosen, strict=False)
            if value or not product["options"]
        ],
        "sellableOnlineQuantity": record["inventory_quantity"] or 0,
        "sku": record["sku"],
        "taxable": record["taxable"],
        "title": title,
        "unitPriceMeasurement": None,
        "updatedAt": instant(record["updated_at"]),
    }


def inventory_item_node(shop: Shop, variant: Record) -> Node:
    """Return the ``InventoryItem`` of a variant, with its inventory data."""
    item_id = variant["inventory_item_id"]
    weight = variant["weight_kg"]
    levels = Levels(shop, "inventory_item_id", item_id)
    return {
        "id": gid("InventoryItem", item_id),
        "legacyResourceId": item_id,
        "locationsCount": LevelsCount(levels),
        "countryCodeOfOrigin": None,
        "createdAt": instant(variant["created_at"]),
        "harmonizedSystemCode": None,
        "inventoryLevels": levels,
        "measurement": {
            "id": gid("InventoryItemMeasurement", item_id),
            "weight": None if weight is None else {"unit": "KILOGRAMS", "value": float(weight)},
        },
        "provinceCodeOfOrigin": None,
        "requiresShipping": variant["requires_shipping"],
        "sku": variant["sku"],
        "tracked": variant["tracks_inventory"],
        "unitCost": None if variant["cost"] is None else money(variant["cost"], shop.currency),
        "updatedAt": instant(variant["updated_at"]),
        "variants": Nested([Link("ProductVariant", variant["id"])]),
    }


def collection_node(shop: Shop, record: Record) -> Node:
    """Return a ``Collection``."""
    inside = [
        Link("Product", product["id"])
        for product in shop.resources["products"].values()
        if record["id"] in product["category_ids"]
    ]
    text = record["description"] or ""
    image = record["image_url"]
    rule = {
        "__typename": "CollectionConditionsSource",
        "id": gid("CollectionConditionsSource", record["id"]),
        "title": record["name"],
        "inclusion": {"conditions": [_condition(record)] if record["is_automatic"] else [], "matchType": "ALL"},
    }
    return {
        "id": gid("Collection", record["id"]),
        "metafields": Metafields(shop, "collection", record["id"]),
        "legacyResourceId": record["id"],
        "description": text,
        "descriptionHtml": f"<p>{escape(text, quote=False)}</p>" if text else "",
        "handle": record["handle"],
        "image": image and {"altText": None, "height": None, "url": image, "width": None},
        "products": Nested(inside),
        "productsCount": count(record["products_count"]),
        "seo": {"title": None, "description": None},
        "sortOrder": "BEST_SELLING",
        "sources": [rule],
        "templateSuffix": None,
        "title": record["name"],
        "updatedAt": instant(record["updated_at"]),
    }


def _condition(record: Record) -> Node:
    kind = "CollectionSourceInclusionConditionProductTag"
    return {"__typename": kind, "id": gid(kind, record["id"])}


def customer_node(shop: Shop, record: Record) -> Node:
    """Return a ``Customer``."""
    homes = [address(home, home["id"], "CustomerAddress") for home in record["addresses"]]
    chosen = [node for node, home in zip(homes, record["addresses"], strict=True) if home["is_default"]]
    return {
        "id": gid("Customer", record["id"]),
        "metafields": Metafields(shop, "customer", record["id"]),
        "legacyResourceId": record["id"],
        "addressesV2": Nested(homes),
        "amountSpent": money(record["total_spent"], shop.currency),
        "createdAt": instant(record["created_at"]),
        "dataSaleOptOut": False,
        "defaultAddress": chosen[0] if chosen else None,
        "defaultEmailAddress": _email(record),
        "defaultPhoneNumber": _phone(record),
        "displayName": record["name"] or record["email"] or "",
        "firstName": record["first_name"],
        "lastName": record["last_name"],
        "lastOrder": Link("Order", record["last_order_id"]) if record["last_order_id"] else None,
        "locale": record["locale"],
        "note": record["note"],
        "numberOfOrders": str(record["orders_count"]),
        "state": upper(record["state"]),
        "tags": record["tags"],
        "taxExempt": False,
        "taxExemptions": [],
        "taxSettings": {"taxId": record["tax_id"]},
        "updatedAt": instant(record["updated_at"]),
        "verifiedEmail": True,
    }


def _email(record: Record) -> Node | None:
    if not record["email"]:
        return None
    return {
        "emailAddress": record["email"],
        "marketingOptInLevel": "SINGLE_OPT_IN",
        "marketingState": "SUBSCRIBED" if record["accepts_marketing"] else "NOT_SUBSCRIBED",
        "marketingUpdatedAt": instant(record["accepts_marketing_at"]) if record["accepts_marketing"] else None,
        "validFormat": True,
    }


def _phone(record: Record) -> Node | None:
    if not record["phone"]:
        return None
    consent = {"collectedFrom": None, "optInLevel": None, "state": "NEVER_SUBSCRIBED", "updatedAt": None}
    return {"phoneNumber": record["phone"], "smsMarketingConsent": consent}
