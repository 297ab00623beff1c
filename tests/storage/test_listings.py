"""Listings of ids, tombstones, held deletions, and what is forgotten with time."""

from datetime import timedelta

import pytest

from storesync.errors import LeaseLost
from storesync.model import Checkpoint, Record, RunCounters, Version
from storesync.runtime.instants import instant_of, text_of
from storesync.storage import counts, listings
from storesync.storage.runs import Event, prune, save_events
from storesync.storage.ticks import save_tick
from tests.kits.program import NOON
from tests.kits.storage import opened, order, product

T09, T10, T11 = "2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z"
DAY = timedelta(days=1)


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


@pytest.fixture
def lease(stock):
    return stock.take(stock.connect())


def listed(stock, lease, *versions: tuple[str | None, ...], anew: bool = True, resource: str = "orders") -> None:
    """Save one page of a listing."""
    listings.save_listed(
        stock.database,
        lease,
        Checkpoint(resource),
        [Version(*version) for version in versions],
        anew=anew,
        counters=RunCounters(requests=1),
        clock=stock.clock.clock(),
    )


def unlisted(stock, lease, *, before=NOON + timedelta(seconds=1), since=None) -> list[str]:
    """Return which orders the listing does not name."""
    return listings.unlisted(stock.database, lease.store_id, "orders", before=before, since=since)


def test_a_listing_is_held_against_our_rows(stock, lease):
    """Missing: not here. Stale: newer there. Unlisted: not there."""
    stock.save(lease, order("1"), order("2"), order("3"), order("4", None))
    listed(stock, lease, ("1", T10), ("2", T11), ("3", T09), ("4", T11), ("5", T10))

    assert listings.changed(stock.database, lease.store_id, "orders") == (["5"], ["2"])
    assert unlisted(stock, lease) == []
    listed(stock, lease, ("1", T10))
    assert unlisted(stock, lease) == ["2", "3", "4"]


def test_another_state_is_stale_though_the_update_time_is_the_same(stock, lease):
    """Unless the row is newer, the listing tells no state, or the customer was forgotten and has none."""
    ours = {"1": "disabled", "2": "enabled", "3": "disabled", "4": None, "5": "disabled"}
    for one, state in ours.items():
        row = {"id": one, "updated_at": T10, "state": state}
        stock.save(lease, Record(one, T10, {"customers": [row]}, {"record": b"{}"}), resource="customers")
    theirs = [("1", T10, "enabled"), ("2", T10, "enabled"), ("3", T10, None), ("4", T10, "enabled")]
    listed(stock, lease, *theirs, ("5", T09, "enabled"), resource="customers")

    assert listings.changed(stock.database, lease.store_id, "customers") == ([], ["1"])


def test_a_tombstone_that_is_listed_is_missing_and_never_unlisted(stock, lease):
    """It is fetched again and rises."""
    stock.save(lease, order("1"), order("2"))
    listings.tombstone(stock.database, lease.store_id, "orders", ["1", "2"], now=NOON)
    listed(stock, lease, ("1", T10))

    assert listings.changed(stock.database, lease.store_id, "orders") == (["1"], [])
    assert unlisted(stock, lease) == []


def test_a_row_written_after_the_listing_began_is_not_unlisted(stock, lease):
    """An order placed while the ids were listed is no deletion."""
    stock.save(lease, order("1"))
    listed(stock, lease)

    assert unlisted(stock, lease, before=NOON) == []
    assert unlisted(stock, lease, before=NOON + timedelta(seconds=1)) == ["1"]


def test_a_row_of_before_the_shown_window_is_not_unlisted(stock, lease):
    """What the platform no longer shows is not gone."""
    stock.save(lease, order("1", T09), order("2", T11))
    listed(stock, lease)

    assert unlisted(stock, lease, since=NOON - timedelta(hours=2)) == ["2"]


def test_a_listing_goes_on_over_pages_and_begins_anew(stock, lease):
    """Pages may repeat ids; an older listing is forgotten at the first page."""
    listed(stock, lease, ("9", T10))
    listed(stock, lease, ("1", T10), ("2", T10))
    listed(stock, lease, ("2", T11), ("3", T10), anew=False)

    assert stock.rows("SELECT id, updated_at FROM listed ORDER BY id") == [("1", T10), ("2", T11), ("3", T10)]
    assert listings.count_listed(stock.database, lease.store_id, "orders") == 3
    listings.forget_listed(stock.database, lease.store_id, "orders")
    assert listings.count_listed(stock.database, lease.store_id, "orders") == 0


