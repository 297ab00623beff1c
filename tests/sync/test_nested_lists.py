"""Lists inside records are whole as far as Shopify counts, or the verdict says how much they lack."""

import pytest

from storesync.platforms.shopify import session
from storesync.simulator.shopify.api import bulk_of
from tests.kits.program import differences


@pytest.fixture
def bulk(monkeypatch):
    """All that is read in full is read in bulk, however little it is."""
    monkeypatch.setattr(
        session.ShopifySession,
        "_is_for_bulk",
        lambda self, _, query, __: query.since is None and query.cursor is None and self.bulk.may_start,
    )


def resources(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return store["resources"]


def verdicts(program):
    return {name: state["verdict"] for name, state in resources(program).items()}


@pytest.mark.parametrize("limit", [1, 3])
def test_lists_that_a_bulk_file_cuts_are_read_by_pages(program, bulk, limit):
    """Each order's lines add up to its quantity, each product's variants and each collection's members to a count."""
    shop = program.world.add_shop("shopify", "alpha", orders=30)
    bulk_of(shop).nested_limit = limit

    assert program.connect("shopify", "alpha").code == 0

    assert [line for line in differences(program, shop) if not line.startswith("customer_addresses")] == []
    assert set(verdicts(program).values()) == {"verified"}


def test_a_list_without_a_count_is_read_by_pages_where_it_is_long(program, bulk):
    """Nothing counts the addresses of a customer: ten and more are not believed."""
    shop = program.world.add_shop("shopify", "alpha", orders=10)
    customer = next(one for one in shop.resources["customers"].values() if one["addresses"])
    [address, *_] = customer["addresses"]
    customer["addresses"] = [address | {"id": str(9_000 + n), "is_default": n == 0} for n in range(14)]
    bulk_of(shop).nested_limit = 10

    program.connect("shopify", "alpha")

    held = program.sql("SELECT count(*) FROM customer_addresses WHERE customer_id = ?", customer["id"])
    assert held == [(14,)]


LISTS = {
    "Order.lineItems": ("orders", "order_lines"),
    "Product.variants": ("products", "variants"),
    "Collection.products": ("categories", "product_categories"),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("in_bulk", [False, True])
def test_a_list_that_ends_early_makes_its_resource_short(program, name, in_bulk, request):
    """By the number that it lacks, as long as it does; the others are verified."""
    resource, table = LISTS[name]
    shop = program.world.add_shop("shopify", "alpha", orders=12)
    shop.state["nested cut"] = {name: 1}
    if in_bulk:
        request.getfixturevalue("bulk")
        bulk_of(shop).nested_limit = 1

    program.connect("shopify", "alpha")

    found = resources(program)[resource]
    assert found["verdict"] == "short"
    lacks = program.sql("SELECT count(*), sum(nodes) FROM lacking WHERE resource = ?", resource)[0]
    assert lacks[0] > 0
    plural = "s" if lacks[0] > 1 else ""
    assert found["reason"].startswith(
        f"the lists inside {lacks[0]} record{plural} lack {lacks[1]:,} of what the platform counts"
    )
    assert {verdict for other, verdict in verdicts(program).items() if other != resource} == {"verified"}
    assert program("status", "--check").code in {3, 5}

    shop.state.pop("nested cut")
    bulk_of(shop).nested_limit = None
    program("reconcile", "alpha")

    assert verdicts(program)[resource] == "verified"
    assert program.sql("SELECT count(*) FROM lacking") == [(0,)]
    assert [line for line in differences(program, shop) if line.startswith(table)] == []


def test_a_collection_longer_than_any_list_lacks_what_its_count_says(program):
    """Shopify ends any list at 25,000 nodes; here, at 5, and a collection is read from both ends."""
    shop = program.world.add_shop("shopify", "alpha", orders=20, products=30, categories=2)
    shop.state["nested limit"] = 5

    program.connect("shopify", "alpha")

    longest = program.sql("SELECT max(n) FROM (SELECT count(*) AS n FROM product_categories GROUP BY category_id)")
    assert longest == [(10,)]
    found = resources(program)["categories"]
    counted = program.sql("SELECT sum(max(products_count - 10, 0)) FROM categories")[0][0]
    assert counted > 0
    assert (found["verdict"], f"lack {counted:,} of" in found["reason"]) == ("short", True)


def test_a_collection_is_read_from_both_ends(program):
    """So twice as many members as any list has are here, in their order."""
    shop = program.world.add_shop("shopify", "alpha", orders=20, products=30, categories=2)
    shop.state["nested limit"] = 8

    program.connect("shopify", "alpha")

    longest = program.sql("SELECT max(n) FROM (SELECT count(*) AS n FROM product_categories GROUP BY category_id)")
    assert 8 < longest[0][0] <= 16
    assert resources(program)["categories"]["verdict"] == "verified"
    assert [line for line in differences(program, shop) if line.startswith(("categories", "product_categories"))] == []


def test_a_record_that_is_deleted_lacks_nothing_any_more(program):
    shop = program.world.add_shop("shopify", "alpha", orders=20)
    shop.state["nested cut"] = {"Order.lineItems": 1}
    program.connect("shopify", "alpha")
    assert program.sql("SELECT count(*) > 0 FROM lacking") == [(1,)]
    torn = [row[0] for row in program.sql("SELECT id FROM lacking")]
    shop.state.pop("nested cut")
    for one in torn:
        del shop.resources["orders"][one]

    program.clock.advance(hours=2)
    program("reconcile", "alpha", "--confirm")

    assert program.sql("SELECT count(*) FROM lacking") == [(0,)]
    program("sync", "alpha")
    assert verdicts(program)["orders"] == "verified"
