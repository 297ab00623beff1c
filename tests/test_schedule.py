"""Who is due, in which order, and what to read: tables of (state, now) and the answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync.model import Checkpoint, Shop, Store
from storesync.schedule import (
    Due,
    Pass,
    Reading,
    Timing,
    comparison_is_due,
    due_stores,
    load,
    minute_of,
    next_turn,
    passes_due,
    tier_of,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIERS = {"high": 5 * MINUTE, "medium": 30 * MINUTE, "low": 6 * HOUR}
TIMING = Timing(TIERS)
KEYS = [f"shopify:shop-{number}" for number in range(200)]


def store(key="shopify:alpha", **state) -> Store:
    """Return a store in steady state, connected long ago, due at noon."""
    platform, _, name = key.partition(":")
    steady = {"sync_status": "completed", "connected_at": NOON - 90 * DAY, "first_synced_at": NOON - 90 * DAY}
    shop = Shop(id=name, key=name, name=name, domain=f"{name}.example")
    return Store(**{"id": 1, "key": key, "platform": platform, "shop": shop, "next_sync_at": NOON} | steady | state)


def order(*stores: Store, timing: Timing = TIMING) -> list[str]:
    """Return the keys of the stores that are due at noon, in order."""
    return [one.store.key for one in due_stores(stores, NOON, timing)]


@pytest.mark.parametrize(
    ("state", "tier"),
    [
        ({"last_activity_at": NOON - DAY + MINUTE}, "high"),
        ({"last_activity_at": NOON - DAY}, "medium"),
        ({"last_activity_at": NOON - 14 * DAY + MINUTE}, "medium"),
        ({"last_activity_at": NOON - 14 * DAY}, "low"),
        ({"last_activity_at": None}, "low"),
        ({"connected_at": NOON - DAY + MINUTE}, "high"),
        ({"connected_at": NOON - DAY}, "low"),
        ({"touched_at": NOON - DAY + MINUTE}, "high"),
        ({"touched_at": NOON - DAY, "last_activity_at": NOON - 2 * DAY}, "medium"),
        ({"tier": "low", "tier_pinned": True, "last_activity_at": NOON}, "low"),
        ({"tier": "high", "tier_pinned": True}, "high"),
    ],
)
def test_a_tier_follows_recent_activity_unless_it_is_pinned(state, tier):
    """24 hours of any life make high, 14 days of changes medium; a pin overrides both."""
    assert tier_of(store(**state), NOON) == tier


def test_the_schedule_counts_in_whole_minutes():
    """A tick that cron started late belongs to its minute."""
    assert minute_of(NOON + timedelta(seconds=59, microseconds=999_999)) == NOON


@pytest.mark.parametrize("interval", [MINUTE, *TIERS.values(), DAY])
def test_a_turn_comes_at_most_an_interval_later(interval):
    """The phase of a store shortens its first wait; it never lengthens one, and never repeats a minute."""
    waits = [next_turn(key, interval, NOON + at * MINUTE) - NOON - at * MINUTE for key in KEYS for at in range(7)]

    assert MINUTE <= min(waits) <= max(waits) <= interval


def test_in_steady_state_a_turn_comes_exactly_an_interval_later():
    """Served when due, a store is due again one interval later, for ever."""
    for key in KEYS:
        turn = next_turn(key, TIERS["medium"], NOON)

        assert next_turn(key, TIERS["medium"], turn) == turn + TIERS["medium"]


def test_stores_fall_due_spread_over_the_interval():
    """No minute of the interval gets more than its share of many stores, roughly."""
    turns = [next_turn(key, TIERS["medium"], NOON) for key in KEYS]

    assert len(set(turns)) == 30
    assert max(turns.count(turn) for turn in turns) <= 3 * len(KEYS) / 30


def test_a_day_of_ticks_serves_a_five_minute_store_288_times():
    """Cron's seconds of delay do not turn five minutes into six."""
    first = due_at = next_turn("shopify:alpha", TIERS["high"], NOON)
    served = 0
    for number in range(24 * 60):
        tick = first + number * MINUTE + timedelta(seconds=number % 60)
        if due_at <= minute_of(tick):
            served += 1
            due_at = next_turn("shopify:alpha", TIERS["high"], minute_of(tick))

    assert served == 288


