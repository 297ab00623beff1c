"""Rows of orders: the order itself, its lines and its shipping.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.after_sale import fulfillment_rows, refund_rows
from storesync.platforms.shopify.amounts import (
    full_name,
    inner,
    items,
    linked,
    listed,
    shop_money,
    shop_number,
    shop_sum,
    stored_sum,
)
from storesync.platforms.shopify.discounts import discount_rows
from storesync.platforms.shopify.payments import paid_at, payment_method, payment_rows
from storesync.platforms.values import (
    decimal,
    flag,
    identifier,
    instant,
    integer,
    lower,
    number,
    optional_identifier,
    stored,
    text,
)
from storesync.runtime.instants import day_of


def order_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of an order; those of a list only where it was read."""
    record = parts["record"]
    order = _order(record, shop) | _parcels(parts.get("fulfillments"))
    order_id, currency = order["id"], order["currency"]
    lines = [_line(each, order_id, currency, place) for place, each in enumerate(items(record, "lineItems"), 1)]
    shipping = [
        _shipping(each, order_id, currency, place) for place, each in enumerate(items(record, "shippingLines"), 1)
    ]
    found = {
        "lineItems": {"order_lines": lines},
        "discountApplications": {"order_discounts": discount_rows(record, order_id, currency)},
        "shippingLines": {"order_shipping_lines": shipping},
        "transactions": {"order_payments": payment_rows(record, order_id, currency)},
    }
    rows = {"orders": [order]}
    for name, table in found.items():
        rows |= table if name in record else {}
    if "refunds" in parts:
        rows |= refund_rows(parts["refunds"], order_id, currency)
    if "fulfillments" in parts:
        variants = {line["id"]: line["variant_id"] for line in lines}
        rows |= fulfillment_rows(parts["fulfillments"], order_id, currency, variants)
    return rows


