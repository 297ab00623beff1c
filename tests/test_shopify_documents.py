"""Every document sent to Shopify is valid, and asks for nothing deprecated."""

import gzip
import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from graphql import build_schema, parse, specified_rules, validate
from graphql.validation import NoDeprecatedCustomRule

from storesync.platforms.shopify.queries import document, names
from storesync.platforms.shopify.sources import SOURCES

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path(os.environ.get("STORESYNC_REFERENCE", ROOT.parent / "shared" / "reference"))
REAL = REFERENCE / "shopify_schema" / "admin_2026-10.graphql.gz"
SIMULATED = files("storesync") / "simulator" / "schema.graphql"


@cache
def schema(text):
    return build_schema(text, assume_valid=True)


@pytest.fixture(scope="module")
def real():
    if not REAL.exists():
        pytest.skip(f"Shopify's whole schema is not at {REAL}")
    return schema(gzip.decompress(REAL.read_bytes()).decode())


@pytest.fixture(scope="module")
def simulated():
    return schema(SIMULATED.read_text(encoding="utf-8"))


def faults(schema, name):
    rules = [*specified_rules, NoDeprecatedCustomRule]
    return [error.message for error in validate(schema, parse(document(name)), rules)]


@pytest.mark.parametrize("name", names())
def test_document_is_valid_for_shopify(real, name):
    assert faults(real, name) == []


@pytest.mark.parametrize("name", names())
def test_document_is_valid_for_the_simulator(simulated, name):
    assert faults(simulated, name) == []


@pytest.mark.parametrize("name", names())
def test_document_asks_which_shop_answers(name):
    assert re.search(r"^  shop \{", document(name), re.MULTILINE)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_page_asks_for_a_count_without_limit(source):
    assert f"{source.count}(limit: null)" in document(source.root)
    assert f"{source.count}(limit: null)" in document("first_pages")


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_rest_of_each_nested_connection_can_be_fetched(source):
    nested = {connection.field: connection.rest for connection in source.connections if connection.rest}
    for field, rest in nested.items():
        assert f"{field}(first: $first, after: $after" in document(rest)


def test_no_publication_is_asked_for():
    """Without read_publications such a field fails the whole query."""
    assert not [name for name in names() if "ublication" in document(name)]
