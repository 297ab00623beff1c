"""Events in the life of a simulated order: payment, shipping, refund, cancellation.

Each function applies one event at an instant, and leaves an order with consistent columns.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.stock import FIRST_LOCATION, ulid
from storesync.simulator.words import CARRIERS

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

NOTHING = Decimal("0.00")

UNTOUCHED: Record = {
    "status": "open",
    "payment_status": "pending",
    "fulfillment_status": "unfulfilled",
    "return_status": None,
    "cancel_reason": None,
    "paid_total": NOTHING,
    "refunded_total": NOTHING,
    "added_total": NOTHING,
    "duties_total": NOTHING,
    "duties_returned": NOTHING,
    "duties_included": False,
    "taxes_by_line": True,
    "fees_total": NOTHING,
    "cash_rounding": NOTHING,
    "cash_rounding_back": NOTHING,
    "paid_at": None,
    "shipped_at": None,
    "delivered_at": None,
    "cancelled_at": None,
    "closed_at": None,
}

NO_MORE: Record = {"shipping": [], "duties": NOTHING, "adjustment": None}
"""What a refund pays back besides goods: nothing."""


def live(shop: Shop, order: Record, until: datetime) -> None:
    """Apply an ordinary sequence of events to the order, up to *until*."""
    fates = ("prospers", "is authorized", "is paid in part", "is cancelled", "waits")
    fate = shop.random.choices(fates, weights=(80, 4, 2, 6, 8))[0]
    at = _later(shop, order["placed_at"], until, hours=90 if fate == "is cancelled" else 2)
    if fate == "prospers":
        _prosper(shop, order, until)
    elif fate == "is authorized":
        authorize(shop, order, at)
    elif fate == "is paid in part":
        pay(shop, order, at, part=Decimal("0.5"))
    elif fate == "is cancelled":
        cancel(shop, order, at)


def _prosper(shop: Shop, order: Record, until: datetime) -> None:
    pay(shop, order, _later(shop, order["placed_at"], until, hours=2))
    if shop.happens(0.9):
        ship(shop, order, _later(shop, order["updated_at"], until, hours=72), partly=shop.happens(0.05))
    if order["fulfillment_status"] == "fulfilled" and shop.happens(0.7):
        deliver(order, _later(shop, order["updated_at"], until, hours=200))
    at = _later(shop, order["updated_at"], until, hours=300)
    if shop.happens(0.08):
        refund(shop, order, at, partly=shop.happens(0.5))
    elif shop.happens(0.02):
        cancel(shop, order, at)
    elif shop.happens(0.4) and order["delivered_at"]:
        close(order, at)


def _later(shop: Shop, at: datetime, until: datetime, *, hours: int) -> datetime:
    return min(until, at + timedelta(seconds=shop.random.randrange(60, hours * 3600)))


def authorize(shop: Shop, order: Record, at: datetime) -> None:
    """Authorise the payment without capturing it."""
    order.update(payment_status="authorized", updated_at=at)
    _transact(shop, order, "authorization", order["total"], at)


def pay(shop: Shop, order: Record, at: datetime, part: Decimal = Decimal(1)) -> None:
    """Take the payment of what is still owed, or of a *part* of it (a fraction)."""
    owed = order["current_total"] - order["paid_total"] + order["refunded_total"]
    amount = owed if part == 1 else (owed * part).quantize(Decimal("0.01"))
    reserved = next((entry for entry in order["payments"] if entry["kind"] == "authorization"), None)
    _transact(shop, order, "capture" if reserved else "sale", amount, at, reserved)
    order["paid_total"] += amount
    paid = order["paid_total"] - order["refunded_total"] == order["current_total"]
    order.update(
        payment_status="paid" if paid else "partially_paid",
        paid_at=at if paid else None,
        updated_at=at,
    )


def _transact(  # noqa: PLR0917 - one row, from all that decides it
    shop: Shop, order: Record, kind: str, amount: Decimal, at: datetime, parent: Record | None = None
) -> None:
    by_card = order["payment_method"] == "credit_card"
    order["payments"].append(
        {
            "id": shop.next_id("order_payments"),
            "order_id": order["id"],
            "parent_id": parent["id"] if parent else None,
            "kind": kind,
            "status": "success",
            "gateway": order["payment_gateway"],
            "method": order["payment_method"],
            "card_brand": "visa" if by_card else None,
            "installments": order["installments"],
            "amount": amount,
            "currency": order["currency"],
            "is_test": order["is_test"],
            "error_code": None,
            "processed_at": at,
            "created_at": at,
            "updated_at": None,
        }
    )


def add_fulfillment(shop: Shop, order: Record, at: datetime, *, partly: bool = False) -> Record:
    """Add a parcel with the order's lines, or with *partly* only the first, and return it."""
    shopify = shop.platform == "shopify"
    lines = order["lines"][:1] if partly else order["lines"]
    fulfillment_id = shop.next_id("order_fulfillments") if shopify else ulid(shop.random)
    fulfillment: Record = {
        "id": fulfillment_id,
        "order_id": order["id"],
        "number": f"{order['name']}-F{len(order['fulfillments']) + 1}",
        "status": "success" if shopify else "unpacked",
        "location_id": None if shopify else FIRST_LOCATION,
        "shipping_type": "ship" if order["shipping_total"] else "pickup",
        "carrier": shop.random.choice(CARRIERS),
        "service": "standard",
        "tracking_number": None,
        "tracking_url": None,
        "tracking_count": 0,
        "quantity": sum(line["current_quantity"] for line in lines),
        "price": order["shipping_total"],
        "cost": order["shipping_total"],
        "currency": order["currency"],
        "shipped_at": None,
        "estimated_delivery_at": None,
        "delivered_at": None,
        "created_at": at,
        "updated_at": at,
    }
    fulfillment["lines"] = [
        {
            "id": shop.next_id("order_fulfillment_lines") if shopify else ulid(shop.random),
            "fulfillment_id": fulfillment_id,
            "order_id": order["id"],
            "order_line_id": line["id"],
            "variant_id": line["variant_id"],
            "quantity": line["current_quantity"],
            "created_at": at,
            "updated_at": at,
        }
        for line in lines
    ]
    order["fulfillments"].append(fulfillment)
    return fulfillment


