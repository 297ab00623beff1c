"""The page writer: all or nothing, never older over newer, nothing twice."""

import pytest

from storesync.model import RejectedRecord
from storesync.rules.verdict import Holdings
from storesync.storage import counts
from storesync.storage.checkpoints import load_checkpoints
from storesync.tables import RESOURCES, TABLES
from tests.kits.storage import opened, order, product

T09, T10, T11 = "2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z"


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


@pytest.fixture
def lease(stock):
    return stock.take(stock.connect())


def test_a_page_brings_rows_children_payload_checkpoint_and_counters(stock, lease):
    """One transaction holds all that a page is."""
    written = stock.save(lease, order("1", lines=("11", "12"), name="#1001"), cursor="p2", pages=1)

    assert (written.rows, written.records, written.restored) == (3, 1, 0)
    assert stock.rows("SELECT store_id, id, name, updated_at, synced_at, deleted_at FROM orders") == [
        (lease.store_id, "1", "#1001", T10, "2026-11-22T12:00:00Z", None)
    ]
    assert stock.rows("SELECT id, order_id FROM order_lines ORDER BY id") == [("11", "1"), ("12", "1")]
    assert stock.rows("SELECT resource, id, part, api_version, source_updated_at FROM payloads") == [
        ("orders", "1", "record", "2026-10", T10)
    ]
    assert stock.rows("SELECT requests, pages, records, rows_written, bytes FROM runs") == [(1, 1, 1, 3, 100)]
    assert load_checkpoints(stock.database, lease.store_id)["orders"].cursor == "p2"


@pytest.mark.parametrize(
    "bad",
    [
        order("2", name={"not": "bindable"}),
        order("2", number=2**70),
        order("2", lines=("11", None)),
        order("2", parts={"record": b"\xff"}),
    ],
    ids=["value", "integer", "child", "payload"],
)
def test_an_error_in_the_middle_of_a_page_leaves_nothing(stock, lease, bad):
    """Neither rows nor checkpoint nor counters; what was there stays as it was."""
    stock.save(lease, order("1", lines=("11",)), cursor="p2")
    before = stock.everything()
    stock.clock.advance(minutes=1)

    with pytest.raises(Exception, match=r"binding|refused|too large|decode"):
        stock.save(lease, order("1", T11), bad, rejects=[RejectedRecord("3", "odd", b"{}")], cursor="p3")

    assert stock.everything() == before


def test_an_equal_payload_writes_nothing(stock, lease):
    """Not even synced_at moves; the checkpoint does."""
    stock.save(lease, order("1", lines=("11",)))
    before = stock.rows("SELECT * FROM orders") + stock.rows("SELECT * FROM payloads")
    stock.clock.advance(minutes=5)
    written = stock.save(lease, order("1", lines=("11",)), cursor="p2")

    assert (written.rows, written.records) == (0, 0)
    assert stock.rows("SELECT * FROM orders") + stock.rows("SELECT * FROM payloads") == before
    assert stock.rows("SELECT cursor FROM checkpoints") == [("p2",)]


@pytest.mark.parametrize(
    ("held", "version", "stands"),
    [
        (T10, T11, "new"),
        (T10, T10, "new"),
        (T10, T09, "old"),
        (T10, None, "new"),
        (None, T09, "new"),
        (None, None, "new"),
    ],
)
def test_an_older_version_never_replaces_a_newer_one(stock, lease, held, version, stands):
    """Newer, equal or unknown versions replace; pages may arrive in any order."""
    stock.save(lease, order("1", held, lines=("11",), name="old"))
    stock.save(lease, order("1", version, lines=("12",), name="new"))

    assert stock.rows("SELECT name FROM orders") == [(stands,)]
    assert stock.rows("SELECT id FROM order_lines") == [({"old": "11", "new": "12"}[stands],)]
    assert stock.rows("SELECT source_updated_at FROM payloads") == [(held if stands == "old" else version,)]


def test_a_record_twice_on_a_page_counts_once(stock, lease):
    """The later one of an overlapping page stands; nothing breaks on the key."""
    stock.save(lease, order("1", name="first"), order("1", name="second"))

    assert stock.rows("SELECT name FROM orders") == [("second",)]


def test_the_newer_of_two_versions_on_one_page_stands(stock, lease):
    """Whichever comes last on the page."""
    stock.save(lease, order("1", T11, name="newer"), order("1", T10, name="older"))

    assert stock.rows("SELECT name FROM orders") == [("newer",)]


def test_children_are_replaced_as_a_set(stock, lease):
    """A line that its order no longer has is gone; other orders' lines stay."""
    stock.save(lease, order("1", lines=("11", "12")), order("2", lines=("21",)))
    stock.save(lease, order("1", T11, lines=("12", "13")))

    assert stock.rows("SELECT id FROM order_lines ORDER BY id") == [("12",), ("13",), ("21",)]


def test_a_reading_without_a_child_table_leaves_it_alone(stock, lease):
    """Only a table that the reading covers is replaced."""
    stock.save(lease, order("1", lines=("11",)))
    bare = order("1", T11)
    stock.save(lease, type(bare)(bare.id, bare.updated_at, {"orders": bare.rows["orders"]}, bare.parts))

    assert stock.rows("SELECT id FROM order_lines") == [("11",)]


