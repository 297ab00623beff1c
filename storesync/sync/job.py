"""The request for a slice of one store, and its result."""

from dataclasses import field
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.model import Holder, Store
from storesync.rules.health import Failure
from storesync.rules.verdict import Verdict
from storesync.storage import runs
from storesync.sync import reconcile
from storesync.sync.engine import Outcome
from storesync.sync.progress import Progress, Silent

Verdicts = dict[str, dict[str, Verdict]]
"""Verdicts by store key and resource."""

Tombstones = dict[tuple[str, str], list[str]]
"""The ids of deleted records by store key and resource."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What to do with a store: read what is due, compare the ids that are due, or both.

    *compare* compares the ids of all chosen resources, due or not. *deadline* is in seconds of the monotonic clock.
    """

    trigger: str
    reads: bool = True
    compares: bool = True
    full: bool = False
    resources: tuple[str, ...] = ()
    deadline: float = float("inf")
    progress: Progress = field(default_factory=Silent)
    compare: reconcile.ReconcileRequest | None = None


@dataclass(slots=True)
class SyncResult:
    """The result of a slice.

    *store* is the store after the slice, *before* the store before it. *result* is the word in the JSON; *bug* means
    an unexpected error. *ahead* is how far our clock is ahead of the platform's, if known. *holder* is the process
    that works on a busy store. *held* counts the held deletions by resource; only on-demand work fills it.
    """

    store: Store
    result: str
    failure: Failure | None = None
    before: Store | None = None
    reads: bool = True
    ahead: timedelta | None = None
    ended_at: datetime | None = None
    holder: Holder | None = None
    held: dict[str, int] = field(default_factory=dict)
    finished: bool = True
    bug: bool = False
    seconds: float = 0.0
    requests: int = 0
    outcome: Outcome = field(default_factory=Outcome)
    comparisons: dict[str, reconcile.Comparison] = field(default_factory=dict)
    events: list[runs.Event] = field(default_factory=list)
