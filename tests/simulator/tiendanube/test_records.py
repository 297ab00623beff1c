"""The simulated Tiendanube shows baskets, coupons, locations and stock as its documentation says."""

import json
from datetime import timedelta

import httpx
import pytest

from storesync.simulator import audit, baskets, changes, consistency, stock
from storesync.simulator.server import serve
from storesync.simulator.simulator import Simulator
from storesync.simulator.tiendanube.baskets import APPEARS_WITHIN, appears_at
from storesync.simulator.tiendanube.orders import is_nameless
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World
from storesync.storage.engine import sqlite3
from storesync.tables import TABLES
from tests.kits.samples import TESTS

API = "https://api.tiendanube.com/2025-03/123456"
EXAMPLES = TESTS / "examples" / "tiendanube"
OLD = ("products", "categories", "customers", "orders")
NEW = ("checkouts", "draft_orders", "coupons", "locations", "inventory_levels")


@pytest.fixture
def world(simulator):
    simulator.world.limits = False
    return simulator.world


@pytest.fixture
def shop(world):
    return world.add_shop("tiendanube", "123456", orders=300)


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(simulator, shop, slept):
    headers = {"Authentication": f"bearer {shop.issue_token()}", "User-Agent": "storesync (ana@example.com)"}
    with httpx.Client(transport=SimulatorTransport(simulator, slept.append), headers=headers) as client:
        yield client


def everything(client, resource, **params):
    """Return the records of all pages."""
    answer = client.get(f"{API}/{resource}", params={"per_page": 40} | params)
    found = answer.json()
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        found += answer.json()
    return found


def ids(client, resource, **params):
    return {str(record["id"]) for record in everything(client, resource, **params)}


def example(name):
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def levels(client, location_id, **params):
    return client.get(f"{API}/locations/{location_id}/inventory-levels", params=params).json()


def abandon(shop, at):
    """Let somebody leave a checkout that was begun at *at*, and return its record."""
    return baskets.add_checkout(shop, at, baskets.fair(shop), baskets.new_id(shop, "checkouts"))


def test_new_resources_leave_the_older_ones_as_they_were(clock):
    with_them, without = (World(3, clock.now) for _ in range(2))
    full = with_them.add_shop("tiendanube", "1", orders=60)
    bare = without.add_shop("tiendanube", "1", orders=60, checkouts=0, draft_orders=0, coupons=0, locations=1)
    assert [full.resources[name] for name in OLD] == [bare.resources[name] for name in OLD]
    assert [len(bare.resources[name]) for name in NEW[:4]] == [0, 0, 0, 1]


@pytest.mark.parametrize("platform", ["tiendanube", "shopify"])
def test_numbers_follow_from_the_orders(clock, platform):
    shop = World(3, clock.now).add_shop(platform, "1", orders=100)
    assert [len(shop.resources[name]) for name in NEW[:3]] == [20, 7, 8]
    assert 1 <= len(shop.resources["locations"]) <= 3


def test_each_face_declares_what_it_offers(world, shop):
    assert audit.offers(shop) == (*OLD, *NEW)
    assert audit.offers(world.add_shop("shopify", "alpha", orders=1)) == (*OLD, *NEW)


def test_baskets_and_orders_share_no_id(world, shop):
    world.advance(shop, 200)
    known = [set(shop.resources[name]) for name in ("orders", "checkouts", "draft_orders")]
    became = {one["order_id"] for name in NEW[:2] for one in shop.resources[name].values() if one["order_id"]}
    assert became
    assert not known[1] & known[2]
    assert known[0] & (known[1] | known[2]) == became


def test_all_kinds_of_change_happen_as_time_goes_by(world, shop, clock):
    before = {name: dict(shop.resources[name]) for name in NEW}
    moved = {key: level["available"] for key, level in before["inventory_levels"].items()}
    used = {key: coupon["used_count"] for key, coupon in before["coupons"].items()}
    clock.advance(hours=1)
    world.advance(shop, 400)
    now = {name: shop.resources[name] for name in NEW}
    for name in ("checkouts", "draft_orders"):
        assert now[name].keys() - before[name].keys()
        assert any(record["order_id"] in shop.resources["orders"] for record in now[name].values())
    for name in ("draft_orders", "coupons"):
        assert before[name].keys() - now[name].keys()
    assert any(now["coupons"][key]["used_count"] != used[key] for key in used.keys() & now["coupons"].keys())
    assert any(now["inventory_levels"][key]["available"] != moved[key] for key in moved if key in now[NEW[4]])


