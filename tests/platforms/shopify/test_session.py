"""A Shopify shop is read whole, at its pace, and believed only as far as it may be."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from storesync import errors
from storesync.model import Credential, Query, Shop
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.platforms.shopify import pacing, paging
from storesync.platforms.shopify.pacing import Bucket
from storesync.platforms.shopify.platform import Shopify
from storesync.simulator import audit
from storesync.simulator.faults import Rule
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World
from tests.kits.shopify_graph import opened as graph_opened

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOKEN = "shpat_0123456789abcdef"
KNOWN = Shop("5", "alpha", "Alpha", "alpha.myshopify.com", currency="MXN", time_zone="UTC")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.passed = 0.0
        self.slept = []

    def now(self):
        return NOW + timedelta(seconds=self.passed)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds


@pytest.fixture
def clock():
    return Clock()


def http(clock, transport):
    return HttpClient(
        "storesync tests",
        now=clock.now,
        monotonic=lambda: clock.passed,
        sleep=clock.sleep,
        jitter=lambda: 0.5,
        transport=transport,
    )


@pytest.fixture
def world(clock):
    world = World(7, clock.now)
    world.add_shop("shopify", "alpha", orders=60)
    return world


@pytest.fixture
def shop(world):
    return world.shop("shopify", "alpha")


@pytest.fixture
def simulator(world):
    return Simulator(world)


@pytest.fixture
def shopify(clock, simulator):
    return Shopify(http(clock, SimulatorTransport(simulator, clock.sleep)))


@pytest.fixture
def session(shopify, shop):
    return opened(shopify, shop)


def opened(shopify, shop, scopes=None, *, known=(), traffic=None):
    credential = Credential("static", shop.issue_token(scopes), tuple(known))
    session = shopify.open("alpha", credential, shop=None, traffic=traffic or RequestBudget())
    session.describe()
    return session


@pytest.fixture
def told(clock):
    """Return a session of a shop that gives the answers it is told to, and what it was asked."""

    def tell(*answers, known=KNOWN):
        asked, left = [], list(answers)

        def answer(request):
            asked.append(request)
            return left.pop(0) if len(left) > 1 else left[0]

        platform = Shopify(http(clock, httpx.MockTransport(answer)))
        return platform.open("alpha", Credential("static", TOKEN), shop=known, traffic=RequestBudget()), asked

    return tell


def page(nodes=(), *, more=False, after=None, root="orders", **others):
    connection = {"nodes": list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": after}}
    data = {"shop": {"id": "gid://shopify/Shop/5"}, f"{root}Count": {"count": 9, "precision": "EXACT"}}
    return httpx.Response(200, json={"data": data | {root: connection}, **others})


def order(number=1, **fields):
    return {"id": f"gid://shopify/Order/{number}", "updatedAt": "2026-11-20T00:00:00Z"} | fields


def refusal(code, **extensions):
    return httpx.Response(
        200, json={"errors": [{"message": TOKEN, "extensions": {"code": code}}], "extensions": extensions}
    )


def variables(request):
    return json.loads(request.content)["variables"]


def ids(pages):
    return [record.id for page in pages for record in page.records]


@pytest.mark.parametrize("resource", ["products", "categories", "customers", "orders"])
def test_everything_the_shop_holds_is_read(session, shop, resource):
    pages = list(session.pages(Query(resource)))
    truth = audit.truth(shop, resource)
    assert sorted(ids(pages)) == sorted(truth[resource])
    assert pages[-1].expected == pages[-1].source_count == len(truth[resource])
    for record in (record for page in pages for record in page.records):
        for table, rows in record.rows.items():
            for row in rows:
                expected = truth[table][row["id"]]
                assert {name: row.get(name) for name in expected} == expected


def test_the_shop_describes_itself(session, shop):
    found = session.describe()
    assert (found.id, found.key, found.time_zone) == (shop.id, "alpha", shop.time_zone)
    assert "read_orders" in session.granted_scopes()


def test_versions_and_fetch_agree_with_the_listing(session, shop):
    listed = [version for part in session.versions("orders") for version in part.versions]
    wanted = [version.id for version in listed][:30]
    found = session.fetch("orders", [*wanted, "404"])
    assert len(listed) == session.count("orders") == len(shop.resources["orders"])
    assert [record.id for record in found.records] == wanted


def test_an_idle_shop_costs_one_request(session, simulator, clock):
    clock.passed += 86_400 * 2
    before = len(simulator.requests)
    since = clock.now() - timedelta(minutes=10)
    pages = session.first_pages([Query(name, since) for name in ("products", "orders", "customers", "categories")])
    assert len(simulator.requests) == before + 1
    assert all(found.end_signal and not found.records for found in pages.values())
    assert set(pages) == {"products", "orders", "customers", "categories"}
    assert all(found.expected == 0 and found.source_count for found in pages.values())


def test_full_listings_are_no_business_of_first_pages(session):
    assert session.first_pages([Query("orders"), Query("products", NOW, cursor="x")]) == {}


def test_reading_goes_on_where_a_first_page_ended(session, shop):
    query = Query("orders", since=NOW - timedelta(days=400))
    first = session.first_pages([query])["orders"]
    rest = session.pages(replace(query, cursor=first.cursor))
    assert sorted([*ids([first]), *ids(rest)]) == sorted(shop.resources["orders"])


def test_missing_customers_leave_the_others(shopify, shop):
    session = opened(shopify, shop, {"read_products", "read_orders"})
    queries = [Query(name, NOW - timedelta(days=400)) for name in ("orders", "customers")]
    assert set(session.first_pages(queries)) == {"orders"}
    with pytest.raises(errors.ScopeMissing) as denied:
        list(session.pages(queries[1]))
    assert denied.value.scope == "read_customers"
    assert ids(session.pages(queries[0]))


def test_denied_records_are_not_taken_for_gone_ones(told):
    denied = {"path": ["nodes", 0], "extensions": {"code": "ACCESS_DENIED"}}
    data = {"shop": {"id": "gid://shopify/Shop/5"}, "nodes": [None, order()]}
    session, _ = told(httpx.Response(200, json={"data": data, "errors": [denied]}))
    with pytest.raises(errors.ScopeMissing):
        session.fetch("orders", ["7", "1"])


def test_long_lists_come_whole(session, shop):
    found = next(iter(shop.resources["orders"].values()))
    line = found["lines"][0]
    found["lines"] = [line | {"id": str(9_000_000 + number)} for number in range(130)]
    record = session.fetch("orders", [found["id"]]).records[0]
    assert [row["id"] for row in record.rows["order_lines"]] == [line["id"] for line in found["lines"]]


def test_a_page_that_costs_too_much_is_halved_and_the_size_kept(told):
    session, asked = told(refusal("MAX_COST_EXCEEDED"), page([order()], more=True, after="a"), page())
    first = next(session.pages(Query("orders")))
    assert [variables(request)["first"] for request in asked] == [25, 12]
    list(session.pages(Query("orders", cursor=first.cursor)))
    assert (variables(asked[2])["first"], variables(asked[2])["after"]) == (12, "a")


def test_throttled_waits_until_the_bucket_holds_the_query(told, clock):
    status = {"maximumAvailable": 2000, "currentlyAvailable": 100, "restoreRate": 100}
    cost = {"requestedQueryCost": 600, "throttleStatus": status}
    session, _ = told(refusal("THROTTLED", cost=cost), page())
    list(session.pages(Query("orders")))
    assert clock.slept == [5.0]


def test_a_wait_beyond_the_slice_ends_the_slice(shopify, shop):
    traffic = RequestBudget()
    session = opened(shopify, shop, traffic=traffic)
    session.client.bucket = Bucket(2000, 0, 100, 0)
    session.client._costs["orders"] = (25, 500)
    traffic.deadline = 1.0
    with pytest.raises(errors.OutOfTime):
        next(session.pages(Query("orders")))


def test_nothing_is_throttled_while_a_shop_is_loaded(session, simulator, clock):
    for _ in range(4):
        list(session.pages(Query("orders")))
    assert clock.slept
    assert sum(clock.slept) < len(simulator.requests) * 5
    assert session.client.traffic.requests == len(simulator.requests)
    assert all(call.status == 200 for call in simulator.requests)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([page([order()], more=True, after=None)], "not where"),
        ([page([order()], more=True, after="a"), page([order()], more=True, after="a")], "circle"),
        ([page([], more=True, after=after) for after in "aba"], "circle"),
        ([page(root="products")], "holds no orders"),
    ],
)
def test_a_listing_without_an_end_is_incomplete(told, answers, why):
    session, _ = told(*answers)
    with pytest.raises(errors.Incomplete, match=why):
        list(session.pages(Query("orders")))


def test_a_page_whose_lists_took_many_requests_is_followed_by_a_smaller_one():
    """Also where each slice has time for one page only: its cursor knows."""
    sizes = []

    def answer(request):
        asked = json.loads(request.content)["variables"]
        whole = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
        if "id" in asked:
            return httpx.Response(200, json={"data": {"node": {"addressesV2": whole}}})
        sizes.append(asked["first"])
        torn = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}
        some = [{"id": f"gid://shopify/Customer/{n}", "addressesV2": torn} for n in range(1, asked["first"] + 1)]
        listed = {"nodes": some, "pageInfo": {"hasNextPage": True, "endCursor": str(len(sizes))}}
        return httpx.Response(
            200, json={"data": {"customers": listed}, "extensions": {"cost": {"requestedQueryCost": 9}}}
        )

    cursor = None
    for _ in range(4):
        session = graph_opened(answer, KNOWN)
        session.bulk.refused()
        cursor = next(session.pages(Query("customers", cursor=cursor))).cursor
    assert sizes == [100, 50, 25, 12]


@pytest.mark.parametrize("odd", [b'"\xff"', b"9" * 5000])
@pytest.mark.parametrize("place", [0, -1])
def test_a_record_that_is_not_json_is_a_bad_answer(odd, place):
    texts = [json.dumps(order(n)).encode() for n in (1, 2)]
    texts[place] = texts[place][:-1] + b', "note": ' + odd + b"}"
    body = b'{"data": {"orders": {"nodes": [%b], "pageInfo": {"hasNextPage": false}}}}' % b", ".join(texts)
    session = graph_opened(lambda _: httpx.Response(200, content=body), KNOWN)
    with pytest.raises(errors.BadResponse):
        list(session.pages(Query("orders")))


def test_a_long_listing_goes_on_as_a_new_chain(told, monkeypatch):
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 1)
    session, asked = told(page([order()], more=True, after="a"), page([order()], more=True, after="b"), page())
    list(session.pages(Query("orders")))
    places = [(variables(request)["query"], variables(request)["after"]) for request in asked]
    chain = "updated_at:>='2026-11-20T00:00:00Z'"
    assert places == [(None, None), (chain, None), (chain, "b")]


@pytest.mark.parametrize(
    ("resource", "search"),
    [("orders", "updated_at:>='2026-11-22T09:50:07Z'"), ("customers", "updated_at:>='2026-11-22T00:00:00Z'")],
)
def test_an_increment_begins_at_its_instant_and_customers_at_the_day(told, resource, search):
    session, asked = told(page(root=resource))
    list(session.pages(Query(resource, since=datetime(2026, 11, 22, 9, 50, 7, 9, tzinfo=UTC))))
    assert variables(asked[0])["query"] == search
    assert asked[0].headers["Shopify-Search-Query-Debug"] == "1"


def test_an_ignored_filter_aborts(told):
    search = [{"path": ["orders"], "warnings": [{"field": "updated_att", "message": "Invalid search field"}]}]
    session, _ = told(page(extensions={"search": search}))
    with pytest.raises(errors.RequestRefused, match="updated_att"):
        list(session.pages(Query("orders", since=NOW)))


def test_another_shop_at_the_address_stops_the_store(told):
    session, _ = told(page(), known=replace(KNOWN, id="6"))
    with pytest.raises(errors.IdentityChanged):
        list(session.pages(Query("orders")))


def test_withheld_fields_keep_the_data(told, caplog):
    path = ["orders", "nodes", 0, "customer"]
    messages = [{"message": "This app is not approved to access the Customer object", "path": path}]
    messages += [{"message": "Access denied", "path": path, "extensions": {"code": "ACCESS_DENIED"}}]
    session, _ = told(page([order(customer=None)], errors=messages))
    with caplog.at_level(logging.WARNING):
        assert ids(session.pages(Query("orders"))) == ["1"]
    assert "orders.nodes.customer" in caplog.text


def test_another_version_is_told_once(told, caplog):
    answer = page([order()], more=True, after="a")
    answer.headers["X-Shopify-API-Version"] = "2027-01"
    last = page()
    last.headers["X-Shopify-API-Version"] = "2027-01"
    session, _ = told(answer, last)
    with caplog.at_level(logging.WARNING):
        list(session.pages(Query("orders")))
    assert caplog.text.count("served=2027-01") == 1


@pytest.mark.parametrize(
    ("known", "first_day"),
    [
        (("read_orders",), datetime(2026, 9, 23, tzinfo=UTC)),
        (("read_orders", "read_all_orders"), None),
        ((), None),
    ],
)
def test_orders_are_limited_without_the_scope_for_all(shopify, shop, known, first_day):
    session = opened(shopify, shop, known=known)
    assert next(session.pages(Query("orders"))).limited_since == first_day


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"errors": "[API] Invalid API key or access token"}), errors.TokenRejected),
        (httpx.Response(402, json={"errors": "Unavailable Shop"}), errors.Suspended),
        (
            httpx.Response(403, json={"errors": "Non-expiring access tokens are no longer accepted"}),
            errors.TokenRejected,
        ),
        (httpx.Response(403, json={"errors": "Forbidden"}), errors.Locked),
        (httpx.Response(403, json={"errors": "approval for read_orders scope"}), errors.ScopeMissing),
        (httpx.Response(404, json={"errors": "Not Found"}), errors.NotFound),
        (httpx.Response(422, json={"errors": {"query": "missing"}}), errors.RequestRefused),
        (httpx.Response(423, text="Locked"), errors.Locked),
        (httpx.Response(430, text="<html>"), errors.Locked),
        (httpx.Response(429, headers={"Retry-After": "2"}), errors.RateLimited),
        (httpx.Response(503), errors.PlatformDown),
        (httpx.Response(504), errors.PlatformDown),
        (httpx.Response(783), errors.RequestRefused),
        (httpx.Response(200, text="<html>"), errors.BadResponse),
        (httpx.Response(200, json={"errors": "Something"}), errors.RequestRefused),
        (httpx.Response(200, json={"data": None}), errors.BadResponse),
        (refusal("SHOP_INACTIVE"), errors.Suspended),
        (refusal("INTERNAL_SERVER_ERROR"), errors.PlatformDown),
        (refusal("THROTTLED"), errors.RateLimited),
        (refusal("undefinedField"), errors.RequestRefused),
        (refusal("MAX_COST_EXCEEDED"), errors.RequestRefused),
        (refusal("ACCESS_DENIED"), errors.ScopeMissing),
    ],
)
def test_an_answer_that_is_an_error_is(told, answer, error):
    answer.headers["X-Request-Id"] = "abc-1"
    session, _ = told(answer)
    with pytest.raises(error) as raised:
        list(session.pages(Query("orders")))
    assert TOKEN not in str(raised.value)


def test_a_token_that_must_expire_is_to_be_changed_for_one_that_does(told):
    body = {"errors": "Non-expiring access tokens are no longer accepted for the Admin API."}
    session, _ = told(httpx.Response(403, json=body))
    with pytest.raises(errors.TokenRejected) as refused:
        session.count("orders")
    assert refused.value.hint.endswith("storesync connect shopify alpha --migrate-token")


def test_a_short_outage_is_ridden_out(session, simulator, shop):
    simulator.faults.add(Rule(text="query Orders(", times=2, status=502))
    assert len(ids(session.pages(Query("orders")))) == len(shop.resources["orders"])


@pytest.mark.parametrize(
    ("size", "asked", "rests", "wanted"),
    [
        (25, 100, 0, 50),
        (25, 400, 0, 25),
        (200, 10, 0, 250),
        (25, 4000, 0, 6),
        (25, None, 0, 25),
        (50, 9, 11, 25),
    ],
)
def test_page_sizes_follow_their_cost(size, asked, rests, wanted):
    assert pacing.next_size(size, asked, Bucket(2000, 2000, 100, 0), rests=rests) == wanted