def test_what_is_older_than_is_wanted_is_not_missing(stock, lease):
    """Of a store that is read since a day; what shows no update time may be newer."""
    listed(stock, lease, ("1", T09), ("2", T10), ("3", T11), ("4", None))
    since = instant_of(T10)

    assert listings.changed(stock.database, lease.store_id, "orders", since=since) == (["2", "3", "4"], [])


def test_listings_of_stores_and_resources_are_apart(stock, lease):
    """Comparing one says nothing of another."""
    other = stock.take(stock.connect("shopify:other"))
    listed(stock, lease, ("1", T10))
    listed(stock, other, ("2", T10))
    listed(stock, lease, ("3", T10), resource="products")

    assert listings.changed(stock.database, lease.store_id, "orders") == (["1"], [])
    assert listings.changed(stock.database, other.store_id, "orders") == (["2"], [])


def test_an_old_holder_lists_nothing(stock, lease):
    """A listing is fenced like a page."""
    stock.end(lease)
    before = stock.everything()
    with pytest.raises(LeaseLost):
        listed(stock, lease, ("1", T10))

    assert stock.everything() == before


def test_a_tombstone_marks_the_record_and_all_below_it(stock, lease):
    """Counted once; what was tombstoned before keeps its date."""
    stock.save(lease, order("1", lines=("11", "12")), order("2", lines=("21",)))
    first = listings.tombstone(stock.database, lease.store_id, "orders", ["1", "nobody"], now=NOON - DAY)
    again = listings.tombstone(stock.database, lease.store_id, "orders", ["1", "2"], now=NOON)

    assert (first, again) == (1, 1)
    assert stock.rows("SELECT id, deleted_at FROM orders ORDER BY id") == [
        ("1", "2026-11-21T12:00:00Z"),
        ("2", "2026-11-22T12:00:00Z"),
    ]
    assert stock.rows("SELECT count(*) FROM order_lines WHERE deleted_at IS NOT NULL") == [(3,)]


@pytest.mark.parametrize(("ids", "back"), [(["1"], 1), (["1", "2"], 2), (None, 2), (["3"], 0)])
def test_tombstones_are_taken_back_by_id_or_all(stock, lease, ids, back):
    """With what was tombstoned along; a child that was gone before stays gone."""
    stock.save(lease, product("1", variants=("v1", "v2")), product("2", variants=("v3",)), resource="products")
    stock.save(lease, product("1", T11, variants=("v2",)), resource="products")
    stock.clock.advance(hours=1)
    now = stock.clock.now()
    listings.tombstone(stock.database, lease.store_id, "products", ["1", "2"], now=now)

    assert listings.restore(stock.database, lease.store_id, "products", ids, now=stock.clock.now()) == back
    live = [row[0] for row in stock.rows("SELECT id FROM variants WHERE deleted_at IS NULL ORDER BY id")]
    assert live == ["v2", "v3"][:back]


def test_held_deletions_are_exactly_those_of_the_last_comparison(stock, lease):
    """A listing that names a record again lets go of it."""
    listings.hold(stock.database, lease.store_id, "orders", ["1", "2"], now=NOON)
    listings.hold(stock.database, lease.store_id, "products", ["9"], now=NOON)
    listings.hold(stock.database, lease.store_id, "orders", ["2", "3"], now=NOON)

    assert listings.held(stock.database, lease.store_id, "orders", before=NOON) == {"2", "3"}
    holdings = counts.take_holdings(stock.database, lease.store_id)
    assert [holdings[lease.store_id, name].held for name in ("orders", "products")] == [2, 1]


def run(stock, store, *, days: int, status: str = "succeeded", rows: int = 0) -> None:
    """Write a run of so many days ago."""
    stock.database.write(
        """INSERT INTO runs (store_id, trigger, kind, status, started_at, rows_written)
            VALUES (?, 'cron', 'incremental', ?, ?, ?)""",
        (store.id, status, text_of(NOON - days * DAY), rows),
    )
    stock.database.write(
        "INSERT INTO run_resources (run_id, resource, status) VALUES (last_insert_rowid(), 'orders', 'complete')"
    )


