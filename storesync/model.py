"""The domain model: frozen dataclasses that all packages share. All datetimes are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

from storesync.data import dataclass
from storesync.errors import ShopMoved

PURGING = "purging"
"""The `connection_reason` of a disconnected store whose data are being erased."""

DUPLICATE = "duplicate"
"""The `connection_reason` of a disconnected store whose shop is another store here, too."""

SHOP, OPERATOR = "shop", "operator"
"""Who may have said by which time zone the days of a store are counted."""

Row = dict[str, Any]
"""One row of a data table, by column name; a missing column is NULL."""

Cadence = Literal["due", "hourly", "lookback"]
"""How often a resource is read: each time its store is due, at most hourly, or as often as the look-back."""

Drift = Literal["none", "recent", "any"]
"""Which records can change without a new update time: none, those created lately, or any."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop as its platform describes it.

    *id* is the platform's own id; *key* is the part after the colon of the store's key. *body* is
    the JSON that the platform sent, empty unless the shop was just described.
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
    """An access token for a shop, with what is needed to renew it.

    *kind* is one of ``oauth oauth_expiring client_credentials static custom_app``.
    *previous* is the earlier refresh token, which stays usable until this credential has worked.
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


@dataclass(frozen=True)
class Record:
    """One record as read: its rows by table, the parts that the platform sent, and its version.

    *rows* holds the resource's own table and every child table that was read with it (an empty
    list where the record has no such children); they may be derived when they are first asked for.
    *parts* are JSON texts by part name. *updated_at*, the platform's update time as text, is the version.
    *lacking* is how much its nested lists lack of what the platform counts.
    """

    id: str
    updated_at: str | None
    rows: Mapping[str, list[Row]]
    parts: Mapping[str, bytes]
    lacking: int = 0

    @cached_property
    def digest(self) -> bytes:
        """The digest of all parts."""
        digest = blake2b(digest_size=16)
        for name in sorted(self.parts):
            digest.update(name.encode() + b"\0" + self.parts[name] + b"\0")
        return digest.digest()


NAMELESS = "unreadable-"
"""Prefix of the id given to a rejected record without one of its own; a digest of its payload follows."""


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that could not be read, quarantined with its payload. *reason* contains no personal data."""

    id: str
    reason: str
    payload: bytes


Reject = RejectedRecord
"""The former name of `RejectedRecord`, for platforms that are plug-ins."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of a resource: everything, or only records updated *since* or created *created_since* a time.

    *cursor* is where to continue, None for the first page.
    """

    resource: str
    since: datetime | None = None
    cursor: str | None = None
    created_since: datetime | None = None

    @property
    def bound(self) -> datetime | None:
        """Since when records were updated or created that are wanted, None for all."""
        return self.since or self.created_since


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing of records: what one request brought.

    *cursor* is where to continue (opaque text); it is None on the last page, which carries an
    *end_signal* instead. *expected* is how many records the whole listing has, and *source_count*
    how many records of the resource the platform has now; each is None where the answer did not say.
    *at* is the time by the platform's clock. *limited_since* is set where the platform shows only
    newer records. *unfinished* are the ids of records, on this page or a later one, that the listing
    cannot bring whole: each must be fetched by its id before the listing is complete.
    *withheld* is how many fields came empty because the app is not approved for them.
    *comes_again*: later pages bring these records again, and they are counted there. *begins_anew*: the listing
    begins anew with this page, and what it brought before is not counted.
    *removed*, only on a page of `Session.first_pages`, are the (table, id) pairs that the platform
    reports as lately deleted of the resource and its children. They may not be all, and each must be
    asked for by its id before its deletion is believed.
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
    begins_anew: bool = False

    @property
    def count(self) -> int:
        """How many records the page adds to the listing, rejected ones included; 0 if they come again."""
        return 0 if self.comes_again else len(self.records) + len(self.rejects)


@dataclass(frozen=True, slots=True)
class Version:
    """A record's id and update time, as a listing of ids gives them.

    *state* is what the record's `Resource.silent` column should be, None where the listing does not tell it.
    """

    id: str
    updated_at: str | None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """One page of a listing of ids; *cursor*, *end_signal* and *begins_anew* are as in `Page`.

    *source_count*, on the last page, is how many records the platform counts, None where it does not say.
    """

    versions: tuple[Version, ...]
    cursor: str | None = None
    end_signal: str | None = None
    expected: int | None = None
    source_count: int | None = None
    limited_since: datetime | None = None
    begins_anew: bool = False