def test_checkout_has_the_documented_fields(client):
    [documented] = example("2025-03_checkouts.json")
    for checkout in everything(client, "checkouts"):
        assert set(checkout) == set(documented)


def test_checkouts_are_listed_for_30_days_and_kept_for_90(client, shop, clock):
    def shown(days):
        record = abandon(shop, clock.now() - timedelta(days=days))
        return record["id"] in ids(client, "checkouts"), client.get(f"{API}/checkouts/{record['id']}").status_code

    assert [shown(days) for days in (29, 31, 89, 91)] == [(True, 200), (False, 200), (False, 200), (False, 404)]


def test_checkout_appears_within_six_hours(client, shop, clock):
    begun = [abandon(shop, clock.now()) for _ in range(12)]
    waits = {appears_at(record) - record["created_at"] for record in begun}
    assert len(waits) > 6
    clock.advance(hours=3)
    early = {record["id"] for record in begun if appears_at(record) <= clock.now()}
    assert ids(client, "checkouts") & {record["id"] for record in begun} == early
    assert 0 < len(early) < 12
    clock.at = begun[0]["created_at"] + APPEARS_WITHIN
    assert {record["id"] for record in begun} <= ids(client, "checkouts")


def test_checkouts_know_no_lower_bounds(client, clock):
    listed = ids(client, "checkouts")
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert listed
    assert ids(client, "checkouts", created_at_min=tomorrow, updated_at_min=tomorrow) == listed


def test_checkouts_know_upper_bounds_and_since_id(client, shop, clock):
    listed = {one: shop.resources["checkouts"][one] for one in ids(client, "checkouts")}
    middle = clock.now() - timedelta(days=12)
    for column in ("created_at", "updated_at"):
        wanted = {one for one, record in listed.items() if record[column] <= middle}
        assert ids(client, "checkouts", **{f"{column}_max": middle.isoformat()}) == wanted != set()
    since = sorted(map(int, listed))[5]
    assert ids(client, "checkouts", since_id=since) == {one for one in listed if int(one) > since}


def test_checkouts_need_the_scope_of_orders(client, shop):
    headers = {"Authentication": f"bearer {shop.issue_token(('read_coupons',))}"}
    for resource in ("checkouts", "draft_orders"):
        answer = client.get(f"{API}/{resource}", headers=headers)
        assert (answer.status_code, answer.json()["description"]) == (403, "Missing required scope: read_orders")


def test_old_checkout_becomes_an_order_with_its_id(client, shop, clock):
    checkout = shop.resources["checkouts"][min(ids(client, "checkouts"), key=int)]
    clock.advance(hours=1)
    order = changes.complete_checkout(shop, checkout["id"])
    assert order["id"] == checkout["id"] < max(shop.resources["orders"], key=int)
    assert (order["created_at"], order["placed_at"]) == (checkout["created_at"], clock.now())
    assert [line["id"] for line in order["lines"]] == [line["id"] for line in checkout["lines"]]
    assert checkout["id"] not in ids(client, "checkouts")
    assert client.get(f"{API}/checkouts/{checkout['id']}").status_code == 404
    changed = everything(client, "orders", updated_at_min=clock.now().isoformat())
    assert [str(one["id"]) for one in changed] == [checkout["id"]]


def test_order_of_a_basket_adds_up(shop):
    for record_id in [one for one, record in shop.resources["checkouts"].items() if record["lines"]][:20]:
        order = changes.complete_checkout(shop, record_id)
        assert order["total"] == order["subtotal"] - order["discount_total"] + order["shipping_total"]
        assert {line["order_id"] for line in order["lines"]} == {order["id"]}


def test_truth_holds_the_checkouts_that_are_listed(client, shop):
    truth = audit.truth(shop, "checkouts")
    assert set(truth["checkouts"]) == ids(client, "checkouts")
    lines = {str(line["id"]) for checkout in everything(client, "checkouts") for line in checkout["products"]}
    assert set(truth["checkout_lines"]) == lines


