#!/usr/bin/env bash
# @shopify/dev-mcp: a query that is valid in Shopify's newest stable version is not valid in its "unstable" schema.
#
# One would guess: "unstable" is the newest stable version and what is to come, so that a query which passes there has
# nothing to fear, and one that passes in the release candidate passes there too.
# So it is: of the schemas that the package ships, "unstable" lacks 17 fields of 2026-10, among them the counts that
# prove a nested list whole (Collection.productsCount, Product.mediaCount, InventoryItem.locationsCount), and three
# arguments. A client that takes "unstable" for a superset is refused with undefinedField. Whoever
# asks for a version has to be ready for a field less, in each direction.
#
# Seen:
#   @shopify/dev-mcp 1.16.0
#   2026-07 -> 2026-10: 81 fields less
#   2026-10 -> unstable: 17 fields less, among them Collection.productsCount, InventoryItem.locationsCount, Product.mediaCount; 3 arguments less
#   2026-10 accepts { collections(first: 1) { nodes { productsCount { count } } } }
#   unstable refuses it: Cannot query field 'productsCount' on type 'Collection'. Did you mean 'products'?
set -euo pipefail

command -v npm >/dev/null || { echo "skipped: npm is not on this machine, and the schemas come in a package of npm's"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && npm pack --silent @shopify/dev-mcp@1.16.0 >/dev/null && tar -xzf ./*.tgz)
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check graphql-core==3.2.6

cd "$folder/package" && timeout 50 "$folder/venv/bin/python" - <<'PYTHON'
import gzip
import json
import sys

from graphql import build_client_schema, parse, validate

QUERY = "{ collections(first: 1) { nodes { productsCount { count } } } }"
COUNTS = {"Collection.productsCount", "InventoryItem.locationsCount", "Product.mediaCount"}


def described(version):
    return json.loads(gzip.open(f"dist/data/admin_{version}.json.gz").read())


def fields(version):
    answer = described(version)
    types = answer.get("data", answer)["__schema"]["types"]
    return {
        f"{one['name']}.{field['name']}": {argument["name"] for argument in field.get("args") or ()}
        for one in types
        for field in one.get("fields") or ()
    }


def errors(version):
    answer = described(version)
    return [error.message for error in validate(build_client_schema(answer.get("data", answer)), parse(QUERY))]


print("@shopify/dev-mcp", json.load(open("package.json"))["version"])
july, october, unstable = map(fields, ("2026-07", "2026-10", "unstable"))
lost = october.keys() - unstable.keys()
arguments = {f"{name}({one})" for name in october.keys() & unstable.keys() for one in october[name] - unstable[name]}
print(f"2026-07 -> 2026-10: {len(july.keys() - october.keys())} fields less")
print(f"2026-10 -> unstable: {len(lost)} fields less, among them {', '.join(sorted(COUNTS & lost))}", end="; ")
print(f"{len(arguments)} arguments less")
stable, newest = errors("2026-10"), errors("unstable")
print("2026-10", "refuses" if stable else "accepts", QUERY)
print("unstable", f"refuses it: {newest[0]}" if newest else "accepts it")
sys.exit(not (lost >= COUNTS and arguments and not stable and newest))
PYTHON
