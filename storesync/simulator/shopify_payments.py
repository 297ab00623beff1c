"""Creates what a simulated shop has of Shopify Payments: payouts, their transactions, and disputes.

A charge or a refund waits until a payout takes it along; the bank then takes days to confirm the payout. None of
that has an update time.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

MOST = 60
CENT, NOTHING = Decimal("0.01"), Decimal("0.00")
RATE = Decimal("0.029")
BACK, DISPUTED = 0.15, 0.1
REASONS = (("fraudulent", "10.4"), ("product_not_received", "13.1"), ("duplicate", None), ("unrecognized", "10.4"))
ANSWER_WITHIN = timedelta(days=9)
SUMMARY = ("charges", "refunds", "adjustments", "advances", "reserved_funds", "retried_payouts")


def fill_shopify_payments(shop: Shop, until: datetime) -> None:
    """Add the charges of the latest orders; a payout for each ten of them and for the rest, all but that one paid."""
    chance = shop.chance("shopify payments")
    orders = sorted(islice(reversed(shop.resources["orders"].values()), MOST), key=lambda one: one["created_at"])
    for number, order in enumerate(orders, 1):
        at = order["created_at"]
        add_transaction(shop, order, at, "charge")
        if chance.random() < BACK:
            add_transaction(shop, order, at, "refund")
        if chance.random() < DISPUTED:
            add_dispute(shop, order, min(until, at + timedelta(hours=8)))
        if number % 10 == 0:
            settle(shop)
            issue(shop, min(until, at + timedelta(hours=12)))
    settle(shop)
    issue(shop, until)


def _new_id(shop: Shop, resource: str) -> str:
    shop.counters[resource] += 1 + shop.chance("shopify payments").randrange(3)
    return str(shop.counters[resource])


def add_transaction(shop: Shop, order: Record, at: datetime, kind: str) -> Record:
    """Add the charge of an order, or the refund of half of it; the fee is kept."""
    amount = order["total"] if kind == "charge" else -(order["total"] / 2).quantize(CENT)
    fee = (amount * RATE).quantize(CENT) if kind == "charge" else NOTHING
    payment = next((one["id"] for one in order["payments"]), None)
    transaction: Record = {
        "id": _new_id(shop, "balance_transactions"),
        "payout_id": None,
        "payout_status": "pending",
        "order_id": order["id"],
        "order_name": order["name"],
        "order_payment_id": payment,
        "type": kind,
        "source_type": kind,
        "source_id": payment,
        "amount": amount,
        "fee": fee,
        "net": amount - fee,
        "currency": order["currency"],
        "adjustment_reason": None,
        "is_test": order["is_test"],
        "processed_at": at.replace(microsecond=0),
    }
    shop.resources["balance_transactions"][transaction["id"]] = transaction
    return transaction


def issue(shop: Shop, at: datetime) -> Record | None:
    """Issue a payout of all transactions that wait, and return it; None where none does."""
    waiting = [one for one in shop.resources["balance_transactions"].values() if one["payout_id"] is None]
    if not waiting:
        return None
    totals = {f"{kind}_{part}": NOTHING for kind in SUMMARY for part in ("gross", "fee")}
    for one in waiting:
        totals[f"{one['type']}s_gross"] += one["amount"]
        totals[f"{one['type']}s_fee"] += one["fee"]
    net = sum((one["net"] for one in waiting), NOTHING)
    payout: Record = {
        "id": _new_id(shop, "payouts"),
        "status": "scheduled",
        "direction": "withdrawal" if net < 0 else "deposit",
        "net": net,
        "currency": shop.currency,
        **totals,
        "trace_id": None,
        "issued_at": at.replace(microsecond=0),
    }
    shop.resources["payouts"][payout["id"]] = payout
    for one in waiting:
        one.update(payout_id=payout["id"], payout_status="scheduled")
    return payout


def settle(shop: Shop) -> None:
    """Let the bank confirm all payouts that are on their way."""
    chance = shop.chance("shopify payments")
    for payout in shop.resources["payouts"].values():
        if payout["status"] == "scheduled":
            payout.update(status="paid", trace_id=f"{chance.getrandbits(40):010x}")
    for one in shop.resources["balance_transactions"].values():
        if one["payout_status"] == "scheduled":
            one["payout_status"] = "paid"


def add_dispute(shop: Shop, order: Record, at: datetime) -> Record:
    """Add a dispute about an order, to which the shop has not answered."""
    chance = shop.chance("shopify payments")
    reason, code = chance.choice(REASONS)
    at = at.replace(microsecond=0)
    dispute: Record = {
        "id": _new_id(shop, "disputes"),
        "order_id": order["id"],
        "type": chance.choice(("chargeback", "chargeback", "inquiry")),
        "status": "needs_response",
        "reason": reason,
        "network_reason_code": code,
        "amount": order["total"],
        "currency": order["currency"],
        "initiated_at": at,
        "evidence_due_at": at + ANSWER_WITHIN,
        "evidence_sent_at": None,
        "finalized_at": None,
    }
    shop.resources["disputes"][dispute["id"]] = dispute
    return dispute


def pursue(shop: Shop, dispute: Record) -> None:
    """Let the shop answer, or the bank decide."""
    if dispute["status"] == "needs_response":
        dispute.update(status="under_review", evidence_sent_at=shop.now())
    elif dispute["finalized_at"] is None:
        won = shop.chance("shopify payments").random() < 0.5  # noqa: PLR2004 - half of them
        dispute.update(status="won" if won else "lost", finalized_at=shop.now())


def change(shop: Shop) -> None:
    """Charge, pay back, pay out, confirm, dispute or decide, now."""
    chance = shop.chance("shopify payments")
    latest = list(islice(reversed(shop.resources["orders"].values()), MOST))
    if not latest:
        return
    deed, order = chance.random(), chance.choice(latest)
    open_disputes = [one for one in shop.resources["disputes"].values() if one["finalized_at"] is None]
    if deed < 0.4:  # noqa: PLR2004
        add_transaction(shop, order, shop.now(), "refund" if chance.random() < BACK else "charge")
    elif deed < 0.6:  # noqa: PLR2004
        issue(shop, shop.now())
    elif deed < 0.75:  # noqa: PLR2004
        settle(shop)
    elif deed < 0.85 or not open_disputes:  # noqa: PLR2004
        add_dispute(shop, order, shop.now())
    else:
        pursue(shop, chance.choice(open_disputes))
