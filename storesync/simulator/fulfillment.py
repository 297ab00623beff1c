"""Creates a simulated shop's fulfillment orders: what is to be sent for its orders, from which location.

They are made of the orders when they are first read, and follow them from then on.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

RESOURCE = "fulfillment_orders"
FIRST_ID = 6_400_000_000_000
REASONS = ("awaiting_payment", "high_risk_of_fraud", "incorrect_address", "inventory_out_of_stock", "other")
METHODS = (("shipping", "Standard"), ("shipping", "Express"), ("local", "Moto 🛵"), ("pick_up", None))
DONE = frozenset({"closed", "cancelled"})
OFTEN = 0.2


def settle(shop: Shop) -> None:
    """Give each order its fulfillment orders, and let those it has follow what happened to it since."""
    orders, known = shop.resources["orders"], shop.resources[RESOURCE]
    begun: dict[str, datetime] = shop.state.setdefault("orders with fulfillment orders", {})
    for order_id in begun.keys() - orders.keys():
        del begun[order_id]
        for record in [one for one in known.values() if one["order_id"] == order_id]:
            shop.remove(RESOURCE, record["id"])
    by_order: dict[str, list[Record]] = defaultdict(list)
    for record in known.values():
        by_order[record["order_id"]].append(record)
    for order_id, order in orders.items():
        if begun.get(order_id) == order["updated_at"]:
            continue
        for record in by_order[order_id]:
            _follow(record, order)
        planned = {line["order_line_id"] for record in by_order[order_id] for line in record["lines"]}
        _divide(shop, order, [line for line in order["lines"] if line["product_id"] and line["id"] not in planned])
        begun[order_id] = order["updated_at"]


def happen(shop: Shop) -> None:
    """Hold, release, or move one that is still to be sent, in a shop of which they have been read."""
    chance = shop.chance("fulfillment")
    waiting = [one for one in shop.resources[RESOURCE].values() if one["status"] not in DONE]
    if not waiting or chance.random() > OFTEN:
        return
    record = chance.choice(waiting)
    if chance.random() < OFTEN:
        shop.touch(RESOURCE, record["id"], **_place(shop))
    elif record["holds"]:
        shop.touch(RESOURCE, record["id"], holds=[], status="open")
    else:
        shop.touch(RESOURCE, record["id"], holds=[chance.choice(REASONS)], status="on_hold")


def _divide(shop: Shop, order: Record, lines: list[Record]) -> None:
    """Make the fulfillment orders for *lines* of *order*: one or, where they are sent from two locations, two."""
    chance = shop.chance("fulfillment")
    parts = [lines[:1], lines[1:]] if len(lines) > 1 and chance.random() < OFTEN else [lines]
    for part in filter(None, parts):
        number = shop.counters[RESOURCE] = max(FIRST_ID, shop.counters[RESOURCE]) + 1 + chance.randrange(3)
        shop.resources[RESOURCE][str(number)] = _made(shop, order, part, number)


def _made(shop: Shop, order: Record, lines: list[Record], number: int) -> Record:
    chance, at = shop.chance("fulfillment"), order["created_at"]
    method, presented = chance.choice(METHODS)
    is_waiting = chance.random() < OFTEN
    record: Record = {
        "id": str(number),
        "order_id": order["id"],
        "order_name": order["name"],
        "placed_at": order["placed_at"],
        "status": "open",
        "managed_by": chance.choice(("merchant_managed", "merchant_managed", "third_party")),
        "holds": [chance.choice(REASONS)] if is_waiting else [],
        "delivery_method": method,
        "delivery_name": presented,
        "deliver_from": at + timedelta(days=2) if method == "shipping" else None,
        "deliver_by": at + timedelta(days=5) if method == "shipping" else None,
        "shipping_city": order["shipping_city"],
        "shipping_province": order["shipping_province"],
        "shipping_country": order["shipping_country"],
        "fulfill_at": at,
        "fulfill_by": at + timedelta(days=1) if chance.random() < OFTEN else None,
        "item_quantity": sum(line["quantity"] for line in lines),
        "lines": [_line(line, f"{number}{place:02}") for place, line in enumerate(lines)],
        "created_at": at,
        **_place(shop),
    }
    _follow(record, order)
    return record


def _place(shop: Shop) -> Record:
    """Return the location that is to send it; the shop may have none."""
    found = list(shop.resources["locations"].values())
    chosen = shop.chance("fulfillment").choice(found) if found else None
    return {"location_id": chosen and chosen["id"], "location_name": chosen["name"] if chosen else "—"}


def _line(line: Record, line_id: str) -> Record:
    return {
        "id": line_id,
        "order_line_id": line["id"],
        "product_id": line["product_id"],
        "variant_id": line["variant_id"],
        "sku": line["sku"],
        "name": line["name"],
        "variant_name": line["variant_name"],
        "vendor": line["vendor"],
        "quantity": line["quantity"],
        "requires_shipping": line["requires_shipping"],
    }


def _follow(record: Record, order: Record) -> None:
    """Let *record* say what is left of its order to be sent, and how far that has got."""
    left = {line["id"]: 0 if order["status"] == "cancelled" else line["current_quantity"] for line in order["lines"]}
    for parcel in order["fulfillments"]:
        for sent in parcel["lines"]:
            left[sent["order_line_id"]] -= sent["quantity"]
    for line in record["lines"]:
        line["remaining_quantity"] = min(line["quantity"], max(0, left.get(line["order_line_id"], 0)))
    remaining = sum(line["remaining_quantity"] for line in record["lines"])
    holds = record["holds"] if remaining else []
    status = "on_hold" if holds else "in_progress" if remaining < record["item_quantity"] else "open"
    record.update(
        status=status if remaining else "closed",
        holds=holds,
        remaining_quantity=remaining,
        updated_at=order["updated_at"],
    )
