"""Rows of fulfilment orders and of an order's shipping. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/fulfillment-order
"""

from collections.abc import Mapping
from typing import Annotated, Any

from storesync.model import Row
from storesync.platforms.shapes import UNSET, Digits, Id, Instant, Shape, Text, UnsetType, fitted
from storesync.platforms.tiendanube.objects import several
from storesync.platforms.values import identifier, instant, integer, lower, number, optional_identifier, text


class Way(Shape):
    """A carrier or what it offers."""

    name: Text = None
    code: Text = None


class Shipping(Shape):
    """How a parcel is sent; a cost is a map of value and currency."""

    type: Text | UnsetType = UNSET
    carrier: Way | None = None
    option: Way | None = None
    consumer_cost: Any = None
    merchant_cost: Any = None
    max_delivery_date: Instant = None


class Location(Shape):
    """Where a parcel is sent from: the two forms have different keys for its id."""

    location_id: Id = None
    id: Id = None


class Tracking(Shape):
    """How a parcel is followed."""

    code: Text | UnsetType = UNSET
    url: Text | UnsetType = UNSET


class Variant(Shape):
    """A variant that is only referred to."""

    variant_id: Id = None


class Item(Shape):
    """A line of a parcel: the two forms have different keys for the id of the order's line."""

    id: Id = None
    order_line_item_id: Id = None
    external_id: Id = None
    variant: Variant | None = None
    quantity: Digits = None
    created_at: Instant = None
    updated_at: Instant = None


class Step(Shape):
    """When a parcel reached a status, by its history or by its tracking."""

    to_status: Text = None
    status: Text = None
    happened_at: Instant = None


class Parcel(Shape):
    """A fulfilment order."""

    id: Id = None
    number: Text = None
    status: Text = None
    assigned_location: Location | None = None
    shipping: Shipping | None = None
    tracking_info: Tracking | None = None
    total_quantity: Digits = None
    line_items: Annotated[list[Item] | None, several(Item)] = None
    status_history: Annotated[list[Step] | None, several(Step)] = None
    tracking_events: Annotated[list[Step] | None, several(Step)] = None
    fulfilled_at: Instant = None
    created_at: Instant = None
    updated_at: Instant = None


def _parcels(value: Any) -> list[Any] | None:
    """Return a list, also from the ``results`` of a page or from a map (a list with gaps in its numbering)."""
    if isinstance(value, dict):
        value = value.get("results", list(value.values()))
    if not isinstance(value, list):
        return None
    return [fitted(Parcel, one) if isinstance(one, dict) else one for one in value]


Parcels = Annotated[list[Parcel | str | int] | None, _parcels]
"""Fulfilment orders; without the aggregate as ids alone, and for a while after the order was placed none."""

_UNSHIPPED, _UNTRACKED, _UNKNOWN = Shipping(), Tracking(), Location()


def distinct(*lists: Parcels) -> dict[str, Parcel]:
    """Return fulfilment orders by id, as the object where there is one."""
    found: dict[str, Parcel] = {}
    for one in (one for parcels in lists for one in parcels or ()):
        parcel = one if isinstance(one, Parcel) else Parcel(id=one)
        parcel_id = identifier(parcel.id)
        if parcel is one or parcel_id not in found:
            found[parcel_id] = parcel
    return found


def fulfillment_rows(parcels: Mapping[str, Parcel], order_id: str, currency: str | None) -> tuple[list[Row], list[Row]]:
    """Return the rows of an order's fulfilment orders, and of their lines."""
    rows = [_parcel(parcel, parcel_id, order_id, currency) for parcel_id, parcel in parcels.items()]
    lines = [
        _line(one, parcel_id, order_id, position)
        for parcel_id, parcel in parcels.items()
        for position, one in enumerate(parcel.line_items or (), 1)
    ]
    return rows, lines


def shipping_rows(parcels: Mapping[str, Parcel], order_id: str, currency: str | None) -> list[Row]:
    """Return the order's shipping rows: one per fulfilment order that says how it is sent."""
    return [
        shipping_row(parcel_id, order_id, parcel.shipping, currency)
        for parcel_id, parcel in parcels.items()
        if parcel.shipping and parcel.shipping != _UNSHIPPED
    ]


def shipping_row(row_id: str, order_id: str, way: Shipping, currency: str | None) -> Row:
    """Return the row of one way of shipping."""
    option, carrier, price = way.option, way.carrier, number(way.consumer_cost)
    return {
        "id": row_id,
        "order_id": order_id,
        "title": option.name or None if option else None,
        "code": option.code or None if option else None,
        "carrier": carrier.name or None if carrier else None,
        "price": price,
        "discounted_price": price,
        "currency": _currency(way.consumer_cost) or currency,
        "is_removed": 0,
    }


def _parcel(parcel: Parcel, parcel_id: str, order_id: str, currency: str | None) -> Row:
    shipping, tracking = parcel.shipping or _UNSHIPPED, parcel.tracking_info or _UNTRACKED
    location, option, carrier = parcel.assigned_location or _UNKNOWN, shipping.option, shipping.carrier
    code = tracking.code or None
    return {
        "id": parcel_id,
        "order_id": order_id,
        "number": parcel.number or None,
        "status": lower(parcel.status),
        "location_id": optional_identifier(location.location_id or location.id),
        "shipping_type": lower(shipping.type or None),
        "carrier": carrier.name or None if carrier else None,
        "service": option.name or None if option else None,
        "tracking_number": code,
        "tracking_url": tracking.url or None,
        "tracking_count": None if tracking == _UNTRACKED else int(code is not None),
        "quantity": integer(parcel.total_quantity),
        "price": number(shipping.consumer_cost),
        "cost": number(shipping.merchant_cost),
        "currency": _currency(shipping.consumer_cost) or currency,
        "shipped_at": instant(parcel.fulfilled_at) or _when(parcel, "dispatched"),
        "estimated_delivery_at": instant(shipping.max_delivery_date),
        "delivered_at": _when(parcel, "delivered"),
        "created_at": instant(parcel.created_at),
        "updated_at": instant(parcel.updated_at),
    }


def _when(parcel: Parcel, status: str) -> str | None:
    """Return when a fulfilment order first reached *status*, by its history or its tracking events."""
    steps = [(one.to_status, one.happened_at) for one in parcel.status_history or ()]
    steps += [(one.status, one.happened_at) for one in parcel.tracking_events or ()]
    times = (instant(at) for name, at in steps if lower(name) == status)
    return min((time for time in times if time), default=None)


def _line(line: Item, parcel_id: str, order_id: str, position: int) -> Row:
    """Return the row of a parcel's line."""
    return {
        "id": optional_identifier(line.id) or f"{parcel_id}:{position}",
        "fulfillment_id": parcel_id,
        "order_id": order_id,
        "order_line_id": optional_identifier(line.order_line_item_id or line.external_id),
        "variant_id": optional_identifier(line.variant.variant_id) if line.variant else None,
        "quantity": integer(line.quantity),
        "created_at": instant(line.created_at),
        "updated_at": instant(line.updated_at),
    }


def _currency(cost: Any) -> str | None:
    return text(cost.get("currency")) if isinstance(cost, dict) else None
