"""Progress bars for a terminal: count, total, speed, remaining time, and waits for the platform."""

from collections.abc import Callable, Iterable
from math import ceil

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from storesync.runtime.text import clean

SHORTEST_WAIT_S = 1.0
"""Shorter waits are ordinary pacing and not shown."""


class Bars(Progress):
    """One bar for each resource of the current store; they are removed at the end."""

    def __init__(self, console: Console, monotonic: Callable[[], float]) -> None:
        """Draw on *console*; *monotonic* returns seconds."""
        self._store = ""
        self._bars: dict[str, tuple[str, TaskID]] = {}
        self._monotonic, self._waits_until = monotonic, 0.0
        columns = (
            TextColumn("  {task.description}", markup=False),
            BarColumn(bar_width=None),
            _Count(),
            _Speed(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        )
        super().__init__(*columns, console=console, transient=True, expand=True, get_time=monotonic)

    def begins(self, store: str) -> None:
        """Remove the bars of the previous store."""
        for _, bar in self._bars.values():
            self.remove_task(bar)
        self._bars.clear()
        self._store = store

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Update the bar of a resource; another kind of work replaces it by a new bar."""
        before, bar = self._bars.get(resource, ("", None))
        of = None if total is None else max(total, done)
        if bar is None or work != before:
            if bar is not None:
                self.remove_task(bar)
            # Records done in an earlier run must not count for the speed.
            bar = self.add_task(f"{resource} {work}", total=of, completed=done)
            self._bars[resource] = work, bar
        self.update(bar, total=of, completed=done)

    def waits(self, seconds: float) -> None:
        """Show a countdown for a wait of at least `SHORTEST_WAIT_S`."""
        if seconds >= SHORTEST_WAIT_S:
            self._waits_until = self._monotonic() + seconds

    def get_renderables(self) -> Iterable[RenderableType]:
        """Yield the store's key, its bars, and the countdown of a wait."""
        if self._store:
            yield Text(clean(self._store), style="bold")
        yield from super().get_renderables()
        left = ceil(self._waits_until - self._monotonic())
        if left > 0:
            yield Text(f"  waiting {left} s for the platform", style="yellow")


class _Count(ProgressColumn):
    """The column with the number done and the total."""

    def render(self, task: Task) -> Text:
        of = "" if task.total is None else f" of {task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{of}", justify="right")


class _Speed(ProgressColumn):
    """The column with the number per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", justify="right", style="dim")
