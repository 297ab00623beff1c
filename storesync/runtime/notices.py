"""Sends notices of trouble through Apprise, and a ping to a monitoring URL after each good tick.

Errors here are logged; they never stop, fail or delay a tick.
"""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import field
from functools import partial
from threading import Thread

from storesync import __version__
from storesync.data import dataclass
from storesync.runtime.extras import install
from storesync.runtime.text import clean

PATIENCE_S = 10.0
LONGEST_BODY = 1000
"""Characters of a notice; chat services refuse longer ones."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notices:
    """The configured receivers. *urls* are Apprise URLs as the operator wrote them; both URLs are secret.

    Each method takes at most *patience_s* seconds in all, and raises nothing.
    """

    urls: str | None = field(default=None, repr=False)
    ping_url: str | None = field(default=None, repr=False)
    patience_s: float = PATIENCE_S

    @property
    def remedy(self) -> str | None:
        """The command that installs Apprise if it is needed and missing, or else None."""
        if not self.urls:
            return None
        from importlib.util import find_spec  # noqa: PLC0415 - only where notices are wanted

        return install("notify") if find_spec("apprise") is None else None

    def understood(self) -> tuple[bool, bool]:
        """Return whether any, and whether all, of *urls* are valid for Apprise; True if there is none or no Apprise."""
        if not self.urls or self.remedy:
            return True, True
        try:
            are_all, tasks = _deliveries(self.urls, "", "")
        except Exception:  # noqa: BLE001 - whatever a library does
            return False, False
        return bool(tasks), are_all

    def send(self, title: str, body: str) -> bool:
        """Send to every service concurrently; True if one accepted it or none is configured."""
        if not self.urls:
            return True
        if self.remedy:
            log.error("notices.not_installed try=%s", self.remedy)
            return False
        lines = "\n".join(clean(line) for line in body.splitlines())
        try:
            understood, tasks = _deliveries(self.urls, clean(title), lines[:LONGEST_BODY])
        except Exception as error:  # noqa: BLE001 - whatever a library does, the tick goes on
            log.error("notices.not_prepared error=%s", type(error).__name__)  # noqa: TRY400 - its text may quote a URL
            return False
        if not understood:
            log.error("notices.not_understood setting=STORESYNC_NOTIFY_URL")
        return len(_faults(tasks, self.patience_s)) < len(tasks)

    def ping(self) -> bool:
        """Request the ping URL; True if it answered with success or none is configured."""
        return not self.ping_url or not _faults([("ping", partial(_ping, self.ping_url))], self.patience_s)


Task = tuple[str, Callable[[], str]]
"""A name for the log, and a call that returns what went wrong, or an empty text."""


def _deliveries(urls: str, title: str, body: str) -> tuple[bool, list[Task]]:
    """Return whether all of *urls* are valid, and one task for each that is."""
    from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - slow, and often not installed

    logging.getLogger("apprise").disabled = True  # it quotes URLs
    # No timeout of its own: Apprise would wait for it in non-daemon threads.
    asset = AppriseAsset(app_id="storesync", app_desc="storesync", service_timeout=0)
    book = Apprise(asset=asset)
    understood = book.add(urls)

    def deliver(alone: Apprise) -> str:
        return "" if alone.notify(title=title, body=body, body_format=NotifyFormat.TEXT) else "not taken"

    return understood, [(str(one.service_name), partial(deliver, Apprise(one, asset=asset))) for one in book]


def _ping(url: str) -> str:
    import httpx  # noqa: PLC0415 - only where there is somebody to ping

    headers = {"User-Agent": f"storesync/{__version__}"}
    with httpx.stream("GET", url, headers=headers, timeout=PATIENCE_S, follow_redirects=False) as answer:
        return "" if answer.is_success else f"status {answer.status_code}"


def _faults(tasks: Iterable[Task], patience_s: float) -> list[tuple[str, str]]:
    """Run *tasks* concurrently; log and return what went wrong. Those that take too long are abandoned."""
    started = [(name, _started(task)) for name, task in tasks]
    wait([future for _, future in started], patience_s)
    faults = [(name, fault) for name, future in started if (fault := _fault_of(future))]
    for name, fault in faults:
        log.warning("notices.failed service=%s fault=%s", name, fault)
    return faults


def _started(task: Callable[[], str]) -> Future[str]:
    """Start *task* in a daemon thread, which unlike a thread pool's does not keep the process alive."""
    future: Future[str] = Future()

    def work() -> None:
        try:
            future.set_result(task())
        except Exception as error:  # noqa: BLE001 - told by whoever waits
            future.set_exception(error)

    try:
        Thread(target=work, daemon=True).start()
    except RuntimeError as error:
        future.set_exception(error)
    return future


def _fault_of(future: Future[str]) -> str:
    if not future.done():
        return "no answer in time"
    error = future.exception()
    return type(error).__name__ if error else future.result()
