"""Runs one slice of one store under its lease, from its token to its health."""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from storesync.data import dataclass
from storesync.errors import (
    AddressBlocked,
    AppBlocked,
    AppCredentialsRefused,
    LeaseLost,
    LocalFault,
    NetworkFailed,
    NoNetwork,
    OutOfTime,
    PersonNeeded,
    PlatformError,
    StoresyncError,
    TokenExpired,
    TokenOutdated,
    TokenRejected,
)
from storesync.model import Checkpoint, Credential, Health, Lease, LeftOut, RunCounters, Store
from storesync.platforms.base import Platform, RequestBudget, Selective, Session, Versioned
from storesync.rules import health, passes
from storesync.rules.apps import app_of
from storesync.rules.health import Failure
from storesync.rules.plan import (
    UPDATES,
    Pass,
    Reading,
    next_comparison,
    passes_before_comparison,
    passes_due,
)
from storesync.rules.schedule import Timing, minute_of
from storesync.rules.selection import is_selected, selected
from storesync.runtime.instants import is_within
from storesync.storage import checkpoints as stored
from storesync.storage import leases, runs, stores
from storesync.sync import bulk
from storesync.sync.address import address_refusal
from storesync.sync.context import SyncContext
from storesync.sync.engine import Engine, Outcome
from storesync.sync.forgotten import load_forgotten
from storesync.sync.freshness import forecast
from storesync.sync.job import SyncRequest, SyncResult
from storesync.sync.reconcile_run import Comparing, is_slowed
from storesync.sync.tokens import TokenManager

COMPARED_AGAIN = timedelta(hours=1)
"""How long to wait after a failed comparison. The store itself is still read and does not count as failed."""

DESCRIBED_FOR = timedelta(days=1)
"""How long a shop's description (name, plan, identity) is kept before it is fetched again."""

LOOK_AT_NETWORK = "see where the way ends: storesync doctor --only network"

RENEWALS = 24
"""How many one-hour tokens a long first load may use."""

log = logging.getLogger(__name__)


def run_slice(context: SyncContext, store: Store, lease: Lease, request: SyncRequest) -> SyncResult:
    """Work on *store* under *lease* until done or out of time, save its state, and return the result.

    Errors of the platform are saved on the store. Raises `LocalFault` and `PersonNeeded`, which are not
    the store's fault: apart from the error message, its state stays as it was. Of these, `AppBlocked` is for all
    stores of its app.
    """
    began = context.clock.monotonic()
    request.progress.begins(store.key)
    turn = _Turn(context, store, lease, request, RequestBudget(deadline=request.deadline, waits=request.progress.waits))
    try:
        context.must_have_room()
        result = turn.take()
    except LeaseLost:
        result = SyncResult(store, "skipped")
    except (LocalFault, AppBlocked) as fault:
        _abandon(context, store, lease, fault, None)
        raise
    except PersonNeeded as fault:
        later = minute_of(context.clock.now()) + context.timing.backoff[0]
        _abandon(context, store, lease, fault, max(later, store.next_sync_at or later))
        raise
    except Exception:
        log.exception("store.crashed store=%s", store.key)
        result = turn.crashed()
    result.seconds = round(context.clock.monotonic() - began, 3)
    result.requests = turn.traffic.requests
    result.reads = request.reads
    result.ahead = turn.traffic.ahead
    if result.result in {"succeeded", "partial"} and result.requests:
        _let_in(context, store)
    log.info(
        "store.synced store=%s result=%s requests=%d seconds=%.1f code=%s",
        store.key,
        result.result,
        result.requests,
        result.seconds,
        result.failure.code if result.failure else None,
    )
    return result


def _abandon(
    context: SyncContext, store: Store, lease: Lease, fault: StoresyncError, next_sync_at: datetime | None
) -> None:
    with suppress(LeaseLost, LocalFault), context.database.transaction():
        leases.abandon(context.database, lease, store, fault, context.clock.now(), next_sync_at=next_sync_at)
        forecast(context, store.id)


def _let_in(context: SyncContext, store: Store) -> None:
    """Free the stores that wait for the app of *store* to let this machine in: it just has."""
    hindered = stores.load_hindered(context.database, AddressBlocked.code)
    waiting = [one.id for one in hindered if app_of(one) == app_of(store)]
    if waiting:
        with context.database.transaction():
            stores.forget_hindrance(context.database, waiting)


