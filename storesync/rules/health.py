"""What a sync attempt changes on a store: backoff, tier, connection. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.errors import (
    IdentityChanged,
    Locked,
    PlatformError,
    ShopMoved,
    Suspended,
    TokenExpired,
    TokenRejected,
)
from storesync.model import DUPLICATE, PURGING, Credential, Health, Store
from storesync.rules.schedule import Timing, minute_of, next_run_at, tier_of

REFUSALS = 3
"""After this many refusals in a row, a person must connect the store again."""

REFRESH_BEFORE = timedelta(minutes=5)
REFRESH_TOKEN_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a sync attempt failed. *confirmed*: one cheap probe afterwards was refused as well."""

    code: str
    message: str
    hint: str | None = None
    retry_at: datetime | None = None
    error: type[PlatformError] | None = None
    confirmed: bool = False


def failure_of(error: PlatformError, *, confirmed: bool = False) -> Failure:
    """Return *error* as a `Failure`."""
    return Failure(error.code, error.message, error.hint, error.retry_at, type(error), confirmed)


def backoff(failures: int, timing: Timing) -> timedelta:
    """Return how long to wait after so many *failures* in a row."""
    return timing.backoff[min(failures, len(timing.backoff)) - 1]


def after_success(store: Store, now: datetime, timing: Timing) -> Health:
    """Return the health of a store whose run at *now* succeeded."""
    minute = minute_of(now)
    tier = tier_of(store, now)
    return Health(
        sync_status="completed",
        connection=_let_in(store),
        connection_reason=None,
        tier=tier,
        consecutive_failures=0,
        refusals=0,
        next_sync_at=next_run_at(store.key, timing.tiers[tier], minute),
    )


def after_slice(store: Store, now: datetime, *, is_read: bool) -> Health:
    """Return the health of a store whose run continues in a later slice.

    Its failures are cleared only where something *is_read*: a slice may end before it reads anything.
    """
    return Health(
        sync_status="in_progress",
        connection=_let_in(store) if is_read else store.connection,
        connection_reason=None if is_read else store.connection_reason,
        tier=store.tier,
        consecutive_failures=0 if is_read else store.consecutive_failures,
        excused=0 if is_read else store.excused,
        refusals=0 if is_read else store.refusals,
        next_sync_at=minute_of(now),
    )


def _let_in(store: Store) -> str:
    """Return the connection of a store whose token was accepted."""
    return "connected" if store.connection in {"suspended", "needs_reauth"} else store.connection


def after_failure(store: Store, failure: Failure, now: datetime, timing: Timing) -> Health:
    """Return the health of a store whose attempt at *now* failed.

    The backoff grows (5, 15, 45 minutes by default) and then stays; it is longer where the platform asked
    for that. A refused token needs a person only after three refusals in a row, each confirmed by a probe.
    """
    minute = minute_of(now)
    failed = replace(
        excused(store, failure, now, timing),
        consecutive_failures=store.consecutive_failures + 1,
        excused=store.excused,
        refusals=0,
        hint=failure.hint,
    )
    kind = failure.error or PlatformError
    if issubclass(kind, TokenRejected | TokenExpired):
        return _refused(failed, store, failure, minute, timing)
    if issubclass(kind, IdentityChanged | ShopMoved):
        return replace(
            failed,
            connection="needs_reauth",
            connection_reason=failure.code,
            next_sync_at=minute + timing.probe,
        )
    if issubclass(kind, Suspended | Locked):
        return replace(
            failed, connection="suspended", connection_reason=failure.code, next_sync_at=minute + timing.probe
        )
    return failed


def excused(store: Store, failure: Failure, now: datetime, timing: Timing) -> Health:
    """Return the health of a store that failed in an outage of its platform: the usual backoff, but no blame.

    The failure's hint is dropped, since nobody is to act on it.
    """
    minute = minute_of(now)
    wait = backoff(store.consecutive_failures + store.excused + 1, timing)
    if store.connection in {"suspended", "needs_reauth"}:
        # A probe that fails for any reason has taken place: the next one is not due earlier.
        wait = max(wait, timing.probe)
    return Health(
        sync_status="failed",
        connection=store.connection,
        connection_reason=store.connection_reason,
        tier=tier_of(store, now),
        consecutive_failures=store.consecutive_failures,
        excused=store.excused + 1,
        refusals=store.refusals,
        next_sync_at=max(minute + wait, failure.retry_at or minute),
        last_error_code=failure.code,
        last_error=failure.message,
        hint=None,
    )


