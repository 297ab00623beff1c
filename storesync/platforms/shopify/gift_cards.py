"""Rows of gift cards.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/GiftCard
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import Flag, Instant, Text
from storesync.platforms.shopify.objects import Money, Ref, flag, linked, money
from storesync.platforms.values import identifier, instant


class GiftCard(Ref):
    """A gift card as it is stored. Of its code Shopify shows the last characters only."""

    last_characters: Text = None
    enabled: Flag = None
    deactivated_at: Instant = None
    expires_on: Text = None
    note: Text = None
    balance: Money | None = None
    initial_value: Money | None = None
    customer: Ref | None = None
    order: Ref | None = None
    created_at: Instant = None
    updated_at: Instant = None


def gift_card_rows(card: GiftCard, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a gift card."""
    row = {
        "id": identifier(card.id),
        "last_characters": card.last_characters or None,
        "is_enabled": flag(card.enabled),
        "customer_id": linked(card.customer),
        "order_id": linked(card.order),
        "initial_value": money(card.initial_value),
        "balance": money(card.balance),
        "currency": (card.balance.currency_code if card.balance else None) or shop.currency,
        "expires_on": card.expires_on or None,
        "note": card.note or None,
        "deactivated_at": instant(card.deactivated_at),
        "created_at": instant(card.created_at),
        "updated_at": instant(card.updated_at),
    }
    return {"gift_cards": [row]}
