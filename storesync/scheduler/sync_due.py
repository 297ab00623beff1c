"""One call of `sync-due`: runs the tick, reports what changed, sends notices, pings."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from storesync.data import dataclass
from storesync.errors import AppBlocked, StoresyncError, WrongClock
from storesync.rules.schedule import Due, Load, load
from storesync.rules.selection import selected
from storesync.runtime.instants import is_within
from storesync.runtime.notices import Notices
from storesync.runtime.text import clean
from storesync.runtime.world import OutsideWorld
from storesync.scheduler.alerts import watch
from storesync.scheduler.local_faults import Machine
from storesync.scheduler.tick import Tick, run_tick
from storesync.storage import timestamps
from storesync.storage.checkpoints import load_checkpoints
from storesync.storage.incidents import mark_noticed
from storesync.storage.stores import load_stores
from storesync.sync.context import SyncContext

PER_PAGE = 200
SENT_IN_VAIN = "sent_in_vain_at"
SEND_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Voice:
    """Where a tick reports to: *tell* prints a line, *notices* are sent."""

    tell: Callable[[str], None]
    notices: Notices


def tick_and_tell(context: SyncContext, outside: OutsideWorld, machine: Machine, voice: Voice) -> Tick:
    """Run a tick and return what it did; report changes, and once a day what is still wrong."""
    tick = run_tick(context, outside.executor)
    _tell_of_stores(context, tick, voice)
    _tell_of_machine(context, tick, machine, voice)
    if tick.exit_code == 0:
        voice.notices.ping()
    return tick


def _tell_of_stores(context: SyncContext, tick: Tick, voice: Voice) -> None:
    """Report what changed. If the database cannot be written, that counts as a fault of this machine."""
    try:
        news = watch(context, tick, remedy=voice.notices.remedy)
    except StoresyncError as fault:
        tick.blame(fault)
        return
    lines = list(news.lines)
    for result in tick.results:
        lines += [event.message for event in result.events if event.kind == "first_synced"]
    for line in lines:
        voice.tell(f"storesync: {clean(line)}")
    if news.notices:
        _send(context, news.notices, voice.notices)


def _send(context: SyncContext, texts: Mapping[str, str], notices: Notices) -> None:
    """Send all notices as one. If no service accepts it, the first tick after `SEND_AGAIN` tries again."""
    now = context.clock.now()
    if is_within(timestamps.load_mark(context.database, SENT_IN_VAIN), now, SEND_AGAIN):
        return
    if notices.send(f"storesync: {', '.join(texts)}", "\n".join(texts.values())):
        mark_noticed(context.database, texts, now)
    else:
        timestamps.save_mark(context.database, SENT_IN_VAIN, now)


def _tell_of_machine(context: SyncContext, tick: Tick, machine: Machine, voice: Voice) -> None:
    """Report each fault of this machine when it begins, once a day while it lasts, and when it is over."""
    now = context.clock.now()
    # The work that met the fault is retried after the first backoff or by the next housekeeping.
    patience = 2 * max(context.timing.backoff[0], context.timing.health)
    unproven = () if tick.is_clock_right else (WrongClock.code,)
    # What an app is refused for was told with the troubles of stores.
    faults = [fault for fault in tick.faults if not isinstance(fault, AppBlocked)]
    messages = [text for fault in faults if (text := machine.begun(fault, now))]
    messages += machine.ended(now, patience=patience, unproven=unproven)
    for text in messages:
        voice.tell(f"storesync: {clean(text)}")
    if messages:
        voice.notices.send("storesync: this machine", "\n".join(messages))


def estimated_requests(context: SyncContext, due: Sequence[Due]) -> dict[str, int]:
    """Return the expected number of requests of each due store, by store key."""
    return {one.store.key: _requests(context, one) for one in due}


def _requests(context: SyncContext, one: Due) -> int:
    known = load_checkpoints(context.database, one.store.id)
    cadences = context.reads(one.store.platform).cadences
    wanted = selected(one.store, cadences)
    if one.store.first_synced_at is None:
        expected = [known[name].expected or 0 for name in wanted if name in known]
        return len(wanted) + sum(expected) // PER_PAGE
    if one.reason == "reconcile":
        counted = [checkpoint.source_count or 0 for checkpoint in known.values()]
        return len(counted) + sum(counted) // PER_PAGE
    return 1 if one.store.platform == "shopify" else sum(cadences[name] == "due" for name in wanted)


def load_now(context: SyncContext) -> Load:
    """Return the current load, in stores per minute: how many need serving and how many can be served."""
    return load(load_stores(context.database), context.timing)
