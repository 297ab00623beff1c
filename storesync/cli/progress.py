"""How far a long command has got: bars on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storesync.cli.output import tell
from storesync.cli.state import State
from storesync.rules.sizes import in_words, to_come
from storesync.sync.progress import Progress, Silent

EVERY_S = 5.0
"""Lines are so far apart at least; a long wait may be told sooner."""


class Lines:
    """Tells in plain lines how far work has got, the first after a while."""

    def __init__(self, tell: Callable[[str], None], monotonic: Callable[[], float]) -> None:
        """Give each line to *tell*; *monotonic* is the clock."""
        self._tell, self._monotonic = tell, monotonic
        self._told_at = monotonic()
        self._store = ""

    def begins(self, store: str) -> None:
        """Name the store in the lines from now on."""
        self._store = store

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Tell how far it is, unless a line was told just now."""
        if self._monotonic() - self._told_at >= EVERY_S:
            of = f" of {total:,}" if total else ""
            self._say(f"{self._store} {resource}: {done:,}{of} {work}".strip())

    def waits(self, seconds: float) -> None:
        """Tell of a wait at once, if it is as long as lines are apart."""
        if seconds >= EVERY_S:
            self._say(f"{self._store}: waiting {seconds:.0f} s for the platform")

    def _say(self, line: str) -> None:
        self._told_at = self._monotonic()
        self._tell(line)


class RoomWatch:
    """Passes on how far a first load has got, and tells once, as soon as it shows, that it will not fit."""

    def __init__(self, onlooker: Progress, free_bytes: Callable[[], int], tell: Callable[[str], None]) -> None:
        """Pass on to *onlooker*; *free_bytes* may still be written."""
        self._onlooker, self._free_bytes, self._tell = onlooker, free_bytes, tell
        self._looked: set[str] = set()

    def begins(self, store: str) -> None:
        """Pass it on."""
        self._onlooker.begins(store)

    def moves(self, resource: str, work: str, done: int, total: int | None) -> None:
        """Look at the room once a resource says how many records it has."""
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
    """Show how far the work has got, unless it is to be quiet or a program listens."""
    monotonic = state.outside.clock.monotonic
    if state.quiet or state.json:
        yield Silent()
        return
    if state.verbose or not sys.stderr.isatty():
        # Bars would be torn by the lines of the log.
        yield Lines(tell, monotonic)
        return
    from storesync.cli.progress_bars import Bars  # noqa: PLC0415 - heavy
    from storesync.reports.terminal import console  # noqa: PLC0415

    with Bars(console(stderr=True, color=state.color), monotonic) as bars:
        yield bars
