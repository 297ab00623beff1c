"""Rows of fulfillment orders, with their lines: what is to be sent for an order, from which location.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/FulfillmentOrder. The name and the street of
whoever gets it are not asked for; the order has them.
"""

from collections.abc import Iterable, Sequence

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Count, Flag, Id, Instant, Text, UnsetType
from storesync.platforms.shopify.objects import Object, Ref, flag, linked, listed, lower
from storesync.platforms.values import identifier, instant, optional_identifier


class AssignedLocation(Object):
    """Where it is to be sent from, as it was when the work began there."""

    location: Ref | None = None
    name: Text = None


class DeliveryMethod(Object):
    """How it is to get there, and between which instants."""

    method_type: Text = None
    presented_name: Text = None
    min_delivery_date_time: Instant = None
    max_delivery_date_time: Instant = None


class Destination(Object):
    """Where it is to get."""

    city: Text = None
    province: Text = None
    country_code: Text = None


class Hold(Object):
    """What holds the work up."""

    reason: Text | UnsetType = UNSET


class Line(Ref):
    """Units of one line of the order."""

    line_item: Ref | None = None
    variant: Ref | None = None
    inventory_item_id: Id = None
    sku: Text = None
    product_title: Text = None
    variant_title: Text = None
    total_quantity: Count | UnsetType = UNSET
    remaining_quantity: Count | UnsetType = UNSET
    requires_shipping: Flag = None


class FulfillmentOrder(Ref):
    """A fulfillment order as it is stored."""

    order_id: Id = None
    status: Text = None
    request_status: Text = None
    assigned_location: AssignedLocation | None = None
    fulfillment_holds: list[Hold] | UnsetType | None = UNSET
    delivery_method: DeliveryMethod | None = None
    destination: Destination | None = None
    fulfill_at: Instant = None
    fulfill_by: Instant = None
    line_items: list[Line] | UnsetType | None = UNSET
    created_at: Instant = None
    updated_at: Instant = None


def fulfillment_order_rows(found: FulfillmentOrder, _: Shop) -> dict[str, list[Row]]:
    """Return the rows of a fulfillment order."""
    place = found.assigned_location or AssignedLocation()
    method, destination = found.delivery_method or DeliveryMethod(), found.destination or Destination()
    lines = found.line_items
    row = {
        "id": identifier(found.id),
        "order_id": optional_identifier(found.order_id),
        "status": lower(found.status),
        "request_status": lower(found.request_status),
        "location_id": linked(place.location),
        "location_name": place.name or None,
        "holds": listed(_reasons(found.fulfillment_holds)),
        "delivery_method": lower(method.method_type),
        "delivery_name": method.presented_name or None,
        "deliver_from": instant(method.min_delivery_date_time),
        "deliver_by": instant(method.max_delivery_date_time),
        "shipping_city": destination.city or None,
        "shipping_province": destination.province or None,
        "shipping_country": destination.country_code or None,
        "item_quantity": None if lines is UNSET else _sum(line.total_quantity for line in lines or ()),
        "remaining_quantity": None if lines is UNSET else _sum(line.remaining_quantity for line in lines or ()),
        "fulfill_at": instant(found.fulfill_at),
        "fulfill_by": instant(found.fulfill_by),
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
    }
    if lines is UNSET:
        return {"fulfillment_orders": [row]}
    own = [_line(line, position, row) for position, line in enumerate(lines or (), 1)]
    return {"fulfillment_orders": [row], "fulfillment_order_lines": own}


def _reasons(holds: Sequence[Hold] | UnsetType | None) -> list[str | None] | UnsetType:
    """Return why it is held up, `UNSET` where that was not read."""
    if holds is UNSET:
        return UNSET
    reasons = [one.reason for one in holds or ()]
    return UNSET if UNSET in reasons else [lower(one) for one in reasons if one is not UNSET]


def _sum(quantities: Iterable[int | UnsetType | None]) -> int | None:
    """Return the sum of *quantities*, None where one of them was not read."""
    found = list(quantities)
    return None if UNSET in found else sum(one or 0 for one in found if one is not UNSET)


def _line(line: Line, position: int, owner: Row) -> Row:
    return {
        "id": identifier(line.id),
        "fulfillment_order_id": owner["id"],
        "order_id": owner["order_id"],
        "order_line_id": linked(line.line_item),
        "position": position,
        "variant_id": linked(line.variant),
        "inventory_item_id": optional_identifier(line.inventory_item_id),
        "sku": line.sku or None,
        "name": line.product_title or None,
        "variant_name": line.variant_title or None,
        "quantity": None if line.total_quantity is UNSET else line.total_quantity,
        "remaining_quantity": None if line.remaining_quantity is UNSET else line.remaining_quantity,
        "requires_shipping": flag(line.requires_shipping),
        "created_at": None,
        "updated_at": None,
    }
