"""An app that may start no bulk operation reads long listings page by page: nothing is missing, nobody is blamed."""

import pytest

from storesync.platforms.shopify import bulk_listings, session
from storesync.simulator.faults import BulkFault, Rule
from storesync.simulator.shop import BulkAccess
from storesync.simulator.shopify.api import bulk_of
from tests.kits.program import differences

FORMS = ("path", "null", "no path", "user error")
BULK_RUN = "mutation BulkRun"
BULK_OURS = "query BulkOurs"


@pytest.fixture
def shop(program, monkeypatch):
    """A shop whose orders count as many, of an app that may start no bulk operation."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 50)
    monkeypatch.setattr(session, "LEAST_IDS", 50)
    monkeypatch.setattr(session, "MOST_RECORDS", 25)
    monkeypatch.setattr(bulk_listings, "BATCH", 20)
    program.world.bulk_access = BulkAccess(enabled=False)
    return program.world.add_shop("shopify", "alpha", orders=60, products=4, customers=4)


def load(program, *options):
    """Connect and load the orders; return the program's answer."""
    return program.connect("shopify", "alpha", "--only", "orders", *options)


def asked(program, operation="BulkRun"):
    return [call.operation for call in program.simulator.requests].count(operation)


def verdict(program):
    [store] = program("status", "--json").json["stores"]
    return store["resources"]["orders"]["verdict"]


def assert_is_whole(program, shop):
    """All orders are here and proven, and the store is to blame for nothing."""
    assert [one for one in differences(program, shop) if one.startswith("order")] == []
    assert verdict(program) == "verified"
    assert program.sql("SELECT sync_status, consecutive_failures, last_error FROM stores") == [("completed", 0, None)]


@pytest.mark.parametrize("form", FORMS)
def test_a_long_listing_goes_on_page_by_page(program, shop, form):
    """In the same slice, however Shopify refuses; the first page is asked for and counted once."""
    program.world.bulk_access.form = form

    answer = load(program)

    assert answer.code == 0
    assert_is_whole(program, shop)
    assert asked(program, "Orders") == 3
    assert program.sql("SELECT status, pages, records, end_signal FROM run_resources") == [
        ("complete", 3, 60, "hasNextPage=false")
    ]


@pytest.mark.parametrize("question", [BULK_OURS, BULK_RUN])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, ""),
        (402, ""),
        (403, ""),
        (403, {"errors": "[API] This action requires merchant approval"}),
        (403, {"errors": [{"message": "Access denied", "extensions": {"code": "ACCESS_DENIED"}}]}),
        (400, {"errors": {"query": "invalid"}}),
        (200, {"errors": [{"message": "no", "extensions": {"code": "BULK_OPERATIONS_DISABLED"}}]}),
        (200, {"errors": [{"message": "Bulk operations are not enabled for this app"}]}),
        (200, {"errors": "Configure an IP allowlist to run bulk operations"}),
        (200, {"data": None}),
        (200, "<html></html>"),
    ],
    ids=str,
)
def test_any_refusal_that_strikes_nothing_else_is_one(program, shop, question, status, body):
    """What Shopify answers exactly is not documented, nor whether the question before the start is answered."""
    program.simulator.faults.add(Rule(text=question, status=status, body=body, times=None))

    assert load(program).code == 0
    assert_is_whole(program, shop)
    assert program("status", "--json").json["stores"][0]["bulk_refused"]


def test_a_start_that_is_answered_with_nothing_is_refused(program, shop):
    """Shopify says neither which operation it started nor why it started none."""
    program.simulator.faults.add(Rule(text=BULK_RUN, body={"data": {"bulkOperationRunQuery": None}}, times=None))

    assert load(program).code == 0
    assert_is_whole(program, shop)


def test_a_document_that_shopify_refuses_says_nothing_of_the_app(program, shop, monkeypatch):
    """An operation on nothing shows that the app may: nobody is told to allow what is allowed."""
    program.world.bulk_access.enabled = True
    monkeypatch.setattr("storesync.platforms.shopify.session.bulk_name", lambda _: "wrong")
    monkeypatch.setattr(
        "storesync.platforms.shopify.bulk.bulk_document", lambda *_: "{ orders { edges { node { nothing } } } }"
    )

    assert load(program).code == 0
    assert_is_whole(program, shop)
    assert program("status", "--json").json["stores"][0]["bulk_refused"] is None


