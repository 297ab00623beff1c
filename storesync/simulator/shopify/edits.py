"""What happens to an order of Shopify after it was placed: edits, returns, exchanges, and money that follows later.

An edit adds lines, or takes pieces out; these and what comes back stay in ``quantity`` and in the totals "before
returns", and leave ``currentQuantity`` and the current ones:
https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders and
https://shopify.dev/docs/api/admin-graphql/2026-10/objects/LineItem. Goods may come back without money, since they
were not paid, or were exchanged for others: https://shopify.dev/docs/apps/build/orders-fulfillment/returns-apps.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.orders import NO_MORE, NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

PENDING, GOODWILL = "PENDING_REFUND_DISCREPANCY", "REFUND_DISCREPANCY"
"""Why a refund differs from what came back: https://shopify.dev/docs/api/admin-graphql/2026-10/enums/OrderAdjustmentDiscrepancyReason"""


def worth(order: Record, line: Record) -> Decimal:
    """Return what *line* comes to after discounts, with its taxes."""
    value: Decimal = line["total"]
    return value if order["taxes_included"] else value + line["tax_total"]


def counts(line: Record) -> bool:
    """Return whether a line counts in the order's subtotal: a tip and a gift card do not.

    https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order#field-Order.fields.subtotalLineItemsQuantity
    """
    return bool(line["product_id"]) and not line["is_gift_card"]


def add_line(order: Record, line: Record, at: datetime) -> None:
    """Add *line* to an order that was placed before."""
    order["lines"].append(line | {"order_id": order["id"], "position": len(order["lines"]) + 1})
    owed = worth(order, line)
    order.update(
        subtotal=order["subtotal"] + line["price"] * line["quantity"],
        discount_total=order["discount_total"] + line["discount_total"],
        tax_total=order["tax_total"] + line["tax_total"],
        item_quantity=order["item_quantity"] + (line["quantity"] if counts(line) else 0),
        lines_count=len(order["lines"]),
        added_total=order["added_total"] + owed,
        current_total=order["current_total"] + owed,
        updated_at=at,
    )


def share(line: Record, pieces: int, unit: Decimal) -> tuple[Decimal, Decimal]:
    """Return what *pieces* of a line come to, and their taxes; the last pieces take what rounding left."""
    before, after = line["current_quantity"], line["current_quantity"] - pieces

    def part(name: str) -> Decimal:
        kept: tuple[Decimal, ...] = tuple((line[name] * n / line["quantity"]).quantize(unit) for n in (before, after))
        return kept[0] - kept[1]

    return part("total"), part("tax_total")


def take_out(order: Record, line: Record, pieces: int, unit: Decimal, at: datetime) -> Decimal:
    """Take *pieces* of a line out by an edit, which leaves no refund; return what they came to, with taxes."""
    value, tax = share(line, pieces, unit)
    line["current_quantity"] -= pieces
    off = value if order["taxes_included"] else value + tax
    order.update(current_total=order["current_total"] - off, updated_at=at)
    return off


def give_back(
    shop: Shop,
    order: Record,
    at: datetime,
    pieces: Sequence[tuple[Record, int]] = (),
    *,
    unit: Decimal = Decimal("0.01"),
    money: Decimal | None = None,
    shipping: tuple[Decimal, Decimal] | None = None,
    duties: Decimal = NOTHING,
    reason: str | None = None,
    adjusted_tax: Decimal = NOTHING,
    fee: Decimal = NOTHING,
) -> Record:
    """Let *pieces* of lines come back, with *shipping* (its price and the taxes of it) and *duties*; return the refund.

    *money* is what is paid back, all that came back by default. With a *reason* the difference is an adjustment, which
    changes what the order comes to unless it is only `PENDING`; *adjusted_tax* of it are taxes. Without one,
    something else settles it.
    *fee* is kept of what came back, and nothing but the money says so.
    """
    refund_id = shop.next_id("order_refunds")
    entries, back = [], duties
    for line, count in pieces:
        value, tax = share(line, count, unit)
        line["current_quantity"] -= count
        back += value if order["taxes_included"] else value + tax
        entries.append(
            {
                "id": shop.next_id("order_refund_lines"),
                "refund_id": refund_id,
                "order_id": order["id"],
                "order_line_id": line["id"],
                "quantity": count,
                "subtotal": value,
                "tax_total": tax,
                "currency": order["currency"],
                "restock_type": "return",
                "restocked": True,
                "location_id": None,
            }
        )
    if shipping:
        back += shipping[0] if order["taxes_included"] else sum(shipping)
    paid = back - fee if money is None else money
    less = back - paid
    refund = {
        "id": refund_id,
        "order_id": order["id"],
        "amount": paid,
        "currency": order["currency"],
        "note": None,
        "processed_at": at,
        "created_at": at,
        "updated_at": at,
        "lines": entries,
        **NO_MORE,
        "shipping": [{"amount": shipping[0], "tax": shipping[1]}] if shipping else [],
        "duties": duties,
        "adjustment": (reason, less + adjusted_tax, -adjusted_tax) if reason and less else None,
    }
    order["refunds"].append(refund)
    kept = less if reason == GOODWILL else fee
    order.update(
        duties_returned=order["duties_returned"] + duties,
        refunded_total=order["refunded_total"] + paid,
        current_total=order["current_total"] - back + kept,
        updated_at=at,
    )
    return refund
