"""Rows of abandoned checkouts, with their lines. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.baskets import basket, destination, line_rows
from storesync.platforms.values import identifier, instant, text
from storesync.runtime.instants import day_of


def checkout_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one checkout (https://tiendanube.github.io/api-documentation/resources/abandoned-checkout).

    It does not say which order it became; that order, if any, has the checkout's id.
    """
    checkout = parts["record"]
    checkout_id = identifier(checkout.get("id"))
    lines = line_rows(checkout, "checkout_id", checkout_id, shop)
    shared = basket(checkout, lines, shop)
    row = {
        "id": checkout_id,
        **shared,
        "recovery_url": text(checkout.get("abandoned_checkout_url")),
        **{name: destination(checkout)[name] for name in ("city", "province", "country")},
        "completed_at": instant(checkout.get("completed_at")),
        "created_on": day_of(shared["created_at"], shop.time_zone),
    }
    return {"checkouts": [row], "checkout_lines": lines}
