"""Which passes to read of a store that is due, and when to compare its ids. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.model import Cadence, Checkpoint, Drift, Store
from storesync.rules.schedule import Timing, is_loading, minute_of
from storesync.runtime.instants import is_within

LOOKBACK_REACH = timedelta(hours=24)
"""A look-back reaches this far back before the last one, to find records that the platform shows late."""
DRIFT = timedelta(days=1)
"""How often records are read anew for changes that their update time does not show…"""
DRIFT_REACH = timedelta(days=7)
"""…those created within this time; once in `Timing.reconcile`, those created within `Timing.drift_reach`."""
DENIED_AGAIN = timedelta(hours=6)
LONGEST_RUN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a platform offers a resource; the fields are those of `storesync.platforms.base.ResourceSpec`."""

    resource: str
    cadence: Cadence = "due"
    drift: Drift = "none"
    is_dated: bool = True
    is_filtered: bool = True

    def since(self, store: Store) -> datetime | None:
        """Return since when the operator wants records of *store*, None where the platform cannot filter by time."""
        return store.since if self.is_filtered else None


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of a resource to do now, from the start or from *cursor*.

    *kind*: ``full`` and ``incremental`` go by the update time, ``lookback`` does so a day further back;
    ``sweep`` reads everything anew, ``drift`` and ``deep_drift`` what was created *since*.
    """

    resource: str
    kind: str
    since: datetime | None
    cursor: str | None

    @property
    def is_by_creation(self) -> bool:
        """Whether *since* is a bound on the time of creation, not of the last update."""
        return self.kind in DRIFTS


DRIFTS = frozenset({"drift", "deep_drift"})
ANEW = DRIFTS | {"sweep"}
UPDATES = frozenset({"incremental", "lookback"})
WHOLE = frozenset({"full", "sweep"})


def passes_due(
    readings: Sequence[Reading],
    checkpoints: Mapping[str, Checkpoint],
    *,
    store: Store,
    now: datetime,
    timing: Timing,
    begun_at: datetime | None = None,
    full: bool = False,
) -> list[Pass]:
    """Return the passes to do for a store that is due, in order; *full* asks for everything anew.

    An unfinished pass continues from its cursor. What the run that began at *begun_at* has read is
    not read again in that run, so that its slices come to an end.
    """
    due: list[Pass] = []
    for reading in readings:
        checkpoint = checkpoints.get(reading.resource, Checkpoint(reading.resource))
        if full or not _is_too_soon(checkpoint.denied_at, now, DENIED_AGAIN):
            rest = _rest(reading, checkpoint, store, begun_at=begun_at, now=now, timing=timing)
            due += _passes_of(reading, checkpoint, store=store, now=now, timing=timing, rest=rest, full=full)
    # What keeps the store fresh comes before what is read anew to be sure; what has waited longest comes first,
    # so that a slice that ends early does not leave the same resource out each time.
    return sorted(due, key=lambda one: (one.kind in ANEW, _read_at(checkpoints.get(one.resource))))


def _is_too_soon(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """Return whether less than *span* has passed since *at*, in whole minutes: a run *span* later is in time."""
    return is_within(at and minute_of(at), now, span)


def _read_at(checkpoint: Checkpoint | None) -> float:
    return checkpoint.last_pass_at.timestamp() if checkpoint and checkpoint.last_pass_at else 0.0


def passes_before_comparison(
    readings: Sequence[Reading], checkpoints: Mapping[str, Checkpoint], *, store: Store, now: datetime, timing: Timing
) -> list[Pass]:
    """Return the passes to do before ids are compared.

    An unfinished pass must be finished first. Of records that show no update time the ids alone say
    nothing about changes, so all of them are read.
    """
    due = passes_due(readings, checkpoints, store=store, now=now, timing=timing)
    unfinished = [one for one in due if one.kind == "full" or one.cursor]
    begun = {one.resource for one in unfinished}
    undated = [one for one in readings if not one.is_dated and one.resource not in begun]
    read = [one for one in undated if one.resource in checkpoints and checkpoints[one.resource].watermark]
    return unfinished + [Pass(one.resource, "sweep", one.since(store), None) for one in read]


def _rest(
    reading: Reading, checkpoint: Checkpoint, store: Store, *, begun_at: datetime | None, now: datetime, timing: Timing
) -> timedelta:
    """Return the shortest time after the last reading of the resource until the next one."""
    rest = timing.least_interval(reading.cadence)
    read_at = checkpoint.last_pass_at
    if begun_at is None or read_at is None or not begun_at < read_at <= now:
        # Read in an earlier run, or, as it seems, in the future: the clock has been set back since.
        return rest
    # A first load may take a day: what it has read is kept fresh meanwhile.
    return max(rest, timing.tiers[store.tier] if is_loading(store) else LONGEST_RUN)


def _passes_of(
    reading: Reading,
    checkpoint: Checkpoint,
    *,
    store: Store,
    now: datetime,
    timing: Timing,
    rest: timedelta,
    full: bool,
) -> list[Pass]:
    name = reading.resource
    if full and not (checkpoint.pass_kind == "full" and checkpoint.cursor):
        return [Pass(name, "full", reading.since(store), None)]
    anew = _passes_anew(reading, checkpoint, store=store, now=now, timing=timing)
    if checkpoint.pass_kind and checkpoint.cursor:
        begun = Pass(name, checkpoint.pass_kind, checkpoint.pass_since, checkpoint.cursor)
        # Otherwise a resource that is never read in one slice would never be read anew.
        return [begun, *(anew if begun.kind in UPDATES else [])]
    if checkpoint.watermark is None:
        return [Pass(name, "full", reading.since(store), None)]
    if [one.kind for one in anew] == ["sweep"] or _is_too_soon(checkpoint.last_pass_at, now, rest):
        return anew
    return [_update_pass(name, checkpoint, checkpoint.watermark, now=now, timing=timing), *anew]


def _passes_anew(
    reading: Reading, checkpoint: Checkpoint, *, store: Store, now: datetime, timing: Timing
) -> list[Pass]:
    """Return the passes for changes that no update time shows."""
    if reading.drift == "any" and not _is_too_soon(checkpoint.drifted_at, now, DRIFT):
        return [Pass(reading.resource, "sweep", reading.since(store), None)]
    if reading.drift == "recent":
        return _drift_passes(reading.resource, checkpoint, store=store, now=now, timing=timing)
    return []


def _update_pass(name: str, checkpoint: Checkpoint, watermark: datetime, *, now: datetime, timing: Timing) -> Pass:
    since = min(watermark, now) - timing.overlap
    if _is_too_soon(checkpoint.looked_back_at, now, timing.lookback):
        return Pass(name, "incremental", since, None)
    last = checkpoint.looked_back_at or watermark
    return Pass(name, "lookback", min(since, last - timing.overlap - LOOKBACK_REACH), None)


def _drift_passes(name: str, checkpoint: Checkpoint, *, store: Store, now: datetime, timing: Timing) -> list[Pass]:
    near = min(DRIFT_REACH, timing.drift_reach)
    for kind, last, every, reach in (
        ("deep_drift", checkpoint.deep_drifted_at, timing.reconcile, timing.drift_reach),
        ("drift", checkpoint.drifted_at, DRIFT, near),
    ):
        if not _is_too_soon(last, now, every):
            # The reach counts from when the pass was due: a late pass reads all that a timely one would have read.
            due = min(now, last + every) if last else now
            since = minute_of(due) - reach
            return [Pass(name, kind, max(since, store.since or since), None)]
    return []


def next_comparison(checkpoints: Iterable[Checkpoint], now: datetime, timing: Timing) -> datetime | None:
    """Return when the ids of a store are to be compared next, None where no resource has been read to its end."""
    turns = [_comparison_turn(one, now, timing) for one in checkpoints if one.watermark and not one.denied_scope]
    return min((turn for turn in turns if turn), default=None)


def _comparison_turn(checkpoint: Checkpoint, now: datetime, timing: Timing) -> datetime | None:
    if comparison_is_due(checkpoint, now, timing):
        return minute_of(now)
    return checkpoint.compared_at + timing.reconcile if checkpoint.compared_at else None


def comparison_is_due(checkpoint: Checkpoint, now: datetime, timing: Timing) -> bool:
    """Return whether the ids of a loaded resource are to be compared: once they are due, or last were too long ago."""
    if checkpoint.watermark is None or checkpoint.denied_scope:
        return False
    compared_at = checkpoint.compared_at
    return checkpoint.comparison_due or (compared_at is not None and not is_within(compared_at, now, timing.reconcile))
