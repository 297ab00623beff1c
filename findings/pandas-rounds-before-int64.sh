#!/usr/bin/env bash
# pandas: read_sql_query(dtype="Int64") rounds long ids all the same, as soon as one row of the column is NULL.
#
# One would guess: an integer column with a NULL becomes float64 by default, but Int64, object or string as the dtype,
# or coerce_float=False, keep the integers of the database as they are.
# So it is: all of these convert afterwards what has been a float64 already. Int64 is the worst, since the rounded id
# looks exact, and may be that of another row. coerce_float=False does not help either. Only dtype_backend does. With
# chunksize it depends on the chunk: one without a NULL is exact, so that the same id differs from chunk to chunk.
#
# Seen:
#   pandas 3.1.1, the database has 900719925474099301
#   default:                       9.007199254740993e+17 float64
#   dtype Int64:                   900719925474099328 Int64
#   dtype object:                  9.007199254740993e+17 object
#   dtype string:                  9.007199254740993e+17 string
#   coerce_float=False:            9.007199254740993e+17 float64
#   coerce_float=False and Int64:  900719925474099328 Int64
#   dtype_backend numpy_nullable:  900719925474099301 Int64
#   dtype Int64, chunks of one:    900719925474099301 Int64
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pandas==3.1.1 numpy==2.4.6

timeout 60 "$folder/venv/bin/python" - <<'PYTHON'
import sqlite3
import sys

import pandas as pd

ID = 900719925474099301
SQL = "SELECT parent FROM orders ORDER BY id"
connection = sqlite3.connect(":memory:")
connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, parent INTEGER)")
connection.executemany("INSERT INTO orders VALUES (?, ?)", [(1, ID), (2, None)])
print(f"pandas {pd.__version__}, the database has {ID}")


def read(name, **how):
    frame = pd.read_sql_query(SQL, connection, **how)
    frame = frame if isinstance(frame, pd.DataFrame) else next(frame)
    value = str(frame["parent"][0])
    print(f"{name + ':':30} {value} {frame['parent'].dtype}")
    return value == str(ID)


exact = [
    read("default"),
    read("dtype Int64", dtype={"parent": "Int64"}),
    read("dtype object", dtype={"parent": object}),
    read("dtype string", dtype={"parent": "string"}),
    read("coerce_float=False", coerce_float=False),
    read("coerce_float=False and Int64", coerce_float=False, dtype={"parent": "Int64"}),
    read("dtype_backend numpy_nullable", dtype_backend="numpy_nullable"),
    read("dtype Int64, chunks of one", dtype={"parent": "Int64"}, chunksize=1),
]
if exact != [False] * 6 + [True] * 2:
    sys.exit("this is no longer so")
PYTHON
