"""Rows of an order's refunds and fulfilments.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Refund and …/objects/Fulfillment
"""

from collections.abc import Mapping, Sequence
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify.amounts import has, items, linked, shop_number
from storesync.platforms.values import (
    flag,
    identifier,
    instant,
    integer,
    lower,
    optional_identifier,
    text,
)


def refund_rows(refunds: Sequence[Mapping[str, Any]], order_id: str, currency: str | None) -> dict[str, list[Row]]:
    """Return the rows of an order's refunds."""
    tables: dict[str, list[Row]] = {"order_refunds": [], "order_refund_lines": []}
    for record in refunds:
        refund = _refund(record, order_id, currency)
        tables["order_refunds"].append(refund)
        tables["order_refund_lines"] += [
            _refund_line(each, refund, place) for place, each in enumerate(items(record, "refundLineItems"), 1)
        ]
    if not has(refunds, "refundLineItems"):
        del tables["order_refund_lines"]
    return tables


def fulfillment_rows(
    fulfillments: Sequence[Mapping[str, Any]],
    order_id: str,
    currency: str | None,
    variants: Mapping[str, str | None],
) -> dict[str, list[Row]]:
    """Return the rows of an order's fulfilments; *variants* are the variant ids by order line id."""
    tables: dict[str, list[Row]] = {"order_fulfillments": [], "order_fulfillment_lines": []}
    for record in fulfillments:
        fulfillment = _fulfillment(record, order_id, currency)
        tables["order_fulfillments"].append(fulfillment)
        tables["order_fulfillment_lines"] += [
            _fulfillment_line(each, fulfillment, variants) for each in items(record, "fulfillmentLineItems")
        ]
    if not has(fulfillments, "fulfillmentLineItems"):
        del tables["order_fulfillment_lines"]
    return tables


def _refund(record: Mapping[str, Any], order_id: str, currency: str | None) -> Row:
    return {
        "id": identifier(record.get("id")),
        "order_id": order_id,
        "amount": shop_number(record.get("totalRefundedSet")),
        "currency": currency,
        "note": text(record.get("note")),
        "processed_at": instant(record.get("processedAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _refund_line(record: Mapping[str, Any], refund: Row, place: int) -> Row:
    return {
        # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/RefundLineItem: the id may be null.
        "id": optional_identifier(record.get("id")) or f"{refund['id']}:{place}",
        "refund_id": refund["id"],
        "order_id": refund["order_id"],
        "order_line_id": linked(record, "lineItem"),
        "quantity": integer(record.get("quantity")),
        "subtotal": shop_number(record.get("subtotalSet")),
        "tax_total": shop_number(record.get("totalTaxSet")),
        "currency": refund["currency"],
        "restock_type": lower(record.get("restockType")),
        "restocked": flag(record.get("restocked")),
        "location_id": linked(record, "location"),
        "created_at": None,
        "updated_at": None,
    }


def _fulfillment(record: Mapping[str, Any], order_id: str, currency: str | None) -> Row:
    parcels = items(record, "trackingInfo")
    first: Mapping[str, Any] = parcels[0] if parcels else {}
    sent = record.get("status") == "SUCCESS"
    return {
        "id": identifier(record.get("id")),
        "order_id": order_id,
        "number": text(record.get("name")),
        "status": lower(record.get("status")),
        "location_id": linked(record, "location"),
        "carrier": text(first.get("company")),
        "tracking_number": text(first.get("number")),
        "tracking_url": text(first.get("url")),
        "tracking_count": len(parcels) if "trackingInfo" in record else None,
        "quantity": integer(record.get("totalQuantity")),
        "currency": currency,
        "shipped_at": instant(record.get("createdAt")) if sent else None,
        "estimated_delivery_at": instant(record.get("estimatedDeliveryAt")),
        "delivered_at": instant(record.get("deliveredAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _fulfillment_line(record: Mapping[str, Any], fulfillment: Row, variants: Mapping[str, str | None]) -> Row:
    line_id = linked(record, "lineItem")
    return {
        "id": identifier(record.get("id")),
        "fulfillment_id": fulfillment["id"],
        "order_id": fulfillment["order_id"],
        "order_line_id": line_id,
        "variant_id": variants.get(line_id or ""),
        "quantity": integer(record.get("quantity")),
        "created_at": None,
        "updated_at": None,
    }