def ship(shop: Shop, order: Record, at: datetime, *, partly: bool = False) -> None:
    """Ship the parcel; *partly* leaves the lines after the first for later."""
    partly = partly and len(order["lines"]) > 1 and shop.platform == "shopify"
    waiting = [entry for entry in order["fulfillments"] if entry["shipped_at"] is None]
    parcel = waiting[0] if waiting else add_fulfillment(shop, order, at, partly=partly)
    code = f"BDJ{shop.random.randrange(10**9):09}"
    parcel.update(
        status="success" if shop.platform == "shopify" else "dispatched",
        tracking_number=code,
        tracking_url=f"https://tracking.example.com/{code}",
        tracking_count=1,
        shipped_at=at,
        updated_at=at,
    )
    status = "partially_fulfilled" if partly else "fulfilled"
    order.update(fulfillment_status=status, shipped_at=order["shipped_at"] or at, updated_at=at)


def deliver(order: Record, at: datetime) -> None:
    """Mark the order's parcels as delivered."""
    for parcel in order["fulfillments"]:
        status = parcel["status"] if parcel["status"] == "success" else "delivered"
        parcel.update(status=status, delivered_at=at, updated_at=at)
    order.update(delivered_at=at, updated_at=at)
    if not any(parcel["status"] == "success" for parcel in order["fulfillments"]):
        order["fulfillment_status"] = "delivered"


def refund(shop: Shop, order: Record, at: datetime, *, partly: bool = False) -> None:
    """Refund everything, or with *partly* one piece of the first line that has one left."""
    left = order["paid_total"] - order["refunded_total"]
    lines = [line for line in order["lines"] if line["current_quantity"]]
    chosen = [(lines[0], 1)] if partly and lines else [(line, line["current_quantity"]) for line in lines]
    refund_id = shop.next_id("order_refunds")
    entries = [_refund_line(shop, order, refund_id, line, quantity) for line, quantity in chosen]
    back = sum((entry["subtotal"] for entry in entries), NOTHING)
    if not order["taxes_included"]:
        back += sum((entry["tax_total"] for entry in entries), NOTHING)
    amount = min(left, back) if partly else left
    whole = amount == left
    shipping = sum((entry["discounted_price"] for entry in order["shipping_lines"]), NOTHING)
    order["refunds"].append(
        {
            "id": refund_id,
            "order_id": order["id"],
            "amount": amount,
            "currency": order["currency"],
            "note": "Devolución: talle equivocado" if partly else None,
            "processed_at": at,
            "created_at": at,
            "updated_at": at,
            "lines": entries,
            **NO_MORE,
            "shipping": [] if partly else [{"amount": shipping, "tax": NOTHING}],
        }
    )
    taken = next((entry for entry in order["payments"] if entry["kind"] in {"sale", "capture"}), None)
    _transact(shop, order, "refund", amount, at, taken)
    order["refunded_total"] += amount
    order["current_total"] = order["total"] - order["refunded_total"]
    order.update(payment_status="refunded" if whole else "partially_refunded", updated_at=at)


def _refund_line(shop: Shop, order: Record, refund_id: str, line: Record, quantity: int) -> Record:
    share = Decimal(quantity) / line["quantity"]
    line["current_quantity"] -= quantity
    return {
        "id": shop.next_id("order_refund_lines"),
        "refund_id": refund_id,
        "order_id": order["id"],
        "order_line_id": line["id"],
        "quantity": quantity,
        "subtotal": (line["total"] * share).quantize(Decimal("0.01")),
        "tax_total": (line["tax_total"] * share).quantize(Decimal("0.01")),
        "currency": order["currency"],
        "restock_type": "return",
        "restocked": True,
        "location_id": None,
    }


def cancel(shop: Shop, order: Record, at: datetime) -> None:
    """Cancel the order: refund what was paid, void what was not."""
    if order["paid_total"] > order["refunded_total"]:
        refund(shop, order, at)
    elif not order["paid_total"]:
        order["payment_status"] = "voided"
        for line in order["lines"]:
            line["current_quantity"] = 0
    reason = shop.random.choice(("customer", "inventory", "fraud", "other"))
    order.update(status="cancelled", cancel_reason=reason, cancelled_at=at, updated_at=at)
    order["current_total"] = NOTHING


def close(order: Record, at: datetime) -> None:
    """Close the order."""
    order.update(status="closed", closed_at=at, updated_at=at)
