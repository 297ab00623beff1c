"""Whether an app may start bulk operations, when to try, and what is said where it may not. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.model import Store
from storesync.rules.apps import title_of
from storesync.runtime.instants import is_within

TRIED_AGAIN = timedelta(days=1)
"""How long after a refusal the next start is tried."""

IN_TIME = timedelta(days=6)
"""How long before its permission lapses an app starts an operation to keep it."""

PREFIX = "bulk_"
"""How the names of all marks begin that are kept of bulk operations."""

NAMED = 3
"""How many apps a message names."""

HELP = "storesync help connect"
"""The command that says more of it."""


@dataclass(frozen=True, slots=True)
class BulkMemory:
    """What is remembered of an app: when it last started a bulk operation, since when it may start none, when it tried.

    The last two are None where it may.
    """

    started_at: datetime | None = None
    refused_at: datetime | None = None
    tried_at: datetime | None = None

    def may_start(self, now: datetime) -> bool:
        """Return whether a start is worth trying: it was not refused within a day."""
        return self.refused_at is None or not is_within(self.tried_at, now, TRIED_AGAIN)


def wants_start(memory: BulkMemory, stores: Iterable[Store], lapses: timedelta, now: datetime) -> bool:
    """Return whether to start a bulk operation only to keep the permission, which *lapses* without one.

    Of an app without a known start, the oldest connection of its *stores* counts. One that was refused tries daily.
    """
    if memory.refused_at is not None:
        return memory.may_start(now)
    connected = min((store.connected_at for store in stores if store.connected_at), default=None)
    return not is_within(memory.started_at or connected, now, lapses - IN_TIME)


def memory_of(app: str, marks: Mapping[str, datetime]) -> BulkMemory:
    """Return what *marks*, by the names of `mark_of`, say of an app."""
    return BulkMemory(*(marks.get(mark_of(what, app)) for what in ("started", "refused", "tried")))


def apps_refused(marks: Mapping[str, datetime]) -> list[str]:
    """Return the apps that *marks* say may start no bulk operations."""
    return [name.removeprefix(mark_of("refused", "")) for name in marks if name.startswith(mark_of("refused", ""))]


def mark_of(what: str, app: str) -> str:
    """Return the name under which is kept when an app ``started`` an operation, was ``refused``, or ``tried`` to."""
    return f"{PREFIX}{what}:{app}"


def refusal(apps: Sequence[str]) -> str:
    """Return what is to be said of *apps* that may start no bulk operations."""
    titles = [title_of(app) for app in apps]
    more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    return (
        f"{', '.join(titles[:NAMED])}{more} may start no bulk operations: large shops are loaded and compared more "
        "slowly, nothing is missing, and it is tried again daily; allow them in the Partner or Dev Dashboard: "
        "the app, API access requests, Run bulk operations; a public app needs an IP allowlist as well: the app, "
        "Settings, IP allowlist"
    )
