"""How a checkpoint moves, page by page: tables of (checkpoint, page) and the checkpoint after."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync import errors
from storesync.model import Checkpoint, Page, Record, RejectedRecord
from storesync.rules.passes import after_comparison_error, after_denials, after_error, after_page, begin
from storesync.rules.plan import Pass

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OVERLAP = 10 * MINUTE
SERVER = NOON - 7 * MINUTE
"""The platform's clock, seven minutes ahead of ours."""

RECORDS = (Record("1", None, {}, {}), Record("2", None, {}, {}))
LAST = Page(end_signal="no next page", at=SERVER)


def after(checkpoint: Checkpoint, *pages: Page, now: datetime = NOON) -> Checkpoint:
    """Return the checkpoint after these pages."""
    for page in pages:
        checkpoint = after_page(checkpoint, page, now=now, overlap=OVERLAP)
    return checkpoint


def begun(kind: str = "full", **state) -> Checkpoint:
    """Return the checkpoint of a pass that begins now."""
    return begin(Checkpoint("orders", **state), Pass("orders", kind, None, None))


def test_a_pass_that_goes_on_keeps_what_it_has():
    """Its count, its beginning and its cursor are those of before."""
    unfinished = Checkpoint("orders", pass_kind="full", cursor="p3", pages=3, records=90, pass_started_at=NOON)

    assert begin(unfinished, Pass("orders", "full", None, "p3")) == unfinished


def test_a_new_pass_forgets_the_one_before():
    """Nothing of an older pass is counted into a new one; the watermark stays."""
    old = Checkpoint(
        "orders", watermark=NOON, pass_kind="full", cursor="p3", pages=3, records=90, expected=100, pass_started_at=NOON
    )

    assert begin(old, Pass("orders", "lookback", NOON - DAY, None)) == Checkpoint(
        "orders", watermark=NOON, pass_kind="lookback", pass_since=NOON - DAY
    )


def test_a_page_moves_the_cursor_and_counts():
    """Records and rejects both count."""
    page = Page(RECORDS, (RejectedRecord("3", "odd", b"{}"),), cursor="p2", expected=4, at=SERVER)

    moved = after(begun(), page)

    assert (moved.cursor, moved.pages, moved.records, moved.expected) == ("p2", 1, 3, 4)
    assert moved.pass_started_at == SERVER
    assert (moved.watermark, moved.last_pass_at) == (None, None)


@pytest.mark.parametrize(("cursor", "counted"), [("p2", (None, None)), (None, (4, NOON))])
def test_what_the_source_has_counts_at_the_end_of_a_pass(cursor, counted):
    """Before that, what it counts is not yet to be here."""
    moved = after(begun(), Page(cursor=cursor, end_signal=None if cursor else "end", source_count=4, at=SERVER))

    assert (moved.source_count, moved.counted_at) == counted


def test_a_page_without_a_count_keeps_the_one_known():
    """Only some pages tell how many there are."""
    counted = replace(begun(), expected=4, source_count=4, counted_at=NOON - HOUR)

    moved = after(counted, Page(cursor="p2"))

    assert (moved.expected, moved.source_count, moved.counted_at) == (4, 4, NOON - HOUR)


def test_the_beginning_of_a_pass_is_its_first_answer():
    """Later pages do not move it, not even in a later slice."""
    moved = after(
        begun(),
        Page(cursor="p2", at=SERVER),
        Page(cursor="p3", at=SERVER + HOUR),
        Page(end_signal="end", at=NOON + DAY),
    )

    assert moved.watermark == SERVER


def test_a_repeated_cursor_proves_nothing():
    """A listing that runs in a circle ends as incomplete."""
    with pytest.raises(errors.Incomplete, match="listing of orders repeats itself"):
        after(begun(), Page(cursor="p2", at=SERVER), Page(cursor="p2", at=SERVER))


def test_an_end_without_a_signal_proves_nothing():
    """An empty answer is not the end of a listing unless the platform says so."""
    with pytest.raises(errors.Incomplete, match="listing of orders stopped without its end"):
        after(begun(), Page(RECORDS, cursor=None, end_signal=None, at=SERVER))


def test_the_watermark_is_the_platforms_time_not_ours():
    """Our clock may be wrong; complete_until steps back by the overlap."""
    complete = after(begun(), LAST)

    assert (complete.watermark, complete.complete_until) == (SERVER, SERVER - OVERLAP)
    assert complete.last_pass_at == NOON


def test_without_the_platforms_clock_a_day_is_read_again():
    """Ours may be wrong by hours."""
    assert after(begun(), replace(LAST, at=None)).watermark == NOON - DAY


def test_the_watermark_never_goes_backwards():
    """A pass that began before the last one, by a clock that was set back, keeps the later watermark."""
    complete = after(begun("incremental", watermark=SERVER + 5 * MINUTE), LAST)

    assert (complete.watermark, complete.complete_until) == (SERVER + 5 * MINUTE, SERVER + 5 * MINUTE - OVERLAP)


