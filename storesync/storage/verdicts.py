"""Save and load the forecast of verdicts, for readers of the database that do not use this program."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from storesync.rules.verdict import Standing, Verdict
from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database


def save_forecast(
    database: Database, store_id: int, forecasts: Mapping[str, Sequence[tuple[datetime, Verdict]]]
) -> None:
    """Save the forecast verdicts of a store by resource, each with its start, inside the caller's transaction.

    The first of each resource is saved without its start, so that a clock that is set back finds one too.
    """
    marks = ", ".join("?" * len(forecasts))
    database.write(f"DELETE FROM verdicts WHERE store_id = ? AND resource IN ({marks})", (store_id, *forecasts))
    database.connection.executemany(
        "INSERT OR REPLACE INTO verdicts (store_id, resource, since, verdict, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (store_id, resource, text_of(at) if place else "", verdict.word, verdict.reason)
            for resource, turns in forecasts.items()
            for place, (at, verdict) in enumerate(turns)
        ],
    )


def load_standings(database: Database, *, now: datetime) -> dict[tuple[str, str], Standing]:
    """Return the state of the resources of all stores at *now*, by store key and resource."""
    rows = database.rows(
        """SELECT stores.key, known.resource, last_pass_at, complete_until, coalesce(verdict, 'unverified'), reason
            FROM (SELECT store_id, resource FROM checkpoints UNION SELECT store_id, resource FROM verdicts) AS known
                JOIN stores ON stores.id = known.store_id
                LEFT JOIN checkpoints USING (store_id, resource)
                LEFT JOIN verdicts ON verdicts.store_id = stores.id AND verdicts.resource = known.resource
                    AND verdicts.since = (SELECT max(since) FROM verdicts AS begun WHERE begun.store_id = stores.id
                        AND begun.resource = known.resource AND begun.since <= :now)
            ORDER BY stores.key, known.resource""",
        {"now": text_of(now)},
    )
    return {
        (row[0], row[1]): Standing(row[0], row[1], instant_of(row[2]), instant_of(row[3]), row[4], row[5])
        for row in rows
    }
