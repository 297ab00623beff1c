"""The simulated Shopify behaves as documented in bulk operations."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from storesync.simulator import audit
from storesync.simulator.faults import BulkFault
from storesync.simulator.past import lengthen
from storesync.simulator.server import serve
from storesync.simulator.shop import BulkAccess
from storesync.simulator.shopify.api import bulk_of
from storesync.simulator.shopify.values import gid
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World

SHOP_URL = "https://alpha.myshopify.com"
GRAPHQL = "/admin/api/2026-10/graphql.json"
RUN = """mutation BulkRun($query: String!, $group: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $group) {
    bulkOperation { id status createdAt objectCount url } userErrors { code field message } } }"""
STATUS = """query BulkStatus($id: ID!) { bulkOperation(id: $id) { id type status errorCode createdAt completedAt
  objectCount rootObjectCount fileSize url partialDataUrl query } }"""
CANCEL = """mutation BulkCancel($id: ID!) {
  bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } } }"""
LIST = """query BulkList($query: String, $sort: BulkOperationsSortKeys) {
  bulkOperations(first: 20, query: $query, sortKey: $sort) { nodes { id status type query } } }"""
BAG = "{ shopMoney { amount currencyCode } }"
FIELDS = f"""id name tags processedAt totalPriceSet {BAG} customer {{ id }} transactions {{ id kind }}
  fulfillments {{ id trackingInfo {{ number }} }}"""
LINE = f"id title quantity originalTotalSet {BAG} taxLines {{ rate }}"
ORDERS = f"{{ orders {{ edges {{ node {{ {FIELDS} lineItems {{ edges {{ node {{ {LINE} }} }} }} }} }} }} }}"
IDS = "{ orders { edges { node { id } } } }"


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
def simulator(clock):
    world = World(7, clock)
    world.add_shop("shopify", "alpha", orders=60, country="US")
    return Simulator(world)


@pytest.fixture
def shop(simulator):
    return simulator.world.shop("shopify", "alpha")


@pytest.fixture
def bulk(shop):
    return bulk_of(shop)


@pytest.fixture
def http(simulator):
    with httpx.Client(transport=SimulatorTransport(simulator)) as client:
        yield client


@pytest.fixture
def ask(http, shop):
    token = shop.issue_token()

    def ask(document, token=token, **variables):
        headers = {"X-Shopify-Access-Token": token}
        answer = http.post(f"{SHOP_URL}{GRAPHQL}", json={"query": document, "variables": variables}, headers=headers)
        return answer.json()

    return ask


@pytest.fixture
def start(ask):
    """Start an operation; return what the mutation answers."""

    def start(query=ORDERS, *, group=True, **asked):
        return ask(RUN, query=query, group=group, **asked)["data"]["bulkOperationRunQuery"]

    return start


@pytest.fixture
def look(ask):
    return lambda operation_id: ask(STATUS, id=operation_id)["data"]["bulkOperation"]


@pytest.fixture
def run(start, look, clock):
    """Start an operation and return it as it is a minute later."""

    def run(query=ORDERS, **asked):
        operation = start(query, **asked)["bulkOperation"]
        clock.move(minutes=1)
        return look(operation["id"])

    return run


@pytest.fixture
def read(run, http):
    """Run a query to its end and return its lines."""

    def read(query=ORDERS, **asked):
        return [json.loads(line) for line in http.get(run(query, **asked)["url"]).text.splitlines()]

    return read


def gids(shop, resource="orders", kind="Order"):
    return [gid(kind, key) for key in sorted(shop.resources[resource], key=int)]


def connections(*names):
    return " ".join(f"{name} {{ edges {{ node {{ id }} }} }}" for name in names)


def products(inner):
    return f"{{ products {{ edges {{ node {{ {inner} }} }} }} }}"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ shop { id } }", "Bulk queries must contain at least one connection."),
        (
            "{ products { nodes { id } } }",
            "Selecting via 'nodes' is not supported. Invalid connection fields: 'products'",
        ),
        ('{ product(id: "gid://shopify/Product/1") { id } }', "at least one connection"),
        ('{ node(id: "gid://shopify/Product/1") { id } }', "cannot contain a top level `node` field."),
        ('{ nodes(ids: ["gid://shopify/Product/1"]) { id } }', "cannot contain a top level `nodes` field."),
        (products("title variants { edges { node { id } } }"), "Connection fields without 'id': products."),
        (products("key: id variants { edges { node { id } } }"), "Connection fields without 'id': products."),
        (
            "{ orders { edges { node { id refunds { refundLineItems { edges { node { quantity } } } } } } } }",
            "Queries that contain a connection field within a list field are not currently supported.",
        ),
        ("{ orders { edges { node { id shippingLines { edges { node { id } } } } } } }", "shippingLines"),
        (
            f"{{ {connections('products', 'customers')} }}",
            "exactly one top level field",
        ),
        (
            "{ orders { edges { node { id nonsense } } } }",
            "Invalid bulk query: Field 'nonsense' doesn't exist on type 'Order'",
        ),
        ("{ orders {", "Invalid bulk query: Syntax Error"),
        ("", "Invalid bulk query: Syntax Error"),
        ("mutation { bulkOperationCancel(id: 1) { bulkOperation { id } } }", "Only `query` operations are supported."),
        ("query($q: String) { orders(query: $q) { edges { node { id } } } }", "variables are not supported"),
    ],
)
def test_a_query_that_breaks_a_rule_is_refused_at_once(start, query, message):
    answer = start(query)
    assert answer["bulkOperation"] is None
    assert message in " ".join(error["message"] for error in answer["userErrors"])
    assert {(error["code"], *error["field"]) for error in answer["userErrors"]} == {("INVALID", "query")}


def test_connections_stand_at_most_two_below_the_root(start):
    three = "{ edges { node { id products { edges { node { id media { edges { node { id } } } } } } } } }"
    assert start(f"{{ collections {three} }}")["userErrors"] == []
    four = products(f"id collections {three}")
    assert "nesting depth greater than 2" in start(four)["userErrors"][0]["message"]


def test_there_are_at_most_five_connections(start):
    four = "id " + connections("variants", "media", "collections") + " more: " + connections("media")
    assert start(products(four))["userErrors"] == []
    five = start(products(f"{four} again: {connections('media')}"))["userErrors"]
    assert five[0]["message"] == "Bulk queries cannot contain more than 5 connections."


def test_several_broken_rules_are_told_together(start):
    errors = start("{ products { nodes { variants { edges { node { id } } } } } }")["userErrors"]
    assert ["'nodes'" in error["message"] or "'id'" in error["message"] for error in errors] == [True, True]


def test_what_is_no_node_is_read_only_where_shopify_is_loose(start, bulk):
    query = "{{ orders {{ edges {{ node {{ id {0} {{ edges {{ node {{ __typename }} }} }} }} }} }} }}"
    taken = [bool(start(query.format(name))["bulkOperation"]) for name in ("discountApplications", "shippingLines")]
    bulk.loose = {"ShippingLine"}
    taken += [bool(start(query.format(name))["bulkOperation"]) for name in ("discountApplications", "shippingLines")]
    assert taken == [True, False, False, True]


def test_fragments_are_followed(read, shop):
    query = "{ orders { edges { node { ...Short } } } } fragment Short on Order { id }"
    assert [line["id"] for line in read(query)] == gids(shop)


def test_an_operation_is_created_then_runs_and_then_is_complete(start, look, clock):
    operation = start()["bulkOperation"]
    assert (operation["status"], operation["objectCount"], operation["url"]) == ("CREATED", "0", None)
    seen = []
    for _ in range(4):
        seen.append(look(operation["id"])["status"])
        clock.move(seconds=1)
    assert seen == ["CREATED", "RUNNING", "RUNNING", "COMPLETED"]


def test_an_operation_takes_longer_for_more_lines(start, look, bulk, clock):
    bulk.lines_per_s = 10
    operation = start()["bulkOperation"]
    clock.move(seconds=2)
    assert look(operation["id"])["status"] == "RUNNING"


def test_counts_are_texts_and_grow_while_it_runs(start, look, bulk, clock):
    bulk.lines_per_s = 10
    operation = start()["bulkOperation"]
    counts = []
    for _ in range(5):
        clock.move(seconds=3)
        counts.append(look(operation["id"])["objectCount"])
    assert counts == sorted(set(counts), key=int)
    assert int(counts[0]) > 0


def test_a_complete_operation_says_what_it_read(run, shop):
    operation = run()
    lines = sum(len(order["lines"]) for order in shop.resources["orders"].values())
    assert operation["objectCount"] == str(60 + lines)
    assert operation["rootObjectCount"] == "60"
    assert (operation["errorCode"], operation["partialDataUrl"], operation["type"]) == (None, None, "QUERY")
    assert operation["query"] == ORDERS
    assert operation["completedAt"] == "2026-11-22T10:00:02Z"


def test_an_instant_operation_is_complete_when_it_is_asked_for(start, look, bulk):
    bulk.instant = True
    operation = start()["bulkOperation"]
    assert operation["status"] == "CREATED"
    assert look(operation["id"])["status"] == "COMPLETED"


def test_the_file_holds_the_shop_as_it_was_at_the_start(start, look, http, shop, clock):
    operation = start(IDS)["bulkOperation"]
    before = gids(shop)
    shop.remove("orders", before[0].rsplit("/", 1)[1])
    clock.move(minutes=1)
    lines = http.get(look(operation["id"])["url"]).text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == before


def test_a_record_changed_while_it_runs_is_found_by_its_update_time(start, ask, shop, clock):
    operation = start("{ orders { edges { node { id note } } } }")["bulkOperation"]
    clock.move(seconds=1)
    changed = next(iter(shop.resources["orders"]))
    shop.touch("orders", changed, note="later")
    assert b"later" not in body_of(shop)
    bound = f"updated_at:>='{operation['createdAt']}'"
    found = ask("query($q: String) { orders(first: 9, query: $q) { nodes { id note } } }", q=bound)
    assert {"id": gid("Order", changed), "note": "later"} in found["data"]["orders"]["nodes"]


def test_where_nothing_matched_there_is_no_file(run):
    operation = run("""{ orders(query: "id:1") { edges { node { id } } } }""")
    assert (operation["status"], operation["objectCount"], operation["url"]) == ("COMPLETED", "0", None)


def test_starting_and_asking_cost_points_and_reading_does_not(ask, start, bulk):
    bulk.instant = True
    cost = ask(RUN, query=ORDERS, group=True)["extensions"]["cost"]
    assert cost["actualQueryCost"] == 13
    poll = ask(STATUS, id=next(iter(gid("BulkOperation", key) for key in bulk.operations)))["extensions"]["cost"]
    assert poll["actualQueryCost"] == 1
    assert poll["throttleStatus"]["currentlyAvailable"] == 2000 - 13 - 1


@pytest.mark.parametrize("limit", [True, False])
def test_a_sixth_operation_is_refused(start, shop, limit):
    shop.quirks["answer to a bulk operation too many"] = limit
    first, *_ = [start(IDS)["bulkOperation"]["id"] for _ in range(5)]
    answer = start(IDS)
    in_progress = f"A bulk query operation for this app and shop is already in progress: {first}."
    wanted = {
        True: ("LIMIT_REACHED", "Bulk operations limit reached. Please try again later."),
        False: ("OPERATION_IN_PROGRESS", in_progress),
    }[limit]
    assert answer["bulkOperation"] is None
    assert answer["userErrors"] == [{"code": wanted[0], "field": None, "message": wanted[1]}]


def test_a_place_is_free_again_once_an_operation_is_done(start, clock):
    for _ in range(5):
        start(IDS)
    clock.move(minutes=1)
    assert start(IDS)["userErrors"] == []


def test_operations_of_another_client_take_places(start, bulk, clock):
    bulk.occupy(4)
    bulk.occupy(1, seconds=30)
    assert start(IDS)["bulkOperation"] is None
    clock.move(seconds=30)
    assert start(IDS)["bulkOperation"]


def test_operations_are_listed_the_newest_first(start, ask, bulk, clock):
    first = start(IDS)["bulkOperation"]["id"]
    clock.move(minutes=1)
    (other,) = bulk.occupy()
    second = start(IDS)["bulkOperation"]["id"]
    clock.move(seconds=1)
    listed = ask(LIST)["data"]["bulkOperations"]["nodes"]
    assert [node["id"] for node in listed] == [second, gid("BulkOperation", other.number), first]
    assert listed[2] == {"id": first, "status": "COMPLETED", "type": "QUERY", "query": IDS}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status:RUNNING", 1),
        ("status:running,completed", 2),
        ("status:COMPLETED type:QUERY", 1),
        ("operation_type:MUTATION", 0),
        ("created_at:>='2026-11-22T10:00:30Z'", 1),
        (None, 2),
    ],
)
def test_listed_operations_are_searched(start, ask, clock, query, count):
    start(IDS)
    clock.move(minutes=1)
    start(IDS)
    clock.move(seconds=1)
    assert len(ask(LIST, query=query)["data"]["bulkOperations"]["nodes"]) == count


def test_an_operation_is_a_node(start, ask):
    operation = start(IDS)["bulkOperation"]["id"]
    document = "query($id: ID!) { node(id: $id) { __typename ... on BulkOperation { status } } }"
    assert ask(document, id=operation)["data"]["node"] == {"__typename": "BulkOperation", "status": "CREATED"}


def test_an_unknown_operation_is_null_and_another_id_an_error(ask):
    assert ask(STATUS, id="gid://shopify/BulkOperation/1")["data"] == {"bulkOperation": None}
    (error,) = ask(STATUS, id="gid://shopify/Product/1")["errors"]
    assert error["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_a_canceled_operation_keeps_its_place_for_a_while(start, look, ask, clock):
    first, *_ = [start(IDS)["bulkOperation"]["id"] for _ in range(5)]
    answer = ask(CANCEL, id=first)["data"]["bulkOperationCancel"]
    assert answer == {"bulkOperation": {"id": first, "status": "CANCELING"}, "userErrors": []}
    assert start(IDS)["bulkOperation"] is None
    clock.move(seconds=3)
    assert (look(first)["status"], look(first)["url"]) == ("CANCELED", None)


def test_what_is_over_or_unknown_cannot_be_canceled(run, ask):
    operation = run(IDS)["id"]
    over = ask(CANCEL, id=operation)["data"]["bulkOperationCancel"]
    assert over["bulkOperation"]["status"] == "COMPLETED"
    assert over["userErrors"][0]["message"] == "A bulk operation cannot be canceled when it is completed"
    unknown = ask(CANCEL, id="gid://shopify/BulkOperation/1")["data"]["bulkOperationCancel"]
    assert unknown == {
        "bulkOperation": None,
        "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
    }


def test_there_is_a_line_for_each_root_by_id(read, shop):
    assert [line["id"] for line in read(IDS)] == gids(shop)


def test_values_are_those_of_a_page(read, ask):
    below = f"lineItems(first: 50) {{ nodes {{ {LINE} }} }}"
    page = f"{{ orders(first: 250, sortKey: ID) {{ nodes {{ {FIELDS} {below} }} }} }}"
    wanted = []
    for order in ask(page)["data"]["orders"]["nodes"]:
        children = order.pop("lineItems")["nodes"]
        wanted += [order, *({**line, "__parentId": order["id"]} for line in children)]
    assert read() == wanted


def test_without_groups_children_stand_anywhere_after_their_parents(read):
    grouped, scattered = read(), read(group=False)
    key = json.dumps
    assert sorted(map(key, scattered)) == sorted(map(key, grouped))
    parents = [line for line in scattered if "__parentId" not in line]
    assert scattered[: len(parents)] == [line for line in grouped if "__parentId" not in line]
    assert scattered[len(parents) :] != [line for line in grouped if "__parentId" in line]


DEEP = """{ collections { edges { node { id products { edges { node { id
  variants { edges { node { id } } } } } } } } } }"""


def test_two_levels_are_grouped_below_their_root(read):
    seen = {}
    for line in read(DEEP):
        level = seen.get(line.get("__parentId"), -1) + 1
        if level == 0:
            seen = {}
        assert level == ("Collection", "Product", "ProductVariant").index(line["id"].split("/")[3])
        seen[line["id"]] = level


def test_grandchildren_come_after_their_parents_without_groups(read):
    seen = set()
    for line in read(DEEP, group=False):
        assert "__parentId" not in line or line["__parentId"] in seen
        seen.add(line["id"])


def test_a_child_under_two_parents_has_a_line_under_each(read, shop):
    lines = [line for line in read(DEEP) if "/Product/" in line["id"]]
    assert len(lines) == sum(len(product["category_ids"]) for product in shop.resources["products"].values())


def test_a_connection_below_an_object_belongs_to_the_node_around_it(read):
    query = (
        """{ productVariants { edges { node { id inventoryItem { id variants { edges { node { title } } } } } } } }"""
    )
    first, below, *_ = read(query)
    assert first["inventoryItem"].keys() == {"id"}
    assert below == {"title": below["title"], "__parentId": first["id"]}


def test_members_of_an_interface_tell_their_type(read):
    query = products("id media { edges { node { __typename id ... on MediaImage { mediaContentType } } } }")
    media = [line for line in read(query) if "__parentId" in line]
    assert {line["__typename"] for line in media} == {"MediaImage"}
    assert {"__typename", "id", "mediaContentType", "__parentId"} == media[0].keys()


def test_lines_of_what_has_no_id_are_told_by_their_type(read, shop):
    query = """{ orders { edges { node { id discountApplications { edges { node { __typename index
      ... on DiscountCodeApplication { code } } } } } } } }"""
    found = [line for line in read(query) if "__parentId" in line]
    assert len(found) == sum(len(order["discounts"]) for order in shop.resources["orders"].values())
    assert {line.keys() >= {"__typename", "index", "__parentId"} and "id" not in line for line in found} == {True}


def test_sizes_and_cursors_in_the_query_are_ignored(read, shop):
    query = """{ orders(first: 1, after: "nonsense") { edges { cursor node { id
      lineItems(first: 1) { edges { node { id } } pageInfo { hasNextPage } } } } pageInfo { endCursor } } }"""
    lines = sum(len(order["lines"]) for order in shop.resources["orders"].values())
    assert len(read(query)) == 60 + lines


def test_a_nested_connection_is_read_to_its_end(simulator, clock, http):
    shop = simulator.world.add_shop("shopify", "beta", orders=0, products=600, customers=0, categories=1)
    bulk_of(shop).instant = True
    headers = {"X-Shopify-Access-Token": shop.issue_token()}
    url = f"https://beta.myshopify.com{GRAPHQL}"
    query = "{ collections { edges { node { id products { edges { node { id } } } } } } }"
    http.post(url, json={"query": RUN, "variables": {"query": query, "group": True}}, headers=headers)
    (operation,) = bulk_of(shop).operations.values()
    inside = sum(len(product["category_ids"]) for product in shop.resources["products"].values())
    assert operation.result.objects == 1 + inside > 251


def test_slashes_are_escaped_as_in_recorded_files(run, http):
    assert http.get(run(IDS)["url"]).content.startswith(b'{"id":"gid:\\/\\/shopify\\/Order\\/')


def since(at, name="updated_at"):
    return f"{name}:>='{at:%Y-%m-%dT%H:%M:%SZ}'"


def filtered(arguments):
    return f"{{ orders({arguments}) {{ edges {{ node {{ id }} }} }} }}"


def latest(shop, count):
    orders = sorted(shop.resources["orders"].values(), key=lambda order: order["updated_at"])[-count:]
    return orders[0]["updated_at"], {gid("Order", order["id"]) for order in orders}


def test_filters_are_those_of_paging(read, shop):
    bound, wanted = latest(shop, 20)
    assert {line["id"] for line in read(filtered(f'query: "{since(bound)}"'))} == wanted


def test_a_misspelt_filter_returns_everything(read):
    assert len(read(filtered("query: \"updatedat:>='2030-01-01T00:00:00Z'\""))) == 60


def test_an_empty_bound_fails(run):
    operation = run(filtered('query: "updated_at:>"'))
    assert (operation["status"], operation["errorCode"]) == ("FAILED", "INTERNAL_SERVER_ERROR")


def test_a_sort_key_beside_an_update_time_loses_records(read, shop):
    bound, wanted = latest(shop, 20)
    found = {line["id"] for line in read(filtered(f'query: "{since(bound)}", sortKey: UPDATED_AT'))}
    assert found < wanted


def test_a_sort_key_alone_loses_nothing(read):
    assert len(read(filtered("sortKey: UPDATED_AT"))) == 60


def test_a_missing_scope_fails_the_operation(run, shop):
    token = shop.issue_token({"read_products"})
    operation = run(IDS, token=token)
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("FAILED", "ACCESS_DENIED", None)


def test_a_missing_scope_below_the_root_fails_it_too(run, shop):
    token = shop.issue_token({"read_orders", "read_all_orders"})
    assert run("{ orders { edges { node { id customer { id } } } } }", token=token)["errorCode"] == "ACCESS_DENIED"


def test_old_orders_are_left_out_without_their_scope(read, shop, clock):
    recent = [order for order in shop.resources["orders"].values() if order["created_at"] > clock.at - timedelta(60)]
    assert len(read(IDS, token=shop.issue_token({"read_orders"}))) == len(recent) < 60


def test_a_field_that_is_not_approved_is_null(read, shop):
    shop.state["withheld"] = {"Customer.firstName"}
    lines = read("{ customers { edges { node { id firstName } } } }")
    assert {line["firstName"] for line in lines} == {None}


@pytest.mark.parametrize("code", ["TIMEOUT", "INTERNAL_SERVER_ERROR", "ACCESS_DENIED"])
def test_an_operation_may_fail(run, bulk, code):
    bulk.faults.append(BulkFault(error=code))
    operation = run()
    assert (operation["status"], operation["errorCode"]) == ("FAILED", code)
    assert (operation["url"], operation["partialDataUrl"], operation["completedAt"]) == (None, None, None)
    assert 0 < int(operation["rootObjectCount"]) < 60
    assert run()["status"] == "COMPLETED"


def test_a_timeout_may_strike_only_what_is_large(run, bulk, shop):
    bound, _ = latest(shop, 20)
    bulk.faults += [BulkFault(error="TIMEOUT", above=30)] * 2
    assert run(IDS)["errorCode"] == "TIMEOUT"
    assert run(filtered(f'query: "{since(bound)}"'))["status"] == "COMPLETED"


def test_shopify_may_cancel_an_operation_itself(run, bulk):
    bulk.faults.append(BulkFault(canceled=True))
    operation = run()
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("CANCELED", None, None)


def test_a_failed_operation_may_leave_a_part_of_its_data(run, http, bulk):
    bulk.faults.append(BulkFault(error="TIMEOUT", partial=True, at=0.25))
    operation = run()
    part = http.get(operation["partialDataUrl"]).text.splitlines()
    assert len(part) == int(operation["objectCount"]) > 0
    whole = http.get(run()["url"]).text.splitlines()
    assert part == whole[: len(whole) // 4]


def test_a_file_may_end_at_the_end_of_a_line_too_early(run, http, bulk):
    bulk.faults.append(BulkFault(keep=-2))
    operation = run()
    body = http.get(operation["url"]).text
    assert body.endswith("}\n")
    assert body.count("\n") == int(operation["objectCount"]) - 2


def test_a_file_may_end_in_the_middle_of_a_line(run, http, bulk):
    bulk.faults.append(BulkFault(keep=10, torn=True))
    *lines, torn = http.get(run()["url"]).text.split("\n")
    assert len(lines) == 10
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)


def test_a_file_may_be_missing_although_objects_were_counted(run, bulk):
    bulk.faults.append(BulkFault(no_url=True))
    operation = run()
    assert (operation["status"], operation["url"]) == ("COMPLETED", None)
    assert int(operation["objectCount"]) > 0


def test_the_count_may_be_wrong(run, http, bulk):
    bulk.faults.append(BulkFault(miscount=3))
    operation = run()
    assert int(operation["objectCount"]) == http.get(operation["url"]).text.count("\n") + 3


def test_children_may_stand_before_their_parent_or_at_the_end(read, bulk):
    plain = read()
    bulk.faults.append(BulkFault(early=1, late=1))
    astray = read()
    assert sorted(map(json.dumps, astray)) == sorted(map(json.dumps, plain))
    assert astray[0]["__parentId"] == astray[1]["id"]
    parent = next(line for line in reversed(astray) if "__parentId" not in line)
    assert astray[-1]["__parentId"] != parent["id"]


def test_an_operation_may_take_long(start, look, bulk, clock):
    bulk.faults.append(BulkFault(delay=600))
    operation = start()["bulkOperation"]
    clock.move(minutes=9)
    assert look(operation["id"])["status"] == "RUNNING"
    clock.move(minutes=2)
    assert look(operation["id"])["status"] == "COMPLETED"


def test_a_rule_of_the_fault_plan_names_what_goes_wrong(run, simulator):
    simulator.faults.add({"shop": "alpha", "after": 1, "bulk": {"error": "TIMEOUT"}})
    assert [run(IDS)["errorCode"] for _ in range(3)] == [None, "TIMEOUT", None]


def test_a_rule_with_an_unknown_word_about_bulk_is_refused(simulator):
    with pytest.raises(ValueError, match="knows no nonsense"):
        simulator.faults.add({"bulk": {"nonsense": 1}})


def test_the_address_is_signed_and_at_the_storage(run):
    url = urlsplit(run()["url"])
    assert (url.scheme, url.netloc) == ("https", "storage.googleapis.com")
    assert all(f"{name}=" in url.query for name in ("GoogleAccessId", "Expires", "Signature"))


def test_a_token_sent_to_the_storage_is_noted(run, http, simulator):
    url = run()["url"]
    http.get(url)
    assert simulator.leaks == []
    assert http.get(url, headers={"X-Shopify-Access-Token": "shpat_1"}).status_code == 200
    assert [call.shop for call in simulator.leaks] == ["alpha"]


def test_a_changed_address_is_refused(run, http):
    url = run()["url"]
    assert http.get(url.replace("Expires=1", "Expires=2")).status_code == 403
    assert http.get(url.split("?")[0]).status_code == 403


def test_a_file_is_gone_after_seven_days(run, look, http, clock):
    operation = run()
    clock.move(days=6)
    assert http.get(operation["url"]).status_code == 200
    clock.move(days=1)
    assert http.get(operation["url"]).status_code == 403
    assert (look(operation["id"])["status"], look(operation["id"])["url"]) == ("EXPIRED", None)


def test_a_file_may_be_lost_at_any_time(run, look, http, bulk):
    operation = run()
    bulk.lose(bulk.operations[operation["id"].rsplit("/", 1)[1]])
    assert http.get(operation["url"]).status_code == 404
    assert look(operation["id"])["status"] == "EXPIRED"


def test_an_operation_may_be_expired_from_the_start(run, bulk):
    bulk.faults.append(BulkFault(expired=True))
    assert (operation := run())["status"] == "EXPIRED"
    assert operation["url"] is None


def get(http, url, **headers):
    answer = http.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return answer.status_code, answer.content, answer.headers.get("content-range")


def test_a_part_of_a_file_is_sent_on_request(run, http):
    url = run()["url"]
    whole = http.get(url).content
    size = len(whole)
    assert get(http, url, range="bytes=100-199") == (206, whole[100:200], f"bytes 100-199/{size}")
    assert get(http, url, range=f"bytes={size - 9}-") == (206, whole[-9:], f"bytes {size - 9}-{size - 1}/{size}")
    assert get(http, url, range="bytes=-9")[1] == whole[-9:]
    assert get(http, url, range=f"bytes={size}-")[0] == 416


def test_a_part_of_another_file_than_the_one_begun_is_not_sent(run, http):
    url = run()["url"]
    etag = http.get(url).headers["etag"]
    assert get(http, url, range="bytes=5-", if_range=etag)[0] == 206
    assert get(http, url, range="bytes=5-", if_range='"other"')[0] == 200


def test_a_storage_without_parts_sends_the_whole(run, http, bulk):
    bulk.ranges = False
    url = run()["url"]
    assert get(http, url, range="bytes=100-199") == (200, http.get(url).content, None)


@pytest.mark.parametrize("status", [500, 503])
def test_the_storage_may_fail_once(run, http, simulator, status):
    url = run()["url"]
    simulator.faults.add({"path": "bulk-operation-outputs", "shop": "alpha", "status": status})
    assert [http.get(url).status_code for _ in range(2)] == [status, 200]


def test_the_connection_may_break_in_the_middle_of_a_file(run, http, simulator):
    url = run()["url"]
    size = len(http.get(url).content)
    simulator.faults.add({"path": "bulk-operation-outputs", "reset": "read", "truncate": 0.5})
    received = []
    with http.stream("GET", url) as answer, pytest.raises(httpx.ReadError):
        received.extend(answer.iter_raw())
    assert sum(map(len, received)) == size // 2


def test_a_file_may_be_cut_on_its_way(run, http, simulator):
    url = run()["url"]
    whole = http.get(url)
    simulator.faults.add({"path": "bulk-operation-outputs", "truncate": 0.5})
    cut = http.get(url)
    assert cut.headers["content-length"] == whole.headers["content-length"]
    assert cut.content == whole.content[: len(whole.content) // 2]


@pytest.fixture
def server(simulator):
    with serve(simulator) as url:
        yield url


@pytest.fixture
def served(server, simulator, shop):
    """The address of a file on a loopback server."""
    bulk_of(shop).instant = True
    headers = {"X-Shopify-Access-Token": shop.issue_token()}
    with httpx.Client(base_url=f"{server}/shopify/alpha", headers=headers) as client:
        asked = {"query": RUN, "variables": {"query": ORDERS, "group": True}}
        started = client.post(GRAPHQL, json=asked).json()["data"]["bulkOperationRunQuery"]["bulkOperation"]
        found = client.post(GRAPHQL, json={"query": STATUS, "variables": {"id": started["id"]}}).json()
    return found["data"]["bulkOperation"]["url"]


def test_a_loopback_server_keeps_the_files_itself(server, served, bulk):
    (operation,) = bulk.operations.values()
    assert served.startswith(f"{server}/")
    answer = httpx.get(served)
    assert (answer.status_code, answer.text.count("\n")) == (200, operation.result.objects)
    assert httpx.get(served, headers={"range": "bytes=5-9"}).content == answer.content[5:10]


def test_a_loopback_server_breaks_off_a_file(served, simulator):
    simulator.faults.add({"path": "bulk-operation-outputs", "reset": "read", "truncate": 0.5})
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(served)
    assert httpx.get(served).status_code == 200


def test_a_loopback_server_tells_how_many_tokens_leaked(server, served):
    httpx.get(served, headers={"X-Shopify-Access-Token": "shpat_1"})
    assert httpx.get(f"{server}/_requests").json()["leaks"] == 1


def body_of(shop):
    file = list(bulk_of(shop).operations.values())[-1].result.file
    return b"".join(file.read(0, file.size))


def flatten(shop):
    """Make the past's orders ordinary ones."""
    shop.resources["orders"] = dict(shop.resources["orders"].items())


