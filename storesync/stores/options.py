"""Changes the operator's options of a store: labels, time zone, tier, resources, pause."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from storesync.data import dataclass
from storesync.errors import UsageError
from storesync.model import OPERATOR, SHOP, Store
from storesync.rules.moves import DATED
from storesync.rules.schedule import Timing, minute_of, next_run_at_tier, tier_of
from storesync.rules.selection import daily_requests, selection
from storesync.runtime.instants import zone_of
from storesync.storage import leases, stores
from storesync.sync import derivation
from storesync.sync.context import SyncContext, held
from storesync.sync.freshness import forecast
from storesync.sync.on_demand import must_be_connected
from storesync.sync.progress import Progress
from storesync.sync.rebuild import rebuild
from storesync.tables import DEFAULT

_UNITS = (("h", timedelta(hours=1)), ("min", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


@dataclass(frozen=True, slots=True)
class Choice:
    """What to change. *tier* ``auto`` lets the store's activity decide; an empty label removes it, None keeps it.

    *read* are resources to sync too, *skip* resources to leave out from now on.
    """

    tier: Literal["high", "medium", "low", "auto"] | None = None
    touch: bool = False
    pause: bool = False
    resume: bool = False
    alias: str | None = None
    owner: str | None = None
    read: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


def choose(context: SyncContext, store: Store, choice: Choice) -> Store:
    """Save the operator's choice and return the changed store.

    Raises `UsageError` for a disconnected store, an alias in use, or if no resource is left to sync.
    """
    must_be_connected(store)
    with context.database.transaction():
        current = stores.load_store(context.database, store.id)
        must_be_offered(context, store.platform, choice.read)
        resources = _resources(current, choice, offered=context.platform(store.platform).readables)
        chosen = _chosen(replace(current, resources=resources), choice, context.clock.now(), context.timing)
        stores.save_choice(context.database, chosen)
        forecast(context, store.id)
        return stores.load_store(context.database, store.id)


def _chosen(store: Store, choice: Choice, now: datetime, timing: Timing) -> Store:
    minute = minute_of(now)
    if choice.alias is not None:
        store = replace(store, alias=choice.alias or None)
    if choice.owner is not None:
        store = replace(store, owner=choice.owner or None)
    if choice.touch:
        store = replace(store, touched_at=now)
    if choice.tier:
        store = replace(store, tier_pinned=choice.tier != "auto")
    if choice.tier and choice.tier != "auto":
        store = replace(store, tier=choice.tier)
    store = replace(store, tier=tier_of(store, now))
    store = replace(store, next_sync_at=next_run_at_tier(store, minute, timing))
    if choice.read and store.connection == "connected":
        store = replace(store, next_sync_at=minute)
    if choice.pause:
        return replace(store, connection="paused", connection_reason=None)
    if choice.resume and store.connection == "paused":
        # The next sync will find out whether access still works.
        return replace(store, connection="connected", refusals=0, next_sync_at=minute)
    return store


def _resources(store: Store, choice: Choice, *, offered: Collection[str]) -> tuple[str, ...]:
    """Return the resources to sync from now on, as `selection` does; of those *offered* at least one is left."""
    known = {*(store.resources or DEFAULT), *choice.read}.difference(choice.skip)
    if not known.intersection(offered):
        raise UsageError(f"nothing of {store.key} is left to read", hint=f"storesync set {store.key} --pause")
    return selection(known)


def must_be_offered(context: SyncContext, platform: str, resources: Collection[str]) -> None:
    """Raise `UsageError` for a resource that *platform* does not offer."""
    offered = context.platform(platform)
    if unknown := [name for name in resources if name not in offered.readables]:
        raise UsageError(
            f"{offered.title} offers no {' and no '.join(unknown)}", hint=f"choose from {', '.join(offered.readables)}"
        )


def must_be_zone(zone: str) -> None:
    """Raise `UsageError` if *zone* is neither an IANA time zone nor ``shop``."""
    if zone != SHOP and zone_of(zone) is None:
        raise UsageError(f"there is no time zone {zone!r}", hint="name one such as America/Sao_Paulo, or shop")


def move(context: SyncContext, store: Store, zone: str, progress: Progress) -> tuple[Store, int]:
    """Change the time zone of *store* and rebuild its days; return it and how many records got another day.

    With the zone ``shop`` the store follows its shop's own, now and when it changes. After an interruption it resumes
    when called again. Raises `UsageError` for an unknown zone, `StoreBusy` if another process works on the store.
    """
    must_be_zone(zone)
    by = SHOP if zone == SHOP else OPERATOR
    zone = _own_zone(store) if zone == SHOP else zone
    if (store.shop.time_zone, store.time_zone_by) != (zone, by):
        # A sync under way would still use the old zone.
        with held(context, store, "set") as lease, context.database.transaction():
            leases.renew(context.database, lease, context.clock)
            if store.shop.time_zone != zone:
                derivation.begin(context, store, DATED)
            stores.save_time_zone(context.database, store.id, zone, by=by)
    moved = stores.load_store(context.database, store.id)
    [done] = rebuild(context, [moved], DATED, progress)
    derivation.end(context, moved, DATED)
    return moved, sum(place.rows_written for place in done.places.values())


def _own_zone(store: Store) -> str:
    zone = store.shop_time_zone
    if zone_of(zone) is None:
        known = f"is {zone}, which this machine does not know" if zone else "is not known"
        raise UsageError(
            f"the time zone of {store.key} itself {known}",
            hint=f"name one: storesync set {store.key} --time-zone America/Sao_Paulo",
        )
    return zone or ""


def daily_cost(context: SyncContext, before: Store, after: Store) -> str:
    """Describe in words how many requests a store takes, and how many it took before a choice."""
    reads = context.reads(after.platform)
    was, now = (daily_requests(store, reads, context.timing) for store in (before, after))
    return f"at least {now:,} requests a day in the {after.tier} tier ({was:,} before)"


def described(store: Store, timing: Timing) -> str:
    """Describe in words a store's schedule, chosen resources and labels."""
    labels = [f"{name} {label}" for name, label in (("alias", store.alias), ("owner", store.owner)) if label]
    only = [f"only {', '.join(store.resources)}"] if store.resources else []
    return "; ".join([_read(store, timing), *only, *labels])


def _read(store: Store, timing: Timing) -> str:
    if store.connection == "paused":
        return f"paused; read again with: storesync set {store.key} --resume"
    pinned = "pinned" if store.tier_pinned else "by its activity"
    turn = f", next at {store.next_sync_at:%Y-%m-%d %H:%M} UTC" if store.next_sync_at else ""
    return f"{store.tier} tier, {pinned}, every {_span(timing.tiers[store.tier])}{turn}"


def _span(span: timedelta) -> str:
    word, unit = next(((word, unit) for word, unit in _UNITS if span >= unit), _UNITS[-1])
    return f"{span / unit:g} {word}"
