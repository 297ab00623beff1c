"""What we can honestly say of a resource. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storesync.model import Cadence, Checkpoint, Store
from storesync.schedule import MINUTE, Timing

COMPARED_FOR = timedelta(days=8)
"""A comparison of ids speaks for the data this long."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many rows of a resource we hold; *lapsed* ones are live, but no longer listed upstream."""

    live: int = 0
    deleted: int = 0
    quarantined: int = 0
    held: int = 0
    lapsed: int = 0

    @property
    def listed(self) -> int:
        """How many of our rows the platform should list."""
        return self.live - self.lapsed


@dataclass(frozen=True, slots=True)
class Verdict:
    """One word, and why; the reason ends in what to do where something is to be done."""

    word: str
    reason: str | None = None


def verdict_of(
    store: Store, checkpoint: Checkpoint, holdings: Holdings, *, cadence: Cadence, now: datetime, timing: Timing
) -> Verdict:
    """Return the first verdict that applies, in the order of severity."""
    return (
        _unreadable(store, checkpoint)
        or _stale(store, checkpoint, cadence=cadence, now=now, timing=timing)
        or _difference(store, checkpoint, holdings)
        or _limited(store, checkpoint)
        or _proof(store, checkpoint, now)
    )


def _unreadable(store: Store, checkpoint: Checkpoint) -> Verdict | None:
    if checkpoint.denied_scope:
        again = f"storesync connect {store.platform} {store.shop.key}"
        return Verdict("denied", f"the token lacks {checkpoint.denied_scope}; grant it, then {again}")
    if checkpoint.watermark is not None:
        return None
    if checkpoint.error:
        read = f"{checkpoint.records:,} of {checkpoint.expected:,} read; " if checkpoint.expected else ""
        is_stores = store.hint and checkpoint.error_code == store.last_error_code
        return Verdict("syncing", f"{read}{checkpoint.error}; {store.hint if is_stores else 'it goes on by itself'}")
    return Verdict("syncing", "the first load is not complete yet")


def _stale(store: Store, checkpoint: Checkpoint, *, cadence: Cadence, now: datetime, timing: Timing) -> Verdict | None:
    allowed = 2 * max(timing.tiers[store.tier], MINUTE, timing.rest_of(cadence))
    if checkpoint.last_pass_at is None or abs(now - checkpoint.last_pass_at) <= allowed:
        return None
    why = f": {checkpoint.error}" if checkpoint.error else ""
    return Verdict("stale", f"last complete pass {checkpoint.last_pass_at:%Y-%m-%d %H:%M} UTC{why}; {_look(store)}")


def _difference(store: Store, checkpoint: Checkpoint, holdings: Holdings) -> Verdict | None:
    counted = checkpoint.source_count if checkpoint.limited_since is None else None
    short = max(0, counted - holdings.listed) if counted is not None else 0
    if holdings.quarantined:
        return Verdict(
            "short",
            f"{holdings.quarantined} records could not be read; storesync reconcile {store.key} tries again",
        )
    if short:
        return Verdict(
            "short",
            f"the platform has {short} more than we do; look for them by id: {_reconcile(store)}",
        )
    if holdings.held:
        return Verdict(
            "surplus",
            f"{holdings.held} deletions are held; look, then storesync reconcile {store.key} --confirm",
        )
    if counted is not None and holdings.listed > counted:
        surplus = holdings.listed - counted
        return Verdict("surplus", f"we hold {surplus} more than the platform counts; {_reconcile(store)}")
    return None


def _limited(store: Store, checkpoint: Checkpoint) -> Verdict | None:
    if checkpoint.limited_since is None:
        return None
    by_wish = store.since is not None and checkpoint.limited_since <= store.since
    why = "are read, as connect --since asked" if by_wish else "are shown to us"
    return Verdict("limited", f"only records since {checkpoint.limited_since:%Y-%m-%d} {why}")


def _proof(store: Store, checkpoint: Checkpoint, now: datetime) -> Verdict:
    compared = checkpoint.compared_at
    if compared is None:
        return Verdict("unverified", "the ids have not been compared yet; that follows the first load")
    if now - compared > COMPARED_FOR:
        return Verdict("unverified", f"the ids have not been compared lately; {_reconcile(store)}")
    if checkpoint.differences is None:
        return Verdict("unverified", f"the ids could not be compared when last tried; {_reconcile(store)}")
    if checkpoint.differences:
        differed = abs(checkpoint.differences)
        return Verdict("unverified", f"{differed} ids still differed when compared; {_reconcile(store)}")
    if checkpoint.source_count is None:
        return Verdict("unverified", "the platform offers no count")
    return Verdict("verified", _withheld(store, checkpoint))


def _withheld(store: Store, checkpoint: Checkpoint) -> str | None:
    """Return what is missing in records that are all here."""
    if not checkpoint.withheld:
        return None
    return f"{checkpoint.withheld} fields came empty: {store.platform} has not approved the app for them"


def _look(store: Store) -> str:
    return f"storesync status {store.key}"


def _reconcile(store: Store) -> str:
    return f"storesync reconcile {store.key}"
