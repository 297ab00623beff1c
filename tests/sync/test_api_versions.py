"""Any version of Shopify's API from 2026-01 on is read completely, with exactly the fields that it has."""

import re
from functools import cache

import pytest
from graphql import build_schema, parse, validate

from storesync.platforms.shopify import session
from storesync.platforms.shopify.errors import GONE
from storesync.platforms.shopify.parts import cut, refused_parts
from storesync.platforms.shopify.queries import bulk_document, bulk_names, document, names
from storesync.simulator.faults import Rule
from storesync.simulator.shopify.document import Rejected, prepare
from storesync.tables import DEFAULT
from tests.kits.program import differences
from tests.kits.samples import ROOT

SCHEMAS = ROOT / "tests" / "examples" / "schemas"
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10", "unstable")
COLUMNS = {
    "Collection.sources": "categories is_automatic",
    "Collection.productsCount": "categories products_count",
    "Customer.taxSettings": "customers tax_id",
    "InventoryLevel.isActive": "inventory_levels is_active",
}
"""The columns that some of the missing fields fill."""

SPARE = {"ProductVariant.barcodes", "Product.mediaCount", "InventoryItem.locationsCount"}
BARCODES = "variant_barcodes"


@pytest.fixture
def shopify(program):
    """A shop that is read in no time."""
    return program.world.add_shop("shopify", "alpha", orders=12)


@pytest.fixture
def serve(program, shopify):
    """Let the shop answer by the published schema of a version, which storesync asks for."""

    def serve(version):
        program.world.schemas = {version: (SCHEMAS / f"{version}.graphql").read_text(encoding="utf-8")}
        program.settings["STORESYNC_SHOPIFY_VERSION"] = version
        return shopify

    return serve


@cache
def schema_of(version):
    return build_schema((SCHEMAS / f"{version}.graphql").read_text(encoding="utf-8"), assume_valid=True)


def missing(version):
    """Return what a validator finds missing in a version: Type.field or Type.field(argument)."""
    schema = schema_of(version)
    texts = [*map(document, names()), *(bulk_document(name, None) for name in bulk_names())]
    errors = {error.message for text in texts for error in validate(schema, parse(text))}
    fields = {f"{kind}.{name}" for m in errors for name, kind in re.findall(r"field '(\w+)' on type '(\w+)'", m)}
    arguments = re.findall(r"argument '(\w+)' on field '(\w+\.\w+)'", "\n".join(errors))
    return fields | {f"{field}({argument})" for argument, field in arguments}


def differing(program, shop):
    """Return which columns differ from the shop's truth."""
    return {" ".join(line.split()[:3:2]).rstrip(":") for line in differences(program, shop)}


