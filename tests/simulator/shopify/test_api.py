"""The simulated Shopify behaves as its documentation and its clients say."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from graphql import default_type_resolver, execute, get_named_type, is_abstract_type, is_object_type, parse

from storesync.simulator import audit
from storesync.simulator.faults import Faults
from storesync.simulator.shopify import api
from storesync.simulator.shopify.catalogue import collection_node, customer_node, product_node
from storesync.simulator.shopify.cost import requested_cost
from storesync.simulator.shopify.document import prepare, schema
from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.oauth import EXCHANGE, OFFLINE, callback_hmac
from storesync.simulator.shopify.orders import order_node
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.wire import Headers, SimRequest
from storesync.simulator.world import World
from storesync.tables import TABLES

GRAPHQL = "/admin/api/2026-10/graphql.json"
ORDERS = """query Orders(
  $first: Int!, $after: String, $query: String, $sort: OrderSortKeys, $reverse: Boolean
) {
  orders(first: $first, after: $after, query: $query, sortKey: $sort, reverse: $reverse) {
    nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }"""
ORDER = """query Order($id: ID!) { order(id: $id) {
  __typename id name total: totalPriceSet { ...Bag } app { id } customer { id }
  shippingAddress { id name countryCodeV2 } displayFinancialStatus tags processedAt
  transactions(first: 1) { id kind amountSet { ...Bag } parentTransaction { id } }
  lineItems(first: 50) { nodes { id quantity product { id } originalUnitPriceSet { ...Bag }
    discountAllocations { allocatedAmountSet { ...Bag } discountApplication { ...Application } } }
    edges { node { title } } pageInfo { hasNextPage } }
  discountApplications(first: 10) { nodes { ...Application } }
  refunds { id refundLineItems(first: 5) { nodes { quantity lineItem { id sku } } } }
  fulfillments { status trackingInfo { number } fulfillmentLineItems(first: 9) { nodes { quantity } } }
} }
fragment Bag on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount } }
fragment Application on DiscountApplication { __typename index
  value { ... on PricingPercentageValue { percentage } ... on MoneyV2 { amount } }
  ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title } }"""


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
    world = World(7, clock)
    world.add_shop("shopify", "alpha", orders=60, country="US")
    return world


@pytest.fixture
def shop(world):
    return world.shop("shopify", "alpha")


@pytest.fixture
def send(world):
    def send(method, path, *, body=b"", query=None, headers=None):
        request = SimRequest(method, path, query or {}, Headers(headers), body, "", "alpha")
        return api.handle(request, world)

    return send


@pytest.fixture
def ask(send, shop):
    token = shop.issue_token()

    def ask(document, token=token, *, debug=False, **variables):
        headers = {"X-Shopify-Access-Token": token}
        if debug:
            headers["Shopify-Search-Query-Debug"] = "1"
        body = json.dumps({"query": document, "variables": variables}).encode()
        return json.loads(send("POST", GRAPHQL, body=body, headers=headers).body)

    return ask


@pytest.fixture
def grant(world, send):
    """Ask the token endpoint, as the operator's app."""
    app = world.apps["shopify"]

    def grant(**fields):
        known = {"client_id": app.client_id, "client_secret": app.client_secret}
        response = send("POST", "/admin/oauth/access_token", body=json.dumps(known | fields).encode())
        return response.status, json.loads(response.body)

    return grant


@pytest.fixture
def consent(world, send):
    def consent(**changes):
        app = world.apps["shopify"]
        asked = {
            "client_id": app.client_id,
            "redirect_uri": app.redirect_url,
            "scope": "read_orders",
            "state": "s1",
        }
        return send("GET", "/admin/oauth/authorize", query=asked | changes)

    return consent


def parameters(response):
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def ids(answer, field="orders"):
    return [node["id"].rsplit("/", 1)[1] for node in answer["data"][field]["nodes"]]


def read_all(ask, **variables):
    found, after = [], None
    while True:
        answer = ask(ORDERS, after=after, **variables)
        found += ids(answer)
        page = answer["data"]["orders"]["pageInfo"]
        if not page["hasNextPage"]:
            return found
        after = page["endCursor"]


