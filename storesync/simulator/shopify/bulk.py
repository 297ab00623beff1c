"""Bulk operations of one simulated shop: their statuses over the world's time, and their result files.

https://shopify.dev/docs/api/usage/bulk-operations/queries. An operation reads the shop as it is
when it is started, the oldest state that a client can meet: its file lacks all later changes, so a
client only sees them if it reads increments from the start of the operation on.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storesync.simulator.faults import BulkFault
from storesync.simulator.shopify.bulk_files import Head, Spool, head
from storesync.simulator.shopify.bulk_lines import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.bulk_files import File

URL_LIFE = timedelta(days=7)
NEVER = datetime.max.replace(tzinfo=UTC)
FIRST_NUMBER = 7_689_770_000_000
ACTIVE = frozenset({"CREATED", "RUNNING", "CANCELING"})
ELSEWHERE = "{ products { edges { node { id } } } }"


@dataclass(slots=True, eq=False)
class Operation:
    """One bulk operation. It runs from *running_at* to *ends_at*; then *result* is available."""

    number: str
    query: str
    result: Result
    created_at: datetime
    running_at: datetime
    ends_at: datetime
    fault: BulkFault = field(default_factory=BulkFault)
    error: str | None = None
    canceling: timedelta = timedelta(0)
    canceled_at: datetime | None = None
    is_lost: bool = False

    @property
    def fails(self) -> bool:
        """True if it ends before its work is complete."""
        if self.error:
            return True
        is_large = self.fault.above is None or self.result.roots > self.fault.above
        return is_large and (self.fault.canceled or self.fault.error is not None)

    @property
    def error_code(self) -> str | None:
        """The error code, None without a failure."""
        return self.error or self.fault.error

    def status(self, now: datetime) -> str:
        """Return its ``BulkOperationStatus`` at *now*."""
        if self.canceled_at is not None:
            return "CANCELING" if now < self.canceled_at + self.canceling else "CANCELED"
        if now < self.running_at:
            return "CREATED"
        if now < self.ends_at:
            return "RUNNING"
        if self.fails:
            return "FAILED" if self.error_code else "CANCELED"
        if self.is_lost or self.fault.expired or now >= self.ends_at + URL_LIFE:
            return "EXPIRED"
        return "COMPLETED"

    def share(self, now: datetime) -> float:
        """Return the share of its work that is done at *now*, 0 to 1."""
        now = min(now, self.canceled_at or now)
        most = self.fault.at if self.fails else 1.0
        if now >= self.ends_at:
            return most
        span = (self.ends_at - self.running_at).total_seconds()
        return max(0.0, (now - self.running_at).total_seconds()) / span * most

    def is_partial(self, now: datetime) -> bool:
        """True if at *now* it has ended with only a part of the data."""
        return self.fault.partial and self.status(now) in {"FAILED", "CANCELED"}


@dataclass(slots=True)
class Bulk:
    """The bulk operations of one shop, and how they behave.

    *faults* apply to the next operations, one to each. With *instant* an operation is complete when it is
    started; otherwise it takes *latency_s*, and a second more for each *lines_per_s* lines. A canceled one
    keeps its slot for *canceling_s*. With *ranges* false the storage answers a range request with the whole
    file. *loose* are types whose connections are accepted although they are no ``Node``: discounts are read
    so in production (https://github.com/estuary/connectors, source-shopify-native), for ``ShippingLine`` it
    is not known. Of each nested connection of a parent at most *nested_limit* nodes are written, without a word:
    reported of discount codes at about 100 (https://github.com/airbytehq/airbyte/issues/78512), of others it is
    not known. *remembered*, if given, caches results by query; the data must not change then.
    """

    key: str
    seed: int
    now: Callable[[], datetime]
    instant: bool = False
    latency_s: float = 2.0
    lines_per_s: float = 2000.0
    canceling_s: float = 3.0
    slots: int = 5
    ranges: bool = True
    loose: set[str] = field(default_factory=lambda: {"DiscountApplication"})
    nested_limit: int | None = None
    faults: deque[BulkFault] = field(default_factory=deque)
    operations: dict[str, Operation] = field(default_factory=dict)
    files: dict[str, tuple[Operation, File]] = field(default_factory=dict)
    remembered: dict[tuple[str, bool], Result] | None = None

    def active(self) -> list[Operation]:
        """Return the operations that hold a slot."""
        now = self.now()
        return [operation for operation in self.operations.values() if operation.status(now) in ACTIVE]

    def start(self, query: str, result: Result, fault: BulkFault, *, error: str | None = None) -> Operation:
        """Start and return an operation that will have *result*, unless *error* or *fault* makes it fail."""
        self._forget()
        operation = self._add(query, result, self._span(result, fault))
        operation.fault = fault
        operation.error = error
        file: File = result.file
        if fault.keep is not None:
            lines = fault.keep if fault.keep >= 0 else result.objects + fault.keep
            file = head(file, lines, torn=fault.torn)
        self.files[self.file_name(operation)] = (operation, file)
        if fault.partial:
            part = head(result.file, int(result.objects * fault.at))
            self.files[self.file_name(operation, "partial")] = (operation, part)
        return operation

    def _forget(self) -> None:
        """Delete the files of expired operations."""
        now = self.now()
        for name in [name for name, (owner, _) in self.files.items() if owner.status(now) == "EXPIRED"]:
            owner, _ = self.files.pop(name)
            owner.result = replace(owner.result, file=Spool())

    def _span(self, result: Result, fault: BulkFault) -> timedelta:
        if self.instant:
            return timedelta(seconds=fault.delay)
        return timedelta(seconds=self.latency_s + result.objects / self.lines_per_s + fault.delay)

    def _add(self, query: str, result: Result, span: timedelta | None) -> Operation:
        number = str(FIRST_NUMBER + len(self.operations) + 1)
        now = self.now()
        operation = Operation(
            number,
            query,
            result,
            created_at=now,
            running_at=now if self.instant else now + timedelta(seconds=self.latency_s / 2),
            ends_at=NEVER if span is None else now + span,
            canceling=timedelta(seconds=self.canceling_s),
        )
        self.operations[number] = operation
        return operation

    def occupy(self, count: int = 1, *, seconds: float | None = None) -> list[Operation]:
        """Fill slots with *count* operations of another client of the app, for ever or for *seconds*; return them."""
        span = None if seconds is None else timedelta(seconds=seconds)
        return [self._add(ELSEWHERE, Result(Head(Spool(), 0), 0, 0), span) for _ in range(count)]

    def lose(self, operation: Operation) -> None:
        """Delete the operation's files, so that its status is EXPIRED."""
        operation.is_lost = True
        for name in [name for name, (owner, _) in self.files.items() if owner is operation]:
            del self.files[name]

    def file_name(self, operation: Operation, part: str = "final") -> str:
        """Return the storage's name for a file of *operation*."""
        digest = hashlib.sha256(f"{self.seed}:{self.key}:{operation.number}".encode()).hexdigest()[:28]
        return f"{self.key}.{digest}-{part}"


def bulk_of(shop: Shop) -> Bulk:
    """Return the bulk operations of *shop*."""
    bulk: Bulk = shop.state.setdefault("shopify bulk", Bulk(shop.key, shop.seed, shop.now))
    return bulk
