"""Which resources are read of a store, and how many requests that takes. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import timedelta

from storesync.data import dataclass
from storesync.model import Cadence, Store
from storesync.rules.schedule import MINUTE, Timing
from storesync.tables import DEFAULT, RESOURCES

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reads:
    """What a platform offers of a store, by resource.

    *cadences*: how often it is read; *scopes*: any one of them gives access to it; *widest*: the scope
    without which only its latest records are shown, where there is one. Those *together* are asked for by one request;
    *requests* is how many any other takes where that is not one.
    """

    cadences: Mapping[str, Cadence]
    scopes: Mapping[str, tuple[str, ...]]
    widest: Mapping[str, str]
    together: Collection[str] = ()
    requests: Mapping[str, int] = field(default_factory=dict)

    def needed(self, store: Store) -> Mapping[str, tuple[str, ...]]:
        """Return the scopes that *store* needs, by resource."""
        return {name: scopes for name, scopes in self.scopes.items() if is_selected(store, name)}


def is_selected(store: Store, resource: str) -> bool:
    """Return whether *resource* is read of *store*: it was chosen or, where nothing was, it is one of the default."""
    return resource in (store.resources or DEFAULT)


def selected(store: Store, offered: Iterable[str]) -> tuple[str, ...]:
    """Return the resources that are read of *store*, of those that its platform has *offered*."""
    return tuple(resource for resource in offered if is_selected(store, resource))


def selection(wanted: Collection[str]) -> tuple[str, ...]:
    """Return the resources *wanted* as `Store.resources` holds them: in order, and empty for the default ones."""
    return () if set(wanted) == set(DEFAULT) else tuple(name for name in RESOURCES if name in wanted)


def daily_requests(store: Store, reads: Reads, timing: Timing) -> int:
    """Return how many requests a day *store* takes in its tier when nothing changes: the least.

    What comes together takes one request for all of it.
    """
    interval = timing.tiers[store.tier]
    often = {
        name: DAY / max(interval, timing.least_interval(cadence), MINUTE)
        for name, cadence in reads.cadences.items()
        if is_selected(store, name)
    }
    shared = max((times for name, times in often.items() if name in reads.together), default=0)
    others = (times * reads.requests.get(name, 1) for name, times in often.items() if name not in reads.together)
    return round(shared + sum(others))