def test_draft_order_has_no_number_but_an_address(client):
    for draft in everything(client, "draft_orders"):
        assert draft["number"] == 0
        assert draft["checkout_url"].startswith("https://")
        assert draft["payment_status"] in {"pending", "pending_confirmation", "paid"}
        assert "customer" in draft


def test_draft_orders_of_nobody_have_no_contact(client):
    drafts = everything(client, "draft_orders")
    assert {"contact_name" in draft for draft in drafts} == {True, False}


def test_draft_orders_know_no_filters(client, shop, clock):
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert ids(client, "draft_orders", since_id=10**12, updated_at_min=tomorrow) == set(shop.resources["draft_orders"])


@pytest.mark.parametrize("unpaged", [True, False])
def test_draft_orders_may_have_no_pages(client, shop, unpaged):
    shop.quirks["draft orders are not paged"] = unpaged
    answer = client.get(f"{API}/draft_orders", params={"page": 2, "per_page": 3})
    assert len(answer.json()) == (17 if unpaged else 3)
    assert ("link" in answer.headers, "x-total-count" in answer.headers) == (not unpaged, not unpaged)


def test_confirmed_draft_is_an_order_and_no_draft(client, shop):
    draft_id = next(iter(shop.resources["draft_orders"]))
    order = changes.confirm_draft_order(shop, draft_id)
    assert order["id"] == draft_id
    assert draft_id not in ids(client, "draft_orders")
    assert client.get(f"{API}/draft_orders/{draft_id}").status_code == 404
    assert client.get(f"{API}/orders/{draft_id}").json()["number"] == order["number"]


def test_coupons_tell_no_times_but_are_filtered_by_them(client, shop, clock):
    clock.advance(hours=1)
    touched = next(iter(shop.resources["coupons"]))
    shop.touch("coupons", touched, used_count=7)
    [found] = everything(client, "coupons", updated_at_min=clock.now().isoformat())
    assert (str(found["id"]), found["used"]) == (touched, 7)
    assert not {"created_at", "updated_at"} & set(found)


def test_coupons_know_no_since_id(client, shop):
    assert ids(client, "coupons", since_id=10**12) == set(shop.resources["coupons"])


def test_coupons_are_sorted_when_asked(client, shop):
    listed = everything(client, "coupons", sort_by="uses-descending")
    assert [coupon["used"] for coupon in listed] == sorted((coupon["used"] for coupon in listed), reverse=True)
    made = [shop.resources["coupons"][str(one["id"])]["created_at"] for one in everything(client, "coupons")]
    assert made == sorted(made, reverse=shop.quirk("coupons newest first"))


def test_coupons_are_as_uneven_as_the_examples(client, world):
    shop = world.add_shop("tiendanube", "9", orders=1, products=9, categories=3, coupons=60)
    headers = {"Authentication": f"bearer {shop.issue_token()}"}
    coupons = client.get(f"{API.replace('123456', '9')}/coupons", params={"per_page": 60}, headers=headers).json()
    assert {type(coupon["value"]) for coupon in coupons} == {str, float}
    assert {type(coupon.get("categories", "absent")) for coupon in coupons} == {list, type(None), str}
    assert {"products" in coupon for coupon in coupons} == {True, False}
    assert {coupon["type"] for coupon in coupons} == {"percentage", "absolute", "shipping"}
    for column in ("max_uses", "start_date", "end_date", "min_price"):
        assert {coupon[column] is None for coupon in coupons} == {True, False}
    assert all(len(coupon["start_date"] or "2014-05-08") == 10 for coupon in coupons)


def test_deleted_coupon_is_not_listed(client, shop):
    gone = next(iter(shop.resources["coupons"]))
    shop.remove("coupons", gone)
    assert gone not in ids(client, "coupons")


def test_locations_have_no_pages(client, shop):
    answer = client.get(f"{API}/locations", params={"page": 5, "per_page": 1})
    assert [location["id"] for location in answer.json()] == list(shop.resources["locations"])
    assert not {"link", "x-total-count"} & set(answer.headers)


def test_location_has_the_documented_fields(client, shop):
    documented = example("2025-03_locations.json")[0]
    for location in client.get(f"{API}/locations").json():
        assert set(location) == set(documented)
        assert set(location["address"]) == set(documented["address"])
        assert set(location["name"]) == {"es_AR", "pt_BR", "en_US"}
        assert (
            location["name"]["pt_BR" if shop.language == "pt" else "es_AR"]
            == (shop.resources["locations"][location["id"]]["name"])
        )


