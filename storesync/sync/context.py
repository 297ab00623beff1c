"""What working on stores takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from storesync.errors import StoreBusy
from storesync.model import App, Lease, Store
from storesync.platforms.base import Platform
from storesync.rules.schedule import Timing
from storesync.rules.verdict import Reads
from storesync.runtime.clock import Clock
from storesync.runtime.vault import Vault
from storesync.storage import leases
from storesync.storage.database import Database
from storesync.storage.leases import Worker


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What working on stores takes; built once in `storesync.app.outside`."""

    database: Database
    clock: Clock
    timing: Timing
    worker: Worker
    platform: Callable[[str], Platform]
    app: Callable[[str], App | None]
    vault: Callable[[], Vault]
    max_delete: float
    must_have_room: Callable[[], None]
    free_bytes: Callable[[], int]
    is_online: Callable[[], bool]

    def reads(self, platform: str) -> Reads:
        """Return what *platform* offers of a store."""
        offered = self.platform(platform).readables
        return Reads(
            cadences={name: spec.cadence for name, spec in offered.items()},
            scopes={name: spec.scopes for name, spec in offered.items()},
            widest={name: spec.widest for name, spec in offered.items() if spec.widest},
        )

    def again(self) -> "SyncContext":
        """Return the same with a database connection of its own, for another thread."""
        return replace(self, database=self.database.again())


@contextmanager
def held(context: SyncContext, store: Store, trigger: str) -> Iterator[Lease]:
    """Hold the lease of *store* for work that is no run; `StoreBusy` where somebody works on it."""
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger=trigger) as lease:
        if lease is None:
            holder = leases.holders(context.database, context.worker, context.clock).get(store.id)
            who = f"{holder.trigger} since {holder.since:%H:%M:%S} UTC" if holder else "somebody else"
            raise StoreBusy(
                f"{store.key} is being worked on: {who.replace('cron', 'sync-due')}",
                hint=f"wait for it: storesync sync {store.key} --wait 5m; then run this again",
            )
        yield lease
