"""Progress bars with real totals, on a terminal only."""

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
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    from storesync.render import console  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console(stderr=True, color=state.color), transient=True) as bars:
        known = {}

        def show(resource: str, done: int, expected: int | None) -> None:
            if resource not in known:
                known[resource] = bars.add_task(resource, total=expected)
            bars.update(known[resource], completed=done, total=max(expected, done) if expected else None)

        yield show
        for bar in bars.tasks:
            bars.update(bar.id, total=bar.completed)