def test_location_is_fetched_by_its_id(client, shop):
    location_id = next(iter(shop.resources["locations"]))
    assert client.get(f"{API}/locations/{location_id}").json()["id"] == location_id
    for path in ("locations/1", "locations/1/inventory-levels", f"locations/{location_id}/elsewhere"):
        assert client.get(f"{API}/{path}").status_code == 404


def test_locations_need_their_scope(client, shop):
    headers = {"Authentication": f"bearer {shop.issue_token(('read_orders',))}"}
    for path in ("locations", f"locations/{stock.FIRST_LOCATION}/inventory-levels"):
        answer = client.get(f"{API}/{path}", headers=headers)
        assert (answer.status_code, answer.json()["description"]) == (403, "Missing required scope: read_locations")


def test_fulfillments_name_a_location_of_the_shop(shop):
    parcels = [parcel for order in shop.resources["orders"].values() for parcel in order["fulfillments"]]
    assert {parcel["location_id"] for parcel in parcels} <= set(shop.resources["locations"])


def test_inventory_page_holds_one_level_by_default(client):
    answer = levels(client, stock.FIRST_LOCATION)
    assert set(answer) == {"total", "page", "per_page", "results"}
    assert (answer["page"], answer["per_page"], len(answer["results"])) == (1, 1, 1)
    [level] = answer["results"]
    assert {type(level[name]) for name in ("id", "variant_id", "location_id")} == {str}


def test_inventory_page_past_the_end_is_empty(client):
    answer = client.get(f"{API}/locations/{stock.FIRST_LOCATION}/inventory-levels", params={"page": 10**6})
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_inventory_pages_hold_every_level_once(client, shop):
    found = []
    for location_id in shop.resources["locations"]:
        page = 1
        while results := levels(client, location_id, page=page, per_page=50)["results"]:
            found += [f"{level['variant_id']}:{level['location_id']}" for level in results]
            page += 1
    assert sorted(found) == sorted(shop.resources["inventory_levels"])


@pytest.mark.parametrize(("lies", "high"), [(False, False), (True, True), (True, False)])
def test_inventory_total_may_lie(client, shop, lies, high):
    shop.quirks |= {"inventory total lies": lies, "inventory total is too high": high}
    true = len([1 for level in shop.resources["inventory_levels"].values() if level["location_id"].startswith("01FH")])
    told = levels(client, stock.FIRST_LOCATION, per_page=200)["total"]
    assert ((told > true) - (told < true)) == (0 if not lies else 1 if high else -1)


def test_inventory_of_one_variant_is_told_with_the_total_of_all(client, shop):
    shop.quirks["inventory total lies"] = False
    variant = next(iter(shop.resources["products"].values()))["variants"][0]
    answer = levels(client, stock.FIRST_LOCATION, variant_id=variant["id"])
    assert [level["variant_id"] for level in answer["results"]] == [variant["id"]]
    assert answer["total"] > 1


def test_levels_add_up_to_the_stock_of_the_variant(world, shop):
    for count in (1, 2, 3):
        other = world.add_shop("tiendanube", f"7{count}", orders=100, locations=count)
        world.advance(other, 100)
        for product in other.resources["products"].values():
            for variant in product["variants"]:
                stocks = [level["available"] for level in consistency.levels_of(other.resources, variant)]
                assert stocks
                assert (None if None in stocks else sum(stocks)) == variant["inventory_quantity"]


def test_stock_that_moves_may_leave_its_product_as_it_was(client, shop, clock):
    clock.advance(hours=1)
    limited = [level for level in shop.resources["inventory_levels"].values() if level["available"] is not None]
    one, other = limited[0], limited[-1]
    shop.touch("inventory_levels", one["id"], available=70)
    assert ids(client, "products", updated_at_min=clock.now().isoformat()) == {one["product_id"]}
    clock.advance(hours=1)
    shop.drift("inventory_levels", other["id"], available=80, updated_at=clock.now())
    assert client.get(f"{API}/products", params={"updated_at_min": clock.now().isoformat()}).status_code == 404
    product = client.get(f"{API}/products/{other['product_id']}").json()
    [variant] = [variant for variant in product["variants"] if str(variant["id"]) == other["variant_id"]]
    assert variant["stock"] >= 80


