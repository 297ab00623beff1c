"""How many rows there are: live, deleted, set aside, held."""

from storesync.storage.database import Database
from storesync.tables import RESOURCES


def count_live(database: Database, store_id: int, resource: str) -> int:
    """Return how many live rows of *resource* a store has."""
    total = database.row(f"SELECT count(*) FROM {resource} WHERE store_id = ?", (store_id,))[0]
    sql = f"SELECT count(*) FROM {resource} WHERE store_id = ? AND deleted_at IS NOT NULL"
    return int(total) - int(database.row(sql, (store_id,))[0])


def count_lapsed(database: Database, store_id: int, resource: str) -> int:
    """Return how many live rows are no longer listed upstream."""
    column = RESOURCES[resource].lapses
    if column is None:
        return 0
    sql = f"SELECT count(*) FROM {resource} WHERE store_id = ? AND {column} IS NOT NULL AND deleted_at IS NULL"
    return int(database.row(sql, (store_id,))[0])


def count_expected(database: Database, store_id: int, resource: str) -> int:
    """Return what the source should count by all we know.

    That is live rows that did not lapse, and those set aside, less held deletions.
    """
    where = (store_id, resource)
    aside = database.row("SELECT count(*) FROM quarantine WHERE store_id = ? AND resource = ?", where)[0]
    held = database.row("SELECT count(*) FROM held_deletions WHERE store_id = ? AND resource = ?", where)[0]
    listed = count_live(database, store_id, resource) - count_lapsed(database, store_id, resource)
    return listed + int(aside) - int(held)


def count_all_lapsed(database: Database) -> dict[tuple[int, str], int]:
    """Return how many live rows are no longer listed upstream, by store and resource."""
    return {
        (row[0], kind.name): row[1]
        for kind in RESOURCES.values()
        if kind.lapses
        for row in database.rows(
            f"""SELECT store_id, count(*) FROM {kind.name}
                WHERE {kind.lapses} IS NOT NULL AND deleted_at IS NULL GROUP BY store_id"""
        )
    }


def count_rows(database: Database) -> dict[tuple[int, str], tuple[int, int]]:
    """Return (live, deleted) by store and resource."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for resource in RESOURCES:
        deleted = dict(
            tuple(row)
            for row in database.rows(
                f"SELECT store_id, count(*) FROM {resource} WHERE deleted_at IS NOT NULL GROUP BY store_id"
            )
        )
        for store_id, total in database.rows(f"SELECT store_id, count(*) FROM {resource} GROUP BY store_id"):
            gone = deleted.get(store_id, 0)
            found[store_id, resource] = (total - gone, gone)
    return found


def count_quarantined(database: Database) -> dict[tuple[int, str], int]:
    """Return how many unreadable records are set aside, by store and resource."""
    rows = database.rows("SELECT store_id, resource, count(*) FROM quarantine GROUP BY 1, 2")
    return {(row[0], row[1]): row[2] for row in rows}


def lacking(database: Database) -> dict[str, tuple[int, int, int]]:
    """Return by store key what its data lack: deletions held, records set aside, records that could not be fetched."""
    rows = database.rows(
        """SELECT key, sum(held), sum(aside), sum(missing) FROM (
                SELECT store_id, 1 AS held, 0 AS aside, 0 AS missing FROM held_deletions
                UNION ALL SELECT store_id, 0, 1, 0 FROM quarantine
                UNION ALL SELECT store_id, 0, 0, differences FROM checkpoints WHERE differences > 0)
            JOIN stores ON stores.id = store_id
            WHERE connection NOT IN ('paused', 'disconnected') GROUP BY key"""
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def count_held(database: Database) -> dict[tuple[int, str], int]:
    """Return how many deletions are held, by store and resource."""
    rows = database.rows("SELECT store_id, resource, count(*) FROM held_deletions GROUP BY 1, 2")
    return {(row[0], row[1]): row[2] for row in rows}
