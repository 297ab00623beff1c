"""What a platform changes without saying so is found all the same, and what leaves its lists is not deleted."""

import pytest

from storesync.platforms.tiendanube import session
from storesync.simulator import changes
from tests.kits.program import differences

HOUR, DAY = {"hours": 1}, {"days": 1}


@pytest.fixture
def loaded(program, tiendanube):
    program.connect("tiendanube", "123456")
    program.clock.advance(minutes=5)
    return tiendanube


def sync(program, **later):
    program.clock.advance(**later)
    assert program("sync", "123456").code == 0


def made(program, shop, *, days):
    """Return an open order that was made about so many days ago."""
    now = program.world.now()
    return min(
        (order for order in shop.resources["orders"].values() if order["status"] == "open"),
        key=lambda order: abs((now - order["created_at"]).total_seconds() / 86400 - days),
    )


def status_of(program, order):
    return program.sql("SELECT payment_status FROM orders WHERE id = ?", order["id"])[0][0]


@pytest.mark.parametrize(("age", "seen_after"), [(3, 1), (40, 7)])
def test_an_order_whose_update_time_did_not_move_is_corrected(program, loaded, age, seen_after):
    """Orders of the last week are read anew each day, older ones each week."""
    order = made(program, loaded, days=age)
    loaded.drift("orders", order["id"], payment_status="refunded")
    sync(program, **HOUR)
    assert status_of(program, order) != "refunded"

    sync(program, days=seen_after)

    assert status_of(program, order) == "refunded"


def test_drift_reaches_as_far_back_as_is_set(program, loaded):
    program.settings["STORESYNC_DRIFT_DAYS"] = "30"
    order = made(program, loaded, days=60)
    loaded.drift("orders", order["id"], payment_status="refunded")

    sync(program, days=8)

    assert status_of(program, order) != "refunded"


def test_stock_that_moved_in_silence_is_right_the_next_day(program, loaded):
    """Whether a sale moves its product's update time is not documented."""
    loaded.silent_stock = True
    level = next(one for one in loaded.resources["inventory_levels"].values() if one["available"] is not None)
    loaded.drift("inventory_levels", level["id"], available=level["available"] + 17)
    sync(program, **HOUR)
    assert any("inventory_quantity" in found for found in differences(program, loaded))

    sync(program, **DAY)

    assert differences(program, loaded) == []


def test_a_comparison_reads_anew_what_shows_no_update_time(program, loaded):
    """Coupons count their uses and do not say when."""
    coupon = next(iter(loaded.resources["coupons"]))
    loaded.drift("coupons", coupon, used_count=4321)

    program("reconcile", "123456")

    assert program.sql("SELECT used_count FROM coupons WHERE id = ?", coupon) == [(4321,)]


def test_a_customers_state_that_changed_in_silence_is_right_a_week_later(program, shopify):
    """Each comparison of ids looks at it; only the customers in another state are fetched."""
    program.connect("shopify", "alpha")
    customer = next(iter(shopify.resources["customers"]))
    shopify.drift("customers", customer, state="disabled")
    program.clock.advance(hours=1)
    program("sync-due")
    assert differences(program, shopify) == [f"customers {customer} state: 'enabled', upstream 'disabled'"]
    before = len(program.simulator.requests)

    program.clock.advance(days=7)
    assert program("sync-due").code == program("sync-due").code == 0

    assert differences(program, shopify) == []
    asked = [call.operation or "" for call in list(program.simulator.requests)[before:]]
    assert [name for name in asked if name.endswith("Nodes")] == ["CustomersNodes"]
    [(rows,)] = program.sql("SELECT sum(rows_written) FROM runs WHERE kind = 'reconcile'")
    assert rows == 1 + len(shopify.resources["customers"][customer]["addresses"])


def test_fulfilment_orders_that_appear_late_are_read(program, loaded):
    """They may be missing for a while, and do not move their order."""
    loaded.late_fulfillments = True
    order = changes.complete_checkout(loaded, next(iter(loaded.resources["checkouts"])))
    sync(program, minutes=5)

    sync(program, **DAY)

    count = "SELECT count(*) FROM order_fulfillments WHERE order_id = ?"
    assert program.sql(count, order["id"]) == [(len(order["fulfillments"]),)]


def test_a_checkout_that_left_the_list_stays_and_says_since_when(program, loaded):
    """The platform lists them for thirty days: nothing was deleted."""
    [(live,)] = program.sql("SELECT count(*) FROM checkouts WHERE expired_at IS NULL")
    lines = program.sql("SELECT count(*) FROM checkout_lines")
    assert live > 0

    program.clock.advance(days=40)
    for _ in range(2):
        sync(program, **HOUR)

    assert program.sql("SELECT count(*), count(deleted_at), count(expired_at) FROM checkouts") == [(live, 0, live)]
    assert program.sql("SELECT count(*) FROM checkout_lines") == lines
    [store] = program("status", "--json").json["stores"]
    assert store["resources"]["checkouts"]["verdict"] == "verified"
    assert store["resources"]["checkouts"]["rows"] == live
    assert differences(program, loaded) == []


