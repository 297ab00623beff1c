"""The state of a bulk read: its windows, its operation, and what to do after each status. Pure.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from storesync.data import dataclass
from storesync.errors import Incomplete, NotYet, RequestRefused, ScopeMissing
from storesync.platforms.shopify.amounts import inner
from storesync.platforms.shopify.queries import WIDE
from storesync.platforms.values import integer, moment_of, text

LEAST_ROOTS = 2_000
"""The fewest records for which a bulk operation is started; fewer are read faster page by page."""
LEAST_IDS = 20_000
"""The same limit for a listing of ids."""

MOST_TRIES = 3
EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""No shop is older."""
NARROWEST_S = 3600.0
SHORTEST_POLL_S, LONGEST_POLL_S = 2.0, 30.0
_AT_WORK = frozenset({"CREATED", "RUNNING", "CANCELING"})
_AGAIN = frozenset({"CANCELED", "EXPIRED"})

Window = tuple[str | None, str | None]
"""The instants (as text) between which records were created or updated, None for an open end."""


@dataclass(frozen=True, slots=True)
class Job:
    """A bulk read: the remaining *windows* of time (see `Source.windowed_by`), of which the first is being read.

    *name* is the inner document. *operation* is the id of the operation that reads the first window, None
    before it is started; *offset* bytes and *lines* lines of its result have been saved. *tries* operations
    on this window have failed. *begun* is when the read began, by Shopify's clock.
    """

    name: str
    windows: tuple[Window, ...] = ((None, None),)
    operation: str | None = None
    offset: int = 0
    lines: int = 0
    tries: int = 0
    begun: str | None = None

    def cursor(self) -> str:
        """Return the job as a cursor, which `job_of` reads."""
        return orjson.dumps({"bulk": asdict(self)}).decode()

    def narrower(self) -> "Job | None":
        """Return the job with the document that stays within the documented rules, None where it has that already."""
        plain = self.name.removesuffix(WIDE)
        return None if plain == self.name else replace(self, name=plain)

    def started(self, operation: str) -> "Job":
        """Return the job with *operation* started for its first window."""
        return replace(self, operation=operation, offset=0, lines=0)

    def again(self) -> "Job":
        """Return the job without its operation, which failed. Raises `Incomplete` after too many failures."""
        if self.tries >= MOST_TRIES:
            raise Incomplete("Shopify's bulk operations come to nothing again and again")
        return replace(self, operation=None, offset=0, lines=0, tries=self.tries + 1)

    def halved(self, now: datetime) -> "Job":
        """Return the job with its first window cut in half. Raises `Incomplete` where that is under an hour wide."""
        since, until = self.windows[0]
        low, high = moment_of(since) or EARLIEST, moment_of(until) or now
        if (high - low).total_seconds() < NARROWEST_S:
            raise Incomplete("Shopify cannot read even an hour of records in one bulk operation")
        middle = (low + (high - low) / 2).strftime("%Y-%m-%dT%H:%M:%SZ")
        halves: tuple[Window, ...] = ((since, middle), (middle, until))
        return Job(self.name, (*halves, *self.windows[1:]), begun=self.begun)

    def next_window(self) -> "Job | None":
        """Return the job without its first window, None where it was the last."""
        return Job(self.name, self.windows[1:], begun=self.begun) if self.windows[1:] else None

    def search(self, instant: str = "created_at") -> str | None:
        """Return the filter of the first window, None for all records; *instant* is what the window is of.

        A record that is updated while it is read moves on to a later window. Whether Shopify's bounds are inclusive is
        not documented, so adjacent windows share theirs.
        """
        since, until = self.windows[0]
        parts = (since and f"{instant}:>='{since}'", until and f"{instant}:<='{until}'")
        return " AND ".join(part for part in parts if part) or None


@dataclass(frozen=True, slots=True)
class Done:
    """A completed operation: the *url* of its result (None where nothing matched), its *lines* and root records."""

    url: str | None
    lines: int
    roots: int


def job_of(cursor: str | None) -> Job | None:
    """Return the job in *cursor*, None for the cursor of a listing."""
    if cursor is None or not cursor.startswith('{"bulk"'):
        return None
    told: dict[str, Any] = orjson.loads(cursor)["bulk"]
    return Job(**{**told, "windows": tuple((since, until) for since, until in told["windows"])})


def done_of(job: Job, operation: Any, *, now: datetime, scope: str) -> Done | Job:
    """Return the result of *operation* (its status answer), or the *job* to start again with.

    Raises `NotYet` while it is running, `ScopeMissing` where the token lacks *scope*, and
    `Incomplete` where there is nothing left to try.
    """
    status = text(inner(operation, "status"))
    if status in _AT_WORK:
        raise NotYet("Shopify is still reading", seconds=_poll_s(operation, now))
    lines = integer(inner(operation, "objectCount")) or 0
    if status == "COMPLETED":
        url = text(inner(operation, "url"))
        if url is None and lines:
            return job.again()
        return Done(url, lines, integer(inner(operation, "rootObjectCount")) or 0)
    code = text(inner(operation, "errorCode"))
    if code == "ACCESS_DENIED":
        raise ScopeMissing(f"the token may not read this: Shopify wants {scope}", scope=scope)
    if code == "TIMEOUT":
        return job.halved(now)
    # Shopify cancels operations that stall and deletes old results; a failed operation may succeed when repeated.
    return job.again()


def refusal_of(errors: Any) -> NotYet | RequestRefused | None:
    """Return the error for the ``userErrors`` of a start, None where the operation was started."""
    found = [each for each in errors if isinstance(each, Mapping)] if isinstance(errors, list) else []
    codes = {text(each.get("code")) or "no code" for each in found}
    if codes & {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}:
        return NotYet("as many bulk operations run as Shopify allows", seconds=LONGEST_POLL_S)
    return RequestRefused(f"Shopify refused a bulk operation ({', '.join(sorted(codes))})") if found else None


def own_operation(operations: Any, document: str, *, begun: str | None) -> str | None:
    """Return the id of an operation of *document* created since *begun*, None without one.

    It is ours: a run that started it ended before saving it.
    """
    earliest = moment_of(begun)
    for each in operations if isinstance(operations, list) else ():
        operation, created = text(inner(each, "id")), moment_of(inner(each, "createdAt"))
        is_good = inner(each, "status") in {"CREATED", "RUNNING", "COMPLETED"}
        if operation and is_good and inner(each, "query") == document and earliest and created and created >= earliest:
            return operation
    return None


def _poll_s(operation: Any, now: datetime) -> float:
    """Return how many seconds to wait before the next poll: a quarter of the operation's age, within bounds."""
    created = moment_of(text(inner(operation, "createdAt")))
    age = (now - created).total_seconds() if created else 0.0
    return min(LONGEST_POLL_S, max(SHORTEST_POLL_S, age / 4))
