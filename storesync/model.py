"""The words of the domain, as frozen data. Instants are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

PURGING = "purging"
"""The reason of a disconnected store whose data are being erased."""

Row = dict[str, Any]
"""One row of a promised table by column; a column that is not there is NULL."""

Cadence = Literal["due", "hourly", "lookback"]
"""How often a resource is read: when its store is due, at most hourly, or with the look-back."""

Drift = Literal["none", "recent", "any"]
"""Which records change without their update time moving: none, those made lately, or any."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a platform says of a shop.

    *id* is its identity; *key* is the part after the colon of the store's key. *body* is the
    JSON that the platform sent, where the shop was just described.
    """

    id: str
    key: str
    name: str
    domain: str
    url: str | None = None
    country: str | None = None
    language: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    plan: str | None = None
    body: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a shop.

    *kind* is one of ``oauth oauth_expiring client_credentials static custom_app``.
    *previous* is the refresh token that stays usable until this credential has worked.
    """

    kind: str
    access_token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    refresh_token: str | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    previous: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class App:
    """The operator's app on a platform."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read: its rows by table, the parts the platform sent, and its version.

    *rows* holds the resource's own table and every child table that this reading covers
    (an empty list where the record has no such children). *parts* are JSON texts.
    """

    id: str
    updated_at: str | None
    rows: Mapping[str, list[Row]]
    parts: Mapping[str, bytes]


NAMELESS = "unreadable-"
"""How the id of a reject begins that has none of its own; a digest of its payload follows."""


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that could not be read; kept aside with its payload. *reason* names no personal data."""

    id: str
    reason: str
    payload: bytes


Reject = RejectedRecord
"""The name of before, for platforms that came as plug-ins."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of a resource: everything, or what changed or was made since; and where to go on."""

    resource: str
    since: datetime | None = None
    cursor: str | None = None
    created_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request brought.

    *cursor* is where to go on (opaque text), None on the last page, which then carries an
    *end_signal*. *expected* is how many records the source says the whole listing has;
    *source_count* how many records of the resource it has now, where the answer told.
    *at* is the platform's clock. *unfinished* are ids of records, here or to come, that this
    listing cannot bring whole: each is to be fetched by its id before the listing counts.
    *comes_again*: what it brings is in the pages to come too, and is counted there.
    *withheld* is how many fields came empty because the app is not approved for them.
    *removed*, on a page of `Session.first_pages` only, is by table and id what the platform says was
    lately deleted of the resource and its children. It need not be all, and each is to be asked for by its
    id before it is believed.
    """

    records: tuple[Record, ...] = ()
    rejects: tuple[RejectedRecord, ...] = ()
    cursor: str | None = None
    end_signal: str | None = None
    expected: int | None = None
    source_count: int | None = None
    at: datetime | None = None
    limited_since: datetime | None = None
    unfinished: tuple[str, ...] = ()
    withheld: int = 0
    removed: tuple[tuple[str, str], ...] = ()
    comes_again: bool = False

    @property
    def count(self) -> int:
        """How many records of the listing it brings, readable or not."""
        return 0 if self.comes_again else len(self.records) + len(self.rejects)


@dataclass(frozen=True, slots=True)
class Version:
    """A record's id and update time, as a listing of ids gives them."""

    id: str
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class Versions:
    """One page of a listing of ids; ends like a `Page`.

    *source_count*, on the last page, is how many records the source counts, where it told.
    """

    versions: tuple[Version, ...]
    cursor: str | None = None
    end_signal: str | None = None
    expected: int | None = None
    source_count: int | None = None
    limited_since: datetime | None = None


_WAYS = {"static": " --token-stdin", "custom_app": " --token-stdin", "client_credentials": " --client-credentials"}


