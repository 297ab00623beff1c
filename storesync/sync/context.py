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
class Tools:
    """What working on stores takes; built once in `storesync.app.wiring`."""

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
            cadences={name: readable.cadence for name, readable in offered.items()},
            scopes={name: readable.scopes for name, readable in offered.items()},
            widest={name: readable.widest for name, readable in offered.items() if readable.widest},
        )

    def again(self) -> "Tools":
        """Return the same with a database connection of its own, for another thread."""
        return replace(self, database=self.database.again())


@contextmanager
def held(tools: Tools, store: Store, trigger: str) -> Iterator[Lease]:
    """Hold the lease of *store* for work that is no run; `StoreBusy` where somebody works on it."""
    with leases.held(tools.database, tools.worker, store.id, clock=tools.clock, trigger=trigger) as lease:
        if lease is None:
            holder = leases.holders(tools.database, tools.worker, tools.clock).get(store.id)
            who = f"{holder.trigger} since {holder.since:%H:%M:%S} UTC" if holder else "somebody else"
            raise StoreBusy(
                f"{store.key} is being worked on: {who.replace('cron', 'sync-due')}",
                hint=f"wait for it: storesync sync {store.key} --wait 5m; then run this again",
            )
        yield lease
