"""Load what stores were called before their shops got other names."""

from storesync.storage.database import Database


def load_former_keys(database: Database) -> dict[int, tuple[str, ...]]:
    """Return the former keys by store id, the latest first, of the stores that have some."""
    found: dict[int, tuple[str, ...]] = {}
    for store_id, key in database.rows("SELECT store_id, key FROM store_keys ORDER BY until DESC, key"):
        found[store_id] = (*found.get(store_id, ()), key)
    return found


def find_former(database: Database, name: str) -> set[int]:
    """Return the ids of the stores that had the key *name*, or one with that part after its colon."""
    sql = "SELECT store_id FROM store_keys WHERE key = :name OR substr(key, instr(key, ':') + 1) = :name"
    return {row[0] for row in database.rows(sql, {"name": name})}
