"""Explain a store: why its data are fresh or not, what happens next and when, and what to type. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.errors import RateLimited
from storesync.model import DUPLICATE, PURGING, Holder, Store
from storesync.rules.health import is_hindered, unfinished
from storesync.rules.moves import differs, kept
from storesync.rules.outages import Outage
from storesync.rules.schedule import HOUR, MINUTE, Load, Timing
from storesync.rules.sizes import in_words
from storesync.rules.snapshot import Told
from storesync.rules.verdict import Verdict
from storesync.runtime.text import rate

LATE = 2 * MINUTE
"""A store that has been due for longer than this is waiting for other stores."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The circumstances of a store at *now*, beside the store itself.

    *is_running*: cron starts `sync-due`. *program* is how cron calls storesync. *is_hindered*: a fault of this
    machine keeps `sync-due` from the stores. *holder* is the process that works on the store. *outage* is that of
    its platform. *verdicts* are by resource; *loaded* is, by resource, how many records of how many an unfinished
    first load has brought. *is_erasing*: an erasure was begun and has not ended. *needs_person_by* is when the
    connection ends unless a person renews it. *changes* are those of the shop within a week.
    *to_come_bytes* is about what unfinished loads will still bring, *free_bytes* what may be written before the disk
    counts as full.
    """

    now: datetime
    timing: Timing
    is_running: bool
    load: Load
    program: str = "storesync"
    is_hindered: bool = False
    holder: Holder | None = None
    outage: Outage | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    loaded: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    is_erasing: bool = False
    needs_person_by: datetime | None = None
    changes: Sequence[Told] = ()
    to_come_bytes: int = 0
    free_bytes: int | None = None

    @property
    def is_too_large(self) -> bool:
        """Whether what is still to be loaded does not fit on the disk."""
        return self.free_bytes is not None and self.to_come_bytes > self.free_bytes


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, and *at* what time; None means now, or not before somebody runs *command*."""

    action: str
    at: datetime | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts about a store, most important first, and what happens next."""

    facts: tuple[str, ...]
    next: Next


def explain(store: Store, scene: Scene) -> Explanation:
    """Return the facts about *store* in its *scene*, what happens next and when, and the command that helps, if any."""
    coming = next(found for rule in _RULES if (found := rule(store, scene)))
    if coming.command is None:
        begun = unfinished(store, is_erasing=scene.is_erasing)
        coming = Next(coming.action, coming.at, begun[1] if begun else _mend_data(store, scene))
    return Explanation(tuple(_facts(store, scene)), coming)


def _facts(store: Store, scene: Scene) -> Iterator[str]:
    if begun := unfinished(store, is_erasing=scene.is_erasing):
        yield begun[0]
    yield _freshness(store)
    yield from _connection(store, scene)
    yield from _tier(store, scene)
    yield from _shop(store, scene)
    yield from _loads(scene)
    yield from _data(scene)


def _freshness(store: Store) -> str:
    if store.first_synced_at is None:
        since = f" since {_at(store.connected_at)}" if store.connected_at else ""
        return f"its first load is not complete; it has been connected{since}"
    return f"last read without an error {_at(store.last_sync_at)}"


def _connection(store: Store, scene: Scene) -> Iterator[str]:
    if store.last_error and (store.consecutive_failures or store.excused):
        count = store.consecutive_failures + store.excused
        yield f"{count} {'attempt' if count == 1 else 'attempts in a row'} failed, the last one: {store.last_error}"
    if store.connection == "suspended" and store.hint:
        yield store.hint
    if store.connection_reason == DUPLICATE and store.last_error:
        yield store.last_error
    if is_hindered(store):
        yield f"it could not be tried: {store.last_error}"
        if store.hint and not _command(store.hint):
            yield store.hint
    if scene.outage is not None:
        since = _at(scene.outage.since)
        yield f"{store.platform} has been in trouble since {since} ({scene.outage.reason}); its stores are not blamed"
    if scene.needs_person_by is not None:
        yield f"its token can be renewed until {_at(scene.needs_person_by)}; sync-due does so by itself"
    if not scene.is_running:
        yield "cron does not start sync-due: no store is read by itself"
    if scene.load.is_heavy:
        needed, capacity = rate(scene.load.needed), rate(scene.load.capacity)
        yield f"a minute, {needed} stores want to be read, and {capacity} can be: stores come late"


def _tier(store: Store, scene: Scene) -> Iterator[str]:
    if store.connection in {"paused", "disconnected"}:
        return
    every = _span(scene.timing.tiers[store.tier])
    why = "pinned" if store.tier_pinned else f"last change in the shop {_at(store.last_activity_at)}"
    yield f"tier {store.tier}, read every {every} ({why})"


def _shop(store: Store, scene: Scene) -> Iterator[str]:
    """Yield what changed of the shop itself, and by which time zone its days are counted where that is not plain."""
    for change in scene.changes:
        yield f"{_at(change.at)}: {change.message.removeprefix(f'{store.key} ')}"
    if store.derive_due:
        yield f"{', '.join(store.derive_due)}: derived anew, since the shop changed; some rows are still as before"
    if differs(store):
        yield f"the shop itself is in {store.shop_time_zone}; {kept(store.key, store.shop.time_zone)}"


def _loads(scene: Scene) -> Iterator[str]:
    for resource, (done, total) in scene.loaded.items():
        yield f"{resource}: {done:,}{f' of {total:,}' if total else ''} records loaded"
    if scene.free_bytes is not None and scene.is_too_large:
        to_come, free = in_words(scene.to_come_bytes), in_words(scene.free_bytes)
        yield f"the load will not fit: about {to_come} are still to come, and {free} can be written"


def _data(scene: Scene) -> Iterator[str]:
    """Yield why the data are not known to be complete, the resources of one reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for resource, verdict in scene.verdicts.items():
        if verdict.word != "verified" and verdict.reason:
            reasons.setdefault((verdict.word, verdict.reason), []).append(resource)
    for (word, reason), resources in reasons.items():
        yield f"{', '.join(resources)}: {word}, {reason}"


