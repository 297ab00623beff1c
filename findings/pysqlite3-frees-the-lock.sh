#!/usr/bin/env bash
# pysqlite3 beside sqlite-utils: who opens and closes the file with Python's sqlite3 frees the lock of a transaction.
#
# One would guess: to install pysqlite3 changes nothing for who does not import it, and to read a database
# through a second connection of the same process does no harm to a transaction of the first.
# So it is: sqlite-utils takes pysqlite3 as soon as it is installed. Then two copies of the SQLite library are in one
# process, and neither knows the files that the other has open. POSIX locks belong to the process: when Python's own
# sqlite3 closes the file, all locks of the process on it are gone, those of the other copy too. Another process
# begins to write in the middle of the transaction. With WAL it is no different. SQLite warns of two
# copies in one program; here no line of the program has changed.
#
# Seen:
#   sqlite-utils 4.2.1 without pysqlite3, SQLite 3.40.1
#     delete: another process: database is locked; after a read by sqlite3: database is locked
#     wal:    another process: database is locked; after a read by sqlite3: database is locked
#   sqlite-utils 4.2.1 with pysqlite3 0.6.1, SQLite 3.53.4
#     delete: another process: database is locked; after a read by sqlite3: writes too
#     wal:    another process: database is locked; after a read by sqlite3: writes too
#
# Needs a wheel of pysqlite3 (Linux on x86_64, macOS on arm64); says so and ends elsewhere.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sqlite-utils==4.2.1

cat >"$folder/other.py" <<'PYTHON'
"""Another process: can it begin to write?"""

import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    print("writes too")
except sqlite3.OperationalError as error:
    print(error)
PYTHON

cat >"$folder/program.py" <<'PYTHON'
"""The same program, run with and without pysqlite3; ends with 1 where the lock is not what it was."""

import sqlite3
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlite_utils
from sqlite_utils.utils import sqlite3 as used

folder = Path(__file__).parent
try:
    beside = f"with pysqlite3 {version('pysqlite3')}"
except PackageNotFoundError:
    beside = "without pysqlite3"
print(f"sqlite-utils {version('sqlite-utils')} {beside}, SQLite {used.sqlite_version}")


def other(file):
    words = [sys.executable, str(folder / "other.py"), str(file)]
    return subprocess.run(words, capture_output=True, check=True, text=True, timeout=10).stdout.strip()


seen = set()
for mode in ("delete", "wal"):
    file = folder / f"{beside.split()[0]}-{mode}.db"
    db = sqlite_utils.Database(file)
    db.execute(f"PRAGMA journal_mode = {mode}")
    db["orders"].insert({"id": 1})
    db.conn.commit()
    db.conn.execute("BEGIN IMMEDIATE")
    db.conn.execute("INSERT INTO orders (id) VALUES (2)")
    first = other(file)
    reader = sqlite3.connect(file)
    reader.execute("SELECT count(*) FROM orders").fetchall()
    reader.close()
    second = other(file)
    db.conn.execute("ROLLBACK")
    print(f"  {mode + ':':7} another process: {first}; after a read by sqlite3: {second}")
    seen.add((first, second))

sys.exit(seen != {("database is locked", sys.argv[1])})
PYTHON

changed() { echo "this is no longer so" >&2; exit 1; }
timeout 60 "$folder/venv/bin/python" "$folder/program.py" "database is locked" || changed
if ! "$folder/venv/bin/pip" install -q --disable-pip-version-check --only-binary pysqlite3 pysqlite3==0.6.1; then
  echo "skipped: no wheel of pysqlite3 0.6.1 can be had here"
  exit 0
fi
timeout 60 "$folder/venv/bin/python" "$folder/program.py" "writes too" || changed
