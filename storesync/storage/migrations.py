"""The database schema: numbered migrations in one transaction, safe when two processes start together.

Data tables follow the declarations of `storesync.tables`: a migration that adds a resource
or a column is one call of `_promise`.
"""

from pathlib import Path

import sqlite_utils

from storesync.runtime.files import made_whole
from storesync.storage.connection import APPLICATION_ID, SCHEMA_VERSION
from storesync.storage.connections import SET_APART
from storesync.storage.database import Database, translated
from storesync.storage.documents import create_index
from storesync.storage.live_rows import ends, listed
from storesync.storage.timestamps import WIDENED
from storesync.storage.views import RETURNED, SALE, create_views
from storesync.tables import RESOURCES, TABLES, Table

migrations = sqlite_utils.Migrations("storesync")

_TYPES = {"T": "TEXT", "I": "INTEGER", "B": "INTEGER", "N": "NUMERIC", "A": "TEXT", "D": "TEXT", "J": "TEXT"}

_BOOKKEEPING = (
    """CREATE TABLE stores (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, platform_id TEXT NOT NULL,
        domain TEXT, url TEXT, name TEXT, alias TEXT, owner TEXT, country TEXT, language TEXT,
        main_currency TEXT, time_zone TEXT, plan TEXT,
        sync_status TEXT NOT NULL DEFAULT 'pending', connection TEXT NOT NULL DEFAULT 'connected',
        connection_reason TEXT, tier TEXT NOT NULL DEFAULT 'high', tier_pinned INTEGER NOT NULL DEFAULT 0,
        last_activity_at TEXT, connected_at TEXT NOT NULL, first_started_at TEXT, first_synced_at TEXT,
        last_attempt_at TEXT, last_sync_at TEXT, next_sync_at TEXT,
        consecutive_failures INTEGER NOT NULL DEFAULT 0, last_error_code TEXT, last_error TEXT,
        last_reconciled_at TEXT, disconnected_at TEXT,
        touched_at TEXT, refusals INTEGER NOT NULL DEFAULT 0, hint TEXT,
        resources TEXT NOT NULL DEFAULT '[]', since TEXT)""",
    "CREATE UNIQUE INDEX stores_alias ON stores (alias) WHERE alias IS NOT NULL",
    """CREATE INDEX stores_next_sync_at ON stores (next_sync_at)
        WHERE connection NOT IN ('paused', 'disconnected')""",
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, trigger TEXT NOT NULL, kind TEXT NOT NULL,
        status TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, slices INTEGER NOT NULL DEFAULT 0,
        requests INTEGER NOT NULL DEFAULT 0, pages INTEGER NOT NULL DEFAULT 0,
        records INTEGER NOT NULL DEFAULT 0, rows_written INTEGER NOT NULL DEFAULT 0,
        rows_deleted INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
        waited_seconds NUMERIC NOT NULL DEFAULT 0, error_code TEXT, error TEXT)""",
    "CREATE INDEX runs_store_id ON runs (store_id, started_at)",
    "CREATE INDEX runs_running ON runs (store_id) WHERE status = 'running'",
    "CREATE INDEX runs_started_at ON runs (started_at)",
    """CREATE INDEX runs_idle ON runs (started_at)
        WHERE status = 'succeeded' AND rows_written = 0 AND rows_deleted = 0""",
    """CREATE TABLE run_resources (
        run_id INTEGER NOT NULL, resource TEXT NOT NULL, status TEXT NOT NULL, pages INTEGER, records INTEGER,
        source_count INTEGER, end_signal TEXT, error_code TEXT, error TEXT, UNIQUE (run_id, resource))""",
    """CREATE TABLE ticks (
        started_at TEXT PRIMARY KEY, ended_at TEXT, due INTEGER, served INTEGER, failed INTEGER,
        pending_picked INTEGER, exit_code INTEGER, error_code TEXT)""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY, store_id INTEGER, at TEXT NOT NULL, kind TEXT NOT NULL,
        message TEXT NOT NULL)""",
    "CREATE INDEX events_store_id ON events (store_id, at)",
    "CREATE INDEX events_at ON events (at)",
    """CREATE TABLE quarantine (
        store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
        payload TEXT NOT NULL, first_seen_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 1,
        UNIQUE (store_id, resource, id))""",
    """CREATE TABLE payloads (
        store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, part TEXT NOT NULL,
        api_version TEXT NOT NULL, fetched_at TEXT NOT NULL, body TEXT NOT NULL,
        digest BLOB NOT NULL, source_updated_at TEXT, UNIQUE (store_id, resource, id, part))""",
    """CREATE TABLE checkpoints (
        store_id INTEGER NOT NULL, resource TEXT NOT NULL, watermark TEXT, complete_until TEXT,
        last_pass_at TEXT, looked_back_at TEXT, pass_kind TEXT, pass_since TEXT, pass_started_at TEXT,
        cursor TEXT, pages INTEGER NOT NULL DEFAULT 0, records INTEGER NOT NULL DEFAULT 0, expected INTEGER,
        source_count INTEGER, counted_at TEXT, comparison_due INTEGER NOT NULL DEFAULT 0,
        comparison_cursor TEXT, comparison_ids INTEGER NOT NULL DEFAULT 0,
        comparison_started_at TEXT, compared_at TEXT,
        differences INTEGER, denied_scope TEXT, denied_at TEXT, limited_since TEXT, error_code TEXT,
        error TEXT, UNIQUE (store_id, resource))""",
    """CREATE TABLE leases (
        store_id INTEGER PRIMARY KEY, owner TEXT, generation INTEGER NOT NULL DEFAULT 0, boot TEXT,
        expires_at REAL, since TEXT, trigger TEXT, resource TEXT)""",
    "CREATE INDEX leases_owner ON leases (owner) WHERE owner IS NOT NULL",
    """CREATE TABLE credentials (
        store_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, sealed BLOB NOT NULL, scopes TEXT NOT NULL,
        expires_at TEXT, refresh_expires_at TEXT, saved_at TEXT NOT NULL)""",
    """CREATE TABLE listed (
        store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, updated_at TEXT,
        UNIQUE (store_id, resource, id))""",
    """CREATE TABLE held_deletions (
        store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, held_at TEXT NOT NULL,
        UNIQUE (store_id, resource, id))""",
    "CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)


@migrations()
def m001_begin(db: sqlite_utils.Database) -> None:
    """Create the bookkeeping and the tables of products, categories, customers and orders."""
    for statement in _BOOKKEEPING:
        db.execute(statement)
    _promise(db)


@migrations()
def m002_widen(db: sqlite_utils.Database) -> None:
    """Add the resources from checkouts to inventory levels, and the columns that reading them needs."""
    for statement in (
        "ALTER TABLE checkpoints ADD COLUMN drifted_at TEXT",
        "ALTER TABLE checkpoints ADD COLUMN deep_drifted_at TEXT",
        "ALTER TABLE checkpoints ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE stores ADD COLUMN described_at TEXT",
        """CREATE TABLE unfinished (
            store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (store_id, resource, id))""",
    ):
        db.execute(statement)
    _promise(db)


@migrations()
def m003_watch(db: sqlite_utils.Database) -> None:
    """Add what the scheduler saves: incidents, excused failures, when to compare ids; index the stores that are due."""
    for statement in (
        "ALTER TABLE stores ADD COLUMN excused INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE stores ADD COLUMN compare_at TEXT",
        "ALTER TABLE stores ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0",
        "UPDATE stores SET compare_at = next_sync_at WHERE first_synced_at IS NOT NULL",
        """CREATE INDEX stores_compare_at ON stores (compare_at)
            WHERE connection = 'connected' AND sync_status = 'completed'""",
        """CREATE INDEX stores_tried_at ON stores (coalesce(last_attempt_at, connected_at))
            WHERE connection NOT IN ('paused', 'disconnected')""",
        """CREATE INDEX stores_in_trouble ON stores (key)
            WHERE consecutive_failures > 0 OR connection IN ('needs_reauth', 'suspended')""",
        "CREATE INDEX stores_excused ON stores (platform) WHERE excused > 0",
        "CREATE INDEX checkpoints_differ ON checkpoints (store_id) WHERE differences > 0",
        """CREATE TABLE incidents (
            topic TEXT PRIMARY KEY, kind TEXT NOT NULL, message TEXT NOT NULL, opened_at TEXT NOT NULL,
            told_at TEXT NOT NULL, noticed_at TEXT)""",
    ):
        db.execute(statement)


@migrations()
def m004_rebuild(db: sqlite_utils.Database) -> None:
    """Add the position and counters of unfinished rebuilds."""
    db.execute(
        """CREATE TABLE rebuilds (
            store_id INTEGER NOT NULL, resource TEXT NOT NULL, program TEXT NOT NULL, saved_at TEXT NOT NULL,
            after TEXT NOT NULL, records INTEGER NOT NULL, rows_written INTEGER NOT NULL,
            rows_deleted INTEGER NOT NULL, unreadable INTEGER NOT NULL,
            UNIQUE (store_id, resource))"""
    )


@migrations()
def m005_proof(db: sqlite_utils.Database) -> None:
    """Add what verdicts need: comparisons that failed, and when a quarantined record was last tried."""
    for statement in (
        "ALTER TABLE checkpoints ADD COLUMN comparison_failures INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN comparison_error TEXT",
        "ALTER TABLE checkpoints ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE checkpoints ADD COLUMN doubted_at TEXT",
        "CREATE INDEX checkpoints_uncompared ON checkpoints (store_id) WHERE comparison_failures > 0",
        "ALTER TABLE quarantine ADD COLUMN tried_at TEXT",
    ):
        db.execute(statement)


@migrations()
def m006_forget(db: sqlite_utils.Database) -> None:
    """Add the marks of forgotten people, the secrets that these are made with, and unfinished erasures."""
    for statement in (
        "CREATE TABLE forgotten (store_id INTEGER NOT NULL, mark BLOB NOT NULL, UNIQUE (store_id, mark))",
        "CREATE TABLE secrets (name TEXT PRIMARY KEY, sealed BLOB NOT NULL)",
        """CREATE TABLE erasures (
            store_id INTEGER PRIMARY KEY, tables TEXT NOT NULL, ends_by_itself INTEGER NOT NULL DEFAULT 0)""",
    ):
        db.execute(statement)


@migrations()
def m007_compare(db: sqlite_utils.Database) -> None:
    """Compare ids without reading rows: versions from an index, listings in the order of their ids.

    A listing that is under way starts anew.
    """
    for statement in (
        "UPDATE checkpoints SET comparison_cursor = NULL",
        "DROP TABLE listed",
        """CREATE TABLE listed (
            store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, updated_at TEXT,
            PRIMARY KEY (store_id, resource, id)) WITHOUT ROWID""",
    ):
        db.execute(statement)
    _promise(db)


@migrations()
def m008_analyse(db: sqlite_utils.Database) -> None:
    """Add the analytics views and what they read: the day of a checkout, forecast verdicts, wider indexes."""
    for index in ("orders_placed_on", *(f"{name}_deleted" for name in TABLES)):
        db.execute(f"DROP INDEX IF EXISTS {index}")
    db.execute(
        """CREATE TABLE verdicts (
            store_id INTEGER NOT NULL, resource TEXT NOT NULL, since TEXT NOT NULL, verdict TEXT NOT NULL,
            reason TEXT, UNIQUE (store_id, resource, since))"""
    )
    _promise(db)
    create_views(db.conn)


@migrations()
def m009_search(db: sqlite_utils.Database) -> None:
    """Add the search index, with a document for each existing record."""
    _promise(db)
    database = Database(db.conn, Path(db.execute("PRAGMA database_list").fetchone()[2]))
    create_index(database, now=db.execute("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')").fetchone()[0])


@migrations()
def m010_live_on(db: sqlite_utils.Database) -> None:
    """Add barcodes, customers' states in listings of ids, fields that are left out, and what nested lists lack."""
    for statement in (
        "ALTER TABLE checkpoints ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]'",
        "CREATE INDEX checkpoints_left_out ON checkpoints (store_id) WHERE left_out <> '[]'",
        """CREATE TABLE lacking (
            store_id INTEGER NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, nodes INTEGER NOT NULL,
            UNIQUE (store_id, resource, id))""",
        "ALTER TABLE stores ADD COLUMN served_version TEXT",
        "ALTER TABLE listed ADD COLUMN state TEXT",
        "DROP INDEX customers_version",
    ):
        db.execute(statement)
    for resource, field in _NEVER_READ.items():
        db.execute(_LEAVE_OUT, {"resource": resource, "field": field})
    _promise(db)