def test_a_complete_pass_leaves_nothing_unfinished():
    """The next sync begins anew, and an error of before is over."""
    page = Page(RECORDS, cursor="p2", expected=2, at=SERVER)
    complete = after(begun(error_code="timeout", error="late"), page, LAST)

    assert (complete.pass_kind, complete.pass_since, complete.pass_started_at) == (None, None, None)
    assert (complete.cursor, complete.expected, complete.error_code, complete.error) == (None, None, None, None)
    assert (complete.pages, complete.records) == (2, 2)


@pytest.mark.parametrize(("kind", "looked"), [("full", NOON), ("lookback", NOON), ("incremental", NOON - HOUR)])
def test_whatever_read_the_last_day_counts_as_a_look_back(kind, looked):
    """An increment does not put the next look-back off."""
    assert after(begun(kind, looked_back_at=NOON - HOUR), LAST).looked_back_at == looked


@pytest.mark.parametrize(
    ("kind", "drifted", "deep"),
    [
        ("incremental", NOON - DAY, NOON - DAY),
        ("lookback", NOON - DAY, NOON - DAY),
        ("drift", NOON, NOON - DAY),
        ("deep_drift", NOON, NOON),
        ("sweep", NOON, NOON - DAY),
        ("full", NOON, NOON),
    ],
)
def test_what_was_read_anew_is_remembered_by_how_far_it_reached(kind, drifted, deep):
    """A first load needs no look-back behind it."""
    moved = after(begun(kind, drifted_at=NOON - DAY, deep_drifted_at=NOON - DAY), LAST)

    assert (moved.drifted_at, moved.deep_drifted_at) == (drifted, deep)


CHANGED = Page(RECORDS, end_signal="end", expected=3, at=SERVER)


@pytest.mark.parametrize("kind", ["incremental", "lookback", "drift", "deep_drift"])
def test_a_list_of_changes_that_brings_fewer_than_are_counted_proves_nothing(kind):
    """It is read again from where it began."""
    with pytest.raises(errors.Lacking, match="listing of changed orders brought 2 of 3 records"):
        after(begun(kind), CHANGED)


def test_a_record_that_comes_again_counts_once():
    """A platform that repeats a page, and lacks another, still reaches its count."""
    checkpoint = after_page(
        begun("incremental"), replace(CHANGED, cursor="p2", end_signal=None), now=NOON, overlap=OVERLAP
    )

    with pytest.raises(errors.Lacking):
        after_page(checkpoint, CHANGED, now=NOON, overlap=OVERLAP, repeats=2)


def test_what_is_deleted_while_it_is_listed_is_not_missed():
    """As many are due as were ever counted meanwhile: what had changed when the list began stays in it, or is gone."""
    fewer = replace(CHANGED, records=(), expected=2)

    assert after(begun("incremental"), replace(CHANGED, cursor="p2", end_signal=None), fewer).watermark == SERVER


def test_a_platform_that_counts_otherwise_than_it_lists_is_read_and_doubted():
    """Once a day it fails; then what it lists is taken, and its ids are to be compared."""
    stopped = after_error(begun("incremental", differences=0, compared_at=NOON - DAY), errors.Lacking("2 of 3"), NOON)
    again = after(begin(stopped, Pass("orders", "incremental", None, None)), CHANGED)

    assert (stopped.doubted_at, stopped.watermark) == (NOON, None)
    assert (again.doubted_at, again.comparison_due, again.differences, again.watermark) == (NOON, True, None, SERVER)


def test_a_doubt_that_was_looked_into_is_raised_again_a_day_later():
    """Else a platform that always counts one more would be compared at every turn, and never be verified."""
    examined = {"doubted_at": NOON - 2 * HOUR, "compared_at": NOON - HOUR, "differences": 0}
    moved = after(begun("incremental", **examined), CHANGED)

    assert (moved.comparison_due, moved.differences) == (False, 0)
    with pytest.raises(errors.Lacking):
        after(begun("incremental", **{**examined, "doubted_at": NOON - DAY}), CHANGED)


def test_a_record_that_changes_again_and_again_while_it_is_listed_is_no_circle():
    """A list of changes brings it as often, and counts it once."""
    busy = replace(begun("incremental"), records=3300, expected=1100, cursor="p2")

    assert after(busy, Page(RECORDS, cursor="p3", expected=1100, at=SERVER)).records == 3302


@pytest.mark.parametrize(
    ("held", "watermark"),
    [(NOON - HOUR, NOON - HOUR), (NOON - 3 * DAY, SERVER - DAY), (NOON + DAY, SERVER), (None, SERVER)],
    ids=["lately", "long ago", "in the future", "never"],
)
def test_after_an_empty_list_of_changes_the_next_one_begins_where_it_did(held, watermark):
    """At most a day back: a platform that hides changes for a while shows them then."""
    moved = after(begun("incremental", watermark=held), LAST)

    assert (moved.watermark, moved.complete_until) == (watermark, SERVER - OVERLAP)


