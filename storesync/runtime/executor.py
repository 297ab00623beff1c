"""Who works on several stores at the same time: threads, or whatever a test puts in their place."""

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Runs calls at the same time."""

    def start(self, call: Callable[[], T]) -> Future[T]:
        """Begin *call* and return its future result."""
        ...

    def wait(self, started: Collection[Future[T]], timeout_s: float) -> Collection[Future[T]]:
        """Return those of *started* that are done, waiting up to *timeout_s* seconds for the first."""
        ...


class ThreadExecutor:
    """Runs up to *size* calls at once, each in a thread."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="store")

    def start(self, call: Callable[[], T]) -> Future[T]:
        """Begin *call* in a thread."""
        return self._pool.submit(call)

    def wait(self, started: Collection[Future[T]], timeout_s: float) -> Collection[Future[T]]:
        """Return those that are done."""
        return wait(started, timeout=timeout_s, return_when=FIRST_COMPLETED).done
