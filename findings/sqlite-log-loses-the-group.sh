#!/usr/bin/env bash
# SQLite in WAL mode: the log gets the mode of the database and not its group, so that a group that may read cannot.
#
# One would guess: SQLite makes `-wal` and `-shm` like the database, and who may read all three reads.
# So it is: it copies the mode always, the owner and group only where root opens the file. Made by a user for
# whom the group of the database is not the first one, both are 0640 like the file, and of the user's own group: a
# member of the database's group is told "unable to open database file". When the user closes the file, both are deleted,
# and the same member is told "attempt to write a readonly database", for a SELECT with mode=ro. With the bit setgid
# on the folder the group is right. Left there by a last connection that only reads, both serve the group while
# nobody has the file open.
#
# Seen, with SQLite 3.40.1 and with the 3.53.4 of pysqlite3 0.6.1:
#   folder 0755, writer at work:   modes 0640 0640 0640, groups right wrong wrong: unable to open database file
#   folder 0755, writer gone:      attempt to write a readonly database
#   folder 2755, writer at work:   modes 0640 0640 0640, groups right right right: [(1,)]
#   folder 2755, writer gone:      attempt to write a readonly database
#   folder 2755, reader last:      [(1,)]
#   folder 0755, root at work:     modes 0640 0640 0640, groups right right right: [(1,)]
#
# To be three users it takes root; says so and ends elsewhere. Without a wheel of pysqlite3 it shows Python's own alone.
set -euo pipefail

if [[ $EUID != 0 ]]; then
  echo "skipped: to be another Unix user takes root"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
python3 -m venv "$folder/venv"
modules=(sqlite3)
if "$folder/venv/bin/pip" install -q --disable-pip-version-check --only-binary pysqlite3 pysqlite3==0.6.1; then
  modules+=(pysqlite3.dbapi2)
else
  echo "no wheel of pysqlite3 0.6.1 can be had here"
fi

cat >"$folder/program.py" <<'PYTHON'
"""A user of one group writes, a member of another reads; ends with 1 where it is not as it was."""

import importlib
import os
import sys
from pathlib import Path

sqlite3 = importlib.import_module(sys.argv[1])
WRITER, READER, GROUP, ROOT = 64001, 64002, 64100, 0
base = Path(__file__).parent
print(f"{sys.argv[1]}, SQLite {sqlite3.sqlite_version}")


def as_user(uid, groups, work):
    """Return what *work* returns when it is run by this user, in a process of its own."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups(groups)
        os.setgid(uid)
        os.setuid(uid)
        os.write(into, str(work()).encode())
        os._exit(0)
    os.close(into)
    os.waitpid(child, 0)
    with os.fdopen(out) as stream:
        return stream.read()


def looked_at(file, mode="ro"):
    connection = sqlite3.connect(f"file:{file}?mode={mode}", uri=True)
    return connection, connection.execute("SELECT count(*) FROM orders").fetchall()


def read(file):
    try:
        return looked_at(file)[1]
    except sqlite3.OperationalError as error:
        return error


def while_open(file):
    """Open the file, and return the connection and how SQLite made what is beside it."""
    connection, _ = looked_at(file, "rw")
    parts = [os.stat(f"{file}{end}") for end in ("", "-wal", "-shm")]
    modes = " ".join(f"{part.st_mode & 0o7777:04o}" for part in parts)
    groups = " ".join("right" if part.st_gid == GROUP else "wrong" for part in parts)
    return connection, f"modes {modes}, groups {groups}"


def at_work(file, uid):
    """Open the file as one user in a child, and read it as another before the child ends."""
    begun, begin = os.pipe()
    ended, end = os.pipe()
    child = os.fork()
    if not child:
        os.close(end)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        connection, seen = while_open(file)
        os.write(begin, seen.encode())
        os.read(ended, 1)
        connection.close()
        os._exit(0)
    os.close(ended)
    seen = os.read(begun, 1000).decode()
    found = as_user(READER, [GROUP], lambda: read(file))
    os.close(end)
    os.waitpid(child, 0)
    return f"{seen}: {found}"


def reader_last(file):
    writer, _ = looked_at(file, "rw")
    last, _ = looked_at(file)
    writer.close()
    last.close()


def made(name, mode):
    folder = base / sys.argv[1] / name
    folder.mkdir(parents=True)
    os.chown(folder, WRITER, GROUP)
    folder.chmod(mode)
    file = folder / "shop.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript("CREATE TABLE orders (id); INSERT INTO orders VALUES (1);")
    connection.close()
    os.chown(file, WRITER, GROUP)
    file.chmod(0o640)
    return file


plain, shared, roots = made("plain", 0o755), made("shared", 0o2755), made("roots", 0o755)
gone = lambda file: as_user(READER, [GROUP], lambda: read(file))  # noqa: E731
seen = [
    ("folder 0755, writer at work:", at_work(plain, WRITER)),
    ("folder 0755, writer gone:", gone(plain)),
    ("folder 2755, writer at work:", at_work(shared, WRITER)),
    ("folder 2755, writer gone:", gone(shared)),
    ("folder 2755, reader last:", (as_user(WRITER, [], lambda: reader_last(shared)), gone(shared))[1]),
    ("folder 0755, root at work:", at_work(roots, ROOT)),
]
for what, found in seen:
    print(f"  {what:30} {found}")

wrong = "modes 0640 0640 0640, groups right wrong wrong: unable to open database file"
right = "modes 0640 0640 0640, groups right right right: [(1,)]"
deleted = "attempt to write a readonly database"
sys.exit([found for _, found in seen] != [wrong, deleted, right, deleted, "[(1,)]", right])
PYTHON

for module in "${modules[@]}"; do
  timeout 30 "$folder/venv/bin/python" "$folder/program.py" "$module" || { echo "this is no longer so" >&2; exit 1; }
done