def verdicts(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return {state["verdict"] for state in store["resources"].values()}


def left_out(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return {name: state["left_out"] for name, state in store["resources"].items() if state["left_out"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_read_with_exactly_the_fields_that_it_has(program, serve, version):
    shop = serve(version)

    assert program.connect_for(shop, *DEFAULT, "order_visits").code == 0

    [store] = program("status", "alpha", "--json").json["stores"]
    found = {name: state["verdict"] for name, state in store["resources"].items()}
    limited = {name for name, fields in left_out(program).items() if fields}
    assert {name for name, verdict in found.items() if verdict != "verified"} == limited
    assert {found[name] for name in limited} <= {"limited"}
    # A field of a type that the document does not name is called by where it stands.
    told = {field for fields in left_out(program).values() for field in fields}
    expected = missing(version) - SPARE
    assert {name.rpartition(".")[2] for name in told} == {name.rpartition(".")[2] for name in expected}
    columns = {COLUMNS[field] for field in told if field in COLUMNS}
    assert {one for one in differing(program, shop) if not one.startswith(BARCODES)} == columns
    # The next turn asks as little as in any version.
    before = program.requests()
    program.clock.advance(minutes=5)
    program("sync-due")
    assert program.requests() - before == 1


def learned(text, schema):
    """Return *text* after Shopify's errors have been heeded, however often it takes."""
    parts = set()
    for _ in range(20):
        try:
            prepare(cut(text, parts), None, {}, schema)
        except Rejected as rejection:
            gone = [error for error in rejection.errors if error["extensions"]["code"] in GONE]
            fresh = {part.name for part, _ in refused_parts(cut(text, parts), gone)} - parts
            if not fresh:
                return cut(text, parts)
            parts |= fresh
        else:
            break
    return cut(text, parts)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_becomes_valid_by_leaving_out(version):
    """Also those that no test shop gives a reason to send."""
    text = (SCHEMAS / f"{version}.graphql").read_text(encoding="utf-8")
    texts = {name: document(name) for name in names()} | {name: bulk_document(name, None) for name in bulk_names()}

    schema = schema_of(version)
    invalid = {name: one for name, one in texts.items() if validate(schema, parse(one), max_errors=1)}
    left = {name for name, one in invalid.items() if validate(schema, parse(learned(one, text)), max_errors=1)}

    # Nobody reads on in a list that is left out itself.
    assert left <= {"rest_of_variant_barcodes"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_read_in_bulk_as_by_pages(program, serve, version, monkeypatch):
    monkeypatch.setattr(session, "LEAST_ROOTS", 1)
    monkeypatch.setattr(
        session.ShopifySession, "_is_for_bulk", lambda _, __, query, ___: query.since is query.cursor is None
    )
    shop = serve(version)

    program.connect("shopify", "alpha")

    assert any(call.operation == "BulkRun" for call in program.simulator.requests)
    assert verdicts(program) <= {"verified", "limited"}
    columns = {COLUMNS[field] for fields in left_out(program).values() for field in fields if field in COLUMNS}
    assert {one for one in differing(program, shop) if not one.startswith(BARCODES)} == columns


def test_an_older_version_says_how_to_leave_it(program, serve):
    serve("2026-04")
    program.connect("shopify", "alpha")
    [store] = program("status", "alpha", "--json").json["stores"]
    assert store["resources"]["categories"]["reason"] == (
        "Shopify 2026-04 does not offer Collection.sources;"
        " leave the version to storesync: unset STORESYNC_SHOPIFY_VERSION"
    )


def test_leaving_an_older_version_reads_anew_what_it_lacked(program, serve):
    shop = serve("2026-04")
    program.connect("shopify", "alpha")
    del program.settings["STORESYNC_SHOPIFY_VERSION"]

    for _ in range(3):
        program.clock.advance(minutes=5)
        program("sync-due")

    assert left_out(program) == {}
    assert differences(program, shop) == []


def test_a_version_that_answers_for_a_retired_one_is_told(program, shopify):
    """In `status` and `doctor`, as long as it is so."""
    program.settings["STORESYNC_SHOPIFY_VERSION"] = "2026-01"
    program.world.retired_versions = {"2026-01"}
    program.connect("shopify", "alpha")

    [store] = program("status", "alpha", "--json").json["stores"]
    assert store["served_version"] == "2026-04"
    assert "shopify answers with version 2026-04 of its API in place of ours" in " ".join(
        program("status").stdout.split()
    )
    checks = program("doctor", "--only", "tokens", "--json").json["checks"]
    [found] = [one for one in checks if "in place of" in one["message"]]
    assert (found["status"], found["message"]) == (
        "warn",
        "shopify answers with API version 2026-04 in place of 2026-01, which it no longer has",
    )

    del program.settings["STORESYNC_SHOPIFY_VERSION"]
    program.clock.advance(minutes=5)
    program("sync-due")

    assert program("status", "alpha", "--json").json["stores"][0]["served_version"] is None


def test_a_version_that_answered_is_remembered_while_nobody_answers(program, shopify):
    program.settings["STORESYNC_SHOPIFY_VERSION"] = "2026-01"
    program.world.retired_versions = {"2026-01"}
    program.connect("shopify", "alpha")
    program.simulator.faults.rules.append(Rule(reset="connect"))

    program.clock.advance(minutes=5)
    program("sync-due")

    assert program("status", "alpha", "--json").json["stores"][0]["served_version"] == "2026-04"


def test_a_version_that_is_not_there_yet_is_named(program, shopify):
    """A shop that is not there is answered alike."""
    program.settings["STORESYNC_SHOPIFY_VERSION"] = "2028-01"
    answer = program.connect("shopify", "alpha")
    assert answer.code == 3
    assert "there is no shop at alpha.myshopify.com, or Shopify has no version 2028-01 of its API" in answer.stderr
    assert "unset STORESYNC_SHOPIFY_VERSION" in answer.stderr


@pytest.mark.parametrize("version", ["2026-1", "latest", "2026-05", "v1"])
def test_a_version_that_cannot_be_is_refused_at_once(program, version):
    program.settings["STORESYNC_SHOPIFY_VERSION"] = version
    answer = program("status")
    assert answer.code == 2
    assert "should be the name of a version, such as 2026-10" in answer.stderr
