"""Long listings of Shopify are read by bulk operations: whatever befalls them, the database ends up exact."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import bulk_listings, jobs, session
from storesync.simulator.faults import BulkFault
from storesync.simulator.past import lengthen
from storesync.simulator.shopify.api import bulk_of
from storesync.storage import pages
from tests.kits.program import differences

RESULTS = "bulk-operation-outputs"


@pytest.fixture
def shop(program, monkeypatch):
    """A shop whose orders count as many."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 150)
    monkeypatch.setattr(bulk_listings, "BATCH", 20)
    return program.world.add_shop("shopify", "alpha", orders=200, products=20, customers=30)


@pytest.fixture
def bulk(shop):
    return bulk_of(shop)


def load(program, *options):
    """Connect and load the orders; return the program's answer."""
    return program.connect("shopify", "alpha", "--only", "orders", *options)


def orders_differ(program, shop):
    return [one for one in differences(program, shop) if one.startswith("order")]


def asked(program):
    """Return the names of what was asked, the storage's files as FILE."""
    return ["FILE" if RESULTS in call.target else call.operation for call in program.simulator.requests]


def test_many_orders_are_read_by_one_operation(program, shop):
    assert load(program).code == 0

    assert orders_differ(program, shop) == []
    assert (asked(program).count("BulkRun"), asked(program).count("FILE"), asked(program).count("Orders")) == (2, 1, 1)
    # Its first page came by paging, and once more in the result.
    assert program.sql("SELECT end_signal, records FROM run_resources") == [("bulk operation completed", 200)]


def test_an_order_nested_without_end_is_quarantined(program, shop, monkeypatch):
    """The other lines of the file are read all the same."""
    first = min(shop.resources["orders"], key=int)
    shop.resources["orders"][first]["note"] = "zzdeep"
    answer = program.simulator.handle

    def deep(*asked):
        response = answer(*asked)
        body = b"".join(response.parts()).replace(b'"zzdeep"', b'{"a":' * 5000 + b"1" + b"}" * 5000)
        return replace(response, body=body, chunks=None, headers=response.headers | {"content-length": str(len(body))})

    monkeypatch.setattr(program.simulator, "handle", deep)

    assert load(program).code == 0

    assert "FILE" in asked(program)
    assert program.sql("SELECT id, reason FROM quarantine") == [(first, "it is nested too deep")]
    assert program.sql("SELECT count(*) FROM orders") == [(199,)]


def test_few_orders_are_read_page_by_page(program, shopify):
    load(program)

    assert "BulkRun" not in asked(program)


def test_an_increment_is_read_page_by_page_however_long(program, shop):
    load(program)
    program.clock.advance(minutes=5)
    for order in list(shop.resources["orders"])[:180]:
        shop.touch("orders", order, note="edited")
    before = asked(program).count("BulkRun")

    program("sync", "alpha")

    assert asked(program).count("BulkRun") == before
    assert orders_differ(program, shop) == []


def test_what_changed_while_the_operation_ran_comes_with_the_next_increment(program, shop, bulk):
    """The watermark is the beginning of the pass, and no operation begins before it."""
    bulk.latency_s = 600
    order = next(iter(shop.resources["orders"]))
    program.simulator.before = lambda request: (
        shop.touch("orders", order, note="meanwhile") if b"BulkStatus" in request.body else None
    )
    load(program)
    program.simulator.before = None
    program.clock.advance(minutes=5)

    program("sync", "alpha")

    assert orders_differ(program, shop) == []


def test_the_token_is_never_sent_to_the_storage(program, shop):
    load(program)

    assert "FILE" in asked(program)
    assert program.simulator.leaks == []


def test_an_operation_is_asked_after_less_and_less_often(program, shop, bulk):
    """An hour of waiting costs some two hundred requests at most, and nobody else's turn."""
    bulk.latency_s = 3600

    assert load(program).code == 0

    assert asked(program).count("BulkStatus") < 200


def test_five_thousand_orders_of_three_lines_are_exact(program):
    shop = program.world.add_shop("shopify", "alpha", orders=40)
    lengthen(shop, 5000, lines=3, suits=lambda order: not order["refunds"] and not order["fulfillments"])

    assert load(program).code == 0

    assert orders_differ(program, shop) == []
    assert program.sql("SELECT count(*) FROM orders") == [(5040,)]


