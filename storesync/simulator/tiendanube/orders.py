"""Turns orders and fulfilment orders into Tiendanube's JSON.

https://tiendanube.github.io/api-documentation/resources/order and …/fulfillment-order
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

GATEWAYS = {"mercadopago": "Mercado Pago", "offline": "Transferencia Bancaria"}
# The documentation's list and its examples spell the first two differently.
SHIPPING = {
    "unfulfilled": ("unpacked", "unshipped"),
    "fulfilled": ("shipped", "fulfilled"),
    "partially_fulfilled": ("partially_fulfilled", "partially_fulfilled"),
    "delivered": ("delivered", "delivered"),
}

# The API's placeholders for an order that an app made without a customer (resources/order).
PLACEHOLDERS = {
    "es": ("No informado", "email@noinformado.com"),
    "pt": ("Não informado", "email@naoinformado.com"),
}
# Fulfilment orders "can be created later than the order" (resources/order); how much later is not documented.
LATE = timedelta(minutes=10)


def is_nameless(record: Record) -> bool:
    """Return True if an app made the order or basket without a customer."""
    return record["channel"] == "api" and record["customer_id"] is None


def contact(shop: Shop, record: Record) -> Record:
    """Return the buyer's contact fields, with placeholders where there is no customer."""
    person = {"name": record["customer_name"], "email": record["email"], "phone": record["phone"]}
    if is_nameless(record):
        word, email = PLACEHOLDERS["pt" if shop.language == "pt" else "es"]
        person = {"name": word, "email": email, "phone": word}
    return {f"contact_{name}": value for name, value in (person | {"identification": record["tax_id"]}).items()}


def parcels(shop: Shop, record: Record) -> list[Record]:
    """Return the fulfilment orders shown now; late ones do not change the order's update time."""
    found: list[Record] = record["fulfillments"]
    if not shop.late_fulfillments or shop.now() >= record["placed_at"] + LATE:
        return found
    return [parcel for parcel in found if parcel["shipped_at"]]


def order(shop: Shop, record: Record, *, with_fulfillments: bool) -> Record:
    """Return the JSON of an order with its lines, without the customer."""
    number = int(record["id"])
    return {
        "id": number,
        "token": f"{number:040x}",
        "store_id": shop.id,
        **contact(shop, record),
        **_billing(record),
        **_amounts(shop, record),
        **_payment(record),
        "checkout_enabled": True,
        "weight": str(record["weight_kg"]),
        "currency": record["currency"],
        "language": shop.language,
        "extra": {} if number % 2 else [],
        "storefront": record["channel"],
        "note": record["note"] or "",
        "owner_note": record["staff_note"],
        "created_at": utc(record["created_at"]),
        "updated_at": utc(record["updated_at"]),
        "completed_at": spelt_object(record["placed_at"], number),
        "attributes": [],
        "products": [line(shop, entry) for entry in record["lines"]],
        "number": record["number"],
        "cancel_reason": record["cancel_reason"],
        "cancelled_at": utc(record["cancelled_at"]),
        "closed_at": utc(record["closed_at"]),
        "read_at": None,
        "paid_at": utc(record["paid_at"]),
        "status": record["status"],
        "payment_status": record["payment_status"],
        "shipping_status": SHIPPING[record["fulfillment_status"]][number % 2],
        "shipping_address": _destination(record),
        "client_details": {"browser_ip": "192.0.2.1", "user_agent": "Mozilla/5.0"},
        "app_id": record["app_id"],
        "is_subscription": False,
        "is_subscription_initial": False,
        **_fulfillments(shop, record, with_fulfillments=with_fulfillments),
    }


def _fulfillments(shop: Shop, record: Record, *, with_fulfillments: bool) -> Record:
    """Return the fulfilment orders: as ids, or as objects for `aggregates=fulfillment_orders`.

    The documentation's example names the array of objects `fulfillment_orders`, its table
    `fulfillments`: the id decides between them. Both are empty or null for a while after the
    order was placed.
    """
    number, shown = int(record["id"]), parcels(shop, record)
    name = "fulfillment_orders" if with_fulfillments and number % 4 > 1 else "fulfillments"
    if not shown:
        return {name: [] if number % 2 else None}
    if not with_fulfillments:
        return {name: [parcel["id"] for parcel in shown]}
    return {name: [fulfillment(parcel, whole=False) for parcel in shown]}


