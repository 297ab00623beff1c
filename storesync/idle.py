"""The minute in which nothing is due: one query, one row, no library that is not needed for them."""

import os
from datetime import UTC, datetime

from storesync.errors import StoresyncError
from storesync.settings import load_settings
from storesync.storage.database import open_database
from storesync.storage.stores import any_due
from storesync.storage.ticks import save_tick


def nothing_is_due() -> bool:
    """True where no store is due; the tick is then recorded. Any trouble is left to the whole program."""
    now = datetime.now(UTC)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        database = open_database(load_settings(os.environ).database)
        if any_due(database, stamp):
            return False
        save_tick(database, stamp, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except StoresyncError:
        return False
    return True
