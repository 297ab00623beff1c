"""Rows of orders with their lines, discounts, shipping and payment. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/order; version 1 has shipping
on the order (https://github.com/TiendaNube/api-docs), later ones in its fulfilment orders.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Dated, Digits, Id, Instant, Number, Shape, Text
from storesync.platforms.tiendanube.amounts import net_of_lines, sales, settled, total_of
from storesync.platforms.tiendanube.baskets import NOBODY, Line, basket, destination, line_rows
from storesync.platforms.tiendanube.customers import country, postcode, said
from storesync.platforms.tiendanube.discounts import Discounted, discount_rows
from storesync.platforms.tiendanube.fulfillments import (
    Parcels,
    Shipping,
    Way,
    distinct,
    fulfillment_rows,
    shipping_row,
    shipping_rows,
)
from storesync.platforms.tiendanube.objects import several
from storesync.platforms.values import (
    array,
    decimal,
    identifier,
    instant,
    integer,
    lower,
    number,
    optional_identifier,
)
from storesync.runtime.instants import day_of

SHIPPED = {
    "unpacked": "unfulfilled",
    "unshipped": "unfulfilled",
    "unfulfilled": "unfulfilled",
    "shipped": "fulfilled",
    "fulfilled": "fulfilled",
}


class OrderLine(Line):
    """A line of an order."""

    barcode: Text = None
    cost: Number = None
    properties: Any = None


class PaymentDetails(Shape):
    """How an order is paid for."""

    method: Text = None
    credit_card_company: Text = None
    installments: Digits = None


class Order(Discounted):
    """An order as it is stored."""

    products: Annotated[list[OrderLine] | None, several(OrderLine)] = None
    fulfillments: Parcels = None
    fulfillment_orders: Parcels = None
    number: Digits = None
    name: Text = None
    status: Text = None
    payment_status: Text = None
    shipping_status: Text = None
    cancel_reason: Text = None
    storefront: Text = None
    app_id: Id = None
    contact_identification: Text = None
    billing_name: Text = None
    billing_city: Text = None
    billing_province: Text = None
    billing_country: Text = None
    total_paid_by_customer: Number = None
    gateway: Text = None
    payment_details: PaymentDetails | None = None
    note: Text = None
    owner_note: Text = None
    weight: Number = None
    shipping: Text = None
    shipping_option: Text = None
    shipping_option_code: Text = None
    shipping_carrier_name: Text = None
    completed_at: Dated = None
    paid_at: Instant = None
    shipped_at: Instant = None
    cancelled_at: Instant = None
    closed_at: Instant = None


_UNPAID = PaymentDetails()


def order_rows(order: Order, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one order. The platform has no refund records: those tables stay empty."""
    order_id, currency = identifier(order.id), order.currency or shop.currency
    shared = line_rows(order.products, "order_id", order_id, currency)
    lines = [row | _details(line) for row, line in zip(shared, order.products or (), strict=True)]
    parcels = distinct(order.fulfillments, order.fulfillment_orders)
    sent, sent_lines = fulfillment_rows(parcels, order_id, currency)
    deliveries = shipping_rows(parcels, order_id, currency) or _version_1(order, order_id, currency)
    common = basket(order, lines, shop)
    root = {
        "id": order_id,
        **common,
        **_state(order, shop),
        **_people(order),
        **_money(order, common["total"]),
        **_contents(order, lines),
        **_shipping(order, sent, deliveries),
    }
    return {
        "orders": [root],
        "order_lines": [line | net for line, net in zip(lines, net_of_lines(lines, root, currency), strict=True)],
        "order_discounts": discount_rows(order, order_id, currency),
        "order_shipping_lines": deliveries,
        "order_payments": [_payment(order, root)],
        "order_refunds": [],
        "order_refund_lines": [],
        "order_fulfillments": sent,
        "order_fulfillment_lines": sent_lines,
    }


def _version_1(order: Order, order_id: str, currency: str | None) -> list[Row]:
    """Return the single shipping row of version 1."""
    if not (order.shipping_option or order.shipping):
        return []
    way = Shipping(
        option=Way(order.shipping_option, order.shipping_option_code),
        carrier=Way(order.shipping_carrier_name or order.shipping),
        consumer_cost=order.shipping_cost_customer,
    )
    return [shipping_row(order_id, order_id, way, currency)]


