"""Derive the paths of categories from their tree."""

from storesync.storage.database import Database

DEEPEST = 20

_PATHS = """WITH RECURSIVE
    live AS (SELECT id, parent_id, name FROM categories WHERE store_id = :store AND deleted_at IS NULL),
    tree (id, path, depth) AS (
        SELECT id, name, 0 FROM live WHERE parent_id IS NULL OR parent_id NOT IN (SELECT id FROM live)
        UNION ALL
        SELECT child.id, tree.path || ' > ' || child.name, depth + 1
        FROM tree CROSS JOIN categories AS child ON child.store_id = :store AND child.parent_id = tree.id
        WHERE child.deleted_at IS NULL AND depth < :deepest)
    UPDATE categories SET path = tree.path FROM tree
    WHERE categories.store_id = :store AND categories.id = tree.id AND categories.path IS NOT tree.path"""


def derive_category_paths(database: Database, store_id: int) -> None:
    """Set each category's path, the names from the root down to it; a platform sends only its parent's id."""
    database.write(_PATHS, {"store": store_id, "deepest": DEEPEST})