@migrations()
def m011_tell_sales(db: sqlite_utils.Database) -> None:
    """Add the columns in the terms of sales reports, and the views that read them.

    Until the rows are rebuilt they have what the older columns tell: what was paid back counts as returned.
    """
    db.execute("DROP INDEX IF EXISTS orders_placed_on")
    _promise(db)
    db.execute(_AS_OLDER_COLUMNS_TELL)
    db.execute(_LEAVE_OUT, {"resource": "orders", "field": "Order.totalCashRoundingAdjustment"})
    create_views(db.conn)


_AS_OLDER_COLUMNS_TELL = """
    UPDATE orders SET gross_sales = subtotal - CASE WHEN taxes_included THEN coalesce(tax_total, 0) ELSE 0 END,
        discounts = coalesce(discount_total, 0), returns = refunded_total, shipping = shipping_total,
        taxes = tax_total, tips = tip_total
    WHERE gross_sales IS NULL"""

_NEVER_READ = {
    "products": "ProductVariant.barcodes",
    "customers": "Customer.taxSettings",
    "orders": "Order.localizedFields",
}
"""The fields that are read of Shopify's stores since migration 10, by resource."""

# Each is asked for within a week, not all in the same minute: then all records are read anew.
_LEAVE_OUT = """UPDATE checkpoints SET left_out = json_insert(left_out, '$[#]', json_object(
        'field', :field, 'why', 'an older storesync did not read', 'version', '', 'scopes', json_array(),
        'remedy', 'it is read within a week, or at once: storesync sync --all --full',
        'at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || (store_id * 86399 % 604800) || ' seconds'),
        'is_denied', json('false'), 'is_missed', json('true')))
    WHERE resource = :resource AND watermark IS NOT NULL
        AND store_id IN (SELECT id FROM stores WHERE platform = 'shopify')"""


