"""The exceptions that storesync raises on purpose, with their codes and exit codes.

The message says what happened, the hint which command to type next. The class decides
what the scheduler does about the error; scripts read the code.

StoresyncError
├── UsageError             2   the operator asked for something that does not exist
├── PersonNeeded           4   app credentials or the key are missing
│   └── AppBlocked             an app, or this machine in its name, is refused: no store of it is to blame
├── DatabaseUnusable      10   missing, empty, foreign, corrupt or newer than the program
├── StoreBusy              5   another process works on the store
├── LocalFault             5   disk full, database busy, no network: no store is to blame
├── Stale                  3   the data are older than was asked for
├── WrongClock             4   this machine's clock and the platforms' disagree: the stores are synced all the same
└── PlatformError              what a platform answered; recorded on the store
    ├── EndsRun                no other resource of the store is tried in this run
    └── (others)               only their own resource fails
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

SEVERITY = (10, 1, 5, 4, 3)
"""Exit codes by severity: where several occur, the first of them is used."""


def gravest(codes: Iterable[int]) -> int:
    """Return the most severe of the exit *codes*, 0 where there are none."""
    found = set(codes)
    return next((code for code in SEVERITY if code in found), max(found, default=0))


class StoresyncError(Exception):
    """Base class of foreseen failures: a message of one line, a hint (the next command) and an exit code."""

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Create the error with its *message*; *hint* is the command or step that helps."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(StoresyncError):
    """The operator named a store, platform, shop or setting that does not exist or is not valid."""

    code = "usage"
    exit_code = 2


class PersonNeeded(StoresyncError):
    """Only a person can fix this: the app's credentials or the encryption key are missing or wrong."""

    code = "app_credentials"
    exit_code = 4


class AppBlocked(PersonNeeded):
    """The platform refuses an app: none of its stores can be read, and none is to blame.

    *app* is its name, as `storesync.rules.apps` has it.
    """

    def __init__(self, message: str, *, app: str, hint: str | None = None) -> None:
        """Create the error with its *message*; see the class for *app*."""
        super().__init__(message, hint=hint)
        self.app = app


class AddressBlocked(AppBlocked):
    """This machine's address is not on the app's allow-list."""

    code = "ip_not_allowed"


class StoreBusy(StoresyncError):
    """Another process works on the store; try again when it is done."""

    code = "busy"
    exit_code = 5


class DatabaseUnusable(StoresyncError):
    """The database is missing, empty, foreign, corrupt or newer than the program.

    *is_spoilt*: it was a storesync database, and only a backup restores it.
    """

    code = "database"
    exit_code = 10

    def __init__(self, message: str, *, hint: str | None = None, is_spoilt: bool = False) -> None:
        """Create the error with its *message*; see the class for *is_spoilt*."""
        super().__init__(message, hint=hint)
        self.is_spoilt = is_spoilt


class LocalFault(StoresyncError):
    """A fault of this machine; it does not count as a failure of any store."""

    exit_code = 5


class DatabaseBusy(LocalFault):
    """Another process held the database's lock for longer than storesync waits."""

    code = "database_busy"


class DiskFull(LocalFault):
    """There is no room to write."""

    code = "disk_full"


class NoNetwork(LocalFault):
    """This machine reaches no host at all."""

    code = "network"


class WrongClock(StoresyncError):
    """This machine's clock and the platforms' are far apart; a person must set it."""

    code = "clock"
    exit_code = 4


class Stale(StoresyncError):
    """The data are older than was asked for."""

    code = "stale"
    exit_code = 3


class CrontabUnusable(LocalFault):
    """The user's crontab cannot be read or written, or there is no cron here."""

    code = "crontab"


class LeaseLost(StoresyncError):
    """Another process took over the store's lease; this one may commit nothing more for it."""

    code = "internal"


class OutOfTime(StoresyncError):
    """The slice ended while waiting for the platform; the pass continues in the next slice."""

    code = "internal"


class NotYet(OutOfTime):
    """The platform is still preparing what was asked for; ask again in *seconds*."""

    def __init__(self, message: str, *, seconds: float) -> None:
        """Create the error with its *message*; see the class for *seconds*."""
        super().__init__(message)
        self.seconds = seconds


class PlatformError(StoresyncError):
    """A request failed at a platform, or on the way to it.

    *retry_at* is when the platform asks to be called again, None where it did not say.
    *transient* errors are retried at once, in the same slice.
    """

    exit_code = 3
    transient: bool = False

    def __init__(self, message: str, *, hint: str | None = None, retry_at: datetime | None = None) -> None:
        """Create the error with its *message*; see the class for *retry_at*."""
        super().__init__(message, hint=hint)
        self.retry_at = retry_at


