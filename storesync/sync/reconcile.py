"""Compares ids with the platform: fetches what is missing or stale, marks as deleted what no longer exists.

A listing counts only if it ended with the platform's own end signal. Each record missing from it is
fetched by id before it counts as deleted, and the delete guard holds more than a few deletions at once
until a second listing, or the operator, confirms them. Quarantined records are tried again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.errors import Incomplete, NotYet, OutOfTime
from storesync.model import NAMELESS, Checkpoint, Page, RunCounters, Versions
from storesync.platforms.base import Partial, Session
from storesync.platforms.records import must_be_few
from storesync.rules import passes
from storesync.rules.delete_guard import must_hold
from storesync.storage import checkpoints, counts, leases, listings, pages
from storesync.sync.engine import FETCH, Engine, ResourceCounters, absent
from storesync.tables import RESOURCES

SECOND_LOOK = timedelta(hours=1)
"""A held deletion is confirmed if a complete listing at least this much later lacks the record as well."""

LISTED_FOR = timedelta(days=30)
"""How long Tiendanube lists a checkout
(https://tiendanube.github.io/api-documentation/resources/abandoned-checkout)."""

LAPSE_LOOK = timedelta(hours=12)
"""The same for records that may lapse, which cannot be fetched by id: the next day's listing confirms them."""

SHOWN = 20
"""How many ids of each kind a result names."""

LISTED = "listed"
"""The cursor of a listing that has reached its end."""


@dataclass(frozen=True, slots=True)
class ReconcileRequest:
    """How to compare. *confirm* releases held deletions; *max_delete* is a share, None the configured one."""

    dry_run: bool = False
    confirm: bool = False
    max_delete: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found and did, in records; a dry run found only. *ids* are the first few ids by kind."""

    checkpoint: Checkpoint
    ids: Mapping[str, Sequence[str]]
    dry_run: bool = False
    missing: int = 0
    stale: int = 0
    gone: int = 0
    fetched: int = 0
    deleted: int = 0
    held: int = 0


@dataclass(slots=True)
class Comparer:
    """Compares one resource at a time, with the engine's lease, clock and request budget.

    *counters* receives what is read and written. *since* limits the records to newer ones, None for all.
    """

    engine: Engine
    session: Session
    counters: ResourceCounters
    since: datetime | None = None
    checkpoint: Checkpoint = field(default=Checkpoint(""))

    def run(self, checkpoint: Checkpoint, request: ReconcileRequest) -> Comparison:
        """Compare a resource and fix the differences; a dry run changes no records.

        If an error or the end of the slice stops it, `self.checkpoint` holds the progress. Raises `Incomplete` for a
        listing that cannot be trusted, `OutOfTime`, and the platform's errors.
        """
        self.checkpoint = checkpoint
        while not self._is_listed():
            try:
                self._list()
            except NotYet as later:
                self.engine.wait(later.seconds)
        listed = self.checkpoint
        database, store_id, resource = self.engine.database, self.engine.lease.store_id, checkpoint.resource
        aside = listings.quarantined(database, store_id, resource)
        missing, stale = listings.changed(database, store_id, resource, since=self.since)
        missing, stale = [[one for one in ids if one not in aside] for ids in (missing, stale)]
        hidden = self.session.hidden(resource) if isinstance(self.session, Partial) else ()
        unlisted = listings.unlisted(
            database, store_id, resource, before=_began(listed), since=listed.shown_since, hidden=hidden
        )
        fetched = deleted = 0
        if not request.dry_run:
            fetched = self._fetch([*missing, *stale], listed)
            torn = [one for one in listings.lacking(database, store_id, resource) if one not in {*missing, *stale}]
            self._fetch(torn, listed)
        suspects, held = self._guarded(resource, unlisted, request)
        # A record that may lapse is not deleted just because it is no longer listed.
        lapsed, suspects = (suspects, []) if RESOURCES[resource].lapses else ([], suspects)
        gone = held if RESOURCES[resource].lapses else unlisted
        if request.dry_run:
            done = replace(checkpoint, comparison_cursor=None, comparison_ids=0)
            self._forget(done)
        else:
            # Records tried since the listing began were tried by an earlier slice.
            self._retry(
                [one for one, tried_at in aside.items() if not tried_at or tried_at < _began(listed)], listed, request
            )
            deleted = self._tombstone(resource, suspects, held)
            self._lapse(resource, lapsed)
            unmended = len(missing) + len(stale) - fetched + len(gone) - deleted - len(held)
            done = self._done(listed, unmended)
        found = {"missing": missing, "stale": stale, "gone": suspects, "held": held}
        return Comparison(
            done,
            {kind: ids[:SHOWN] for kind, ids in found.items()},
            request.dry_run,
            len(missing),
            len(stale),
            len(gone),
            fetched,
            deleted,
            len(held),
        )

    def _is_listed(self) -> bool:
        return self.checkpoint.comparison_cursor == LISTED

    def _list(self) -> None:
        """Save the platform's ids page by page, resuming where an earlier slice stopped."""
        engine, resource = self.engine, self.checkpoint.resource
        for page in self.session.versions(resource, self.checkpoint.comparison_cursor):
            anew = self.checkpoint.comparison_cursor is None or page.begins_anew
            if page.cursor is None and page.end_signal is None:
                break
            self.checkpoint = replace(
                self.checkpoint,
                comparison_due=True,
                comparison_cursor=page.cursor or LISTED,
                comparison_ids=len(page.versions) + (0 if anew else self.checkpoint.comparison_ids),
                comparison_started_at=engine.clock.now() if anew else self.checkpoint.comparison_started_at,
                limited_since=self._limit(page),
            )
            listings.save_listed(
                engine.database,
                engine.lease,
                self.checkpoint,
                page.versions,
                anew=anew,
                counters=engine.unsaved(),
                clock=engine.clock,
            )
            listed = self.checkpoint.comparison_ids
            engine.progress.moves(resource, "ids compared", listed, listed if page.cursor is None else page.expected)
            if page.cursor is None:
                self._count(page)
                return
            passes.must_end(f"{resource} ids", listed, page.expected)
            if engine.clock.monotonic() >= engine.traffic.deadline:
                raise OutOfTime("the listing goes on in the next slice")
        raise Incomplete(f"the listing of {resource} ids stopped without its end")

    def _limit(self, page: Versions) -> datetime | None:
        """Return since when the platform shows records; a complete listing without a limit lifts it."""
        is_whole = page.cursor is None and self.since is None
        return page.limited_since or (None if is_whole else self.checkpoint.limited_since)

    def _count(self, last: Versions) -> None:
        """Check the listed ids against the source's count; `Incomplete` if most are missing."""
        resource = self.checkpoint.resource
        listed = listings.count_listed(self.engine.database, self.engine.lease.store_id, resource)
        counted = last.expected if last.source_count is None else last.source_count
        if last.limited_since is None:
            passes.must_be_all(f"{resource} ids", listed, counted)
        self.checkpoint = replace(
            self.checkpoint,
            source_count=listed if last.source_count is None else last.source_count,
            counted_at=self.engine.clock.now(),
        )

    def _fetch(self, ids: Sequence[str], checkpoint: Checkpoint) -> int:
        """Fetch and save records by id; return how many exist. `FormatChanged` if too many are rejected."""
        found = unreadable = 0
        total = listings.count_listed(self.engine.database, self.engine.lease.store_id, checkpoint.resource)
        for start in range(0, len(ids), FETCH):
            page = self.session.fetch(checkpoint.resource, ids[start : start + FETCH])
            unreadable += self._save(page, checkpoint).rejected
            found += len(page.records) + len(page.rejects)
            self.engine.progress.moves(checkpoint.resource, "fetched", found, len(ids))
            must_be_few(checkpoint.resource, unreadable, total)
        return found

    def _retry(self, ids: Sequence[str], checkpoint: Checkpoint, request: ReconcileRequest) -> None:
        """Fetch quarantined records again; those that the platform no longer has leave the quarantine.

        A record without an id would have stopped the listing, so it no longer exists.
        """
        resource, named = checkpoint.resource, [one for one in ids if not one.startswith(NAMELESS)]
        gone = [one for one in ids if one.startswith(NAMELESS)]
        for start in range(0, len(named), FETCH):
            asked = named[start : start + FETCH]
            page = self.session.fetch(resource, asked)
            self._save(page, checkpoint)
            gone += absent(asked, page)
            self.engine.progress.moves(resource, "tried again", start + len(asked), len(named))
        database, lease = self.engine.database, self.engine.lease
        if gone and (request.confirm or listings.count_listed(database, lease.store_id, resource)):
            self._must_show_what_it_lists(resource)
            with database.transaction():
                leases.renew(database, lease, self.engine.clock)
                listings.release_quarantined(database, lease.store_id, resource, gone)

    def _save(self, page: Page, checkpoint: Checkpoint) -> pages.Written:
        written = self.engine.save(checkpoint, page)
        self.counters.pages += 1
        self.counters.records += len(page.records) + len(page.rejects)
        self.counters.rows_written += written.rows
        self.counters.restored += written.restored
        return written

    def _guarded(
        self, resource: str, unlisted: Sequence[str], request: ReconcileRequest
    ) -> tuple[list[str], list[str]]:
        """Apply the delete guard: return which *unlisted* ids are suspects to fetch by id, and which are held."""
        database, store_id = self.engine.database, self.engine.lease.store_id
        now = self.engine.clock.now()
        may_lapse = RESOURCES[resource].lapses is not None
        ripe = listings.held(database, store_id, resource, before=now - (LAPSE_LOOK if may_lapse else SECOND_LOOK))
        if may_lapse:
            ripe |= listings.over(database, store_id, unlisted, before=now - LISTED_FOR)
        fresh = [one for one in unlisted if one not in ripe]
        share = self.engine.max_delete if request.max_delete is None else request.max_delete
        live = counts.count_listed(database, store_id, resource)
        if may_lapse and must_hold(len(fresh), live=live, share=share):
            # A checkout that became an order keeps its id, maybe since the orders were read.
            fresh = self._gone("orders", fresh)
        held = fresh if not request.confirm and must_hold(len(fresh), live=live, share=share) else []
        waiting = set(held)
        suspects = [one for one in unlisted if one not in waiting]
        may_all_be_gone = request.confirm or may_lapse
        if not may_all_be_gone and listings.witness(database, store_id, resource) is None:
            # A listing that names none of our records counts only if the operator confirms it.
            held, suspects = [*held, *self._gone(resource, suspects)], []
        return suspects, held

    def _tombstone(self, resource: str, suspects: Sequence[str], held: Sequence[str]) -> int:
        """Mark as deleted the suspects that the platform does not have, and save the held deletions."""
        database, lease = self.engine.database, self.engine.lease
        deleted = self._tombstone_absent(resource, suspects)
        with database.transaction():
            leases.renew(database, lease, self.engine.clock)
            listings.hold(database, lease.store_id, resource, held, now=self.engine.clock.now())
        return deleted

    def _tombstone_absent(self, resource: str, suspects: Sequence[str]) -> int:
        """Fetch each suspect by id and mark the missing as deleted, each batch in a transaction; return how many."""
        database, lease, deleted = self.engine.database, self.engine.lease, 0
        for start in range(0, len(suspects), FETCH):
            gone = self._gone(resource, suspects[start : start + FETCH])
            self.engine.progress.moves(resource, "asked for", min(start + FETCH, len(suspects)), len(suspects))
            if gone:
                self._must_show_what_it_lists(resource)
            with database.transaction():
                leases.renew(database, lease, self.engine.clock)
                done = listings.tombstone(database, lease.store_id, resource, gone, now=self.engine.clock.now())
                pages.add_counters(database, lease.run_id, RunCounters(rows_deleted=done))
                deleted += done
        return deleted

    def _must_show_what_it_lists(self, resource: str) -> None:
        """Raise `Incomplete` if fetching by id proves nothing: a listed record is not returned either."""
        witness = listings.witness(self.engine.database, self.engine.lease.store_id, resource)
        if witness is not None and self._gone(resource, [witness]):
            raise Incomplete(f"the platform does not show {resource} by their ids, though it lists them")

    def _lapse(self, resource: str, ids: Sequence[str]) -> None:
        database, lease = self.engine.database, self.engine.lease
        if ids:
            with database.transaction():
                leases.renew(database, lease, self.engine.clock)
                listings.lapse(database, lease.store_id, resource, ids, now=self.engine.clock.now())

    def _gone(self, resource: str, ids: Sequence[str]) -> list[str]:
        """Fetch *ids* and return those that the platform does not have."""
        gone = []
        for start in range(0, len(ids), FETCH):
            asked = ids[start : start + FETCH]
            gone += absent(asked, self.session.fetch(resource, asked))
        return gone

    def _done(self, checkpoint: Checkpoint, unmended: int) -> Checkpoint:
        done = replace(
            checkpoint,
            comparison_due=False,
            comparison_cursor=None,
            comparison_ids=0,
            comparison_started_at=None,
            comparison_failures=0,
            comparison_error=None,
            compared_at=self.engine.clock.now(),
            differences=self._differences(checkpoint, unmended),
        )
        self._forget(done)
        return done

    def _differences(self, checkpoint: Checkpoint, unmended: int) -> int:
        """Return the remaining difference to the source's count or, if the counts agree, *unmended*."""
        if checkpoint.limited_since is not None or self.since is not None:
            return 0
        known = counts.count_expected(self.engine.database, self.engine.lease.store_id, checkpoint.resource)
        return (checkpoint.source_count or 0) - known or unmended

    def _forget(self, done: Checkpoint) -> None:
        """Delete the saved listing and save the checkpoint *done* in one transaction, so that they stay consistent."""
        database, lease = self.engine.database, self.engine.lease
        with database.transaction():
            leases.renew(database, lease, self.engine.clock)
            listings.forget_listed(database, lease.store_id, done.resource)
            checkpoints.save_checkpoint(database, lease.store_id, done)


def _began(checkpoint: Checkpoint) -> datetime:
    if checkpoint.comparison_started_at is None:
        raise Incomplete(f"the listing of {checkpoint.resource} ids has no beginning")
    return checkpoint.comparison_started_at
