"""Progress bars with real totals, speed and time left, on a terminal only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from storesync.cli.shared import State
from storesync.engine import Progress
from storesync.work import silent


@contextmanager
def shown_progress(state: State) -> Iterator[Progress]:
    """Show what is read, resource by resource; nothing where nobody looks."""
    if state.quiet or state.json or not sys.stderr.isatty():
        yield silent
        return
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars  # noqa: PLC0415

    from storesync.render import Speed, console  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console(stderr=True, color=state.color), transient=True) as bars:
        known = {}

        def show(resource: str, done: int, expected: int | None) -> None:
            if resource not in known:
                # What an earlier process did is no measure of speed.
                known[resource] = bars.add_task(resource, total=expected, completed=done)
            bars.update(known[resource], completed=done, total=max(expected, done) if expected else None)

        yield show
        for bar in bars.tasks:
            bars.update(bar.id, total=bar.completed)
