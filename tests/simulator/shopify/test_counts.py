"""Counts beside a list are true to it, when a shop is made and after it changed."""

import pytest

from storesync.simulator.shopify.records import make
from tests.kits.shopify_api import Api

SUMS = {
    "orders": ("Order", "subtotalLineItemsQuantity"),
    "draft_orders": ("DraftOrder", "totalQuantityOfLineItems"),
    "checkouts": ("AbandonedCheckout", "lineItemsQuantity"),
}


@pytest.fixture
def ask():
    ask = Api(orders=60, checkouts=20, draft_orders=20, locations=3)
    ask.world.advance(ask.shop, 150)
    return ask


@pytest.mark.parametrize("resource", SUMS)
def test_the_quantity_of_a_record_is_the_sum_of_its_lines(ask, resource):
    kind, field = SUMS[resource]
    nodes = [make(ask.shop, kind, record) for record in ask.shop.resources[resource].values()]
    assert [node[field] for node in nodes] == [
        sum(line["quantity"] for line in node["lineItems"].items) for node in nodes
    ]
    assert len(nodes) > 10


def test_the_quantity_of_a_fulfillment_is_the_sum_of_its_lines(ask):
    orders = [make(ask.shop, "Order", record) for record in ask.shop.resources["orders"].values()]
    parcels = [parcel for order in orders for parcel in order["fulfillments"]]
    assert [parcel["totalQuantity"] for parcel in parcels] == [
        sum(line["quantity"] for line in parcel["fulfillmentLineItems"].items) for parcel in parcels
    ]
    assert len(parcels) > 10


def test_counts_of_media_and_locations_are_those_of_their_lists(ask):
    """An item is stocked where its level is active."""
    level = next(iter(ask.shop.resources["inventory_levels"].values()))
    level["is_active"] = False
    products = ask(
        """{ products(first: 250) { nodes { mediaCount { count precision } media(first: 250) { nodes { id } }
          variants(first: 250) { nodes { inventoryItem { locationsCount { count precision }
            inventoryLevels(first: 250) { nodes { id } } } } } } } }"""
    )["data"]["products"]["nodes"]
    items = [variant["inventoryItem"] for product in products for variant in product["variants"]["nodes"]]
    for node, number, held in (
        *((product, "mediaCount", "media") for product in products),
        *((item, "locationsCount", "inventoryLevels") for item in items),
    ):
        assert node[number] == {"count": len(node[held]["nodes"]), "precision": "EXACT"}
    assert len({item["locationsCount"]["count"] for item in items}) > 1