def _state(order: Order, shop: Shop) -> Row:
    shown = integer(order.number)
    placed = instant(order.completed_at) or instant(order.created_at)
    sent = lower(order.shipping_status)
    return {
        "number": shown,
        "name": order.name or None if shown is None else f"#{shown}",
        "status": lower(order.status),
        "payment_status": lower(order.payment_status),
        "fulfillment_status": SHIPPED.get(sent, sent) if sent else None,
        "cancel_reason": lower(order.cancel_reason),
        "is_test": 0,
        "channel": lower(order.storefront),
        "app_id": optional_identifier(order.app_id),
        "placed_at": placed,
        "placed_on": day_of(placed, shop.time_zone),
        "paid_at": instant(order.paid_at),
        "cancelled_at": instant(order.cancelled_at),
        "closed_at": instant(order.closed_at),
    }


def _people(order: Order) -> Row:
    return {
        "tax_id": said(order.contact_identification) or said((order.customer or NOBODY).identification),
        "billing_name": said(order.billing_name),
        "billing_city": said(order.billing_city),
        "billing_province": said(order.billing_province),
        "billing_country": country(order.billing_country),
    }


def _money(order: Order, total: float | None) -> Row:
    payment, status = order.payment_details or _UNPAID, lower(order.payment_status)
    paid = settled(status, total_of(order), decimal(order.total_paid_by_customer))
    return {
        "current_total": total,
        **paid,
        **sales(order, paid, is_over=status == "refunded" or lower(order.status) == "cancelled"),
        "discount_codes": array(one.code for one in order.coupon or ()),
        "payment_gateway": order.gateway or order.gateway_name or None,
        "payment_method": payment.method or None,
        "installments": integer(payment.installments),
    }


def _contents(order: Order, lines: Sequence[Row]) -> Row:
    return {
        "lines_count": len(lines),
        "note": order.note or None,
        "staff_note": order.owner_note or None,
        "tags": array(()),
        "weight_kg": number(order.weight),
    }


def _shipping(order: Order, parcels: Sequence[Row], deliveries: Sequence[Row]) -> Row:
    address = destination(order)
    sent = [parcel["shipped_at"] for parcel in parcels if parcel["shipped_at"]]
    arrived = [parcel["delivered_at"] for parcel in parcels]
    return {
        "shipping_method": next((one["title"] for one in deliveries if one["title"]), None),
        "shipping_name": said(address.name),
        "shipping_address1": said(address.address),
        "shipping_number": said(address.number),
        "shipping_locality": said(address.locality),
        "shipping_city": said(address.city),
        "shipping_province": said(address.province),
        "shipping_country": country(address.country),
        "shipping_zip": postcode(address.zipcode),
        "shipped_at": instant(order.shipped_at) or min(sent, default=None),
        "delivered_at": max(arrived) if arrived and all(arrived) else None,
    }


def _details(line: OrderLine) -> Row:
    """Return the columns that only an order's lines have."""
    return {
        "barcode": line.barcode or None,
        "current_quantity": integer(line.quantity),
        "cost": number(line.cost),
        "properties": _properties(line.properties),
    }


def _properties(value: Any) -> str:
    """Return the buyer's choices and texts as a JSON array, also where they come as a map."""
    if isinstance(value, dict):
        return array({"name": name, "value": chosen} for name, chosen in value.items())
    return array(value if isinstance(value, list) else ())


def _payment(order: Order, root: Row) -> Row:
    """Return the one payment that an order reports; it has the order's id."""
    return {
        "id": root["id"],
        "order_id": root["id"],
        "kind": "authorization" if root["payment_status"] == "authorized" else "sale",
        "status": root["payment_status"],
        "gateway": root["payment_gateway"],
        "method": root["payment_method"],
        "card_brand": (order.payment_details or _UNPAID).credit_card_company or None,
        "installments": root["installments"],
        "amount": root["total"],
        "currency": root["currency"],
        "is_test": 0,
        "processed_at": root["paid_at"],
    }
