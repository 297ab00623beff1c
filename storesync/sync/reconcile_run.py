"""The comparisons of one slice: whose ids are to be compared, one resource after the other, and how each ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storesync.errors import EndsRun, OutOfTime, PlatformError, RateLimited, ScopeMissing
from storesync.model import Checkpoint, Store
from storesync.platforms.base import Readable, Session
from storesync.rules import passes
from storesync.rules.plan import comparison_is_due
from storesync.rules.schedule import Timing
from storesync.sync import reconcile
from storesync.sync.engine import Engine, Outcome, Tally
from storesync.sync.job import Wish


@dataclass(slots=True)
class Comparing:
    """Compares the resources of one store, with the engine that read it.

    *done* is what became of each that was compared to its end; *has_begun*: one got on, though an error stopped it.
    """

    engine: Engine
    session: Session
    store: Store
    readables: Mapping[str, Readable]
    wish: Wish
    timing: Timing
    done: dict[str, reconcile.Comparison] = field(default_factory=dict)
    has_begun: bool = False

    def run(self, checkpoints: Mapping[str, Checkpoint], outcome: Outcome) -> None:
        """Compare what is due, until all is done, time is up, or an error ends the run; *outcome* tells which."""
        for checkpoint in filter(self._is_due, checkpoints.values()):
            if not self._compare(checkpoint, outcome):
                return

    def _is_due(self, checkpoint: Checkpoint) -> bool:
        if self.wish.compare is None:
            return comparison_is_due(checkpoint, self.engine.clock.now(), self.timing)
        chosen = not self.wish.resources or checkpoint.resource in self.wish.resources
        return chosen and checkpoint.watermark is not None

    def _compare(self, checkpoint: Checkpoint, outcome: Outcome) -> bool:
        """Compare one resource; return whether to go on with the next."""
        resource = checkpoint.resource
        readable = self.readables.get(resource)
        since = self.store.since if readable and readable.is_filtered else None
        comparer = reconcile.Comparer(self.engine, self.session, outcome.tallies.setdefault(resource, Tally()), since)
        try:
            found = comparer.run(checkpoint, self.wish.compare or reconcile.Wish())
        except OutOfTime:
            # Comparing goes on in the next slice; what was read beside it is done.
            outcome.checkpoints[resource] = comparer.checkpoint
            outcome.finished = self.wish.reads
            return False
        except PlatformError as error:
            self.has_begun = comparer.checkpoint != checkpoint or comparer.tally.pages > 0
            return self._goes_on_after(error, comparer.checkpoint, outcome)
        outcome.checkpoints[resource] = found.checkpoint
        self.done[resource] = found
        return True

    def _goes_on_after(self, error: PlatformError, reached: Checkpoint, outcome: Outcome) -> bool:
        if self.has_begun and is_slowed(error, self.wish):
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


def is_slowed(error: PlatformError | None, wish: Wish) -> bool:
    """True where the platform names a time to come back, and cron can wait for it."""
    return isinstance(error, RateLimited) and error.retry_at is not None and wish.trigger == "cron"
