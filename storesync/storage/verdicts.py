"""The verdicts of now and of later, for those who read the database without this program."""

from collections.abc import Mapping, Sequence
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
