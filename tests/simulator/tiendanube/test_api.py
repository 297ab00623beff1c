"""The simulated Tiendanube behaves as its documentation and its clients say."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from storesync.simulator import audit
from storesync.simulator.faults import Faults, Rule
from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World

API = "https://api.tiendanube.com/2025-03/123456"
AUTH = "https://www.tiendanube.com"


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
    world.add_shop("tiendanube", "123456", orders=95)
    return world


@pytest.fixture
def shop(world):
    return world.shop("tiendanube", "123456")


@pytest.fixture
def simulator(world):
    return Simulator(world)


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(simulator, shop, slept):
    headers = {"Authentication": f"bearer {shop.issue_token()}", "User-Agent": "storesync (ana@example.com)"}
    with httpx.Client(transport=SimulatorTransport(simulator, slept.append), headers=headers) as client:
        yield client


def pages(client, resource, **params):
    """Yield the pages of a list by following its Link header."""
    answer = client.get(f"{API}/{resource}", params=params)
    yield answer.json()
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        yield answer.json()


def everything(client, resource, **params):
    return [record for page in pages(client, resource, per_page=40, **params) for record in page]


def error(answer):
    return answer.status_code, answer.json()["description"]


def test_same_seed_makes_the_same_shop(clock):
    one, two, other = (World(seed, clock).add_shop("tiendanube", "1", orders=60) for seed in (3, 3, 4))
    assert one.resources == two.resources
    assert one.resources != other.resources


def test_shops_of_a_world_do_not_depend_on_each_other(clock, shop):
    alone = World(7, clock)
    alone.add_shop("shopify", "first", orders=20)
    assert alone.add_shop("tiendanube", "123456", orders=95).resources == shop.resources


def test_order_amounts_add_up(clock):
    world = World(2, clock)
    for platform in ("tiendanube", "shopify"):
        shop = world.add_shop(platform, "5", orders=400)
        world.advance(shop, 200)
        for order in shop.resources["orders"].values():
            taxes = 0 if order["taxes_included"] else order["tax_total"]
            assert order["total"] == (order["subtotal"] - order["discount_total"] + order["shipping_total"] + taxes)
            assert order["discount_total"] == sum(line["discount_total"] for line in order["lines"])
            assert order["refunded_total"] == sum(refund["amount"] for refund in order["refunds"])
            assert order["refunded_total"] <= order["paid_total"] <= order["total"]


def test_history_holds_the_awkward_cases(clock):
    shop = World(7, clock).add_shop("tiendanube", "1", orders=2000)
    orders = list(shop.resources["orders"].values())
    variants = [entry for product in shop.resources["products"].values() for entry in product["variants"]]
    statuses = {order["payment_status"] for order in orders}
    assert statuses >= {"pending", "authorized", "paid", "partially_refunded", "refunded", "voided"}
    assert any(order["customer_id"] is None for order in orders)
    assert any(count > 1 for count in Counter(order["created_at"] for order in orders).values())
    ids = [int(order["id"]) for order in orders]
    assert ids != sorted(ids)
    assert max(int(line["id"]) for order in orders for line in order["lines"]) > 2**31
    assert any(len({line["variant_id"] for line in order["lines"]}) < len(order["lines"]) for order in orders)
    assert any(variant["inventory_quantity"] is None for variant in variants)
    assert any(variant["price"] is None for variant in variants)
    assert any(variant["option1"] is None for variant in variants)
    assert any("\x1b" in product["name"] for product in shop.resources["products"].values())


def test_list_that_is_empty_is_404_last_page_is_0(client, clock):
    answer = client.get(f"{API}/orders", params={"updated_at_min": clock().isoformat()})
    assert error(answer) == (404, "Last page is 0")
    assert answer.headers["x-total-count"] == "0"


def test_page_past_the_end_is_404_and_names_the_last_one(client):
    assert error(client.get(f"{API}/orders", params={"per_page": 40, "page": 4})) == (404, "Last page is 3")


def test_unknown_record_is_404_without_a_last_page(client):
    assert error(client.get(f"{API}/orders/1")) == (404, None)


@pytest.mark.parametrize("resource", ["products", "categories", "customers", "orders"])
def test_pages_follow_link_to_every_record(client, shop, resource):
    found = [record["id"] for page in pages(client, resource, per_page=7) for record in page]
    assert sorted(map(str, found)) == sorted(shop.resources[resource])


def test_links_are_absolute_and_complete(client):
    answer = client.get(f"{API}/orders", params={"per_page": 40, "page": 2, "status": "any"})
    assert set(answer.links) == {"next", "last", "first", "prev"}
    assert answer.links["next"]["url"].startswith(f"{API}/orders?")
    assert "status=any" in answer.links["prev"]["url"]
    assert answer.headers["x-total-count"] == "95"


def test_page_holds_30_records_by_default_and_200_at_most(client):
    assert len(client.get(f"{API}/orders").json()) == 30
    assert client.get(f"{API}/orders", params={"per_page": 201}).status_code == 422


def test_orders_end_at_10000(client):
    assert client.get(f"{API}/orders", params={"per_page": 200, "page": 50}).status_code == 404
    assert client.get(f"{API}/orders", params={"per_page": 200, "page": 51}).status_code == 422


def test_updated_at_min_finds_what_changed_since(client, shop, clock):
    clock.move(hours=1)
    touched = list(shop.resources["customers"])[3]
    shop.touch("customers", touched, phone="1")
    since = clock().isoformat()
    assert [found["id"] for found in everything(client, "customers", updated_at_min=since)] == [int(touched)]


def test_drift_is_hidden_from_updated_at_min(client, shop, clock):
    clock.move(hours=1)
    order = next(iter(shop.resources["orders"]))
    shop.drift("orders", order, note="hidden")
    answer = client.get(f"{API}/orders", params={"updated_at_min": clock().isoformat()})
    assert answer.status_code == 404
    assert client.get(f"{API}/orders/{order}").json()["note"] == "hidden"


def test_created_at_windows_part_the_orders(client, shop, clock):
    middle = clock() - timedelta(days=200)
    before = everything(client, "orders", created_at_max=middle.isoformat())
    after = everything(client, "orders", created_at_min=(middle + timedelta(seconds=1)).isoformat())
    assert before
    assert after
    assert len(before) + len(after) == 95


def test_plus_sign_that_is_not_encoded_is_no_date(client):
    answer = client.get(f"{API}/orders?updated_at_min=2026-01-01T00:00:00+00:00")
    assert answer.status_code == 422


def test_orders_filter_by_status_and_since_id(client, shop):
    cancelled = [order for order in shop.resources["orders"].values() if order["status"] == "cancelled"]
    assert len(everything(client, "orders", status="cancelled")) == len(cancelled)
    middle = sorted(map(int, shop.resources["orders"]))[40]
    assert {order["id"] for order in everything(client, "orders", since_id=middle)} == {
        int(record_id) for record_id in shop.resources["orders"] if int(record_id) > middle
    }


def test_products_are_fetched_by_at_most_30_ids(client, shop):
    wanted = list(shop.resources["products"])[:2]
    assert len(everything(client, "products", ids=",".join(wanted))) == 2
    many = ",".join(str(number) for number in range(31))
    assert client.get(f"{API}/products", params={"ids": many}).status_code == 422


def test_fields_leave_the_rest_out(client):
    order = client.get(f"{API}/orders", params={"fields": "id,number"}).json()[0]
    assert set(order) == {"id", "number"}
    assert isinstance(order["number"], str)


def test_fulfillments_are_ids_unless_aggregated(client):
    plain = everything(client, "orders")
    assert all(isinstance(entry, str) for order in plain for entry in order["fulfillments"] or ())
    whole = everything(client, "orders", aggregates="fulfillment_orders")
    names = [next(name for name in ("fulfillments", "fulfillment_orders") if name in order) for order in whole]
    assert set(names) == {"fulfillments", "fulfillment_orders"}
    assert all(entry["shipping"] for order, name in zip(whole, names, strict=True) for entry in order[name] or ())


def test_bucket_holds_40_and_leaks_2_a_second(client, clock):
    statuses = [client.get(f"{API}/store").status_code for _ in range(41)]
    assert statuses == [200] * 40 + [429]
    clock.move(seconds=1)
    answers = [client.get(f"{API}/store") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[1].headers["x-rate-limit-limit"] == "40"
    assert answers[1].headers["x-rate-limit-remaining"] == "0"
    assert answers[1].headers["x-rate-limit-reset"] == "20000"


def test_large_plans_have_ten_times_the_bucket(client, shop):
    shop.plan = "next"
    assert {client.get(f"{API}/store").status_code for _ in range(400)} == {200}
    assert client.get(f"{API}/store").status_code == 429


def test_limits_can_be_turned_off(client, world):
    world.limits = False
    assert {client.get(f"{API}/store").status_code for _ in range(90)} == {200}


@pytest.mark.parametrize("header", ["Authorization", "Authentication"])
@pytest.mark.parametrize("word", ["Bearer", "bearer"])
def test_only_authentication_with_lower_case_bearer_is_accepted(simulator, shop, header, word):
    headers = {header: f"{word} {shop.issue_token()}"}
    with httpx.Client(transport=SimulatorTransport(simulator), headers=headers) as client:
        answer = client.get(f"{API}/store")
    good = (header, word) == ("Authentication", "bearer")
    assert answer.status_code == (200 if good else 401)
    if not good:
        assert answer.json() == {
            "code": 401,
            "message": "Unauthorized",
            "description": "Invalid access token",
        }


def test_request_without_user_agent_is_refused(client):
    assert client.get(f"{API}/store", headers={"User-Agent": ""}).status_code == 400


def test_token_of_another_shop_is_refused(client, world):
    world.add_shop("tiendanube", "9", orders=1)
    assert client.get("https://api.tiendanube.com/2025-03/9/store").status_code == 401


def test_missing_scope_is_403_and_names_it(client, shop):
    headers = {"Authentication": f"bearer {shop.issue_token(('write_orders',))}"}
    assert client.get(f"{API}/orders", headers=headers).status_code == 200
    answer = client.get(f"{API}/categories", headers=headers)
    assert error(answer) == (403, "Missing required scope: read_products")


def test_orders_hide_the_customer_without_its_scope(client, shop):
    headers = {"Authentication": f"bearer {shop.issue_token(('read_orders',))}"}
    assert "customer" not in client.get(f"{API}/orders", headers=headers).json()[0]
    assert "customer" in client.get(f"{API}/orders").json()[0]


def test_date_header_is_the_worlds_time(client):
    assert client.get(f"{API}/store").headers["date"] == "Sun, 22 Nov 2026 10:00:00 GMT"


def consent(client, **params):
    answer = client.get(f"{AUTH}/apps/4321/authorize", params={"state": "s t", **params})
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)


def exchange(client, world, code, **others):
    app = world.apps["tiendanube"]
    body = {"client_id": app.client_id, "client_secret": app.client_secret, "code": code}
    return client.post(f"{AUTH}/apps/authorize/token", json=body | {"grant_type": "authorization_code"} | others)


def test_code_becomes_a_token_of_the_shop(client, world):
    answer = consent(client)
    assert answer["state"] == ["s t"]
    token = exchange(client, world, answer["code"][0]).json()
    assert token["user_id"] == "123456"
    assert "read_orders" in token["scope"].split(",")
    headers = {"Authentication": f"bearer {token['access_token']}"}
    assert client.get(f"{API}/store", headers=headers).status_code == 200


def test_code_works_once(client, world):
    code = consent(client)["code"][0]
    assert "access_token" in exchange(client, world, code).json()
    again = exchange(client, world, code)
    assert (again.status_code, again.json()["error"]) == (200, "invalid_grant")


def test_code_lives_5_minutes(client, world, clock):
    code = consent(client)["code"][0]
    clock.move(minutes=5)
    assert exchange(client, world, code).json() == {
        "error": "invalid_grant",
        "error_description": "The authorization code has expired",
    }


def test_wrong_secret_gets_no_token(client, world):
    code = consent(client)["code"][0]
    assert exchange(client, world, code, client_secret="guess").json()["error"] == "invalid_client"


def test_new_token_kills_the_old_one(client, world, shop):
    first, second = (
        {"Authentication": f"bearer {exchange(client, world, consent(client)['code'][0]).json()[name]}"}
        for name in ("access_token", "access_token")
    )
    assert client.get(f"{API}/store", headers=first).status_code == 401
    assert client.get(f"{API}/store", headers=second).status_code == 200


def test_merchant_chooses_the_shop(client, world):
    world.add_shop("tiendanube", "9", orders=1)
    world.consents["tiendanube"] = "9"
    assert exchange(client, world, consent(client)["code"][0]).json()["user_id"] == "9"
    assert exchange(client, world, consent(client, store="123456")["code"][0]).json()["user_id"] == "123456"


def money(value):
    return None if value is None else float(value)


def test_truth_equals_listed_orders(client, shop):
    truth = audit.truth(shop, "orders")
    lines = {}
    for listed in everything(client, "orders"):
        row = truth["orders"][str(listed["id"])]
        for name in ("number", "status", "payment_status", "cancel_reason", "currency"):
            assert listed[name] == row[name]
        assert money(listed["total"]) == row["total"] == row["current_total"]
        assert money(listed["subtotal"]) == row["subtotal"]
        assert row["tax_total"] is None
        assert sum(int(line["quantity"]) for line in listed["products"]) == row["item_quantity"]
        lines |= {str(line["id"]): (line, str(listed["id"])) for line in listed["products"]}
    assert set(lines) == set(truth["order_lines"])
    for record_id, (line, order_id) in lines.items():
        row = truth["order_lines"][record_id]
        assert (str(line["variant_id"]), order_id) == (row["variant_id"], row["order_id"])
        assert money(line["price"]) * int(line["quantity"]) == pytest.approx(row["total"])


def test_truth_equals_listed_products(client, shop):
    truth = audit.truth(shop, "products")
    listed = everything(client, "products")
    assert {str(product["id"]) for product in listed} == set(truth["products"])
    variants = [variant for product in listed for variant in product["variants"]]
    assert {str(variant["id"]) for variant in variants} == set(truth["variants"])
    for variant in variants:
        row = truth["variants"][str(variant["id"])]
        assert money(variant["promotional_price"] or variant["price"]) == row["price"]
        assert variant["stock"] == row["inventory_quantity"]
    memberships = {f"{product['id']}:{shelf['id']}" for product in listed for shelf in product["categories"]}
    assert memberships == set(truth["product_categories"])


def test_truth_follows_payment_status(shop):
    refunded = {"refunded": lambda row: row["total"], "partially_refunded": lambda row: None}
    for row in audit.truth(shop, "orders")["orders"].values():
        assert row["refunded_total"] == refunded.get(row["payment_status"], lambda row: 0)(row)


def test_day_is_the_shops_own(shop):
    order = next(iter(shop.resources["orders"].values()))
    row = audit.truth(shop, "orders")["orders"][order["id"]]
    assert row["placed_on"] == (order["placed_at"] - timedelta(hours=3)).date().isoformat()
    assert shop.country in {"AR", "BR"}


def test_truth_is_json(shop):
    for resource in audit.offers(shop):
        assert json.loads(json.dumps(audit.truth(shop, resource))) == audit.truth(shop, resource)


def test_world_changes_as_time_goes_by(client, world, shop, clock):
    before = {resource: set(records) for resource, records in shop.resources.items()}
    clock.move(hours=1)
    world.advance(shop, 300)
    world.limits = False
    assert len(shop.resources["orders"]) > len(before["orders"])
    assert before["orders"] <= set(shop.resources["orders"])
    assert before["products"] - set(shop.resources["products"])
    assert before["customers"] - set(shop.resources["customers"])
    changed = everything(client, "orders", updated_at_min=clock().isoformat())
    assert len(changed) > len(set(shop.resources["orders"]) - before["orders"])


def test_faults_strike_after_some_requests_and_then_end(client, simulator):
    rule = simulator.faults.add({"path": "/orders", "after": 1, "times": 2, "status": 503})
    statuses = [client.get(f"{API}/orders").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert client.get(f"{API}/store").status_code == 200
    assert rule.met == 4


def test_faults_know_status_html_and_delay(client, simulator, slept):
    simulator.faults.add(Rule(status=429, headers={"retry-after": "7"}, body={"code": 429}))
    simulator.faults.add(Rule(html=True, after=1))
    simulator.faults.add(Rule(delay=3.5, after=2))
    first, second, third = (client.get(f"{API}/store") for _ in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert second.headers["content-type"].startswith("text/html")
    assert third.status_code == 200
    assert slept == [3.5]


def test_faults_break_connections(client, simulator):
    for rule in ({"reset": "connect"}, {"reset": "read", "after": 1}, {"hang": True, "after": 2}):
        simulator.faults.add(rule)
    for fault in (httpx.ConnectError, httpx.ReadError, httpx.ReadTimeout):
        with pytest.raises(fault):
            client.get(f"{API}/store")
    assert [call.status for call in simulator.requests] == [0, 0, 0]


def test_truncated_answer_declares_its_full_length_unless_told_otherwise(client, simulator):
    simulator.faults.add({"truncate": 0.5})
    simulator.faults.add({"truncate": 0.5, "declared": False, "after": 1})
    first, second = (client.get(f"{API}/store") for _ in range(2))
    assert int(first.headers["content-length"]) > len(first.content)
    assert "content-length" not in second.headers


def test_lost_answer_has_had_its_effect(client, simulator, world):
    code = consent(client)["code"][0]
    simulator.faults.add({"reset": "read", "path": "/apps/authorize/token"})
    with pytest.raises(httpx.ReadError):
        exchange(client, world, code)
    assert exchange(client, world, code).json()["error"] == "invalid_grant"


def test_fault_plan_is_json_and_its_words_are_checked():
    assert Faults.parse('[{"status": 500, "times": null}]').rules[0].times is None
    for text in ('[{"statsu": 500}]', "{}", "nonsense"):
        with pytest.raises(ValueError, match=r"fault|Expecting"):
            Faults.parse(text)


def test_requests_are_logged(client, simulator):
    client.get(f"{API}/orders", params={"page": 1})
    call = simulator.requests[-1]
    assert (call.method, call.target) == ("GET", "/2025-03/123456/orders?page=1")
    assert (call.platform, call.shop, call.status) == ("tiendanube", "123456", 200)


def test_unknown_host_cannot_be_reached(client):
    with pytest.raises(httpx.ConnectError):
        client.get("https://example.com/2025-03/123456/orders")


def test_server_speaks_for_the_platform_on_loopback(simulator, shop):
    headers = {"Authentication": f"bearer {shop.issue_token()}"}
    with serve(simulator) as url, httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        answer = client.get("/tiendanube/2025-03/123456/orders")
        assert answer.links["next"]["url"].startswith(f"{url}/tiendanube/2025-03/123456/orders?")
        assert client.get(answer.links["next"]["url"]).status_code == 200
        assert client.get("/tiendanube-auth/apps/4321/authorize").status_code == 302
        assert client.get("/elsewhere").status_code == 404


def test_server_offers_truth_changes_faults_and_log(simulator, shop):
    with serve(simulator) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/_truth/tiendanube:123456/orders").json() == audit.truth(shop, "orders")
        before = audit.truth(shop, "orders")
        client.post("/_advance/tiendanube:123456", params={"changes": 20})
        assert client.get("/_truth/tiendanube:123456/orders").json() != before
        client.post("/_faults", json={"status": 402})
        assert client.get("/tiendanube/2025-03/123456/store").status_code == 402
        assert client.get("/_requests").json()["by_status"] == {"402": 1}
        assert client.post("/_faults", json={"statsu": 1}).status_code == 404
        assert client.delete("/_faults").json() == {"rules": 0}


def test_server_drops_and_cuts_connections(simulator):
    simulator.faults.add({"reset": "connect"})
    simulator.faults.add({"truncate": 0.5, "after": 1})
    with serve(simulator) as url, httpx.Client(base_url=url, trust_env=False) as client:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                client.get("/tiendanube/2025-03/123456/store")


def test_server_refuses_addresses_that_others_can_reach(simulator):
    with pytest.raises(ValueError, match="loopback"), serve(simulator, "192.0.2.1"):
        pass


def test_server_refuses_foreign_names(simulator):
    with serve(simulator) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/_requests", headers={"Host": "evil.example"}).status_code == 421


def test_simulator_serves_many_threads(simulator, shop):
    simulator.world.limits = False
    headers = {"Authentication": f"bearer {shop.issue_token()}", "User-Agent": "storesync"}
    statuses = []

    def read():
        with httpx.Client(transport=SimulatorTransport(simulator), headers=headers) as client:
            statuses.extend(client.get(f"{API}/orders").status_code for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 80


def test_frozen_simulator_answers_as_before(world, shop):
    world.limits = False
    transport = SimulatorTransport(Simulator(world, frozen=True))
    headers = {"Authentication": f"bearer {shop.issue_token()}"}
    with httpx.Client(transport=transport, headers=headers) as client:
        first = client.get(f"{API}/orders")
        world.advance(shop, 50)
        assert client.get(f"{API}/orders").content == first.content
        assert client.get(f"{API}/orders", headers={"Authentication": "bearer other"}).status_code == 401