@migrations()
def m012_move(db: sqlite_utils.Database) -> None:
    """Add former keys and who chose a time zone; disconnect all but one store of a shop that was connected twice."""
    for statement in (
        """CREATE TABLE store_keys (
            key TEXT NOT NULL, store_id INTEGER NOT NULL, until TEXT NOT NULL, UNIQUE (key, store_id))""",
        "ALTER TABLE stores ADD COLUMN time_zone_by TEXT NOT NULL DEFAULT 'shop'",
        "ALTER TABLE stores ADD COLUMN shop_time_zone TEXT",
        "ALTER TABLE stores ADD COLUMN derive_due TEXT NOT NULL DEFAULT '[]'",
        _FILL_SHOP_TIME_ZONE,
        "UPDATE stores SET time_zone_by = 'operator' WHERE time_zone IS NOT shop_time_zone",
    ):
        db.execute(statement)
    now = db.execute("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')").fetchone()[0]
    for store_id, key, kept in db.execute(_COPIES).fetchall():
        _set_apart(db, store_id, key, kept, now)
    db.execute(
        "CREATE UNIQUE INDEX stores_identity ON stores (platform, platform_id) WHERE connection <> 'disconnected'"
    )
    create_views(db.conn)


@migrations()
def m013_choose(db: sqlite_utils.Database) -> None:
    """Add the tables of the resources that are read only where the operator asks for them."""
    _promise(db)
    create_views(db.conn)


