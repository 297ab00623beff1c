"""The interface of a platform, which the built-in ones and plug-ins implement.

A `Platform` authorises access to a shop; a `Session` reads one. Both raise only the errors
of `storesync.errors`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from storesync.data import dataclass
from storesync.errors import IpNotAllowed
from storesync.model import App, Cadence, Credential, Drift, LeftOut, Page, Query, Row, Shop, Versions
from storesync.rules.personal import Remainder


@dataclass(slots=True)
class RequestBudget:
    """The request budget of one slice: its deadline, and counters of what it has spent.

    *deadline* is in seconds of the HTTP client's monotonic clock; a wait beyond it ends the slice. *ahead* is
    how far our clock was ahead of the platform's at its last answer. *waits* is called with each wait, in seconds.
    *on_network* is entered while a request is on its way.
    """

    deadline: float = float("inf")
    requests: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0
    ahead: timedelta | None = None
    waits: Callable[[float], None] = lambda _seconds: None
    on_network: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """The resource spec: how a platform offers a resource.

    *scopes*: any one of them gives access; empty where their names are not documented. *cadence*: how often
    the resource is read. *drift*: which records change without a new update time. *wider*: scopes that show
    more records or more of each, so that all are read again once one is granted. *widest*: the scope without
    which only the latest records are shown. *is_dated*: records have an update time. *is_filtered*: the
    platform can list what changed since an instant; without that, the whole list is read each time.
    *comes_together*: one request asks for all the resources of which that is so; any other takes so many *requests*.
    """

    resource: str
    scopes: tuple[str, ...]
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    is_dated: bool = True
    is_filtered: bool = True
    widest: str | None = None
    comes_together: bool = False
    requests: int = 1


@dataclass(slots=True)
class BulkAccess:
    """Whether the app may start bulk operations, as far as it is known.

    *may_start* false: it was refused lately, and is not to be tried. *has_started*: one was started here.
    *is_refused*: the last start was refused, though the token may read what was asked for.
    """

    may_start: bool = True
    has_started: bool = False
    is_refused: bool = False

    def started(self) -> None:
        """Note that a bulk operation was started."""
        self.has_started, self.is_refused = True, False

    def refused(self) -> None:
        """Note that a start was refused, if one was tried, so that no other one is."""
        self.may_start, self.is_refused = False, self.is_refused or self.may_start


class Session(Protocol):
    """One shop, opened with one credential. Not thread-safe; close it after use."""

    def describe(self) -> Shop:
        """Request the shop's description and return it.

        Records go on being derived by the description that the session was opened with, if any.
        """
        ...

    def granted_scopes(self) -> tuple[str, ...] | None:
        """Return the token's scopes, None where the platform does not report them."""
        ...

    def first_pages(self, queries: Sequence[Query]) -> Mapping[str, Page]:
        """Return the first page by resource for those *queries* that one request can serve, which may be none."""
        ...

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*, each requested when it is needed.

        A resource that is not filtered is read whole, whatever *query* says. A lower bound on the creation
        time is only set for resources whose drift is ``recent``.

        The last page has an end signal and no cursor. Raises `Incomplete` where a listing ends in any other way.
        """
        ...

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* the platform has now, None where it does not report that."""
        ...

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records of *resource*, from *cursor* on; it ends like `pages`."""
        ...

    def fetch(self, resource: str, ids: Sequence[str]) -> Page:
        """Return the records with these *ids* as one page; records that the platform does not have are left out."""
        ...

    def close(self) -> None:
        """Release what the session holds."""
        ...


@runtime_checkable
class Selective(Protocol):
    """A session that reads on without the fields that its platform does not give."""

    @property
    def left_out(self) -> Mapping[str, tuple[LeftOut, ...]]:
        """The fields that are left out now, by resource."""
        ...

    def recall(self, known: Mapping[str, Sequence[LeftOut]]) -> None:
        """Leave out what earlier sessions left out."""
        ...

    def ask_again(self, *, all_of_them: bool = False) -> None:
        """Ask for each field that the platform may give by now: where version or scopes changed, or after a week."""
        ...


@runtime_checkable
class Partial(Protocol):
    """A session that reads some resources in parts, of which the platform may not show all."""

    def hidden(self, resource: str) -> Collection[str]:
        """Return the parts, by `storesync.tables.Resource.part`, of which a listing does not show every record."""
        ...


@runtime_checkable
class Versioned(Protocol):
    """A session that tells which version of the API answers."""

    @property
    def served_version(self) -> str | None:
        """The version of the API that answered last, None before any answer."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """The result of an authorisation: the shop's key and its credential."""

    key: str
    credential: Credential


