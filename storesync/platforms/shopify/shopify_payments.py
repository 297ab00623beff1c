"""Rows of Shopify Payments: payouts to the bank, the transactions that they are made of, and disputes.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/ShopifyPaymentsAccount
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import Flag, Id, Instant, Text
from storesync.platforms.shopify.objects import Money, Object, Ref, flag, linked, lower, money
from storesync.platforms.values import identifier, instant, optional_identifier


class Summary(Object):
    """What a payout is made of, by kind."""

    charges_gross: Money | None = None
    charges_fee: Money | None = None
    refunds_fee_gross: Money | None = None
    refunds_fee: Money | None = None
    adjustments_gross: Money | None = None
    adjustments_fee: Money | None = None
    advance_gross: Money | None = None
    advance_fees: Money | None = None
    reserved_funds_gross: Money | None = None
    reserved_funds_fee: Money | None = None
    retried_payouts_gross: Money | None = None
    retried_payouts_fee: Money | None = None


class Payout(Ref):
    """A payout as it is stored. The bank account is not asked for."""

    status: Text = None
    transaction_type: Text = None
    issued_at: Instant = None
    external_trace_id: Text = None
    net: Money | None = None
    summary: Summary | None = None


class AssociatedPayout(Ref):
    """The payout of a transaction, without an id while there is none."""

    status: Text = None


class BalanceTransaction(Ref):
    """A transaction of the balance as it is stored."""

    type: Text = None
    source_type: Text = None
    source_id: Id = None
    source_order_transaction_id: Id = None
    adjustment_reason: Text = None
    test: Flag = None
    transaction_date: Instant = None
    amount: Money | None = None
    fee: Money | None = None
    net: Money | None = None
    associated_order: Ref | None = None
    associated_payout: AssociatedPayout | None = None


class Reason(Object):
    """Why a payment is disputed."""

    reason: Text = None
    network_reason_code: Text = None


class Dispute(Ref):
    """A dispute as it is stored. The evidence, which is full of people, is not asked for."""

    type: Text = None
    status: Text = None
    initiated_at: Instant = None
    evidence_due_by: Instant = None
    evidence_sent_on: Instant = None
    finalized_on: Instant = None
    amount: Money | None = None
    order: Ref | None = None
    reason_details: Reason | None = None


def payout_rows(payout: Payout, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a payout. Shopify tells when it was issued, and no time of a later change."""
    issued_at, summary = instant(payout.issued_at), payout.summary or Summary()
    row = {
        "id": identifier(payout.id),
        "status": lower(payout.status),
        "direction": lower(payout.transaction_type),
        "net": money(payout.net),
        "currency": _currency(payout.net, shop),
        "charges_gross": money(summary.charges_gross),
        "charges_fee": money(summary.charges_fee),
        "refunds_gross": money(summary.refunds_fee_gross),
        "refunds_fee": money(summary.refunds_fee),
        "adjustments_gross": money(summary.adjustments_gross),
        "adjustments_fee": money(summary.adjustments_fee),
        "advances_gross": money(summary.advance_gross),
        "advances_fee": money(summary.advance_fees),
        "reserved_funds_gross": money(summary.reserved_funds_gross),
        "reserved_funds_fee": money(summary.reserved_funds_fee),
        "retried_payouts_gross": money(summary.retried_payouts_gross),
        "retried_payouts_fee": money(summary.retried_payouts_fee),
        "trace_id": payout.external_trace_id or None,
        "issued_at": issued_at,
        "created_at": issued_at,
        "updated_at": issued_at,
    }
    return {"payouts": [row]}


def balance_transaction_rows(transaction: BalanceTransaction, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a transaction. Shopify tells when it was processed, and no time of a later change."""
    processed_at, payout = instant(transaction.transaction_date), transaction.associated_payout
    row = {
        "id": identifier(transaction.id),
        "payout_id": linked(payout),
        "payout_status": lower(payout.status) if payout else None,
        "order_id": linked(transaction.associated_order),
        "order_payment_id": optional_identifier(transaction.source_order_transaction_id),
        "type": lower(transaction.type),
        "source_type": lower(transaction.source_type),
        "source_id": optional_identifier(transaction.source_id),
        "amount": money(transaction.amount),
        "fee": money(transaction.fee),
        "net": money(transaction.net),
        "currency": _currency(transaction.amount, shop),
        "adjustment_reason": transaction.adjustment_reason or None,
        "is_test": flag(transaction.test),
        "processed_at": processed_at,
        "created_at": processed_at,
        "updated_at": processed_at,
    }
    return {"balance_transactions": [row]}


def dispute_rows(dispute: Dispute, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a dispute. Shopify tells when it was initiated, and no time of a later change."""
    initiated_at, why = instant(dispute.initiated_at), dispute.reason_details or Reason()
    row = {
        "id": identifier(dispute.id),
        "order_id": linked(dispute.order),
        "type": lower(dispute.type),
        "status": lower(dispute.status),
        "reason": lower(why.reason),
        "network_reason_code": why.network_reason_code or None,
        "amount": money(dispute.amount),
        "currency": _currency(dispute.amount, shop),
        "initiated_at": initiated_at,
        "evidence_due_at": instant(dispute.evidence_due_by),
        "evidence_sent_at": instant(dispute.evidence_sent_on),
        "finalized_at": instant(dispute.finalized_on),
        "created_at": initiated_at,
        "updated_at": initiated_at,
    }
    return {"disputes": [row]}


def _currency(amount: Money | None, shop: Shop) -> str | None:
    return (amount.currency_code if amount else None) or shop.currency
