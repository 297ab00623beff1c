"""What an attempt does to a store: tables of (state, outcome) and the state after."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storesync import errors
from storesync.model import Credential, Health, Shop, Store
from storesync.rules.health import (
    after_failure,
    after_slice,
    after_success,
    changes,
    failure_of,
    needs_person_by,
    wants_refresh,
)
from storesync.rules.schedule import Timing, next_run_at

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TIMING = Timing({"high": 5 * MINUTE, "medium": 30 * MINUTE, "low": 6 * HOUR})
SHOP = Shop(id="1", key="alpha", name="Alpha", domain="alpha.example")
STORE = Store(
    1,
    "shopify:alpha",
    "shopify",
    SHOP,
    sync_status="completed",
    connected_at=NOON - 90 * DAY,
    first_synced_at=NOON - 90 * DAY,
    last_activity_at=NOON - HOUR,
    next_sync_at=NOON,
)
REFUSED = errors.TokenRejected("the token was refused")
DOWN = errors.PlatformDown("the platform answered 503")


def failed(store: Store, error: errors.PlatformError, *, confirmed: bool = False) -> Health:
    """Return the health after *error* at noon."""
    return after_failure(store, failure_of(error, confirmed=confirmed), NOON, TIMING)


@pytest.mark.parametrize(("before", "wait"), [(0, 5), (1, 15), (2, 45), (3, 45), (99, 45)])
def test_waits_grow_to_45_minutes_and_stay_there(before, wait):
    """After the first, second, third failure in a row and all later ones."""
    health = failed(replace(STORE, consecutive_failures=before), DOWN)

    assert (health.consecutive_failures, health.next_sync_at) == (before + 1, NOON + wait * MINUTE)


def test_a_wait_counts_from_the_minute():
    """Seconds of a run do not push the next attempt into the minute after."""
    health = after_failure(STORE, failure_of(DOWN), NOON + timedelta(seconds=48), TIMING)

    assert health.next_sync_at == NOON + 5 * MINUTE


@pytest.mark.parametrize(
    ("asked", "next_at"),
    [(60 * MINUTE, 60 * MINUTE), (MINUTE, 5 * MINUTE), (-HOUR, 5 * MINUTE), (None, 5 * MINUTE)],
    ids=str,
)
def test_the_platform_may_ask_for_longer_never_for_sooner(asked, next_at):
    """A Retry-After later than our own wait is honoured."""
    error = errors.RateLimited("slow down", retry_at=None if asked is None else NOON + asked)

    assert failed(STORE, error).next_sync_at == NOON + next_at


@pytest.mark.parametrize(
    ("before", "confirmed", "refusals", "connection"),
    [
        (0, True, 1, "connected"),
        (1, True, 2, "connected"),
        (2, True, 3, "needs_reauth"),
        (2, False, 2, "connected"),
        (0, False, 0, "connected"),
    ],
)
@pytest.mark.parametrize("error", [REFUSED, errors.TokenExpired("it ran out")], ids=lambda error: error.code)
def test_the_third_confirmed_refusal_in_a_row_asks_for_a_person(before, confirmed, refusals, connection, error):
    """A refusal that a probe did not confirm never counts."""
    health = failed(replace(STORE, refusals=before), error, confirmed=confirmed)

    assert (health.refusals, health.connection) == (refusals, connection)


def test_unconfirmed_refusals_never_ask_for_a_person():
    """A token that still opens the shop is good, however often one request is refused."""
    store = STORE
    for _ in range(20):
        health = failed(store, REFUSED)
        store = replace(store, refusals=health.refusals, consecutive_failures=health.consecutive_failures)

        assert health.connection == "connected"


def test_a_store_that_needs_a_person_is_probed_slowly():
    """Once it needs a person it is tried every six hours, confirmed or not."""
    health = failed(replace(STORE, connection="needs_reauth", refusals=3, consecutive_failures=3), REFUSED)

    assert (health.connection, health.connection_reason) == ("needs_reauth", "token_rejected")
    assert health.next_sync_at == NOON + 6 * HOUR


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        errors.TimedOut("late"),
        errors.NetworkFailed("no connection"),
        errors.BadResponse("html"),
    ],
    ids=lambda error: error.code,
)
def test_other_errors_never_ask_for_a_person_and_break_the_row_of_refusals(error):
    """An outage heals itself, however long it lasts."""
    health = failed(replace(STORE, consecutive_failures=50, refusals=2), error)

    assert (health.connection, health.refusals) == ("connected", 0)


@pytest.mark.parametrize(
    ("error", "connection"),
    [
        (errors.Suspended("402"), "suspended"),
        (errors.Locked("423"), "suspended"),
        (errors.IdentityChanged("another shop"), "needs_reauth"),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_a_shop_that_is_closed_to_us_is_probed_slowly(error, connection):
    """Unpaid, locked or another shop: known at once, tried again every six hours."""
    health = failed(STORE, error)

    assert (health.connection, health.connection_reason) == (connection, error.code)
    assert (health.sync_status, health.next_sync_at) == ("failed", NOON + 6 * HOUR)


def test_a_failure_is_told_on_the_store():
    """Status shows the code, the message and the way out."""
    health = failed(STORE, errors.Suspended("unpaid", hint="pay the bill"))

    assert (health.last_error_code, health.last_error, health.hint) == ("suspended", "unpaid", "pay the bill")


@pytest.mark.parametrize("connection", ["suspended", "needs_reauth", "connected"])
def test_a_success_resets_everything(connection):
    """After recovery nothing remembers the failures, and the ordinary turn is back."""
    sick = replace(
        STORE,
        sync_status="failed",
        connection=connection,
        connection_reason="locked",
        consecutive_failures=7,
        refusals=3,
    )

    assert after_success(sick, NOON, TIMING) == Health(
        sync_status="completed",
        connection="connected",
        connection_reason=None,
        tier="high",
        consecutive_failures=0,
        refusals=0,
        next_sync_at=next_run_at("shopify:alpha", 5 * MINUTE, NOON),
    )


@pytest.mark.parametrize("connection", ["paused", "disconnected"])
def test_a_success_does_not_undo_what_the_operator_did_meanwhile(connection):
    """A pause during the run stands."""
    assert after_success(replace(STORE, connection=connection), NOON, TIMING).connection == connection


def test_a_quiet_store_gets_its_slower_tier_with_its_success():
    """The tier follows activity at each run, so does the turn."""
    health = after_success(replace(STORE, last_activity_at=NOON - 20 * DAY), NOON, TIMING)

    assert health.tier == "low"
    assert MINUTE <= health.next_sync_at - NOON <= 6 * HOUR


def test_a_run_that_goes_on_is_due_at_once_and_in_progress():
    """A later slice waits for its turn only."""
    health = after_slice(replace(STORE, consecutive_failures=2), NOON + timedelta(seconds=30), is_read=True)

    assert (health.sync_status, health.next_sync_at) == ("in_progress", NOON)
    assert health.consecutive_failures == 0


OAUTH = Credential("oauth_expiring", "t", expires_at=NOON + HOUR, refresh_token="r", refresh_expires_at=NOON + 90 * DAY)


@pytest.mark.parametrize(
    ("credential", "wanted"),
    [
        (OAUTH, False),
        (replace(OAUTH, expires_at=NOON + 5 * MINUTE), False),
        (replace(OAUTH, expires_at=NOON + 4 * MINUTE), True),
        (replace(OAUTH, expires_at=NOON - HOUR), True),
        (replace(OAUTH, expires_at=None), True),
        (replace(OAUTH, refresh_expires_at=NOON + 29 * DAY), True),
        (replace(OAUTH, refresh_expires_at=NOON + 30 * DAY), False),
        (replace(OAUTH, refresh_expires_at=None), False),
        (replace(OAUTH, expires_at=NOON, refresh_token=None), False),
        (Credential("client_credentials", "t", expires_at=NOON + HOUR), False),
        (Credential("client_credentials", "t", expires_at=NOON + 4 * MINUTE), True),
        (Credential("client_credentials", "t"), True),
        (Credential("static", "t", expires_at=NOON), False),
        (Credential("oauth", "t"), False),
        (Credential("custom_app", "t"), False),
    ],
)
def test_a_token_is_renewed_before_it_runs_out(credential, wanted):
    """Five minutes before the token ends, thirty days before its refresh token does; only where a kind can be."""
    assert wants_refresh(credential, NOON) is wanted


@pytest.mark.parametrize(
    ("credential", "by"),
    [
        (OAUTH, NOON + 90 * DAY),
        (Credential("client_credentials", "t", expires_at=NOON), None),
        (Credential("oauth", "t"), None),
    ],
    ids=["oauth_expiring", "client_credentials", "oauth"],
)
def test_only_a_refresh_token_that_ends_needs_a_person(credential, by):
    """Status counts down to it; the other kinds renew themselves or never end."""
    assert needs_person_by(credential) == by


def test_each_change_is_told_once_and_ends_in_what_to_type():
    """The first failure and each change of the connection are told; what repeats is not."""
    refused = errors.TokenRejected("refused", hint="connect it again: storesync connect shopify alpha")
    first = failed(STORE, DOWN)
    twice = replace(STORE, sync_status="failed", consecutive_failures=1, refusals=2)

    assert changes(STORE, first, loaded=True) == [
        ("failed", "shopify:alpha failed: the platform answered 503; look closer: storesync status shopify:alpha")
    ]
    assert changes(twice, failed(twice, DOWN), loaded=True) == []
    assert changes(twice, failed(twice, refused, confirmed=True), loaded=True) == [
        (
            "needs_reauth",
            "shopify:alpha needs a person: refused; connect it again: storesync connect shopify alpha",
        )
    ]


@pytest.mark.parametrize(
    ("before", "kinds"),
    [
        (STORE, []),
        (replace(STORE, consecutive_failures=1, sync_status="failed"), ["recovered"]),
        (replace(STORE, connection="suspended"), ["recovered"]),
        (replace(STORE, connection="needs_reauth", consecutive_failures=9), ["recovered"]),
        (replace(STORE, first_synced_at=None, sync_status="pending"), ["first_synced"]),
    ],
    ids=["steady", "failed", "suspended", "needs-reauth", "new"],
)
def test_recovery_is_told_once(before, kinds):
    """Good news comes when it is news."""
    assert [kind for kind, _ in changes(before, after_success(before, NOON, TIMING), loaded=True)] == kinds


def test_a_suspension_says_that_nobody_need_do_anything():
    """A suspended store is tried again by itself."""
    told = changes(STORE, failed(STORE, errors.Suspended("the shop is unpaid")), loaded=True)

    again = "it is tried again by itself; look closer: storesync status shopify:alpha"
    assert told == [("suspended", f"shopify:alpha is suspended: the shop is unpaid; {again}")]


def test_a_slice_that_read_nothing_forgets_no_failure():
    """It ended before it knew: the waits go on where they were."""
    failing = replace(STORE, consecutive_failures=2, refusals=1, excused=3)
    health = after_slice(failing, NOON, is_read=False)

    assert (health.consecutive_failures, health.refusals, health.excused) == (2, 1, 3)


@pytest.mark.parametrize("connection", ["suspended", "needs_reauth"])
def test_a_shop_that_lets_us_read_needs_nobody(connection):
    """As soon as a slice has read something, however long the load still takes."""
    away = replace(STORE, connection=connection, connection_reason="locked", consecutive_failures=3)

    read = after_slice(away, NOON, is_read=True)
    unread = after_slice(away, NOON, is_read=False)

    assert (read.connection, read.connection_reason) == ("connected", None)
    assert (unread.connection, unread.connection_reason) == (connection, "locked")
