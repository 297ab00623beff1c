"""Rows of orders: the order itself, its lines and its shipping.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
"""

import re
from collections.abc import Sequence
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, UnsetType
from storesync.platforms.shopify.after_sale import Fulfillment, Refund, fulfillment_rows, refund_rows
from storesync.platforms.shopify.discounts import discount_amounts, discount_rows
from storesync.platforms.shopify.objects import (
    Address,
    flag,
    full_name,
    linked,
    listed,
    lower,
    money,
    shop_money,
    shop_number,
    stored_sum,
    summed,
)
from storesync.platforms.shopify.order_shapes import LineItem, LocalizedField, Order, ShippingLine, TaxLine
from storesync.platforms.shopify.payments import paid_at, payment_method, payment_rows
from storesync.platforms.shopify.sales import order_sales
from storesync.platforms.values import decimal, identifier, instant, optional_identifier, stored, text
from storesync.runtime.instants import day_of

__all__ = ["Order", "order_rows"]


def order_rows(
    order: Order,
    shop: Shop,
    refunds: Sequence[Refund] | None = None,
    fulfillments: Sequence[Fulfillment] | None = None,
) -> dict[str, list[Row]]:
    """Return the rows of an order; those of a list only where it was read."""
    order_id, currency = identifier(order.id), order.currency_code or shop.currency
    goods, shipping, transactions = order.line_items or (), order.shipping_lines or (), order.transactions or ()
    sales = order_sales(order, refunds, currency, shop)
    root = _order(order, order_id, currency, shop)
    root |= sales.order
    root |= _parcels(order, fulfillments)
    lines = [_line(each, order_id, currency, place) for place, each in enumerate(goods, 1)]
    for line, sold in zip(lines, sales.lines, strict=True):
        line.update(sold)
    rows = {"orders": [root]}
    if order.line_items is not UNSET:
        rows["order_lines"] = lines
    if order.discount_applications is not UNSET:
        applied = order.discount_applications or ()
        is_told = applied and order.line_items is not UNSET and order.shipping_lines is not UNSET
        amounts = discount_amounts(goods, shipping) if is_told else {}
        rows["order_discounts"] = discount_rows(applied, amounts, order_id, currency)
    if order.shipping_lines is not UNSET:
        rows["order_shipping_lines"] = [
            _shipping(each, order_id, currency, place) for place, each in enumerate(shipping, 1)
        ]
    if order.transactions is not UNSET:
        rows["order_payments"] = payment_rows(transactions, order_id, currency)
    if refunds is not None:
        rows |= refund_rows(refunds, order_id, currency, sales.refunds)
    if fulfillments is not None:
        variants = {line["id"]: line["variant_id"] for line in lines}
        rows |= fulfillment_rows(fulfillments, order_id, currency, variants)
    return rows


def _order(order: Order, order_id: str, currency: str | None, shop: Shop) -> Row:
    created_at = instant(order.created_at)
    placed_at = instant(order.processed_at) or created_at
    goods, transactions = order.line_items, order.transactions or ()
    placed = order.original_total_price_set or order.total_price_set
    shipping, billing = order.shipping_address or Address(), order.billing_address or Address()
    shipping_name, billing_name = full_name(shipping), full_name(billing)
    return {
        "id": order_id,
        "number": order.number,
        "name": order.name or None,
        "status": _status(order),
        "payment_status": lower(order.display_financial_status),
        "fulfillment_status": lower(order.display_fulfillment_status),
        "return_status": lower(order.return_status),
        "cancel_reason": lower(order.cancel_reason),
        "is_test": flag(order.test),
        "channel": order.source_name or None,
        "app_id": linked(order.app),
        "customer_id": linked(order.customer),
        "customer_name": full_name(order.customer) or billing_name or shipping_name,
        "email": order.email or None,
        "phone": order.phone or None,
        "tax_id": _tax_id(order.localized_fields or ()),
        "currency": currency,
        "subtotal": None if goods is UNSET else stored_sum([each.original_total_set for each in goods or ()]),
        "discount_total": shop_number(order.total_discounts_set),
        "shipping_total": shop_number(order.total_shipping_price_set),
        "tax_total": shop_number(order.total_tax_set or None),
        "taxes_included": flag(order.taxes_included),
        "tip_total": shop_number(order.total_tip_received_set),
        "total": shop_number(placed),
        "current_total": shop_number(order.current_total_price_set),
        "paid_total": shop_number(order.total_received_set),
        "refunded_total": shop_number(order.total_refunded_set),
        "presentment_currency": order.presentment_currency_code or None,
        "presentment_total": money(placed.presentment_money) if placed else None,
        "item_quantity": order.subtotal_line_items_quantity,
        "lines_count": None if goods is UNSET else len(goods or ()),
        "discount_codes": listed(order.discount_codes),
        "payment_gateway": text(order.payment_gateway_names[0]) if order.payment_gateway_names else None,
        "payment_method": payment_method(transactions),
        "shipping_method": _shipping_method(order.shipping_lines or ()),
        "shipping_name": shipping_name,
        "shipping_address1": shipping.address1 or None,
        "shipping_city": shipping.city or None,
        "shipping_province": shipping.province or None,
        "shipping_country": shipping.country_code_v2 or None,
        "shipping_zip": shipping.zip or None,
        "billing_name": billing_name,
        "billing_city": billing.city or None,
        "billing_province": billing.province or None,
        "billing_country": billing.country_code_v2 or None,
        "note": order.note or None,
        "tags": listed(order.tags),
        "weight_kg": _kilograms(order.total_weight),
        "placed_at": placed_at,
        "placed_on": day_of(placed_at, shop.time_zone),
        "paid_at": paid_at(order.display_financial_status, transactions),
        "cancelled_at": instant(order.cancelled_at),
        "closed_at": instant(order.closed_at),
        "created_at": created_at,
        "updated_at": instant(order.updated_at),
    }


