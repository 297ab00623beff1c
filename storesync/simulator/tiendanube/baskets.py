"""Turns checkouts and draft orders into Tiendanube's JSON, and decides when they are shown.

https://tiendanube.github.io/api-documentation/resources/abandoned-checkout and, for draft
orders, https://github.com/TiendaNube/api-docs/blob/master/resources/draft_order.md
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storesync.simulator.baskets import is_waiting
from storesync.simulator.tiendanube.orders import contact, line, spelt_object, utc

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

# A checkout appears up to six hours after it was left, can be fetched for 30 days, may become an
# order for longer, and is deleted after 90 days (resources/abandoned-checkout). Here the list shows
# it for 30 days, and a read by its id for 90.
APPEARS_WITHIN = timedelta(hours=6)
LISTED, KEPT = timedelta(days=30), timedelta(days=90)
FLAT = {"address1": "address", "number": "number", "locality": "locality", "zip": "zipcode"} | {
    name: name for name in ("city", "province", "country")
}

# Top-level fields of a basket that orders since 2025-03 do not have.
SHIPPING: Record = {
    "shipping_min_days": 0,
    "shipping_max_days": None,
    "shipping": "api_128646",
    "shipping_option": "Nimbus 2001",
    "shipping_option_code": "nimbus-201",
    "shipping_option_reference": None,
    "shipping_pickup_details": None,
    "shipping_tracking_number": None,
    "shipping_tracking_url": None,
    "shipping_store_branch_name": None,
    "shipping_pickup_type": "ship",
    "shipping_suboption": [],
}


def appears_at(record: Record) -> datetime:
    """Return when a checkout is first shown; the delay depends on its id."""
    begun: datetime = record["created_at"]
    return begun + APPEARS_WITHIN * (int(record["id"]) * 7919 % 101) / 100


def checkouts(shop: Shop, *, listed: bool = True) -> dict[str, Record]:
    """Return by id the checkouts that the platform shows now: in the list, or when read by id."""
    now = shop.now()
    since = now - (LISTED if listed else KEPT)
    return {
        record_id: record
        for record_id, record in shop.resources["checkouts"].items()
        if is_waiting(record) and since <= record["created_at"] and appears_at(record) <= now
    }


def draft_orders(shop: Shop) -> dict[str, Record]:
    """Return by id the draft orders that have not become orders."""
    return {record_id: record for record_id, record in shop.resources["draft_orders"].items() if is_waiting(record)}


def checkout(shop: Shop, record: Record) -> Record:
    """Return the JSON of a checkout: like an order, with top-level shipping fields and without a customer."""
    return (
        _basket(shop, record)
        | _people(record, contact(shop, record))
        | {
            "store_id": int(shop.id),
            "abandoned_checkout_url": record["recovery_url"],
            "gateway": None,
            "storefront": record["channel"],
            "note": None,
            # Orders have an object here, checkouts null.
            "completed_at": None,
        }
    )


def draft_order(shop: Shop, record: Record) -> Record:
    """Return the JSON of a draft order: like an order, with the number 0 and a `checkout_url`.

    In the documentation, drafts without a customer have no contact and no shipping address either.
    """
    people = _people(record, contact(shop, record)) | {"abandoned_checkout_url": record["checkout_url"]}
    if record["customer_name"] is None:
        people = {name: None for name in people if name.startswith("billing_")}
    return (
        _basket(shop, record)
        | people
        | {
            "store_id": shop.id if int(record["id"]) % 2 else int(shop.id),
            "gateway": "not-provided",
            "shipping": "draft",
            "storefront": record["channel"],
            "note": record["note"],
            "completed_at": spelt_object(record["completed_at"], int(record["id"])),
            "number": 0,
            "status": "open",
            "payment_status": record["status"],
            "shipping_status": "unpacked",
            "shipping_address": None,
            "cancel_reason": None,
            "owner_note": "",
            "cancelled_at": None,
            "closed_at": None,
            "read_at": None,
            "shipped_at": None,
            "paid_at": utc(record["updated_at"]) if record["status"] == "paid" else None,
            "landing_url": None,
            "client_details": {"browser_ip": None, "user_agent": None},
            "app_id": None,
            "clearsale": {"CodigoIntegracao": False, "IP": None, "Estado": ""},
            "checkout_url": record["checkout_url"],
        }
    )


def _people(record: Record, person: Record) -> Record:
    """Return the buyer and the address, as fields for shipping and again for billing."""
    flat = {wire: record[name] for name, wire in FLAT.items()} | {"floor": ""}
    flat |= {"name": person["contact_name"], "phone": person["contact_phone"]}
    return person | {f"{use}_{name}": value for use in ("shipping", "billing") for name, value in flat.items()}


def _basket(shop: Shop, record: Record) -> Record:
    """Return the fields that both share with orders."""
    number = int(record["id"])
    discount = str(record["discount_total"])
    coupon = {"id": 1312955, "code": "HOLA10", "type": "percentage", "value": "10.00", "valid": True}
    return {
        "id": number,
        "token": f"{number:040x}",
        "shipping_cost_owner": str(record["shipping_total"]),
        "shipping_cost_customer": str(record["shipping_total"]),
        "coupon": [coupon] if record["discount_total"] else [],
        "promotional_discount": {
            "id": None,
            "store_id": int(shop.id),
            "order_id": number,
            "created_at": utc(record["created_at"]),
            "total_discount_amount": "0.00",
            "contents": [],
            "promotions_applied": [],
        },
        "subtotal": str(record["subtotal"]),
        "discount": discount,
        "discount_coupon": discount,
        "discount_gateway": "0.00",
        "total": str(record["total"]),
        "total_usd": "0.00",
        "checkout_enabled": True,
        "weight": str(sum(entry["weight_kg"] * entry["quantity"] for entry in record["lines"])),
        "currency": record["currency"],
        "language": shop.language,
        "gateway_id": None,
        **SHIPPING,
        "extra": {} if number % 2 else [],
        "created_at": utc(record["created_at"]),
        "updated_at": utc(record["updated_at"]),
        "next_action": "noop",
        "payment_details": {
            "method": None,
            "credit_card_company": None,
            "installments": "1" if number % 2 else 1,
        },
        "attributes": [],
        "products": [line(shop, entry) for entry in record["lines"]],
    }