def _order(record: Mapping[str, Any], shop: Shop) -> Row:
    placed_at = instant(record.get("processedAt")) or instant(record.get("createdAt"))
    return {
        "id": identifier(record.get("id")),
        "number": integer(record.get("number")),
        "name": text(record.get("name")),
        **_statuses(record),
        "is_test": flag(record.get("test")),
        "channel": text(record.get("sourceName")),
        "app_id": linked(record, "app"),
        **_people(record),
        **_amounts(record, shop),
        "item_quantity": integer(record.get("subtotalLineItemsQuantity")),
        "lines_count": len(items(record, "lineItems")) if "lineItems" in record else None,
        "discount_codes": listed(record, "discountCodes"),
        "payment_gateway": text(next(iter(items(record, "paymentGatewayNames")), None)),
        "payment_method": payment_method(record),
        "shipping_method": _shipping_method(record),
        **_places(record),
        "note": text(record.get("note")),
        "tags": listed(record, "tags"),
        "weight_kg": _kilograms(record.get("totalWeight")),
        "placed_at": placed_at,
        "placed_on": day_of(placed_at, shop.time_zone),
        "paid_at": paid_at(record),
        "cancelled_at": instant(record.get("cancelledAt")),
        "closed_at": instant(record.get("closedAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _statuses(record: Mapping[str, Any]) -> Row:
    return {
        "status": _status(record),
        "payment_status": lower(record.get("displayFinancialStatus")),
        "fulfillment_status": lower(record.get("displayFulfillmentStatus")),
        "return_status": lower(record.get("returnStatus")),
        "cancel_reason": lower(record.get("cancelReason")),
    }


def _status(record: Mapping[str, Any]) -> str | None:
    if record.get("cancelledAt"):
        return "cancelled"
    if "cancelledAt" not in record or not record.keys() & {"closed", "closedAt"}:
        return None
    return "closed" if record.get("closed") or record.get("closedAt") else "open"


def _people(record: Mapping[str, Any]) -> Row:
    names = (full_name(record.get(holder)) for holder in ("customer", "billingAddress", "shippingAddress"))
    return {
        "customer_id": linked(record, "customer"),
        "customer_name": next((name for name in names if name), None),
        "email": text(record.get("email")),
        "phone": text(record.get("phone")),
        "tax_id": _tax_id(record),
    }


def _tax_id(record: Mapping[str, Any]) -> str | None:
    """Return the identification number given for taxes, else the one given for customs.

    A country's other fields (``TAX_CREDENTIAL_TYPE_MX``, ``TAX_EMAIL_IT``) hold no number:
    https://shopify.dev/docs/api/admin-graphql/2026-10/enums/LocalizedFieldKey
    """
    told = {match[1]: text(each.get("value")) for each in items(record, "localizedFields") if (match := _key(each))}
    return told.get("TAX") or told.get("SHIPPING")


def _key(localized: Mapping[str, Any]) -> re.Match[str] | None:
    return re.fullmatch(r"(TAX|SHIPPING)_CREDENTIAL_[A-Z]{2}", str(localized.get("key")))


def _amounts(record: Mapping[str, Any], shop: Shop) -> Row:
    placed = record.get("originalTotalPriceSet") or record.get("totalPriceSet")
    return {
        "currency": text(record.get("currencyCode")) or shop.currency,
        "subtotal": stored_sum(record, "lineItems", "originalTotalSet"),
        "discount_total": shop_number(record.get("totalDiscountsSet")),
        "shipping_total": shop_number(record.get("totalShippingPriceSet")),
        "tax_total": shop_number(record.get("totalTaxSet")),
        "taxes_included": flag(record.get("taxesIncluded")),
        "tip_total": shop_number(record.get("totalTipReceivedSet")),
        "total": shop_number(placed),
        "current_total": shop_number(record.get("currentTotalPriceSet")),
        "paid_total": shop_number(record.get("totalReceivedSet")),
        "refunded_total": shop_number(record.get("totalRefundedSet")),
        "presentment_currency": text(record.get("presentmentCurrencyCode")),
        "presentment_total": number(inner(placed, "presentmentMoney")),
    }


def _places(record: Mapping[str, Any]) -> Row:
    shipping, billing = record.get("shippingAddress"), record.get("billingAddress")
    return {
        "shipping_name": full_name(shipping),
        "shipping_address1": text(inner(shipping, "address1")),
        "shipping_city": text(inner(shipping, "city")),
        "shipping_province": text(inner(shipping, "province")),
        "shipping_country": text(inner(shipping, "countryCodeV2")),
        "shipping_zip": text(inner(shipping, "zip")),
        "billing_name": full_name(billing),
        "billing_city": text(inner(billing, "city")),
        "billing_province": text(inner(billing, "province")),
        "billing_country": text(inner(billing, "countryCodeV2")),
    }


def _shipping_method(record: Mapping[str, Any]) -> str | None:
    lines = (each for each in items(record, "shippingLines") if not each.get("isRemoved", True))
    return next((text(each.get("title")) for each in lines), None)


def _kilograms(grams: Any) -> int | float | None:
    amount = decimal(grams)
    return None if amount is None else stored(amount / 1000)


def _parcels(fulfillments: Any) -> Row:
    """Return when the first parcel left and the last one arrived."""
    sent = [each for each in fulfillments or [] if each.get("status") == "SUCCESS"]
    return {
        "shipped_at": min(_instants(sent, "createdAt"), default=None),
        "delivered_at": max(_instants(sent, "deliveredAt"), default=None),
    }


def _instants(records: Iterable[Mapping[str, Any]], field: str) -> list[str]:
    return [at for each in records if (at := instant(each.get(field)))]


def _line(record: Mapping[str, Any], order_id: str, currency: str | None, position: int) -> Row:
    price = shop_money(record.get("originalUnitPriceSet"))
    quantity = integer(record.get("quantity"))
    discount = shop_sum(record, "discountAllocations", "allocatedAmountSet")
    total = None
    if price is not None and quantity is not None and discount is not None:
        total = Decimal(quantity) * price - discount
    return {
        "id": identifier(record.get("id")),
        "order_id": order_id,
        "position": position,
        "product_id": linked(record, "product"),
        "variant_id": linked(record, "variant"),
        "sku": text(record.get("sku")),
        "name": text(record.get("title")),
        "variant_name": text(record.get("variantTitle")),
        "vendor": text(record.get("vendor")),
        "quantity": quantity,
        "current_quantity": integer(record.get("currentQuantity")),
        "price": None if price is None else stored(price),
        "discount_total": None if discount is None else stored(discount),
        "total": None if total is None else stored(total),
        "tax_total": stored_sum(record, "taxLines", "priceSet"),
        "currency": currency,
        "requires_shipping": flag(record.get("requiresShipping")),
        "is_gift_card": flag(record.get("isGiftCard")),
        "properties": listed(record, "customAttributes"),
        "created_at": None,
        "updated_at": None,
    }


def _shipping(record: Mapping[str, Any], order_id: str, currency: str | None, place: int) -> Row:
    return {
        "id": optional_identifier(record.get("id")) or f"{order_id}:{place}",
        "order_id": order_id,
        "title": text(record.get("title")),
        "code": text(record.get("code")),
        "carrier": text(record.get("carrierIdentifier")),
        "price": shop_number(record.get("originalPriceSet")),
        "discounted_price": shop_number(record.get("discountedPriceSet")),
        "tax_total": stored_sum(record, "taxLines", "priceSet"),
        "currency": currency,
        "is_removed": flag(record.get("isRemoved")),
        "created_at": None,
        "updated_at": None,
    }