def test_silent_stock_moves_no_product(world, shop, clock):
    shop.silent_stock = True
    before = {level["id"]: level["available"] for level in shop.resources["inventory_levels"].values()}
    clock.advance(hours=1)
    for _ in range(30):
        changes._move_stock(shop)
    moved = [one for one, level in shop.resources["inventory_levels"].items() if level["available"] != before[one]]
    assert moved
    assert all(product["updated_at"] < clock.now() for product in shop.resources["products"].values())


def test_single_product_tells_its_levels_and_the_list_may(client, shop):
    record_id = next(iter(shop.resources["products"]))
    [first, *_] = client.get(f"{API}/products/{record_id}").json()["variants"]
    assert sum(level["stock"] or 0 for level in first["inventory_levels"]) == (first["stock"] or 0)
    for quirk in (True, False):
        shop.quirks["listed products have inventory levels"] = quirk
        listed = everything(client, "products")
        assert {"inventory_levels" in variant for product in listed for variant in product["variants"]} == {quirk}


@pytest.mark.parametrize("resource", ["orders", "checkouts", "draft_orders"])
@pytest.mark.parametrize("country", ["AR", "BR"])
def test_placeholders_stand_for_people_whom_an_app_did_not_name(client, world, resource, country):
    shop = world.add_shop("tiendanube", "9", orders=400, draft_orders=90, country=country)
    headers = {"Authentication": f"bearer {shop.issue_token()}"}
    listed = client.get(f"{API.replace('123456', '9')}/{resource}", params={"per_page": 200}, headers=headers).json()
    known = shop.resources[resource]
    nameless = [one for one in listed if is_nameless(known[str(one["id"])])]
    word = {"AR": ("No informado", "email@noinformado.com"), "BR": ("Não informado", "email@naoinformado.com")}
    assert {(one["contact_name"], one["contact_email"]) for one in nameless} == {word[country]}
    named = [one for one in listed if one not in nameless]
    assert not any("informado" in str(one.get("contact_name")) for one in named)
    truth = audit.truth(shop, resource)[resource]
    for row in (truth[str(one["id"])] for one in nameless):
        assert (row["customer_name"], row["email"], row["phone"]) == (None, None, None)


def test_late_fulfillments_appear_after_ten_minutes_without_a_trace(client, shop, clock):
    shop.late_fulfillments = True
    order = changes.complete_checkout(shop, next(iter(shop.resources["checkouts"])))
    [parcel] = order["fulfillments"]

    def shown():
        found = client.get(f"{API}/orders/{order['id']}").json()["fulfillments"] or []
        parcels = client.get(f"{API}/orders/{order['id']}/fulfillment-orders").json()
        return found == [one["id"] for one in parcels] == [parcel["id"]]

    assert not shown()
    assert parcel["id"] not in audit.truth(shop, "orders")["order_fulfillments"]
    clock.advance(minutes=10)
    assert shown()
    assert parcel["id"] in audit.truth(shop, "orders")["order_fulfillments"]
    assert order["updated_at"] < clock.now()


def test_full_bucket_queues_where_the_world_says_so(client, world, slept):
    world.limits = world.queues = True
    statuses = [client.get(f"{API}/store").status_code for _ in range(81)]
    assert statuses == [200] * 80 + [429]
    assert slept == [0.5 * place for place in range(1, 41)]


def test_queue_is_as_short_as_the_wait_since(client, world, clock, slept):
    world.limits = world.queues = True
    for _ in range(40):
        client.get(f"{API}/store")
    clock.advance(seconds=1)
    assert [client.get(f"{API}/store").status_code for _ in range(3)] == [200] * 3
    assert slept == [0.5]


def test_shop_may_be_edited_while_its_pages_are_read(client, simulator, shop):
    first = str(client.get(f"{API}/products", params={"per_page": 20}).json()[0]["id"])

    def delete_one(request):
        if request.query.get("page") == "2":
            shop.remove("products", first)

    simulator.before = delete_one
    seen = ids(client, "products", per_page=20)
    assert first in seen
    assert len(set(shop.resources["products"]) - seen) == 1


