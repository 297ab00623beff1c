"""The expected rows of a correct copy of what a simulated Shopify shop has besides its sales: gift cards."""

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
    return columns(record, names, expires_on=expires and expires.isoformat()) | {
        column: record[column]
        for column, resource in (("customer_id", "customers"), ("order_id", "orders"))
        # The platform no longer reports what was deleted; an earlier copy may still have it.
        if record[column] is None or record[column] in shop.resources[resource]
    }


MAKERS: dict[str, Callable[[Shop], dict[str, Rows]]] = {"gift_cards": _gift_cards}