def utc(at: datetime | None) -> str | None:
    """Return an instant in the usual spelling: `+0000`."""
    return f"{at.isoformat()[:19]}+0000" if at else None


def spelt_object(at: datetime | None, number: int) -> Record | None:
    """Return an instant as PHP's object; one in seven has the other spelling of the documentation's examples."""
    if at is None:
        return None
    date = f"{at.isoformat(' ')[:19]}.000000" if number % 7 else utc(at)
    return {"date": date, "timezone_type": 3, "timezone": "UTC"}


def _billing(record: Record) -> Record:
    return {
        "billing_name": record["billing_name"],
        "billing_phone": record["phone"],
        "billing_address": record["shipping_address1"],
        "billing_number": record["shipping_number"],
        "billing_floor": "",
        "billing_locality": record["shipping_locality"],
        "billing_zipcode": record["shipping_zip"],
        "billing_city": record["billing_city"],
        "billing_province": record["billing_province"],
        "billing_country": record["billing_country"],
        "same_billing_and_shipping_address": False,
    }


def _amounts(shop: Shop, record: Record) -> Record:
    """Return subtotal, discounts and totals, as text; the subtotal is before discounts."""
    part = record["payment_status"] == "partially_paid"
    # Its value for an unpaid order is not documented.
    paid = str(record["paid_total"] if part else record["total"])
    given = {entry["kind"]: entry for entry in record["discounts"]}
    nothing = {"amount": Decimal("0.00")}
    return {
        "coupon": [_coupon(record, given["code"])] if "code" in given else [],
        "promotional_discount": _promotion(shop, record, given.get("promotion", nothing)),
        "subtotal": str(record["subtotal"]),
        "discount": str(record["discount_total"]),
        "discount_coupon": str(given.get("code", nothing)["amount"]),
        "discount_gateway": str(given.get("gateway", nothing)["amount"]),
        "total": str(record["total"]),
        "total_usd": str((record["total"] / 100).quantize(Decimal("0.01"))),
        "total_paid_by_customer": paid,
        "total_paid_by_customer_including_fees": paid,
    }


def _coupon(record: Record, discount: Record) -> Record:
    return {
        "id": 1312955,
        "code": discount["code"],
        "type": "percentage",
        "value": str(discount["value"].quantize(Decimal("0.01"))),
        "valid": True,
        "used": record["number"],
        "max_uses": None,
        "start_date": None,
        "end_date": None,
        "min_price": None,
        "categories": None,
    }


def _promotion(shop: Shop, record: Record, discount: Record) -> Record:
    """Return the promotion; an order without one has the same object with empty fields."""
    applied = bool(discount["amount"])
    entry = {"scope_type": "all", "discount_script_type": "NAtX%off", "selected_threshold": None}
    return {
        "id": record["number"] if applied else None,
        "store_id": int(shop.id),
        "order_id": record["id"],
        "created_at": utc(record["created_at"]),
        "total_discount_amount": str(discount["amount"]),
        "contents": [],
        "promotions_applied": [entry | {"total_discount_amount": str(discount["amount"])}] if applied else [],
    }


def _payment(record: Record) -> Record:
    by_card = record["payment_method"] == "credit_card"
    installments = record["installments"]
    return {
        "gateway": record["payment_gateway"],
        "gateway_id": f"MP-{record['id']}" if by_card else None,
        "gateway_name": GATEWAYS[record["payment_gateway"]],
        "gateway_link": None,
        "payment_details": {
            "method": record["payment_method"],
            "credit_card_company": "visa" if by_card else None,
            "installments": str(installments) if int(record["id"]) % 2 else installments,
        },
    }


def _destination(record: Record) -> Record:
    return {
        "address": record["shipping_address1"],
        "city": record["shipping_city"],
        "country": record["shipping_country"],
        "created_at": utc(record["created_at"]),
        "default": False,
        "floor": None,
        # The address of an order is not one of the customer's addresses.
        "id": 0,
        "locality": record["shipping_locality"],
        "name": record["shipping_name"],
        "number": record["shipping_number"],
        # The documentation's own example has an e-mail address here.
        "phone": record["phone"] or record["email"],
        "province": record["shipping_province"],
        "updated_at": utc(record["updated_at"]),
        "zipcode": record["shipping_zip"],
        "customs": None,
    }


