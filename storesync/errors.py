"""Every error that storesync raises on purpose.

An error says what happened and ends in what to type next. Its class says what the
scheduler does about it; its code is what scripts read.

StoresyncError
├── UsageError             2   the operator asked for something that is not there
├── PersonNeeded           4   app credentials or the key are missing
├── DatabaseUnusable      10   missing, empty, foreign, corrupt or newer than the program
├── StoreBusy              5   somebody else works on the store
├── LocalFault             5   disk full, database busy, no network: no store is to blame
├── Stale                  3   what is here is older than was asked for
├── WrongClock             4   this machine's clock and the platforms' disagree: the stores are served all the same
└── PlatformError              what a platform answered; recorded on the store
    ├── EndsRun                no other resource of the store is worth trying now
    └── (others)               cost their resource only
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

SEVERITY = (10, 1, 5, 4, 3)
"""Which exit code stands for several, the first that occurs."""


def gravest(codes: Iterable[int]) -> int:
    """Return the exit code that stands for all *codes*, 0 for none."""
    found = set(codes)
    return next((code for code in SEVERITY if code in found), max(found, default=0))


class StoresyncError(Exception):
    """A foreseen failure: one line for the operator, the next command, an exit code."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Say *message*; *hint* is the command or step that helps."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(StoresyncError):
    """The operator named a store, platform, shop or setting that cannot be."""

    code = "usage"
    exit_code = 2


class PersonNeeded(StoresyncError):
    """Only a person can go on: the app's credentials or the encryption key are wrong."""

    code = "app_credentials"
    exit_code = 4


class StoreBusy(StoresyncError):
    """Somebody else works on the store; try again when they are done."""

    code = "busy"
    exit_code = 5


class DatabaseUnusable(StoresyncError):
    """The database is missing, empty, foreign, corrupt or newer than the program.

    *is_spoilt*: it was ours, and only a backup brings it back.
    """

    code = "database"
    exit_code = 10

    def __init__(self, message: str, *, hint: str | None = None, is_spoilt: bool = False) -> None:
        """Say *message*."""
        super().__init__(message, hint=hint)
        self.is_spoilt = is_spoilt


class LocalFault(StoresyncError):
    """This machine's trouble; no store's count moves."""

    exit_code = 5


class DatabaseBusy(LocalFault):
    """Another process held the database longer than we wait."""

    code = "database_busy"


class DiskFull(LocalFault):
    """There is no room to write."""

    code = "disk_full"


class NoNetwork(LocalFault):
    """This machine reaches nobody at all."""

    code = "network"


class WrongClock(StoresyncError):
    """This machine's clock and the platforms' are far apart; a person must set it."""

    code = "clock"
    exit_code = 4


class Stale(StoresyncError):
    """What is here is older than was asked for."""

    code = "stale"
    exit_code = 3


class CrontabUnusable(LocalFault):
    """The user's crontab cannot be read or written, or there is no cron here."""

    code = "crontab"


class LeaseLost(StoresyncError):
    """Another process took the store over; nothing of ours may be committed any more."""

    code = "internal"


class OutOfTime(StoresyncError):
    """The slice ended while waiting for the platform; the pass goes on in the next one."""

    code = "internal"


class NotYet(OutOfTime):
    """The platform is still preparing what was asked for; ask again in *seconds*."""

    def __init__(self, message: str, *, seconds: float) -> None:
        """Say *message*."""
        super().__init__(message)
        self.seconds = seconds


class PlatformError(StoresyncError):
    """A platform, or the way to it, failed a request.

    *retry_at* is when the platform wants us back, where it said so. *transient* errors
    are tried again at once, in the same slice.
    """

    exit_code = 3
    transient: bool = False

    def __init__(self, message: str, *, hint: str | None = None, retry_at: datetime | None = None) -> None:
        """Say *message*; see the class for *retry_at*."""
        super().__init__(message, hint=hint)
        self.retry_at = retry_at


class EndsRun(PlatformError):
    """No other resource of the store is worth trying now."""


class TokenRejected(EndsRun):
    """401: the token is wrong, revoked, replaced, or the app was uninstalled."""

    code = "token_rejected"
    exit_code = 4


class TokenOutdated(TokenRejected):
    """The platform no longer takes tokens of this kind; its hint says how to get another."""


class TokenExpired(EndsRun):
    """The token ran out and could not be renewed."""

    code = "token_expired"
    exit_code = 4


class AppCredentialsRefused(EndsRun):
    """The token endpoint refused the operator's app, not the store."""

    code = "app_credentials"
    exit_code = 4


class Suspended(EndsRun):
    """402: the shop or the app is unpaid; the token stays good."""

    code = "suspended"


class Locked(EndsRun):
    """423, 430: the platform locked the shop or turned us away for its security."""

    code = "locked"


class RateLimited(EndsRun):
    """429 or THROTTLED: asked too fast; *retry_at* says when to come back."""

    code = "rate_limited"
    exit_code = 5
    transient = True


class PlatformDown(EndsRun):
    """5xx: the platform's own trouble."""

    code = "platform_down"
    exit_code = 5
    transient = True


class NetworkFailed(EndsRun):
    """No connection. *why*: ``name`` (DNS), ``refused``, ``proxy``, ``tls``, or ``broken`` off."""

    code = "network"
    exit_code = 5
    transient = True

    def __init__(self, message: str, *, hint: str | None = None, why: str = "broken") -> None:
        """Say *message*."""
        super().__init__(message, hint=hint)
        self.why = why


class TimedOut(EndsRun):
    """The answer did not come, or not whole, in time."""

    code = "timeout"
    exit_code = 5
    transient = True


class IdentityChanged(EndsRun):
    """Another shop answers at this store's address."""

    code = "identity_changed"
    exit_code = 4


class ScopeMissing(PlatformError):
    """403 or ACCESS_DENIED: the token may not read this resource."""

    code = "scope_missing"
    exit_code = 4

    def __init__(self, message: str, *, scope: str, hint: str | None = None) -> None:
        """Name the *scope* that is missing."""
        super().__init__(message, hint=hint)
        self.scope = scope


class NotFound(PlatformError):
    """404: nothing at this address."""

    code = "not_found"


class BadResponse(PlatformError):
    """An answer that is none: HTML, cut short, not JSON, or an error we do not know."""

    code = "bad_response"
    transient = True


class RequestRefused(BadResponse):
    """400, 415, 422: the platform says that the request itself is wrong; asking again is no use."""

    transient = False


class Incomplete(PlatformError):
    """The listing ended without its end: a repeating cursor, fewer rows than counted."""

    code = "incomplete"


class Lacking(Incomplete):
    """A listing of what changed brought fewer records than the platform counts: one of the two is wrong."""


class FormatChanged(PlatformError):
    """Too many records of a page cannot be read: the platform changed its format."""

    code = "format_changed"
