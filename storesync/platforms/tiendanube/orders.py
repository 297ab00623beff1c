"""Rows of orders with their lines, discounts, shipping and payment. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/order; version 1 has shipping
on the order (https://github.com/TiendaNube/api-docs), later ones in its fulfilment orders.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.amounts import discount_rows, settled
from storesync.platforms.tiendanube.baskets import basket, destination, line_rows, mapping
from storesync.platforms.tiendanube.customers import country, said
from storesync.platforms.tiendanube.fulfillments import fulfillment_rows, shipping_rows
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import (
    array,
    identifier,
    instant,
    integer,
    lower,
    number,
    optional_identifier,
    text,
)
from storesync.runtime.instants import day_of

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
    shared = line_rows(order, "order_id", order_id, shop)
    lines = [{**row, **_details(line)} for row, line in zip(shared, objects(order.get("products")), strict=True)]
    common = basket(order, lines, shop)
    parcels, parcel_lines = fulfillment_rows(order, order_id, common["currency"])
    deliveries = shipping_rows(order, order_id, common["currency"])
    root = {
        "id": order_id,
        **common,
        **_state(order, shop),
        **_people(order),
        **_money(order, common["total"]),
        **_contents(order, lines),
        **_shipping(order, parcels, deliveries),
    }
    return {
        "orders": [root],
        "order_lines": lines,
        "order_discounts": discount_rows(order, order_id, common["currency"]),
        "order_shipping_lines": deliveries,
        "order_payments": [_payment(order, root)],
        "order_refunds": [],
        "order_refund_lines": [],
        "order_fulfillments": parcels,
        "order_fulfillment_lines": parcel_lines,
    }


def _state(order: Mapping[str, Any], shop: Shop) -> Row:
    shown = integer(order.get("number"))
    placed = instant(order.get("completed_at")) or instant(order.get("created_at"))
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
        "placed_on": day_of(placed, shop.time_zone),
        "paid_at": instant(order.get("paid_at")),
        "cancelled_at": instant(order.get("cancelled_at")),
        "closed_at": instant(order.get("closed_at")),
    }


def _people(order: Mapping[str, Any]) -> Row:
    customer = mapping(order.get("customer"))
    return {
        "tax_id": said(order.get("contact_identification")) or said(customer.get("identification")),
        "billing_name": said(order.get("billing_name")),
        "billing_city": said(order.get("billing_city")),
        "billing_province": said(order.get("billing_province")),
        "billing_country": country(order.get("billing_country")),
    }


def _money(order: Mapping[str, Any], total: float | None) -> Row:
    payment = mapping(order.get("payment_details"))
    coupons = (text(one.get("code")) for one in objects(order.get("coupon")))
    return {
        "current_total": total,
        **settled(order),
        "discount_codes": array(coupons),
        "payment_gateway": text(order.get("gateway")) or text(order.get("gateway_name")),
        "payment_method": text(payment.get("method")),
        "installments": integer(payment.get("installments")),
    }


def _contents(order: Mapping[str, Any], lines: Sequence[Row]) -> Row:
    return {
        "lines_count": len(lines),
        "note": text(order.get("note")),
        "staff_note": text(order.get("owner_note")),
        "tags": array(()),
        "weight_kg": number(order.get("weight")),
    }


def _shipping(order: Mapping[str, Any], parcels: Sequence[Row], deliveries: Sequence[Row]) -> Row:
    address = destination(order)
    sent = [parcel["shipped_at"] for parcel in parcels if parcel.get("shipped_at")]
    arrived = [parcel.get("delivered_at") for parcel in parcels]
    return {
        "shipping_method": next((one["title"] for one in deliveries if one["title"]), None),
        **{f"shipping_{name}": address[name] for name in ("name", "address1", "number", "locality")},
        **{f"shipping_{name}": address[name] for name in ("city", "province", "country", "zip")},
        "shipped_at": instant(order.get("shipped_at")) or min(sent, default=None),
        "delivered_at": max(one for one in arrived if one) if arrived and all(arrived) else None,
    }


def _details(line: Mapping[str, Any]) -> Row:
    """Return the columns that only an order's lines have."""
    return {
        "barcode": text(line.get("barcode")),
        "current_quantity": integer(line.get("quantity")),
        "cost": number(line.get("cost")),
        "properties": _properties(line.get("properties")),
    }


def _properties(value: Any) -> str:
    """Return the buyer's choices and texts as a JSON array, also where they come as a map."""
    if isinstance(value, dict):
        return array({"name": name, "value": chosen} for name, chosen in value.items())
    return array(value if isinstance(value, list) else ())


def _payment(order: Mapping[str, Any], root: Row) -> Row:
    """Return the one payment that an order reports; it has the order's id."""
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
