"""From a status report to one self-contained HTML page: no scripts, nothing from elsewhere. Pure."""

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from storesync.faces import words
from storesync.schedule import HEAVY
from storesync.text import clean

Report = dict[str, Any]

BAR = 32
"""How high the tallest bar of a chart is, in its own units."""

_TARGETS = {
    "success_rate": "Runs that succeeded, of 7 days",
    "pending_pickup_rate": "New stores picked up",
    "first_start_seconds": "From connect to first start (median)",
    "first_sync_seconds": "From connect to first sync completed (median)",
    "active_freshness_seconds": "Oldest active store",
    "recovery_hours": "Longest failure of 7 days",
    "tick_rate": "Minutes with a tick, of 24 hours",
}


def status_page(report: Report, now: datetime) -> str:
    """Return the page for *report*."""
    load = report["scheduler"]["load"]
    return _template().render(
        report=report,
        now=now,
        stores=words.needing_you_first(report["stores"]),
        targets=[_target(name, text, report["targets"][name]) for name, text in _TARGETS.items()],
        is_heavy=load["needed_per_minute"] > HEAVY * load["capacity_per_minute"],
        states=words.STATES,
        verdicts=words.VERDICTS,
        state_of=words.state_of,
        worst_of=words.worst_of,
        complaints=[one for store in report["stores"] for one in words.complaints(store, words.WORTH_TELLING)],
        bars=_bars,
    )


def _target(name: str, text: str, target: Report) -> Report:
    return {"text": text, "value": _amount(name, target["value"]), "goal": _goal(name, target["goal"]), **_met(target)}


def _met(target: Report) -> Report:
    tone = {True: "good", False: "bad", None: "quiet"}[target["met"]]
    return {"tone": tone, "mark": {True: "✓", False: "✗", None: "-"}[target["met"]]}


def _goal(name: str, goal: float) -> str:
    return f"{'at least' if name.endswith('_rate') else 'at most'} {_amount(name, goal)}"


def _amount(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name.endswith("_rate"):
        return f"{value:.1%}"
    return words.span(value * 3600 if name.endswith("_hours") else value)


def _bars(activity: Report) -> list[Report]:
    """Return the bars of a store's last 24 hours: where each begins, how high its two parts are, what it says."""
    pairs = list(zip(activity["succeeded"], activity["failed"], activity["rows_changed"], strict=True))
    tallest = max((good + bad for good, bad, _ in pairs), default=0) or 1
    return [
        {
            "x": place * 4,
            "good": round(BAR * good / tallest, 2),
            "bad": round(BAR * bad / tallest, 2),
            "text": f"{_when(len(pairs) - 1 - place)}: {good} succeeded, {bad} failed, {rows} rows changed",
        }
        for place, (good, bad, rows) in enumerate(pairs)
    ]


def _when(hours: int) -> str:
    return "this hour" if hours == 0 else f"{hours} h ago"


@cache
def _template() -> Template:
    world = Environment(
        loader=PackageLoader("storesync", "faces"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    world.filters |= {"ago": words.ago, "ahead": words.ahead, "number": lambda value: f"{value:,}"}
    return world.get_template("page.html")