def test_pages_bring_every_order_once_by_update_time(ask, shop):
    found = read_all(ask, first=7, sort="UPDATED_AT")
    orders = shop.resources["orders"]
    assert sorted(found) == sorted(orders)
    assert found == sorted(orders, key=lambda key: (orders[key]["updated_at"], int(key)))


def test_reverse_pages_bring_the_same_orders_backwards(ask):
    assert read_all(ask, first=7, sort="UPDATED_AT", reverse=True) == read_all(ask, first=250, sort="UPDATED_AT")[::-1]


def test_an_order_edited_between_two_pages_comes_again_and_none_is_lost(ask, shop, clock):
    first = ask(ORDERS, first=10, sort="UPDATED_AT")
    clock.move(minutes=1)
    edited = ids(first)[3]
    shop.touch("orders", edited)
    rest = read_all(ask, first=10, sort="UPDATED_AT", query=None)
    after = first["data"]["orders"]["pageInfo"]["endCursor"]
    second = ids(ask(ORDERS, first=250, sort="UPDATED_AT", after=after))
    assert second[-1] == edited
    assert set(ids(first)) | set(second) == set(rest)


def test_a_cursor_of_another_order_is_refused(ask):
    after = ask(ORDERS, first=2, sort="UPDATED_AT")["data"]["orders"]["pageInfo"]["endCursor"]
    for cursor in (after, "nonsense"):
        answer = ask(ORDERS, first=2, sort="CREATED_AT", after=cursor)
        assert answer["data"] == {"orders": None}
        assert answer["errors"][0]["path"] == ["orders"]
        assert "cursor" in answer["errors"][0]["message"]


def test_an_edit_that_does_not_move_the_update_time_is_shown(ask, shop):
    order_id = next(iter(shop.resources["orders"]))
    document = "query($id: ID!) { order(id: $id) { note } }"
    gid = f"gid://shopify/Order/{order_id}"
    assert ask(document, id=gid)["data"]["order"]["note"] == shop.resources["orders"][order_id]["note"]
    shop.drift("orders", order_id, note="later")
    assert ask(document, id=gid)["data"]["order"]["note"] == "later"


def test_a_page_holds_at_most_250(ask):
    assert "250" in ask(ORDERS, first=251)["errors"][0]["message"]


