"""The context that syncing needs: database, clock, schedule, platforms, vault, disk and network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storesync.data import dataclass
from storesync.errors import StoreBusy
from storesync.model import App, Lease, Store
from storesync.platforms.base import Platform
from storesync.rules.schedule import Timing
from storesync.rules.selection import Reads
from storesync.runtime.clock import Clock
from storesync.storage import leases
from storesync.storage.database import Database
from storesync.storage.leases import Worker

if TYPE_CHECKING:
    from storesync.runtime.vault import Vault


@dataclass(frozen=True, slots=True)
class SyncContext:
    """Everything that work on stores needs; built in `storesync.app.wiring`.

    *platform* and *app* look up by a platform's name. *max_delete* is the share of a resource's records that may be
    deleted at once. *must_have_room* raises `DiskFull`. *own_address* returns this machine's outward address, None
    where the operator named no URL that tells it.
    """

    database: Database
    clock: Clock
    timing: Timing
    worker: Worker
    platform: Callable[[str], Platform]
    app: Callable[[str], App | None]
    vault: "Callable[[], Vault]"
    max_delete: float
    must_have_room: Callable[[], None]
    free_bytes: Callable[[], int]
    is_online: Callable[[], bool]
    own_address: Callable[[], str | None]

    def reads(self, platform: str) -> Reads:
        """Return the resources that *platform* offers, with their cadences and scopes."""
        offered = self.platform(platform).readables
        return Reads(
            cadences={name: spec.cadence for name, spec in offered.items()},
            scopes={name: spec.scopes for name, spec in offered.items()},
            widest={name: spec.widest for name, spec in offered.items() if spec.widest},
            together=[name for name, spec in offered.items() if spec.comes_together],
            requests={name: spec.requests for name, spec in offered.items()},
        )


@contextmanager
def held(context: SyncContext, store: Store, trigger: str) -> Iterator[Lease]:
    """Hold the lease of *store* for work other than a sync; `StoreBusy` if another process holds it."""
    with leases.held(context.database, context.worker, store.id, clock=context.clock, trigger=trigger) as lease:
        if lease is None:
            holder = leases.holders(context.database, context.worker, context.clock).get(store.id)
            who = f"{holder.trigger} since {holder.since:%H:%M:%S} UTC" if holder else "somebody else"
            raise StoreBusy(
                f"{store.key} is being worked on: {who.replace('cron', 'sync-due')}",
                hint=f"wait for it: storesync sync {store.key} --wait 5m; then run this again",
            )
        yield lease
