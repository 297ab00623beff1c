"""Rows of abandoned checkouts, with their lines. Pure."""

from typing import Annotated

from storesync.model import Row, Shop
from storesync.platforms.shapes import Dated, Text
from storesync.platforms.tiendanube.baskets import Basket, Line, basket, destination, line_rows
from storesync.platforms.tiendanube.customers import country, said
from storesync.platforms.tiendanube.objects import several
from storesync.platforms.values import identifier, instant
from storesync.runtime.instants import day_of


class Checkout(Basket):
    """A checkout as it is stored."""

    products: Annotated[list[Line] | None, several(Line)] = None
    abandoned_checkout_url: Text = None
    completed_at: Dated = None


def checkout_rows(checkout: Checkout, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one checkout (https://tiendanube.github.io/api-documentation/resources/abandoned-checkout).

    It does not say which order it became; that order, if any, has the checkout's id.
    """
    checkout_id, address = identifier(checkout.id), destination(checkout)
    lines = line_rows(checkout.products, "checkout_id", checkout_id, checkout.currency or shop.currency)
    shared = basket(checkout, lines, shop)
    row = {
        "id": checkout_id,
        **shared,
        "recovery_url": checkout.abandoned_checkout_url or None,
        "city": said(address.city),
        "province": said(address.province),
        "country": country(address.country),
        "completed_at": instant(checkout.completed_at),
        "created_on": day_of(shared["created_at"], shop.time_zone),
    }
    return {"checkouts": [row], "checkout_lines": lines}
