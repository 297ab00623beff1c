"""The expected rows of a correct copy of a simulated Shopify shop's money: gift cards, tender transactions."""

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


MAKERS: dict[str, Callable[[Shop], dict[str, Rows]]] = {
    "gift_cards": _gift_cards,
    "tender_transactions": _tender_transactions,
}