def _status(order: Order) -> str | None:
    if order.cancelled_at:
        return "cancelled"
    if order.cancelled_at is UNSET or (order.closed is UNSET and order.closed_at is UNSET):
        return None
    return "closed" if order.closed or order.closed_at else "open"


def _tax_id(fields: Sequence[LocalizedField]) -> str | None:
    """Return the identification number given for taxes, else the one given for customs.

    A country's other fields (``TAX_CREDENTIAL_TYPE_MX``, ``TAX_EMAIL_IT``) hold no number:
    https://shopify.dev/docs/api/admin-graphql/2026-10/enums/LocalizedFieldKey
    """
    told = {match[1]: each.value or None for each in fields if (match := _KEY(each.key or ""))}
    return told.get("TAX") or told.get("SHIPPING")


_KEY = re.compile(r"(TAX|SHIPPING)_CREDENTIAL_[A-Z]{2}").fullmatch


def _shipping_method(lines: Sequence[ShippingLine]) -> str | None:
    for each in lines:
        if each.is_removed is None or each.is_removed is False:
            return each.title or None
    return None


def _kilograms(grams: Any) -> int | float | None:
    amount = decimal(grams)
    return None if amount is None else stored(amount / 1000)


def _parcels(order: Order, fulfillments: Sequence[Fulfillment] | None) -> Row:
    """Return when the first parcel left, and when the last one arrived: not before all were sent and arrived."""
    sent = [each for each in fulfillments or () if each.status == "SUCCESS"]
    arrived = [instant(each.delivered_at) for each in sent]
    is_whole = order.display_fulfillment_status != "PARTIALLY_FULFILLED"
    return {
        "shipped_at": min([at for each in sent if (at := instant(each.created_at))], default=None),
        "delivered_at": max(filter(None, arrived), default=None) if is_whole and all(arrived) else None,
    }


def _line(line: LineItem, order_id: str, currency: str | None, position: int) -> Row:
    price, quantity, shares = shop_money(line.original_unit_price_set), line.quantity, line.discount_allocations
    discount = None if shares is UNSET else summed([each.allocated_amount_set for each in shares or ()])
    total = None
    if price is not None and quantity is not None and discount is not None:
        total = stored(quantity * price - discount)
    return {
        "id": identifier(line.id),
        "order_id": order_id,
        "position": position,
        "product_id": linked(line.product),
        "variant_id": linked(line.variant),
        "sku": line.sku or None,
        "name": line.title or None,
        "variant_name": line.variant_title or None,
        "vendor": line.vendor or None,
        "quantity": quantity,
        "current_quantity": line.current_quantity,
        "price": None if price is None else stored(price),
        "discount_total": None if discount is None else stored(discount),
        "total": total,
        "tax_total": _taxes(line.tax_lines),
        "currency": currency,
        "requires_shipping": flag(line.requires_shipping),
        "is_gift_card": flag(line.is_gift_card),
        "properties": listed(line.custom_attributes),
        "created_at": None,
        "updated_at": None,
    }


def _shipping(line: ShippingLine, order_id: str, currency: str | None, place: int) -> Row:
    return {
        "id": optional_identifier(line.id) or f"{order_id}:{place}",
        "order_id": order_id,
        "title": line.title or None,
        "code": line.code or None,
        "carrier": line.carrier_identifier or None,
        "price": shop_number(line.original_price_set),
        "discounted_price": shop_number(line.discounted_price_set),
        "tax_total": _taxes(line.tax_lines),
        "currency": currency,
        "is_removed": None if line.is_removed is UNSET else flag(line.is_removed),
        "created_at": None,
        "updated_at": None,
    }


def _taxes(lines: Sequence[TaxLine] | UnsetType | None) -> int | float | None:
    return None if lines is UNSET else stored_sum([each.price_set for each in lines or ()])
