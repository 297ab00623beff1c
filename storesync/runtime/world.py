"""The outside world as parameters (clock, network, environment), which tests replace."""

import os
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from storesync.data import dataclass
from storesync.runtime.clock import Clock, system_clock

if TYPE_CHECKING:
    import httpx

    from storesync.runtime.executor import Executor


def _open_browser(url: str) -> bool:
    import webbrowser  # noqa: PLC0415 - only connect opens one

    return webbrowser.open(url)


def _reaches(host: str) -> bool:
    from storesync.runtime.network import reaches  # noqa: PLC0415 - only where nobody answers

    return reaches(host)


def _is_cron_up() -> bool | None:
    from storesync.runtime.processes import is_running  # noqa: PLC0415 - only doctor asks

    return is_running("cron", "crond")


@dataclass(frozen=True, slots=True)
class OutsideWorld:
    """Everything outside of the process that storesync uses, besides the file system and the terminal.

    *jitter* returns a random number in [0, 1), *name* a unique id. None for *transport* or *executor* means the
    real one.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Clock = field(default_factory=system_clock)
    jitter: Callable[[], float] = random.random
    name: Callable[[], str] = lambda: uuid.uuid4().hex
    transport: "httpx.BaseTransport | None" = None
    executor: "Executor | None" = None
    open_browser: Callable[[str], bool] = _open_browser
    reaches: Callable[[str], bool] = _reaches
    is_cron_up: Callable[[], bool | None] = _is_cron_up
