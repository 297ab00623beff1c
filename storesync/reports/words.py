"""The words of a status report that terminal, page and metrics share. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from storesync.rules.status import reads_nothing

Report = dict[str, Any]

STATES = {
    "needs_reauth": ("needs you", "bad"),
    "failed": ("failed", "bad"),
    "suspended": ("suspended", "warn"),
    "behind": ("behind", "warn"),
    "pending": ("pending", "busy"),
    "in_progress": ("loading", "busy"),
    "active": ("in sync", "good"),
    "paused": ("paused", "quiet"),
    "disconnected": ("off", "quiet"),
}
"""What a store's state is called, and its tone; what a person must look at comes first."""

VERDICTS = {
    "short": "bad",
    "stale": "bad",
    "surplus": "bad",
    "denied": "warn",
    "syncing": "busy",
    "unverified": "warn",
    "limited": "good",
    "verified": "good",
}
"""The verdicts, the worst first, and their tones."""

WORTH_TELLING = frozenset({"short", "stale", "surplus", "denied"})
"""The verdicts that somebody has to do something about."""


NAMED = 3
"""So many stores are named of which the same is to be said."""

TARGETS = {
    "success_rate": "Runs that succeeded, of 7 days",
    "pending_pickup_rate": "New stores picked up",
    "first_start_seconds": "From connect to first start (median)",
    "first_sync_seconds": "From connect to first sync completed (median)",
    "active_freshness_seconds": "Oldest active store",
    "recovery_hours": "Longest failure of 7 days",
    "tick_rate": "Minutes with a tick, of 24 hours",
}
"""What a target is about."""


def state_of(store: Report) -> str:
    """Return which of `STATES` a store is in."""
    if store["connection"] != "connected":
        return str(store["connection"])
    if store["sync_status"] in {"failed", "pending"}:
        return str(store["sync_status"])
    if not store["first_synced_at"]:
        return "in_progress"
    if reads_nothing(store):
        return "needs_reauth"
    return "active" if VERDICTS.get(worst_of(store) or "") != "bad" else "behind"


def worst_of(store: Report) -> str | None:
    """Return the worst verdict of a store's resources, None where it has none."""
    words = {resource["verdict"] for resource in store["resources"].values()}
    return next((word for word in VERDICTS if word in words), None)


def counts(stores: Iterable[Report]) -> list[tuple[int, str, str]]:
    """Return how many stores are in each state that occurs: (count, state, tone)."""
    found = Counter(state_of(store) for store in stores)
    return [(found[state], *STATES[state]) for state in STATES if found[state]]


def needing_you_first(stores: Iterable[Report]) -> list[Report]:
    """Return *stores*, those that a person must look at first, the rest as they were."""
    order = list(STATES)
    return sorted(stores, key=lambda store: order.index(state_of(store)))


def scheduler(report: Report, command: str) -> tuple[str, str, str | None]:
    """Return how the scheduler stands: a word, its tone, and what to type; cron calls the program *command*."""
    cron = report["scheduler"]
    if cron["is_running"]:
        return "running", "good", None
    if cron["is_hindered"]:
        return "hindered by this machine", "bad", f"{command} doctor"
    return "not running", "bad", f"{command} cron install"


def complaints(stores: Iterable[Report], verdicts: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is to be said of *stores*: (about whom, what, tone), those of whom the same is to be said together.

    *verdicts* are those worth telling.
    """
    subjects: dict[tuple[str, str], list[str]] = {}
    for store in stores:
        for subject, text, tone in _complaints(store, verdicts):
            subjects.setdefault((text, tone), []).append(subject)
    for (text, tone), some in subjects.items():
        more = f" and {len(some) - NAMED} more" if len(some) > NAMED else ""
        yield f"{', '.join(some[:NAMED])}{more}", text, tone


def _complaints(store: Report, verdicts: Collection[str]) -> Iterator[tuple[str, str, str]]:
    if store["last_error"]:
        hint = f" → {store['hint']}" if store["hint"] else ""
        yield store["store"], f"{store['last_error']}{hint}", "bad"
    if store["unfinished"]:
        yield store["store"], store["unfinished"], "bad"
    reasons: dict[tuple[str, str], list[str]] = {}
    for resource, state in store["resources"].items():
        verdict = state["verdict"]
        if state["reason"] and verdict in verdicts and not (store["last_error"] and verdict == "stale"):
            reasons.setdefault((verdict, state["reason"]), []).append(resource)
    for (verdict, reason), resources in reasons.items():
        yield f"{store['store']} {', '.join(resources)}", reason, VERDICTS[verdict]


def target_value(name: str, value: float | None) -> str:
    """Return what was measured for a target, with its unit."""
    if value is None:
        return "-"
    if name.endswith("_rate"):
        return f"{value:.1%}"
    return span(value * 3600 if name.endswith("_hours") else value)


def target_goal(name: str, goal: float) -> str:
    """Return what a target asks for."""
    return f"{'at least' if name.endswith('_rate') else 'at most'} {target_value(name, goal)}"


def ago(instant: str | None, now: datetime) -> str:
    """Return how long ago that was, in its largest unit."""
    if instant is None:
        return "-"
    seconds = (now - datetime.fromisoformat(instant)).total_seconds()
    return "now" if seconds < 1 else f"{span(seconds)} ago"


def ahead(instant: str | None, now: datetime) -> str:
    """Return in how long that will be, in its largest unit."""
    if instant is None:
        return "-"
    seconds = (datetime.fromisoformat(instant) - now).total_seconds()
    return "due" if seconds <= 0 else f"in {span(seconds)}"


def span(seconds: float) -> str:
    """Return a length of time in its largest unit."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