def test_nested_connections_have_pages_of_their_own(ask, shop):
    order = max(shop.resources["orders"].values(), key=lambda order: len(order["lines"]))
    document = """query($id: ID!, $after: String) { node(id: $id) { ... on Order {
      lineItems(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    found, after = [], None
    while True:
        lines = ask(document, id=f"gid://shopify/Order/{order['id']}", after=after)["data"]["node"]["lineItems"]
        found += [node["id"] for node in lines["nodes"]]
        after = lines["pageInfo"]["endCursor"]
        if not lines["pageInfo"]["hasNextPage"]:
            break
    assert found == [f"gid://shopify/LineItem/{line['id']}" for line in order["lines"]]


def since(at, name="updated_at"):
    return f"{name}:>='{at:%Y-%m-%dT%H:%M:%SZ}'"


def test_a_quoted_bound_is_exact(ask, shop):
    orders = shop.resources["orders"].values()
    bound = sorted(order["updated_at"] for order in orders)[30]
    wanted = {order["id"] for order in orders if order["updated_at"] >= bound}
    assert set(ids(ask(ORDERS, first=250, query=since(bound), sort="UPDATED_AT"))) == wanted
    assert set(ids(ask(ORDERS, first=250, query=since(bound), sort="ID"))) == wanted


def test_without_quotes_the_time_is_dropped_and_the_day_is_the_shops(ask, shop):
    latest = max(shop.resources["orders"].values(), key=lambda order: order["updated_at"])
    latest["updated_at"] = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    unquoted = ids(ask(ORDERS, first=250, query="updated_at:>=2026-11-21T23:00:00Z"))
    assert latest["id"] in unquoted
    assert latest["id"] not in ids(ask(ORDERS, first=250, query="updated_at:>='2026-11-21T23:00:00Z'"))


def test_customers_match_by_the_whole_day(ask, shop):
    customer = next(iter(shop.resources["customers"].values()))
    customer["updated_at"] = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    document = "query($q: String) { customers(first: 250, query: $q) { nodes { id } } }"
    found = ids(ask(document, q="updated_at:>='2026-11-22T09:59:00Z'"), "customers")
    assert customer["id"] in found


def test_terms_are_joined_by_and_and_or(ask, shop):
    some = list(shop.resources["orders"])[:3]
    either = " OR ".join(f"id:{record_id}" for record_id in some)
    assert sorted(ids(ask(ORDERS, first=9, query=either))) == sorted(some)
    assert ids(ask(ORDERS, first=9, query=f"({either}) AND id:<={min(some, key=int)}")) == [min(some, key=int)]
    assert len(ids(ask(ORDERS, first=250, query=f"-id:{some[0]}"))) == 59
    cancelled = {key for key, order in shop.resources["orders"].items() if order["status"] == "cancelled"}
    assert set(ids(ask(ORDERS, first=250, query="status:cancelled"))) == cancelled


def test_a_misspelt_field_is_ignored_and_told_only_on_request(ask):
    answer = ask(ORDERS, first=250, query="updatedat:>='2030-01-01T00:00:00Z'", debug=True)
    assert len(ids(answer)) == 60
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "updatedat"
    silent = ask(ORDERS, first=250, query="updatedat:>='2030-01-01T00:00:00Z'")
    assert "search" not in silent["extensions"]


def test_an_empty_bound_is_an_internal_error(ask):
    assert ask(ORDERS, first=2, query="updated_at:>")["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_counts_follow_the_search_and_their_limit(ask, shop):
    document = "query($q: String, $limit: Int) { ordersCount(query: $q, limit: $limit) { count precision } }"
    assert ask(document, limit=None)["data"]["ordersCount"] == {"count": 60, "precision": "EXACT"}
    assert ask(document, limit=50)["data"]["ordersCount"] == {"count": 50, "precision": "AT_LEAST"}
    assert ask(document, q="id:1")["data"]["ordersCount"]["count"] == 0
    others = ask("{ productsCount { count } customersCount { count } collectionsCount { count } }")["data"]
    wanted = [len(shop.resources[name]) for name in ("products", "customers", "categories")]
    assert [entry["count"] for entry in others.values()] == wanted


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ orders(first: 1) { nodes { id nonsense } } }", "undefinedField"),
        ("{ orders(first: 1, nonsense: 2) { nodes { id } } }", "argumentNotAccepted"),
        ("{ orders(first: 1) }", "selectionMismatch"),
        ("{ node { id } }", "missingRequiredArguments"),
        ("{ orders(", "parseError"),
    ],
)
def test_an_invalid_document_is_refused_with_status_200(ask, document, code):
    answer = ask(document)
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == code


def test_a_missing_variable_is_refused(ask):
    assert ask(ORDERS)["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"


def test_skip_and_include_follow_their_variables(ask):
    document = "query($yes: Boolean!) { shop { id @include(if: $yes) name @skip(if: $yes) } }"
    assert list(ask(document, yes=True)["data"]["shop"]) == ["id"]
    assert list(ask(document, yes=False)["data"]["shop"]) == ["name"]


def reference(node):
    """Answer `ORDER` by graphql-core's own execution, for comparison."""

    def value(found):
        if isinstance(found, Nested):
            nodes = list(found.items)
            return {
                "nodes": nodes,
                "edges": [{"node": entry} for entry in nodes],
                "pageInfo": {"hasNextPage": False},
            }
        return {"id": f"gid://shopify/{found.kind}/{found.id}"} if isinstance(found, Link) else found

    def resolve(source, info, **arguments):
        found = value(source[info.field_name])
        return found[: arguments["first"]] if isinstance(found, list) and "first" in arguments else found

    return execute(
        schema(),
        parse(ORDER),
        {"order": node},
        variable_values={"id": "x"},
        field_resolver=resolve,
        type_resolver=default_type_resolver,
    )


def test_answers_are_those_of_graphql_core(ask, shop, world):
    world.limits = False
    for record in shop.resources["orders"].values():
        wanted = reference(order_node(shop, record))
        assert wanted.errors is None
        assert ask(ORDER, id=f"gid://shopify/Order/{record['id']}")["data"] == wanted.data


