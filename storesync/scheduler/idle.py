"""The fast path of a tick in which nothing is due: imports no library but SQLite."""

import os
import time

from storesync.runtime.locations import plain_database
from storesync.storage.idle import spend_idle_minute


def nothing_is_due(*, home: str | None = None, database: str | None = None, env_file: str | None = None) -> bool:
    """Record the tick and return True if no store is due; False leaves the tick, or any fault, to the whole program.

    *home*, *database* and *env_file* are the global options as typed.
    """
    path = plain_database(os.environ, home=home, database=database, env_file=env_file)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return path is not None and spend_idle_minute(path, now)