def _given_up(store: Store, _scene: Scene) -> Next | None:
    if store.connection_reason == PURGING:
        return Next("nothing, until its purge is ended", command=f"storesync disconnect {store.key} --purge")
    if store.connection_reason == DUPLICATE:
        return Next("nothing: it is a copy", command=f"storesync disconnect {store.key} --purge")
    if store.connection == "paused":
        return Next("nothing, until it is resumed", command=f"storesync set {store.key} --resume")
    if store.connection == "disconnected":
        return Next("nothing: it is disconnected", command=store.connect_again)
    return None


def _being_read(_store: Store, scene: Scene) -> Next | None:
    if scene.holder is None:
        return None
    who = "sync-due" if scene.holder.trigger == "cron" else scene.holder.trigger
    what = f" ({scene.holder.resource})" if scene.holder.resource else ""
    return Next(f"{who} is reading it now, since {_at(scene.holder.since)}{what}")


def _hindered(store: Store, scene: Scene) -> Next | None:
    if not (is_hindered(store) or scene.is_hindered) or not scene.is_running:
        return None
    return Next("it is tried again by itself", store.next_sync_at, _command(store.hint) or "storesync doctor")


def _no_scheduler(_store: Store, scene: Scene) -> Next | None:
    if scene.is_running:
        return None
    return Next("nothing, until cron starts sync-due", command=f"{scene.program} cron install")


def _away(store: Store, _scene: Scene) -> Next | None:
    again = _command(store.hint) or store.connect_again
    if store.connection == "needs_reauth":
        return Next("it is asked whether it lets us in again", store.next_sync_at, again)
    if store.connection == "suspended":
        asked = "it is asked whether it lets us in again"
        return Next(asked if store.hint else f"{asked}; nobody need do anything", store.next_sync_at)
    return None


def _pending(store: Store, scene: Scene) -> Next | None:
    if store.sync_status != "pending" or store.connected_at is None:
        return None
    begins = store.connected_at + scene.timing.pending_grace
    return Next("its first load begins by itself", begins, f"storesync sync {store.key}")


def _in_backoff(store: Store, scene: Scene) -> Next | None:
    if not (store.consecutive_failures or store.excused):
        return None
    is_excused = scene.outage is not None or (store.excused and not store.consecutive_failures)
    if is_excused or store.last_error_code == RateLimited.code:
        return Next("it is tried again; nobody need do anything", store.next_sync_at)
    return Next("it is tried again", store.next_sync_at, _command(store.hint) or f"storesync sync {store.key}")


def _due(store: Store, scene: Scene) -> Next | None:
    turn = store.next_sync_at
    if turn is None or turn > scene.now:
        return None
    if scene.now - turn > LATE and scene.load.is_heavy:
        return Next("it waits for a place: allow more with a shorter STORESYNC_BATCH_PAUSE")
    what = "its load goes on" if store.first_synced_at is None else "it is read"
    return Next(f"{what} within the next minute")


def _waiting(store: Store, _scene: Scene) -> Next:
    what = "its load goes on" if store.first_synced_at is None else "it is read again"
    return Next(what, store.next_sync_at)


_RULES: tuple[Callable[[Store, Scene], Next | None], ...] = (
    _given_up,
    _being_read,
    _no_scheduler,
    _hindered,
    _away,
    _pending,
    _in_backoff,
    _due,
    _waiting,
)
"""The rules for what happens next; the first that returns something decides."""


def _mend_data(store: Store, scene: Scene) -> str | None:
    """Return the command that mends the data, None where none is needed."""
    words = {verdict.word for verdict in scene.verdicts.values()}
    if "surplus" in words:
        return f"storesync reconcile {store.key} --dry-run"
    if "short" in words:
        return f"storesync reconcile {store.key}"
    if "denied" in words:
        return store.connect_again
    return None


def _command(hint: str | None) -> str | None:
    """Return *hint* where it is a command, None where it is prose."""
    return hint if hint and hint.startswith("storesync ") else None


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"


def _span(span: timedelta) -> str:
    hours, rest = divmod(span, HOUR)
    return f"{span // MINUTE} min" if rest or not hours else f"{hours} h"
