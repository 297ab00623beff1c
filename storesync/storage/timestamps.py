"""Load and save when something was last done for the whole database, by name."""

from datetime import datetime

from storesync.runtime.instants import instant_of, text_of
from storesync.storage.database import Database

WIDENED = "widened_at"
"""The name under which is saved when a table got columns that its older rows have not filled in yet."""


def load_mark(database: Database, name: str) -> datetime | None:
    """Return when *name* was last done, None where it never was."""
    row = database.row("SELECT value FROM marks WHERE name = ?", (name,))
    return None if row is None else instant_of(row["value"])


def load_marks(database: Database, prefix: str) -> dict[str, datetime]:
    """Return when each of the things was last done whose name begins with *prefix*, by name."""
    rows = database.rows("SELECT name, value FROM marks WHERE substr(name, 1, ?) = ?", (len(prefix), prefix))
    return {row["name"]: at for row in rows if (at := instant_of(row["value"]))}


def save_mark(database: Database, name: str, at: datetime) -> None:
    """Save that *name* was done *at* this time."""
    database.write("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", (name, text_of(at)))


def forget_mark(database: Database, name: str) -> None:
    """Delete the mark that *name* was done."""
    database.write("DELETE FROM marks WHERE name = ?", (name,))
