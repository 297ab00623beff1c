"""The resource table of Shopify: for each resource its connection, scopes, page sizes and nested lists.

Schema: https://shopify.dev/docs/api/admin-graphql/2026-10
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from storesync.platforms.shopify.source import Connection, Source

_BUYERS = ("read_customers",)
_GOODS = ("read_products",)
"""Scopes that show who bought, and what: https://shopify.dev/docs/api/usage/access-scopes"""

_CONTENT = ("read_online_store_pages",)
"""Shows the online store's pages, blogs and articles as ``read_content`` does:
https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Page"""

_WHOLE: Mapping[str, Any] = {
    **dict.fromkeys(("is_dated", "is_filtered", "is_counted"), False),
    "by_id": True,
    "like": None,
}
"""What Shopify lists without a time, a filter by it, or a count; there are few of them."""

_FULFILLMENT = (
    *("read_merchant_managed_fulfillment_orders", "read_third_party_fulfillment_orders"),
    *("read_assigned_fulfillment_orders", "read_marketplace_fulfillment_orders"),
)
"""Scopes that show the fulfillment orders of the shop's own locations, of fulfillment services, of the app, and of
marketplaces."""

_DISCOUNTS = (
    *("DISCOUNT_NODE", "DISCOUNT_CODE_NODE", "DISCOUNT_AUTOMATIC_NODE", "DISCOUNT_AUTOMATIC_BXGY"),
    "PRICE_RULE",
)
"""The event types of discounts: one discount has the same number under all of them."""


def _owners(part: str, root: str, type_name: str, scope: str, **others: Any) -> Source:
    """Return the source of the metafields that records of one type hold, at most 200 each."""
    own = Connection("metafields", "rest_of_metafields", "Metafield", type_name)
    held: dict[str, Any] = {"held": "metafields", "holder": "owner", "by_id": True}
    return Source("metafields", root, type_name, (scope,), 50, 0, connections=(own,), part=part, **held, **others)


_UNFILTERED: Mapping[str, Any] = {"is_filtered": False, "is_counted": False}
_OF_SHOP = ("metafields", "metafields", "Metafield", ("read_products",), 100, 0)
_METAFIELDS = (
    _owners("product", "products", "Product", "read_products"),
    _owners("variant", "productVariants", "ProductVariant", "read_products", windowed_by="updated_at"),
    _owners("collection", "collections", "Collection", "read_products", windowed_by="updated_at"),
    _owners("order", "orders", "Order", "read_orders", widest="read_all_orders"),
    _owners("customer", "customers", "Customer", "read_customers", grain="day"),
    _owners("draft_order", "draftOrders", "DraftOrder", "read_draft_orders"),
    _owners("location", "locations", "Location", "read_locations", **_UNFILTERED),
    Source(*_OF_SHOP, part="shop", within="shop", **_UNFILTERED),
)

_DEFINITIONS = tuple(
    Source(
        *("metafield_definitions", "metafieldDefinitions", "MetafieldDefinition", owners.scopes, 100, 0),
        part=owners.part,
        arguments={"owner": (owners.within or owners.type_name).upper()},
        **_UNFILTERED,
    )
    for owners in _METAFIELDS
)


