"""The expected rows of a correct copy of a simulated Shopify shop's money: gift cards, payments, payouts, disputes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.truth import Row, Rows, columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop

Record = dict[str, Any]


def _gift_cards(shop: Shop) -> dict[str, Rows]:
    return {"gift_cards": {record["id"]: _gift_card(shop, record) for record in shop.resources["gift_cards"].values()}}


def _gift_card(shop: Shop, record: Record) -> Row:
    expires = record["expires_on"]
    names = "last_characters is_enabled initial_value balance currency note deactivated_at created_at updated_at"
    own = columns(record, names, expires_on=expires and expires.isoformat())
    return own | _links(shop, record, customer_id="customers", order_id="orders")


def _links(shop: Shop, record: Record, **resources: str) -> Row:
    """Return the columns with ids of records of these *resources*, but those of records that were deleted.

    The platform no longer reports these; an earlier copy may still have them.
    """
    return {
        column: record[column]
        for column, resource in resources.items()
        if record[column] is None or record[column] in shop.resources[resource]
    }


def _tender_transactions(shop: Shop) -> dict[str, Rows]:
    names = "amount currency payment_method card_brand remote_reference is_test processed_at"
    records = shop.resources["tender_transactions"].values()
    return {
        "tender_transactions": {
            record["id"]: columns(record, names) | _links(shop, record, order_id="orders") for record in records
        }
    }


def _payouts(shop: Shop) -> dict[str, Rows]:
    names = (
        "status direction net currency charges_gross charges_fee refunds_gross refunds_fee adjustments_gross"
        " adjustments_fee advances_gross advances_fee reserved_funds_gross reserved_funds_fee retried_payouts_gross"
        " retried_payouts_fee trace_id issued_at"
    )
    return {"payouts": _shown(shop, "payouts", names)}


def _balance_transactions(shop: Shop) -> dict[str, Rows]:
    names = (
        "payout_id payout_status order_id order_payment_id type source_type source_id amount fee net currency"
        " adjustment_reason is_test processed_at"
    )
    return {"balance_transactions": _shown(shop, "balance_transactions", names)}


def _disputes(shop: Shop) -> dict[str, Rows]:
    names = (
        "type status reason network_reason_code amount currency initiated_at evidence_due_at evidence_sent_at"
        " finalized_at"
    )
    return {
        "disputes": {
            record["id"]: columns(record, names) | _links(shop, record, order_id="orders")
            for record in shop.resources["disputes"].values()
        }
    }


def _shown(shop: Shop, resource: str, names: str) -> Rows:
    """Return the rows of *resource*, of which there are none without Shopify Payments."""
    records = shop.resources[resource].values() if shop.has_shopify_payments else ()
    return {record["id"]: columns(record, names) for record in records}


MAKERS: dict[str, Callable[[Shop], dict[str, Rows]]] = {
    "gift_cards": _gift_cards,
    "tender_transactions": _tender_transactions,
    "payouts": _payouts,
    "balance_transactions": _balance_transactions,
    "disputes": _disputes,
}
