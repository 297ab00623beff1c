"""Takes a database back to the schema before stores could move."""


def before_moves(program):
    """Undo migration 12; the next command makes it again."""
    for statement in (
        "DROP INDEX stores_identity",
        "DROP TABLE store_keys",
        "ALTER TABLE stores DROP COLUMN time_zone_by",
        "ALTER TABLE stores DROP COLUMN shop_time_zone",
        "ALTER TABLE stores DROP COLUMN derive_due",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm012%'",
        "PRAGMA user_version = 11",
    ):
        program.write(statement)
