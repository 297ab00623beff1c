"""Cuts the published schemas of the Admin API to what the simulator's schema has, one file a version.

``python -m tests.examples.schemas.cut PACKAGE``, where PACKAGE is the unpacked npm package @shopify/dev-mcp. Every
document is validated against the simulator's schema, so that what they select is there too: run it again when that
schema grows. Types, nullability, default values, deprecations and enum values are those of the published schema.
"""

import gzip
import json
import sys
from pathlib import Path

from graphql import build_client_schema, is_enum_type, print_schema

from storesync.simulator.shopify.document import schema

HERE = Path(__file__).parent
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10", "unstable")
HEAD = """\
# Subset of Shopify GraphQL Admin API schema, version {version}.
# Extracted from npm @shopify/dev-mcp {release} (dist/data/admin_{version}.json.gz).
# ISC License. Copyright 2025-present, Shopify Inc. Permission to use, copy, modify, and/or distribute this software
# for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission
# notice appear in all copies.

"""


def cut(published):
    """Return the introspected schema *published* without descriptions, and without what the simulator does not have."""
    kept = [_cut(one, schema().type_map[one["name"]]) for one in published["types"] if one["name"] in schema().type_map]
    return {**published, "types": kept, "directives": []}


def _cut(found, ours):
    """Return the introspected type *found* with the members that *ours* has."""
    members = {one.name for one in (*getattr(ours, "types", ()), *getattr(ours, "interfaces", ()))}
    fields = {} if is_enum_type(ours) else getattr(ours, "fields", {})
    return {
        **_plain(found),
        "fields": [
            {**_plain(one), "args": [_plain(each) for each in one["args"] if each["name"] in fields[one["name"]].args]}
            for one in found["fields"] or ()
            if one["name"] in fields and _name(one["type"]) in schema().type_map
        ],
        "inputFields": [_plain(one) for one in found["inputFields"] or () if one["name"] in fields],
        "interfaces": [one for one in found["interfaces"] or () if one["name"] in members],
        "possibleTypes": [one for one in found["possibleTypes"] or () if one["name"] in members],
        "enumValues": [_plain(one) for one in found["enumValues"] or ()],
    }


def _plain(found):
    return {**found, "description": None}


def _name(kind):
    return kind["name"] or _name(kind["ofType"])


def main(package):
    """Write the file of each version."""
    release = json.loads((package / "package.json").read_text())["version"]
    for version in VERSIONS:
        data = json.loads(gzip.decompress((package / "dist" / "data" / f"admin_{version}.json.gz").read_bytes()))
        text = print_schema(build_client_schema({"__schema": cut(data["data"]["__schema"])}, assume_valid=True))
        head = HEAD.format(version=version, release=release)
        (HERE / f"{version}.graphql").write_text(f"{head}{text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