@pytest.mark.parametrize(
    ("status", "code", "connection"),
    [(401, "token_rejected", "connected"), (402, "suspended", "suspended"), (403, "locked", "suspended")],
)
def test_a_shop_that_refuses_everything_is_no_such_app(program, shop, status, code, connection):
    """From the start of the operation on nothing is answered: that is the shop's own trouble."""
    seen = []

    def close(request):
        if BULK_RUN.encode() in request.body and not seen:
            seen.append(program.simulator.faults.add(Rule(shop="alpha", status=status, body="no", times=None)))

    program.simulator.before = close
    load(program)

    assert seen
    assert program.sql("SELECT last_error_code, connection FROM stores") == [(code, connection)]
    assert asked(program, "Orders") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_start_in_a_bad_moment_is_tried_again(program, shop, status):
    """A limited rate and a broken platform say nothing about the app."""
    program.world.bulk_access = None
    program.simulator.faults.add(Rule(text=BULK_RUN, status=status, headers={"retry-after": "1"}))

    load(program)

    assert asked(program, "Orders") == 1
    assert program.sql("SELECT end_signal FROM run_resources") == [("bulk operation completed",)]


def lose_it_after_a_file(program, shop, and_then=lambda: None):
    """Let operations on many orders take too long; once a part of them is read, the app loses its permission."""
    bulk_of(shop).faults.extend(BulkFault(error="TIMEOUT", above=40) for _ in range(40))
    program.world.bulk_access.enabled = True

    def lose(request):
        if "bulk-operation-outputs" in request.path and program.world.bulk_access.enabled:
            program.world.bulk_access.enabled = False
            and_then()

    program.simulator.before = lose


def test_a_load_whose_app_lost_it_meanwhile_begins_anew(program, shop):
    """What the operation brought before is not counted."""
    lose_it_after_a_file(program, shop)

    assert load(program).code == 0

    assert not program.world.bulk_access.enabled
    assert program.sql("SELECT status, pages, records, end_signal FROM run_resources") == [
        ("complete", 3, 60, "hasNextPage=false")
    ]
    assert_is_whole(program, shop)


def test_a_job_that_another_slice_goes_on_with_begins_anew(program, shop):
    """Its operation was never started, and its cursor leads to nothing now."""
    load(program, "--no-sync")
    bulk_of(shop).occupy(5, seconds=3600)
    program.world.bulk_access.enabled = True
    program.clock.advance(minutes=4)
    program("sync-due")
    program.world.bulk_access.enabled = False
    assert '"bulk"' in program.sql("SELECT cursor FROM checkpoints")[0][0]
    program.clock.advance(minutes=5)

    program("sync-due")

    assert program.sql("SELECT pages, records, end_signal FROM run_resources") == [(3, 60, "hasNextPage=false")]
    assert program("sync", "alpha").code == 0
    program.clock.advance(minutes=5)
    program("sync-due")
    assert_is_whole(program, shop)


def test_an_operation_that_may_not_read_everything_is_replaced_by_pages(program, shop):
    """It was started, so that the app may; the token lacks a scope that only some fields need."""
    program.world.bulk_access.enabled = True
    bulk_of(shop).faults.append(BulkFault(error="ACCESS_DENIED"))

    assert load(program).code == 0
    assert_is_whole(program, shop)


def test_ids_are_compared_page_by_page(program, shop):
    """Where the app loses its permission between load and comparison."""
    program.world.bulk_access.enabled = True
    load(program)
    program.world.bulk_access.enabled = False
    for order in list(shop.resources["orders"])[:3]:
        shop.remove("orders", order)
    program.clock.advance(minutes=6)
    before = asked(program, "OrdersVersions")

    assert program("reconcile", "alpha").code == 0

    assert asked(program, "OrdersVersions") - before == 3
    assert_is_whole(program, shop)


def test_a_comparison_whose_operation_comes_to_nothing_begins_anew(program, shop):
    """Its ids are those of the new listing alone."""
    program.world.bulk_access.enabled = True
    load(program)
    program.clock.advance(minutes=6)
    bulk_of(shop).faults.append(BulkFault(error="ACCESS_DENIED"))

    assert program("reconcile", "alpha").code == 0
    assert_is_whole(program, shop)
    assert program.sql("SELECT count(*) FROM listed") == [(0,)]


def test_a_comparison_whose_app_lost_it_meanwhile_begins_anew(program, shop):
    """An id that only the operation brought is not listed: its order was deleted since."""
    program.world.bulk_access.enabled = True
    load(program)
    program.clock.advance(minutes=6)
    oldest = min(shop.resources["orders"].values(), key=lambda order: order["created_at"])["id"]
    lose_it_after_a_file(program, shop, lambda: shop.remove("orders", oldest))

    assert program("reconcile", "alpha").code == 0

    assert not program.world.bulk_access.enabled
    assert program.sql("SELECT id FROM orders WHERE deleted_at IS NOT NULL") == [(oldest,)]
    assert_is_whole(program, shop)
