"""Choose the SQLite library, here only, so that a process never loads two of them.

SQLite before 3.51.3 can corrupt a WAL database when two processes checkpoint at the same
moment (https://sqlite.org/wal.html#walresetbug), so the one bundled with pysqlite3 is used
where that is installed.
"""

try:
    import pysqlite3.dbapi2 as sqlite3
except ImportError:
    import sqlite3

# Half of what writing costs would go into the search for an adapter of each NULL; this one returns None for None.
sqlite3.register_adapter(type(None), {}.get)

__all__ = ["sqlite3"]