def _refused(failed: Health, store: Store, failure: Failure, minute: datetime, timing: Timing) -> Health:
    refusals = store.refusals + 1 if failure.confirmed else store.refusals
    if refusals < REFUSALS and store.connection != "needs_reauth":
        return replace(failed, refusals=refusals)
    return replace(
        failed,
        refusals=refusals,
        connection="needs_reauth",
        connection_reason=failure.code,
        next_sync_at=minute + timing.probe,
    )


def is_hindered(store: Store) -> bool:
    """Return whether a fault of this machine kept the store from being read last time; the store is not blamed."""
    is_blamed = store.consecutive_failures or store.excused
    return store.last_error is not None and not is_blamed and store.connection_reason != DUPLICATE


def wants_diagnosis(store: Store, error: PlatformError) -> bool:
    """Return whether a store has failed so often that its token is to be checked, though no *error* refused it.

    Where the platform does not answer at all, the token is checked only once.
    """
    failures = store.consecutive_failures + store.excused + 1
    is_due = failures == REFUSALS or (failures > REFUSALS and not error.transient)
    return is_due and store.connection == "connected" and error.retry_at is None


def wants_refresh(credential: Credential, now: datetime) -> bool:
    """Return whether the token expires soon and can be renewed without a person."""
    if credential.kind == "client_credentials":
        return credential.expires_at is None or credential.expires_at - now < REFRESH_BEFORE
    if credential.kind != "oauth_expiring" or not credential.refresh_token:
        return False
    if credential.expires_at is None or credential.expires_at - now < REFRESH_BEFORE:
        return True
    ends = credential.refresh_expires_at
    return ends is not None and ends - now < REFRESH_TOKEN_BEFORE


def has_ended(credential: Credential, now: datetime) -> bool:
    """Return whether the token has expired; one without an expiry time counts as expired."""
    return credential.expires_at is None or credential.expires_at <= now


def needs_person_by(credential: Credential) -> datetime | None:
    """Return when the connection ends unless it is renewed, None where it never ends or needs no person."""
    if credential.kind == "oauth_expiring":
        return credential.refresh_expires_at or credential.expires_at
    return None


def changes(before: Store, after: Health, *, loaded: bool) -> list[tuple[str, str]]:
    """Return what is reported of the change from *before* to *after*: (kind, message that ends in the next command).

    *loaded*: every resource of the store has been read to its end by now.
    """
    key = before.key
    if after.connection != before.connection:
        return [complaint(key, after) or ("recovered", f"{key} is connected again")]
    if after.consecutive_failures == 1:
        reported = complaint(key, after)
        return [reported] if reported else []
    if before.consecutive_failures and after.sync_status == "completed":
        return [("recovered", f"{key} is in sync again")]
    if before.first_synced_at is None and loaded and after.sync_status == "completed":
        return [("first_synced", f"{key} completed its first sync")]
    return []


def unfinished(store: Store, *, is_erasing: bool) -> tuple[str, str] | None:
    """Return (description, command that continues it) of an unfinished erasure of a store, None where there is none.

    *is_erasing*: the erasure of a person was begun, maybe by a process that died.
    """
    if store.connection_reason == PURGING:
        return "its purge has not ended", f"storesync disconnect {store.key} --purge"
    if is_erasing:
        message = "a person is not forgotten to the end: nobody but you knows who, so give their id or e-mail again"
        return message, f"storesync forget {store.key} --id ID --email-stdin"
    return None


def complaint(key: str, state: Store | Health) -> tuple[str, str] | None:
    """Return what is wrong with a store as (kind, message that ends in the next command), None where nothing is."""
    hint = state.hint or f"look closer: storesync status {key}"
    if state.connection == "needs_reauth":
        return "needs_reauth", f"{key} needs a person: {state.last_error}; {hint}"
    if state.connection == "suspended":
        return "suspended", f"{key} is suspended: {state.last_error}; it is tried again by itself; {hint}"
    if state.consecutive_failures:
        return "failed", f"{key} failed: {state.last_error}; {hint}"
    return None
