"""A simulated Shopify shop's money besides its orders: made with the shop, and changed with time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storesync.simulator import gift_cards, shopify_payments, tender_transactions

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

CHANGES = (gift_cards.change, tender_transactions.change, shopify_payments.change)


def fill(shop: Shop, start: datetime, until: datetime) -> None:
    """Add what came together between *start* and *until*."""
    gift_cards.fill_gift_cards(shop, start, until)
    tender_transactions.fill_tender_transactions(shop, until)
    shopify_payments.fill_shopify_payments(shop, until)


def change(shop: Shop) -> None:
    """Make one random change now."""
    shop.chance("money").choice(CHANGES)(shop)
