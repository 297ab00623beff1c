"""Rows of abandoned checkouts and of draft orders, with their lines.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/AbandonedCheckout and …/objects/DraftOrder
"""

from collections.abc import Iterable, Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.amounts import full_name, has, inner, items, linked, shop_number
from storesync.platforms.values import identifier, instant, integer, lower, text
from storesync.runtime.instants import day_of


def checkout_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a checkout.

    Shopify reports neither the order that it became nor its shipping costs, and the buyer's
    e-mail only where the buyer is a customer.
    """
    record = parts["record"]
    lines = items(record, "lineItems")
    is_told = "lineItems" in record and has(lines, "quantity")
    place = record.get("shippingAddress") or record.get("billingAddress")
    created_at = instant(record.get("createdAt"))
    checkout = {
        "id": identifier(record.get("id")),
        **_buyer(record),
        "currency": text(inner(record, "totalPriceSet", "shopMoney", "currencyCode")) or shop.currency,
        "subtotal": shop_number(record.get("totalLineItemsPriceSet")),
        "discount_total": shop_number(record.get("totalDiscountSet")),
        "tax_total": shop_number(record.get("totalTaxSet")),
        "total": shop_number(record.get("totalPriceSet")),
        "item_quantity": sum(integer(line.get("quantity")) or 0 for line in lines) if is_told else None,
        "recovery_url": text(record.get("abandonedCheckoutUrl")),
        "city": text(inner(place, "city")),
        "province": text(inner(place, "province")),
        "country": text(inner(place, "countryCodeV2")),
        "completed_at": instant(record.get("completedAt")),
        "created_on": day_of(created_at, shop.time_zone),
        "created_at": created_at,
        "updated_at": instant(record.get("updatedAt")),
    }
    rows = [
        _line(line, position, checkout, key="checkout_id", total="discountedTotalPriceWithCodeDiscount")
        for position, line in enumerate(lines, 1)
    ]
    return {"checkouts": [checkout]} | ({"checkout_lines": rows} if "lineItems" in record else {})


def draft_order_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a draft order."""
    record = parts["record"]
    draft = {
        "id": identifier(record.get("id")),
        "name": text(record.get("name")),
        "status": lower(record.get("status")),
        **_buyer(record),
        "currency": text(record.get("currencyCode")) or shop.currency,
        "subtotal": shop_number(record.get("totalLineItemsPriceSet")),
        "discount_total": shop_number(record.get("totalDiscountsSet")),
        "shipping_total": shop_number(record.get("totalShippingPriceSet")),
        "tax_total": shop_number(record.get("totalTaxSet")),
        "total": shop_number(record.get("totalPriceSet")),
        "item_quantity": integer(record.get("totalQuantityOfLineItems")),
        "order_id": linked(record, "order"),
        "checkout_url": text(record.get("invoiceUrl")),
        "note": text(record.get("note2")),
        "completed_at": instant(record.get("completedAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }
    rows = [
        _line(line, position, draft, key="draft_order_id", total="discountedTotalSet")
        for position, line in enumerate(items(record, "lineItems"), 1)
    ]
    return {"draft_orders": [draft]} | ({"draft_order_lines": rows} if "lineItems" in record else {})


def _buyer(record: Mapping[str, Any]) -> Row:
    """Return the buyer's columns, from the customer or else from the addresses."""
    customer = record.get("customer")
    holders = [record.get(name) for name in ("customer", "billingAddress", "shippingAddress")]
    known_phone = inner(customer, "defaultPhoneNumber", "phoneNumber")
    return {
        "customer_id": linked(customer),
        "customer_name": _first(full_name(holder) for holder in holders),
        "email": _first((record.get("email"), inner(customer, "defaultEmailAddress", "emailAddress"))),
        "phone": _first((record.get("phone"), known_phone, *(inner(holder, "phone") for holder in holders))),
    }


def _first(values: Iterable[Any]) -> str | None:
    return next((found for found in map(text, values) if found), None)


def _line(record: Mapping[str, Any], position: int, owner: Row, *, key: str, total: str) -> Row:
    """Return a line of the row *owner*. *key* is the column for the owner's id, *total* the field after discounts."""
    return {
        "id": identifier(record.get("id")),
        key: owner["id"],
        "position": position,
        "product_id": linked(record, "product"),
        "variant_id": linked(record, "variant"),
        "sku": text(record.get("sku")),
        "name": text(record.get("title")) or text(record.get("name")),
        "variant_name": text(record.get("variantTitle")),
        "quantity": integer(record.get("quantity")),
        "price": shop_number(record.get("originalUnitPriceSet")),
        "total": shop_number(record.get(total)),
        "currency": owner["currency"],
        "created_at": None,
        "updated_at": None,
    }