def check_fields(kind, node):
    for name, definition in kind.fields.items():
        inner, value = get_named_type(definition.type), node[name]
        children = value.items if isinstance(value, Nested) else value if isinstance(value, list) else [value]
        if isinstance(value, Nested):
            inner = get_named_type(inner.fields["nodes"].type)
        for child in children:
            if isinstance(child, dict) and (is_object_type(inner) or is_abstract_type(inner)):
                check_fields(schema().type_map[child["__typename"]] if is_abstract_type(inner) else inner, child)


def test_nodes_have_every_field_of_their_types(shop):
    makers = {
        "products": product_node,
        "categories": collection_node,
        "customers": customer_node,
        "orders": order_node,
    }
    kinds = {"products": "Product", "categories": "Collection", "customers": "Customer", "orders": "Order"}
    for resource, make in makers.items():
        for record in shop.resources[resource].values():
            check_fields(schema().type_map[kinds[resource]], make(shop, record))


def test_nodes_that_are_gone_are_null(ask, shop):
    kept, gone = list(shop.resources["products"])[:2]
    shop.remove("products", gone)
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    answer = ask(document, ids=[f"gid://shopify/Product/{key}" for key in (kept, gone)])
    assert answer["data"]["nodes"] == [{"__typename": "Product", "id": f"gid://shopify/Product/{kept}"}, None]
    assert ask(document, ids=["gid://shopify/Product/1"] * 251)["errors"]


def test_a_deletion_leaves_an_event(ask, shop):
    gone = next(iter(shop.resources["products"]))
    shop.remove("products", gone)
    document = """{ events(first: 5, query: "action:destroy AND subject_type:PRODUCT", sortKey: CREATED_AT) {
      nodes { action ... on BasicEvent { subjectId subjectType } } } }"""
    wanted = {"action": "destroy", "subjectId": f"gid://shopify/Product/{gone}", "subjectType": "PRODUCT"}
    assert ask(document)["data"]["events"]["nodes"] == [wanted]