class Platform(Protocol):
    """One e-commerce platform. *remainder* says which parts of a payload are kept once its person is forgotten."""

    name: str
    title: str
    readables: Mapping[str, ResourceSpec]
    api_version: str
    remainder: Remainder

    def key_of(self, shop: str) -> str:
        """Return the key of the *shop* that the operator named. Raises `UsageError` where it cannot be a shop."""
        ...

    def authorize_url(self, key: str | None, *, app: App, state: str, redirect_url: str) -> str:
        """Return the URL of the page where a person grants the app access to the shop."""
        ...

    def code_of(self, answer: Mapping[str, str], *, key: str | None, app: App, state: str, now: datetime) -> str:
        """Check *answer*, the parameters of the redirect, and return its code. Raises `UsageError` if a check fails."""
        ...

    def exchange(self, key: str | None, code: str, *, app: App) -> Granted:
        """Exchange the authorisation code for a credential."""
        ...

    def client_credentials(self, key: str, *, app: App) -> Credential:
        """Return a credential by the client credentials grant, for a shop of the app's own organisation."""
        ...

    def pasted(self, token: str) -> Credential:
        """Return the credential for a *token* that the operator pasted. Raises `UsageError` where it cannot be one."""
        ...

    def refresh(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return a new credential in place of one that expires. Raises `TokenRejected` where it cannot be renewed."""
        ...

    def open(self, key: str, credential: Credential, *, shop: Shop | None, traffic: RequestBudget) -> Session:
        """Return a session of the shop. *shop* is its stored description, None before the first."""
        ...

    def rows_of(self, resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
        """Return the rows by table that the stored *parts* of a record hold. Pure."""
        ...


@runtime_checkable
class Migrating(Platform, Protocol):
    """A platform that exchanges tokens that never expire for expiring ones; *migrates* are the kinds it accepts."""

    migrates: Collection[str]

    def migrate(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return an expiring credential in place of one that never expires, which the platform then revokes."""
        ...


@runtime_checkable
class BulkSession(Session, Protocol):
    """A session that reads long listings by bulk operations; where they are refused it reads them page by page."""

    bulk: BulkAccess

    def start_bulk(self) -> None:
        """Start a bulk operation that matches nothing, and note in `bulk` whether it was refused.

        Raises `NotYet` where as many run as may. The operation is not waited for.
        """
        ...


@runtime_checkable
class AllowListing(Platform, Protocol):
    """A platform whose apps may be closed to machines that are not on a list of allowed addresses.

    Where an answer may mean that, its sessions raise `TurnedAway`.
    """

    def answers_app(self, key: str, app: App | None) -> bool:
        """Return whether the shop answers *app* where no allow-list counts; None is an app that is not known here.

        One request, which neither gets nor changes a token.
        """
        ...

    def not_allowed(self, address: str | None, *, then: str) -> IpNotAllowed:
        """Return the error of a machine that is not on the allow-list; its hint says where to enter its address.

        *address* is None where it is not known; *then* is the command to type once it is entered.
        """
        ...


@runtime_checkable
class BulkPlatform(Platform, Protocol):
    """A platform that takes bulk operations from an app only if it started one within *bulk_lapses*."""

    bulk_lapses: timedelta


Traffic = RequestBudget
Readable = ResourceSpec
"""The former names, kept for plug-in platforms."""
