"""Choose the SQLite library, here only, so that a process never loads two of them.

SQLite before 3.51.3 can corrupt a WAL database when two processes checkpoint at the same
moment (https://sqlite.org/wal.html#walresetbug), so the one bundled with pysqlite3 is used
where that is installed.
"""

try:
    import pysqlite3.dbapi2 as sqlite3
except ImportError:
    import sqlite3

# A third of what writing costs would go into searches for an adapter of each NULL and of each text that comes as
# bytes. These two return what they get.
sqlite3.register_adapter(type(None), {}.get)
sqlite3.register_adapter(bytes, bytes)

CHECKPOINTS_SAFELY = sqlite3.sqlite_version_info >= (3, 51, 3)
"""True if a log may be written back while other processes write; else SQLite does so when the last one closes."""

__all__ = ["CHECKPOINTS_SAFELY", "sqlite3"]
