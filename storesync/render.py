"""From a status report to text for a person. Pure but for the library that draws."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from storesync.schedule import HEAVY, Load
from storesync.text import clean

Report = dict[str, Any]

_STATES = {
    "active": ("in sync", "green"),
    "pending": ("pending", "cyan"),
    "in_progress": ("loading", "cyan"),
    "failed": ("failed", "red"),
    "needs_reauth": ("needs you", "bold red"),
    "suspended": ("suspended", "yellow"),
    "paused": ("paused", "dim"),
    "disconnected": ("off", "dim"),
}
_VERDICT_STYLES = {
    "verified": "green",
    "limited": "green",
    "syncing": "cyan",
    "unverified": "yellow",
    "denied": "yellow",
    "stale": "red",
    "short": "red",
    "surplus": "red",
}
_WRONG = frozenset({"short", "stale", "surplus"})
_WORTH_TELLING = _WRONG | {"denied"}
_WORST_FIRST = ("short", "stale", "surplus", "denied", "syncing", "unverified", "limited", "verified")


def status_table(report: Report, now: datetime, *, command: str = "storesync") -> RenderableType:
    """Return the status of all stores as a table, with what needs doing below it.

    *command* is how cron would call the program. One store alone is shown resource by resource.
    """
    if not report["stores"]:
        return Text("No store is connected yet. Connect one: storesync connect --help")
    parts: list[RenderableType] = [_headline(report, now, command), _stores(report, now)]
    if len(report["stores"]) == 1:
        parts += [Text(), _resources(report["stores"][0], now)]
    return Group(*parts, *_remarks(report))


def plan_table(answer: Report, load: Load) -> RenderableType:
    """Return who is due, why, in which order, and what the machine can serve."""
    needed = f"{load.needed:.1f} of {load.capacity:.0f} stores a minute"
    advice = "; allow more with a shorter STORESYNC_BATCH_PAUSE" if load.is_heavy else ""
    foot = Text(f"load: {needed}{advice}", style="bold red" if load.is_heavy else "dim")
    if not answer["stores"]:
        return Group(Text("nothing is due"), foot)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("#", "STORE", "WHY", "TIER", "LATE", "REQUESTS"):
        table.add_column(title, overflow="fold", justify="right" if title in {"#", "LATE", "REQUESTS"} else "left")
    for one in answer["stores"]:
        late, asks = _span(one["late_seconds"]), f"~{one['estimated_requests']}"
        table.add_row(str(one["position"]), clean(one["store"]), one["reason"], one["tier"], late, asks)
    return Group(table, foot)


def history_table(runs: Sequence[Report], events: Sequence[Report]) -> RenderableType:
    """Return what happened, newest first, a line for each run and each event."""
    if not runs and not events:
        return Text("Nothing has happened yet.")
    lines = [(one["started_at"], one["store"], one["kind"], _ran(one)) for one in runs]
    lines += [(one["at"], one["store"] or "", one["kind"], Text(_happened(one))) for one in events]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("WHEN (UTC)", "STORE", "WHAT", "RESULT"):
        table.add_column(title, overflow="fold", no_wrap=title in {"WHEN (UTC)", "WHAT"})
    for at, store, kind, told in sorted(lines, key=lambda line: line[0], reverse=True):
        table.add_row(f"{datetime.fromisoformat(at):%m-%d %H:%M:%S}", clean(store), kind, told)
    return table


_RUN_STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "interrupted": "yellow"}


def _ran(run: Report) -> Text:
    told = Text(run["status"], style=_RUN_STYLES.get(run["status"], "default"))
    if run["error"]:
        return told.append(f": {clean(run['error'])}", style="default")
    took = f" in {run['seconds']:.1f} s" if run["seconds"] is not None else ""
    rows = run["rows_written"] + run["rows_deleted"]
    return told.append(f"{took}, {run['requests']:,} requests, {rows:,} rows changed", style="default")


def _happened(event: Report) -> str:
    """Return an event's message without the store, which has a column."""
    return clean(event["message"].removeprefix(f"{event['store']} ").removeprefix(f"{event['kind']}: "))


def _headline(report: Report, now: datetime, command: str) -> Text:
    scheduler = report["scheduler"]
    last = _ago(scheduler["last_tick_at"], now) if scheduler["last_tick_at"] else "never"
    if scheduler["is_running"]:
        head = Text.assemble(("scheduler running", "green"), f", last tick {last}")
    else:
        advice = f"let cron start it:\n  {command} cron install"
        head = Text.assemble(("scheduler not running", "bold red"), f", last tick {last}; {advice}")
    counts = {group: scheduler[f"{group}_stores"] for group in _STATES if scheduler.get(f"{group}_stores")}
    groups = ", ".join(f"{count} {_STATES[group][0]}" for group, count in counts.items())
    total = scheduler["total_stores"]
    load = scheduler["load"]
    if load["capacity_per_minute"] and load["needed_per_minute"] > HEAVY * load["capacity_per_minute"]:
        needed = f"{load['needed_per_minute']:.0f} of {load['capacity_per_minute']:.0f} stores a minute"
        head.append(f"\nload: {needed}; allow more with a shorter STORESYNC_BATCH_PAUSE", style="bold red")
    return head.append(f"\n{total} {'store' if total == 1 else 'stores'}: {groups or 'none'}\n")


