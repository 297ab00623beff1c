"""Rows of draft orders with their lines. Pure.

Fields: https://github.com/TiendaNube/api-docs/blob/master/resources/draft_order.md
"""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.baskets import basket, line_rows
from storesync.platforms.values import identifier, instant, integer, lower, text


def draft_order_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one draft order. Its number is 0 at first, and then it has no name.

    It does not say which order it became. The note is the customer's, else the owner's.
    """
    draft = parts["record"]
    draft_id = identifier(draft.get("id"))
    lines = line_rows(draft, "draft_order_id", draft_id, shop)
    shown = integer(draft.get("number"))
    row = {
        "id": draft_id,
        **basket(draft, lines, shop),
        "name": f"#{shown}" if shown else None,
        "status": _status(draft),
        "checkout_url": text(draft.get("checkout_url")),
        "note": text(draft.get("note")) or text(draft.get("owner_note")),
        "completed_at": instant(draft.get("completed_at")),
    }
    return {"draft_orders": [row], "draft_order_lines": lines}


def _status(draft: Mapping[str, Any]) -> str | None:
    """Return ``cancelled``, or else the payment status: ``pending``, ``pending_confirmation`` or ``paid``.

    The draft's other status only says open or closed, and a cancelled draft keeps a pending payment.
    """
    status = lower(draft.get("status"))
    return status if status == "cancelled" else lower(draft.get("payment_status")) or status