def test_server_offers_truth_of_all_that_the_face_offers(simulator, world, shop):
    other = world.add_shop("shopify", "alpha", orders=1)
    with serve(simulator) as url, httpx.Client(base_url=url, trust_env=False) as client:
        for resource in NEW:
            assert client.get(f"/_truth/tiendanube:123456/{resource}").json() == audit.truth(shop, resource)
        assert client.get("/_truth/shopify:alpha/coupons").json() == audit.truth(other, "coupons")


def test_truth_holds_promised_columns(shop):
    for resource in NEW:
        for table, rows in audit.truth(shop, resource).items():
            assert rows
            for row in rows.values():
                assert set(row) <= set(TABLES[table].names)
                assert all(value is None or isinstance(value, str | int | float) for value in row.values())


@pytest.fixture
def copy(shop):
    """A database that holds the truth of the shop."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE stores (id, key)")
    connection.execute("INSERT INTO stores VALUES (1, 'tiendanube:123456')")
    for table in TABLES.values():
        connection.execute(f"CREATE TABLE {table.name} ({', '.join(table.names)})")
    for resource in audit.offers(shop):
        for table, rows in audit.truth(shop, resource).items():
            for record_id, row in rows.items():
                held = {"store_id": 1, "id": record_id} | row
                marks = ", ".join("?" * len(held))
                insert = f"INSERT INTO {table} ({', '.join(held)}) VALUES ({marks})"
                if (table, resource) != ("product_categories", "categories"):
                    connection.execute(insert, list(held.values()))
    yield connection
    connection.close()


def test_audit_compares_all_that_the_face_offers(copy, shop):
    assert audit.differences(copy, shop) == []
    assert audit.count(shop) == sum(
        len(rows) for name in audit.offers(shop) for rows in audit.truth(shop, name).values()
    )
    copy.execute("UPDATE locations SET name = 'elsewhere'")
    assert {found.split()[0] for found in audit.differences(copy, shop)} == {"locations"}


def test_audit_leaves_out_what_has_lapsed(copy, shop, clock):
    clock.advance(days=31)
    assert {found.split()[0] for found in audit.differences(copy, shop)} == {"checkouts", "checkout_lines"}
    copy.execute("UPDATE checkouts SET expired_at = '2026-12-23T12:00:00Z'")
    assert audit.differences(copy, shop) == []


def test_frozen_simulator_remembers_new_resources_too(world, shop):
    transport = SimulatorTransport(Simulator(world, frozen=True))
    with httpx.Client(transport=transport, headers={"Authentication": f"bearer {shop.issue_token()}"}) as client:
        first = client.get(f"{API}/locations").content
        shop.touch("locations", stock.FIRST_LOCATION, name="elsewhere")
        assert client.get(f"{API}/locations").content == first


@pytest.fixture
def pages(world, simulator):
    """The list of a shop with 12 pages, as whoever may read content is answered."""
    shop = world.add_shop("tiendanube", "99", orders=0, pages=12)
    headers = {"Authentication": f"bearer {shop.issue_token(('read_content',))}", "User-Agent": "storesync (a@b.c)"}
    with httpx.Client(transport=SimulatorTransport(simulator, [].append), headers=headers) as client:
        yield lambda path="", **params: client.get(f"{API.replace('123456', '99')}/pages{path}", params=params)


def test_pages_come_in_an_object_in_an_object(pages):
    """Five of them where nobody says how many, and none after the last."""
    told = pages().json()["pages"]
    assert (len(told["results"]), told["total"], told["page"], told["perPage"], told["lastPage"]) == (5, 12, 1, 5, 3)
    assert pages(page=4).json()["pages"]["results"] == []
    assert set(told["results"][0]) == set(example("2025-03_pages.json")[0])


@pytest.mark.parametrize(("per_page", "status"), [(19, 200), (20, 400)])
def test_twenty_pages_at_once_are_refused(pages, per_page, status):
    assert pages(per_page=per_page).status_code == status


def test_a_page_comes_by_its_id_and_not_once_it_is_gone(pages, world):
    shop = world.shop("tiendanube", "99")
    page = next(iter(shop.resources["pages"]))
    assert pages(f"/{page}").json()["id"] == int(page)
    shop.remove("pages", page)
    assert (pages(f"/{page}").status_code, pages(f"/{page}").json()["description"]) == (404, "Page not found")


def test_pages_need_the_scope_of_content(client):
    assert client.get(f"{API}/pages").status_code == 403
