"""The executor that runs several stores concurrently: a thread pool, replaceable in tests."""

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Runs calls concurrently."""

    def start(self, call: Callable[[], T]) -> Future[T]:
        """Start *call* and return its future."""
        ...

    def wait(self, started: Collection[Future[T]], timeout_s: float) -> Collection[Future[T]]:
        """Return those of *started* that are done; wait up to *timeout_s* seconds for the first."""
        ...


class ThreadExecutor:
    """Runs up to *size* calls at once, each in a thread."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="store")

    def start(self, call: Callable[[], T]) -> Future[T]:
        """Start *call* in a thread and return its future."""
        return self._pool.submit(call)

    def wait(self, started: Collection[Future[T]], timeout_s: float) -> Collection[Future[T]]:
        """Return those of *started* that are done; wait up to *timeout_s* seconds for the first."""
        return wait(started, timeout=timeout_s, return_when=FIRST_COMPLETED).done
