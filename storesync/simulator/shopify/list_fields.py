"""The API's fields that list a shop's records, and those that count them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import DETAILS, FieldError, Nested, complete
from storesync.simulator.shopify.lists import LISTINGS, page, total
from storesync.simulator.shopify.values import count

if TYPE_CHECKING:
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.view import View

BUSINESS = frozenset({"Company", "CompanyLocation"})
# Connections that this simulator leaves empty.
EMPTY = {
    "webhookSubscriptions": "WebhookSubscription",
}
NAMES = frozenset({*LISTINGS, *(f"{name}Count" for name in LISTINGS), *EMPTY})


def answer(view: View, name: str, selection: Selection) -> Any:
    """Return the answer to the root field *name*, one of `NAMES`."""
    if name in EMPTY:
        view.demand(EMPTY[name], name)
        return complete(view.run, selection, Nested([]))
    listing = LISTINGS[name.removesuffix("Count")]
    kind = listing.kind if selection.wants_only_ids() else DETAILS.get(listing.kind, listing.kind)
    view.demand(kind, name)
    if listing.kind in BUSINESS and not view.shop.state.get("sells to businesses", True):
        # What it is denied with is not documented: "the API client must be installed on a Shopify Plus store",
        # https://shopify.dev/docs/api/admin-graphql/2024-01/objects/CompanyContact
        raise FieldError(f"Access denied for {name} field.", "ACCESS_DENIED")
    if name in LISTINGS:
        return page(view.run, view.shop, view.access, listing, selection)
    return complete(view.run, selection, count(*total(view.run, view.shop, view.access, listing, selection)))
