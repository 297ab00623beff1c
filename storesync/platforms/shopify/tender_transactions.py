"""Rows of tender transactions: the money that went between the customers and the shop, however it was paid.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/TenderTransaction
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import Flag, Instant, Text
from storesync.platforms.shopify.objects import Money, Object, Ref, flag, linked, lower, money
from storesync.platforms.values import identifier, instant


class CardDetails(Object):
    """The card that was paid with. Its number is not asked for."""

    credit_card_company: Text = None


class TenderTransaction(Ref):
    """A tender transaction as it is stored. *order* is null once the order was deleted."""

    amount: Money | None = None
    order: Ref | None = None
    payment_method: Text = None
    remote_reference: Text = None
    test: Flag = None
    processed_at: Instant = None
    transaction_details: CardDetails | None = None


def tender_transaction_rows(tender: TenderTransaction, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a tender transaction, which never changes."""
    processed_at = instant(tender.processed_at)
    row = {
        "id": identifier(tender.id),
        "order_id": linked(tender.order),
        "amount": money(tender.amount),
        "currency": (tender.amount.currency_code if tender.amount else None) or shop.currency,
        "payment_method": lower(tender.payment_method),
        "card_brand": lower(tender.transaction_details.credit_card_company) if tender.transaction_details else None,
        "remote_reference": tender.remote_reference or None,
        "is_test": flag(tender.test),
        "processed_at": processed_at,
        "created_at": processed_at,
        "updated_at": processed_at,
    }
    return {"tender_transactions": [row]}