# Tiendanube tells no time zone: its stores got that of their country's capital.
_FILL_SHOP_TIME_ZONE = """UPDATE stores SET shop_time_zone = (
    SELECT CASE platform WHEN 'shopify' THEN json_extract(body, '$.ianaTimezone') WHEN 'tiendanube' THEN
        CASE upper(json_extract(body, '$.country'))
            WHEN 'AR' THEN 'America/Argentina/Buenos_Aires' WHEN 'BO' THEN 'America/La_Paz'
            WHEN 'BR' THEN 'America/Sao_Paulo' WHEN 'CL' THEN 'America/Santiago' WHEN 'CO' THEN 'America/Bogota'
            WHEN 'CR' THEN 'America/Costa_Rica' WHEN 'DO' THEN 'America/Santo_Domingo'
            WHEN 'EC' THEN 'America/Guayaquil' WHEN 'ES' THEN 'Europe/Madrid' WHEN 'GT' THEN 'America/Guatemala'
            WHEN 'MX' THEN 'America/Mexico_City' WHEN 'PA' THEN 'America/Panama' WHEN 'PE' THEN 'America/Lima'
            WHEN 'PT' THEN 'Europe/Lisbon' WHEN 'PY' THEN 'America/Asuncion' WHEN 'US' THEN 'America/New_York'
            WHEN 'UY' THEN 'America/Montevideo' WHEN 'VE' THEN 'America/Caracas' END END
    FROM payloads WHERE payloads.store_id = stores.id AND resource = 'store' AND part = 'record' AND json_valid(body)
    ORDER BY fetched_at DESC)"""