def line(shop: Shop, record: Record) -> Record:
    """Return the JSON of one line: numbers are texts in some lines and numbers in others, as documented."""
    number = int(record["id"])
    values = record["variant_name"].split(" / ") if record["variant_name"] else []
    name = f"{record['name']} ({', '.join(values)})" if values else record["name"]
    as_text = number % 2 == 0
    return {
        "id": number,
        "name": name,
        "name_without_variants": record["name"] if values or number % 3 else None,
        "price": str(record["price"]),
        "compare_at_price": str(record["compare_at_price"] or record["price"]),
        "product_id": int(record["product_id"]),
        "image": _line_image(shop, record),
        "quantity": str(record["quantity"]) if as_text else record["quantity"],
        "variant_id": record["variant_id"] if as_text else int(record["variant_id"]),
        "free_shipping": False,
        "weight": str(record["weight_kg"]),
        "width": "0.00",
        "height": "0.00",
        "depth": "0.00",
        "variant_values": values,
        "properties": [],
        "sku": record["sku"],
        "barcode": record["barcode"],
        "has_promotional_price": record["compare_at_price"] is not None,
        "promotions": [],
        "cost": str(record["cost"]) if record["cost"] else None,
    }


def _line_image(shop: Shop, record: Record) -> Record:
    """Return the line's image; id 0 is the platform's "no photo"."""
    image_id = record["image_id"] or "0"
    return {
        "id": int(image_id),
        "product_id": int(record["product_id"]),
        "src": f"https://cdn.example.com/{shop.id}/{image_id}-1024-1024.jpg",
        "position": 1,
        "alt": [],
    }


def fulfillment(record: Record, *, whole: bool) -> Record:
    """Return the JSON of a fulfilment order; with *whole* false the partial form in lists of orders."""
    currency = record["currency"]
    return {
        "id": record["id"],
        "number": record["number"],
        "total_quantity": record["quantity"],
        "total_weight": 1.5,
        "total_price": {"value": float(record["price"]), "currency": currency},
        "assigned_location": {"location_id" if whole else "id": record["location_id"], "name": "Depósito"},
        "line_items": [_parcel_line(entry, whole=whole) for entry in record["lines"]],
        "recipient": None,
        "shipping": {
            "type": record["shipping_type"],
            "carrier": {"name": record["carrier"], "carrier_id" if whole else "id": "12345"},
            "option": {"name": record["service"], "code": record["service"], "reference": None},
            "merchant_cost": {"value": float(record["cost"]), "currency": currency},
            "consumer_cost": {"value": float(record["price"]), "currency": currency},
            "min_delivery_date": None,
            "max_delivery_date": None,
        },
        "status": record["status"].upper(),
        "status_history": _history(record),
        "tracking_info": {"url": record["tracking_url"], "code": record["tracking_number"]},
        "fulfilled_at": _zoned(record["shipped_at"]),
        "created_at": _zoned(record["created_at"]),
        "updated_at": _zoned(record["updated_at"]),
    }


def _history(record: Record) -> list[Record]:
    """Return when the parcel arrived, if it did, as the last step of its way."""
    at = record["delivered_at"]
    return [{"from_status": "DISPATCHED", "to_status": "DELIVERED", "happened_at": _zoned(at)}] if at else []


def _parcel_line(record: Record, *, whole: bool) -> Record:
    line_id = record["order_line_id"]
    own: Record = {"order_line_item_id": line_id}
    if whole:
        own = {"external_id": line_id, "variant": {"variant_id": record["variant_id"]}}
    return {
        "id": record["id"],
        "quantity": record["quantity"],
        **own,
        "created_at": _zoned(record["created_at"]),
        "updated_at": _zoned(record["updated_at"]),
    }


def _zoned(at: datetime | None) -> str | None:
    """Return an instant as the newer resources spell it: `+00:00`."""
    return at.isoformat() if at else None