@pytest.mark.parametrize("group", [True, False])
def test_a_long_past_is_written_as_ordinary_orders_are(start, shop, clock, group):
    past = lengthen(shop, 150)
    shop.touch("orders", list(past)[7], note="édité ✏️ 100%", tags=["a", "b"])
    shop.remove("orders", list(past)[3])
    start(group=group)
    quick = body_of(shop)
    flatten(shop)
    start(group=group)
    order = list if group else sorted
    assert order(quick.splitlines()) == order(body_of(shop).splitlines())


def test_a_long_past_is_filtered_as_ordinary_orders_are(start, shop):
    lengthen(shop, 150)
    bound = sorted(order["updated_at"] for order in shop.resources["orders"].values())[80]
    start(filtered(f'query: "{since(bound)} tag:b2b"'))
    quick = body_of(shop)
    flatten(shop)
    start(filtered(f'query: "{since(bound)} tag:b2b"'))
    assert quick == body_of(shop) != b""


def test_children_of_a_long_past_come_after_it_without_groups(read, shop):
    lengthen(shop, 150)
    seen = set()
    for line in read(group=False):
        assert "__parentId" not in line or line["__parentId"] in seen
        seen.add(line["id"])


def test_a_long_past_can_be_read_from_anywhere(run, http, shop):
    lengthen(shop, 150)
    url = run()["url"]
    whole = http.get(url).content
    third = len(whole) // 3
    assert get(http, url, range=f"bytes={third}-{2 * third}")[1] == whole[third : 2 * third + 1]


