"""What a bulk operation brings becomes the same records as what a listing brings."""

import copy
import json

import pytest

from storesync.errors import FormatChanged
from storesync.model import Query
from storesync.platforms.shopify.bulk_lines import Stray, assemble, is_bare, merged
from storesync.platforms.shopify.nested_lists import is_finished
from storesync.platforms.shopify.paging import Place
from storesync.platforms.shopify.queries import bulk_document, bulk_names
from storesync.platforms.shopify.sources import HOLDERS, LISTS
from storesync.platforms.shopify.wholeness import is_torn
from tests.kits.shopify_graph import MANY, Graph, flat, opened, stocked

BY_BULK = {source.document: source for source in LISTS if source.document in bulk_names()}
DOCUMENTS = [*((name, name) for name in BY_BULK), ("products", "products_wide"), ("orders", "orders_wide")]


def by_paging(graph, listing):
    source = BY_BULK[listing]
    start = Place(source.size, part=source.part).cursor() if source.part else None
    pages = list(graph.open().pages(Query(source.resource, cursor=start)))
    own = pages[: next((at for at, page in enumerate(pages, 1) if not goes_on_in(source, page)), None)]
    return {record.id: record for page in own for record in page.records}


def goes_on_in(source, page):
    return page.cursor is not None and (source.part is None or f'"part": "{source.part}"' in page.cursor)


def in_bulk(graph, listing, name):
    """Read what is listed as a bulk operation brings it, with the second pass that completes it."""
    source = BY_BULK[listing]
    nodes = list(assemble(graph.lines(bulk_document(name, None)), source, name))
    return {record.id: record for record in graph.open().bulk_listings.finished(source, nodes).records}


def a_shop(resource):
    return stocked() if resource in {"locations", "inventory_levels"} else Graph()


@pytest.mark.parametrize(("resource", "name"), DOCUMENTS)
def test_bulk_and_paging_bring_the_same_parts_and_rows(resource, name):
    graph = a_shop(resource)
    listed, dumped = by_paging(graph, resource), in_bulk(graph, resource, name)
    assert listed
    assert {key: record.parts for key, record in dumped.items()} == {
        key: record.parts for key, record in listed.items()
    }
    assert {key: record.rows for key, record in dumped.items()} == {key: record.rows for key, record in listed.items()}
    assert {record.updated_at for record in dumped.values()} == {"2026-11-20T10:00:00Z"}


def line(kind, number, parent=None, **fields):
    made = {"id": f"gid://shopify/{kind}/{number}", **fields}
    return made if parent is None else {**made, "__parentId": f"gid://shopify/{parent}"}


def held(node, *path):
    """Return the ids of what *node* holds at the end of *path*."""
    for field in path[:-1]:
        node = node[field][0]
    return [each["id"].rsplit("/", 1)[-1] for each in node[path[-1]]]


def test_children_of_children_find_their_parents():
    lines = [
        line("Product", 1),
        line("ProductVariant", 2, "Product/1"),
        line("ProductVariant", 3, "Product/1"),
        line("MediaImage", 4, "Product/1"),
        line("MediaImage", 4, "ProductVariant/2"),
        line("HologramOfTomorrow", 5, "Product/1"),
        line("Product", 6),
    ]
    first, second = assemble(lines, HOLDERS["products"])
    assert held(first, "variants") == ["2", "3"]
    assert held(first, "media") == ["4", "5"]
    assert held(first, "variants", "media") == ["4"]
    assert (held(second, "variants"), held(second, "media")) == ([], [])


def test_a_line_without_an_id_is_known_by_its_type():
    lines = [
        line("Order", 1),
        {"__typename": "ShippingLine", "id": None, "title": "Post", "__parentId": "gid://shopify/Order/1"},
        {"__typename": "ManualDiscountApplication", "index": 0, "__parentId": "gid://shopify/Order/1"},
        {"__typename": "LocalizedField", "key": "TAX_CREDENTIAL_BR", "__parentId": "gid://shopify/Order/1"},
    ]
    (order,) = assemble(lines, HOLDERS["orders"], "orders_wide")
    assert [each["title"] for each in order["shippingLines"]] == ["Post"]
    assert [each["index"] for each in order["discountApplications"]] == [0]
    assert [each["key"] for each in order["localizedFields"]] == ["TAX_CREDENTIAL_BR"]


def test_a_barcode_belongs_to_the_variant_before_it():
    lines = [
        line("Product", 1),
        line("ProductVariant", 2, "Product/1"),
        {"__typename": "ProductVariantBarcode", "value": "779", "__parentId": "gid://shopify/ProductVariant/2"},
        line("MediaImage", 4, "ProductVariant/2"),
        line("ProductVariant", 3, "Product/1"),
        {"__typename": "ProductVariantBarcode", "value": "780", "__parentId": "gid://shopify/ProductVariant/3"},
    ]
    (product,) = assemble(lines, HOLDERS["products"], "products_wide")
    codes = [[each["value"] for each in one["barcodes"]] for one in product["variants"]]
    assert codes == [["779"], ["780"]]
    assert held(product, "variants", "media") == ["4"]


def test_a_child_is_kept_as_it_came_but_for_its_parent():
    (customer,) = assemble(
        [line("Customer", 1), line("MailingAddress", 2, "Customer/1", city="León")], HOLDERS["customers"]
    )
    assert customer["addressesV2"] == [{"id": "gid://shopify/MailingAddress/2", "city": "León"}]


