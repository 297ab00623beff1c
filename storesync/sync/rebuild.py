"""Rebuilds the columns from the stored payloads of the platforms, without requests.

It takes no lease, so that cron goes on beside it. The transaction that writes a record checks that its
payload is still the one that was read; a newer payload was already derived by the process that wrote it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence

from storesync import __version__
from storesync.data import dataclass
from storesync.model import Row, Store
from storesync.platforms.base import Platform
from storesync.platforms.records import rows_again
from storesync.platforms.values import Unreadable
from storesync.storage import rebuilds, stores, timestamps
from storesync.storage.documents import mend_index
from storesync.storage.rebuilds import Derived, Place, Sent
from storesync.sync.context import SyncContext
from storesync.sync.progress import Progress
from storesync.tables import DEFAULT, RESOURCES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result for one store, by resource."""

    store: Store
    seconds: float
    places: Mapping[str, Place]

    @property
    def unreadable(self) -> list[str]:
        """The resources with records whose payload cannot be parsed any more."""
        return [resource for resource, place in self.places.items() if place.unreadable]

    @property
    def hint(self) -> str | None:
        """The command that fetches unreadable records again, None if there are none."""
        wanted = "".join(f" --resource {resource}" for resource in self.unreadable)
        return f"storesync sync {self.store.key} --full{wanted}" if wanted else None


def rebuild(
    context: SyncContext, chosen: Sequence[Store], resources: Sequence[str], progress: Progress
) -> Iterator[Rebuilt]:
    """Rebuild the *chosen* stores and yield the result of each; no *resources* means all of them.

    Of what is read on request only that is told which is there.

    After an interruption, the same call by the same version within a day resumes where it stopped.
    """
    names = resources or tuple(RESOURCES)
    with context.database.transaction():
        mend_index(context.database)
    total = sum(rebuilds.count_sent(context.database, store.id, name) for store in chosen for name in names)
    done = 0
    for store in chosen:
        began = context.clock.monotonic()
        found = {}
        for name in names:
            for place in places(context, store, name):
                found[name] = place
                progress.moves("records", "derived", done + place.records, total)
            done += found[name].records
        told = {name: place for name, place in found.items() if resources or name in DEFAULT or place != Place()}
        yield Rebuilt(store, round(context.clock.monotonic() - began, 3), told)
    ids = {store.id for store in chosen}
    with context.database.transaction():
        rebuilds.forget_places(context.database, ids, names)
    if set(names) == set(RESOURCES) and ids >= {store.id for store in stores.load_stores(context.database)}:
        timestamps.forget_mark(context.database, timestamps.WIDENED)


def places(context: SyncContext, store: Store, resource: str) -> Iterator[Place]:
    """Rebuild one resource; yield the position after each batch and at the end."""
    database, now = context.database, context.clock.now
    platform = context.platform(store.platform)
    place = rebuilds.load_place(database, store.id, resource, program=__version__, now=now())
    yield place
    while batch := rebuilds.load_batch(database, store.id, resource, after=place.after):
        current = stores.load_store(database, store.id)
        derived = [Derived(sent, _rows(platform, current, resource, sent)) for sent in batch]
        place = rebuilds.save_batch(database, current, resource, derived, place, program=__version__, now=now())
        yield place
    yield rebuilds.finish(database, store.id, resource, place, now=now())


def _rows(platform: Platform, store: Store, resource: str, sent: Sent) -> dict[str, list[Row]] | None:
    """Return the rows of a record by table, or None, logged, if its payload cannot be parsed any more."""
    try:
        return rows_again(resource, sent.bodies, lambda name, parts: platform.rows_of(name, parts, store.shop))
    except Unreadable as odd:
        log.warning("rebuild.unreadable store=%s resource=%s id=%s reason=%s", store.key, resource, sent.id, odd)
        return None
