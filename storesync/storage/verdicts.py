"""The verdicts of now and of later, for those who read the database without this program, or a part of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storesync.instants import text_of
from storesync.storage.database import Database
from storesync.verdict import Verdict


def save_outlook(database: Database, store_id: int, outlook: Mapping[str, Sequence[tuple[datetime, Verdict]]]) -> None:
    """Save the verdicts of these resources from now on, inside the caller's transaction.

    The first of each holds since ever, so that a clock that is set back finds one too.
    """
    database.connection.executemany(
        "DELETE FROM verdicts WHERE store_id = ? AND resource = ?", [(store_id, resource) for resource in outlook]
    )
    database.connection.executemany(
        "INSERT OR REPLACE INTO verdicts (store_id, resource, since, verdict, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (store_id, resource, text_of(at) if place else "", verdict.word, verdict.reason)
            for resource, turns in outlook.items()
            for place, (at, verdict) in enumerate(turns)
        ],
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be said of an answer from a resource: when it was last read, how complete it is, the verdict on it."""

    as_of: str | None
    complete_until: str | None
    verdict: str | None


def load_standings(
    database: Database, wanted: Iterable[tuple[str, str]], *, now: datetime
) -> dict[tuple[str, str], Standing]:
    """Return how these resources of stores stand, by the store's key and the resource."""
    sql = """SELECT last_pass_at, complete_until, (
            SELECT verdict FROM verdicts WHERE verdicts.store_id = stores.id AND verdicts.resource = :resource
                AND since <= :now ORDER BY since DESC LIMIT 1) AS verdict
        FROM stores LEFT JOIN checkpoints ON store_id = stores.id AND resource = :resource WHERE key = :store"""
    return {
        (store, resource): Standing(*row)
        for store, resource in set(wanted)
        for row in database.rows(sql, {"store": store, "resource": resource, "now": text_of(now)})
    }