@pytest.mark.parametrize(
    "lines",
    [
        [line("LineItem", 9, "Order/1"), line("Order", 2)],
        [line("Order", 1), line("Order", 2), line("LineItem", 9, "Order/1", quantity=1)],
    ],
)
def test_a_line_that_does_not_follow_its_parent_is_a_stray(lines):
    found = list(assemble(lines, HOLDERS["orders"]))
    (stray,) = [each for each in found if isinstance(each, Stray)]
    assert (stray.parent_id, stray.child["id"]) == ("gid://shopify/Order/1", "gid://shopify/LineItem/9")
    assert "__parentId" not in stray.child
    assert all(held(each, "lineItems") == [] for each in found if each is not stray)


def test_what_nobody_asked_for_has_no_place():
    with pytest.raises(FormatChanged, match="Metafield"):
        list(assemble([line("Order", 1), line("Metafield", 2, "Order/1")], HOLDERS["orders"]))


def test_only_one_record_is_held_at_a_time():
    taken = []

    def lines():
        for number in range(1000):
            taken.append(number)
            yield line("Order", number)

    records = assemble(lines(), HOLDERS["orders"])
    next(records)
    assert len(taken) == 2


def test_an_empty_file_has_no_records():
    assert list(assemble([], HOLDERS["products"])) == []


def order(**fields):
    names = ("lineItems", "shippingLines", "discountApplications", "localizedFields")
    listed = {name: {"nodes": []} for name in names}
    return line("Order", 1, refunds=[], fulfillments=[], **listed) | fields


def product(count, **told):
    counted = {"count": count, "precision": "EXACT", **told}
    variant = {"id": "gid://shopify/ProductVariant/2", "media": {"nodes": []}, "barcodes": {"nodes": []}}
    return line("Product", 1, variantsCount=counted, variants={"nodes": [variant]}, media={"nodes": []})


@pytest.mark.parametrize(
    ("resource", "node", "needed"),
    [
        ("orders", order(), False),
        ("orders", order(refunds=[line("Refund", 2)]), True),
        ("orders", order(fulfillments=[line("Fulfillment", 2)]), True),
        ("orders", {key: value for key, value in order().items() if key != "shippingLines"}, True),
        ("products", product(1), False),
        ("products", product(2), True),
        ("products", product(2, precision="AT_LEAST"), True),
        ("products", product(1, precision="AT_LEAST"), False),
        ("coupons", line("DiscountNode", 1, discount={"__typename": "DiscountAutomaticBasic"}), False),
        ("coupons", line("DiscountNode", 1, discount={"__typename": "DiscountCodeBasic"}), True),
        ("locations", line("Location", 1), False),
    ],
)
def test_a_second_pass_is_needed_for_what_bulk_cannot_bring(resource, node, needed):
    assert (is_bare(HOLDERS[resource], node) or is_torn(node, HOLDERS[resource])) is needed
    assert is_finished(HOLDERS[resource], node, opened(None).client) is not needed


def test_what_a_second_pass_brings_replaces_what_it_found_in_place():
    found = merged({"id": "1", "refunds": [{"id": "2"}], "lineItems": []}, {"id": "1", "refunds": [], "new": 1})
    assert list(found.items()) == [("id", "1"), ("refunds", []), ("lineItems", []), ("new", 1)]


def bulk_orders(graph):
    return list(assemble(graph.lines(bulk_document("orders", None)), HOLDERS["orders"]))


def test_a_record_that_went_away_before_the_second_pass_is_left_out():
    graph = Graph()
    gone, *others = bulk_orders(graph)
    del graph.objects[gone["id"]]
    found = graph.open().bulk_listings.finished(HOLDERS["orders"], [gone, *others]).records
    assert [record.id for record in found] == [each["id"].rsplit("/", 1)[-1] for each in others]


def test_a_record_that_changed_before_the_second_pass_is_read_anew():
    graph = Graph()
    nodes = bulk_orders(graph)
    changed = graph.objects[nodes[0]["id"]]
    changed |= {"updatedAt": "2026-11-21T00:00:00Z", "note": "Changed"}
    first = graph.open().bulk_listings.finished(HOLDERS["orders"], nodes).records[0]
    assert (first.updated_at, first.rows["orders"][0]["note"]) == ("2026-11-21T00:00:00Z", "Changed")


def test_the_second_pass_asks_for_many_records_at_once():
    graph = Graph()
    nodes = bulk_orders(graph)
    graph.open().bulk_listings.finished(HOLDERS["orders"], nodes)
    assert [len(variables["ids"]) for name, variables in graph.asked if name == "OrdersRest"] == [MANY]


def test_a_record_that_came_whole_needs_no_request():
    graph = Graph()
    nodes = list(assemble(graph.lines(bulk_document("products_wide", None)), HOLDERS["products"], "products_wide"))
    assert len(graph.open().bulk_listings.finished(HOLDERS["products"], nodes).records) == MANY
    assert graph.asked == []


def test_children_may_come_in_any_order_behind_their_record():
    graph = Graph()
    (connection,) = graph.execute(bulk_document("products", None)).values()
    for edge in connection["edges"]:
        root, *children = flat(edge["node"], None)
        orders = [children, sorted(children, key=lambda child: "Product/" not in child["__parentId"])]
        (one,), (other,) = (assemble(copy.deepcopy([root, *each]), HOLDERS["products"]) for each in orders)
        assert json.dumps(one) == json.dumps(other)