def _in_parts(*parts: Source, **others: Any) -> Source:
    """Return the source of a resource that is read in *parts*."""
    scopes = tuple(dict.fromkeys(part.scopes[0] for part in parts))
    own: dict[str, Any] = {"scopes": scopes, "wider": ("read_all_orders", *scopes), "parts": parts}
    return replace(parts[-1], part=None, within=None, arguments={}, **own, **others)


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
                Connection(
                    *("variants", "rest_of_product_variants", "ProductVariant", "Product"), counted="variantsCount"
                ),
                Connection("media", "rest_of_product_media", None, "Product", counted="mediaCount"),
                Connection("media", None, None, "ProductVariant", under="variants"),
                Connection(
                    *("barcodes", "rest_of_variant_barcodes", "ProductVariantBarcode", "ProductVariant", "variants"),
                    many=20,
                ),
            ),
            subjects={"PRODUCT": "products", "PRODUCT_VARIANT": "variants"},
        ),
        # Whether a product that enters by a rule moves the collection's update time is not documented.
        Source(
            "categories",
            root="collections",
            type_name="Collection",
            scopes=("read_products",),
            size=50,
            first_size=10,
            connections=(
                Connection(
                    *("products", "rest_of_collection_products", "Product", "Collection"),
                    counted="productsCount",
                    reverses=True,
                ),
            ),
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
            connections=(
                Connection("addressesV2", "rest_of_customer_addresses", "MailingAddress", "Customer", many=10),
            ),
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
                Connection(
                    *("lineItems", "rest_of_order_line_items", "LineItem", "Order"),
                    summed=("subtotalLineItemsQuantity", "quantity"),
                ),
                Connection("shippingLines", "rest_of_order_shipping_lines", "ShippingLine", "Order", many=10),
                Connection("discountApplications", "rest_of_order_discount_applications", None, "Order", many=10),
                Connection("localizedFields", "rest_of_order_localized_fields", "LocalizedField", "Order", many=10),
                Connection("refundLineItems", "rest_of_refund_line_items", "RefundLineItem", "Refund", "refunds"),
                Connection(
                    *("refundShippingLines", "rest_of_refund_shipping_lines", "RefundShippingLine", "Refund", "refunds")
                ),
                Connection(
                    *("orderAdjustments", "rest_of_refund_order_adjustments", "OrderAdjustment", "Refund", "refunds")
                ),
                Connection(
                    *("fulfillmentLineItems", "rest_of_fulfillment_line_items", "FulfillmentLineItem", "Fulfillment"),
                    under="fulfillments",
                    summed=("totalQuantity", "quantity"),
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
            connections=(
                Connection(
                    *("lineItems", "rest_of_checkout_line_items", "AbandonedCheckoutLineItem", "AbandonedCheckout"),
                    summed=("totalLineItemsPriceSet", "originalUnitPriceSet"),
                    is_vague=True,
                ),
            ),
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
            # The quantity of a bundle is that of what is in it.
            connections=(
                Connection(
                    *("lineItems", "rest_of_draft_order_line_items", "DraftOrderLineItem", "DraftOrder"),
                    summed=("totalQuantityOfLineItems", "quantity"),
                    is_vague=True,
                ),
            ),
            cadence="hourly",
            wider=("read_orders", *_BUYERS, *_GOODS),
            subjects={"DRAFT_ORDER": "draft_orders"},
        ),
        # Uses, begin and end change them without an edit; the filter on their update time is documented to
        # go by the shop's clock: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/discountNodes
        Source(
            "coupons",
            root="discountNodes",
            type_name="DiscountNode",
            scopes=("read_discounts",),
            size=100,
            first_size=5,
            connections=(
                Connection("codes", None, "DiscountRedeemCode", "DiscountCode", under="discount", kind="DiscountCode"),
            ),
            updated_at=("discount", "updatedAt"),
            grain="shop",
            cadence="hourly",
            drift="any",
            subjects=dict.fromkeys(_DISCOUNTS, "coupons"),
        ),
        # Shopify counts them; whether the inactive ones are included is not documented.
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
        # Which quantities move the update time is not documented. A level's id is made of its item's and
        # its location's; the number in its own global id is the location's.
        Source(
            "inventory_levels",
            root="inventoryLevels",
            type_name="InventoryLevel",
            scopes=("read_inventory", "read_locations", "read_products"),
            size=100,
            first_size=5,
            connections=(Connection("variants", None, "ProductVariant", "InventoryItem", under="item"),),
            is_counted=False,
            parent="locations",
            drift="any",
        ),
        # A journey is not ready at once; whether that moves the order's update time is not documented:
        # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/CustomerJourneySummary
        Source(
            "order_visits",
            root="orders",
            type_name="Order",
            scopes=("read_orders",),
            size=50,
            cadence="hourly",
            drift="any",
            wider=("read_all_orders", *_BUYERS),
            widest="read_all_orders",
        ),
        # What is scheduled is published without an edit.
        Source(
            "pages",
            root="pages",
            type_name="Page",
            scopes=("read_content",),
            instead=_CONTENT,
            size=50,
            cadence="hourly",
            drift="any",
        ),
        # The update time may be null, and there is no order by it.
        Source(
            "blogs",
            root="blogs",
            type_name="Blog",
            scopes=("read_content",),
            instead=_CONTENT,
            size=100,
            is_filtered=False,
            by_id=True,
            cadence="hourly",
        ),
        # A new handle of the blog changes the path of an article, and its update time may be null. Each blog
        # counts its articles; whether with the hidden ones is not documented.
        Source(
            "articles",
            root="articles",
            type_name="Article",
            scopes=("read_content",),
            instead=_CONTENT,
            size=50,
            is_counted=False,
            like="articles",
            cadence="hourly",
            drift="any",
        ),
        # Whether a payment by gift card moves its update time is not documented, nor does a filter know that time:
        # https://shopify.dev/docs/api/admin-graphql/2026-10/queries/giftCards
        Source(
            "gift_cards",
            root="giftCards",
            type_name="GiftCard",
            scopes=("read_gift_cards",),
            size=100,
            by_id=True,
            newest_first=True,
            cadence="hourly",
            drift="any",
            wider=("read_orders", *_BUYERS),
        ),
        # Their order is not documented; without a sort key Shopify's lists are in order of id.
        # https://shopify.dev/docs/api/admin-graphql/2026-10/queries/tenderTransactions
        Source(
            "tender_transactions",
            root="tenderTransactions",
            type_name="TenderTransaction",
            scopes=("read_orders",),
            size=100,
            updated_at=("processedAt",),
            dated="processed_at",
            by_id=True,
            is_counted=False,
            like="orders",
            windowed_by="processed_at",
            cadence="hourly",
            wider=("read_all_orders",),
        ),
        # They know no update time: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/ShopifyPaymentsPayout
        Source(
            "payouts",
            root="payouts",
            type_name="ShopifyPaymentsPayout",
            scopes=("read_shopify_payments_payouts", "read_shopify_payments_accounts"),
            size=100,
            updated_at=("issuedAt",),
            dated="issued_at",
            by_id=True,
            is_counted=False,
            within="shopifyPaymentsAccount",
            cadence="lookback",
            drift="recent",
        ),
        Source(
            "balance_transactions",
            root="balanceTransactions",
            type_name="ShopifyPaymentsBalanceTransaction",
            scopes=("read_shopify_payments_payouts", "read_shopify_payments_accounts"),
            size=100,
            updated_at=("transactionDate",),
            dated="processed_at",
            by_id=True,
            is_counted=False,
            within="shopifyPaymentsAccount",
            cadence="hourly",
            drift="recent",
        ),
        # They may change for months, and are few.
        Source(
            "disputes",
            root="disputes",
            type_name="ShopifyPaymentsDispute",
            scopes=("read_shopify_payments_disputes",),
            size=100,
            updated_at=("initiatedAt",),
            is_filtered=False,
            by_id=True,
            is_counted=False,
            cadence="lookback",
            wider=("read_orders", "read_all_orders"),
        ),
        # Each scope shows a part: https://shopify.dev/docs/api/admin-graphql/2026-10/queries/fulfillmentOrders.
        # Shopify neither counts them nor filters them by their creation.
        Source(
            "fulfillment_orders",
            root="fulfillmentOrders",
            type_name="FulfillmentOrder",
            scopes=_FULFILLMENT,
            size=20,
            connections=(
                Connection(
                    *("lineItems", "rest_of_fulfillment_order_line_items"),
                    *("FulfillmentOrderLineItem", "FulfillmentOrder"),
                ),
            ),
            is_counted=False,
            like="orders",
            windowed_by="updated_at",
            any_scope=True,
            wider=(*_FULFILLMENT, *_GOODS),
        ),
        # What a company has ordered is not said to move its update time.
        Source(
            "companies",
            root="companies",
            type_name="Company",
            scopes=_BUYERS,
            size=50,
            cadence="hourly",
            drift="any",
            wider=("read_orders",),
        ),
        Source(
            "company_locations",
            root="companyLocations",
            type_name="CompanyLocation",
            scopes=_BUYERS,
            size=50,
            is_counted=False,
            like="companies",
            cadence="hourly",
            drift="any",
            wider=("read_orders",),
        ),
        Source(
            "markets",
            root="markets",
            type_name="Market",
            scopes=("read_markets",),
            size=3,
            cadence="lookback",
            **_WHOLE,
        ),
        Source(
            "price_lists",
            root="priceLists",
            type_name="PriceList",
            scopes=("read_products",),
            size=50,
            cadence="lookback",
            **_WHOLE,
        ),
        # Prices that are only reckoned from the shop's are not read.
        Source(
            "price_list_prices",
            root="prices",
            type_name="PriceListPrice",
            scopes=("read_products",),
            size=250,
            parent="price_lists",
            held_as="priceList",
            key=("variant", "id"),
            key_field="variant_id",
            promised="fixedPricesCount",
            cadence="lookback",
            **_WHOLE,
        ),
        # Since 2023 a change of a product's metafield need not touch the product, and of the other owners nothing is
        # documented: https://github.com/Shopify/shopify-api-js/issues/952
        _in_parts(*_METAFIELDS, cadence="hourly", drift="any", is_filtered=True),
        # They have no time at all: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/MetafieldDefinition
        _in_parts(*_DEFINITIONS, cadence="lookback", is_dated=False),
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
        Connection("variants", None, "ProductVariant", "InventoryItem"),
        Connection(
            *("inventoryLevels", "rest_of_item_inventory_levels", "InventoryLevel", "InventoryItem"),
            counted="locationsCount",
        ),
    ),
    by_id=True,
    is_counted=False,
    held="inventoryLevels",
    holder="item",
)

HOLDERS: Mapping[str, Source] = {**SOURCES, "inventory_levels": _ITEMS}
"""The sources for reads by id and in bulk; inventory levels are read through the items that hold them.

So they are listed, too, where the list of a location is too long for Shopify: items come in order of their ids.
https://shopify.dev/docs/api/admin-graphql/2026-10/queries/inventoryItems
"""

PARTIAL = frozenset(scope for source in SOURCES.values() if source.any_scope for scope in source.scopes)
"""Scopes of which each shows a part of some records. Shopify does not say of a token that it lost one."""

LISTS: tuple[Source, ...] = (*(one for source in SOURCES.values() for one in source.lists), _ITEMS)
"""All sources that are listed, page by page or in bulk."""


def with_partial(scopes: Collection[str], before: Collection[str]) -> tuple[str, ...]:
    """Return the *scopes* of a token with those `PARTIAL` ones that it had *before*."""
    return (*scopes, *(scope for scope in before if scope in PARTIAL and scope not in scopes))
