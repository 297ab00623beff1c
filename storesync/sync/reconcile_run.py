"""Compares the ids of the due resources of one store, one after the other, at the end of a slice."""

from collections.abc import Mapping
from dataclasses import field

from storesync.data import dataclass
from storesync.errors import EndsRun, OutOfTime, PlatformError, RateLimited, ScopeMissing
from storesync.model import Checkpoint, Store
from storesync.platforms.base import ResourceSpec, Session
from storesync.rules import passes
from storesync.rules.plan import comparison_is_due
from storesync.rules.schedule import Timing
from storesync.sync import reconcile
from storesync.sync.engine import Engine, Outcome, ResourceCounters
from storesync.sync.job import SyncRequest


@dataclass(slots=True)
class Comparing:
    """Compares the resources of one store with the engine that read it.

    *done* holds the finished comparisons by resource. *has_begun* is True if one made progress before an error.
    """

    engine: Engine
    session: Session
    store: Store
    readables: Mapping[str, ResourceSpec]
    request: SyncRequest
    timing: Timing
    done: dict[str, reconcile.Comparison] = field(default_factory=dict)
    has_begun: bool = False

    def run(self, checkpoints: Mapping[str, Checkpoint], outcome: Outcome) -> None:
        """Compare what is due until all is done, time is up, or an error ends the run; *outcome* records which."""
        for checkpoint in filter(self._is_due, checkpoints.values()):
            if not self._compare(checkpoint, outcome):
                return

    def _is_due(self, checkpoint: Checkpoint) -> bool:
        if self.request.compare is None:
            return comparison_is_due(checkpoint, self.engine.clock.now(), self.timing)
        chosen = not self.request.resources or checkpoint.resource in self.request.resources
        return chosen and checkpoint.watermark is not None

    def _compare(self, checkpoint: Checkpoint, outcome: Outcome) -> bool:
        """Compare one resource; return whether to continue with the next."""
        resource = checkpoint.resource
        spec = self.readables.get(resource)
        since = self.store.since if spec and spec.is_filtered else None
        comparer = reconcile.Comparer(
            self.engine, self.session, outcome.counters.setdefault(resource, ResourceCounters()), since
        )
        try:
            found = comparer.run(checkpoint, self.request.compare or reconcile.ReconcileRequest())
        except OutOfTime:
            # The comparison goes on in the next slice; what this slice read is complete.
            outcome.checkpoints[resource] = comparer.checkpoint
            outcome.finished = self.request.reads
            return False
        except PlatformError as error:
            self.has_begun = comparer.checkpoint != checkpoint or comparer.counters.pages > 0
            return self._goes_on_after(error, comparer.checkpoint, outcome)
        outcome.checkpoints[resource] = found.checkpoint
        self.done[resource] = found
        return True

    def _goes_on_after(self, error: PlatformError, reached: Checkpoint, outcome: Outcome) -> bool:
        if self.has_begun and is_slowed(error, self.request):
            outcome.checkpoints[reached.resource], outcome.error = reached, error
            return False
        now = self.engine.clock.now()
        outcome.checkpoints[reached.resource] = passes.after_comparison_error(reached, error, now)
        if isinstance(error, EndsRun):
            outcome.error = error
            return False
        if not isinstance(error, ScopeMissing):
            outcome.error = outcome.error or error
        return True


def is_slowed(error: PlatformError | None, request: SyncRequest) -> bool:
    """True if the platform limits the rate until a known time, and cron asked: it can wait."""
    return isinstance(error, RateLimited) and error.retry_at is not None and request.trigger == "cron"
