"""Access scopes: what a token may read (https://shopify.dev/docs/api/usage/access-scopes)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import FieldError
from storesync.simulator.wire import SimResponse

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Token
    from storesync.simulator.world import World

ORDER_WINDOW = timedelta(days=60)

# Any one of these scopes gives access to the type.
REQUIRED = {
    "Product": ("read_products",),
    "ProductVariant": ("read_products",),
    "Collection": ("read_products",),
    "InventoryItem": ("read_inventory", "read_products"),
    "Order": ("read_orders",),
    "Customer": ("read_customers",),
    "Location": ("read_locations", "read_inventory"),
    # All its fields but the id.
    "LocationDetails": ("read_locations",),
    "InventoryLevel": ("read_inventory",),
    "DiscountNode": ("read_discounts",),
    "DraftOrder": ("read_draft_orders",),
    "AbandonedCheckout": ("read_orders",),
    # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Page, …/Blog and …/Article
    **dict.fromkeys(("Page", "Blog", "Article"), ("read_content", "read_online_store_pages")),
    "GiftCard": ("read_gift_cards",),
    "TenderTransaction": ("read_orders",),
    "ShopifyPaymentsAccount": ("read_shopify_payments_accounts",),
    "ShopifyPaymentsPayout": ("read_shopify_payments_payouts",),
    "ShopifyPaymentsBalanceTransaction": ("read_shopify_payments_payouts",),
    "ShopifyPaymentsDispute": ("read_shopify_payments_disputes",),
    "Company": ("read_customers", "read_companies"),
    "CompanyLocation": ("read_customers", "read_companies"),
    "Market": ("read_markets",),
    "PriceList": ("read_products",),
    "FulfillmentOrder": (
        *("read_merchant_managed_fulfillment_orders", "read_assigned_fulfillment_orders"),
        *("read_third_party_fulfillment_orders", "read_marketplace_fulfillment_orders"),
    ),
}

# Scopes that an app may request besides those that the world grants by default.
OTHERS = frozenset(
    f"read_{name}"
    for name in (
        *("publications", "returns", "files", "content", "gift_cards", "price_rules", "shipping", "themes"),
        *("markets", "locales", "reports", "marketing_events", "checkouts", "users", "customer_merge"),
        *("merchant_managed_fulfillment_orders", "assigned_fulfillment_orders"),
        *("shopify_payments_accounts", "shopify_payments_payouts", "shopify_payments_disputes"),
        *("third_party_fulfillment_orders", "marketplace_fulfillment_orders", "online_store_pages"),
    )
)


# A request from an address that is not on the app's allow-list gets 403; the body is not documented, so that all of
# these may occur (https://shopify.dev/docs/apps/build/dev-dashboard/ip-allowlist). "{address}" is the caller's.
REFUSALS: dict[str, tuple[int, str, str]] = {
    "words in JSON": (403, "application/json", '{"errors":"[API] IP address {address} is not allowed for this app"}'),
    "words in HTML": (
        403,
        "text/html",
        "<html><h1>Forbidden</h1><p>{address} is not on the app's allowlist.</p></html>",
    ),
    "words in GraphQL": (200, "application/json", '{"errors":[{"message":"IP address {address} is not allowed"}]}'),
    "an empty body": (403, "text/plain", ""),
    "no words in JSON": (403, "application/json", '{"error":{"code":"forbidden","details":["access denied"]}}'),
}


def refused_address(world: World, token: Token) -> SimResponse | None:
    """Return the refusal of a caller whose address the app of *token* does not allow, None where it does."""
    if world.allow_list is None or world.address in world.allow_list or token.kind == "static":
        return None
    status, kind, body = REFUSALS[world.refusal]
    return SimResponse(status, {"content-type": kind}, body.replace("{address}", world.address).encode())


class Access:
    """What one token may read of its shop."""

    def __init__(self, scopes: frozenset[str], now: datetime) -> None:
        self.granted = scopes
        self.scopes = scopes | {scope.replace("write_", "read_", 1) for scope in scopes}
        self.now = now

    def __call__(self, kind: str, name: str) -> FieldError | None:
        """Return the error that refuses the field *name* of the type *kind*, None where it may be read."""
        required = REQUIRED.get(kind, ())
        if not required or self.scopes.intersection(required):
            return None
        needed = " or ".join(f"`{scope}` access scope" for scope in required)
        return FieldError(
            f"Access denied for {name} field. Required access: {needed}.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess=f"{needed}.",
        )

    def shows_all(self, kind: str) -> bool:
        """Return True unless some records of *kind* may be hidden."""
        return kind != "FulfillmentOrder" and (kind != "Order" or "read_all_orders" in self.scopes)

    def shows(self, kind: str, record: dict[str, Any]) -> bool:
        """Return False for orders older than 60 days, unless all orders may be read.

        And for fulfillment orders at locations of another kind than those that the token's scopes name:
        https://shopify.dev/docs/api/admin-graphql/2026-10/queries/fulfillmentOrders
        """
        if kind == "FulfillmentOrder":
            return f"read_{record['managed_by']}_fulfillment_orders" in self.scopes
        return self.shows_all(kind) or bool(record["created_at"] >= self.now - ORDER_WINDOW)