# The one that is kept is read still, and was synced last. What an operator disconnected is a copy, too.
_COPIES = """SELECT id, key, kept FROM (
        SELECT id, key, first_value(key) OVER (PARTITION BY platform, platform_id
            ORDER BY connection = 'disconnected', last_sync_at DESC, id DESC) AS kept
        FROM stores WHERE connection_reason IS NOT 'purging')
    WHERE key <> kept"""


def _set_apart(db: sqlite_utils.Database, store_id: int, key: str, kept: str, now: str) -> None:
    place = {"id": store_id, "key": key, "kept": kept, "now": now}
    db.execute("DELETE FROM credentials WHERE store_id = :id", place)
    db.execute(SET_APART, place)
    told = f"{key} is a copy of {kept}, the same shop: it is read no more"
    db.execute("INSERT INTO events (store_id, at, kind, message) VALUES (?, ?, 'duplicate', ?)", (store_id, now, told))
    told += f", and no view has it; erase the copy: storesync disconnect {key} --purge"
    db.execute(
        "INSERT OR REPLACE INTO incidents (topic, kind, message, opened_at, told_at) VALUES (?, 'news', ?, ?, ?)",
        (f"the copy {key} of {kept}", told, now, now),
    )


def migrate(database: Database) -> None:
    """Bring *database* to this program's schema; an older one is first backed up to a file beside it."""
    version = database.row("PRAGMA user_version")[0]
    if version:
        _back_up(database, version)
    db = sqlite_utils.Database(database.connection)
    with database.transaction():
        if database.row("PRAGMA user_version")[0] < SCHEMA_VERSION:
            migrations.apply(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _back_up(database: Database, version: int) -> None:
    copy = Path(f"{database.path}.v{version}.backup")
    if not copy.exists():
        with translated(copy), made_whole(copy) as fresh:
            database.write("VACUUM INTO ?", (str(fresh),))


def _promise(db: sqlite_utils.Database) -> None:
    """Create every declared table, column and index that does not exist yet."""
    found = "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns"
    have: dict[str, set[str]] = {}
    for name, column in db.execute(found):
        have.setdefault(name, set()).add(column)
    for table in TABLES.values():
        if table.name not in have:
            db.execute(_create(table))
            for parent in (resource.name for resource in RESOURCES.values() if table.name in resource.children):
                db.execute(_widened(TABLES[parent]))
        for column in table.columns if table.name in have else ():
            if column.name not in have[table.name]:
                db.execute(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {_TYPES[column.kind]}")
                db.execute(_widened(table))
        for name, definition in _indexes(table):
            db.execute(f"CREATE INDEX IF NOT EXISTS {table.name}_{name} ON {table.name} {definition}")


def _widened(table: Table) -> str:
    """Return the statement that saves that rows are to be rebuilt, if *table* has any."""
    return f"""INSERT OR IGNORE INTO marks (name, value) SELECT '{WIDENED}', strftime('%Y-%m-%dT%H:%M:%SZ', 'now')
        WHERE EXISTS (SELECT 1 FROM {table.name})"""


def _create(table: Table) -> str:
    columns = ", ".join(f"{column.name} {_TYPES[column.kind]}" for column in table.columns)
    return (
        f"CREATE TABLE {table.name} (store_id INTEGER NOT NULL, id TEXT NOT NULL, {columns},"
        " created_at TEXT, updated_at TEXT, synced_at TEXT NOT NULL, deleted_at TEXT, UNIQUE (store_id, id))"
    )


def _indexes(table: Table) -> list[tuple[str, str]]:
    references = [column.name for column in table.columns if column.name.endswith("_id") and not column.personal]
    found = [(name, f"(store_id, {name})") for name in references]
    found.append(("updated_at", "(store_id, updated_at)"))
    if table.name == "orders":
        found.append(("placed_on", f"(store_id, placed_on, {SALE})"))
        found.append(("returned", f"(store_id) WHERE {RETURNED.replace('orders.', '')}"))
    if table.keeps_tombstones:
        found.append(("deleted", "(store_id, deleted_at) WHERE deleted_at IS NOT NULL"))
    if table.name in RESOURCES:
        silent = RESOURCES[table.name].silent
        columns = ", ".join(("store_id", "id", "updated_at", *((silent,) if silent else ()), *ends(table.name)))
        # Since it contains the columns that are NULL in it, a comparison of ids reads no row.
        found.append(("version", f"({columns}) WHERE {listed(table.name, table.name)}"))
        lapses = RESOURCES[table.name].lapses
        if lapses:
            found.append(("lapsed", f"(store_id) WHERE {lapses} IS NOT NULL"))
    return found
