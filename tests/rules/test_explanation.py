"""Why a store is fresh or is not, what happens next and when, and what to type."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync.model import Holder, Shop, Store
from storesync.rules.explanation import Scene, explain
from storesync.rules.outages import Outage
from storesync.rules.schedule import Load, Timing
from storesync.rules.verdict import Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHOP = Shop(id="1", key="alpha", name="Alpha", domain="alpha.myshopify.com")
STORE = Store(
    1,
    "shopify:alpha",
    "shopify",
    SHOP,
    sync_status="completed",
    connected_at=NOON - 60 * MINUTE,
    first_synced_at=NOON - 50 * MINUTE,
    last_sync_at=NOON - 3 * MINUTE,
    last_activity_at=NOON - 30 * MINUTE,
    next_sync_at=NOON + 2 * MINUTE,
)
TIMING = Timing({"high": 5 * MINUTE, "medium": 30 * MINUTE, "low": 360 * MINUTE})
SCENE = Scene(NOON, TIMING, is_running=True, load=Load(0.2, 75))
LATER = NOON + 15 * MINUTE
FAILING = replace(STORE, sync_status="failed", consecutive_failures=2, last_error="no answer", next_sync_at=LATER)
OUTAGE = Outage("shopify", "no answer", NOON - 10 * MINUTE, 4, 5)
HELD = {"orders": Verdict("surplus", "40 deletions are held")}

SITUATIONS = {
    "in step": (STORE, SCENE, "it is read again", STORE.next_sync_at, None),
    "due soon": (replace(STORE, next_sync_at=NOON), SCENE, "it is read within the next minute", None, None),
    "being worked on": (
        STORE,
        replace(SCENE, holder=Holder(1, "w", NOON - MINUTE, "cron", "orders")),
        "sync-due is reading it now, since 2026-11-22 11:59 UTC (orders)",
        None,
        None,
    ),
    "waiting in backoff": (FAILING, SCENE, "it is tried again", LATER, "storesync sync shopify:alpha"),
    "waiting for what the hint says": (
        replace(FAILING, hint="storesync connect shopify alpha --token-stdin"),
        SCENE,
        "it is tried again",
        LATER,
        "storesync connect shopify alpha --token-stdin",
    ),
    "told when to come back": (
        replace(FAILING, last_error_code="rate_limited"),
        SCENE,
        "it is tried again; nobody need do anything",
        LATER,
        None,
    ),
    "suspended, and somebody can end that": (
        replace(FAILING, connection="suspended", hint="settle the bill in the shop's admin"),
        SCENE,
        "it is asked whether it lets us in again",
        LATER,
        None,
    ),
    "its own trouble after its platform's": (
        replace(FAILING, excused=2, hint="storesync connect shopify alpha"),
        SCENE,
        "it is tried again",
        LATER,
        "storesync connect shopify alpha",
    ),
    "platform trouble": (
        replace(FAILING, consecutive_failures=0, excused=2),
        replace(SCENE, outage=OUTAGE),
        "it is tried again; nobody need do anything",
        LATER,
        None,
    ),
    "pending grace": (
        Store(1, "shopify:alpha", "shopify", SHOP, connected_at=NOON - MINUTE),
        SCENE,
        "its first load begins by itself",
        NOON + 2 * MINUTE,
        "storesync sync shopify:alpha",
    ),
    "loading": (
        replace(STORE, sync_status="in_progress", first_synced_at=None, next_sync_at=NOON),
        SCENE,
        "its load goes on within the next minute",
        None,
        None,
    ),
    "paused": (
        replace(STORE, connection="paused"),
        SCENE,
        "nothing, until it is resumed",
        None,
        "storesync set shopify:alpha --resume",
    ),
    "disconnected": (
        replace(STORE, connection="disconnected"),
        SCENE,
        "nothing: it is disconnected",
        None,
        "storesync connect shopify alpha",
    ),
    "needs a person": (
        replace(FAILING, connection="needs_reauth"),
        SCENE,
        "it is asked whether it lets us in again",
        LATER,
        "storesync connect shopify alpha",
    ),
    "suspended": (
        replace(FAILING, connection="suspended"),
        SCENE,
        "it is asked whether it lets us in again; nobody need do anything",
        LATER,
        None,
    ),
    "over capacity": (
        replace(STORE, next_sync_at=NOON - 10 * MINUTE),
        replace(SCENE, load=Load(90, 75)),
        "it waits for a place: allow more with a shorter STORESYNC_BATCH_PAUSE",
        None,
        None,
    ),
    "cron not running": (
        STORE,
        replace(SCENE, is_running=False),
        "nothing, until cron starts sync-due",
        None,
        "storesync cron install",
    ),
    "this machine at fault": (
        replace(STORE, last_error="no room", hint="df -h"),
        SCENE,
        "it is tried again by itself",
        STORE.next_sync_at,
        "storesync doctor",
    ),
    "this machine reaches nobody": (
        STORE,
        replace(SCENE, is_hindered=True),
        "it is tried again by itself",
        STORE.next_sync_at,
        "storesync doctor",
    ),
    "scope missing": (
        STORE,
        replace(SCENE, verdicts={"orders": Verdict("denied", "the token lacks read_orders")}),
        "it is read again",
        STORE.next_sync_at,
        "storesync connect shopify alpha",
    ),
    "held deletions": (
        STORE,
        replace(SCENE, verdicts=HELD),
        "it is read again",
        STORE.next_sync_at,
        "storesync reconcile shopify:alpha --dry-run",
    ),
    "missing records": (
        STORE,
        replace(SCENE, verdicts={"orders": Verdict("short", "the platform has 3 more")}),
        "it is read again",
        STORE.next_sync_at,
        "storesync reconcile shopify:alpha",
    ),
}


@pytest.mark.parametrize(("store", "scene", "action", "at", "command"), SITUATIONS.values(), ids=SITUATIONS)
def test_what_happens_next_is_told_with_its_command(store, scene, action, at, command):
    """For each thing that can stand between a store and fresh data."""
    told = explain(store, scene).next

    assert (told.action, told.at, told.command) == (action, at, command)


@pytest.mark.parametrize(
    ("store", "scene", "fact"),
    [
        (STORE, SCENE, "last read without an error 2026-11-22 11:57 UTC"),
        (STORE, SCENE, "tier high, read every 5 min (last change in the shop 2026-11-22 11:30 UTC)"),
        (replace(STORE, tier="low", tier_pinned=True), SCENE, "tier low, read every 6 h (pinned)"),
        (FAILING, SCENE, "2 attempts in a row failed, the last one: no answer"),
        (
            STORE,
            replace(SCENE, outage=OUTAGE),
            "shopify has been in trouble since 2026-11-22 11:50 UTC (no answer); its stores are not blamed",
        ),
        (replace(STORE, last_error="no room"), SCENE, "it could not be tried: no room"),
        (STORE, replace(SCENE, is_running=False), "cron does not start sync-due: no store is read by itself"),
        (
            STORE,
            replace(SCENE, load=Load(90, 75)),
            "a minute, 90 stores want to be read, and 75 can be: stores come late",
        ),
        (STORE, replace(SCENE, verdicts=HELD), "orders: surplus, 40 deletions are held"),
        (STORE, replace(SCENE, loaded={"orders": (2500, 10000)}), "orders: 2,500 of 10,000 records loaded"),
        (STORE, replace(SCENE, loaded={"orders": (2500, None)}), "orders: 2,500 records loaded"),
        (
            STORE,
            replace(SCENE, needs_person_by=LATER),
            "its token can be renewed until 2026-11-22 12:15 UTC; sync-due does so by itself",
        ),
        (
            replace(STORE, first_synced_at=None),
            SCENE,
            "its first load is not complete; it has been connected since 2026-11-22 11:00 UTC",
        ),
    ],
)
def test_what_stands_behind_it_is_a_fact_of_its_own(store, scene, fact):
    """One sentence for each."""
    assert fact in explain(store, scene).facts


def test_a_store_that_is_well_is_told_in_two_sentences():
    """Nothing that is as it should be takes a line."""
    assert len(explain(STORE, SCENE).facts) == 2
