"""Lists below a record may end early, without a word; counts beside them do not."""

from collections import Counter

import pytest

from storesync.simulator.shopify.api import bulk_of
from storesync.simulator.shopify.execute import MAX_REACH
from tests.kits.shopify_api import Api

COLLECTIONS = """query($first: Int!, $after: String) { collections(first: 250) { nodes { id productsCount { count }
  products(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
ORDERS = """{ orders(first: 250) { nodes { id subtotalLineItemsQuantity
  lineItems(first: 50) { nodes { id } pageInfo { hasNextPage } }
  fulfillments { fulfillmentLineItems(first: 50) { nodes { id } } } } } }"""
IN_BULK = "{ orders { edges { node { id lineItems { edges { node { id } } } } } } }"


@pytest.fixture
def ask():
    return Api(orders=20, products=30, categories=2)


def test_pages_of_a_nested_list_end_at_the_limit_and_its_count_does_not(ask):
    """The last page within the limit says that there is no next one."""
    ask.shop.state["nested limit"] = 5
    first = ask(COLLECTIONS, first=3)["data"]["collections"]["nodes"][0]
    page = first["products"]["pageInfo"]
    second = ask(COLLECTIONS, first=3, after=page["endCursor"])["data"]["collections"]["nodes"][0]["products"]
    assert (len(first["products"]["nodes"]), page["hasNextPage"]) == (3, True)
    assert (len(second["nodes"]), second["pageInfo"]["hasNextPage"]) == (2, False)
    assert first["productsCount"]["count"] > 5


def test_the_documented_limit_holds_where_nobody_lowers_it(ask):
    assert MAX_REACH == 25_000
    for collection in ask(COLLECTIONS, first=250)["data"]["collections"]["nodes"]:
        assert len(collection["products"]["nodes"]) == collection["productsCount"]["count"]


def test_levels_end_at_the_limit_too(ask):
    ask.shop.state["nested limit"] = 5
    document = """query($after: String) { locations(first: 1) { nodes {
      inventoryLevels(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    first = ask(document)["data"]["locations"]["nodes"][0]["inventoryLevels"]
    after = first["pageInfo"]["endCursor"]
    second = ask(document, after=after)["data"]["locations"]["nodes"][0]["inventoryLevels"]
    assert first["pageInfo"]["hasNextPage"]
    assert (len(second["nodes"]), second["pageInfo"]["hasNextPage"]) == (2, False)


def test_one_nested_list_may_end_before_the_others(ask):
    """It is cut wherever it is read; a list of the same length beside it is whole."""
    whole = ask(ORDERS)["data"]["orders"]["nodes"]
    ask.shop.state["nested cut"] = {"Order.lineItems": 1}
    cut = ask(ORDERS)["data"]["orders"]["nodes"]
    assert {len(order["lineItems"]["nodes"]) for order in cut} == {1}
    assert not any(order["lineItems"]["pageInfo"]["hasNextPage"] for order in cut)
    assert max(len(order["lineItems"]["nodes"]) for order in whole) > 1
    for name in ("subtotalLineItemsQuantity", "fulfillments"):
        assert [order[name] for order in cut] == [order[name] for order in whole]
    by_id = "query($id: ID!) { node(id: $id) { ... on Order { lineItems(first: 9) { nodes { id } } } } }"
    assert len(ask(by_id, id=cut[0]["id"])["data"]["node"]["lineItems"]["nodes"]) == 1


def test_a_bulk_file_may_hold_only_the_first_of_each_nested_list(ask):
    """The operation completes, and its count is that of the file."""
    whole = Counter(line.get("__parentId") for line in ask.bulk(IN_BULK)["lines"])
    bulk_of(ask.shop).nested_limit = 2
    cut = ask.bulk(IN_BULK)
    assert (cut["status"], cut["errorCode"], int(cut["objectCount"])) == ("COMPLETED", None, len(cut["lines"]))
    held = Counter(line.get("__parentId") for line in cut["lines"])
    assert held == {parent: min(number, 2) if parent else number for parent, number in whole.items()}
    assert max(number for parent, number in whole.items() if parent) > 2


def test_limits_of_pages_are_none_of_bulk_operations(ask):
    ask.shop.state |= {"nested limit": 1, "nested cut": {"Order.lineItems": 1}}
    assert len(ask.bulk(IN_BULK)["lines"]) > 2 * len(ask.shop.resources["orders"])