@pytest.mark.parametrize("page", [1, 4, 9])
def test_a_kill_in_the_middle_of_a_result_costs_no_second_operation(program, shop, bulk, monkeypatch, page):
    """What was saved of the file is not read again: the download goes on behind it."""
    done = []

    def save_page(*words, **named):
        if len(done) == page:
            raise KeyboardInterrupt
        done.append(named["checkpoint"].cursor)
        return whole(*words, **named)

    load(program, "--no-sync")
    whole = pages.save_page
    monkeypatch.setattr(pages, "save_page", save_page)
    program("sync", "alpha")
    assert len(done) == page
    monkeypatch.setattr(pages, "save_page", whole)
    started = asked(program).count("BulkRun")
    program.clock.advance(minutes=6)

    assert program("sync", "alpha").code == 0

    assert asked(program).count("BulkRun") <= max(2, started + 1)
    assert orders_differ(program, shop) == []


class TestTicks:
    """An operation is started in one tick and asked after in later ones."""

    def test_a_slow_operation_outlives_many_ticks(self, program, shop, bulk):
        bulk.latency_s = 1800
        load(program, "--no-sync")
        program.clock.advance(minutes=4)
        for _ in range(15):
            program("sync-due")
            program.clock.advance(minutes=4)

        assert asked(program).count("BulkRun") == 2
        assert orders_differ(program, shop) == []

    def test_five_run_at_once_and_the_sixth_waits_for_its_turn(self, program, shop, bulk):
        """Somebody else's operations take places too."""
        bulk.occupy(5, seconds=600)
        load(program, "--no-sync")
        program.clock.advance(minutes=4)
        for _ in range(7):
            program("sync-due")
            program.clock.advance(minutes=3)

        assert orders_differ(program, shop) == []
        assert program.sql("SELECT consecutive_failures FROM stores") == [(0,)]

    def test_an_operation_whose_start_was_not_saved_is_taken_up(self, program, shop, bulk):
        """After a kill between the answer and the transaction no second one is started."""
        bulk.latency_s = 60
        load(program, "--no-sync")
        program.settings["STORESYNC_SLICE"] = "1s"
        program("sync-due")
        program.clock.advance(minutes=4)
        program("sync-due")
        cursor = "UPDATE checkpoints SET cursor = json_remove(cursor, '$.bulk.operation')"
        program.write(f"{cursor} WHERE resource = 'orders'")
        program.write("UPDATE checkpoints SET cursor = json_set(cursor, '$.bulk.operation', NULL)")
        started = asked(program).count("BulkRun")
        assert started > 0

        program("sync", "alpha")

        assert asked(program).count("BulkRun") == started
        assert orders_differ(program, shop) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "INTERNAL_SERVER_ERROR"},
        {"canceled": True},
        {"canceled": True, "partial": True},
        {"error": "INTERNAL_SERVER_ERROR", "partial": True},
        {"keep": 100},
        {"keep": -1},
        {"keep": 100, "torn": True},
        {"no_url": True},
        {"expired": True},
        {"miscount": 5},
    ],
    ids=str,
)
def test_an_operation_that_comes_to_nothing_is_done_again(program, shop, bulk, fault):
    """A part is never taken for the whole, a cut on a line's end included."""
    bulk.faults.append(BulkFault(**fault))

    assert load(program).code == 0

    assert asked(program).count("BulkRun") > 2
    assert orders_differ(program, shop) == []


def test_operations_that_never_succeed_are_given_up_and_told(program, shop, bulk):
    bulk.faults.extend(BulkFault(canceled=True) for _ in range(20))

    answer = load(program, "--json")

    assert answer.code == 3
    assert answer.json["stores"][0]["error_code"] == "incomplete"
    assert program.sql("SELECT watermark FROM checkpoints WHERE resource = 'orders'") == [(None,)]


def test_what_takes_too_long_is_read_in_windows_of_the_creation_time(program, shop, bulk):
    """TIMEOUT strikes what is large: halves are tried until they pass."""
    bulk.faults.extend(BulkFault(error="TIMEOUT", above=60) for _ in range(40))

    assert load(program).code == 0

    assert asked(program).count("FILE") > 2
    assert orders_differ(program, shop) == []