def test_variants_and_images_leave_tombstones_memberships_do_not(stock, lease):
    """What others may still refer to is marked; the rest is deleted."""
    stock.save(lease, product("1", variants=("v1", "v2"), images=("i1",), shelves=("c1", "c2")), resource="products")
    stock.save(lease, product("1", T11, variants=("v2",), shelves=("c2",)), resource="products")

    assert stock.rows("SELECT id, deleted_at FROM variants ORDER BY id") == [
        ("v1", "2026-11-22T12:00:00Z"),
        ("v2", None),
    ]
    assert stock.rows("SELECT id, deleted_at IS NULL FROM product_images") == [("i1", 0)]
    assert stock.rows("SELECT id FROM product_categories") == [("1:c2",)]


def test_a_tombstone_is_written_once(stock, lease):
    """deleted_at tells when the child was first missed."""
    stock.save(lease, product("1", variants=("v1", "v2")), resource="products")
    stock.save(lease, product("1", T11, variants=("v2",)), resource="products")
    stock.clock.advance(hours=1)
    stock.save(lease, product("1", "2026-11-22T12:30:00Z", variants=("v2",), shelves=("c",)), resource="products")

    assert stock.rows("SELECT deleted_at FROM variants WHERE id = 'v1'") == [("2026-11-22T12:00:00Z",)]


@pytest.mark.parametrize("version", [T10, T11])
def test_a_record_that_comes_back_rises_again(stock, lease, version):
    """A tombstone of a record that the platform sends is taken back, changed or not."""
    stock.save(lease, order("1", lines=("11",)))
    stock.database.write("UPDATE orders SET deleted_at = 'x'")
    stock.database.write("UPDATE order_lines SET deleted_at = 'x'")
    written = stock.save(lease, order("1", version, lines=("11",)))

    assert written.restored == 1
    assert stock.rows("SELECT deleted_at FROM orders UNION ALL SELECT deleted_at FROM order_lines") == [(None,)] * 2


def test_an_unreadable_record_is_quarantined_and_counted(stock, lease):
    """With its payload and reason; seen again it is one entry with two attempts."""
    stock.save(lease, order("1"), rejects=[RejectedRecord("2", "an amount is not a number", b'{"id":2}')])
    stock.clock.advance(hours=1)
    stock.save(lease, rejects=[RejectedRecord("2", "a count is odd", b'{"id":2,"n":1}')])

    assert stock.rows("SELECT resource, id, reason, payload, first_seen_at, attempts FROM quarantine") == [
        ("orders", "2", "a count is odd", '{"id":2,"n":1}', "2026-11-22T12:00:00Z", 2)
    ]
    assert counts.take_holdings(stock.database)[lease.store_id, "orders"].quarantined == 1
    assert stock.rows("SELECT records FROM runs") == [(3,)]


def test_a_record_that_can_be_read_again_leaves_the_quarantine(stock, lease):
    """Also where it is as old as what we hold; other resources' entries stay."""
    stock.save(lease, order("1"), rejects=[RejectedRecord("2", "odd", b"{}"), RejectedRecord("3", "odd", b"{}")])
    stock.save(lease, rejects=[RejectedRecord("2", "odd", b"{}")], resource="products")
    stock.save(lease, order("2"))

    assert stock.rows("SELECT resource, id FROM quarantine ORDER BY 1, 2") == [("orders", "3"), ("products", "2")]


def test_two_stores_never_touch_each_others_rows(stock, lease):
    """The same id in another store is another record."""
    other = stock.take(stock.connect("tiendanube:7"))
    stock.save(lease, order("1", lines=("11",), name="ours"))
    stock.save(other, order("1", T11, lines=("11", "12"), name="theirs"))
    stock.save(other, order("1", "2026-11-22T11:30:00Z", name="theirs"))

    assert stock.rows("SELECT name FROM orders ORDER BY store_id") == [("ours",), ("theirs",)]
    assert stock.rows("SELECT store_id, id FROM order_lines") == [(lease.store_id, "11")]


@pytest.mark.parametrize(
    ("versions", "began", "activity"),
    [
        ((T09, T10), None, T10),
        ((None,), None, None),
        (("2031-01-01T00:00:00Z",), "2026-11-22T11:59:00Z", "2026-11-22T11:59:00Z"),
    ],
    ids=["newest", "unknown", "future"],
)
def test_a_stores_activity_is_its_newest_change(stock, lease, versions, began, activity):
    """A date from the future counts as the platform's now; an unknown one as none."""
    from storesync.runtime.instants import instant_of

    records = [order(str(number), version) for number, version in enumerate(versions)]
    stock.save(lease, *records, pass_started_at=instant_of(began))

    assert stock.rows("SELECT last_activity_at FROM stores") == [(activity,)]


def test_activity_never_goes_backwards_and_needs_a_change(stock, lease):
    """Reading old or equal records again is no sign of life."""
    stock.save(lease, order("1", T10))
    stock.save(lease, order("2", T09))

    assert stock.rows("SELECT last_activity_at FROM stores") == [(T10,)]


def test_live_rows_are_counted_without_tombstones(stock, lease):
    """By store and resource, for one and for all."""
    stock.save(lease, order("1"), order("2"), order("3"))
    stock.database.write("UPDATE orders SET deleted_at = 'x' WHERE id = '2'")

    assert counts.count_live(stock.database, lease.store_id, "orders") == 2
    for whose in (None, lease.store_id):
        assert counts.take_holdings(stock.database, whose) == {(lease.store_id, "orders"): Holdings(live=2, deleted=1)}


def test_every_resource_knows_its_children():
    """Each child table has the column that names its parent."""
    missing = [
        (resource.name, child)
        for resource in RESOURCES.values()
        for child in resource.children
        if resource.key not in TABLES[child].names
    ]

    assert missing == []
