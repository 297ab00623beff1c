"""Count rows: live, deleted, quarantined, and with a held deletion."""

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
    where = (store_id, resource)
    sql = f"""SELECT count(*) FROM quarantine AS aside LEFT JOIN {resource} AS held
            ON held.store_id = aside.store_id AND held.id = aside.id AND {is_listed(resource, "held")}
        WHERE aside.store_id = ? AND aside.resource = ? AND held.id IS NULL"""
    aside = database.row(sql, where)[0]
    held = database.row("SELECT count(*) FROM held_deletions WHERE store_id = ? AND resource = ?", where)[0]
    believed = 0 if RESOURCES[resource].lapses else int(held)
    return count_listed(database, store_id, resource) + int(aside) - believed


def count_held(database: Database, store_id: int) -> dict[str, int]:
    """Return how many deletions of a store are held, by resource."""
    found = _by_resource(database, "held_deletions", "store_id = ?", (store_id,))
    return {resource: counts[store_id] for resource, counts in found.items()}


def take_holdings(database: Database, store_id: int | None = None) -> dict[tuple[int, str], Holdings]:
    """Return the row counts by store id and resource, of one store or of all."""
    of, whose = ("TRUE", ()) if store_id is None else ("store_id = ?", (store_id,))
    aside = _by_resource(database, "quarantine", of, whose)
    held = _by_resource(database, "held_deletions", of, whose)
    lacks = _lacks(database, of, whose)
    found = {}
    for name, resource in RESOURCES.items():
        total = _by_store(database, name, of, whose)
        deleted = _by_store(database, name, f"{of} AND deleted_at IS NOT NULL", whose)
        lapsed = (
            _by_store(database, name, f"{of} AND {resource.lapses} IS NOT NULL AND deleted_at IS NULL", whose)
            if resource.lapses
            else {}
        )
        for store in {*total, *aside.get(name, {}), *held.get(name, {})}:
            gone = deleted.get(store, 0)
            torn, lacking = lacks.get((store, name), (0, 0))
            found[store, name] = Holdings(
                live=total.get(store, 0) - gone,
                deleted=gone,
                quarantined=aside.get(name, {}).get(store, 0),
                held=held.get(name, {}).get(store, 0),
                lapsed=lapsed.get(store, 0),
                torn=torn,
                lacking=lacking,
            )
    return found


def _lacks(database: Database, where: str, values: tuple[int, ...]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return by store id and resource how many records lack some of their parts, and how many of these in all."""
    sql = f"SELECT store_id, resource, count(*), sum(nodes) FROM lacking WHERE {where} GROUP BY store_id, resource"
    return {(row[0], row[1]): (row[2], row[3]) for row in database.rows(sql, values)}


def _by_store(database: Database, table: str, where: str, values: tuple[int, ...]) -> dict[int, int]:
    rows = database.rows(f"SELECT store_id, count(*) FROM {table} WHERE {where} GROUP BY store_id", values)
    return {row[0]: row[1] for row in rows}


def _by_resource(database: Database, table: str, where: str, values: tuple[int, ...]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    sql = f"SELECT store_id, resource, count(*) FROM {table} WHERE {where} GROUP BY store_id, resource"
    for store_id, resource, count in database.rows(sql, values):
        found.setdefault(resource, {})[store_id] = count
    return found


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
