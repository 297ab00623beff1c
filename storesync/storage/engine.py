"""The one place that chooses the SQLite library: never two of them in one process.

SQLite before 3.51.3 can corrupt a WAL database when two processes checkpoint at the same
moment (https://sqlite.org/wal.html#walresetbug), so the bundled one of pysqlite3 is used
where it is installed.
"""

try:
    import pysqlite3.dbapi2 as sqlite3
except ImportError:
    import sqlite3

__all__ = ["sqlite3"]