def test_deletions_come_page_by_page_and_are_forgotten_after_a_year(ask, shop, clock):
    old, *gone = list(shop.resources["customers"])[:4]
    shop.remove("customers", old)
    clock.move(days=365)
    for one in gone:
        shop.remove("customers", one)
    document = """query($after: String) { events(first: 2, after: $after, query: "action:destroy") {
      nodes { ... on BasicEvent { subjectId } } pageInfo { hasNextPage endCursor } } }"""
    first = ask(document)["data"]["events"]
    second = ask(document, after=first["pageInfo"]["endCursor"])["data"]["events"]
    found = [node["subjectId"].rsplit("/", 1)[1] for node in (*first["nodes"], *second["nodes"])]
    assert (found, first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (gone, True, False)


def test_a_line_forgets_its_product_once_it_is_deleted(ask, shop):
    order = next(order for order in shop.resources["orders"].values() if order["lines"])
    shop.remove("products", order["lines"][0]["product_id"])
    document = """query($id: ID!) { order(id: $id) {
      lineItems(first: 1) { nodes { title product { id } variant { id } } } } }"""
    (line,) = ask(document, id=f"gid://shopify/Order/{order['id']}")["data"]["order"]["lineItems"]["nodes"]
    assert line == {"title": order["lines"][0]["name"], "product": None, "variant": None}


def test_the_observed_cost_of_250_variants_is_25():
    document = "{ product(id: 1) { variants(first: 250) { nodes { inventoryItem { id } } } } }"
    assert requested_cost(prepare(document, None, {})) == 25


def test_an_empty_bucket_throttles_with_status_200_and_time_restores_it(ask, clock):
    dear = "{ orders(first: 250) { nodes { id customer { id } billingAddress { id } shippingAddress { id } } } }"
    status = ask(dear)["extensions"]["cost"]
    spent = 0
    while "data" in (answer := ask(dear)):
        spent += answer["extensions"]["cost"]["actualQueryCost"]
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "THROTTLED"
    cost = answer["extensions"]["cost"]
    assert spent > 1900
    assert cost["actualQueryCost"] is None
    missing = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
    assert status["throttleStatus"]["restoreRate"] == 100
    clock.move(seconds=missing / 100)
    assert "data" in ask(dear)


def test_a_query_that_brings_less_than_it_might_is_refunded(ask):
    cost = ask(ORDERS, first=250)["extensions"]["cost"]
    assert cost["actualQueryCost"] < cost["requestedQueryCost"]
    available = cost["throttleStatus"]
    assert available["currentlyAvailable"] == available["maximumAvailable"] - cost["actualQueryCost"]


def test_no_query_may_cost_more_than_1000(ask, world):
    fields = " ".join(f"a{number}: customer {{ id }}" for number in range(90))
    document = f"{{ orders(first: 250) {{ nodes {{ {fields} }} }} }}"
    (error,) = ask(document)["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["maxCost"] == 1000
    world.limits = False
    assert "data" in ask(document)


def test_a_wrong_or_expired_token_is_refused_with_401(send, shop, clock):
    token = shop.issue_token(expires_at=clock.at + timedelta(hours=1))
    asked = {"body": b'{"query": "{ shop { id } }"}', "headers": {"x-shopify-access-token": token}}
    assert send("POST", GRAPHQL, **asked).status == 200
    clock.move(hours=1)
    expired = send("POST", GRAPHQL, **asked)
    wrong = send("POST", GRAPHQL, headers={"x-shopify-access-token": "no"})
    assert (expired.status, wrong.status) == (401, 401)
    assert json.loads(wrong.body)["errors"].startswith("[API] Invalid API key or access token")


def test_a_missing_scope_denies_its_fields_and_leaves_the_others(ask, shop):
    token = shop.issue_token({"read_orders", "read_all_orders"})
    answer = ask("{ shop { name } customers(first: 1) { nodes { id } } }", token=token)
    assert answer["data"] == {"shop": {"name": shop.name}, "customers": None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["customers"], "ACCESS_DENIED")
    assert "read_customers" in error["message"]
    nested = ask("{ orders(first: 250) { nodes { customer { id } } } }", token=token)
    assert {entry["path"][-1] for entry in nested["errors"]} == {"customer"}
    assert not any(node["customer"] for node in nested["data"]["orders"]["nodes"])


def test_a_write_scope_implies_the_read_scope(ask, shop):
    token = shop.issue_token({"write_customers"})
    assert "errors" not in ask("{ customers(first: 1) { nodes { id } } }", token=token)


def test_orders_older_than_60_days_are_absent_without_their_scope(ask, shop, clock):
    token = shop.issue_token({"read_orders"})
    recent = {
        key for key, order in shop.resources["orders"].items() if order["created_at"] >= clock.at - timedelta(days=60)
    }
    assert 0 < len(recent) < 60
    assert set(ids(ask(ORDERS, first=250, token=token))) == recent
    assert ask("{ ordersCount { count } }", token=token)["data"]["ordersCount"]["count"] == len(recent)


def test_a_field_that_is_not_approved_is_null_with_an_error_beside_the_data(ask, shop):
    shop.state["withheld"] = {"Customer.firstName"}
    answer = ask("{ customers(first: 2) { nodes { id firstName } } }")
    assert [node["firstName"] for node in answer["data"]["customers"]["nodes"]] == [None, None]
    assert answer["errors"][1]["path"] == ["customers", "nodes", 1, "firstName"]


def test_a_frozen_or_locked_shop_is_closed(send, shop):
    shop.state["frozen"] = True
    assert send("POST", GRAPHQL).status == 402
    shop.state |= {"frozen": False, "locked": True}
    assert send("POST", GRAPHQL).status == 423


def test_retired_versions_fall_forward_to_the_oldest(send, shop):
    asked = {
        "body": b'{"query": "{ shop { id } }"}',
        "headers": {"x-shopify-access-token": shop.issue_token()},
    }
    for path, served in (("2026-10", "2026-10"), ("2023-01", "2026-01"), ("unstable", "unstable")):
        headers = send("POST", f"/admin/api/{path}/graphql.json", **asked).headers
        assert headers["x-shopify-api-version"] == served
        assert headers["date"] == "Sun, 22 Nov 2026 10:00:00 GMT"
        assert headers["x-request-id"]
    assert send("POST", "/admin/api/2031-01/graphql.json", **asked).status == 404


def test_the_installation_lists_the_scopes_granted(ask, send, shop):
    token = shop.issue_token({"read_orders", "write_products"})
    answer = ask("{ currentAppInstallation { accessScopes { handle } } }", token=token)
    wanted = [{"handle": "read_orders"}, {"handle": "write_products"}]
    assert answer["data"]["currentAppInstallation"]["accessScopes"] == wanted
    rest = send("GET", "/admin/oauth/access_scopes.json", headers={"x-shopify-access-token": token})
    assert json.loads(rest.body) == {"access_scopes": wanted}


def test_the_callback_is_signed_as_in_the_published_vector():
    callback = {
        "code": "0907a61c0c8d55e99db179b68161bc00",
        "shop": "some-shop.myshopify.com",
        "state": "0.6784241404160823",
        "timestamp": "1337178173",
    }
    digest = "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"
    assert callback_hmac(callback | {"hmac": "ignored"}, "hush") == digest


def test_consent_sends_the_browser_back_with_a_signed_code(consent, world):
    response = consent()
    answer = parameters(response)
    assert response.status == 302
    assert response.headers["location"].startswith(world.apps["shopify"].redirect_url + "?")
    assert (answer["state"], answer["shop"]) == ("s1", "alpha.myshopify.com")
    assert answer["timestamp"] == str(int(world.now().timestamp()))
    assert callback_hmac(answer, world.apps["shopify"].client_secret) == answer["hmac"]


@pytest.mark.parametrize(
    "change", [{"client_id": "other"}, {"redirect_uri": "http://127.0.0.1:8721/"}, {"scope": "read_minds"}]
)
def test_consent_refuses_what_is_not_registered(consent, change):
    assert consent(**change).status == 400


def test_a_scope_that_is_not_approved_fails_the_whole_grant(consent, shop):
    assert consent(scope="read_orders,read_all_orders").status == 302
    shop.state["unapproved"] = {"read_all_orders"}
    assert consent(scope="read_orders,read_all_orders").status == 400


def test_the_merchant_may_choose_another_shop(consent, world):
    world.add_shop("shopify", "beta", orders=1)
    world.consents["shopify"] = "beta"
    assert parameters(consent())["shop"] == "beta.myshopify.com"


def test_a_code_works_once_and_only_for_a_while(consent, grant, clock, ask):
    code = parameters(consent())["code"]
    status, answer = grant(code=code)
    assert (status, set(answer), answer["scope"]) == (200, {"access_token", "scope"}, "read_orders")
    assert "errors" not in ask("{ ordersCount { count } }", token=answer["access_token"])
    assert grant(code=code) == (
        400,
        {
            "error": "invalid_request",
            "error_description": "The authorization code was not found or was already used",
        },
    )
    late = parameters(consent())["code"]
    clock.move(hours=1)
    assert grant(code=late)[0] == 400


def test_expiring_tokens_last_an_hour_and_their_refresh_tokens_rotate(consent, grant, clock, ask):
    _, pair = grant(code=parameters(consent())["code"], expiring="1")
    assert (pair["expires_in"], pair["refresh_token_expires_in"]) == (3600, 7776000)
    clock.move(minutes=30)
    _, lost = grant(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    status, second = grant(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert status == 200
    assert "data" in ask("{ shop { id } }", token=pair["access_token"])
    assert "data" in ask("{ shop { id } }", token=lost["access_token"])
    clock.move(minutes=30)
    assert "[API]" in ask("{ shop { id } }", token=pair["access_token"])["errors"]
    status, _ = grant(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert status == 200
    status, refusal = grant(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (status, "error" in refusal) in {(400, True), (401, True)}


def test_a_refresh_token_dies_after_90_days_or_30_days_after_its_first_use(consent, grant, clock):
    _, unused = grant(code=parameters(consent())["code"], expiring="1")
    clock.move(days=90)
    assert grant(grant_type="refresh_token", refresh_token=unused["refresh_token"])[0] in {400, 401}
    _, used = grant(code=parameters(consent())["code"], expiring="1")
    for days, wanted in ((0, {200}), (29, {200}), (1, {400, 401})):
        clock.move(days=days)
        assert grant(grant_type="refresh_token", refresh_token=used["refresh_token"])[0] in wanted


def test_a_new_grant_kills_the_older_refresh_token_but_not_its_access_token(consent, grant, ask):
    _, first = grant(code=parameters(consent())["code"], expiring="1")
    grant(code=parameters(consent())["code"], expiring="1")
    assert grant(grant_type="refresh_token", refresh_token=first["refresh_token"])[0] in {400, 401}
    assert "data" in ask("{ shop { id } }", token=first["access_token"])


def test_client_credentials_give_a_token_for_a_day(grant, ask, clock):
    status, answer = grant(grant_type="client_credentials")
    assert (status, answer["expires_in"], "refresh_token" in answer) == (200, 86399, False)
    assert "data" in ask("{ shop { id } }", token=answer["access_token"])
    clock.move(seconds=86399)
    assert "data" not in ask("{ shop { id } }", token=answer["access_token"])


def test_a_lasting_token_is_exchanged_once_for_an_expiring_pair(grant, shop, ask):
    old = shop.issue_token({"read_orders"})
    fields = {
        "grant_type": EXCHANGE,
        "subject_token": old,
        "subject_token_type": OFFLINE,
        "requested_token_type": OFFLINE,
        "expiring": "1",
    }
    status, pair = grant(**fields)
    assert (status, pair["expires_in"]) == (200, 3600)
    assert "data" not in ask("{ shop { id } }", token=old)
    assert grant(**fields)[0] == 400


def test_wrong_app_credentials_are_told_apart(grant):
    status, answer = grant(client_secret="wrong", grant_type="client_credentials")
    assert (status, answer["error"]) == (401, "invalid_client")


def test_the_token_endpoint_takes_forms_too(world, send):
    app = world.apps["shopify"]
    body = f"client_id={app.client_id}&client_secret={app.client_secret}&grant_type=client_credentials"
    assert send("POST", "/admin/oauth/access_token", body=body.encode()).status == 200


def test_truth_holds_promised_columns_of_every_record(shop):
    for resource in ("products", "categories", "customers", "orders"):
        tables = audit.truth(shop, resource)
        assert set(tables[resource]) == set(shop.resources[resource])
        for table, rows in tables.items():
            for row in rows.values():
                assert set(row) <= set(TABLES[table].names)
                assert all(value is None or isinstance(value, str | int | float) for value in row.values())


def test_truth_adds_up(shop):
    orders = audit.truth(shop, "orders")
    for order_id, order in orders["orders"].items():
        lines = [line for line in orders["order_lines"].values() if line["order_id"] == order_id]
        assert order["subtotal"] == pytest.approx(sum(line["price"] * line["quantity"] for line in lines))
        assert order["discount_total"] == pytest.approx(sum(line["discount_total"] for line in lines))


def test_allocations_add_up_to_each_discount(shop):
    for record in shop.resources["orders"].values():
        sums = dict.fromkeys(range(len(record["discounts"])), 0)
        for line in order_node(shop, record)["lineItems"].items:
            for entry in line["discountAllocations"]:
                amount = round(float(entry["allocatedAmountSet"]["shopMoney"]["amount"]) * 100)
                sums[entry["discountApplication"]["index"]] += amount
        assert list(sums.values()) == [discount["amount"] * 100 for discount in record["discounts"]]


def test_the_simulator_serves_the_shop_under_its_own_host(world, shop):
    simulator = Simulator(world, Faults())
    simulator.faults.add({"platform": "shopify", "throttled": True})
    url = f"https://alpha.myshopify.com{GRAPHQL}"
    headers = {"X-Shopify-Access-Token": shop.issue_token()}
    with httpx.Client(transport=SimulatorTransport(simulator), headers=headers) as client:
        throttled = client.post(url, json={"query": "{ shop { name } }"}).json()
        served = client.post(url, json={"query": "{ shop { name } }"}).json()
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert served["data"]["shop"]["name"] == shop.name
