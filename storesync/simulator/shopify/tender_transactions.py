"""Turns tender transactions into Shopify's nodes.

https://shopify.dev/docs/api/admin-graphql/latest/objects/TenderTransaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import gid, instant, money

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def tender_transaction_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``TenderTransaction``."""
    card = record["card_brand"]
    details = {
        "__typename": "TenderTransactionCreditCardDetails",
        "creditCardCompany": card and card.title(),
        "creditCardNumber": "•••• •••• •••• 4242",
    }
    return {
        "id": gid("TenderTransaction", record["id"]),
        "amount": money(record["amount"], record["currency"]),
        # Null once the order was deleted.
        "order": Link("Order", record["order_id"]),
        "paymentMethod": record["payment_method"],
        "processedAt": instant(record["processed_at"]),
        "remoteReference": record["remote_reference"],
        "test": record["is_test"],
        "transactionDetails": details if card else None,
    }
