"""The expected rows of the metafields of a simulated Shopify shop, and of their definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from storesync.simulator.metafields import OWNERS
from storesync.simulator.truth import Row, Rows, by_id, columns

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]


def metafields(shop: Shop) -> dict[str, Rows]:
    """Return the metafields, each with whom it belongs to."""
    names = (
        "owner_kind owner_id namespace key type value value_number value_boolean value_date value_json reference_ids "
        "created_at updated_at"
    )
    return {
        "metafields": by_id(
            (record["id"], columns(record, names) | _belongs(shop, record))
            for record in shop.resources["metafields"].values()
        )
    }


def metafield_definitions(shop: Shop) -> dict[str, Rows]:
    """Return the definitions; Shopify tells no time of them."""
    names = "owner_kind namespace key name description type"
    return {
        "metafield_definitions": by_id(
            (record["id"], columns(record, names, validations=_json(record["validations"])))
            for record in shop.resources["metafield_definitions"].values()
        )
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _belongs(shop: Shop, record: Record) -> Row:
    kind, owner_id = record["owner_kind"], record["owner_id"]
    if kind == "customer":
        return {"customer_id": owner_id, "email": None}
    if kind not in {"order", "draft_order"}:
        return {"customer_id": None, "email": None}
    owner = shop.resources[OWNERS[kind]][owner_id]
    # The platform no longer tells a buyer who was deleted; an earlier copy may still have it.
    is_gone = owner["customer_id"] not in {None, *shop.resources["customers"]}
    return columns(owner, "email" if is_gone else "email customer_id")
