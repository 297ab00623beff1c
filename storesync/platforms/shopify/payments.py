"""Rows of an order's payments.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/OrderTransaction. The number of
instalments is not among them.
"""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify.amounts import inner, items, linked, shop_number
from storesync.platforms.values import flag, identifier, instant, lower, text

FULLY_PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
RECEIVED = frozenset({"SALE", "CAPTURE"})
# https://shopify.dev/docs/api/admin-graphql/2026-10/unions/PaymentDetails
METHODS = {
    "CardPaymentDetails": "card",
    "PaypalWalletPaymentDetails": "paypal",
    "ShopPayInstallmentsPaymentDetails": "shop_pay_installments",
}


def payment_rows(record: Mapping[str, Any], order_id: str, currency: str | None) -> list[Row]:
    """Return one row for each transaction of the order *record*."""
    return [_payment(each, order_id, currency) for each in items(record, "transactions")]


def payment_method(record: Mapping[str, Any]) -> str | None:
    """Return the first method among the order's successful and pending transactions, None where none has one."""
    worked = (each for each in items(record, "transactions") if each.get("status") in {"SUCCESS", "PENDING"})
    return next((found for found in map(_method, worked) if found), None)


def paid_at(record: Mapping[str, Any]) -> str | None:
    """Return when the last payment of a fully paid order came in, None for any other order."""
    if record.get("displayFinancialStatus") not in FULLY_PAID:
        return None
    return max(
        (
            at
            for each in items(record, "transactions")
            if each.get("kind") in RECEIVED and each.get("status") == "SUCCESS"
            if (at := instant(each.get("processedAt")) or instant(each.get("createdAt")))
        ),
        default=None,
    )


def _method(record: Mapping[str, Any]) -> str | None:
    """Return the wallet or the method that the buyer chose, else the type of the payment details."""
    details = record.get("paymentDetails")
    named = lower(inner(details, "wallet")) or lower(inner(details, "paymentMethodName"))
    return named or METHODS.get(text(inner(details, "__typename")) or "")


def _payment(record: Mapping[str, Any], order_id: str, currency: str | None) -> Row:
    return {
        "id": identifier(record.get("id")),
        "order_id": order_id,
        "parent_id": linked(record, "parentTransaction"),
        "kind": lower(record.get("kind")),
        "status": lower(record.get("status")),
        "gateway": text(record.get("gateway")),
        "method": _method(record),
        "card_brand": text(inner(record, "paymentDetails", "company")),
        "amount": shop_number(record.get("amountSet")),
        "currency": currency,
        "is_test": flag(record.get("test")),
        "error_code": lower(record.get("errorCode")),
        "processed_at": instant(record.get("processedAt")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": None,
    }
