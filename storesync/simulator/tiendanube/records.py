"""Turns the world's records into Tiendanube's JSON.

Shapes and spellings follow the examples of https://tiendanube.github.io/api-documentation
(product, category, order, fulfillment-order) and, for customers and the store, of
https://github.com/TiendaNube/api-docs. Where the examples disagree with each other, the
record's id decides which of them it follows.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from storesync.simulator.tiendanube.baskets import checkout, draft_order
from storesync.simulator.tiendanube.offers import coupon
from storesync.simulator.tiendanube.orders import fulfillment, order
from storesync.simulator.tiendanube.stock import levels_of_variant

if TYPE_CHECKING:
    from decimal import Decimal

    from storesync.simulator.shop import Shop

__all__ = ["Wording", "fulfillment", "store"]

Record = dict[str, Any]

BRASILIA = timezone(timedelta(hours=-3))


class Wording:
    """How one answer formats records: for which shop, and with which parts."""

    def __init__(self, shop: Shop, *, with_customer: bool, with_fulfillments: bool, with_levels: bool) -> None:
        self.shop = shop
        self.with_customer = with_customer
        self.with_fulfillments = with_fulfillments
        self.with_levels = with_levels

    def record(self, resource: str, record: Record) -> Record:
        """Return one record as the platform's JSON."""
        shop = self.shop
        makers = {
            "products": lambda: product(shop, record, with_levels=self.with_levels),
            "categories": lambda: category(shop, record),
            "customers": lambda: customer(record),
            "checkouts": lambda: checkout(shop, record),
            "coupons": lambda: coupon(shop, record, words),
            "draft_orders": lambda: draft_order(shop, record) | self._buyer(record),
            "orders": lambda: order(shop, record, with_fulfillments=self.with_fulfillments) | self._buyer(record),
        }
        return makers[resource]()

    def _buyer(self, record: Record) -> Record:
        """Return the customer object; without `read_customers` it is left out (resources/order)."""
        found = self.shop.resources["customers"].get(record["customer_id"] or "")
        if not self.with_customer:
            return {}
        return {"customer": customer(found) if found else None}


def store(shop: Shop) -> Record:
    """Return the JSON of the shop's description."""
    return {
        "id": int(shop.id),
        "name": words(shop, shop.name),
        "description": words(shop, ""),
        "email": f"owner@{shop.domain}",
        "contact_email": f"contact@{shop.domain}",
        "logo": "//cdn.example.com/logo.png",
        "address": None,
        "phone": None,
        "plan_name": shop.plan,
        "country": shop.country,
        "languages": {shop.language: {"currency": shop.currency, "active": True}},
        "domains": [f"www.{shop.domain}"],
        "original_domain": shop.domain,
        "url_with_protocol": shop.url,
        "customer_accounts": "optional",
        "main_language": shop.language,
        "main_currency": shop.currency,
        "admin_language": shop.language,
        "created_at": shop.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }


def words(shop: Shop, text: str | None, record_id: str = "1") -> Any:
    """Return *text* as an object keyed by language, which shops with one language have too (intro).

    Every third object has a second language, before the main one; every second empty object
    is the `[]` that PHP writes for an empty map.
    """
    number = int(record_id)
    if text is None:
        return [] if number % 2 else {shop.language: ""}
    other = "en" if shop.language != "en" else "es"
    return ({other: f"{text} ({other})"} if text and number % 3 == 0 else {}) | {shop.language: text}


def spelt(at: datetime | None, record_id: str) -> str | None:
    """Return an instant: `+0000` in newer payloads, the zone of Brasília in older examples."""
    if at is None:
        return None
    if int(record_id) % 3:
        return f"{at.isoformat()[:19]}+0000"
    return at.astimezone(BRASILIA).isoformat()


def amount(value: Decimal | None) -> str | None:
    """Return an amount as text, which it is in most resources."""
    return None if value is None else str(value)


def stamps(record: Record) -> Record:
    """Return the creation and update times that every record has."""
    return {name: spelt(record[name], record["id"]) for name in ("created_at", "updated_at")}


def product(shop: Shop, record: Record, *, with_levels: bool) -> Record:
    """Return the JSON of a product with everything nested in it."""
    record_id = record["id"]
    shelves = shop.resources["categories"]
    # Documented as a string, treated as a language object by clients, null where unset.
    title = record["seo_title"]
    return {
        "id": int(record_id),
        "name": words(shop, record["name"], record_id),
        "description": words(shop, record["description_html"], record_id),
        "handle": {shop.language: record["handle"]},
        "attributes": [{shop.language: option} for option in record["options"]],
        "published": record["status"] == "active",
        "free_shipping": record["free_shipping"],
        "requires_shipping": record["requires_shipping"],
        "canonical_url": record["url"],
        "video_url": None,
        "seo_title": words(shop, title) if title and int(record_id) % 2 else title,
        "seo_description": record["seo_description"],
        "brand": record["vendor"],
        "variants": [
            variant(shop, entry) | (levels_of_variant(shop, entry) if with_levels else {})
            for entry in record["variants"]
        ],
        "tags": ", ".join(record["tags"]),
        "images": [image(shop, entry) for entry in record["images"]],
        "categories": [category(shop, shelves[shelf]) for shelf in record["category_ids"] if shelf in shelves],
        **stamps(record),
    }


