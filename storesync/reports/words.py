"""Wording and formatting of a status report, shared by terminal, HTML page and metrics. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from storesync.model import OPERATOR
from storesync.rules.bulk import HELP, refusal
from storesync.rules.status import has_frozen, reads_nothing, served_versions, without_bulk

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
"""The label and tone of each state of a store; states that need a person come first."""

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
"""The tone of each verdict, the worst first."""

WORTH_TELLING = frozenset({"short", "stale", "surplus", "denied"})
"""The verdicts that need action."""


NAMED = 3
"""How many stores with the same problem are named."""

TARGETS = {
    "success_rate": "Runs that succeeded, of 7 days",
    "pending_pickup_rate": "New stores picked up",
    "first_start_seconds": "From connect to first start (median)",
    "first_sync_seconds": "From connect to first sync completed (median)",
    "active_freshness_seconds": "Oldest active store",
    "recovery_hours": "Longest failure of 7 days",
    "tick_rate": "Minutes with a tick, of 24 hours",
}
"""The label of each target."""


def state_of(store: Report) -> str:
    """Return the key in `STATES` of a store's state."""
    if store["connection"] != "connected":
        return str(store["connection"])
    if store["sync_status"] in {"failed", "pending"}:
        return str(store["sync_status"])
    if not store["first_synced_at"]:
        return "in_progress"
    if reads_nothing(store):
        return "needs_reauth"
    return "behind" if has_frozen(store) or VERDICTS.get(worst_of(store) or "") == "bad" else "active"


def worst_of(store: Report) -> str | None:
    """Return the worst verdict of a store's resources, None if it has none."""
    words = {resource["verdict"] for resource in store["resources"].values()}
    return next((word for word in VERDICTS if word in words), None)


def counts(stores: Iterable[Report]) -> list[tuple[int, str, str]]:
    """Return (count, label, tone) for each state that occurs."""
    found = Counter(state_of(store) for store in stores)
    return [(found[state], *STATES[state]) for state in STATES if found[state]]


def needing_you_first(stores: Iterable[Report]) -> list[Report]:
    """Return *stores* sorted by state in the order of `STATES`: those that need a person come first."""
    order = list(STATES)
    return sorted(stores, key=lambda store: order.index(state_of(store)))


def scheduler(report: Report, command: str) -> tuple[str, str, str | None]:
    """Return the scheduler's state as (label, tone, command that fixes it or None); *command* is the program."""
    cron = report["scheduler"]
    if cron["is_running"]:
        return "running", "good", None
    if cron["is_hindered"]:
        return "hindered by this machine", "bad", f"{command} doctor"
    return "not running", "bad", f"{command} cron install"


def complaints(stores: Iterable[Report], verdicts: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the problems of *stores* as (subjects, text, tone); stores with the same problem share an entry.

    *verdicts* are those that count as problems.
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
    for change in store["changes"]:
        message = change["message"].removeprefix(f"{store['store']} ")
        yield store["store"], f"on {change['at'][:10]}: {message}", "warn"
    if store["derive_due"]:
        yield f"{store['store']} {', '.join(store['derive_due'])}", "derived anew, since the shop changed", "busy"
    if store["time_zone_by"] == OPERATOR and store["shop_time_zone"] not in {None, store["time_zone"]}:
        shown = f"its days are those of {store['time_zone']}, as it was set; the shop itself is in"
        yield store["store"], f"{shown} {store['shop_time_zone']}", "quiet"
    reasons: dict[tuple[str, str], list[str]] = {}
    for resource, state in store["resources"].items():
        verdict = state["verdict"]
        if state["reason"] and verdict in verdicts and not (store["last_error"] and verdict == "stale"):
            reasons.setdefault((verdict, state["reason"]), []).append(resource)
    for (verdict, reason), resources in reasons.items():
        yield f"{store['store']} {', '.join(resources)}", reason, VERDICTS[verdict]


def remarks(stores: Iterable[Report]) -> list[str]:
    """Return what is to be said of the apps of *stores*, and of the versions of the APIs that answer them."""
    stores = list(stores)
    apps = without_bulk(stores)
    said = [f"{refusal(apps)}; read more: {HELP}"] if apps else []
    return said + [
        f"{platform} answers with version {version} of its API in place of ours, which it no longer has; look closer: "
        "storesync doctor --only tokens"
        for platform, version in served_versions(stores).items()
    ]


def target_value(name: str, value: float | None) -> str:
    """Format the measured value of a target, with its unit; ``-`` for None."""
    if value is None:
        return "-"
    if name.endswith("_rate"):
        return f"{value:.1%}"
    return span(value * 3600 if name.endswith("_hours") else value)


def target_goal(name: str, goal: float) -> str:
    """Format the goal of a target: ``at least 99.0%``, ``at most 5m``."""
    return f"{'at least' if name.endswith('_rate') else 'at most'} {target_value(name, goal)}"


def ago(instant: str | None, now: datetime) -> str:
    """Format how long ago an instant was, in the largest unit: ``3h ago``; ``-`` for None."""
    if instant is None:
        return "-"
    seconds = (now - datetime.fromisoformat(instant)).total_seconds()
    return "now" if seconds < 1 else f"{span(seconds)} ago"


def ahead(instant: str | None, now: datetime) -> str:
    """Format the time until an instant, in the largest unit: ``in 3h``; ``-`` for None."""
    if instant is None:
        return "-"
    seconds = (datetime.fromisoformat(instant) - now).total_seconds()
    return "due" if seconds <= 0 else f"in {span(seconds)}"


def span(seconds: float) -> str:
    """Format *seconds* in the largest unit: ``3h``."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