PAGE = """query($after: String, $sort: OrderSortKeys, $query: String) {
  orders(first: 50, after: $after, sortKey: $sort, query: $query) {
    nodes { id name updatedAt lineItems(first: 5) { nodes { id } } } pageInfo { hasNextPage endCursor } } }"""


def pages(ask, **variables):
    found, more, after = [], True, None
    while more:
        page = ask(PAGE, after=after, **variables)["data"]["orders"]
        found += page["nodes"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    return found


@pytest.mark.parametrize("sort", ["ID", "UPDATED_AT"])
def test_a_long_past_is_paged_as_ordinary_orders_are(ask, simulator, shop, sort):
    simulator.world.limits = False
    past = lengthen(shop, 150)
    shop.touch("orders", list(past)[7], note="edited")
    bound = sorted(order["updated_at"] for order in past.values())[80]
    quick = pages(ask, sort=sort, query=since(bound))
    flatten(shop)
    assert quick == pages(ask, sort=sort, query=since(bound))


def test_orders_of_the_past_and_their_lines_are_found_by_id(ask, shop):
    past = lengthen(shop, 150)
    order = past.peek(list(past)[5])
    ids = [gid("Order", order["id"]), gid("LineItem", order["lines"][1]["id"]), gid("Order", 5)]
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert ask(document, ids=ids)["data"]["nodes"] == [{"id": ids[0]}, {"id": ids[1]}, None]


def test_a_long_past_is_counted_and_true(ask, shop):
    lengthen(shop, 150)
    assert ask("{ ordersCount { count } }")["data"]["ordersCount"]["count"] == 210
    truth = audit.truth(shop, "orders")
    assert len(truth["orders"]) == 210
    assert len(truth["order_lines"]) == sum(len(order["lines"]) for order in shop.resources["orders"].values())


def test_every_order_of_the_past_has_its_own_ids_and_time(shop):
    past = lengthen(shop, 150, lines=2)
    copies = [past.record(place) for place in past.places()]
    keys = [order["id"] for order in copies] + [line["id"] for order in copies for line in order["lines"]]
    assert len(set(keys)) == len(keys) == 150 * 3
    assert {line["order_id"] == order["id"] for order in copies for line in order["lines"]} == {True}
    times = [order["created_at"] for order in copies]
    assert times == sorted(set(times))
    assert times[-1] < min(order["created_at"] for order in past.own.values())


def test_only_what_is_edited_of_a_long_past_is_kept(ask, simulator, shop):
    simulator.world.limits = False
    past = lengthen(shop, 150)
    pages(ask, sort="ID")
    assert past.kept == {}
    shop.touch("orders", next(iter(past)), note="edited")
    assert len(past.kept) == 1


def test_life_goes_on_after_a_long_past(simulator, shop, clock):
    past = lengthen(shop, 150)
    clock.move(hours=1)
    simulator.world.advance(shop, 40)
    assert len(past) > 210
    assert past.kept == {}


def test_a_shop_without_a_fitting_order_gets_no_past(shop):
    with pytest.raises(ValueError, match="no order"):
        lengthen(shop, 10, suits=lambda _: False)


def test_a_past_of_many_orders_takes_no_room(start, bulk, shop):
    lengthen(shop, 20_000)
    start()
    (operation,) = bulk.operations.values()
    file = operation.result.file
    found = [(len(part), part.count(b"\n")) for part in file.read(0, file.size)]
    assert sum(size for size, _ in found) == file.size
    assert sum(lines for _, lines in found) == operation.result.objects > 80_000
    assert max(size for size, _ in found) < 200_000


def test_a_file_that_is_long_goes_to_disk(run, http, simulator, shop, monkeypatch):
    monkeypatch.setattr("storesync.simulator.shopify.bulk_files.MOST_HELD", 10_000)
    plain = run()
    body = http.get(plain["url"]).content
    assert body.count(b"\n") == int(plain["objectCount"])
    assert len(body) > 10_000


def test_results_are_remembered_where_nothing_changes(start, bulk, shop):
    bulk.remembered = {}
    start(IDS)
    start(IDS)
    first, second = bulk.operations.values()
    assert first.result is second.result


class TestAccess:
    """An app must be allowed to start bulk operations, and loses that after 31 days without one."""

    @pytest.mark.parametrize(
        ("form", "data", "paths"),
        [
            ("path", None, [["bulkOperationRunQuery"]]),
            ("null", {"bulkOperationRunQuery": None}, [["bulkOperationRunQuery"]]),
            ("no path", None, [None]),
        ],
    )
    def test_a_start_without_it_is_denied(self, simulator, ask, form, data, paths):
        simulator.world.bulk_access = BulkAccess(enabled=False, form=form)

        answer = ask(RUN, query=IDS, group=True)

        assert answer["data"] == data
        assert [(error["extensions"]["code"], error.get("path")) for error in answer["errors"]] == [
            ("ACCESS_DENIED", path) for path in paths
        ]

    def test_or_denied_among_the_user_errors(self, simulator, ask):
        simulator.world.bulk_access = BulkAccess(enabled=False, form="user error")

        payload = ask(RUN, query=IDS, group=True)["data"]["bulkOperationRunQuery"]

        assert (payload["bulkOperation"], payload["userErrors"][0]["code"]) == (None, "ACCESS_DENIED")

    def test_each_start_keeps_it_for_another_31_days(self, simulator, ask, clock):
        simulator.world.bulk_access = BulkAccess()
        for days in (0, 30, 30):
            clock.move(days=days)
            assert ask(RUN, query=IDS, group=True)["data"]["bulkOperationRunQuery"]["bulkOperation"]
        clock.move(days=31)
        assert ask(RUN, query=IDS, group=True)["data"] is None

        simulator.world.bulk_access.enabled, simulator.world.bulk_access.started = True, None

        assert ask(RUN, query=IDS, group=True)["data"]["bulkOperationRunQuery"]["bulkOperation"]
