"""Renders reports as terminal text with rich: status, plan, history, search hits, manual pages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from storesync.reports.words import (
    STATES,
    TARGETS,
    VERDICTS,
    WORTH_TELLING,
    ago,
    ahead,
    complaints,
    counts,
    needing_you_first,
    remarks,
    scheduler,
    span,
    state_of,
    target_goal,
    target_value,
    worst_of,
)
from storesync.rules.schedule import HEAVY, Load
from storesync.rules.sizes import in_words
from storesync.runtime.text import clean, counted, rate
from storesync.storage.search import Hit

Report = dict[str, Any]

_STYLES = {"good": "green", "warn": "yellow", "bad": "red", "busy": "cyan", "quiet": "dim"}


def status_table(report: Report, now: datetime, *, command: str = "storesync") -> RenderableType:
    """Return the status of all stores as a table, with problems and their fixes below it.

    *command* is the program as typed in hints. A single store is shown resource by resource.
    """
    if not report["stores"]:
        return Text("No store is connected yet. Connect one: storesync connect --help")
    stores = needing_you_first(report["stores"])
    parts: list[RenderableType] = [
        _headline(report, now, command),
        _Widest(_stores(stores, now), _stores(stores, now, ())),
    ]
    if len(stores) == 1:
        parts += [Text(), _resources(stores[0], now)]
        requests = f"at least {stores[0]['requests_a_day']:,} requests a day"
        parts += [Text(f"\nabout {in_words(stores[0]['disk_bytes'])} on disk, {requests}")]
    remarks = list(_remarks(report, stores))
    parts += [Text(), *remarks] if remarks else []
    if len(stores) > 1:
        parts += [Text(), _totals(report)]
    for store in stores:
        if "explanation" in store:
            parts += [Text(), *_explanation(store["explanation"], now)]
    return Group(*parts)


def plan_table(answer: Report, load: Load) -> RenderableType:
    """Return the answer of `sync-due --plan` as a table: due stores with reason and order, and the load below."""
    needed = f"{rate(load.needed)} of {rate(load.capacity)} stores a minute"
    advice = "; allow more with a shorter STORESYNC_BATCH_PAUSE" if load.is_heavy else ""
    foot = Text(f"load: {needed}{advice}", style="bold red" if load.is_heavy else "dim")
    if not answer["stores"]:
        return Group(Text("nothing is due"), foot)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("#", "STORE", "WHY", "TIER", "LATE", "REQUESTS"):
        table.add_column(title, overflow="fold", justify="right" if title in {"#", "LATE", "REQUESTS"} else "left")
    for one in answer["stores"]:
        late, asks = span(one["late_seconds"]), f"~{one['estimated_requests']}"
        table.add_row(str(one["position"]), clean(one["store"]), one["reason"], one["tier"], late, asks)
    return Group(table, foot)


def history_table(runs: Sequence[Report], events: Sequence[Report]) -> RenderableType:
    """Return *runs* and *events* as one table, newest first."""
    if not runs and not events:
        return Text("Nothing has happened yet.")
    lines = [(one["started_at"], one["store"], one["kind"], _ran(one)) for one in runs]
    lines += [(one["at"], one["store"] or "", one["kind"], Text(_happened(one))) for one in events]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("WHEN (UTC)", "STORE", "WHAT", "RESULT"):
        table.add_column(title, overflow="fold", no_wrap=title in {"WHEN (UTC)", "WHAT"})
    for at, store, kind, text in sorted(lines, key=lambda line: line[0], reverse=True):
        table.add_row(f"{datetime.fromisoformat(at):%m-%d %H:%M:%S}", clean(store), kind, text)
    return table


def hits_list(hits: Sequence[Hit], verdicts: Sequence[str | None]) -> RenderableType:
    """Return search hits as a list, with the words in bold; *verdicts* has the verdict for each hit."""
    return Group(*(_hit(hit, verdict) for hit, verdict in zip(hits, verdicts, strict=True)))


def _hit(hit: Hit, verdict: str | None) -> Text:
    place = f"{clean(hit.store)} {hit.resource} {clean(hit.id)}"
    changed = f", changed {hit.updated_at[:10]}" if hit.updated_at else ""
    line = Text.assemble(
        (clean(hit.title) or place, "bold cyan"), "\n  ", (f"{place}{changed}, ", "dim"), _verdict(verdict)
    )
    if hit.snippet == hit.title:
        return line
    text = Text(clean(hit.snippet))
    for begin, end in hit.marks:
        text.stylize("bold", begin, end)
    return line.append("\n  ").append_text(text)


_RUN_STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "interrupted": "yellow"}


def _ran(run: Report) -> Text:
    text = Text(run["status"], style=_RUN_STYLES.get(run["status"], "default"))
    if run["error"]:
        return text.append(f": {clean(run['error'])}", style="default")
    took = f" in {run['seconds']:.1f} s" if run["seconds"] is not None else ""
    rows = run["rows_written"] + run["rows_deleted"]
    return text.append(
        f"{took}, {counted(run['requests'], 'request')}, {counted(rows, 'row')} changed", style="default"
    )


def _happened(event: Report) -> str:
    """Return an event's message without the store's key, which has a column."""
    return clean(event["message"].removeprefix(f"{event['store']} ").removeprefix(f"{event['kind']}: "))


def _headline(report: Report, now: datetime, command: str) -> Text:
    at = report["scheduler"]["last_tick_at"]
    word, tone, advice = scheduler(report, command)
    last = f", last tick {ago(at, now) if at else 'never'}"
    head = Text.assemble((f"scheduler {word}", _STYLES[tone]), last, f"; type:\n  {advice}" if advice else "")
    groups = ", ".join(f"{count} {word}" for count, word, _ in counts(report["stores"]))
    return head.append(f"\n{counted(len(report['stores']), 'store')}: {groups}\n")


def _totals(report: Report) -> Text:
    """Return the line of totals: the load of the machine, and the targets that are missed."""
    load = report["scheduler"]["load"]
    needed, capacity = load["needed_per_minute"], load["capacity_per_minute"]
    text = Text(f"load: {rate(needed)} of {rate(capacity)} stores a minute" if capacity else "load: no limit", "dim")
    if capacity and needed > HEAVY * capacity:
        text = Text(f"{text.plain}; allow more with a shorter STORESYNC_BATCH_PAUSE", "bold red")
    missed = [(name, one) for name, one in report["targets"].items() if one["met"] is False]
    text.append("\ntargets: all met" if not missed else "\nmissed targets:", style="dim" if not missed else "yellow")
    for name, one in missed:
        value, goal = target_value(name, one["value"]), target_goal(name, one["goal"])
        text.append(f"\n  {TARGETS[name]}: {value}, should be {goal}", style="yellow")
    return text


_UNBOUNDED = 10_000

COUNTED = ("orders", "products", "customers")
"""Resources with a column for their rows, if the terminal is wide enough."""


class _Widest:
    """Shows the first of several tables that fits the terminal without wrapping, or else the last."""

    def __init__(self, *tables: Table) -> None:
        self.tables = tables

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        unbounded = options.update(max_width=_UNBOUNDED)
        fitting = (one for one in self.tables if console.measure(one, options=unbounded).maximum <= options.max_width)
        yield next(fitting, self.tables[-1])


def _stores(stores: Iterable[Report], now: datetime, counted_in: Sequence[str] = COUNTED) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("STORE", overflow="fold", ratio=None)
    table.add_column("STATE", no_wrap=True)
    table.add_column("SYNCED", no_wrap=True, justify="right")
    table.add_column("NEXT", no_wrap=True, justify="right")
    for resource in counted_in:
        table.add_column(resource.upper(), no_wrap=True, justify="right")
    table.add_column("DATA", no_wrap=True)
    for store in stores:
        table.add_row(*_row(store, now, counted_in))
    return table


def _resources(store: Report, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for title in ("RESOURCE", "ROWS", "DELETED", "COMPLETE UNTIL", "DATA"):
        table.add_column(title, no_wrap=True, justify="right" if title in {"ROWS", "DELETED"} else "left")
    for name, state in store["resources"].items():
        text = _verdict(state["verdict"])
        until = ago(state["complete_until"], now)
        table.add_row(name, f"{state['rows']:,}", f"{state['deleted']:,}", until, text)
    return table


def _row(store: Report, now: datetime, counted_in: Sequence[str]) -> Iterable[Text]:
    word, tone = STATES[state_of(store)]
    yield Text(clean(store["alias"] or store["store"]))
    yield Text(word, style=_STYLES[tone])
    yield Text(ago(store["last_sync_at"], now))
    yield Text(ahead(store["next_sync_at"], now) if store["connection"] in {"connected", "suspended"} else "-")
    for resource in counted_in:
        yield _amount(store["resources"].get(resource))
    yield _verdict(worst_of(store))


def _explanation(explanation: Report, now: datetime) -> Iterable[Text]:
    """Yield the explanation of one store: its state, what happens next, and the fix."""
    for fact in explanation["facts"]:
        yield Text(clean(fact))
    at = explanation["next"]["at"]
    when = f", {ahead(at, now)}" if at else ""
    yield Text.assemble("next: ", (clean(explanation["next"]["action"]) + when, "bold"))
    if explanation["command"]:
        yield Text.assemble("type: ", (clean(explanation["command"]), "bold cyan"))


def _amount(resource: Report | None) -> Text:
    if resource is None:
        return Text("-", style="dim")
    progress = resource["progress"]
    if progress and progress["total"]:
        return Text(f"{100 * progress['done'] // progress['total']}%", style="cyan")
    return Text(f"{resource['rows']:,}")


def _verdict(word: str | None) -> Text:
    return Text(word or "-", style=_STYLES[VERDICTS.get(word or "", "quiet")])


def _remarks(report: Report, stores: Sequence[Report]) -> Iterable[Text]:
    """Yield one line per problem with its fix; for a single store also the reason of each verdict."""
    if report["wants_rebuild"]:
        yield Text("new columns are still empty in older rows; fill them: storesync db rebuild", style="yellow")
    for remark in remarks(stores):
        yield Text(clean(remark), style="yellow")
    worth_telling = VERDICTS if len(stores) == 1 else WORTH_TELLING
    for subject, message, tone in complaints((one for one in stores if "explanation" not in one), worth_telling):
        yield Text(f"{clean(subject)}: {clean(message)}", style=_STYLES[tone])


_THEME = Theme({"markdown.code": "cyan"})
"""Inline code without a background, which would be black on a light terminal."""


def markdown(text: str) -> RenderableType:
    """Render Markdown *text* for the terminal; links are followed by their addresses."""
    from rich.markdown import Markdown  # noqa: PLC0415 - heavy

    return Markdown(text, code_theme="ansi_dark", hyperlinks=False)


class _Console(Console):
    """A console that leaves a broken pipe to the command."""

    def on_broken_pipe(self) -> None:
        """Raise the error again."""
        raise  # noqa: PLE0704 - called while the error is handled


def console(*, stderr: bool = False, color: bool = True, file: TextIO | None = None) -> Console:
    """Return a console without markup in texts; wide if the output is not a terminal.

    It writes to *file*, or else to stderr or stdout.
    """
    no_color = not color or None
    made = _Console(
        stderr=stderr, file=file, markup=False, highlight=False, emoji=False, no_color=no_color, theme=_THEME
    )
    if not made.is_terminal:
        made.width = 200
    return made
