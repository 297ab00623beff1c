"""Reads one store for one slice: fetches pages ahead and saves each in one transaction.

The next page is fetched while the previous one is written. No transaction is open during a request.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import field, replace
from datetime import timedelta

from storesync.data import dataclass
from storesync.errors import EndsRun, Lacking, NotYet, OutOfTime, PlatformError, ScopeMissing
from storesync.model import Checkpoint, Lease, Page, Query, RunCounters
from storesync.platforms.base import RequestBudget, Session
from storesync.platforms.records import must_be_few, unreadable
from storesync.rules import passes
from storesync.rules.delete_guard import must_hold
from storesync.rules.personal import Forgotten
from storesync.rules.plan import UPDATES, WHOLE, Pass
from storesync.rules.schedule import HOUR
from storesync.runtime.clock import Clock
from storesync.runtime.instants import is_within
from storesync.storage import counts, listings, pages
from storesync.storage.database import Database
from storesync.storage.leases import renew
from storesync.storage.runs import Receipt
from storesync.sync.progress import Progress
from storesync.sync.read_ahead import read_ahead

FETCH = 50
"""Records per request when fetching by id."""

MOST_SEEN = 100_000
"""How many ids of a pass are kept in memory to detect repeated records."""

MAX_WAIT_S = 30.0


@dataclass(slots=True)
class ResourceCounters:
    """What a slice did with one resource, in pages, records and rows."""

    pages: int = 0
    records: int = 0
    rows_written: int = 0
    deleted: int = 0
    restored: int = 0


@dataclass(slots=True)
class Outcome:
    """How a slice ended. *checkpoints* are not saved yet; *finished* is False if time ran out."""

    finished: bool = True
    error: PlatformError | None = None
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    counters: dict[str, ResourceCounters] = field(default_factory=dict)


@dataclass(slots=True)
class Engine:
    """Reads the passes of one store, under its lease.

    Deletions of more than the share *max_delete* of the records are left to the comparison of ids.
    *traffic* is the slice's request budget: it holds the deadline and counts requests; *reported* is the part of
    those counters that is saved already. *latest* are the current checkpoints, *stopped* the resources with a failed
    pass, *seen* the ids that the current pass has returned in this slice.
    """

    session: Session
    database: Database
    lease: Lease
    clock: Clock
    overlap: timedelta
    max_delete: float
    api_version: str
    traffic: RequestBudget
    progress: Progress
    forgotten: Forgotten
    reported: RunCounters = field(default_factory=RunCounters)
    latest: dict[str, Checkpoint] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def run(self, chosen: Sequence[Pass], checkpoints: Mapping[str, Checkpoint]) -> Outcome:
        """Read the *chosen* passes until all are complete, time is up, or an error ends the run."""
        outcome = Outcome()
        self.latest, self.stopped = dict(checkpoints), set()
        try:
            first = self._first_pages(chosen)
            waiting = list(chosen)
            while waiting:
                waiting, seconds = self._round(waiting, first, outcome)
                if waiting:
                    self.wait(seconds)
        except PlatformError as error:
            outcome.error = error
        except OutOfTime:
            outcome.finished = False
        return outcome

    def _round(self, chosen: Sequence[Pass], first: Mapping[str, Page], outcome: Outcome) -> tuple[list[Pass], float]:
        """Read each pass; return those that the platform is still preparing, and the seconds until a retry."""
        waiting, seconds = [], MAX_WAIT_S
        for one in chosen:
            if one.resource in self.stopped:
                # A failed pass resumes at its cursor; another pass of the resource would overwrite that.
                continue
            page = first.get(one.resource) if one.kind in UPDATES else None
            if page is None and self.traffic.requests and self._time_is_up():
                raise OutOfTime("the other resources are read in the next slice")
            try:
                self._read(one, page, outcome)
            except NotYet as later:
                waiting.append(replace(one, cursor=self.latest[one.resource].cursor))
                seconds = min(seconds, later.seconds)
        return waiting, seconds

    def wait(self, seconds: float) -> None:
        """Renew the lease and wait for the platform; `OutOfTime` if the slice would end before."""
        if self.clock.monotonic() + seconds > self.traffic.deadline:
            raise OutOfTime("the platform is still at work")
        with self.database.transaction():
            renew(self.database, self.lease, self.clock)
        self.progress.waits(seconds)
        self.clock.sleep(seconds)

    def unsaved(self) -> RunCounters:
        """Return the request counters since the last call, and treat them as saved."""
        now = RunCounters(
            requests=self.traffic.requests,
            bytes=self.traffic.bytes,
            waited_seconds=self.traffic.waited_seconds,
        )
        fresh = RunCounters(
            requests=now.requests - self.reported.requests,
            bytes=now.bytes - self.reported.bytes,
            waited_seconds=now.waited_seconds - self.reported.waited_seconds,
        )
        self.reported = now
        return fresh

    def _first_pages(self, chosen: Sequence[Pass]) -> Mapping[str, Page]:
        fresh = [_query(one) for one in chosen if one.kind in UPDATES and one.cursor is None]
        try:
            return self.session.first_pages(fresh) if fresh else {}
        except EndsRun:
            raise
        except PlatformError:
            # Each resource then reports its own error.
            return {}

    def _read(self, one: Pass, first: Page | None, outcome: Outcome) -> None:
        """Read one pass; raise `OutOfTime` if time ran out before its end."""
        resource = one.resource
        self.seen.clear()
        self.latest[resource] = passes.begin(self.latest.get(resource, Checkpoint(resource)), one)
        try:
            with closing(self._ahead(one, first)) as found:
                for page in found:
                    self._apply_deletions(resource, page, outcome)
                    if page.cursor is None:
                        self._finish_records(resource, outcome)
                    self._keep(resource, self._with_count(one, page), outcome)
        except ScopeMissing as error:
            self._stopped(resource, error, outcome, status="denied")
            return
        except PlatformError as error:
            self._stopped(resource, error, outcome, status="failed")
            is_all_in_vain = not any(counters.pages for counters in outcome.counters.values())
            is_the_same = type(error) is type(outcome.error) and not isinstance(error, Lacking)
            if isinstance(error, EndsRun) or (is_all_in_vain and is_the_same):
                # A second resource failed like the first and nothing was read: the others would fail as well.
                raise
            outcome.error = outcome.error or error
            return
        if self.latest[resource].cursor is not None:
            raise OutOfTime("the pass goes on in the next slice")
        if one.is_by_creation:
            # Such a pass says nothing about the total number of records.
            outcome.checkpoints[resource] = self.latest[resource]
        else:
            self._complete(resource, outcome)

    def _apply_deletions(self, resource: str, page: Page, outcome: Outcome) -> None:
        """Fetch by id the records that *page* reports as deleted: save those that exist, mark the others as deleted.

        So many that the delete guard would hold them are left to the comparison of ids.
        """
        if not page.removed:
            return
        checkpoint, database, store_id = self.latest[resource], self.database, self.lease.store_id
        checkpoint = replace(checkpoint, limited_since=page.limited_since or checkpoint.limited_since)
        suspects = listings.named(database, store_id, resource, page.removed, since=checkpoint.shown_since)
        if must_hold(len(suspects), live=counts.count_live(database, store_id, resource), share=self.max_delete):
            return
        counters = outcome.counters.setdefault(resource, ResourceCounters())
        for start in range(0, len(suspects), FETCH):
            asked = suspects[start : start + FETCH]
            found = self.session.fetch(resource, asked)
            counters.rows_written += self.save(checkpoint, found).rows
            with database.transaction():
                renew(database, self.lease, self.clock)
                deleted = listings.tombstone(database, store_id, resource, absent(asked, found), now=self.clock.now())
                pages.add_counters(database, self.lease.run_id, RunCounters(rows_deleted=deleted))
            counters.deleted += deleted

    def _finish_records(self, resource: str, outcome: Outcome) -> None:
        """Fetch the records that the listing returned incomplete, before its last page is saved."""
        checkpoint = self.latest[resource]
        while ids := pages.load_unfinished(self.database, self.lease.store_id, resource, limit=FETCH):
            found = self.session.fetch(resource, ids)
            written = self.save(checkpoint, found, finished=ids)
            outcome.counters.setdefault(resource, ResourceCounters()).rows_written += written.rows
            if self._time_is_up():
                raise OutOfTime("the pass goes on in the next slice")

    def _with_count(self, one: Pass, page: Page) -> Page:
        """Return the last *page* with the hourly count: the process may be killed right after saving it."""
        counted_at = self.latest[one.resource].counted_at
        has_its_count = page.cursor is not None or page.source_count is not None or one.is_by_creation
        if has_its_count or is_within(counted_at, self.clock.now(), HOUR):
            return page
        return replace(page, source_count=self._count(one.resource))

    def save(self, checkpoint: Checkpoint, page: Page, *, finished: Sequence[str] = ()) -> pages.Written:
        """Save one page of records that were fetched by id, with its checkpoint, in one transaction.

        *finished* are the ids of incomplete records that this page completes. Returns what was written.
        """
        return self._save(checkpoint, self._derived(checkpoint.resource, page), finished=finished)

    def _derived(self, resource: str, page: Page) -> Page:
        """Derive the rows of what may have changed on *page*; return it with the unreadable records rejected."""
        fresh = pages.fresh(self.database, self.lease.store_id, resource, page.records, self.forgotten)
        odd = unreadable(page.records, fresh=fresh)
        if not odd:
            return page
        gone = {id(record) for record, _ in odd}
        kept = tuple(record for record in page.records if id(record) not in gone)
        return replace(page, records=kept, rejects=(*page.rejects, *(reject for _, reject in odd)))

    def _save(self, checkpoint: Checkpoint, page: Page, *, finished: Sequence[str] = ()) -> pages.Written:
        written = pages.save_page(
            self.database,
            self.lease,
            checkpoint.resource,
            records=page.records,
            rejects=page.rejects,
            checkpoint=checkpoint,
            api_version=self.api_version,
            counters=self.unsaved(),
            clock=self.clock,
            forgotten=self.forgotten,
            unfinished=page.unfinished,
            finished=finished,
        )
        if written.learned:
            self.forgotten = replace(self.forgotten, marks=self.forgotten.marks | written.learned)
        return written

    def _keep(self, resource: str, page: Page, outcome: Outcome) -> None:
        checkpoint = self.latest[resource]
        repeats = 0 if checkpoint.pass_kind in WHOLE else self._repeats(page)
        moved = passes.after_page(checkpoint, page, now=self.clock.now(), overlap=self.overlap, repeats=repeats)
        counters = outcome.counters.setdefault(resource, ResourceCounters())
        counters.pages += 1
        counters.records += page.count
        page = self._derived(resource, page)
        must_be_few(resource, len(page.rejects), len(page.records) + len(page.rejects))
        if page.records or page.rejects or page.cursor is not None:
            written = self._save(moved, page)
            counters.rows_written += written.rows
            counters.restored += written.restored
            # The checkpoint just saved includes an earlier pass of the resource.
            outcome.checkpoints.pop(resource, None)
        if page.cursor is None:
            outcome.receipts.append(_receipt(moved, page))
        expected = moved.records if page.cursor is None else page.expected or moved.expected
        self.progress.moves(resource, "read", moved.records, expected)
        self.latest[resource] = moved

    def _repeats(self, page: Page) -> int:
        """Return how many records of *page* the pass has returned before."""
        ids = [record.id for record in page.records] + [reject.id for reject in page.rejects]
        fresh = set(ids) - self.seen
        if len(self.seen) < MOST_SEEN:
            self.seen |= fresh
        return len(ids) - len(fresh)

    def _complete(self, resource: str, outcome: Outcome) -> None:
        """Compare our count with the source's; a new difference makes a comparison of ids due."""
        checkpoint = outcome.checkpoints[resource] = self.latest[resource]
        checkpoint = self._counted(checkpoint, outcome.counters[resource])
        counted = checkpoint.source_count
        # If only a part is shown or wanted, the source's count includes records that are not synced.
        if (
            counted is not None
            and checkpoint.limited_since is None
            and checkpoint.counted_at == checkpoint.last_pass_at
        ):
            unexplained = counted - counts.count_expected(self.database, self.lease.store_id, resource)
            is_news = passes.is_news(checkpoint, unexplained, self.clock.now())
            checkpoint = replace(checkpoint, comparison_due=checkpoint.comparison_due or is_news)
        outcome.checkpoints[resource] = self.latest[resource] = checkpoint

    def _counted(self, checkpoint: Checkpoint, counters: ResourceCounters) -> Checkpoint:
        """Ask the source for its count after changes, if the last page had none."""
        if checkpoint.counted_at == checkpoint.last_pass_at or not counters.rows_written:
            return checkpoint
        count = self._count(checkpoint.resource)
        # A count from before these changes is outdated.
        return replace(checkpoint, source_count=count, counted_at=None if count is None else checkpoint.last_pass_at)

    def _count(self, resource: str) -> int | None:
        try:
            return self.session.count(resource)
        except EndsRun:
            raise
        except PlatformError:
            return None

    def _stopped(self, resource: str, error: PlatformError, outcome: Outcome, *, status: str) -> None:
        checkpoint = self.latest[resource]
        self.stopped.add(resource)
        outcome.checkpoints[resource] = self.latest[resource] = passes.after_error(checkpoint, error, self.clock.now())
        outcome.receipts.append(
            Receipt(
                resource,
                status,
                checkpoint.pages,
                checkpoint.records,
                error_code=error.code,
                error=error.message,
            )
        )
        outcome.counters.setdefault(resource, ResourceCounters())

    def _ahead(self, one: Pass, first: Page | None) -> Generator[Page]:
        """Yield the pages of a pass, fetching the next one while the caller saves the previous.

        Stops early if the slice's time is up; the cursor of the last page says where to resume.
        """
        query = _query(one)
        if first is not None:
            yield first
            if not self._goes_on(first):
                return
            query = replace(query, cursor=first.cursor)
        yield from read_ahead(self.session.pages(query), self.traffic, self._goes_on)

    def _goes_on(self, page: Page) -> bool:
        return page.cursor is not None and not self._time_is_up()

    def _time_is_up(self) -> bool:
        return self.clock.monotonic() >= self.traffic.deadline


def absent(asked: Sequence[str], page: Page) -> list[str]:
    """Return the ids of *asked* that *page* has no record of, rejected records included."""
    there = {record.id for record in page.records} | {reject.id for reject in page.rejects}
    return [one for one in asked if one not in there]


def _query(one: Pass) -> Query:
    if one.is_by_creation:
        return Query(one.resource, None, one.cursor, created_since=one.since)
    return Query(one.resource, one.since, one.cursor)


def _receipt(checkpoint: Checkpoint, page: Page) -> Receipt:
    return Receipt(
        checkpoint.resource,
        "complete",
        checkpoint.pages,
        checkpoint.records,
        checkpoint.source_count,
        page.end_signal,
    )
