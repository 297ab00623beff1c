"""Rows of draft orders with their lines. Pure.

Fields: https://github.com/TiendaNube/api-docs/blob/master/resources/draft_order.md
"""

from typing import Annotated

from storesync.model import Row, Shop
from storesync.platforms.shapes import Dated, Digits, Text
from storesync.platforms.tiendanube.baskets import Basket, Line, basket, line_rows
from storesync.platforms.tiendanube.objects import several
from storesync.platforms.values import identifier, instant, integer, lower


class DraftOrder(Basket):
    """A draft order as it is stored."""

    products: Annotated[list[Line] | None, several(Line)] = None
    number: Digits = None
    status: Text = None
    payment_status: Text = None
    checkout_url: Text = None
    note: Text = None
    owner_note: Text = None
    completed_at: Dated = None


def draft_order_rows(draft: DraftOrder, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one draft order. Its number is 0 at first, and then it has no name.

    It does not say which order it became. The note is the customer's, else the owner's.
    """
    draft_id, shown = identifier(draft.id), integer(draft.number)
    lines = line_rows(draft.products, "draft_order_id", draft_id, draft.currency or shop.currency)
    row = {
        "id": draft_id,
        **basket(draft, lines, shop),
        "name": f"#{shown}" if shown else None,
        "status": _status(draft),
        "checkout_url": draft.checkout_url or None,
        "note": draft.note or draft.owner_note or None,
        "completed_at": instant(draft.completed_at),
    }
    return {"draft_orders": [row], "draft_order_lines": lines}


def _status(draft: DraftOrder) -> str | None:
    """Return ``cancelled``, or else the payment status: ``pending``, ``pending_confirmation`` or ``paid``.

    The draft's other status only says open or closed, and a cancelled draft keeps a pending payment.
    """
    status = lower(draft.status)
    return status if status == "cancelled" else lower(draft.payment_status) or status
