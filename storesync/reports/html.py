"""Renders a status report as one self-contained HTML page without scripts or external resources. Pure."""

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from storesync.reports import words
from storesync.rules.schedule import HEAVY
from storesync.rules.sizes import in_words
from storesync.runtime.text import clean

Report = dict[str, Any]

BAR = 32
"""The height of the tallest bar of a chart, in SVG units."""


def status_page(report: Report, now: datetime, *, command: str = "storesync") -> str:
    """Return the HTML page for *report*; *command* is the program as typed in hints."""
    load, stores = report["scheduler"]["load"], words.needing_you_first(report["stores"])
    return _template().render(
        report=report,
        scheduler=words.scheduler(report, command),
        now=now,
        stores=stores,
        targets=[_target(name, text, report["targets"][name]) for name, text in words.TARGETS.items()],
        is_heavy=load["needed_per_minute"] > HEAVY * load["capacity_per_minute"],
        counts=words.counts(stores),
        states=words.STATES,
        verdicts=words.VERDICTS,
        state_of=words.state_of,
        worst_of=words.worst_of,
        complaints=list(words.complaints(stores, words.WORTH_TELLING)),
        remarks=words.remarks(stores),
        bars=_bars,
    )


def _target(name: str, text: str, target: Report) -> Report:
    tone, mark = {True: ("good", "✓"), False: ("bad", "✗"), None: ("quiet", "-")}[target["met"]]
    value, goal = words.target_value(name, target["value"]), words.target_goal(name, target["goal"])
    return {"text": text, "value": value, "goal": goal, "tone": tone, "mark": mark}


def _bars(activity: Report) -> list[Report]:
    """Return the bars of a store's last 24 hours, each with its position, the heights of its parts, and its text."""
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
        loader=PackageLoader("storesync", "reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    world.filters |= {"ago": words.ago, "ahead": words.ahead, "number": lambda value: f"{value:,}", "size": in_words}
    return world.get_template("status.html")
