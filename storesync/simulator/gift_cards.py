"""Creates a simulated Shopify shop's gift cards, and changes them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from storesync.simulator.words import NOTES

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

MOST, RECENT = 60, 200
CENT = Decimal("0.01")
LETTERS = "2346789bcdfghjkmpqrtvwxy"


def fill_gift_cards(shop: Shop, start: datetime, until: datetime) -> None:
    """Add a gift card for every tenth order, between *start* and *until*; some were used since."""
    chance, span = shop.chance("gift cards"), int((until - start).total_seconds())
    count = min(MOST, 4 + len(shop.resources["orders"]) // 10)
    for at in sorted(start + timedelta(seconds=chance.randrange(span)) for _ in range(count)):
        card = add_gift_card(shop, at)
        if chance.random() < 0.4:  # noqa: PLR2004 - some are used
            spend(shop, card, at + (until - at) * chance.random())
        if chance.random() < 0.1:  # noqa: PLR2004 - a few are switched off
            deactivate(card, at + (until - at) * chance.random())


def add_gift_card(shop: Shop, at: datetime) -> Record:
    """Add one gift card: sold with an order of a customer, or given away."""
    chance = shop.chance("gift cards")
    shop.counters["gift_cards"] += 1 + chance.randrange(3)
    customers, orders = (list(islice(reversed(shop.resources[name]), RECENT)) for name in ("customers", "orders"))
    value = Decimal(chance.choice((1000, 2500, 5000, 12345))).scaleb(-2)
    card: Record = {
        "id": str(shop.counters["gift_cards"]),
        "last_characters": "".join(chance.choice(LETTERS) for _ in range(4)),
        "is_enabled": True,
        "customer_id": chance.choice(customers) if customers and chance.random() < 0.8 else None,  # noqa: PLR2004
        "order_id": chance.choice(orders) if orders and chance.random() < 0.6 else None,  # noqa: PLR2004
        "initial_value": value,
        "balance": value,
        "currency": shop.currency,
        "expires_on": (at + timedelta(days=365)).date() if chance.random() < 0.5 else None,  # noqa: PLR2004
        "note": chance.choice(NOTES[shop.language]) if chance.random() < 0.3 else None,  # noqa: PLR2004
        "deactivated_at": None,
        "created_at": at.replace(microsecond=0),
        "updated_at": at.replace(microsecond=0),
    }
    shop.resources["gift_cards"][card["id"]] = card
    return card


def spend(shop: Shop, card: Record, at: datetime) -> None:
    """Pay with a part of the card at *at*, or with all that is left of it."""
    chance = shop.chance("gift cards")
    share = chance.choice((Decimal("0.25"), Decimal("0.5"), Decimal(1)))
    spent = (card["balance"] * share).quantize(CENT)
    card.update(balance=card["balance"] - spent, updated_at=at.replace(microsecond=0))


def deactivate(card: Record, at: datetime) -> None:
    """Switch the card off for ever: https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/giftCardDeactivate."""
    at = max(at.replace(microsecond=0), card["updated_at"])
    card.update(is_enabled=False, deactivated_at=at, updated_at=at)


def change(shop: Shop) -> None:
    """Issue a gift card, pay with one, write on one or switch one off, now; they are never deleted.

    https://shopify.dev/docs/api/admin-rest/latest/resources/gift-card: "You can't delete gift cards".
    """
    chance, now = shop.chance("gift cards"), shop.now()
    usable = [card for card in shop.resources["gift_cards"].values() if card["is_enabled"]]
    deed = chance.random()
    if not usable or deed < 0.3:  # noqa: PLR2004
        add_gift_card(shop, now)
        return
    card = chance.choice(usable)
    if deed < 0.8:  # noqa: PLR2004
        spend(shop, card, now)
    elif deed < 0.95:  # noqa: PLR2004
        shop.touch("gift_cards", card["id"], note=chance.choice(NOTES[shop.language]))
    else:
        deactivate(card, now)
