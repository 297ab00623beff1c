"""What the operator decides for a store: how often it is read, and whether at all."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from storesync.by_hand import must_be_connected
from storesync.model import Store
from storesync.outlook import look_ahead
from storesync.schedule import Timing, minute_of, tier_of, turn_at_tier
from storesync.storage import stores
from storesync.tools import Tools

_UNITS = (("h", timedelta(hours=1)), ("min", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


@dataclass(frozen=True, slots=True)
class Choice:
    """What to change. *tier* ``auto`` gives the tier back to the store's own activity."""

    tier: Literal["high", "medium", "low", "auto"] | None = None
    touch: bool = False
    pause: bool = False
    resume: bool = False


def choose(tools: Tools, store: Store, choice: Choice) -> Store:
    """Save the operator's choice and return the store as it stands then.

    Raises `UsageError` for a store that is disconnected.
    """
    must_be_connected(store)
    with tools.database.transaction():
        current = stores.load_store(tools.database, store.id)
        stores.save_choice(tools.database, _chosen(current, choice, tools.clock.now(), tools.timing))
        look_ahead(tools, store.id)
        return stores.load_store(tools.database, store.id)


def _chosen(store: Store, choice: Choice, now: datetime, timing: Timing) -> Store:
    minute = minute_of(now)
    if choice.touch:
        store = replace(store, touched_at=now)
    if choice.tier:
        store = replace(store, tier_pinned=choice.tier != "auto")
    if choice.tier and choice.tier != "auto":
        store = replace(store, tier=choice.tier)
    store = replace(store, tier=tier_of(store, now))
    store = replace(store, next_sync_at=turn_at_tier(store, minute, timing))
    if choice.pause:
        return replace(store, connection="paused", connection_reason=None)
    if choice.resume and store.connection == "paused":
        # Whether it still lets us in, the next sync will find out.
        return replace(store, connection="connected", refusals=0, next_sync_at=minute)
    return store


def told(store: Store, timing: Timing) -> str:
    """Return in words how a store is read from now on."""
    if store.connection == "paused":
        return f"paused; read again with: storesync set {store.key} --resume"
    pinned = "pinned" if store.tier_pinned else "by its activity"
    turn = f", next at {store.next_sync_at:%Y-%m-%d %H:%M} UTC" if store.next_sync_at else ""
    return f"{store.tier} tier, {pinned}, every {_span(timing.tiers[store.tier])}{turn}"


def _span(span: timedelta) -> str:
    word, unit = next(((word, unit) for word, unit in _UNITS if span >= unit), _UNITS[-1])
    return f"{span / unit:g} {word}"