def variant(shop: Shop, record: Record) -> Record:
    """Return the JSON of a variant. `price` is the struck-out price where there is a `promotional_price`."""
    struck_out = record["compare_at_price"]
    price = record["price"]
    options = (record["option1"], record["option2"], record["option3"])
    return {
        "id": int(record["id"]),
        "image_id": int(record["image_id"]) if record["image_id"] else None,
        "product_id": int(record["product_id"]),
        "position": record["position"],
        # A null price means "ask for the price"; a null stock is unlimited (resources/product-variant).
        "price": amount(struck_out or price),
        "promotional_price": amount(price) if struck_out else None,
        "stock_management": record["tracks_inventory"],
        "stock": record["inventory_quantity"],
        "weight": amount(record["weight_kg"]),
        "width": amount(record["width_cm"]),
        "height": amount(record["height_cm"]),
        "depth": amount(record["depth_cm"]),
        "sku": record["sku"],
        "values": [{shop.language: option} for option in options if option],
        "barcode": record["barcode"],
        "mpn": None,
        "age_group": None,
        "gender": None,
        "cost": amount(record["cost"]),
        **stamps(record),
    }


def image(shop: Shop, record: Record) -> Record:
    """Return the JSON of an image."""
    return {
        "id": int(record["id"]),
        "product_id": int(record["product_id"]),
        "src": record["url"],
        "position": record["position"],
        "alt": {shop.language: record["alt"]} if record["alt"] else [],
        "height": record["height"],
        "width": record["width"],
        "thumbnails_generated": 2,
        **stamps(record),
    }


def category(shop: Shop, record: Record) -> Record:
    """Return the JSON of a category, with the ids of its child categories."""
    record_id = record["id"]
    children = (child for child in shop.resources["categories"].values() if child["parent_id"] == record_id)
    return {
        "id": int(record_id),
        "name": words(shop, record["name"], record_id),
        "description": words(shop, record["description"], record_id),
        "handle": {shop.language: record["handle"]},
        "parent": int(record["parent_id"]) if record["parent_id"] else None,
        "subcategories": [int(child["id"]) for child in children],
        "seo_title": words(shop, ""),
        "seo_description": words(shop, ""),
        "google_shopping_category": None,
        "visibility": record["visibility"].replace("_", "-"),
        "visibility_updated_at": record["updated_at"].isoformat(),
        **stamps(record),
    }


def customer(record: Record) -> Record:
    """Return the JSON of a customer with all addresses."""
    addresses = [address(entry) for entry in record["addresses"]]
    home = record["addresses"][0] if addresses else {}
    return {
        "id": int(record["id"]),
        "name": record["name"],
        "email": record["email"],
        "identification": record["tax_id"],
        "phone": record["phone"],
        "note": record["note"],
        "default_address": addresses[0] if addresses else None,
        "addresses": addresses,
        "billing_name": home.get("name"),
        "billing_phone": home.get("phone"),
        "billing_address": home.get("address1"),
        "billing_number": home.get("number"),
        "billing_floor": home.get("floor"),
        "billing_locality": home.get("locality"),
        "billing_zipcode": home.get("zip"),
        "billing_city": home.get("city"),
        "billing_province": home.get("province"),
        "billing_country": home.get("country"),
        "extra": {} if int(record["id"]) % 2 else [],
        "total_spent": amount(record["total_spent"]),
        "total_spent_currency": record["currency"],
        "last_order_id": int(record["last_order_id"]) if record["last_order_id"] else None,
        "active": False,
        "first_interaction": spelt(record["created_at"], record["id"]),
        "accepts_marketing": record["accepts_marketing"],
        "accepts_marketing_updated_at": spelt(record["accepts_marketing_at"], record["id"]),
        **stamps(record),
    }


def address(record: Record) -> Record:
    """Return the JSON of a customer's address."""
    return {
        "address": record["address1"],
        "city": record["city"],
        "country": record["country"],
        "default": record["is_default"],
        "floor": record["floor"],
        "id": int(record["id"]),
        "locality": record["locality"],
        "name": record["name"],
        "number": record["number"],
        "phone": record["phone"],
        "province": record["province"],
        "zipcode": record["zip"],
        **stamps(record),
    }
