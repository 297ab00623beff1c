"""Shows the progress of a long command: bars on a terminal, occasional lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storesync.cli.output import tell
from storesync.cli.state import State
from storesync.rules.sizes import in_words, to_come
from storesync.sync.progress import Progress, Silent

EVERY_S = 5.0
"""The least time between lines; a long wait may be shown sooner."""


class Lines:
    """Prints progress in plain lines, the first after `EVERY_S`."""

    def __init__(self, tell: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        """Call *tell* with each line; *monotonic* returns seconds."""
        self._tell, self._monotonic = tell, monotonic
        self._printed_at = monotonic()
        self._store = ""

    def begins(self, store: str) -> None:
        """Use this store's key in lines from now on."""
        self._store = store

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Print the progress, unless a line was printed in the last `EVERY_S`."""
        if self._monotonic() - self._printed_at >= EVERY_S:
            of = f" of {total:,}" if total else ""
            self._say(f"{self._store} {resource}: {done:,}{of} {work}".strip())

    def waits(self, seconds: float) -> None:
        """Print a wait of at least `EVERY_S` at once."""
        if seconds >= EVERY_S:
            self._say(f"{self._store}: waiting {seconds:.0f} s for the platform")

    def _say(self, line: str) -> None:
        self._printed_at = self._monotonic()
        self._tell(line)


class RoomWatch:
    """Forwards the progress of a first load, and warns once per resource if it will not fit on the disk."""

    def __init__(self, onlooker: Progress, free_bytes: Callable[[], int], tell: Callable[[str], None]) -> None:
        """Forward to *onlooker*; *free_bytes* returns the bytes that may still be written; *tell* prints a line."""
        self._onlooker, self._free_bytes, self._tell = onlooker, free_bytes, tell
        self._looked: set[str] = set()

    def begins(self, store: str) -> None:
        """Pass it on."""
        self._onlooker.begins(store)

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Forward, and check the disk space once the total of a resource is known."""
        self._onlooker.moves(resource, work, done, total)
        if total is None or resource in self._looked:
            return
        self._looked.add(resource)
        size, free = to_come({resource: (done, total)}), self._free_bytes()
        if size > free:
            self._tell(
                f"storesync: {total:,} {resource} will not fit: about {in_words(size)} are still to come, and "
                f"{in_words(free)} can be written\n  what is loaded is kept; make room: df -h"
            )

    def waits(self, seconds: float) -> None:
        """Pass it on."""
        self._onlooker.waits(seconds)


@contextmanager
def shown_progress(state: State) -> Iterator[Progress]:
    """Yield the progress to report to: bars or lines, or nothing with ``--quiet`` or ``--json``."""
    monotonic = state.outside.clock.monotonic
    if state.quiet or state.json:
        yield Silent()
        return
    if state.verbose or not sys.stderr.isatty():
        # Log lines would break bars apart.
        yield Lines(tell, monotonic)
        return
    from storesync.cli.progress_bars import Bars  # noqa: PLC0415 - heavy
    from storesync.reports.terminal import console  # noqa: PLC0415

    with Bars(console(stderr=True, color=state.color), monotonic) as bars:
        yield bars