def test_a_checkout_that_becomes_an_order_is_in_both_tables(program, loaded):
    """The order keeps the checkout's id, far below the newest: no id is ever used as a watermark."""
    [(checkout,)] = program.sql("SELECT id FROM checkouts LIMIT 1")
    changes.complete_checkout(loaded, checkout)

    sync(program, **HOUR)

    assert program.sql("SELECT count(*) FROM orders WHERE id = ?", checkout) == [(1,)]
    assert program.sql("SELECT expired_at IS NOT NULL, deleted_at FROM checkouts WHERE id = ?", checkout) == [(1, None)]
    assert differences(program, loaded) == []


def test_stock_levels_are_read_every_six_hours(program, loaded):
    """Their list takes no filter."""
    level = next(one for one in loaded.resources["inventory_levels"].values() if one["available"] is not None)
    loaded.touch("inventory_levels", level["id"], available=12345)
    known = "SELECT available FROM inventory_levels WHERE id = ?"

    program("sync-due")
    assert program.sql(known, level["id"]) != [(12345,)]
    program.clock.advance(hours=6)
    program("sync-due")

    assert program.sql(known, level["id"]) == [(12345,)]


def test_a_deleted_location_takes_its_levels_with_it_once_a_second_look_agrees(program):
    """So many deletions at once are held at first."""
    shop = program.world.add_shop("tiendanube", "123456", orders=30, locations=2)
    program.connect("tiendanube", "123456")
    gone = next(iter(shop.resources["locations"]))
    shop.remove("locations", gone)
    program.clock.advance(hours=7)
    assert program("sync", "123456").code == 3

    program.clock.advance(hours=2)
    program("reconcile", "123456")

    live = "SELECT count(*) FROM inventory_levels WHERE location_id = ? AND deleted_at IS NULL"
    assert program.sql(live, gone) == [(0,)]


class TestTheShopItself:
    """Name, plan and address are asked for once a day."""

    def test_a_new_name_is_known_the_next_day(self, program, loaded):
        loaded.name, loaded.plan = "Nueva", "evolution"

        sync(program, **DAY)

        assert program.sql("SELECT name, plan FROM stores") == [("Nueva", "evolution")]

    def test_its_own_words_are_kept_as_they_came(self, program, loaded):
        [(body,)] = program.sql("SELECT body ->> '$.contact_email' FROM payloads WHERE resource = 'store'")

        assert body.startswith("contact@")

    def test_another_shop_at_the_same_address_stops_the_store(self, program, loaded):
        loaded.id = "999"
        program.clock.advance(days=1)

        answer = program("sync", "123456", "--json")

        assert answer.code != 0
        assert answer.json["stores"][0]["error_code"] == "identity_changed"


def test_a_drift_longer_than_a_slice_goes_on_where_it_was(program, monkeypatch):
    """The increment before it in the same slice does not take it back to its beginning."""
    monkeypatch.setattr(session, "PER_PAGE", 5)
    shop = program.world.add_shop("tiendanube", "123456", orders=300)
    program.connect("tiendanube", "123456")
    program.clock.advance(days=8)
    program.simulator.faults.add({"path": "/orders", "delay": 9, "times": None})
    asked = len(program.simulator.requests)

    for _ in range(40):
        program("sync-due")
        program.clock.advance(minutes=1)

    drifted = [call.target for call in list(program.simulator.requests)[asked:] if "created_at_min" in call.target]
    assert len(drifted) > 6
    assert len(set(drifted)) == len(drifted)
    [(at,)] = program.sql("SELECT deep_drifted_at FROM checkpoints WHERE resource = 'orders'")
    assert at > "2026-11-30"
    assert differences(program, shop) == []


def test_a_description_that_fails_keeps_nothing_else_from_being_read(program, loaded):
    """Only a refusal, a bill or another shop ends the run."""
    program.simulator.faults.add({"path": "/store", "status": 500, "times": None})
    order = next(iter(loaded.resources["orders"]))
    program.clock.advance(days=1)
    loaded.touch("orders", order, note="seen")
    program.clock.advance(minutes=1)

    assert program("sync", "123456").code == 0
    assert program.sql("SELECT note FROM orders WHERE id = ?", order) == [("seen",)]


def test_many_deletions_are_made_slice_by_slice(program, monkeypatch):
    """Each suspect is asked for by its id: what was found gone stays so when time runs out."""
    shop = program.world.add_shop("tiendanube", "123456", orders=30, customers=400)
    program.connect("tiendanube", "123456")
    for customer in list(shop.resources["customers"])[-60:]:
        shop.remove("customers", customer)
    program.settings["STORESYNC_MAX_DELETE"] = "50%"
    program.simulator.faults.add({"path": "/customers/", "delay": 1, "times": None})
    program.write("UPDATE checkpoints SET comparison_due = 1 WHERE resource = 'customers'")

    for _ in range(8):
        program.clock.advance(minutes=5)
        program("sync-due")

    assert program.sql("SELECT count(deleted_at) FROM customers") == [(60,)]
