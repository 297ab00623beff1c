"""Turns markets into Shopify's nodes, which have no times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Nested
from storesync.simulator.shopify.values import gid, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def market_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    """Return a ``Market``."""
    return {
        "id": gid("Market", record["id"]),
        "conditions": {
            "conditionTypes": [upper(kind) for kind in record["condition_types"]],
            "regionsCondition": _regions(record) if record["applies_to"] else None,
        },
        "currencySettings": {
            "baseCurrency": {"currencyCode": record["currency"]},
            "localCurrencies": record["local_currencies"],
            "roundingEnabled": record["rounds_prices"],
        },
        "handle": record["handle"],
        "name": record["name"],
        "priceInclusions": {
            "inclusiveDutiesPricingStrategy": upper(record["duties_in_prices"]),
            "inclusiveTaxPricingStrategy": upper(record["taxes_in_prices"]),
        },
        "status": upper(record["status"]),
        "type": upper(record["type"]),
    }


def _regions(record: Record) -> Node:
    return {
        "applicationLevel": upper(record["applies_to"]),
        "regions": Nested(
            [
                {
                    "__typename": "MarketRegionCountry",
                    "id": gid("MarketRegionCountry", f"{record['id']}{place:03}"),
                    "code": code,
                    "name": code,
                }
                for place, code in enumerate(record["countries"])
            ]
        ),
    }
