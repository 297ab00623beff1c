"""What we can honestly say of a resource: one word, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync.model import Checkpoint, Shop, Store
from storesync.schedule import Timing
from storesync.verdict import Holdings, Verdict, verdict_of

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

# Each state is wrong in one more way than the verdict below it needs: the worst comes first.
DENIED = {"denied_scope": "read_orders"}
SYNCING = {"watermark": None}
STALE = {"last_pass_at": NOON - 11 * MINUTE}
LIMITED = {"limited_since": NOON - 60 * DAY}
OLD = {"compared_at": NOON - 8 * DAY - MINUTE}


def judged(holdings: Holdings | None = None, *, store: Store = STORE, cadence: str = "due", **state) -> Verdict:
    """Return the verdict of a resource that is well but for *state*."""
    checkpoint = replace(GOOD, **state)
    return verdict_of(store, checkpoint, holdings or Holdings(live=100), cadence=cadence, now=NOON, timing=TIMING)


def test_agreement_in_count_and_ids_is_verified():
    """The only verdict that needs no reason."""
    assert judged() == Verdict("verified")


@pytest.mark.parametrize(
    ("state", "holdings", "verdict"),
    [
        (
            DENIED,
            None,
            Verdict("denied", "the token lacks read_orders; grant it, then storesync connect shopify alpha"),
        ),
        (SYNCING, None, Verdict("syncing", "the first load is not complete yet")),
        (
            {**SYNCING, "error": "the platform answered 503"},
            None,
            Verdict("syncing", "the platform answered 503; it goes on by itself"),
        ),
        (
            STALE,
            None,
            Verdict("stale", "last complete pass 2026-11-22 11:49 UTC; storesync status shopify:alpha"),
        ),
        (
            {**STALE, "error": "the platform answered 503"},
            None,
            Verdict(
                "stale",
                "last complete pass 2026-11-22 11:49 UTC: the platform answered 503; storesync status shopify:alpha",
            ),
        ),
        ({}, Holdings(100, quarantined=2), Verdict("short", f"2 records could not be read; {RECONCILE} tries again")),
        (
            {},
            Holdings(97),
            Verdict("short", f"the platform has 3 more than we do; look for them by id: {RECONCILE}"),
        ),
        ({}, Holdings(100, held=12), Verdict("surplus", f"12 deletions are held; look, then {RECONCILE} --confirm")),
        ({}, Holdings(104), Verdict("surplus", f"we hold 4 more than the platform counts; {RECONCILE}")),
        (LIMITED, None, Verdict("limited", "only records since 2026-09-23 are shown to us")),
        (OLD, None, Verdict("unverified", f"the ids have not been compared lately; {RECONCILE}")),
        (
            {"compared_at": None},
            None,
            Verdict("unverified", "the ids have not been compared yet; that follows the first load"),
        ),
        ({"differences": 3}, None, Verdict("unverified", f"3 ids still differed when compared; {RECONCILE}")),
        ({"source_count": None}, None, Verdict("unverified", "the platform offers no count")),
    ],
)
def test_each_verdict_says_why_and_what_to_type(state, holdings, verdict):
    """Where something can be done, the reason ends in the command that does it."""
    assert judged(holdings, **state) == verdict


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
