"""The simulated Shopify shows checkouts, draft orders, discounts, locations and stock."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from graphql import get_named_type, is_abstract_type, is_object_type

from storesync.simulator import audit
from storesync.simulator.changes import complete_checkout, confirm_draft_order
from storesync.simulator.shopify import api
from storesync.simulator.shopify.document import schema
from storesync.simulator.shopify.execute import Nested
from storesync.simulator.shopify.records import RESOURCES, make
from storesync.simulator.wire import Headers, SimRequest
from storesync.simulator.world import World
from storesync.tables import TABLES

GRAPHQL = "/admin/api/2026-10/graphql.json"
NEW = ("checkouts", "draft_orders", "coupons", "locations", "inventory_levels")
MONEY = ("gift_cards", "tender_transactions", "payouts", "balance_transactions", "disputes")
TYPES = {resource: kind for kind, resource in RESOURCES.items()}
DISCOUNT = """id discount { __typename
  ... on DiscountCodeBasic { title status endsAt asyncUsageCount usageLimit codesCount { count } updatedAt
    codes(first: 5) { nodes { code } }
    customerGets { items { __typename } value { ... on DiscountPercentage { percentage }
      ... on DiscountAmount { amount { amount currencyCode } } } } }
  ... on DiscountCodeBxgy { customerBuys { value { __typename } } customerGets { value {
    ... on DiscountOnQuantity { quantity { quantity } effect { ... on DiscountPercentage { percentage } } } } } }
  ... on DiscountAutomaticBasic { title status }
  ... on DiscountAutomaticBxgy { title status } }"""
LEVELS = """query Levels($id: ID, $first: Int = 250, $after: String, $query: String, $inactive: Boolean = false) {
  location(id: $id) { id inventoryLevels(first: $first, after: $after, query: $query, includeInactive: $inactive) {
    nodes { id isActive updatedAt location { id } item { id tracked variants(first: 1) { nodes { id } } }
      quantities(names: ["on_hand", "available"]) { name quantity } }
    pageInfo { hasNextPage endCursor } } } }"""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.at = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def __call__(self):
        return self.at

    def move(self, **span):
        self.at += timedelta(**span)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(7, clock)


@pytest.fixture
def shop(world):
    return world.add_shop("shopify", "alpha", orders=60, coupons=24, locations=3, country="MX")


@pytest.fixture
def ask(world, shop):
    token = shop.issue_token()

    def ask(document, token=token, *, debug=False, **variables):
        headers = {"X-Shopify-Access-Token": token} | ({"Shopify-Search-Query-Debug": "1"} if debug else {})
        body = json.dumps({"query": document, "variables": variables}).encode()
        request = SimRequest("POST", GRAPHQL, {}, Headers(headers), body, "", "alpha")
        return json.loads(api.handle(request, world).body)

    return ask


def gid(kind, record):
    return f"gid://shopify/{kind}/{record['id']}"


def first(shop, resource):
    return next(iter(shop.resources[resource].values()))


def listed(ask, root, arguments=""):
    """Return the ids of all that *root* lists on one page."""
    page = ask(f"{{ {root}(first: 250 {arguments}) {{ nodes {{ id }} }} }}")["data"][root]
    return [node["id"].rsplit("/", 1)[1] for node in page["nodes"]]


def check_fields(kind, node):
    assert set(node) >= set(kind.fields), kind.name
    for name, definition in kind.fields.items():
        inner, value = get_named_type(definition.type), node[name]
        children = value.items if isinstance(value, Nested) else value if isinstance(value, list) else [value]
        if isinstance(value, Nested):
            inner = get_named_type(inner.fields["nodes"].type)
        for child in children:
            if isinstance(child, dict) and (is_object_type(inner) or is_abstract_type(inner)):
                check_fields(schema().type_map[child["__typename"]] if is_abstract_type(inner) else inner, child)


@pytest.mark.parametrize("resource", [*NEW, *MONEY])
def test_nodes_have_every_field_of_their_types(shop, resource):
    kind = TYPES[resource]
    assert shop.resources[resource]
    for record in shop.resources[resource].values():
        check_fields(schema().type_map[kind], make(shop, kind, record))


@pytest.mark.parametrize("root", ["abandonedCheckouts", "draftOrders", "discountNodes", "locations"])
def test_every_record_is_listed_once_by_id(ask, shop, root):
    resource = dict(zip(("abandonedCheckouts", "draftOrders", "discountNodes", "locations"), NEW, strict=False))[root]
    assert listed(ask, root, ", sortKey: ID") == sorted(shop.resources[resource], key=int)


@pytest.mark.parametrize("root", ["abandonedCheckouts", "draftOrders", "discountNodes"])
def test_counts_are_those_of_the_lists(ask, root):
    answer = ask(f"{{ {root}Count(limit: null) {{ count precision }} }}")
    assert answer["data"][f"{root}Count"] == {"count": len(listed(ask, root)), "precision": "EXACT"}


@pytest.mark.parametrize("resource", NEW)
def test_nodes_brings_a_record_and_null_once_it_is_gone(ask, shop, resource):
    record, kind = first(shop, resource), TYPES[resource]
    wanted = make(shop, kind, record)["id"]
    document = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

    assert ask(document, ids=[wanted])["data"]["nodes"] == [{"__typename": kind, "id": wanted}]

    shop.remove(resource, record["id"])
    assert ask(document, ids=[wanted])["data"]["nodes"] == [None]


def test_a_checkout_stays_listed_when_it_was_completed(ask, shop, clock):
    checkout = first(shop, "checkouts")
    clock.move(minutes=5)
    complete_checkout(shop, checkout["id"])

    answer = ask("{ abandonedCheckouts(first: 250) { nodes { id completedAt updatedAt } } }")

    known = {node["id"]: node for node in answer["data"]["abandonedCheckouts"]["nodes"]}
    assert known[gid("AbandonedCheckout", checkout)]["completedAt"] == "2026-11-22T10:05:00Z"
    assert known[gid("AbandonedCheckout", checkout)]["updatedAt"] == "2026-11-22T10:05:00Z"


def test_a_draft_that_became_an_order_names_it(ask, shop, clock):
    draft = first(shop, "draft_orders")
    clock.move(minutes=5)
    order = confirm_draft_order(shop, draft["id"])

    answer = ask(
        """{ draftOrders(first: 5, query: "updated_at:>='2026-11-22T10:05:00Z'") {
        nodes { id status completedAt order { id } } } }"""
    )

    assert answer["data"]["draftOrders"]["nodes"] == [
        {
            "id": gid("DraftOrder", draft),
            "status": "COMPLETED",
            "completedAt": "2026-11-22T10:05:00Z",
            "order": {"id": gid("Order", order)},
        }
    ]


def test_what_checkout_lines_cost_after_discounts_adds_up(ask):
    answer = ask(
        """{ abandonedCheckouts(first: 250) { nodes { subtotalPriceSet { shopMoney { amount } }
        lineItems(first: 10) { nodes { discountedTotalPriceWithCodeDiscount { shopMoney { amount } } } } } } }"""
    )

    for node in answer["data"]["abandonedCheckouts"]["nodes"]:
        lines = [line["discountedTotalPriceWithCodeDiscount"] for line in node["lineItems"]["nodes"]]
        total = float(node["subtotalPriceSet"]["shopMoney"]["amount"])
        assert sum(float(line["shopMoney"]["amount"]) for line in lines) == pytest.approx(total)


def test_abandoned_checkouts_cannot_be_sorted_by_update_time(ask):
    answer = ask("{ abandonedCheckouts(first: 1, sortKey: UPDATED_AT) { nodes { id } } }")
    assert answer["errors"][0]["extensions"]["code"] == "argumentLiteralsIncompatible"


def discounts(ask):
    answer = ask(f"{{ discountNodes(first: 250, sortKey: ID) {{ nodes {{ {DISCOUNT} }} }} }}")
    return {node["id"].rsplit("/", 1)[1]: node["discount"] for node in answer["data"]["discountNodes"]["nodes"]}


def test_discounts_come_in_the_types_of_their_union(ask):
    assert {node["__typename"] for node in discounts(ask).values()} >= {
        *("DiscountCodeBasic", "DiscountCodeBxgy", "DiscountCodeFreeShipping"),
        *("DiscountAutomaticBasic", "DiscountAutomaticBxgy"),
    }


def test_a_percentage_is_a_part_of_one(ask, shop):
    known = discounts(ask)
    record = next(one for one in shop.resources["coupons"].values() if one["kind"] == "percentage" and one["code"])
    value = known[record["id"]]["customerGets"]["value"]
    assert value == {"percentage": float(record["value"]) / 100}


def test_some_discounts_have_several_codes(ask):
    codes = [[code["code"] for code in node["codes"]["nodes"]] for node in discounts(ask).values() if "codes" in node]
    assert 3 in map(len, codes)
    assert all(len(set(found)) == len(found) for found in codes)


def test_a_discount_that_was_switched_off_has_expired(ask, shop, clock):
    records = shop.resources["coupons"].values()
    record = next(one for one in records if one["kind"] == "percentage" and one["code"])
    shop.touch("coupons", record["id"], enabled=True, starts_at=None, ends_at=None)
    assert discounts(ask)[record["id"]]["status"] == "ACTIVE"
    clock.move(minutes=5)
    shop.touch("coupons", record["id"], enabled=False)

    node = discounts(ask)[record["id"]]

    assert (node["status"], node["endsAt"]) == ("EXPIRED", "2026-11-22T10:05:00Z")


def test_a_discount_begins_and_ends_by_the_clock_alone(ask, shop, clock):
    record = next(one for one in shop.resources["coupons"].values() if one["kind"] == "percentage" and one["code"])
    begin = clock.at + timedelta(hours=1)
    shop.drift("coupons", record["id"], enabled=True, starts_at=begin, ends_at=begin + timedelta(hours=1))
    seen = []
    for _ in range(3):
        seen.append(discounts(ask)[record["id"]])
        clock.move(hours=1)

    assert [node["status"] for node in seen] == ["SCHEDULED", "ACTIVE", "EXPIRED"]
    assert len({node["updatedAt"] for node in seen}) == 1


def test_discounts_read_bounds_by_the_shops_clock(ask, shop, clock):
    record = first(shop, "coupons")
    shop.touch("coupons", record["id"])

    def found(bound):
        return listed(ask, "discountNodes", f""", query: "updated_at:>='{bound}'" """)

    # In Mexico it is four in the morning.
    assert record["id"] in found("2026-11-22T04:00:00Z")
    assert record["id"] not in found("2026-11-22T04:00:01Z")


@pytest.mark.parametrize("silent", [False, True])
def test_the_use_of_a_coupon_is_an_update_unless_the_shop_is_silent(world, shop, clock, silent):
    shop.silent_uses = silent
    before = {key: dict(record) for key, record in shop.resources["coupons"].items()}
    clock.move(minutes=5)
    world.advance(shop, 400)

    used = [
        (record, before[key])
        for key, record in shop.resources["coupons"].items()
        if key in before and record["used_count"] > before[key]["used_count"] and record["enabled"]
    ]
    moved = [
        record["updated_at"] > old["updated_at"] for record, old in used if record["min_total"] == old["min_total"]
    ]

    assert moved
    assert all(moved) is not silent


def test_locations_are_listed_by_name_and_without_the_inactive(ask, shop):
    known = list(shop.resources["locations"].values())
    shop.touch("locations", known[1]["id"], is_active=False)

    assert listed(ask, "locations") == [
        one["id"] for one in sorted(known, key=lambda one: one["name"]) if one["is_active"]
    ]
    assert len(listed(ask, "locations", ", includeInactive: true")) == len(known)


def test_locations_have_no_filter_by_update_time(ask, shop):
    document = """{ locations(first: 9, query: "updated_at:>'2030-01-01T00:00:00Z'") { nodes { id } } }"""
    answer = ask(document, debug=True)

    assert len(answer["data"]["locations"]["nodes"]) == len(shop.resources["locations"])
    assert answer["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"


def levels(ask, **variables):
    found, after = [], None
    while True:
        page = ask(LEVELS, after=after, **variables)["data"]["location"]["inventoryLevels"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_pages_bring_every_level_of_a_location_once(ask, world, shop):
    world.limits = False
    location = first(shop, "locations")
    own = [one for one in shop.resources["inventory_levels"].values() if one["location_id"] == location["id"]]

    found = [node["id"] for node in levels(ask, id=gid("Location", location), first=7)]

    suffix = "?inventory_item_id="
    assert found == [f"gid://shopify/InventoryLevel/{location['id']}{suffix}{one['inventory_item_id']}" for one in own]


def test_no_level_is_skipped_when_one_before_it_is_deleted(ask, shop):
    location = first(shop, "locations")
    page = ask(LEVELS, id=gid("Location", location), first=5)["data"]["location"]["inventoryLevels"]
    rest = [node["id"] for node in levels(ask, id=gid("Location", location))][5:]
    gone = page["nodes"][0]["id"].partition("?inventory_item_id=")[2]
    shop.remove("inventory_levels", f"{gone}:{location['id']}")

    after = ask(LEVELS, id=gid("Location", location), after=page["pageInfo"]["endCursor"])

    assert [node["id"] for node in after["data"]["location"]["inventoryLevels"]["nodes"]] == rest


def test_no_location_named_means_the_first(ask, shop):
    assert ask(LEVELS)["data"]["location"]["id"] == gid("Location", first(shop, "locations"))


def test_quantities_are_those_that_are_asked_for(ask, shop):
    for node in levels(ask):
        item, location = node["item"]["id"].rsplit("/", 1)[1], node["location"]["id"].rsplit("/", 1)[1]
        level = shop.resources["inventory_levels"][f"{item}:{location}"]
        wanted = [{"name": name, "quantity": level[name] or 0} for name in ("on_hand", "available")]
        assert node["quantities"] == wanted
        assert node["item"]["tracked"] is (level["available"] is not None)


def test_levels_are_found_by_their_update_time(ask, shop, clock):
    level = next(one for one in shop.resources["inventory_levels"].values() if one["available"] is not None)
    clock.move(minutes=5)
    shop.touch("inventory_levels", level["id"], available=3)

    location = {"id": level["location_id"]}
    found = levels(ask, id=gid("Location", location), query="updated_at:>='2026-11-22T10:05:00Z'")

    assert [node["item"]["id"].rsplit("/", 1)[1] for node in found] == [level["inventory_item_id"]]


def test_inactive_levels_are_shown_on_request(ask, shop):
    level = first(shop, "inventory_levels")
    shop.touch("inventory_levels", level["id"], is_active=False)

    assert all(node["isActive"] for node in levels(ask))
    assert [node["isActive"] for node in levels(ask, inactive=True)].count(False) == 1


def test_an_item_holds_its_levels_at_all_locations(ask, shop):
    level = first(shop, "inventory_levels")
    answer = ask(
        """query Item($id: ID!) { node(id: $id) { ... on InventoryItem {
        inventoryLevels(first: 9) { nodes { location { id } } } } } }""",
        id=f"gid://shopify/InventoryItem/{level['inventory_item_id']}",
    )

    found = [node["location"]["id"] for node in answer["data"]["node"]["inventoryLevels"]["nodes"]]
    own = [one for one in shop.resources["inventory_levels"].values() if one["variant_id"] == level["variant_id"]]
    assert found == [f"gid://shopify/Location/{one['location_id']}" for one in own]


@pytest.mark.parametrize(
    ("document", "scope"),
    [
        ("{ abandonedCheckouts(first: 1) { nodes { id } } }", "read_orders"),
        ("{ draftOrdersCount { count } }", "read_draft_orders"),
        ("{ discountNodes(first: 1) { nodes { id } } }", "read_discounts"),
        ("{ locations(first: 1) { nodes { name } } }", "read_locations"),
        ("{ location { inventoryLevels(first: 1) { nodes { id } } } }", "read_inventory"),
    ],
)
def test_each_root_wants_its_scope(ask, shop, document, scope):
    others = tuple(name for name in next(iter(shop.tokens.values())).scopes if name != scope)

    answer = ask(document, shop.issue_token(others))

    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert scope in answer["errors"][0]["extensions"]["requiredAccess"]
    assert "errors" not in ask(document, shop.issue_token((*others, scope)))


def test_ids_of_locations_are_open_to_who_reads_stock(ask, shop):
    token = shop.issue_token(("read_inventory",))

    assert "errors" not in ask("{ locations(first: 9) { nodes { id } } }", token)
    assert "errors" in ask("{ locations(first: 9) { nodes { id name } } }", token)


def test_the_deletion_of_a_draft_or_a_discount_leaves_an_event(ask, shop):
    draft, coupon = first(shop, "draft_orders"), first(shop, "coupons")
    shop.remove("draft_orders", draft["id"])
    shop.remove("coupons", coupon["id"])

    answer = ask("{ events(first: 9) { nodes { ... on BasicEvent { subjectType subjectId } } } }")

    assert answer["data"]["events"]["nodes"] == [
        {"subjectType": "DRAFT_ORDER", "subjectId": gid("DraftOrder", draft)},
        {"subjectType": "DISCOUNT_NODE", "subjectId": gid("DiscountNode", coupon)},
    ]


def bulk(world, ask, query):
    run = """mutation Run($query: String!) {
      bulkOperationRunQuery(query: $query, groupObjects: true) { bulkOperation { id } userErrors { message } } }"""
    payload = ask(run, query=query)["data"]["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    world.clock.move(hours=1)
    status = "query Status($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount rootObjectCount } }"
    return ask(status, id=payload["bulkOperation"]["id"])["data"]["bulkOperation"]


def test_bulk_brings_all_items_with_their_levels(world, ask, shop):
    query = """{ inventoryItems { edges { node { id variants { edges { node { id } } }
      inventoryLevels(includeInactive: true) { edges { node { id location { id } } } } } } } }"""
    items = sum(len(product["variants"]) for product in shop.resources["products"].values())

    found = bulk(world, ask, query)

    assert (found["status"], int(found["rootObjectCount"])) == ("COMPLETED", items)
    assert int(found["objectCount"]) == 2 * items + len(shop.resources["inventory_levels"])


def test_bulk_fails_where_a_level_is_closed_to_the_token(world, ask, shop):
    token = shop.issue_token(("read_products", "read_locations"))
    query = "{ inventoryItems { edges { node { id inventoryLevels { edges { node { id } } } } } } }"

    found = bulk(world, lambda document, **variables: ask(document, token, **variables), query)

    assert (found["status"], found["errorCode"]) == ("FAILED", "ACCESS_DENIED")


@pytest.mark.parametrize("resource", NEW)
def test_truth_holds_promised_columns_of_every_record(shop, resource):
    tables = audit.truth(shop, resource)
    assert set(tables[resource]) == set(shop.resources[resource])
    for table, rows in tables.items():
        for row in rows.values():
            assert set(row) <= set(TABLES[table].names)
            assert all(value is None or isinstance(value, str | int | float) for value in row.values())


PAYOUTS = "{ shopifyPaymentsAccount { payouts(first: 250) { nodes { id } } } }"
OF_PAYMENTS = ("read_shopify_payments_accounts", "read_shopify_payments_payouts")


def test_payouts_are_below_the_account(ask, shop):
    answer = ask(PAYOUTS, shop.issue_token(OF_PAYMENTS))
    nodes = answer["data"]["shopifyPaymentsAccount"]["payouts"]["nodes"]
    assert {node["id"] for node in nodes} == {
        gid("ShopifyPaymentsPayout", record) for record in shop.resources["payouts"].values()
    }


def test_without_shopify_payments_there_is_no_account(ask, shop):
    shop.has_shopify_payments = False
    answer = ask(PAYOUTS, shop.issue_token(OF_PAYMENTS))
    assert answer["data"] == {"shopifyPaymentsAccount": None}
    assert "errors" not in answer


@pytest.mark.parametrize("scope", OF_PAYMENTS)
def test_an_account_that_may_not_be_read_is_null_beside_an_error(ask, shop, scope):
    answer = ask(PAYOUTS, shop.issue_token((scope,)))
    assert answer["data"] == {"shopifyPaymentsAccount": None}
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_gift_cards_are_sorted_by_their_update_time_and_not_searched_by_it(ask, shop):
    token, newest = shop.issue_token(("read_gift_cards",)), next(iter(shop.resources["gift_cards"]))
    shop.touch("gift_cards", newest)
    document = """{ giftCards(first: 250, sortKey: UPDATED_AT, reverse: true, query: "updated_at:>'2030-01-01'") {
        nodes { id } } }"""
    answer = ask(document, token, debug=True)
    assert answer["data"]["giftCards"]["nodes"][0]["id"] == f"gid://shopify/GiftCard/{newest}"
    assert len(answer["data"]["giftCards"]["nodes"]) == len(shop.resources["gift_cards"])
    assert answer["extensions"]["search"][0]["warnings"][0]["code"] == "invalid_field"
