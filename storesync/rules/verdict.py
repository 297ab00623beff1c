"""Verdicts: what can honestly be said about the data of a resource, and why. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from storesync.data import dataclass
from storesync.errors import FieldMissing, Incomplete, RateLimited
from storesync.model import DUPLICATE, PURGING, Cadence, Checkpoint, Store
from storesync.rules.schedule import MINUTE, Timing
from storesync.rules.selection import Reads, is_selected
from storesync.runtime.text import counted

COMPARED_FOR = timedelta(days=8)
"""A comparison of ids proves the data for this long."""

SECOND = timedelta(seconds=1)
"""Instants are kept to the second."""


NAMED = 3
"""How many fields a reason names."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many rows of a resource we hold; *lapsed* ones are live, but no longer listed by the platform.

    *torn* records have nested lists that lack *lacking* of what the platform counts in them.
    """

    live: int = 0
    deleted: int = 0
    quarantined: int = 0
    held: int = 0
    lapsed: int = 0
    torn: int = 0
    lacking: int = 0

    @property
    def listed(self) -> int:
        """How many of our rows the platform should list."""
        return self.live - self.lapsed


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict in one *word*, and its *reason*, which ends in what to do where something is to be done."""

    word: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a resource of a store: last read completely *as_of*, with all changes until *complete_until*."""

    store: str
    resource: str
    as_of: datetime | None
    complete_until: datetime | None
    verdict: str
    reason: str | None


def verdicts_of(
    store: Store,
    checkpoints: Mapping[str, Checkpoint],
    holdings: Mapping[tuple[int, str], Holdings],
    *,
    reads: Reads,
    now: datetime,
    timing: Timing,
) -> dict[str, Verdict]:
    """Return the verdict on each resource that is read of *store*; *holdings* are by store id and resource."""
    return {
        resource: verdict_of(
            store,
            checkpoints.get(resource, Checkpoint(resource)),
            holdings.get((store.id, resource), Holdings()),
            cadence=cadence,
            widest=reads.widest.get(resource),
            now=now,
            timing=timing,
        )
        for resource, cadence in reads.cadences.items()
        if is_selected(store, resource)
    }


def verdict_of(
    store: Store,
    checkpoint: Checkpoint,
    holdings: Holdings,
    *,
    cadence: Cadence,
    now: datetime,
    timing: Timing,
    widest: str | None = None,
) -> Verdict:
    """Return the first verdict that applies, the most severe first."""
    return (
        _unreadable(store, checkpoint)
        or _stale(store, checkpoint, cadence=cadence, now=now, timing=timing)
        or _difference(store, checkpoint, holdings)
        or _limited(store, checkpoint, widest)
        or _proof(store, checkpoint, now)
    )


def forecast_of(
    store: Store,
    checkpoint: Checkpoint,
    holdings: Holdings,
    *,
    cadence: Cadence,
    now: datetime,
    timing: Timing,
    widest: str | None = None,
) -> list[tuple[datetime, Verdict]]:
    """Return the forecast: the verdict of *now* and those that time alone will bring, each with its start."""
    lasting = ((checkpoint.last_pass_at, _fresh_for(store, cadence, timing)), (checkpoint.compared_at, COMPARED_FOR))
    # A time saved before the clock was set back may lie ahead; it counts again once it is near enough.
    turns = {turn for at, span in lasting if at for turn in (at - span, at + span + SECOND)}
    verdict = partial(verdict_of, store, checkpoint, holdings, cadence=cadence, timing=timing, widest=widest)
    return [(at, verdict(now=at)) for at in (now, *sorted(turn for turn in turns if turn > now))]


def left_out(store: Store, resource: str) -> Verdict | None:
    """Return the verdict on a resource that the operator left out, None for one that is read."""
    if is_selected(store, resource):
        return None
    return Verdict("limited", f"left out; read it too: storesync set {store.key} --read {resource}")


def _unreadable(store: Store, checkpoint: Checkpoint) -> Verdict | None:
    if checkpoint.denied_scope and checkpoint.error_code == FieldMissing.code:
        return Verdict("denied", checkpoint.error)
    if checkpoint.denied_scope:
        return Verdict("denied", f"the token lacks {checkpoint.denied_scope}; grant it, then: {store.connect_again}")
    if checkpoint.watermark is not None:
        return None
    so_far = "has not begun"
    if checkpoint.pass_kind and (checkpoint.records or checkpoint.expected):
        of = f" of {checkpoint.expected:,}" if checkpoint.expected else ""
        so_far = f"has brought {checkpoint.records:,}{of} records"
    remedy = _remedy(store, checkpoint) or f"; sync-due goes on with it, or at once: storesync sync {store.key}"
    return Verdict("syncing", f"the first load {so_far}{remedy}")


def _stale(store: Store, checkpoint: Checkpoint, *, cadence: Cadence, now: datetime, timing: Timing) -> Verdict | None:
    allowed = _fresh_for(store, cadence, timing)
    if checkpoint.last_pass_at is None or abs(now - checkpoint.last_pass_at) <= allowed:
        return None
    remedy = _remedy(store, checkpoint) or f"; read it now: storesync sync {store.key}"
    return Verdict("stale", f"last complete reading {checkpoint.last_pass_at:%Y-%m-%d %H:%M} UTC{remedy}")


def _fresh_for(store: Store, cadence: Cadence, timing: Timing) -> timedelta:
    return 2 * max(timing.tiers[store.tier], MINUTE, timing.least_interval(cadence))


def _remedy(store: Store, checkpoint: Checkpoint) -> str | None:
    """Return what keeps a resource from being read and what to do about it, None where nothing does."""
    if store.connection == "paused":
        return f"; the store is paused: storesync set {store.key} --resume"
    if store.connection_reason == PURGING:
        return f"; the store is being purged: storesync disconnect {store.key} --purge"
    if store.connection_reason == DUPLICATE:
        return f"; the store is a copy of another one: storesync disconnect {store.key} --purge"
    if store.connection == "disconnected":
        return f"; the store is disconnected: {store.connect_again}"
    error = checkpoint.error or store.last_error
    is_stores = not checkpoint.error or checkpoint.error_code == store.last_error_code
    hint = store.hint if is_stores else None
    is_excused = store.excused and not store.consecutive_failures
    if is_stores and (is_excused or store.last_error_code == RateLimited.code):
        # Its platform has an outage, or limits our requests.
        hint = "it is tried again by itself"
    return f": {error}; {hint or f'try again: storesync sync {store.key}'}" if error else None


def _difference(store: Store, checkpoint: Checkpoint, holdings: Holdings) -> Verdict | None:
    source_count = checkpoint.source_count if checkpoint.limited_since is None else None
    more = 0 if source_count is None else source_count - holdings.listed
    if holdings.quarantined:
        aside = counted(holdings.quarantined, "record")
        return Verdict("short", f"{aside} could not be read; try again: {_reconcile(store)}")
    if holdings.torn:
        inside = counted(holdings.torn, "record")
        lists = f"the lists inside {inside} lack {holdings.lacking:,} of what the platform counts"
        return Verdict("short", f"{lists}; read them again: {_reconcile(store)}")
    if more > 0:
        return Verdict("short", f"the platform has {more:,} more than we do; find them by id: {_reconcile(store)}")
    if holdings.held and holdings.held == holdings.listed:
        all_of_it = f"the platform shows none of our {counted(holdings.held, 'record')}, as in an outage"
        return Verdict("surplus", f"{all_of_it}; only if they are gone indeed: {_reconcile(store)} --confirm")
    if holdings.held:
        held = f"{counted(holdings.held, 'deletion')} {'is' if holdings.held == 1 else 'are'} held"
        return Verdict("surplus", f"{held}; look, then: {_reconcile(store)} --confirm")
    if more < 0:
        return Verdict("surplus", f"we hold {-more:,} more than the platform counts; find them: {_reconcile(store)}")
    return None


def _limited(store: Store, checkpoint: Checkpoint, widest: str | None) -> Verdict | None:
    if checkpoint.limited_since is None:
        return None
    missed = _left_out(store, checkpoint)
    also = f"; {missed}" if missed else ""
    since = f"only records since {checkpoint.limited_since:%Y-%m-%d}"
    if store.since is not None and checkpoint.limited_since <= store.since:
        return Verdict("limited", f"{since} are read, as connect --since asked{also}")
    remedy = f"; grant {widest} to the app, then: {store.connect_again}" if widest else ""
    return Verdict("limited", f"{since} are shown to us{remedy}{also}")


def _proof(store: Store, checkpoint: Checkpoint, now: datetime) -> Verdict:
    compared = checkpoint.compared_at
    if checkpoint.error_code == Incomplete.code:
        return Verdict("unverified", f"the last reading proves nothing{_remedy(store, checkpoint)}")
    if compared is None or abs(now - compared) > COMPARED_FOR or checkpoint.differences is None:
        return Verdict("unverified", _not_compared(store, checkpoint))
    if checkpoint.differences:
        differ = counted(abs(checkpoint.differences), "id")
        return Verdict("unverified", f"{differ} still differed when compared; again: {_reconcile(store)}")
    missed = _left_out(store, checkpoint)
    return Verdict("limited", missed) if missed else Verdict("verified", _withheld(store, checkpoint))


def _not_compared(store: Store, checkpoint: Checkpoint) -> str:
    if checkpoint.comparison_failures:
        return f"the ids could not be compared: {checkpoint.comparison_error}; try again: {_reconcile(store)}"
    if checkpoint.compared_at and checkpoint.doubted_at and checkpoint.doubted_at > checkpoint.compared_at:
        return f"a listing brought fewer changes than the platform counts; find them by id: {_reconcile(store)}"
    if checkpoint.compared_at is None:
        return f"the ids are still to be compared; sync-due does so, or at once: {_reconcile(store)}"
    return f"the ids were last compared on {checkpoint.compared_at:%Y-%m-%d}; do so now: {_reconcile(store)}"


def _left_out(store: Store, checkpoint: Checkpoint) -> str | None:
    """Return which fields the platform does not give us, and what brings them back; None where it gives all."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in checkpoint.left_out:
        if one.is_missed:
            remedy = f"{one.remedy}, then: {store.connect_again}" if one.is_denied else one.remedy
            alike.setdefault((one.why, remedy), []).append(one.field)
    return "; ".join(f"{why} {_some(fields)}; {remedy}" for (why, remedy), fields in alike.items()) or None


def _some(fields: Sequence[str]) -> str:
    """Return the first few *fields*, and how many more there are."""
    more = len(fields) - NAMED
    named = ", ".join(sorted(fields)[:NAMED])
    return f"{named} and {more} more" if more > 0 else named


def _withheld(store: Store, checkpoint: Checkpoint) -> str | None:
    """Return what is missing in records that are all here."""
    if not checkpoint.withheld:
        return None
    return f"{checkpoint.withheld} fields came empty: {store.platform} has not approved the app for them"


def _reconcile(store: Store) -> str:
    return f"storesync reconcile {store.key}"
