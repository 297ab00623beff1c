"""Answers the single object ``shopifyPaymentsAccount``, which holds connections of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.lists import LISTINGS, page
from storesync.simulator.shopify.values import gid

if TYPE_CHECKING:
    from storesync.simulator.shopify.document import Selection
    from storesync.simulator.shopify.execute import Node, Run
    from storesync.simulator.shopify.view import View

KIND = "ShopifyPaymentsAccount"


def account(view: View) -> Node | None:
    """Return the ``ShopifyPaymentsAccount``, null where the shop has no Shopify Payments."""
    view.demand(KIND, "shopifyPaymentsAccount")
    shop = view.shop
    if not shop.has_shopify_payments:
        return None
    return {
        "__typename": KIND,
        "id": gid(KIND, shop.id),
        "activated": True,
        "balanceTransactions": _Connection(view, "balanceTransactions"),
        "country": shop.country,
        "defaultCurrency": shop.currency,
        "onboardable": False,
        "payouts": _Connection(view, "payouts"),
    }


@dataclass(frozen=True, slots=True)
class _Connection:
    """One of the account's connections."""

    view: View
    name: str

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the page that *selection* requests; a refusal where the token may not read it."""
        listing = LISTINGS[self.name]
        refusal = self.view.access(listing.kind, self.name)
        if refusal is not None:
            return run.refuse(refusal)
        return page(run, self.view.shop, self.view.access, listing, selection)
