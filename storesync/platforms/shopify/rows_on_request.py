"""The types of records that are read on request, and what makes rows of them: loaded only where they are read."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify import gift_cards, shopify_payments, tender_transactions

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "gift_cards": {"record": gift_cards.GiftCard},
    "tender_transactions": {"record": tender_transactions.TenderTransaction},
    "payouts": {"record": shopify_payments.Payout},
    "balance_transactions": {"record": shopify_payments.BalanceTransaction},
    "disputes": {"record": shopify_payments.Dispute},
}
"""The type of each part of a record."""

ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "gift_cards": gift_cards.gift_card_rows,
    "tender_transactions": tender_transactions.tender_transaction_rows,
    "payouts": shopify_payments.payout_rows,
    "balance_transactions": shopify_payments.balance_transaction_rows,
    "disputes": shopify_payments.dispute_rows,
}
"""What makes rows of a record and its shop."""
