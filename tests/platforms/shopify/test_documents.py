"""Every document sent to Shopify is valid, and asks for nothing deprecated."""

import gzip
import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLScalarType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    concat_ast,
    extend_schema,
    get_named_type,
    get_nullable_type,
    is_list_type,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.language import FieldNode, FragmentDefinitionNode, FragmentSpreadNode
from graphql.validation import NoDeprecatedCustomRule

from storesync.platforms.shopify.first_pages import FIRST
from storesync.platforms.shopify.queries import (
    FILTER,
    bulk_connections,
    bulk_document,
    bulk_names,
    document,
    names,
)
from storesync.platforms.shopify.sources import LISTS, SOURCES
from tests.kits.samples import ROOT, TESTS

REFERENCE = Path(os.environ.get("STORESYNC_REFERENCE", ROOT.parent / "shared" / "reference"))
REAL = REFERENCE / "shopify_schema" / "admin_2026-10.graphql.gz"
PUBLISHED = TESTS / "examples" / "schemas" / "2026-10.graphql"
"""What we use of that schema."""
OVERLAYS = [TESTS / "examples" / "schemas" / "barcodes.graphql"]
"""What is documented of a version, but missing in the file that was published of it."""
SIMULATED = files("storesync") / "simulator" / "shopify" / "schema.graphql"


@cache
def schema(text):
    return build_schema(text, assume_valid=True)


@pytest.fixture(scope="module")
def real():
    """Shopify's whole schema where it is at hand, else what we use of it."""
    text = gzip.decompress(REAL.read_bytes()).decode() if REAL.exists() else PUBLISHED.read_text(encoding="utf-8")
    published = schema(text)
    documented = [parse(overlay.read_text(encoding="utf-8")) for overlay in OVERLAYS]
    return extend_schema(published, concat_ast(documented), assume_valid=True)


@pytest.fixture(scope="module")
def simulated():
    return schema(SIMULATED.read_text(encoding="utf-8"))


def faults(schema, text):
    rules = [*specified_rules, NoDeprecatedCustomRule]
    return [error.message for error in validate(schema, parse(text), rules)]


@pytest.mark.parametrize("name", names())
def test_document_is_valid_for_shopify(real, name):
    assert faults(real, document(name)) == []


@pytest.mark.parametrize("name", names())
def test_document_is_valid_for_the_simulator(simulated, name):
    assert faults(simulated, document(name)) == []


@pytest.mark.parametrize("search", [None, "updated_at:>='2026-11-22T10:00:00Z'", 'a "b" \\ c'])
@pytest.mark.parametrize("name", bulk_names())
def test_bulk_document_is_valid_for_shopify(real, name, search):
    assert faults(real, bulk_document(name, search)) == []


@pytest.mark.parametrize("name", bulk_names())
def test_bulk_document_is_valid_for_the_simulator(simulated, name):
    assert faults(simulated, bulk_document(name, None)) == []


@pytest.mark.parametrize("name", names())
def test_document_asks_which_shop_answers(name):
    """A mutation cannot ask; each of ours follows a query that did."""
    assert document(name).startswith("mutation") or re.search(r"^  shop \{", document(name), re.MULTILINE)


LISTED = {source.document: source for source in LISTS}


@pytest.mark.parametrize("source", LISTED.values(), ids=LISTED)
def test_page_asks_for_a_count_without_limit_where_there_is_one(source):
    for name in (source.document, f"{source.document}_versions", *(["first_pages"] if source.first_size else ())):
        assert (f"{source.count}(limit: null)" in document(name)) is source.is_counted


@pytest.mark.parametrize("source", LISTED.values(), ids=LISTED)
def test_rest_of_each_nested_connection_can_be_fetched(source):
    nested = {connection.field: connection.rest for connection in source.connections if connection.rest}
    for field, rest in nested.items():
        assert f"{field}(first: $first, after: $after" in document(rest)


@pytest.mark.parametrize("name", [*names(), *(f"bulk/{name}" for name in bulk_names())])
def test_no_publication_is_asked_for(name):
    """Without read_publications such a field fails the whole query."""
    assert "ublication" not in document(name)


@pytest.mark.parametrize("name", [*names(), *(f"bulk/{name}" for name in bulk_names())])
def test_no_link_that_changes_a_customer_is_asked_for(name):
    """These need write_customers: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Customer."""
    assert not re.search(r"[uU]nsubscribeUrl|openTrackingUrl", document(name))


def shapes(schema, text):
    """Return the connections of *text*: (name, how many are around it, is a list around it, is it made of nodes)."""
    node, info, found, stack = schema.type_map["Node"], TypeInfo(schema), [], []
    fragments = {one.name.value: one for one in parse(text).definitions if isinstance(one, FragmentDefinitionNode)}

    class Shapes(Visitor):
        def enter_field(self, field, *_):
            kind = get_named_type(info.get_type())
            if kind.name.endswith("Connection"):
                held = get_named_type(kind.fields["nodes"].type)
                members = [held, *(schema.get_possible_types(held) if hasattr(held, "resolve_type") else ())]
                found.append(
                    (
                        field.name.value,
                        stack.count("connection"),
                        "list" in stack,
                        any(node in one.interfaces for one in members),
                    )
                )
                stack.append("connection")
            else:
                is_list = is_list_type(get_nullable_type(info.get_type())) and field.name.value != "edges"
                stack.append("list" if is_list else "")

        def leave_field(self, *_):
            stack.pop()

        def enter_fragment_spread(self, spread, *_):
            # None of ours holds a connection, or it would be missed here.
            assert "edges" not in str(fragments[spread.name.value].selection_set.to_dict())

    visit(parse(text), TypeInfoVisitor(info, Shapes()))
    return found


