"""Rows of an order's payments.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/OrderTransaction. The number of
instalments is not among them.
"""

from collections.abc import Sequence

from msgspec import field

from storesync.model import Row
from storesync.platforms.shapes import Flag, Id, Instant, Text
from storesync.platforms.shopify.objects import MoneyBag, Object, Ref, flag, linked, lower, shop_number
from storesync.platforms.values import identifier, instant

FULLY_PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
RECEIVED = frozenset({"SALE", "CAPTURE"})
# https://shopify.dev/docs/api/admin-graphql/2026-10/unions/PaymentDetails
METHODS = {
    "CardPaymentDetails": "card",
    "PaypalWalletPaymentDetails": "paypal",
    "ShopPayInstallmentsPaymentDetails": "shop_pay_installments",
}


class PaymentDetails(Object):
    """How a payment was made."""

    typename: Text = field(default=None, name="__typename")
    payment_method_name: Text = None
    company: Text = None
    wallet: Text = None


class Transaction(Object):
    """A payment, or a try of one."""

    id: Id = None
    kind: Text = None
    status: Text = None
    gateway: Text = None
    processed_at: Instant = None
    created_at: Instant = None
    test: Flag = None
    error_code: Text = None
    amount_set: MoneyBag | None = None
    parent_transaction: Ref | None = None
    payment_details: PaymentDetails | None = None


def payment_rows(transactions: Sequence[Transaction], order_id: str, currency: str | None) -> list[Row]:
    """Return one row for each of an order's *transactions*."""
    return [_payment(each, order_id, currency) for each in transactions]


def payment_method(transactions: Sequence[Transaction]) -> str | None:
    """Return the first method among the successful and pending *transactions*, None where none has one."""
    for each in transactions:
        if each.status in {"SUCCESS", "PENDING"} and (method := _method(each)):
            return method
    return None


def paid_at(status: str | None, transactions: Sequence[Transaction]) -> str | None:
    """Return when the last payment of a fully paid order came in, None for an order of any other *status*."""
    if status not in FULLY_PAID:
        return None
    worked = [each for each in transactions if each.status == "SUCCESS" and each.kind in RECEIVED]
    times = [at for each in worked if (at := instant(each.processed_at) or instant(each.created_at))]
    return max(times, default=None)


def _method(transaction: Transaction) -> str | None:
    """Return the wallet or the method that the buyer chose, else the type of the payment details."""
    details = transaction.payment_details
    if details is None:
        return None
    return lower(details.wallet) or lower(details.payment_method_name) or METHODS.get(details.typename or "")


def _payment(transaction: Transaction, order_id: str, currency: str | None) -> Row:
    details = transaction.payment_details
    return {
        "id": identifier(transaction.id),
        "order_id": order_id,
        "parent_id": linked(transaction.parent_transaction),
        "kind": lower(transaction.kind),
        "status": lower(transaction.status),
        "gateway": transaction.gateway or None,
        "method": _method(transaction),
        "card_brand": details.company or None if details else None,
        "amount": shop_number(transaction.amount_set),
        "currency": currency,
        "is_test": flag(transaction.test),
        "error_code": lower(transaction.error_code),
        "processed_at": instant(transaction.processed_at),
        "created_at": instant(transaction.created_at),
        "updated_at": None,
    }
