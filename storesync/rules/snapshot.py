"""The state of all stores at one instant, as frozen data: the input of the status report."""

from dataclasses import field
from datetime import datetime

from storesync.data import dataclass
from storesync.model import Checkpoint, Credential, Holder, Store
from storesync.rules.bulk import BulkMemory
from storesync.rules.outages import Outage
from storesync.rules.verdict import Holdings


@dataclass(frozen=True, slots=True)
class LastTick:
    """The last tick that ended."""

    started_at: datetime
    ended_at: datetime
    exit_code: int


@dataclass(frozen=True, slots=True)
class History:
    """Measurements for the targets of the status report; None where there was nothing to measure."""

    success_rate: float | None
    tick_rate: float | None
    recovery_hours: float | None


@dataclass(frozen=True, slots=True)
class Hour:
    """The results of the runs that began in the hour from *at* on."""

    at: datetime
    succeeded: int
    failed: int
    rows_changed: int


@dataclass(frozen=True, slots=True)
class Told:
    """A change of a shop that an event told of; *kind* is one of `storesync.rules.moves.KINDS`."""

    at: datetime
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of everything at one instant; maps are by store id, *outages* by platform.

    *erasures* are the stores with an unfinished erasure. *is_widened*: tables got columns that
    their older rows have not filled in yet. *bulk* are the apps that may start no bulk operations.
    *former_keys* are what stores were called before, *changes* those of their shops within a week, the latest first.
    """

    stores: tuple[Store, ...]
    checkpoints: dict[int, dict[str, Checkpoint]]
    holdings: dict[tuple[int, str], Holdings]
    tokens: dict[int, Credential]
    holders: dict[int, Holder]
    outages: dict[str, Outage]
    requests_24h: dict[int, int]
    last_run_seconds: dict[int, float]
    lately: dict[int, list[Hour]]
    last_tick: LastTick | None
    next_due_at: datetime | None
    history: History
    erasures: frozenset[int]
    is_widened: bool
    bulk: dict[str, BulkMemory]
    former_keys: dict[int, tuple[str, ...]] = field(default_factory=dict)
    changes: dict[int, list[Told]] = field(default_factory=dict)