def resource_of(name):
    """Return what the inner document *name* of a bulk operation brings."""
    return name.removesuffix("_wide").removesuffix("_versions")


BEYOND_THE_RULE = {
    "products_wide": {"barcodes"},
    "orders_wide": {"shippingLines", "discountApplications", "localizedFields"},
}
"""Connections of what is no node; bulk operations bring such in practice."""


@pytest.mark.parametrize("name", bulk_names())
def test_bulk_document_keeps_to_what_bulk_operations_can(real, name):
    """https://shopify.dev/docs/api/usage/bulk-operations/queries#operation-restrictions."""
    text = bulk_document(name, None)
    found = shapes(real, text)
    assert 1 <= len(found) <= 5
    assert max(around for _, around, _, _ in found) <= 2
    assert not [field for field, _, in_list, _ in found if in_list]
    assert {field for field, _, _, of_nodes in found if not of_nodes} == BEYOND_THE_RULE.get(name, set())
    assert [field for field, around, _, _ in found if not around] == [LISTED[resource_of(name)].root]
    assert not re.search(r"sortKey|\$|first:|pageInfo|\bnodes\b", text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{ orders { edges { node { refunds { refundLineItems { edges { node { id } } } } } } } }", (1, True, False)),
        ("{ orders { edges { node { shippingLines { edges { node { id } } } } } } }", (1, False, False)),
        ("{ products { edges { node { media { edges { node { id } } } } } } }", (1, False, True)),
    ],
)
def test_the_restrictions_are_seen_where_they_are_broken(real, text, wrong):
    assert shapes(real, text)[-1][1:] == wrong


@pytest.mark.parametrize("name", bulk_names())
def test_bulk_document_has_one_place_for_a_filter(name):
    assert document(f"bulk/{name}").count(FILTER) == 1
    assert FILTER not in bulk_document(name, "id:>1")


def test_a_bulk_document_names_its_connections():
    assert bulk_connections("products") == {"products", "variants", "media"}
    assert bulk_connections("orders") == {"orders", "lineItems"}


def asked(text):
    """Return the paths of all plain fields that *text* asks for, without what paging adds."""
    definitions = parse(text).definitions
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    found = set()

    def walk(selections, path):
        for one in selections.selections if selections else ():
            if isinstance(one, FragmentSpreadNode):
                walk(fragments[one.name.value].selection_set, path)
            elif isinstance(one, FieldNode):
                name = one.name.value
                further = path if name in {"nodes", "edges", "node"} else (*path, name)
                if one.selection_set is None:
                    found.add(further)
                elif name != "pageInfo":
                    walk(one.selection_set, further)
            else:
                walk(one.selection_set, path)

    operation = next(one for one in definitions if not isinstance(one, FragmentDefinitionNode))
    walk(operation.selection_set, ())
    return found


LEFT_OUT = {
    "products": {"variants.barcodes"},
    "orders": {"refunds", "fulfillments", "shippingLines", "discountApplications", "localizedFields"},
    "orders_wide": {"refunds", "fulfillments"},
    "coupons": {"discount.codes"},
}
"""What a second pass brings."""


@pytest.mark.parametrize("name", [name for name in bulk_names() if name != "inventory_levels"])
def test_bulk_and_page_ask_for_the_same(name):
    root = LISTED[resource_of(name)].root
    paged = {path for path in asked(document(name.removesuffix("_wide"))) if path[0] == root}
    dumped = asked(bulk_document(name, None))
    missing = {".".join(path[1:]) for path in paged - dumped}
    assert dumped <= paged
    assert {path for path in missing if not any(path.startswith(each) for each in LEFT_OUT.get(name, ()))} == set()


def test_a_level_is_the_same_from_its_location_and_from_its_item():
    of_level = {path[2:] for path in asked(document("inventory_levels")) if path[0] == "location"}
    of_item = asked(bulk_document("inventory_levels", None))
    levels = {path[2:] for path in of_item if path[1] == "inventoryLevels"}
    items = {("item", *path[1:]) for path in of_item if path[1] not in {"inventoryLevels", "locationsCount"}}
    assert levels | items == of_level


@pytest.mark.parametrize("name", sorted(FIRST))
def test_first_page_asks_for_what_the_page_asks_for(name):
    root = SOURCES[name].root
    shared = {path for path in asked(document("first_pages")) if root in path[:2]}
    own = asked(document(name))
    assert {path[path.index(root) :] for path in own if root in path[:2]} <= {
        path[path.index(root) :] for path in shared
    }


def test_the_simulated_schema_is_a_part_of_the_real_one(real, simulated):
    for name, kind in simulated.type_map.items():
        if isinstance(kind, GraphQLEnumType | GraphQLScalarType) or name.startswith("__"):
            continue
        for field, definition in getattr(kind, "fields", {}).items():
            assert str(definition.type) == str(real.type_map[name].fields[field].type), (name, field)
