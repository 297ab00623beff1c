"""The minute in which nothing is due costs next to nothing: no library is loaded but SQLite."""

import os
import time

from storesync.runtime.locations import plain_database
from storesync.storage.idle import spend_idle_minute


def nothing_is_due(*, home: str | None = None, database: str | None = None, env_file: str | None = None) -> bool:
    """Record the tick and return True where no store is due. Any trouble is left to the whole program.

    *home*, *database* and *env_file* are the options before the command, as they were typed.
    """
    path = plain_database(os.environ, home=home, database=database, env_file=env_file)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return path is not None and spend_idle_minute(path, now)