def test_lateness_counts_in_parts_of_the_interval():
    """Ten minutes weigh more for a store that is read every five than for one that is read every thirty."""
    high = store("shopify:high", next_sync_at=NOON - 10 * MINUTE)
    medium = store("shopify:medium", tier="medium", next_sync_at=NOON - 40 * MINUTE)
    low = store("shopify:low", tier="low", next_sync_at=NOON - 3 * HOUR)

    assert order(low, medium, high) == ["shopify:high", "shopify:medium", "shopify:low"]


def test_equally_late_stores_go_by_tier_then_key():
    """Ties have one answer, whatever order the rows came in."""
    stores = [
        store("shopify:a", tier="low"),
        store("shopify:c"),
        store("shopify:d", tier="medium"),
        store("shopify:b"),
    ]

    assert order(*stores) == ["shopify:b", "shopify:c", "shopify:d", "shopify:a"]


def test_a_store_is_not_due_before_its_minute():
    """next_sync_at is the first minute of the turn."""
    assert order(store(next_sync_at=NOON + MINUTE)) == []
    assert order(store(next_sync_at=NOON)) == ["shopify:alpha"]


def test_pending_stores_come_first_after_their_grace():
    """connect gets three minutes to finish by itself; then nothing comes before a store never started."""
    fresh = store("shopify:fresh", sync_status="pending", connected_at=NOON - 2 * MINUTE)
    waiting = store("shopify:waiting", sync_status="pending", connected_at=NOON - 3 * MINUTE)
    late = store("shopify:late", next_sync_at=NOON - DAY)

    assert order(late, fresh, waiting) == ["shopify:waiting", "shopify:late"]


def test_ten_pending_stores_a_tick_the_oldest_first():
    """A hundred new stores do not crowd out those that are due."""
    pending = [
        store(f"shopify:p{n:02}", sync_status="pending", connected_at=NOON - n * HOUR, first_synced_at=None)
        for n in range(1, 21)
    ]

    chosen = order(*pending, store("shopify:due"))

    assert chosen == [*(f"shopify:p{n:02}" for n in range(20, 10, -1)), "shopify:due"]


def test_later_slices_of_first_loads_come_last():
    """A first load goes on when nobody else waits; the one that waited longest goes first."""
    loading = {"sync_status": "in_progress", "first_synced_at": None, "next_sync_at": NOON - DAY}
    first = store("shopify:z", **loading, last_attempt_at=NOON - 3 * MINUTE)
    second = store("shopify:a", **loading, last_attempt_at=NOON - MINUTE)
    due = due_stores([second, first, store("shopify:due")], NOON, TIMING)

    assert [(one.store.key, one.reason, one.long) for one in due] == [
        ("shopify:due", "due", False),
        ("shopify:z", "slice", True),
        ("shopify:a", "slice", True),
    ]


@pytest.mark.parametrize("connection", ["paused", "disconnected"])
@pytest.mark.parametrize("sync_status", ["pending", "completed", "in_progress"])
def test_a_store_out_of_service_is_never_due(connection, sync_status):
    """Paused and disconnected stores are left alone, however late."""
    assert order(store(connection=connection, sync_status=sync_status, next_sync_at=NOON - DAY)) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({}, "due"),
        ({"consecutive_failures": 2, "sync_status": "failed"}, "retry"),
        ({"sync_status": "pending"}, "pending"),
        ({"connection": "suspended", "consecutive_failures": 4, "sync_status": "failed"}, "probe"),
        ({"connection": "needs_reauth", "consecutive_failures": 3, "sync_status": "failed"}, "probe"),
        ({"sync_status": "in_progress", "first_synced_at": None}, "slice"),
        ({"sync_status": "in_progress", "first_synced_at": None, "consecutive_failures": 1}, "retry"),
        ({"sync_status": "in_progress"}, "due"),
    ],
)
def test_the_plan_says_why_a_store_is_due(state, reason):
    """Each store has one reason, the one that an operator would give."""
    assert [one.reason for one in due_stores([store(**state)], NOON, TIMING)] == [reason]


