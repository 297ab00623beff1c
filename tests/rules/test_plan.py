"""What to read of a store whose turn it is, and when to compare its ids: tables of (state, now) and the answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storesync.model import Checkpoint
from storesync.rules.plan import Pass, Reading, comparison_is_due, next_comparison, passes_due
from tests.rules.test_schedule import DAY, HOUR, MINUTE, NOON, TIMING, store

ORDERS, CATEGORIES = Reading("orders"), Reading("categories", "hourly")


def passes(checkpoint: Checkpoint | None = None, reading: Reading = ORDERS, **how) -> list[Pass]:
    """Return what to read of one resource at noon."""
    known = {checkpoint.resource: checkpoint} if checkpoint else {}
    settled = {"store": store(), "now": NOON, "timing": TIMING} | how
    return passes_due([reading], known, **settled)


def checkpoint(resource="orders", **state) -> Checkpoint:
    """Return the checkpoint of a resource read completely five minutes ago."""
    read = {"watermark": NOON - 5 * MINUTE, "last_pass_at": NOON - 5 * MINUTE, "looked_back_at": NOON - HOUR}
    return Checkpoint(resource, **{**read, **state})


def test_a_resource_never_read_is_read_in_full():
    """The first pass has no beginning in time, or the one that the operator chose."""
    assert passes() == [Pass("orders", "full", None, None)]
    assert passes(store=store(since=NOON - 30 * DAY)) == [Pass("orders", "full", NOON - 30 * DAY, None)]


def test_an_increment_reads_from_the_watermark_less_the_overlap():
    """What changed while the last pass ran is read again."""
    assert passes(checkpoint()) == [Pass("orders", "incremental", NOON - 15 * MINUTE, None)]


def test_an_unfinished_pass_goes_on_from_its_cursor():
    """No page that was saved is fetched again."""
    begun = checkpoint(pass_kind="lookback", pass_since=NOON - DAY, cursor="page-7")

    assert passes(begun) == [Pass("orders", "lookback", NOON - DAY, "page-7")]


def test_a_full_pass_asked_for_goes_on_only_with_a_full_one():
    """--full drops an unfinished increment, and takes up an unfinished full pass."""
    increment = checkpoint(pass_kind="incremental", pass_since=NOON - HOUR, cursor="page-7")
    whole = checkpoint(pass_kind="full", cursor="page-7")

    assert passes(increment, full=True) == [Pass("orders", "full", None, None)]
    assert passes(whole, full=True) == [Pass("orders", "full", None, "page-7")]


@pytest.mark.parametrize(
    ("ago", "kinds"), [(59 * MINUTE, []), (HOUR, ["incremental"]), (None, ["incremental"])], ids=str
)
def test_an_hourly_resource_is_read_once_an_hour(ago, kinds):
    """Categories are not asked for at each sync of a five-minute store."""
    last = NOON - ago if ago else None

    assert [one.kind for one in passes(checkpoint("categories", last_pass_at=last), CATEGORIES)] == kinds


@pytest.mark.parametrize(("ago", "kinds"), [(6 * HOUR - MINUTE, []), (6 * HOUR, ["incremental"])], ids=str)
def test_what_is_read_with_the_look_back_rests_as_long(ago, kinds):
    """Stock levels have no update filter: the whole list is read every six hours."""
    levels = Reading("inventory_levels", "lookback")

    assert [one.kind for one in passes(checkpoint("inventory_levels", last_pass_at=NOON - ago), levels)] == kinds


def test_a_full_sync_reads_hourly_resources_too():
    """--full means everything."""
    assert [one.kind for one in passes(checkpoint("categories"), CATEGORIES, full=True)] == ["full"]


@pytest.mark.parametrize(
    ("ago", "kind", "reach"),
    [
        (6 * HOUR - MINUTE, "incremental", 15 * MINUTE),
        (6 * HOUR, "lookback", DAY + 6 * HOUR + 10 * MINUTE),
        (None, "lookback", DAY + 15 * MINUTE),
    ],
    ids=str,
)
def test_every_six_hours_a_reading_reaches_a_day_back_before_the_last_that_did(ago, kind, reach):
    """What is shown up to a day after its update time is then in one of them, whenever it appeared."""
    looked = NOON - ago if ago else None

    assert passes(checkpoint(looked_back_at=looked)) == [Pass("orders", kind, NOON - reach, None)]


@pytest.mark.parametrize(
    ("reading", "state", "span", "kind"),
    [
        (ORDERS, "looked_back_at", 6 * HOUR, "lookback"),
        (CATEGORIES, "last_pass_at", HOUR, "incremental"),
        (Reading("orders", drift="recent"), "drifted_at", DAY, "drift"),
        (Reading("products", drift="any"), "drifted_at", DAY, "sweep"),
    ],
    ids=["look-back", "hourly", "drift", "sweep"],
)
def test_a_turn_as_far_apart_as_a_rest_is_long_ends_it(reading, state, span, kind):
    """The last reading ended some seconds into its minute: a store of the low tier must not wait for the turn after."""
    known = {"drifted_at": NOON, "deep_drifted_at": NOON} | {state: NOON - span + timedelta(seconds=40)}

    assert kind in [one.kind for one in passes(checkpoint(reading.resource, **known), reading)]


DRIFTING, STOCK = Reading("orders", drift="recent"), Reading("products", drift="any")


@pytest.mark.parametrize(
    ("near", "far", "passes_of_it"),
    [
        (DAY - MINUTE, 7 * DAY - MINUTE, []),
        (DAY, 7 * DAY - MINUTE, [("drift", 7 * DAY)]),
        (MINUTE, 7 * DAY, [("deep_drift", 60 * DAY)]),
        (None, None, [("deep_drift", 60 * DAY)]),
    ],
    ids=["rested", "daily", "weekly", "never"],
)
def test_what_was_made_lately_is_read_anew_each_day_and_far_back_each_week(near, far, passes_of_it):
    """It comes after the increment, and by the time of creation."""
    state = {"drifted_at": near and NOON - near, "deep_drifted_at": far and NOON - far}

    chosen = passes(checkpoint(**state), DRIFTING)

    assert chosen[0].kind == "incremental"
    assert [(one.kind, NOON - one.since, one.is_by_creation) for one in chosen[1:]] == [
        (kind, reach, True) for kind, reach in passes_of_it
    ]


def test_a_drift_reaches_as_far_as_is_set_and_never_before_what_the_operator_wanted():
    """STORESYNC_DRIFT_DAYS bounds it, and connect --since."""
    due = checkpoint(drifted_at=NOON - DAY, deep_drifted_at=NOON - DAY)

    assert passes(due, DRIFTING, timing=replace(TIMING, drift_reach=3 * DAY))[1].since == NOON - 3 * DAY
    assert passes(due, DRIFTING, store=store(since=NOON - 2 * DAY))[1].since == NOON - 2 * DAY


@pytest.mark.parametrize(
    ("near", "far", "reach"),
    [(4 * DAY, 5 * DAY, 10 * DAY), (9 * DAY, 9 * DAY, 62 * DAY), (-DAY, DAY, 7 * DAY)],
    ids=["near", "far", "clock set back"],
)
def test_a_drift_that_comes_late_reaches_further_back(near, far, reach):
    """An order that was young enough when a scope was lost may be too old once it is back."""
    late = checkpoint(drifted_at=NOON - near, deep_drifted_at=NOON - far)

    assert NOON - passes(late, DRIFTING)[-1].since == reach


def test_a_drift_goes_on_before_the_next_increment():
    """Its cursor would be lost otherwise."""
    begun = checkpoint(pass_kind="drift", pass_since=NOON - 7 * DAY, cursor="page-3")

    assert passes(begun, DRIFTING) == [Pass("orders", "drift", NOON - 7 * DAY, "page-3")]


@pytest.mark.parametrize(("reading", "kind"), [("recent", "deep_drift"), ("any", "sweep")])
def test_an_increment_that_goes_on_is_no_reason_not_to_read_anew(reading, kind):
    """A shop so slow that each increment takes two slices would never be swept."""
    begun = checkpoint(pass_kind="incremental", pass_since=NOON - HOUR, cursor="page-7")

    assert [one.kind for one in passes(begun, Reading("orders", drift=reading))] == ["incremental", kind]


@pytest.mark.parametrize(("ago", "kind"), [(DAY - MINUTE, "incremental"), (DAY, "sweep"), (None, "sweep")], ids=str)
def test_what_may_change_unseen_anywhere_is_read_whole_each_day(ago, kind):
    """A sweep stands for the increment."""
    drifted = NOON - ago if ago else None

    assert [one.kind for one in passes(checkpoint("products", drifted_at=drifted), STOCK)] == [kind]


def test_a_look_back_never_begins_after_the_increment_would():
    """A first load of days ends long after the instant that increments go on from."""
    loaded = checkpoint(watermark=NOON - 3 * DAY, looked_back_at=NOON - 6 * HOUR)

    assert passes(loaded)[0].since == NOON - 3 * DAY - 10 * MINUTE


@pytest.mark.parametrize(
    ("ago", "full", "asked"),
    [(6 * HOUR - MINUTE, False, False), (6 * HOUR - MINUTE / 6, False, True), (MINUTE, True, True)],
    ids=str,
)
@pytest.mark.parametrize("watermark", [None, NOON - DAY], ids=["never-read", "read-before"])
def test_a_denied_resource_is_asked_for_again_after_six_hours(ago, full, asked, watermark):
    """A missing permission costs a request every six hours, each turn of a sleeping store; --full asks at once."""
    denied = checkpoint(denied_scope="read_orders", denied_at=NOON - ago, watermark=watermark)

    assert bool(passes(denied, full=full)) is asked


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({"compared_at": NOON - 7 * DAY + MINUTE}, False),
        ({"compared_at": NOON - 7 * DAY}, True),
        ({"compared_at": NOON, "comparison_due": True}, True),
        ({"compared_at": None, "comparison_due": True}, True),
        ({"compared_at": None}, False),
        ({"compared_at": NOON - 7 * DAY, "watermark": None}, False),
    ],
)
def test_ids_are_compared_once_a_week_and_after_a_difference(state, due):
    """Never before the first load is complete."""
    assert comparison_is_due(checkpoint(**state), NOON, TIMING) is due


@pytest.mark.parametrize(
    ("began", "state", "kinds"),
    [
        # Read before this run began, in it, in a first load long ago, and before the clock was set back.
        (NOON - 4 * MINUTE, {}, ["incremental"]),
        (NOON - 6 * MINUTE, {}, []),
        (None, {}, ["incremental"]),
        (NOON - HOUR, {"last_pass_at": NOON - 59 * MINUTE}, []),
        (NOON, {"last_pass_at": NOON + 3 * HOUR}, ["incremental"]),
        (NOON - 6 * MINUTE, {"cursor": "3", "pass_kind": "lookback"}, ["lookback"]),
    ],
)
def test_a_run_reads_a_resource_once(began, state, kinds):
    """Else the slices of a run on a slow platform would go round for ever."""
    assert [one.kind for one in passes(checkpoint(**state), begun_at=began)] == kinds


@pytest.mark.parametrize(("ago", "kinds"), [(4, []), (6, ["incremental"])])
def test_a_first_load_keeps_fresh_what_it_has_read(ago, kinds):
    """It may take a day: what was read is read again when its tier says so."""
    loading = store(sync_status="in_progress", first_synced_at=None)
    read = checkpoint(last_pass_at=NOON - ago * MINUTE)

    assert [one.kind for one in passes(read, store=loading, begun_at=NOON - HOUR)] == kinds


def test_what_has_waited_longest_is_read_first():
    """A slice that ends early leaves nothing behind for ever."""
    known = {name: checkpoint(name, last_pass_at=NOON - ago * MINUTE) for name, ago in (("orders", 6), ("products", 9))}
    due = passes_due([Reading("orders"), Reading("products")], known, store=store(), now=NOON, timing=TIMING)

    assert [one.resource for one in due] == ["products", "orders"]


@pytest.mark.parametrize(
    ("states", "turn"),
    [
        ([], None),
        ([{"watermark": None, "compared_at": NOON - 9 * DAY}], None),
        ([{"compared_at": NOON - DAY}], NOON + 6 * DAY),
        ([{"compared_at": NOON - DAY}, {"compared_at": NOON - 3 * DAY}], NOON + 4 * DAY),
        ([{"compared_at": NOON - 8 * DAY}], NOON),
        ([{"compared_at": NOON - DAY, "comparison_due": True}], NOON),
        ([{"compared_at": NOON - 9 * DAY, "denied_scope": "read_orders"}], None),
    ],
)
def test_ids_are_compared_a_week_after_the_resource_that_waits_longest(states, turn):
    """At once where a difference was seen; never what was not read or may not be."""
    assert next_comparison([checkpoint(**state) for state in states], NOON, TIMING) == turn
