"""What a platform must do for storesync: the contract that ours and plug-ins fulfil.

A `Platform` knows how to get into a shop; a `Session` reads one. Both raise only the
errors of `storesync.errors`, already translated.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from storesync.model import App, Cadence, Credential, Drift, Page, Query, Row, Shop, Versions
from storesync.rules.personal import Remainder


@dataclass(slots=True)
class RequestBudget:
    """What one slice may spend and has spent on the network.

    *deadline* is on the HTTP client's monotonic clock; a wait beyond it ends the slice. *ahead* is how far our
    clock was ahead of the platform's when it answered last. *waits* hears of each wait, in seconds.
    """

    deadline: float = float("inf")
    requests: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0
    ahead: timedelta | None = None
    waits: Callable[[float], None] = lambda _seconds: None


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """How a platform offers a resource.

    *scopes*: any one of them gives access; empty where nobody knows their name. *cadence* is
    how often it is read, *drift* what changes without its update time moving. *wider*: scopes
    that show more of each record or more records, so that all must be read anew once one of
    them is granted. *widest*: the one without which only the latest records are shown.
    *is_dated*: records show when they were last updated. *is_filtered*: what changed since an
    instant can be asked for; the others are read whole each time.
    """

    resource: str
    scopes: tuple[str, ...]
    cadence: Cadence = "due"
    drift: Drift = "none"
    wider: tuple[str, ...] = ()
    is_dated: bool = True
    is_filtered: bool = True
    widest: str | None = None


class Session(Protocol):
    """One shop, opened with one credential. Not thread-safe; close it after use."""

    def describe(self) -> Shop:
        """Return what the platform says of the shop now."""
        ...

    def granted_scopes(self) -> tuple[str, ...] | None:
        """Return the scopes the token has, None where the platform does not tell."""
        ...

    def first_pages(self, queries: Sequence[Query]) -> Mapping[str, Page]:
        """Return first pages by resource, of as many *queries* as one request can bring (or none)."""
        ...

    def pages(self, query: Query) -> Iterator[Page]:
        """Yield the pages of *query*, each fetched when it is asked for.

        A resource that cannot be filtered is read whole, whatever is asked for; a lower bound on
        the creation time is only asked of those that drift in what was made lately.

        The last page has no cursor and an end signal; a listing that ends in any other
        way raises `Incomplete`.
        """
        ...

    def count(self, resource: str) -> int | None:
        """Return how many records of *resource* the source has now, None where it does not tell."""
        ...

    def versions(self, resource: str, cursor: str | None = None) -> Iterator[Versions]:
        """Yield the ids and update times of all records of *resource*, page by page, ending like `pages`."""
        ...

    def fetch(self, resource: str, ids: Sequence[str]) -> Page:
        """Return the records with these *ids*; those that the source does not have are left out."""
        ...

    def close(self) -> None:
        """Give back what the session holds."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """What a completed authorisation gives: the shop's key and its credential."""

    key: str
    credential: Credential


class Platform(Protocol):
    """One e-commerce platform. *remainder* is what of its payloads may outlive the person they tell of."""

    name: str
    title: str
    readables: Mapping[str, ResourceSpec]
    api_version: str
    remainder: Remainder

    def key_of(self, shop: str) -> str:
        """Return the key of the shop that the operator named; `UsageError` where it cannot be one."""
        ...

    def authorize_url(self, key: str | None, *, app: App, state: str, redirect_url: str) -> str:
        """Return the address where a person lets the app into the shop."""
        ...

    def code_of(self, answer: Mapping[str, str], *, key: str | None, app: App, state: str, now: datetime) -> str:
        """Check the query of the redirect and return its code; `UsageError` where a check fails."""
        ...

    def exchange(self, key: str | None, code: str, *, app: App) -> Granted:
        """Turn the code into a credential."""
        ...

    def client_credentials(self, key: str, *, app: App) -> Credential:
        """Return a credential for a shop of the app's own organisation."""
        ...

    def pasted(self, token: str) -> Credential:
        """Return the credential for a token that the operator pasted."""
        ...

    def refresh(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return a new credential in place of one that runs out."""
        ...

    def open(self, key: str, credential: Credential, *, shop: Shop | None, traffic: RequestBudget) -> Session:
        """Open a shop. *shop* is what is known of it, None before its first description."""
        ...

    def rows_of(self, resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
        """Derive the rows of a record from the parts that the platform sent. Pure."""
        ...


@runtime_checkable
class Migrating(Platform, Protocol):
    """A platform that changes tokens that never expire for ones that do. *migrates* are the kinds it takes."""

    migrates: Collection[str]

    def migrate(self, key: str, credential: Credential, *, app: App) -> Credential:
        """Return an expiring credential in place of a lasting one, which the platform then revokes."""
        ...


Traffic = RequestBudget
Readable = ResourceSpec
"""The names of before, for platforms that came as plug-ins."""