def test_lines_that_stray_from_their_parent_are_not_lost(program, shop, bulk):
    """Some before it, some at the end of the file: their orders are fetched by id before the pass counts."""
    bulk.faults.append(BulkFault(error=None, early=7, late=9))
    bulk.faults.append(BulkFault(error=None, early=7, late=9))

    assert load(program).code == 0

    assert "OrdersNodes" in asked(program)
    assert orders_differ(program, shop) == []
    assert program.sql("SELECT count(*) FROM unfinished") == [(0,)]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_goes_on_where_it_was(program, shop, bulk, ranges):
    """Also where the storage sends all of it again."""
    bulk.ranges = ranges
    program.simulator.faults.add({"path": RESULTS, "reset": "read", "truncate": 0.5})

    assert load(program).code == 0

    assert (asked(program).count("FILE"), asked(program).count("BulkRun")) == (2, 2)
    assert orders_differ(program, shop) == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_storage_in_trouble_is_asked_again(program, shop, status):
    program.simulator.faults.add({"path": RESULTS, "status": status})

    assert load(program).code == 0
    assert orders_differ(program, shop) == []


def test_a_missing_scope_is_named(program, shop):
    token = shop.issue_token(["read_products"])
    program("connect", "shopify", "alpha", "--token-stdin", "--only", "orders", stdin=token + "\n")

    [store] = program("status", "--json").json["stores"]
    assert store["resources"]["orders"]["verdict"] == "denied"


def test_connections_that_shopify_takes_only_in_practice_are_read_with_the_file(program, shop, bulk):
    """Where it refuses them the documented form is used, and the rest asked for by id."""
    bulk.loose |= {"ShippingLine", "LocalizedField"}

    load(program)

    assert asked(program).count("BulkRun") == 1
    assert orders_differ(program, shop) == []


@pytest.mark.parametrize("loose", [True, False])
def test_all_barcodes_of_many_products_are_read(program, monkeypatch, loose):
    """With the file or, where Shopify refuses that, with each product by its id."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 55)
    shop = program.world.add_shop("shopify", "alpha", orders=3, products=60, customers=3)
    bulk_of(shop).loose |= {"ProductVariantBarcode"} if loose else set()

    assert program.connect("shopify", "alpha", "--only", "products").code == 0

    assert asked(program).count("FILE") == 1
    assert ("ProductsNodes" in asked(program)) is not loose
    assert [one for one in differences(program, shop) if one.startswith("variant")] == []
    assert program.sql("SELECT count(*) FROM variant_barcodes WHERE position > 2")[0][0]


def test_very_many_ids_are_compared_in_bulk(program, shop, monkeypatch):
    monkeypatch.setattr(session, "LEAST_IDS", 150)
    monkeypatch.setattr(session, "MOST_RECORDS", 50)
    monkeypatch.setattr(bulk_listings, "IDS_BATCH", 30)
    load(program)
    gone = list(shop.resources["orders"])[:5]
    for order in gone:
        shop.remove("orders", order)
    program.clock.advance(hours=1)
    before = asked(program).count("BulkRun")

    assert program("reconcile", "alpha").code == 0

    assert asked(program).count("BulkRun") == before + 1
    assert orders_differ(program, shop) == []


def test_a_result_elsewhere_is_not_fetched(program, shop, monkeypatch):
    """Only Shopify's storage and the shop's own host hold results."""
    monkeypatch.setattr("storesync.platforms.shopify.bulk.STORAGE", "storage.example")

    answer = load(program, "--json")

    assert answer.json["stores"][0]["error_code"] == "bad_response"
    assert "FILE" not in asked(program)


@pytest.mark.parametrize(("age", "seconds"), [(0, 2), (8, 2), (40, 10), (10_000, 30)])
def test_the_longer_an_operation_takes_the_later_it_is_asked_after(clock, age, seconds):
    operation = {"status": "RUNNING", "createdAt": clock.now().isoformat()}
    clock.advance(seconds=age)

    with pytest.raises(jobs.NotYet) as later:
        jobs.done_of(jobs.Job("orders", operation="1"), operation, now=clock.now(), scope="read_orders")

    assert later.value.seconds == seconds