class EndsRun(PlatformError):
    """A platform error after which no other resource of the store is tried in this run."""


class TokenRejected(EndsRun):
    """401: the token is wrong, revoked, replaced, or the app was uninstalled."""

    code = "token_rejected"
    exit_code = 4


class TokenOutdated(TokenRejected):
    """The platform no longer takes tokens of this kind; its hint says how to get another."""


class TokenExpired(EndsRun):
    """The token expired and could not be renewed."""

    code = "token_expired"
    exit_code = 4


class AppCredentialsRefused(EndsRun):
    """The token endpoint refused the operator's app, not the store."""

    code = "app_credentials"
    exit_code = 4


class IpNotAllowed(EndsRun):
    """403: the app lets in no machine whose address is not on its allow-list, such as this one.

    *address* is this machine's as the platform sees it, None where it does not say.
    """

    code = "ip_not_allowed"
    exit_code = 4

    def __init__(self, message: str, *, hint: str | None = None, address: str | None = None) -> None:
        """Create the error with its *message*; see the class for *address*."""
        super().__init__(message, hint=hint)
        self.address = address


class Suspended(EndsRun):
    """402: the shop or the app is unpaid; the token stays good."""

    code = "suspended"


class Locked(EndsRun):
    """423, 430: the platform locked the shop, or refused the request for security reasons."""

    code = "locked"


class TurnedAway(Locked):
    """403: the shop is closed to us, or the app to this machine; *address* as in `IpNotAllowed`.

    *is_about_address*: it speaks of IP addresses or of an allow-list.
    """

    def __init__(self, message: str, *, address: str | None = None, is_about_address: bool = False) -> None:
        """Create the error with its *message*; see the class for the others."""
        super().__init__(message)
        self.address = address
        self.is_about_address = is_about_address


class RateLimited(EndsRun):
    """429 or THROTTLED: too many requests; *retry_at* says when to call again."""

    code = "rate_limited"
    exit_code = 5
    transient = True


class PlatformDown(EndsRun):
    """5xx: an error of the platform itself."""

    code = "platform_down"
    exit_code = 5
    transient = True


class NetworkFailed(EndsRun):
    """No connection to the platform; *why* is ``name`` (DNS), ``refused``, ``proxy``, ``tls`` or ``broken`` (cut)."""

    code = "network"
    exit_code = 5
    transient = True

    def __init__(self, message: str, *, hint: str | None = None, why: str = "broken") -> None:
        """Create the error with its *message*; see the class for *why*."""
        super().__init__(message, hint=hint)
        self.why = why


class TimedOut(EndsRun):
    """The answer did not arrive in full before the timeout."""

    code = "timeout"
    exit_code = 5
    transient = True


class IdentityChanged(EndsRun):
    """Another shop answers at this store's address."""

    code = "identity_changed"
    exit_code = 4


class ShopMoved(EndsRun):
    """301, 308: the shop has another name now; its hint is the command that connects it there."""

    code = "shop_moved"
    exit_code = 4


class ScopeMissing(PlatformError):
    """403 or ACCESS_DENIED: the token may not read this resource."""

    code = "scope_missing"
    exit_code = 4

    def __init__(self, message: str, *, scope: str, hint: str | None = None) -> None:
        """Create the error with its *message*; *scope* is the one that is missing."""
        super().__init__(message, hint=hint)
        self.scope = scope


class FieldMissing(ScopeMissing):
    """The platform does not give a field without which the resource cannot be read; *scope* is that field."""

    code = "field_missing"


class NotFound(PlatformError):
    """404: nothing at this address."""

    code = "not_found"


class BadResponse(PlatformError):
    """An answer that cannot be used: HTML, cut short, not JSON, or an unknown error."""

    code = "bad_response"
    transient = True


class RequestRefused(BadResponse):
    """400, 415, 422: the platform says that the request itself is wrong; a retry does not help."""

    transient = False


class Incomplete(PlatformError):
    """A listing did not end properly: a repeated cursor, no end signal, or fewer records than were counted."""

    code = "incomplete"


class Lacking(Incomplete):
    """A listing of changes brought fewer records than the platform counts: one of the two is wrong."""


class FormatChanged(PlatformError):
    """Too many records of a page cannot be read: the platform changed its format."""

    code = "format_changed"
