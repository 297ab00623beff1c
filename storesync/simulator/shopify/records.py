"""The records of a shop by Shopify's types: listed, looked up, and reported in events when deleted."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from storesync.simulator import companies, fulfillment, markets, price_lists
from storesync.simulator.offers import standing
from storesync.simulator.past import owners, peek
from storesync.simulator.shopify import catalogue
from storesync.simulator.shopify.baskets import checkout_node, draft_order_node
from storesync.simulator.shopify.companies import company_location_node, company_node
from storesync.simulator.shopify.content import article_node, blog_node, page_node
from storesync.simulator.shopify.fulfillment import fulfillment_order_node
from storesync.simulator.shopify.gift_cards import gift_card_node
from storesync.simulator.shopify.markets import market_node
from storesync.simulator.shopify.metafields import KIND as METAFIELD
from storesync.simulator.shopify.metafields import definition_node, is_shown, metafield_node
from storesync.simulator.shopify.offers import discount_node
from storesync.simulator.shopify.orders import order_node
from storesync.simulator.shopify.payments_nodes import balance_transaction_node, dispute_node, payout_node
from storesync.simulator.shopify.price_lists import price_list_node
from storesync.simulator.shopify.stock import level_node, location_node
from storesync.simulator.shopify.tender_transactions import tender_transaction_node
from storesync.simulator.shopify.values import gid, instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.access import Access
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

RESOURCES = {
    "Product": "products",
    "Collection": "categories",
    "Customer": "customers",
    "Order": "orders",
    "AbandonedCheckout": "checkouts",
    "DraftOrder": "draft_orders",
    "DiscountNode": "coupons",
    "Location": "locations",
    "InventoryLevel": "inventory_levels",
    "Page": "pages",
    "Blog": "blogs",
    "Article": "articles",
    "GiftCard": "gift_cards",
    "TenderTransaction": "tender_transactions",
    "ShopifyPaymentsPayout": "payouts",
    "ShopifyPaymentsBalanceTransaction": "balance_transactions",
    "ShopifyPaymentsDispute": "disputes",
    "FulfillmentOrder": "fulfillment_orders",
    "Company": "companies",
    "CompanyLocation": "company_locations",
    "Market": "markets",
    "PriceList": "price_lists",
    "Metafield": "metafields",
    "MetafieldDefinition": "metafield_definitions",
}
# What is made only once it is read.
LATE = {
    "FulfillmentOrder": fulfillment.settle,
    "Company": companies.begin,
    "CompanyLocation": companies.begin,
    "Market": markets.begin,
    "PriceList": price_lists.begin,
}
VARIANTS = {"ProductVariant": "id", "InventoryItem": "inventory_item_id"}
# Types nested in an order, each with its column in the record and its field in the node.
PARTS = {
    "LineItem": ("lines", "lineItems"),
    "Refund": ("refunds", "refunds"),
    "Fulfillment": ("fulfillments",) * 2,
}
# The subject types of events; other types have none.
SUBJECTS = {
    "products": ("Product", "PRODUCT"),
    "variants": ("ProductVariant", "PRODUCT_VARIANT"),
    "categories": ("Collection", "COLLECTION"),
    "customers": ("Customer", "CUSTOMER"),
    "orders": ("Order", "ORDER"),
    "draft_orders": ("DraftOrder", "DRAFT_ORDER"),
    "coupons": ("DiscountNode", "DISCOUNT_NODE"),
    "pages": ("Page", "PAGE"),
    "blogs": ("Blog", "BLOG"),
    "articles": ("Article", "ARTICLE"),
}
# https://shopify.dev/docs/api/admin-graphql/latest/queries/events
KEPT = timedelta(days=365)


def records(shop: Shop, kind: str, *, singly: bool = False) -> dict[str, Record]:
    """Return by id all records of the type *kind* that are shown in lists, or with *singly* when read by id."""
    if kind in LATE:
        LATE[kind](shop)
    if kind in RESOURCES:
        resource = RESOURCES[kind]
        shown = shop.veiled(resource, shop.resources[resource], singly=singly)
        if kind != "DiscountNode":
            return shown
        now = shop.now()
        return {key: record | {"status": standing(record, now)} for key, record in shown.items()}
    if kind == "BasicEvent":
        return _events(shop)
    variants = (entry for product in shop.resources["products"].values() for entry in product["variants"])
    if kind == "ProductVariant":
        return {entry["id"]: entry for entry in variants}
    return {entry["inventory_item_id"]: entry | {"id": entry["inventory_item_id"]} for entry in variants}


def _events(shop: Shop) -> dict[str, Record]:
    """Return a ``destroy`` event for each record deleted in the last year, by id."""
    return {
        number: {
            "id": number,
            "action": "destroy",
            "created_at": at,
            "subject_id": gid(SUBJECTS[resource][0], record_id),
            "subject_type": SUBJECTS[resource][1],
        }
        for number, (resource, record_id, at) in zip(map(str, count(7_000_000_001)), shop.removals, strict=False)
        if resource in SUBJECTS and at > shop.now() - KEPT
    }


def make(shop: Shop, kind: str, record: Record) -> Node:
    """Return the node of *record*, which is of the type *kind*."""
    if kind in MAKERS:
        return MAKERS[kind](shop, record)
    product = shop.resources["products"][record["product_id"]]
    if kind == "ProductVariant":
        return catalogue.variant_node(shop, product, record)
    variant = next(entry for entry in product["variants"] if entry["inventory_item_id"] == record["id"])
    return catalogue.inventory_item_node(shop, variant)


def find(shop: Shop, access: Access, kind: str, record_id: str, *, brief: bool) -> Node | None:
    """Return the node of *kind* with the number *record_id*, None where there is none.

    A *brief* node has no field but its id.
    """
    if kind in PARTS:
        return _part(shop, access, kind, record_id)
    known = records(shop, kind, singly=True) if kind in RESOURCES else {}
    record = _variant(shop, record_id, VARIANTS[kind]) if kind in VARIANTS else peek(known, record_id)
    if record is None or not access.shows(kind, record):
        return None
    if kind == METAFIELD and not is_shown(shop, access, record):
        return None
    return {"id": gid(kind, record_id)} if brief else make(shop, kind, record)


def _variant(shop: Shop, wanted: str, column: str) -> Record | None:
    """Return the variant with the id *wanted* in *column*, None where it was deleted.

    Its product is cached once found.
    """
    parents: dict[str, str | None] = shop.state.setdefault(f"shopify parents by {column}", {})
    products = shop.resources["products"]
    if wanted not in parents:
        parents |= {entry[column]: key for key, product in products.items() for entry in product["variants"]}
        parents.setdefault(wanted, None)
    product = products.get(parents[wanted] or "")
    variants: list[Record] = product["variants"] if product else []
    return next((entry | {"id": wanted} for entry in variants if entry[column] == wanted), None)


def _part(shop: Shop, access: Access, kind: str, record_id: str) -> Node | None:
    column, field = PARTS[kind]
    for order in owners(shop.resources["orders"], record_id):
        if any(entry["id"] == record_id for entry in order[column]) and access.shows("Order", order):
            nodes: Any = order_node(shop, order)[field]
            found: Node = next(node for node in getattr(nodes, "items", nodes) if node["id"] == gid(kind, record_id))
            return found
    return None


def _event_node(shop: Shop, record: Record) -> Node:  # noqa: ARG001 - one of several makers
    return {
        "__typename": "BasicEvent",
        "id": gid("BasicEvent", record["id"]),
        "action": record["action"],
        "createdAt": instant(record["created_at"]),
        "subjectId": record["subject_id"],
        "subjectType": record["subject_type"],
    }


MAKERS: dict[str, Callable[[Shop, Record], Node]] = {
    "Product": catalogue.product_node,
    "Collection": catalogue.collection_node,
    "Customer": catalogue.customer_node,
    "Order": order_node,
    "AbandonedCheckout": checkout_node,
    "DraftOrder": draft_order_node,
    "DiscountNode": discount_node,
    "Location": location_node,
    "InventoryLevel": level_node,
    "Page": page_node,
    "Blog": blog_node,
    "Article": article_node,
    "GiftCard": gift_card_node,
    "TenderTransaction": tender_transaction_node,
    "ShopifyPaymentsPayout": payout_node,
    "ShopifyPaymentsBalanceTransaction": balance_transaction_node,
    "ShopifyPaymentsDispute": dispute_node,
    "FulfillmentOrder": fulfillment_order_node,
    "Company": company_node,
    "CompanyLocation": company_location_node,
    "Market": market_node,
    "PriceList": price_list_node,
    METAFIELD: metafield_node,
    "MetafieldDefinition": definition_node,
    "BasicEvent": _event_node,
}