@dataclass(frozen=True, slots=True)
class Store:
    """A connected shop and where it stands; the row of ``stores``.

    *consecutive_failures* are its own; *excused* ones fell into its platform's trouble. *compare_at*
    is when its ids are to be compared with the platform's, None before there is anything to compare.
    *token_kind* is that of its `Credential`, None where it has none.
    """

    id: int
    key: str
    platform: str
    shop: Shop
    alias: str | None = None
    owner: str | None = None
    sync_status: str = "pending"
    connection: str = "connected"
    connection_reason: str | None = None
    tier: str = "high"
    tier_pinned: bool = False
    touched_at: datetime | None = None
    last_activity_at: datetime | None = None
    connected_at: datetime | None = None
    first_started_at: datetime | None = None
    first_synced_at: datetime | None = None
    last_attempt_at: datetime | None = None
    last_sync_at: datetime | None = None
    next_sync_at: datetime | None = None
    consecutive_failures: int = 0
    excused: int = 0
    refusals: int = 0
    last_error_code: str | None = None
    last_error: str | None = None
    hint: str | None = None
    described_at: datetime | None = None
    compare_at: datetime | None = None
    last_reconciled_at: datetime | None = None
    disconnected_at: datetime | None = None
    resources: tuple[str, ...] = ()
    since: datetime | None = None
    token_kind: str | None = None

    @property
    def connect_again(self) -> str:
        """What to type to connect it again, in the way that its token was got."""
        return f"storesync connect {self.platform} {self.shop.key}{_WAYS.get(self.token_kind or '', '')}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a resource of a store has been read.

    The *pass_…* fields and *cursor* describe the unfinished pass, if any; *pass_started_at*
    is its beginning by the platform's clock. *complete_until* is the beginning of the last complete pass less
    the overlap: every change before it is here. *watermark* is the beginning of the last that brought any,
    at most a day back: there, less the overlap, the next one begins.
    *repeats* of the *records* that it brought had come before; it *expected* as many as the source counts.
    *doubted_at* is when a listing of changes last brought fewer than the source counted.
    *withheld* fields came empty in the last pass that brought records.
    *comparison_failures* is how often in a row comparing ids failed, *comparison_error* the last time's.
    *drifted_at* is when records were last read for what their update time hides,
    *deep_drifted_at* when that reached far back. *denied_scope* without *denied_at*: a page has
    arrived since, and what else the scope shows is still to be read anew.
    """

    resource: str
    watermark: datetime | None = None
    complete_until: datetime | None = None
    last_pass_at: datetime | None = None
    looked_back_at: datetime | None = None
    drifted_at: datetime | None = None
    deep_drifted_at: datetime | None = None
    pass_kind: str | None = None
    pass_since: datetime | None = None
    pass_started_at: datetime | None = None
    cursor: str | None = None
    pages: int = 0
    records: int = 0
    repeats: int = 0
    expected: int | None = None
    source_count: int | None = None
    counted_at: datetime | None = None
    comparison_due: bool = False
    comparison_cursor: str | None = None
    comparison_ids: int = 0
    comparison_started_at: datetime | None = None
    comparison_failures: int = 0
    comparison_error: str | None = None
    compared_at: datetime | None = None
    differences: int | None = None
    doubted_at: datetime | None = None
    withheld: int = 0
    denied_scope: str | None = None
    denied_at: datetime | None = None
    limited_since: datetime | None = None
    error_code: str | None = None
    error: str | None = None

    @property
    def shown_since(self) -> datetime | None:
        """Since when the platform surely shows every record, None where always."""
        return self.limited_since + timedelta(days=1) if self.limited_since else None


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to work on a store; *generation* decides who may commit."""

    store_id: int
    owner: str
    generation: int
    run_id: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a store, as others see it."""

    store_id: int
    owner: str
    since: datetime
    trigger: str
    resource: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong and was told: about whom, what kind, since when; last told and noticed when."""

    topic: str
    kind: str
    message: str
    opened_at: datetime
    told_at: datetime
    noticed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunCounters:
    """What a stretch of work did."""

    requests: int = 0
    pages: int = 0
    records: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0

    def __add__(self, other: "RunCounters") -> "RunCounters":
        """Return both together."""
        return RunCounters(
            self.requests + other.requests,
            self.pages + other.pages,
            self.records + other.records,
            self.rows_written + other.rows_written,
            self.rows_deleted + other.rows_deleted,
            self.bytes + other.bytes,
            self.waited_seconds + other.waited_seconds,
        )


@dataclass(frozen=True, slots=True)
class Health:
    """The part of a store that an attempt changes."""

    sync_status: str
    connection: str
    connection_reason: str | None
    tier: str
    consecutive_failures: int
    refusals: int
    next_sync_at: datetime
    excused: int = 0
    last_error_code: str | None = None
    last_error: str | None = None
    hint: str | None = None
