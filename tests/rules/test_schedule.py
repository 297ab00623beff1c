"""Who is due, and in which order: tables of (state, now) and the answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync.model import Shop, Store
from storesync.rules.schedule import (
    Due,
    Timing,
    due_stores,
    load,
    minute_of,
    next_run_at,
    next_run_at_tier,
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
    waits = [next_run_at(key, interval, NOON + at * MINUTE) - NOON - at * MINUTE for key in KEYS for at in range(7)]

    assert MINUTE <= min(waits) <= max(waits) <= interval


def test_in_steady_state_a_turn_comes_exactly_an_interval_later():
    """Served when due, a store is due again one interval later, for ever."""
    for key in KEYS:
        turn = next_run_at(key, TIERS["medium"], NOON)

        assert next_run_at(key, TIERS["medium"], turn) == turn + TIERS["medium"]


def test_stores_fall_due_spread_over_the_interval():
    """No minute of the interval gets more than its share of many stores, roughly."""
    turns = [next_run_at(key, TIERS["medium"], NOON) for key in KEYS]

    assert len(set(turns)) == 30
    assert max(turns.count(turn) for turn in turns) <= 3 * len(KEYS) / 30


def test_a_day_of_ticks_serves_a_five_minute_store_288_times():
    """Cron's seconds of delay do not turn five minutes into six."""
    first = due_at = next_run_at("shopify:alpha", TIERS["high"], NOON)
    served = 0
    for number in range(24 * 60):
        tick = first + number * MINUTE + timedelta(seconds=number % 60)
        if due_at <= minute_of(tick):
            served += 1
            due_at = next_run_at("shopify:alpha", TIERS["high"], minute_of(tick))

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


def test_an_interval_of_nothing_is_every_minute():
    """STORESYNC_TIER_HIGH=0s is allowed; cron's minute is the shortest interval."""
    timing = replace(TIMING, tiers={**TIERS, "high": timedelta()})

    assert order(store(), timing=timing) == ["shopify:alpha"]
    assert load([store()], timing).needed == 1
    assert next_run_at("shopify:alpha", timedelta(), NOON) <= NOON + MINUTE


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


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        ({"compare_at": NOON}, True),
        ({"compare_at": NOON + MINUTE}, False),
        ({"compare_at": None}, False),
        ({"compare_at": NOON, "sync_status": "failed", "consecutive_failures": 1}, False),
        ({"compare_at": NOON, "sync_status": "in_progress"}, False),
        ({"compare_at": NOON, "connection": "paused"}, False),
        ({"compare_at": NOON, "connection": "needs_reauth"}, False),
    ],
)
def test_ids_are_compared_only_while_a_store_is_in_step(state, is_due):
    """A comparison of a store that cannot be read would find what reading finds."""
    waiting = store(next_sync_at=NOON + 5 * MINUTE, **state)

    assert [one.reason for one in due_stores([waiting], NOON, TIMING)] == (["reconcile"] if is_due else [])


def test_comparisons_come_after_first_loads():
    """Who has no data yet needs the place more."""
    loading = store("shopify:z", sync_status="in_progress", first_synced_at=None)
    comparing = store("shopify:a", next_sync_at=NOON + MINUTE, compare_at=NOON - DAY)

    assert order(comparing, loading, store("shopify:due")) == ["shopify:due", "shopify:z", "shopify:a"]


@pytest.mark.parametrize(
    ("tried", "turn", "is_due"),
    [
        # Set back by an hour: the attempt lies ahead.
        (NOON + HOUR, NOON + HOUR + 5 * MINUTE, True),
        # Some seconds of correction are no such thing.
        (NOON + MINUTE, NOON + 5 * MINUTE, False),
        # Written by a clock that was a year ahead.
        (NOON - MINUTE, NOON + 365 * DAY, True),
        (NOON - MINUTE, NOON + DAY, False),
    ],
)
def test_a_turn_set_by_a_wrong_clock_is_void(tried, turn, is_due):
    """The store is due at once, and has a right turn from then on."""
    assert bool(order(store(last_attempt_at=tried, next_sync_at=turn))) is is_due


def test_the_load_is_heavy_from_four_fifths_on():
    """Then a word is due, before anybody is late."""
    capacity = load([], TIMING).capacity
    heavy, light = (load([store(f"shopify:{n}", tier="high") for n in range(count)], TIMING) for count in (301, 299))

    assert (capacity, heavy.is_heavy, light.is_heavy) == (75, True, False)


@pytest.mark.parametrize(
    ("state", "turn"),
    [
        ({}, NOON + 5 * MINUTE),
        ({"next_sync_at": NOON + MINUTE}, NOON + MINUTE),
        ({"sync_status": "failed", "consecutive_failures": 1}, NOON + 5 * HOUR),
        ({"sync_status": "pending"}, NOON + 5 * HOUR),
        ({"connection": "suspended"}, NOON + 5 * HOUR),
    ],
)
def test_a_new_tier_never_makes_a_store_wait_longer(state, turn):
    """Whoever fails, or was never read, keeps the turn that follows from that."""
    changed = store(tier="high", **({"next_sync_at": NOON + 5 * HOUR} | state))

    assert next_run_at_tier(changed, NOON, TIMING) <= turn
