"""Orders with their lines, discounts, shipping and payment. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/order; version 1 keeps shipping
on the order (https://github.com/TiendaNube/api-docs), later ones in its fulfilment orders.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.amounts import discount_rows, paid, refunded, shipping
from storesync.platforms.tiendanube.customers import country, place
from storesync.platforms.tiendanube.fulfillments import fulfillment_rows, shipping_rows
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import (
    array,
    day,
    decimal,
    identifier,
    instant,
    integer,
    lower,
    number,
    optional_identifier,
    stored,
    text,
)

SHIPPED = {
    "unpacked": "unfulfilled",
    "unshipped": "unfulfilled",
    "unfulfilled": "unfulfilled",
    "shipped": "fulfilled",
    "fulfilled": "fulfilled",
}


def order_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one order. The platform has no refund records: those tables stay empty."""
    order = parts["record"]
    order_id = identifier(order.get("id"))
    currency = text(order.get("currency")) or shop.currency
    lines = [_line(one, order_id, position, currency) for position, one in enumerate(objects(order.get("products")), 1)]
    parcels, parcel_lines = fulfillment_rows(order, order_id, currency)
    deliveries = shipping_rows(order, order_id, currency)
    root = {
        "id": order_id,
        **_state(order, shop),
        **_people(order),
        **_money(order, currency),
        **_contents(order, lines),
        **_shipping(order, parcels, deliveries),
    }
    return {
        "orders": [root],
        "order_lines": lines,
        "order_discounts": discount_rows(order, order_id, currency),
        "order_shipping_lines": deliveries,
        "order_payments": [_payment(order, root)],
        "order_refunds": [],
        "order_refund_lines": [],
        "order_fulfillments": parcels,
        "order_fulfillment_lines": parcel_lines,
    }


def _state(order: Mapping[str, Any], shop: Shop) -> Row:
    shown = integer(order.get("number"))
    created = instant(order.get("created_at"))
    placed = instant(order.get("completed_at")) or created
    sent = lower(order.get("shipping_status"))
    return {
        "number": shown,
        "name": text(order.get("name")) if shown is None else f"#{shown}",
        "status": lower(order.get("status")),
        "payment_status": lower(order.get("payment_status")),
        "fulfillment_status": SHIPPED.get(sent, sent) if sent else None,
        "cancel_reason": lower(order.get("cancel_reason")),
        "is_test": 0,
        "channel": lower(order.get("storefront")),
        "app_id": optional_identifier(order.get("app_id")),
        "placed_at": placed,
        "placed_on": day(placed, shop.time_zone),
        "paid_at": instant(order.get("paid_at")),
        "cancelled_at": instant(order.get("cancelled_at")),
        "closed_at": instant(order.get("closed_at")),
        "created_at": created,
        "updated_at": instant(order.get("updated_at")),
    }


def _people(order: Mapping[str, Any]) -> Row:
    """Return who bought; the customer object is absent without the scope for customers."""
    customer = mapping(order.get("customer"))
    return {
        "customer_id": optional_identifier(customer.get("id")),
        "customer_name": text(order.get("contact_name")) or text(customer.get("name")),
        "email": text(order.get("contact_email")) or text(customer.get("email")),
        "phone": text(order.get("contact_phone")) or text(customer.get("phone")),
        "tax_id": text(order.get("contact_identification")) or text(customer.get("identification")),
        "billing_name": text(order.get("billing_name")),
        "billing_city": text(order.get("billing_city")),
        "billing_province": text(order.get("billing_province")),
        "billing_country": country(order.get("billing_country")),
    }


