"""How Shopify offers our resources: connections, ids, page sizes, and what is nested in a record.

Schema: https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from storesync.model import Cadence, Drift

Grain = Literal["second", "day", "shop"]
"""How finely a filter on the update time matches: to the second, by whole days, or by the shop's own clock."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection nested in a record; a list under its own name once the record is whole.

    *field* lies in the record, or in what the record has *under* another name: an object, or
    each element of a list; only in one whose type begins with *kind*. *rest* is the document
    that brings what did not fit on its first page, None where only the first one is wanted.
    *child* is the type of what it holds, None for whatever no other connection holds;
    *counted* the field beside it that counts it.
    """

    field: str
    rest: str | None
    child: str | None
    under: str | None = None
    kind: str = ""
    counted: str | None = None

    def holders(self, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what has the connection in *record*, whose lists may still be pages."""
        found: Any = record if self.under is None else record.get(self.under)
        if isinstance(found, dict) and isinstance(found.get("nodes"), list):
            found = found["nodes"]
        for each in found if isinstance(found, list) else (found,):
            if isinstance(each, dict) and (not self.kind or str(each.get("__typename")).startswith(self.kind)):
                yield each


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource comes from.

    *root* is the connection of all records, or, with *parent*, the one that each record of
    that resource has. *type_name* is the records' GraphQL type, *scopes* what a
    token needs. *size* records are asked for at first; *first_size* when the first pages of
    several resources share one request (of each parent). *updated_at* is the path to the
    update time. *is_filtered*: listed by update time; the others are read whole. *by_id*:
    listed by id, for want of an order by update time. *is_counted*: Shopify counts the
    records that the listing has. *remainder* is the document for what a bulk operation
    leaves out; without one the whole record is asked for. *wider*, *widest*: see `ResourceSpec`.
    *subjects* are the types under which Shopify's events name what was deleted, each with our table.
    """

    resource: str
    root: str
    type_name: str
    scopes: tuple[str, ...]
    size: int
    first_size: int
    connections: tuple[Connection, ...] = ()
    updated_at: tuple[str, ...] = ("updatedAt",)
    grain: Grain = "second"
    is_filtered: bool = True
    by_id: bool = False
    is_counted: bool = True
    parent: str | None = None
    remainder: str | None = None
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    widest: str | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> str:
        """The field that counts all records, where there is one."""
        return f"{self.root}Count"

    def gid(self, record_id: str) -> str:
        """Return the global id of the record *record_id*, of an item where that and a location name it."""
        return f"gid://shopify/{self.type_name}/{record_id.partition(':')[0]}"


_BUYERS = ("read_customers",)
_GOODS = ("read_products",)
"""Show who bought, and what. https://shopify.dev/docs/api/usage/access-scopes"""

_DISCOUNTS = (
    *("DISCOUNT_NODE", "DISCOUNT_CODE_NODE", "DISCOUNT_AUTOMATIC_NODE", "DISCOUNT_AUTOMATIC_BXGY"),
    "PRICE_RULE",
)
"""A discount has one number, whatever it is called."""