@dataclass(slots=True)
class _Turn:
    context: SyncContext
    store: Store
    lease: Lease
    request: SyncRequest
    traffic: RequestBudget
    engine: Engine | None = None
    comparing: Comparing | None = None
    left_out: Mapping[str, tuple[LeftOut, ...]] | None = None
    read_anew: Collection[str] = ()
    is_described: bool = False

    def take(self) -> SyncResult:
        platform = self.context.platform(self.store.platform)
        try:
            outcome, kinds = self._read_patiently(platform, self.token_manager.fresh(platform))
        except OutOfTime:
            outcome, kinds = Outcome(finished=False), set()
        except PlatformError as error:
            outcome, kinds = Outcome(error=error), set()
        self._derive()
        if isinstance(outcome.error, AppCredentialsRefused):
            raise AppBlocked(outcome.error.message, hint=outcome.error.hint, app=app_of(self.store))
        refusal = address_refusal(self.context, self.store, outcome.error, has_read=_is_read(outcome))
        if refusal:
            raise AddressBlocked(refusal.message, hint=refusal.hint, app=app_of(self.store))
        if isinstance(outcome.error, NetworkFailed) and not self.context.is_online():
            raise NoNetwork("this machine has no network", hint=LOOK_AT_NETWORK)
        if self._is_only_to_wait(outcome):
            return self._end(replace(outcome, finished=False), kinds, None)
        return self._end(outcome, kinds, self._failure(platform, outcome.error))

    def _derive(self) -> None:
        """Derive the rows anew that a change of the shop itself left behind, as many as the time allows."""
        if self.store.derive_due:
            from storesync.sync import derivation  # noqa: PLC0415 - shops seldom change

            store = stores.load_store(self.context.database, self.store.id)
            derivation.derive(self.context, store, self.lease, until=self.request.deadline)

    def _is_only_to_wait(self, outcome: Outcome) -> bool:
        """True if cron's slice made progress until the platform limited the rate, which is not a failure."""
        has_compared = self.comparing is not None and self.comparing.has_begun
        return is_slowed(outcome.error, self.request) and (_is_read(outcome) or has_compared)

    @property
    def token_manager(self) -> TokenManager:
        return TokenManager(self.context, self.store, self.lease)

    def _read_patiently(self, platform: Platform, credential: Credential) -> tuple[Outcome, set[str]]:
        """Read; if the token is refused, renew it and retry, again each time a token expired during a long read."""
        outcome, kinds = self._tried(platform, credential)
        for _ in range(RENEWALS):
            if not isinstance(outcome.error, TokenRejected):
                break
            better = self.token_manager.better(platform, credential)
            if better is None:
                break
            credential = better
            outcome, kinds = self._tried(platform, credential)
            if not health.has_ended(credential, self.context.clock.now()):
                break
        if outcome.finished and outcome.error is None and self.traffic.requests:
            self.token_manager.worked(credential)
        return outcome, kinds

    def _tried(self, platform: Platform, credential: Credential) -> tuple[Outcome, set[str]]:
        try:
            return self._read(platform, credential)
        except TokenRejected as error:
            return Outcome(error=error), set()

    def crashed(self) -> SyncResult:
        """Save an unexpected error on the store; if that fails too, retry without loading its checkpoints."""
        failure = Failure("internal", "an unexpected error; the log has the details")
        try:
            ended = self._end(Outcome(), set(), failure)
        except StoresyncError:
            raise
        except Exception:
            log.exception("store.crashed_again store=%s", self.store.key)
            ended = self._end(Outcome(), set(), failure, known={})
        return replace(ended, bug=True)

    def _read(self, platform: Platform, credential: Credential) -> tuple[Outcome, set[str]]:
        while True:
            found = self._read_as_described(platform, credential)
            if found is not None:
                return found

    def _read_as_described(self, platform: Platform, credential: Credential) -> tuple[Outcome, set[str]] | None:
        """Read the store; None where its shop describes itself anew, since a session derives rows by what it knew."""
        session = platform.open(self.store.shop.key, credential, shop=self.store.shop, traffic=self.traffic)
        checkpoints = self._checkpoints()
        selective = session if isinstance(session, Selective) else None
        if selective:
            selective.recall({name: one.left_out for name, one in checkpoints.items()})
        try:
            bulk.remind(self.context, self.store, session)
            if self.request.reads and self._is_to_be_described() and self._describe(platform, session):
                return None
            if self.request.reads and selective:
                selective.ask_again(all_of_them=self.request.full)
            chosen = self._chosen(platform, checkpoints) if self.request.reads else []
            self.read_anew = {one.resource for one in chosen if one.kind == "full" and one.cursor is None}
            self.engine = self._engine(platform, session)
            outcome = self.engine.run(chosen, checkpoints)
            wider = {name: spec.wider for name, spec in platform.readables.items()}
            outcome.checkpoints.update(passes.after_denials(self.engine.latest, wider))
            kinds = {one.kind for one in chosen}
            if self.request.compares and outcome.finished and outcome.error is None:
                done = self.comparing.done if self.comparing else {}
                self.comparing = Comparing(
                    self.engine, session, self.store, platform.readables, self.request, self.context.timing, done
                )
                self.comparing.run({**checkpoints, **outcome.checkpoints}, outcome)
            return outcome, kinds
        finally:
            if selective:
                self.left_out = selective.left_out
            if isinstance(session, Versioned):
                self._note_version(platform, session.served_version)
            session.close()
            bulk.remember(self.context, self.store, session)

    def _note_version(self, platform: Platform, version: str | None) -> None:
        other = None if version == platform.api_version else version
        if version is not None and other != self.store.served_version:
            with self.context.database.transaction():
                stores.save_served_version(self.context.database, self.store.id, other)

    def _checkpoints(self) -> dict[str, Checkpoint]:
        known = stored.load_checkpoints(self.context.database, self.store.id)
        return {name: one for name, one in known.items() if is_selected(self.store, name)}

    def _is_to_be_described(self) -> bool:
        is_known = is_within(self.store.described_at, self.context.clock.now(), DESCRIBED_FOR)
        return not self.is_described and (self.store.connection != "connected" or not is_known)

    def _describe(self, platform: Platform, session: Session) -> bool:
        """Ask the shop for its description and save it; return whether that is another than before."""
        from storesync.sync.description import ask, save_description  # noqa: PLC0415 - once a day

        shop = ask(self.store, session)
        if shop is None:
            return False
        self.is_described = True
        known = self.store.shop
        with self.context.database.transaction():
            leases.renew(self.context.database, self.lease, self.context.clock)
            store = save_description(self.context, self.store, shop, api_version=platform.api_version)
        self.store = replace(self.store, shop=store.shop, derive_due=store.derive_due)
        return store.shop != known

    def _engine(self, platform: Platform, session: Session) -> Engine:
        return Engine(
            session,
            self.context.database,
            self.lease,
            self.context.clock,
            self.context.timing.overlap,
            self.context.max_delete,
            platform.api_version,
            self.traffic,
            self.request.progress,
            load_forgotten(self.context, self.store),
            self.engine.reported if self.engine else RunCounters(),
        )

    def _chosen(self, platform: Platform, checkpoints: dict[str, Checkpoint]) -> list[Pass]:
        wanted = self.request.resources or selected(self.store, platform.readables)
        by_hand = self.request.trigger == "sync"
        readings = [
            Reading(name, "due" if by_hand else spec.cadence, spec.drift, spec.is_dated, spec.is_filtered)
            for name, spec in platform.readables.items()
            if name in wanted
        ]
        now, timing = self.context.clock.now(), self.context.timing
        if self.request.compare is None:
            begun_at = runs.load_beginning(self.context.database, self.lease.run_id)
            return passes_due(
                readings,
                checkpoints,
                store=self.store,
                now=now,
                timing=timing,
                begun_at=begun_at,
                full=self.request.full,
            )
        if self.request.compare.dry_run:
            return []
        return passes_before_comparison(readings, checkpoints, store=self.store, now=now, timing=timing)

    def _failure(self, platform: Platform, error: PlatformError | None) -> Failure | None:
        if error is None:
            return None
        is_refusal = isinstance(error, TokenRejected | TokenExpired)
        confirmed = False
        if is_refusal or health.wants_diagnosis(self.store, error):
            confirmed, error.retry_at = self._is_refused(platform, error.retry_at)
        if confirmed and not is_refusal:
            error = TokenRejected(f"the platform refuses our token; before that, {error.message}")
        failure = health.failure_of(error, confirmed=confirmed)
        if isinstance(error, TokenOutdated) or not isinstance(error, TokenRejected | TokenExpired):
            return failure
        return replace(failure, hint=self.store.connect_again)

    def _is_refused(self, platform: Platform, retry_at: datetime | None) -> tuple[bool, datetime | None]:
        """Confirm a refusal of the token with one more cheap request; return also when to retry."""
        try:
            session = platform.open(
                self.store.shop.key, self.token_manager.load(), shop=self.store.shop, traffic=self.traffic
            )
            session.describe()
        except TokenRejected:
            return True, retry_at
        except PlatformError as error:
            return False, max(filter(None, (retry_at, error.retry_at)), default=None)
        except OutOfTime:
            return False, retry_at
        return False, retry_at

    def _end(
        self,
        outcome: Outcome,
        kinds: set[str],
        failure: Failure | None,
        *,
        known: dict[str, Checkpoint] | None = None,
    ) -> SyncResult:
        now = self.context.clock.now()
        store = stores.load_store(self.context.database, self.store.id)
        before = replace(store, sync_status=self.store.sync_status)
        is_whole = known is None
        moved: dict[str, Checkpoint] = {}
        if known is None:
            known = {**self._checkpoints(), **outcome.checkpoints}
            if self.left_out is not None:
                refused = {name: fields for name, fields in self.left_out.items() if is_selected(self.store, name)}
                moved = passes.after_refusals(known, refused, read_anew=self.read_anew)
            outcome.checkpoints.update(moved)
            known.update(moved)
        status, after = _verdict(before, outcome, failure, now=now, timing=self.context.timing)
        if status == "succeeded" and any(one.left_out == () and one.watermark is None for one in moved.values()):
            # What has a field back is read anew at once.
            after = replace(after, next_sync_at=minute_of(now))
        if status == "succeeded" and store.derive_due:
            # The next slice goes on with what is to be derived anew.
            after = replace(after, next_sync_at=minute_of(now))
        if self.request.compare is not None and status == "succeeded":
            # A comparison of ids does not postpone the next sync.
            after = replace(after, next_sync_at=self.store.next_sync_at or after.next_sync_at)
        compared = self.comparing.done if self.comparing else {}
        loaded = self._is_loaded(known)
        changes = health.changes(before, after, loaded=loaded) if self.request.reads else []
        events = [runs.Event(store.id, kind, message) for kind, message in changes]
        runs.end_slice(
            self.context.database,
            self.lease,
            status=status,
            kind=_kind(kinds, self.request),
            error_code=failure.code if failure else None,
            error=failure.message if failure else None,
            health=after if self.request.reads else None,
            checkpoints=list(outcome.checkpoints.values()),
            receipts=outcome.receipts,
            counters=self.engine.unsaved() if self.engine else RunCounters(requests=self.traffic.requests),
            events=events,
            loaded=loaded,
            read=self.request.reads and (self.request.compare is None or bool(kinds & {"full", *UPDATES})),
            compared=bool(compared),
            compare_at=self._next_comparison(known, failure, now),
            not_before=outcome.error.retry_at if outcome.error else None,
            at_last=partial(forecast, self.context, store.id, known) if is_whole else lambda: None,
            now=now,
        )
        word = {"running": "partial"}.get(status, status)
        return SyncResult(
            stores.load_store(self.context.database, store.id),
            word,
            failure,
            before=before,
            ended_at=now,
            finished=status != "running",
            outcome=outcome,
            comparisons=compared,
            events=events,
        )

    def _next_comparison(self, known: dict[str, Checkpoint], failure: Failure | None, now: datetime) -> datetime | None:
        turn = next_comparison(known.values(), now, self.context.timing)
        if turn is None:
            return None
        if failure is not None and not self.request.reads:
            return max(turn, now + COMPARED_AGAIN, failure.retry_at or now)
        planned = self.store.compare_at
        # A comparison planned so soon may be a retry after a failure.
        return max(turn, planned) if planned and planned <= now + COMPARED_AGAIN else turn

    def _is_loaded(self, known: dict[str, Checkpoint]) -> bool:
        wanted = selected(self.store, self.context.platform(self.store.platform).readables)
        read = {name for name, one in known.items() if one.watermark is not None or one.denied_scope}
        return self.store.first_synced_at is not None or read.issuperset(wanted)


def _verdict(
    store: Store, outcome: Outcome, failure: Failure | None, *, now: datetime, timing: Timing
) -> tuple[str, Health]:
    if failure is not None:
        return "failed", health.after_failure(store, failure, now, timing)
    if not outcome.finished:
        return "running", health.after_slice(store, now, is_read=_is_read(outcome))
    return "succeeded", health.after_success(store, now, timing)


def _is_read(outcome: Outcome) -> bool:
    return any(counters.pages for counters in outcome.counters.values())


def _kind(kinds: set[str], request: SyncRequest) -> str:
    if request.compare is not None or not request.reads:
        return "reconcile"
    if "full" in kinds:
        return "full"
    return "lookback" if kinds - {"incremental"} else "incremental"
