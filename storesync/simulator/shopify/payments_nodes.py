"""Turns payouts, their transactions and disputes into Shopify's nodes.

https://shopify.dev/docs/api/admin-graphql/latest/objects/ShopifyPaymentsAccount
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import gid, instant, money, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

# Field of the summary: our column.
SUMMARY = {
    "adjustmentsFee": "adjustments_fee",
    "adjustmentsGross": "adjustments_gross",
    "advanceFees": "advances_fee",
    "advanceGross": "advances_gross",
    "chargesFee": "charges_fee",
    "chargesGross": "charges_gross",
    "refundsFee": "refunds_fee",
    "refundsFeeGross": "refunds_gross",
    "reservedFundsFee": "reserved_funds_fee",
    "reservedFundsGross": "reserved_funds_gross",
    "retriedPayoutsFee": "retried_payouts_fee",
    "retriedPayoutsGross": "retried_payouts_gross",
}


def payout_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``ShopifyPaymentsPayout``."""
    currency = record["currency"]
    summary = {field: money(record[column], currency) for field, column in SUMMARY.items()}
    return {
        "id": gid("ShopifyPaymentsPayout", record["id"]),
        "externalTraceId": record["trace_id"],
        "issuedAt": instant(record["issued_at"]),
        "legacyResourceId": record["id"],
        "net": money(record["net"], currency),
        "status": upper(record["status"]),
        "summary": summary | {"usdcRebateCreditAmount": money(record["retried_payouts_fee"] * 0, currency)},
        "transactionType": upper(record["direction"]),
    }


def balance_transaction_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``ShopifyPaymentsBalanceTransaction``. Its payout has no id while it waits for one."""
    payout, currency = record["payout_id"], record["currency"]
    return {
        "id": gid("ShopifyPaymentsBalanceTransaction", record["id"]),
        "adjustmentReason": record["adjustment_reason"],
        "amount": money(record["amount"], currency),
        "associatedOrder": {"id": gid("Order", record["order_id"]), "name": record["order_name"]},
        "associatedPayout": {
            "id": payout and gid("ShopifyPaymentsPayout", payout),
            "status": upper(record["payout_status"]),
        },
        "fee": money(record["fee"], currency),
        "net": money(record["net"], currency),
        "sourceId": record["source_id"],
        "sourceOrderTransactionId": record["order_payment_id"],
        "sourceType": upper(record["source_type"]),
        "test": record["is_test"],
        "transactionDate": instant(record["processed_at"]),
        "type": upper(record["type"]),
    }


def dispute_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``ShopifyPaymentsDispute``."""
    return {
        "id": gid("ShopifyPaymentsDispute", record["id"]),
        "amount": money(record["amount"], record["currency"]),
        "evidenceDueBy": instant(record["evidence_due_at"]),
        "evidenceSentOn": instant(record["evidence_sent_at"]),
        "finalizedOn": instant(record["finalized_at"]),
        "initiatedAt": instant(record["initiated_at"]),
        "legacyResourceId": record["id"],
        "order": Link("Order", record["order_id"]),
        "reasonDetails": {
            "networkReasonCode": record["network_reason_code"],
            "reason": upper(record["reason"]),
        },
        "status": upper(record["status"]),
        "type": upper(record["type"]),
    }