def _stores(report: Report, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("STORE", overflow="fold", ratio=None)
    table.add_column("STATE", no_wrap=True)
    table.add_column("SYNCED", no_wrap=True, justify="right")
    table.add_column("NEXT", no_wrap=True, justify="right")
    for title in ("ORDERS", "PRODUCTS", "CUSTOMERS"):
        table.add_column(title, no_wrap=True, justify="right")
    table.add_column("DATA", no_wrap=True)
    for store in report["stores"]:
        table.add_row(*_row(store, now))
    return table


def _resources(store: Report, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for title in ("RESOURCE", "ROWS", "DELETED", "COMPLETE UNTIL", "DATA"):
        table.add_column(title, no_wrap=True, justify="right" if title in {"ROWS", "DELETED"} else "left")
    for name, state in store["resources"].items():
        told = Text(state["verdict"], style=_VERDICT_STYLES.get(state["verdict"], "default"))
        until = _ago(state["complete_until"], now) if state["complete_until"] else "-"
        table.add_row(name, f"{state['rows']:,}", f"{state['deleted']:,}", until, told)
    return table


def _row(store: Report, now: datetime) -> Iterable[Text]:
    word, style = _STATES[_group(store)]
    if word == "in sync" and not _WRONG.isdisjoint(state["verdict"] for state in store["resources"].values()):
        word, style = "behind", "yellow"
    yield Text(clean(store["alias"] or store["store"]))
    yield Text(word, style=style)
    yield Text(_ago(store["last_sync_at"], now) if store["last_sync_at"] else "-")
    yield Text(_in(store["next_sync_at"], now) if store["connection"] in {"connected", "suspended"} else "-")
    for resource in ("orders", "products", "customers"):
        yield _amount(store["resources"].get(resource))
    yield _data(store["resources"])


def _amount(resource: Report | None) -> Text:
    if resource is None:
        return Text("-", style="dim")
    progress = resource["progress"]
    if progress and progress["total"]:
        return Text(f"{100 * progress['done'] // progress['total']}%", style="cyan")
    return Text(f"{resource['rows']:,}")


def _data(resources: Report) -> Text:
    words = {resource["verdict"] for resource in resources.values()}
    worst = next((word for word in _WORST_FIRST if word in words), "-")
    return Text(worst, style=_VERDICT_STYLES.get(worst, "default"))


def _group(store: Report) -> str:
    if store["connection"] != "connected":
        return str(store["connection"])
    if store["sync_status"] in {"failed", "pending"}:
        return str(store["sync_status"])
    return "active" if store["first_synced_at"] else "in_progress"


def _remarks(report: Report) -> Iterable[Text]:
    """Say what is wrong and what to type, one line a fault; of a store alone why each verdict is what it is."""
    if report["wants_rebuild"]:
        yield Text("new columns are still empty in older rows; fill them: storesync db rebuild", style="yellow")
    words = _VERDICT_STYLES if len(report["stores"]) == 1 else _WORTH_TELLING
    for store in report["stores"]:
        if store["last_error"]:
            hint = f" → {clean(store['hint'])}" if store["hint"] else ""
            yield Text(f"{clean(store['store'])}: {clean(store['last_error'])}{hint}", style="red")
        yield from _reasons(store, words)


def _reasons(store: Report, words: Collection[str]) -> Iterable[Text]:
    """Say why the verdicts that are among *words* are so, a line for each reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for resource, state in store["resources"].items():
        if state["reason"] and state["verdict"] in words and not (store["last_error"] and state["verdict"] == "stale"):
            reasons.setdefault((state["verdict"], state["reason"]), []).append(resource)
    for (verdict, reason), resources in reasons.items():
        names = ", ".join(resources)
        yield Text(f"{clean(store['store'])} {names}: {clean(reason)}", style=_VERDICT_STYLES[verdict])


def _ago(instant: str | None, now: datetime) -> str:
    if instant is None:
        return "-"
    seconds = (now - datetime.fromisoformat(instant)).total_seconds()
    return "now" if seconds < 1 else f"{_span(seconds)} ago"


def _in(instant: str | None, now: datetime) -> str:
    if instant is None:
        return "-"
    seconds = (datetime.fromisoformat(instant) - now).total_seconds()
    return "due" if seconds <= 0 else f"in {_span(seconds)}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


class _Console(Console):
    """A console that lets the command say what a reader that is gone means."""

    def on_broken_pipe(self) -> None:
        """Pass the error on."""
        raise  # noqa: PLE0704 - called while the error is handled


def console(*, stderr: bool = False, color: bool = True, file: TextIO | None = None) -> Console:
    """Return a console that treats every text as text and is wide where nobody looks."""
    made = _Console(stderr=stderr, file=file, markup=False, highlight=False, emoji=False, no_color=not color or None)
    if not made.is_terminal:
        made.width = 200
    return made
