"""Rows of an order's refunds and fulfilments.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Refund and …/objects/Fulfillment
"""

from collections.abc import Mapping, Sequence

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Count, Flag, Id, Instant, Text, UnsetType
from storesync.platforms.shopify.objects import MoneyBag, Object, Ref, flag, linked, lower, shop_number
from storesync.platforms.values import identifier, instant, optional_identifier


class RefundLineItem(Object):
    """A line that came back, or whose money did."""

    id: Id = None
    quantity: Count = None
    restock_type: Text = None
    restocked: Flag = None
    line_item: Ref | None = None
    location: Ref | None = None
    subtotal_set: MoneyBag | None = None
    total_tax_set: MoneyBag | None = None


class RefundShippingLine(Object):
    """Shipping that was paid back."""

    subtotal_amount_set: MoneyBag | None = None
    tax_amount_set: MoneyBag | None = None


class OrderAdjustment(Object):
    """By what a refund differs from the worth of what came back."""

    reason: Text = None
    amount_set: MoneyBag | None = None
    tax_amount_set: MoneyBag | None = None


class Refund(Object):
    """A refund of an order."""

    id: Id = None
    created_at: Instant = None
    updated_at: Instant = None
    processed_at: Instant = None
    note: Text = None
    total_refunded_set: MoneyBag | None = None
    refund_line_items: list[RefundLineItem] | UnsetType | None = UNSET
    refund_shipping_lines: list[RefundShippingLine] | None = None
    order_adjustments: list[OrderAdjustment] | None = None


class TrackingInfo(Object):
    """Where to follow a parcel."""

    company: Text = None
    number: Text = None
    url: Text = None


class FulfillmentLineItem(Object):
    """A line of an order in a parcel."""

    id: Id = None
    quantity: Count = None
    line_item: Ref | None = None


class Fulfillment(Object):
    """What was sent together of an order."""

    id: Id = None
    name: Text = None
    status: Text = None
    created_at: Instant = None
    updated_at: Instant = None
    estimated_delivery_at: Instant = None
    delivered_at: Instant = None
    total_quantity: Count = None
    tracking_info: list[TrackingInfo] | UnsetType | None = UNSET
    location: Ref | None = None
    fulfillment_line_items: list[FulfillmentLineItem] | UnsetType | None = UNSET


def refund_rows(
    refunds: Sequence[Refund], order_id: str, currency: str | None, sales: Sequence[Row]
) -> dict[str, list[Row]]:
    """Return the rows of an order's refunds; *sales* are the columns that tell what came back with each."""
    tables = {
        "order_refunds": [
            _refund(each, order_id, currency) | returned for each, returned in zip(refunds, sales, strict=True)
        ]
    }
    if all(each.refund_line_items is not UNSET for each in refunds):
        tables["order_refund_lines"] = [
            _refund_line(each, refund["id"], place, order_id, currency)
            for refund, record in zip(tables["order_refunds"], refunds, strict=True)
            for place, each in enumerate(record.refund_line_items or (), 1)
        ]
    return tables


def fulfillment_rows(
    fulfillments: Sequence[Fulfillment],
    order_id: str,
    currency: str | None,
    variants: Mapping[str, str | None],
) -> dict[str, list[Row]]:
    """Return the rows of an order's fulfilments; *variants* are the variant ids by order line id."""
    tables = {"order_fulfillments": [_fulfillment(each, order_id, currency) for each in fulfillments]}
    if all(each.fulfillment_line_items is not UNSET for each in fulfillments):
        tables["order_fulfillment_lines"] = [
            _fulfillment_line(each, fulfillment["id"], order_id, variants)
            for fulfillment, record in zip(tables["order_fulfillments"], fulfillments, strict=True)
            for each in record.fulfillment_line_items or ()
        ]
    return tables


def _refund(refund: Refund, order_id: str, currency: str | None) -> Row:
    return {
        "id": identifier(refund.id),
        "order_id": order_id,
        "amount": shop_number(refund.total_refunded_set),
        "currency": currency,
        "note": refund.note or None,
        "processed_at": instant(refund.processed_at),
        "created_at": instant(refund.created_at),
        "updated_at": instant(refund.updated_at),
    }


def _refund_line(line: RefundLineItem, refund_id: str, place: int, order_id: str, currency: str | None) -> Row:
    return {
        # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/RefundLineItem: the id may be null.
        "id": optional_identifier(line.id) or f"{refund_id}:{place}",
        "refund_id": refund_id,
        "order_id": order_id,
        "order_line_id": linked(line.line_item),
        "quantity": line.quantity,
        "subtotal": shop_number(line.subtotal_set),
        "tax_total": shop_number(line.total_tax_set),
        "currency": currency,
        "restock_type": lower(line.restock_type),
        "restocked": flag(line.restocked),
        "location_id": linked(line.location),
        "created_at": None,
        "updated_at": None,
    }


def _fulfillment(fulfillment: Fulfillment, order_id: str, currency: str | None) -> Row:
    parcels = fulfillment.tracking_info
    first = parcels[0] if parcels else TrackingInfo()
    created = instant(fulfillment.created_at)
    return {
        "id": identifier(fulfillment.id),
        "order_id": order_id,
        "number": fulfillment.name or None,
        "status": lower(fulfillment.status),
        "location_id": linked(fulfillment.location),
        "carrier": first.company or None,
        "tracking_number": first.number or None,
        "tracking_url": first.url or None,
        "tracking_count": None if parcels is UNSET else len(parcels or ()),
        "quantity": fulfillment.total_quantity,
        "currency": currency,
        "shipped_at": created if fulfillment.status == "SUCCESS" else None,
        "estimated_delivery_at": instant(fulfillment.estimated_delivery_at),
        "delivered_at": instant(fulfillment.delivered_at),
        "created_at": created,
        "updated_at": instant(fulfillment.updated_at),
    }


def _fulfillment_line(
    line: FulfillmentLineItem, fulfillment_id: str, order_id: str, variants: Mapping[str, str | None]
) -> Row:
    line_id = linked(line.line_item)
    return {
        "id": identifier(line.id),
        "fulfillment_id": fulfillment_id,
        "order_id": order_id,
        "order_line_id": line_id,
        "variant_id": variants.get(line_id or ""),
        "quantity": line.quantity,
        "created_at": None,
        "updated_at": None,
    }