SOURCES: Mapping[str, Source] = {
    source.resource: source
    for source in (
        Source(
            "products",
            root="products",
            type_name="Product",
            scopes=("read_products",),
            size=50,
            first_size=15,
            connections=(
                Connection("variants", "rest_of_product_variants", "ProductVariant", counted="variantsCount"),
                Connection("media", "rest_of_product_media", None),
                Connection("media", None, None, under="variants"),
            ),
            subjects={"PRODUCT": "products", "PRODUCT_VARIANT": "variants"},
        ),
        # A rule that lets a product in is not documented to move the collection's update time.
        Source(
            "categories",
            root="collections",
            type_name="Collection",
            scopes=("read_products",),
            size=50,
            first_size=10,
            connections=(Connection("products", "rest_of_collection_products", "Product", counted="productsCount"),),
            cadence="hourly",
            drift="any",
            subjects={"COLLECTION": "categories"},
        ),
        # The filter on customers' update time is documented to match whole days:
        # https://shopify.dev/docs/api/admin-graphql/2026-10/queries/customers
        Source(
            "customers",
            root="customers",
            type_name="Customer",
            scopes=("read_customers",),
            size=100,
            first_size=25,
            connections=(Connection("addressesV2", "rest_of_customer_addresses", "MailingAddress"),),
            grain="day",
            wider=("read_all_orders", "read_orders"),
            subjects={"CUSTOMER": "customers"},
        ),
        Source(
            "orders",
            root="orders",
            type_name="Order",
            scopes=("read_orders",),
            size=25,
            first_size=10,
            connections=(
                Connection("lineItems", "rest_of_order_line_items", "LineItem"),
                Connection("shippingLines", "rest_of_order_shipping_lines", "ShippingLine"),
                Connection("discountApplications", "rest_of_order_discount_applications", None),
                Connection("refundLineItems", "rest_of_refund_line_items", "RefundLineItem", under="refunds"),
                Connection(
                    "refundShippingLines", "rest_of_refund_shipping_lines", "RefundShippingLine", under="refunds"
                ),
                Connection("orderAdjustments", "rest_of_refund_order_adjustments", "OrderAdjustment", under="refunds"),
                Connection(
                    "fulfillmentLineItems",
                    "rest_of_fulfillment_line_items",
                    "FulfillmentLineItem",
                    under="fulfillments",
                ),
            ),
            remainder="orders_rest",
            wider=("read_all_orders", *_BUYERS, *_GOODS),
            widest="read_all_orders",
            subjects={"ORDER": "orders"},
        ),
        Source(
            "checkouts",
            root="abandonedCheckouts",
            type_name="AbandonedCheckout",
            scopes=("read_orders",),
            size=25,
            first_size=5,
            connections=(Connection("lineItems", "rest_of_checkout_line_items", "AbandonedCheckoutLineItem"),),
            by_id=True,
            cadence="hourly",
            wider=(*_BUYERS, *_GOODS),
        ),
        Source(
            "draft_orders",
            root="draftOrders",
            type_name="DraftOrder",
            scopes=("read_draft_orders",),
            size=25,
            first_size=5,
            connections=(Connection("lineItems", "rest_of_draft_order_line_items", "DraftOrderLineItem"),),
            cadence="hourly",
            wider=("read_orders", *_BUYERS, *_GOODS),
            subjects={"DRAFT_ORDER": "draft_orders"},
        ),
        # They count their uses and begin and end by the clock; the filter on their update time
        # is documented to go by the shop's: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/discountNodes
        Source(
            "coupons",
            root="discountNodes",
            type_name="DiscountNode",
            scopes=("read_discounts",),
            size=100,
            first_size=5,
            connections=(Connection("codes", None, "DiscountRedeemCode", under="discount", kind="DiscountCode"),),
            updated_at=("discount", "updatedAt"),
            grain="shop",
            cadence="hourly",
            drift="any",
            subjects=dict.fromkeys(_DISCOUNTS, "coupons"),
        ),
        # Shopify counts them, but does not say whether with the inactive ones.
        Source(
            "locations",
            root="locations",
            type_name="Location",
            scopes=("read_locations",),
            size=100,
            first_size=20,
            is_filtered=False,
            by_id=True,
            is_counted=False,
            cadence="hourly",
        ),
        # Which of the quantities move the update time is not documented. A level is named by
        # its item and its location; its own number is the location's.
        Source(
            "inventory_levels",
            root="inventoryLevels",
            type_name="InventoryLevel",
            scopes=("read_inventory", "read_locations", "read_products"),
            size=100,
            first_size=5,
            connections=(Connection("variants", None, "ProductVariant", under="item"),),
            is_counted=False,
            parent="locations",
            drift="any",
        ),
    )
}

_ITEMS = Source(
    "inventory_levels",
    root="inventoryItems",
    type_name="InventoryItem",
    scopes=SOURCES["inventory_levels"].scopes,
    size=50,
    first_size=1,
    connections=(
        Connection("variants", None, "ProductVariant"),
        Connection("inventoryLevels", "rest_of_item_inventory_levels", "InventoryLevel"),
    ),
    is_counted=False,
)

HOLDERS: Mapping[str, Source] = {**SOURCES, "inventory_levels": _ITEMS}
"""What brings a resource's records by id, and in bulk: the records, or the items that hold all their levels."""