def test_positions_count_from_one_and_lateness_is_never_negative():
    """The plan numbers the stores in the order of service."""
    due = due_stores([store("shopify:a"), store("shopify:b", next_sync_at=NOON - MINUTE)], NOON, TIMING)

    assert [(one.position, one.lateness(NOON)) for one in due] == [(1, MINUTE), (2, timedelta())]
    assert Due(store(), "due", NOON + HOUR, 1, long=False).lateness(NOON) == timedelta()


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
    ("ago", "kind"), [(6 * HOUR - MINUTE, "incremental"), (6 * HOUR, "lookback"), (None, "lookback")], ids=str
)
def test_every_six_hours_the_last_day_is_read_again(ago, kind):
    """A look-back catches what the platform's update times hid."""
    looked = NOON - ago if ago else None
    since = {"incremental": NOON - 15 * MINUTE, "lookback": NOON - 5 * MINUTE - DAY}[kind]

    assert passes(checkpoint(looked_back_at=looked)) == [Pass("orders", kind, since, None)]


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


def test_a_drift_goes_on_before_the_next_increment():
    """Its cursor would be lost otherwise."""
    begun = checkpoint(pass_kind="drift", pass_since=NOON - 7 * DAY, cursor="page-3")

    assert passes(begun, DRIFTING) == [Pass("orders", "drift", NOON - 7 * DAY, "page-3")]


@pytest.mark.parametrize(("ago", "kind"), [(DAY - MINUTE, "incremental"), (DAY, "sweep"), (None, "sweep")], ids=str)
def test_what_may_change_unseen_anywhere_is_read_whole_each_day(ago, kind):
    """A sweep stands for the increment."""
    drifted = NOON - ago if ago else None

    assert [one.kind for one in passes(checkpoint("products", drifted_at=drifted), STOCK)] == [kind]


def test_a_look_back_never_begins_after_the_increment_would():
    """An overlap longer than a day widens the look-back."""
    wide = Timing(TIERS, overlap=2 * DAY)

    assert passes(checkpoint(looked_back_at=None), timing=wide)[0].since == NOON - 5 * MINUTE - 2 * DAY


@pytest.mark.parametrize(
    ("ago", "full", "asked"),
    [(6 * HOUR - MINUTE, False, False), (6 * HOUR, False, True), (MINUTE, True, True)],
    ids=str,
)
@pytest.mark.parametrize("watermark", [None, NOON - DAY], ids=["never-read", "read-before"])
def test_a_denied_resource_is_asked_for_again_after_six_hours(ago, full, asked, watermark):
    """A missing permission costs a request every six hours, not every sync; --full asks at once."""
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


def test_an_interval_of_nothing_is_every_minute():
    """STORESYNC_TIER_HIGH=0s is allowed; cron's minute is the shortest interval."""
    timing = replace(TIMING, tiers={**TIERS, "high": timedelta()})

    assert order(store(), timing=timing) == ["shopify:alpha"]
    assert load([store()], timing).needed == 1
    assert next_turn("shopify:alpha", timedelta(), NOON) <= NOON + MINUTE


def test_the_load_is_what_the_connected_stores_need_a_minute():
    """Stores that nobody serves do not count."""
    stores = [
        *(store(tier=tier) for tier in ("high", "medium", "low")),
        *(store(connection=connection) for connection in ("paused", "suspended", "needs_reauth", "disconnected")),
    ]

    assert load(stores, TIMING).needed == pytest.approx(1 / 5 + 1 / 30 + 1 / 360)


def test_the_defaults_serve_75_stores_a_minute():
    """Groups of three, every two seconds, for fifty seconds; without a pause there is no bound."""
    assert load([], TIMING).capacity == 75
    assert load([], replace(TIMING, batch_pause=timedelta())).capacity == float("inf")
