"""Rows of fulfilment orders and of an order's shipping. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/fulfillment-order
"""

from collections.abc import Iterable, Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import identifier, instant, integer, lower, number, optional_identifier, text


def fulfillment_rows(order: Mapping[str, Any], order_id: str, currency: str | None) -> tuple[list[Row], list[Row]]:
    """Return the rows of an order's fulfilment orders, and of their lines.

    The order has them as objects under either of two keys, without the aggregate as ids alone, and for a
    while after it was placed not at all (``[]``, null).
    """
    parcels: list[Row] = []
    lines: list[Row] = []
    for parcel in _parcels(order):
        row = _parcel(parcel, order_id, currency)
        parcels.append(row)
        lines += [
            _line(one, row["id"], order_id, position)
            for position, one in enumerate(objects(parcel.get("line_items")), 1)
        ]
    return parcels, lines


def shipping_rows(order: Mapping[str, Any], order_id: str, currency: str | None) -> list[Row]:
    """Return the order's shipping rows: one per fulfilment order, or the single one of version 1."""
    ways = [(identifier(parcel.get("id")), _inner(parcel, "shipping")) for parcel in _parcels(order)]
    rows = [_delivery(parcel_id, order_id, way, currency) for parcel_id, way in ways if way]
    option, carrier = text(order.get("shipping_option")), text(order.get("shipping"))
    if rows or (option is None and carrier is None):
        return rows
    way = {
        "option": {"name": option, "code": order.get("shipping_option_code")},
        "carrier": {"name": text(order.get("shipping_carrier_name")) or carrier},
        "consumer_cost": order.get("shipping_cost_customer"),
    }
    return [_delivery(order_id, order_id, way, currency)]


def _parcels(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the fulfilment orders, one for each id, as the object where there is one."""
    found: dict[str, Mapping[str, Any]] = {}
    for key in ("fulfillments", "fulfillment_orders"):
        for one in _several(order.get(key)):
            parcel = one if isinstance(one, dict) else {"id": one}
            parcel_id = identifier(parcel.get("id"))
            if isinstance(one, dict) or parcel_id not in found:
                found[parcel_id] = parcel
    return list(found.values())


def _several(value: Any) -> Iterable[Any]:
    """Return a list, also from the ``results`` of a page or from a map (a list with gaps in its numbering)."""
    if isinstance(value, dict):
        value = value.get("results", list(value.values()))
    return value if isinstance(value, list) else ()


def _parcel(parcel: Mapping[str, Any], order_id: str, currency: str | None) -> Row:
    shipping, tracking = _inner(parcel, "shipping"), _inner(parcel, "tracking_info")
    location, option = _inner(parcel, "assigned_location"), _inner(shipping, "option")
    price = _inner(shipping, "consumer_cost")
    code = text(tracking.get("code"))
    return {
        "id": identifier(parcel.get("id")),
        "order_id": order_id,
        "number": text(parcel.get("number")),
        "status": lower(parcel.get("status")),
        "location_id": optional_identifier(location.get("location_id") or location.get("id")),
        "shipping_type": lower(shipping.get("type")),
        "carrier": text(_inner(shipping, "carrier").get("name")),
        "service": text(option.get("name")),
        "tracking_number": code,
        "tracking_url": text(tracking.get("url")),
        "tracking_count": int(code is not None) if tracking else None,
        "quantity": integer(parcel.get("total_quantity")),
        "price": number(price),
        "cost": number(shipping.get("merchant_cost")),
        "currency": text(price.get("currency")) or currency,
        "shipped_at": instant(parcel.get("fulfilled_at")) or _when(parcel, "dispatched"),
        "estimated_delivery_at": instant(shipping.get("max_delivery_date")),
        "delivered_at": _when(parcel, "delivered"),
        "created_at": instant(parcel.get("created_at")),
        "updated_at": instant(parcel.get("updated_at")),
    }


def _when(parcel: Mapping[str, Any], status: str) -> str | None:
    """Return when a fulfilment order first reached *status*, by its history or its tracking events."""
    steps = [(one.get("to_status"), one) for one in objects(parcel.get("status_history"))]
    steps += [(one.get("status"), one) for one in objects(parcel.get("tracking_events"))]
    times = (instant(one.get("happened_at")) for name, one in steps if lower(name) == status)
    return min((time for time in times if time), default=None)


def _line(line: Mapping[str, Any], parcel_id: str, order_id: str, position: int) -> Row:
    """Return the row of a parcel's line; the two forms have different keys for the id of the order's line."""
    order_line = line.get("order_line_item_id") or line.get("external_id")
    return {
        "id": optional_identifier(line.get("id")) or f"{parcel_id}:{position}",
        "fulfillment_id": parcel_id,
        "order_id": order_id,
        "order_line_id": optional_identifier(order_line),
        "variant_id": optional_identifier(_inner(line, "variant").get("variant_id")),
        "quantity": integer(line.get("quantity")),
        "created_at": instant(line.get("created_at")),
        "updated_at": instant(line.get("updated_at")),
    }


def _delivery(row_id: str, order_id: str, way: Mapping[str, Any], currency: str | None) -> Row:
    option, price = _inner(way, "option"), number(way.get("consumer_cost"))
    return {
        "id": row_id,
        "order_id": order_id,
        "title": text(option.get("name")),
        "code": text(option.get("code")),
        "carrier": text(_inner(way, "carrier").get("name")),
        "price": price,
        "discounted_price": price,
        "currency": text(_inner(way, "consumer_cost").get("currency")) or currency,
        "is_removed": 0,
    }


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
