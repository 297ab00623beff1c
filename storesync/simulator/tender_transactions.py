"""Creates a simulated Shopify shop's tender transactions: money that customers paid or got back."""

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
METHODS = ("credit_card", "credit_card", "credit_card", "paypal", "cash", "shop_pay", None)
BRANDS = ("visa", "mastercard", "amex")
BACK = 0.15


def fill_tender_transactions(shop: Shop, until: datetime) -> None:
    """Add the payment of each of the latest orders; some of it was paid back later."""
    orders = list(islice(reversed(shop.resources["orders"].values()), MOST))
    for order in sorted(orders, key=lambda one: (one["created_at"], one["id"])):
        add_tender_transaction(shop, order, order["created_at"])
        if shop.chance("tender transactions").random() < BACK:
            at = min(until, order["created_at"] + timedelta(days=1))
            add_tender_transaction(shop, order, at, share=Decimal("-0.5"))


def add_tender_transaction(shop: Shop, order: Record, at: datetime, *, share: Decimal = Decimal(1)) -> Record:
    """Add one transaction of a *share* of the order's total; what the shop pays back is negative."""
    chance = shop.chance("tender transactions")
    shop.counters["tender_transactions"] += 1 + chance.randrange(3)
    method = chance.choice(METHODS)
    tender: Record = {
        "id": str(shop.counters["tender_transactions"]),
        "order_id": order["id"],
        "amount": (order["total"] * share).quantize(Decimal("0.01")),
        "currency": order["currency"],
        "payment_method": method,
        "card_brand": chance.choice(BRANDS) if method == "credit_card" else None,
        "remote_reference": f"ref_{chance.getrandbits(48):012x}" if method not in {None, "cash"} else None,
        "is_test": order["is_test"],
        "processed_at": at.replace(microsecond=0),
    }
    shop.resources["tender_transactions"][tender["id"]] = tender
    return tender


def change(shop: Shop) -> None:
    """Let a customer pay for one of the latest orders now, or get half of it back; no transaction ever changes."""
    latest = list(islice(reversed(shop.resources["orders"].values()), MOST))
    if latest:
        chance = shop.chance("tender transactions")
        share = Decimal("-0.5") if chance.random() < BACK else Decimal(1)
        add_tender_transaction(shop, chance.choice(latest), shop.now(), share=share)
