"""What we can honestly say of a resource: one word, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync.model import Checkpoint, Shop, Store
from storesync.rules.schedule import Timing
from storesync.rules.verdict import Holdings, Reads, Verdict, verdict_of, verdicts_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIMING = Timing({"high": 5 * MINUTE, "medium": 30 * MINUTE, "low": 6 * HOUR})
SHOP = Shop(id="1", key="alpha", name="Alpha", domain="alpha.example")
STORE = Store(1, "shopify:alpha", "shopify", SHOP, sync_status="completed", tier="high")
GOOD = Checkpoint(
    "orders",
    watermark=NOON - 5 * MINUTE,
    last_pass_at=NOON - 5 * MINUTE,
    source_count=100,
    compared_at=NOON - DAY,
    differences=0,
)
RECONCILE = "storesync reconcile shopify:alpha"
SYNC = "storesync sync shopify:alpha"
CONNECT = "storesync connect shopify alpha"

# Each state is wrong in one more way than the verdict below it needs: the worst comes first.
DENIED = {"denied_scope": "read_orders"}
SYNCING = {"watermark": None}
STALE = {"last_pass_at": NOON - 11 * MINUTE}
LIMITED = {"limited_since": NOON - 60 * DAY}
OLD = {"compared_at": NOON - 8 * DAY - MINUTE}


def judged(
    holdings: Holdings | None = None,
    *,
    store: Store = STORE,
    cadence: str = "due",
    widest: str | None = None,
    **state,
) -> Verdict:
    """Return the verdict of a resource that is well but for *state*."""
    checkpoint, held = replace(GOOD, **state), holdings or Holdings(live=100)
    return verdict_of(store, checkpoint, held, cadence=cadence, widest=widest, now=NOON, timing=TIMING)


def test_agreement_in_count_and_ids_is_verified():
    """The only verdict that needs no reason."""
    assert judged() == Verdict("verified")


@pytest.mark.parametrize(
    ("state", "holdings", "word", "reason"),
    [
        (DENIED, None, "denied", f"the token lacks read_orders; grant it, then: {CONNECT}"),
        (SYNCING, None, "syncing", f"the first load has not begun; sync-due goes on with it, or at once: {SYNC}"),
        (
            {**SYNCING, "pass_kind": "full", "records": 2500, "expected": 10_000},
            None,
            "syncing",
            f"the first load has brought 2,500 of 10,000 records; sync-due goes on with it, or at once: {SYNC}",
        ),
        (
            {**SYNCING, "pass_kind": "full", "records": 2500, "error": "the platform answered 503"},
            None,
            "syncing",
            f"the first load has brought 2,500 records: the platform answered 503; try again: {SYNC}",
        ),
        (STALE, None, "stale", f"last complete reading 2026-11-22 11:49 UTC; read it now: {SYNC}"),
        (
            {**STALE, "error": "the platform answered 503"},
            None,
            "stale",
            f"last complete reading 2026-11-22 11:49 UTC: the platform answered 503; try again: {SYNC}",
        ),
        ({}, Holdings(100, quarantined=2), "short", f"2 records could not be read; try again: {RECONCILE}"),
        ({}, Holdings(100, quarantined=1), "short", f"1 record could not be read; try again: {RECONCILE}"),
        ({}, Holdings(97), "short", f"the platform has 3 more than we do; find them by id: {RECONCILE}"),
        (
            {"source_count": 0},
            Holdings(12, held=12),
            "surplus",
            (
                "the platform shows none of our 12 records, as in an outage;"
                " only if they are gone indeed: storesync reconcile shopify:alpha --confirm"
            ),
        ),
        ({}, Holdings(100, held=12), "surplus", f"12 deletions are held; look, then: {RECONCILE} --confirm"),
        ({}, Holdings(104), "surplus", f"we hold 4 more than the platform counts; find them: {RECONCILE}"),
        (LIMITED, None, "limited", "only records since 2026-09-23 are shown to us"),
        (
            {"compared_at": NOON + 365 * DAY},
            None,
            "unverified",
            f"the ids were last compared on 2027-11-22; do so now: {RECONCILE}",
        ),
        (
            {"error_code": "incomplete", "error": "the listing of orders stopped without its end"},
            None,
            "unverified",
            f"the last reading proves nothing: the listing of orders stopped without its end; try again: {SYNC}",
        ),
        (
            {"doubted_at": NOON, "differences": None},
            None,
            "unverified",
            f"a listing brought fewer changes than the platform counts; find them by id: {RECONCILE}",
        ),
        (OLD, None, "unverified", f"the ids were last compared on 2026-11-14; do so now: {RECONCILE}"),
        (
            {"compared_at": None},
            None,
            "unverified",
            f"the ids are still to be compared; sync-due does so, or at once: {RECONCILE}",
        ),
        (
            {**OLD, "comparison_failures": 1, "comparison_error": "the platform answered 503"},
            None,
            "unverified",
            f"the ids could not be compared: the platform answered 503; try again: {RECONCILE}",
        ),
        ({"differences": 3}, None, "unverified", f"3 ids still differed when compared; again: {RECONCILE}"),
        ({"differences": -1}, None, "unverified", f"1 id still differed when compared; again: {RECONCILE}"),
    ],
)
def test_each_verdict_says_why_and_what_to_type(state, holdings, word, reason):
    """Where something can be done, the reason ends in the command that does it."""
    assert judged(holdings, **state) == Verdict(word, reason)


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ({"connection": "paused"}, "; the store is paused: storesync set shopify:alpha --resume"),
        ({"connection": "disconnected"}, f"; the store is disconnected: {CONNECT}"),
        (
            {"connection": "needs_reauth", "last_error": "Shopify refused the token", "hint": CONNECT},
            f": Shopify refused the token; {CONNECT}",
        ),
        ({"last_error": "no connection"}, f": no connection; try again: {SYNC}"),
    ],
    ids=["paused", "disconnected", "needs_reauth", "failed"],
)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [(SYNCING, "the first load has not begun"), (STALE, "last complete reading 2026-11-22 11:49 UTC")],
    ids=["syncing", "stale"],
)
def test_what_keeps_a_store_from_being_read_is_named_with_its_remedy(state, remedy, wrong, said):
    """Whoever is paused or refused is helped by another command than by sync."""
    assert judged(store=replace(STORE, **state), **wrong).reason == said + remedy


def test_a_limit_names_the_scope_that_lifts_it():
    """Where the platform has one; and none where the operator wanted no more."""
    asked = replace(STORE, since=NOON)

    assert judged(widest="read_all_orders", **LIMITED).reason == (
        f"only records since 2026-09-23 are shown to us; grant read_all_orders to the app, then: {CONNECT}"
    )
    assert judged(store=asked, widest="read_all_orders", **LIMITED).reason == (
        "only records since 2026-09-23 are read, as connect --since asked"
    )


def test_ids_that_agree_need_no_count():
    """A resource that the platform does not count is proven by its ids alone."""
    assert judged(source_count=None).word == "verified"


def test_only_what_is_read_of_a_store_is_judged():
    """Of a store that was connected for its orders alone, the orders."""
    reads = Reads({"orders": "due", "products": "due"}, {}, {})
    found = verdicts_of(
        replace(STORE, resources=("orders",)),
        {"orders": GOOD},
        {(1, "orders"): Holdings(live=100)},
        reads=reads,
        now=NOON,
        timing=TIMING,
    )

    assert found == {"orders": Verdict("verified")}


@pytest.mark.parametrize(
    ("wrongs", "holdings", "word"),
    [
        ((DENIED, SYNCING, STALE, LIMITED, OLD), Holdings(90, quarantined=1, held=1), "denied"),
        ((SYNCING, STALE, LIMITED, OLD), Holdings(90, quarantined=1, held=1), "syncing"),
        ((STALE, LIMITED, OLD), Holdings(90, quarantined=1, held=1), "stale"),
        ((LIMITED, OLD), Holdings(90, quarantined=1, held=1), "short"),
        ((OLD,), Holdings(90, held=1), "short"),
        ((LIMITED, OLD), Holdings(110, held=1), "surplus"),
        ((OLD,), Holdings(110), "surplus"),
        ((LIMITED, OLD), Holdings(100), "limited"),
        ((OLD,), Holdings(100), "unverified"),
        ((), Holdings(100), "verified"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_verdict_that_applies_is_given(wrongs, holdings, word):
    """denied, syncing, stale, short, surplus, limited, unverified, verified: in this order."""
    state = {name: value for wrong in wrongs for name, value in wrong.items()}

    assert judged(holdings, **state).word == word


@pytest.mark.parametrize(
    ("tier", "cadence", "allowed"),
    [
        ("high", "due", 10 * MINUTE),
        ("high", "hourly", 2 * HOUR),
        ("medium", "due", HOUR),
        ("medium", "hourly", 2 * HOUR),
        ("low", "due", 12 * HOUR),
        ("low", "hourly", 12 * HOUR),
        ("high", "lookback", 12 * HOUR),
    ],
)
def test_a_pass_is_stale_after_twice_its_interval(tier, cadence, allowed):
    """What is read less often has its own interval at least."""
    store = replace(STORE, tier=tier)
    words = [
        judged(store=store, cadence=cadence, last_pass_at=NOON - allowed - late).word for late in (timedelta(), MINUTE)
    ]

    assert words == ["verified", "stale"]


def test_a_comparison_speaks_for_eight_days():
    """Weekly comparisons leave a day of grace."""
    assert judged(compared_at=NOON - 8 * DAY).word == "verified"


def test_a_limited_resource_is_not_held_against_a_count_of_more():
    """The platform counts what it does not show us; that is no shortage."""
    assert judged(Holdings(live=10), **LIMITED).word == "limited"


def test_a_denied_first_load_says_which_scope():
    """Without permission nothing was ever read; the scope is the reason, not the loading."""
    assert judged(watermark=None, last_pass_at=None, **DENIED).word == "denied"
