"""Turns gift cards into Shopify's nodes.

https://shopify.dev/docs/api/admin-graphql/latest/objects/GiftCard
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import gid, instant, money

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def gift_card_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``GiftCard``. Nobody is shown its code, only the last characters."""
    customer, order, expires = record["customer_id"], record["order_id"], record["expires_on"]
    return {
        "id": gid("GiftCard", record["id"]),
        "balance": money(record["balance"], record["currency"]),
        "createdAt": instant(record["created_at"]),
        "customer": Link("Customer", customer) if customer else None,
        "deactivatedAt": instant(record["deactivated_at"]),
        "enabled": record["is_enabled"],
        "expiresOn": expires and expires.isoformat(),
        "initialValue": money(record["initial_value"], record["currency"]),
        "isRedeemable": record["is_enabled"] and record["balance"] > 0,
        "lastCharacters": record["last_characters"],
        "maskedCode": f"•••• •••• •••• {record['last_characters']}",
        "note": record["note"],
        "order": Link("Order", order) if order else None,
        "templateSuffix": None,
        "updatedAt": instant(record["updated_at"]),
    }