@pytest.mark.parametrize("kind", ["drift", "deep_drift"])
def test_a_pass_by_creation_time_proves_nothing_about_updates(kind):
    """What was changed in an older record meanwhile is still to be read."""
    before = {"watermark": NOON - DAY, "complete_until": NOON - DAY, "last_pass_at": NOON - DAY, "looked_back_at": NOON}

    moved = after(begun(kind, **before), LAST)

    assert {name: getattr(moved, name) for name in before} == before
    assert (moved.pass_kind, moved.cursor) == (None, None)


@pytest.mark.parametrize(
    ("compared", "due", "after_it"), [(None, False, True), (NOON, False, False), (NOON, True, True)], ids=str
)
def test_ids_are_compared_after_the_first_load_and_when_something_asked_for_it(compared, due, after_it):
    """A first load is proven by a comparison; a due one is not forgotten."""
    assert after(begun(compared_at=compared, comparison_due=due), LAST).comparison_due is after_it


def test_a_page_that_came_is_not_denied():
    """A scope that was granted meanwhile is remembered until what else it shows is read anew."""
    moved = after(begun(denied_scope="read_orders", denied_at=NOON - HOUR), Page(cursor="p2", at=SERVER))

    assert (moved.denied_scope, moved.denied_at) == ("read_orders", None)
    assert after_denials({"orders": moved}, {"orders": ["read_orders"]}) == {
        "orders": replace(moved, denied_scope=None)
    }


@pytest.mark.parametrize(
    ("kind", "since", "told", "limited"),
    [
        ("full", None, None, None),
        ("full", NOON - 30 * DAY, None, NOON - 30 * DAY),
        ("full", None, NOON - 60 * DAY, NOON - 60 * DAY),
        ("incremental", NOON - HOUR, None, NOON - 90 * DAY),
    ],
    ids=["whole", "asked-since", "platform-shows-less", "increment-keeps-it"],
)
def test_a_window_shorter_than_the_shop_is_remembered(kind, since, told, limited):
    """What the platform or the operator left out is told; a whole full pass ends it."""
    window = replace(begun(kind, limited_since=NOON - 90 * DAY), pass_since=since)

    assert after(window, replace(LAST, limited_since=told)).limited_since == limited


def test_a_missing_permission_names_its_scope():
    """The resource is denied, and read from its beginning once it is allowed."""
    unfinished = Checkpoint("orders", pass_kind="full", cursor="p3")
    denied = after_error(unfinished, errors.ScopeMissing("not allowed", scope="read_orders"), NOON)

    assert (denied.denied_scope, denied.denied_at, denied.error_code) == ("read_orders", NOON, "scope_missing")
    assert (denied.pass_kind, denied.cursor) == (None, None)


@pytest.mark.parametrize(
    ("error", "cursor"),
    [
        (errors.Incomplete("it repeats itself"), None),
        (errors.RequestRefused("400: the cursor is too old"), None),
        (errors.NotFound("404"), None),
        (errors.BadResponse("html"), "p3"),
        (errors.PlatformDown("503"), "p3"),
        (errors.TimedOut("late"), "p3"),
        (errors.RateLimited("slow down"), "p3"),
        (errors.TokenRejected("401"), "p3"),
        (errors.FormatChanged("odd"), "p3"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_stuck_cursor_is_dropped_and_a_good_one_kept(error, cursor):
    """Where the cursor may be to blame the pass begins anew; else it goes on from its last saved page."""
    stopped = after_error(Checkpoint("orders", pass_kind="full", cursor="p3", watermark=NOON), error, NOON)

    assert (stopped.cursor, stopped.pass_kind) == (cursor, "full" if cursor else None)
    assert (stopped.error_code, stopped.error, stopped.watermark) == (error.code, error.message, NOON)


def test_a_platforms_clock_ahead_of_ours_moves_no_watermark_into_the_future():
    """One wrong Date must not hide what changes until then."""
    assert after(begun(), replace(LAST, at=NOON + DAY)).watermark == NOON


def test_a_watermark_in_the_future_is_given_up():
    """Whatever wrote it, the next complete pass puts it right."""
    assert after(begun("incremental", watermark=NOON + DAY), LAST).watermark == SERVER


def test_a_listing_that_never_ends_is_stopped():
    """More than twice what was counted, and a thousand: it turns in a circle."""
    turning = replace(begun(), expected=10, records=1021)

    with pytest.raises(errors.Incomplete):
        after(turning, Page(cursor="p99", at=SERVER))


def test_a_comparison_goes_on_after_an_outage():
    """Its cursor is good again later."""
    listing = Checkpoint("orders", comparison_cursor="p7", comparison_due=True)

    assert after_comparison_error(listing, errors.PlatformDown("503"), NOON).comparison_cursor == "p7"


def test_a_comparison_whose_cursor_is_refused_begins_anew():
    """Else it would fail for ever."""
    listing = Checkpoint("orders", comparison_cursor="p7", comparison_due=True)
    begun_anew = after_comparison_error(listing, errors.RequestRefused("no such cursor"), NOON)

    assert (begun_anew.comparison_cursor, begun_anew.comparison_due) == (None, True)
