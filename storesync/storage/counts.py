"""Count rows: live, deleted, quarantined, and with a held deletion."""

from collections import Counter
from functools import cache

from storesync.rules.verdict import Holdings
from storesync.storage.database import Database
from storesync.storage.live_rows import listed as is_listed
from storesync.tables import RESOURCES


def count_live(database: Database, store_id: int, resource: str) -> int:
    """Return how many live rows of *resource* a store has."""
    total = database.row(f"SELECT count(*) FROM {resource} WHERE store_id = ?", (store_id,))[0]
    sql = f"SELECT count(*) FROM {resource} WHERE store_id = ? AND deleted_at IS NOT NULL"
    return int(total) - int(database.row(sql, (store_id,))[0])


def count_lapsed(database: Database, store_id: int, resource: str) -> int:
    """Return how many live rows the platform no longer lists (`Resource.lapses`)."""
    column = RESOURCES[resource].lapses
    if column is None:
        return 0
    sql = f"SELECT count(*) FROM {resource} WHERE store_id = ? AND {column} IS NOT NULL AND deleted_at IS NULL"
    return int(database.row(sql, (store_id,))[0])


def count_listed(database: Database, store_id: int, resource: str) -> int:
    """Return how many live rows the platform should list."""
    return count_live(database, store_id, resource) - count_lapsed(database, store_id, resource)


def count_expected(database: Database, store_id: int, resource: str) -> int:
    """Return how many records the platform should count, as far as we know.

    These are live rows that did not lapse, plus quarantined records without such a row, minus held deletions.
    Held deletions of a resource that can lapse are not subtracted: why these are not listed is examined again.
    """
    lapses, rows = RESOURCES[resource].lapses, f"SELECT count(*) FROM {resource} WHERE store_id = :store"
    deleted = f"{rows} AND deleted_at IS NOT NULL"
    lapsed = f"{rows} AND {lapses} IS NOT NULL AND deleted_at IS NULL"
    held = "SELECT count(*) FROM held_deletions WHERE store_id = :store AND resource = :resource"
    aside = f"""SELECT count(*) FROM quarantine AS aside LEFT JOIN {resource} AS held
            ON held.store_id = aside.store_id AND held.id = aside.id AND {is_listed(resource, "held")}
        WHERE aside.store_id = :store AND aside.resource = :resource AND held.id IS NULL"""
    sql = f"SELECT ({rows}) - ({deleted}) - ({lapsed if lapses else held}) + ({aside})"
    return int(database.row(sql, {"store": store_id, "resource": resource})[0])


def count_held(database: Database, store_id: int) -> dict[str, int]:
    """Return how many deletions of a store are held, by resource."""
    sql = "SELECT resource, count(*) FROM held_deletions WHERE store_id = ? GROUP BY resource"
    return {row[0]: row[1] for row in database.rows(sql, (store_id,))}


def take_holdings(database: Database, store_id: int | None = None) -> dict[tuple[int, str], Holdings]:
    """Return the row counts by store id and resource, of one store or of all."""
    found: dict[tuple[int, str], Counter[str]] = {}
    for store, resource, what, count in database.rows(_holdings(is_of_one=store_id is not None), {"store": store_id}):
        found.setdefault((store, resource), Counter())[what] = count
    return {
        key: Holdings(live=counts["total"] - counts["deleted"], **{name: counts[name] for name in _COUNTS})
        for key, counts in found.items()
    }


_COUNTS = ("deleted", "quarantined", "held", "lapsed", "torn", "lacking")


@cache
def _holdings(*, is_of_one: bool) -> str:
    """Return the query of all counts: store id, resource, what is counted, how many."""
    of = "store_id = :store" if is_of_one else "TRUE"
    counted = [
        f"SELECT store_id, '{name}', '{what}', count(*) FROM {name} WHERE {of}{which} GROUP BY store_id"
        for name, resource in RESOURCES.items()
        for what, which in (
            ("total", ""),
            ("deleted", " AND deleted_at IS NOT NULL"),
            ("lapsed", f" AND {resource.lapses} IS NOT NULL AND deleted_at IS NULL"),
        )
        if what != "lapsed" or resource.lapses
    ]
    counted += [
        f"SELECT store_id, resource, '{what}', {count} FROM {table} WHERE {of} GROUP BY store_id, resource"
        for what, count, table in (
            ("quarantined", "count(*)", "quarantine"),
            ("held", "count(*)", "held_deletions"),
            ("torn", "count(*)", "lacking"),
            ("lacking", "sum(nodes)", "lacking"),
        )
    ]
    return " UNION ALL ".join(counted)


def lacking(database: Database) -> dict[str, tuple[int, int, int]]:
    """Return by store key how many deletions are held, records quarantined, and records could not be fetched.

    Stores that lack nothing, are paused or are disconnected are left out.
    """
    rows = database.rows(
        """SELECT key, sum(held), sum(aside), sum(missing) FROM (
                SELECT store_id, 1 AS held, 0 AS aside, 0 AS missing FROM held_deletions
                UNION ALL SELECT store_id, 0, 1, 0 FROM quarantine
                UNION ALL SELECT store_id, 0, 0, differences FROM checkpoints WHERE differences > 0
                UNION ALL SELECT store_id, 0, 0, nodes FROM lacking)
            JOIN stores ON stores.id = store_id
            WHERE connection NOT IN ('paused', 'disconnected') GROUP BY key"""
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def uncompared(database: Database) -> dict[str, list[tuple[str, int, str]]]:
    """Return by store key the resources whose ids could not be compared: (resource, failures in a row, last error).

    Paused and disconnected stores are left out.
    """
    found: dict[str, list[tuple[str, int, str]]] = {}
    rows = database.rows(
        """SELECT key, resource, comparison_failures, comparison_error
            FROM checkpoints JOIN stores ON stores.id = store_id
            WHERE comparison_failures > 0 AND connection NOT IN ('paused', 'disconnected') ORDER BY key, resource"""
    )
    for key, *failing in rows:
        found.setdefault(key, []).append((failing[0], failing[1], failing[2]))
    return found