WAYS = {"static": " --token-stdin", "custom_app": " --token-stdin", "client_credentials": " --client-credentials"}
"""The options of `connect` that lead to a token of a kind; the others come by the browser."""


@dataclass(frozen=True, slots=True)
class Store:
    """A connected shop and its sync state; one row of ``stores``.

    *consecutive_failures* counts the store's own failures, *excused* those during an outage of its
    platform. *compare_at* is when its ids are to be compared with the platform's, None before there is
    anything to compare. *token_kind* is the kind of its `Credential`, None where it has none. *served_version* is
    the version of the API that answered last in place of the one asked for, None where it was that one.

    Its shop's *time_zone* is the one by which its days are counted, as *time_zone_by* says: the `SHOP` itself, whose
    *shop_time_zone* is then the same, or the `OPERATOR`. *derive_due* are the resources of which some rows are still
    derived by what the shop said of itself before.
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
    served_version: str | None = None
    time_zone_by: str = SHOP
    shop_time_zone: str | None = None
    derive_due: tuple[str, ...] = ()

    @property
    def connect_again(self) -> str:
        """The command that connects the store again, in the way in which its token was obtained.

        Where its shop is known to have been renamed, under the new name.
        """
        if self.last_error_code == ShopMoved.code and self.hint:
            return self.hint
        return self.connect_as(self.shop.key)

    def connect_as(self, key: str) -> str:
        """Return that command for the shop under another *key*."""
        return f"storesync connect {self.platform} {key}{WAYS.get(self.token_kind or '', '')}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A field that the platform does not give us, so that a resource is read without it.

    *field* is its name at the platform. *why* is how a sentence about it begins, *remedy* what brings it back; where
    it is *denied*, the store is to be connected again after that. *version* and *scopes* were those of the API and
    of the token *at* that time: it is asked for again once they are others; without *version* only a week later.
    *is_missed*: some column lacks it.
    """

    field: str
    why: str
    remedy: str
    version: str
    scopes: tuple[str, ...]
    at: datetime
    is_denied: bool = False
    is_missed: bool = True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a resource of a store has been read.

    The *pass_…* fields and *cursor* describe the unfinished pass, if any; *pass_started_at* is its
    start by the platform's clock. *complete_until* is the start of the last complete pass minus the
    overlap: every change before it is here. *watermark* is the start of the last pass that brought
    records, but at most a day before that of the last complete pass; the next pass reads what changed
    since the *watermark* minus the overlap. *records* is how many records the pass has brought, *repeats*
    how many of them came more than once, *expected* how many the platform counts.
    *doubted_at* is when a listing of changes last brought fewer records than the platform counted.
    *withheld* is how many fields came empty in the last pass that brought records.
    *comparison_failures* counts the comparisons of ids that failed in a row; *comparison_error* is the
    message of the last one. *drifted_at* is when records were last read for changes that their update
    time does not show, *deep_drifted_at* when such a pass last reached far back. *denied_scope* without
    *denied_at*: a page has arrived since the denial, but other resources that the scope opens further
    are still to be read anew. *left_out* are the fields that the resource is read without.
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
    left_out: tuple[LeftOut, ...] = ()
    error_code: str | None = None
    error: str | None = None

    @property
    def shown_since(self) -> datetime | None:
        """The time since which the platform surely shows every record, None where it shows all."""
        return self.limited_since + timedelta(days=1) if self.limited_since else None


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to work on a store; *generation* is the fencing token that decides who may commit."""

    store_id: int
    owner: str
    generation: int
    run_id: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a store, as other processes see it."""

    store_id: int
    owner: str
    since: datetime
    trigger: str
    resource: str | None


@dataclass(frozen=True, slots=True)
class Incident:
    """A problem that was reported.

    *topic* is what it is about. *told_at* is when it was last reported, *noticed_at* when a notice of it was sent.
    """

    topic: str
    kind: str
    message: str
    opened_at: datetime
    told_at: datetime
    noticed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunCounters:
    """Counters of a piece of work, such as a page, a slice or a run."""

    requests: int = 0
    pages: int = 0
    records: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0

    def __add__(self, other: "RunCounters") -> "RunCounters":
        """Return the sums of both."""
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
    """The fields of a `Store` that a sync attempt changes."""

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