def _money(order: Mapping[str, Any], currency: str | None) -> Row:
    total = decimal(order.get("total", order.get("price")))
    status = lower(order.get("payment_status"))
    payment = mapping(order.get("payment_details"))
    coupons = (text(one.get("code")) for one in objects(order.get("coupon")))
    return {
        "currency": currency,
        "subtotal": number(order.get("subtotal")),
        "discount_total": number(order.get("discount")),
        "shipping_total": _stored(shipping(order, total)),
        "total": _stored(total),
        "current_total": _stored(total),
        "paid_total": _stored(paid(order, status, total)),
        "refunded_total": _stored(refunded(status, total)),
        "discount_codes": array(coupons),
        "payment_gateway": text(order.get("gateway")) or text(order.get("gateway_name")),
        "payment_method": text(payment.get("method")),
        "installments": integer(payment.get("installments")),
    }


def _contents(order: Mapping[str, Any], lines: Sequence[Row]) -> Row:
    return {
        "item_quantity": sum(line["quantity"] or 0 for line in lines),
        "lines_count": len(lines),
        "note": text(order.get("note")),
        "staff_note": text(order.get("owner_note")),
        "tags": array(()),
        "weight_kg": number(order.get("weight")),
    }


def _shipping(order: Mapping[str, Any], parcels: Sequence[Row], deliveries: Sequence[Row]) -> Row:
    address = place(mapping(order.get("shipping_address")))
    sent = [parcel["shipped_at"] for parcel in parcels if parcel.get("shipped_at")]
    arrived = [parcel.get("delivered_at") for parcel in parcels]
    return {
        "shipping_method": next((one["title"] for one in deliveries if one["title"]), None),
        **{f"shipping_{name}": address[name] for name in ("name", "address1", "number", "locality")},
        **{f"shipping_{name}": address[name] for name in ("city", "province", "country", "zip")},
        "shipped_at": instant(order.get("shipped_at")) or min(sent, default=None),
        "delivered_at": max(one for one in arrived if one) if arrived and all(arrived) else None,
    }


def _line(line: Mapping[str, Any], order_id: str, position: int, currency: str | None) -> Row:
    """Return one line; version 1 shows lines without an id, which their place then names."""
    price, quantity = decimal(line.get("price")), integer(line.get("quantity"))
    values = line.get("variant_values")
    chosen = [found for found in map(text, values) if found] if isinstance(values, list) else []
    return {
        "id": optional_identifier(line.get("id")) or f"{order_id}:{position}",
        "order_id": order_id,
        "position": position,
        "product_id": optional_identifier(line.get("product_id")),
        "variant_id": optional_identifier(line.get("variant_id")),
        "sku": text(line.get("sku")),
        "barcode": text(line.get("barcode")),
        "name": text(line.get("name_without_variants")) or text(line.get("name")),
        "variant_name": " / ".join(chosen) or None,
        "quantity": quantity,
        "current_quantity": quantity,
        "price": _stored(price),
        "total": None if price is None or quantity is None else stored(price * quantity),
        "cost": number(line.get("cost")),
        "currency": currency,
        "properties": _properties(line.get("properties")),
    }


def _properties(value: Any) -> str:
    """Return what the buyer chose or wrote, as a list, also where it comes as a map."""
    if isinstance(value, dict):
        return array({"name": name, "value": chosen} for name, chosen in value.items())
    return array(value if isinstance(value, list) else ())


def _payment(order: Mapping[str, Any], root: Row) -> Row:
    """Return the one payment that an order tells of, named after the order."""
    return {
        "id": root["id"],
        "order_id": root["id"],
        "kind": "authorization" if root["payment_status"] == "authorized" else "sale",
        "status": root["payment_status"],
        "gateway": root["payment_gateway"],
        "method": root["payment_method"],
        "card_brand": text(mapping(order.get("payment_details")).get("credit_card_company")),
        "installments": root["installments"],
        "amount": root["total"],
        "currency": root["currency"],
        "is_test": 0,
        "processed_at": root["paid_at"],
    }


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for null and for the ``[]`` that PHP makes of it."""
    return value if isinstance(value, dict) else {}


def _stored(amount: Decimal | None) -> int | float | None:
    return None if amount is None else stored(amount)
