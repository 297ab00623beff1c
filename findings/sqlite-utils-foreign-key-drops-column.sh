#!/usr/bin/env bash
# sqlite-utils: adding a foreign key deletes the table's generated columns, and the collations of the others.
#
# One would guess: add_foreign_key() adds a constraint, and what else the table says stays, as CHECK does.
# So it is: SQLite cannot add a foreign key to a table, so it is made anew from what PRAGMA table_info tells, and that
# knows neither generated columns nor collations. Nothing is raised or warned of. A generated column is gone,
# and a lookup that did not care for case finds nothing. The same goes for transform(), also where nothing is to be
# changed. A CHECK stays, and so does the collation of a UNIQUE column, but inside the constraint alone.
#
# Seen:
#   sqlite-utils 4.2.1, SQLite 3.40.1
#   before: columns id sku cents vendor price; sku = 'tee-m' finds [1]
#   after:  columns id sku cents vendor; sku = 'tee-m' finds []; the CHECK is there
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sqlite-utils==4.2.1

timeout 60 "$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import sqlite_utils
from sqlite_utils.utils import sqlite3

print(f"sqlite-utils {version('sqlite-utils')}, SQLite {sqlite3.sqlite_version}")
db = sqlite_utils.Database(memory=True)
db.execute("CREATE TABLE vendors (id INTEGER PRIMARY KEY)")
db.execute(
    """CREATE TABLE products (
        id INTEGER PRIMARY KEY, sku TEXT COLLATE NOCASE, cents INTEGER CHECK (cents >= 0), vendor INTEGER,
        price REAL GENERATED ALWAYS AS (cents / 100.0) STORED)"""
)
db["vendors"].insert({"id": 7})
db["products"].insert({"id": 1, "sku": "TEE-M", "cents": 1999, "vendor": 7})


def look(when):
    columns = [row[1] for row in db.execute("PRAGMA table_xinfo(products)")]
    found = [row[0] for row in db.execute("SELECT id FROM products WHERE sku = 'tee-m'")]
    is_checked = "CHECK" in db["products"].schema
    told = "; the CHECK is there" if is_checked else ""
    print(f"{when} columns {' '.join(columns)}; sku = 'tee-m' finds {found}{told}")
    return "price" in columns, found, is_checked


before = look("before:")
db["products"].add_foreign_key("vendor", "vendors", "id")
after = look("after: ")
if (before, after) != ((True, [1], True), (False, [], True)):
    sys.exit("this is no longer so")
PYTHON
