"""The words of the domain, as frozen data. Instants are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
"""One row of a promised table by column; a column that is not there is NULL."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a platform says of a shop.

    *id* is its identity; *key* is the part after the colon of the store's key.
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


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be read; kept aside with its payload. *reason* names no personal data."""

    id: str
    reason: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of a resource: everything, or what changed since an instant; and where to go on."""

    resource: str
    since: datetime | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request brought.

    *cursor* is where to go on (opaque text), None on the last page, which then carries an
    *end_signal*. *expected* is how many records the source says the whole listing has;
    *source_count* how many records of the resource it has now, where the answer told.
    *at* is the platform's clock.
    """

    records: tuple[Record, ...] = ()
    rejects: tuple[Reject, ...] = ()
    cursor: str | None = None
    end_signal: str | None = None
    expected: int | None = None
    source_count: int | None = None
    at: datetime | None = None
    limited_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A record's id and update time, as a listing of ids gives them."""

    id: str
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class Versions:
    """One page of a listing of ids; ends like a `Page`."""

    versions: tuple[Version, ...]
    cursor: str | None = None
    end_signal: str | None = None
    expected: int | None = None
