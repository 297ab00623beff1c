"""Fetches the next page of a pass while the previous one is saved.

Two threads that compute at once hinder each other under Python's lock, and cost a fifth more. So they take turns:
one of them waits for the network while the other computes.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import field
from threading import Event, Lock

from storesync.data import dataclass
from storesync.model import Page
from storesync.platforms.base import RequestBudget


def read_ahead(pages: Iterator[Page], budget: RequestBudget, goes_on: Callable[[Page], bool]) -> Iterator[Page]:
    """Yield *pages*, requesting the next one as long as it *goes_on* after a page.

    The requests are those of *budget*. Whoever does not read to the end closes this generator.
    """
    page = next(pages, None)
    if page is None or not goes_on(page):
        yield from () if page is None else (page,)
        return
    turns, fetcher = _Turns(), ThreadPoolExecutor(1, thread_name_prefix="fetch-ahead")
    budget.on_network = turns.left
    try:
        while page is not None:
            coming = turns.handed(fetcher, pages) if goes_on(page) else None
            yield page
            with turns.left():
                page = coming.result() if coming else None
    finally:
        budget.on_network = nullcontext
        turns.give()
        fetcher.shutdown()


@dataclass(slots=True)
class _Turns:
    """Whose turn it is to compute: whoever holds *turn*, at first the thread that saves. *is_left*: a turn was left.

    After an interrupt both may have a turn, which does no harm.
    """

    turn: Lock = field(default_factory=Lock)
    is_left: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.turn.acquire()

    def give(self) -> None:
        """Give one's turn away."""
        with suppress(RuntimeError):
            self.turn.release()
        self.is_left.set()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Leave one's turn to the other thread while the block waits."""
        self.give()
        try:
            yield
        finally:
            self.turn.acquire()

    def handed(self, fetcher: ThreadPoolExecutor, pages: Iterator[Page]) -> Future[Page | None]:
        """Have *fetcher* begin with the next page, and take the turn back once it waits for the network."""
        with self.left():
            self.is_left.clear()
            coming = fetcher.submit(self._next, pages)
            self.is_left.wait()
        return coming

    def _next(self, pages: Iterator[Page]) -> Page | None:
        self.turn.acquire()
        try:
            return next(pages, None)
        finally:
            self.give()
