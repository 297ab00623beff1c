"""The minute in which nothing is due costs next to nothing: no library is loaded but SQLite."""

import os
import time

from storesync.locations import plain_database
from storesync.storage.idle import spend_idle_minute


def nothing_is_due() -> bool:
    """Record the tick and return True where no store is due. Any trouble is left to the whole program."""
    path = plain_database(os.environ)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return path is not None and spend_idle_minute(path, now)
