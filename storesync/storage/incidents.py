"""Load and save incidents: problems that were reported and are not over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from storesync.model import Incident
from storesync.rules.incidents import OVER
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database


def load_incidents(database: Database) -> list[Incident]:
    """Return the incidents that are not over, the oldest first."""
    return [_incident(row) for row in database.rows("SELECT * FROM incidents ORDER BY opened_at, topic")]


def save_incidents(database: Database, incidents: Iterable[Incident], closed: Sequence[str]) -> None:
    """Save *incidents* and delete those whose topics are *closed*, inside the caller's transaction."""
    for topic in closed:
        database.write("DELETE FROM incidents WHERE topic = ?", (topic,))
    for one in incidents:
        values = (text_of(one.opened_at), text_of(one.told_at), text_of(one.noticed_at))
        database.write(
            """INSERT OR REPLACE INTO incidents (topic, kind, message, opened_at, told_at, noticed_at)
                VALUES (?, ?, ?, ?, ?, ?)""",
            (one.topic, one.kind, one.message, *values),
        )


def mark_noticed(database: Database, topics: Iterable[str], at: datetime) -> None:
    """Save that notices of these *topics* were sent, and delete the incidents that are over and were noticed."""
    with database.transaction():
        for topic in topics:
            database.write("UPDATE incidents SET noticed_at = ? WHERE topic = ?", (text_of(at), topic))
        database.write("DELETE FROM incidents WHERE kind = ? AND noticed_at IS NOT NULL", (OVER,))


def _incident(row: Any) -> Incident:
    opened_at, told_at = instant_of(row["opened_at"]), instant_of(row["told_at"])
    if opened_at is None or told_at is None:
        raise AssertionError("the schema wants both")
    return Incident(row["topic"], row["kind"], row["message"], opened_at, told_at, instant_of(row["noticed_at"]))