def test_runs_that_changed_nothing_are_forgotten_after_two_days_others_after_ninety(stock):
    """With their receipts; a running one is never forgotten."""
    store = stock.connect()
    run(stock, store, days=1)
    run(stock, store, days=3)
    run(stock, store, days=3, rows=1)
    run(stock, store, days=3, status="failed")
    run(stock, store, days=91, rows=1)
    run(stock, store, days=91, status="running")
    prune(stock.database, NOON)

    assert stock.rows("SELECT id FROM runs ORDER BY id") == [(1,), (3,), (4,), (6,)]
    assert stock.rows("SELECT run_id FROM run_resources ORDER BY run_id") == [(1,), (3,), (4,), (6,)]


def test_ticks_thin_out_to_one_a_day_after_eight_days(stock):
    """The last week whole, before it the first of each day."""
    for days, hour in ((1, 1), (1, 2), (9, 1), (9, 2), (10, 5), (10, 6)):
        at = text_of((NOON - days * DAY).replace(hour=hour)) or ""
        save_tick(stock.database, at, at)
    prune(stock.database, NOON)

    assert [row[0][:13] for row in stock.rows("SELECT started_at FROM ticks ORDER BY 1")] == [
        "2026-11-12T05",
        "2026-11-13T01",
        "2026-11-21T01",
        "2026-11-21T02",
    ]


def test_events_are_forgotten_after_a_year(stock):
    """Not before."""
    for days in (364, 366):
        save_events(stock.database, [Event(None, "failed", f"{days} days ago")], NOON - days * DAY)
    prune(stock.database, NOON)

    assert stock.rows("SELECT message FROM events") == [("364 days ago",)]


def test_one_pass_forgets_a_bounded_number_of_rows(stock):
    """A year of rows does not stop the world for a minute; the next pass goes on."""
    store = stock.connect()
    for _ in range(5):
        run(stock, store, days=3)
    prune(stock.database, NOON, limit=2)
    assert stock.rows("SELECT count(*) FROM runs") == [(3,)]

    prune(stock.database, NOON, limit=2)
    assert stock.rows("SELECT count(*) FROM runs") == [(1,)]


def checkout(record_id: str, updated_at: str = T10) -> Record:
    """Return an abandoned checkout of one line."""
    line = {"id": f"{record_id}:1", "checkout_id": record_id}
    rows = {"checkouts": [{"id": record_id, "updated_at": updated_at}], "checkout_lines": [line]}
    return Record(record_id, updated_at, rows, {"record": f'{{"id": {record_id}}}'.encode()})


def test_a_record_that_lapsed_is_live_but_not_expected_to_be_listed(stock, lease):
    """To leave a list that shows only the last weeks is no deletion: lines and all stay."""
    stock.save(lease, checkout("1"), checkout("2"), resource="checkouts")
    where = (stock.database, lease.store_id, "checkouts")
    listings.lapse(*where, ["1"], now=NOON)

    assert stock.rows("SELECT id, expired_at, deleted_at FROM checkouts") == [
        ("1", text_of(NOON), None),
        ("2", None, None),
    ]
    assert (counts.count_live(*where), counts.count_lapsed(*where), counts.count_expected(*where)) == (2, 1, 1)
    assert stock.rows("SELECT count(*) FROM checkout_lines WHERE deleted_at IS NULL") == [(2,)]
    listed(stock, lease, ("2", T10), resource="checkouts")
    assert listings.unlisted(*where, before=NOON + DAY, since=None) == []


def test_a_lapsed_record_that_is_listed_again_is_missing_until_it_is_saved(stock, lease):
    """Also where it comes back as it was."""
    stock.save(lease, checkout("1"), resource="checkouts")
    listings.lapse(stock.database, lease.store_id, "checkouts", ["1"], now=NOON)
    listed(stock, lease, ("1", T10), resource="checkouts")

    assert listings.changed(stock.database, lease.store_id, "checkouts") == (["1"], [])
    stock.save(lease, checkout("1"), resource="checkouts")
    assert stock.rows("SELECT expired_at FROM checkouts") == [(None,)]
