"""API versions have schemas of their own, and what one lacks is refused as Shopify refuses it."""

from pathlib import Path

import pytest

from tests.kits.shopify_api import Api

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"
PUBLISHED = ("2026-01", "2026-04", "2026-07", "2026-10", "unstable")
OLD = """
schema { query: QueryRoot mutation: Mutation }
interface Node { id: ID! }
type QueryRoot { shop: Shop! orders(first: Int): OrderConnection! node(id: ID!): Node bulkOperation(id: ID!): Op }
type Shop implements Node { id: ID! name: String! }
type OrderConnection { nodes: [Order!]! edges: [OrderEdge!]! }
type OrderEdge { node: Order! }
type Order implements Node { id: ID! name: String! }
type Mutation { bulkOperationRunQuery(query: String!, groupObjects: Boolean! = true): Payload }
type Payload { bulkOperation: Op userErrors: [UserError!]! }
type Op { id: ID! status: String! errorCode: String objectCount: String url: String }
type UserError { code: String message: String! }
"""


@pytest.fixture
def ask():
    ask = Api()
    ask.world.schemas["2026-04"] = OLD
    return ask


def schema_of(version):
    """Return the published schema of *version*, cut to what the simulator has."""
    return (SCHEMAS / f"{version}.graphql").read_text(encoding="utf-8")


def found(answer):
    """Return code and path of each error."""
    return [(error["extensions"]["code"], error["path"]) for error in answer["errors"]]


def test_a_version_is_answered_by_its_own_schema(ask):
    """The same document is valid in one version and not in another, in turn."""
    document = "{ shop { name email } }"
    for _ in range(2):
        assert ask(document)["data"]["shop"]["name"] == ask.shop.name
        old = ask(document, version="2026-04")
        assert found(old) == [("undefinedField", ["query", "shop", "email"])]
        assert "data" not in old
    assert ask("{ shop { name } }", version="2026-04")["data"] == {"shop": {"name": ask.shop.name}}


def test_an_unknown_field_is_named_with_its_type_and_path(ask):
    """Its path begins with the operation or the fragment; an alias stands for its field."""
    document = "query Shops { mine: shop { ...ShopFields } } fragment ShopFields on Shop { id mail: email }"
    (error,) = ask(document, version="2026-04")["errors"]
    assert error == {
        "message": "Field 'email' doesn't exist on type 'Shop'",
        "locations": [{"line": 1, "column": 79}],
        "path": ["fragment ShopFields", "mail"],
        "extensions": {"code": "undefinedField", "typeName": "Shop", "fieldName": "email"},
    }
    inner = ask("query Shops { node(id: 1) { ... on Shop { mail: email } } }", version="2026-04")
    assert found(inner) == [("undefinedField", ["query Shops", "node", "... on Shop", "mail"])]


def test_an_unknown_argument_is_named_with_its_field(ask):
    (error,) = ask("query All { all: orders(first: 1, reverse: true) { nodes { id } } }", version="2026-04")["errors"]
    assert error == {
        "message": "Field 'all' doesn't accept argument 'reverse'",
        "locations": [{"line": 1, "column": 35}],
        "path": ["query All", "all", "reverse"],
        "extensions": {
            "code": "argumentNotAccepted",
            "name": "all",
            "typeName": "Field",
            "argumentName": "reverse",
        },
    }


def test_an_unknown_type_of_a_fragment_is_named(ask):
    document = """query Node { node(id: 1) { id ... on Refund { nonsense } ...Fields } }
      fragment Fields on Fulfillment { nonsense }"""
    answer = ask(document, version="2026-04")
    assert found(answer) == [
        ("undefinedType", ["query Node", "node", "... on Refund"]),
        ("undefinedType", ["fragment Fields"]),
    ]
    assert answer["errors"][0]["message"] == "No such type Refund, so it can't be a fragment condition"
    assert answer["errors"][0]["extensions"]["typeName"] == "Refund"


def test_nothing_below_an_unknown_field_is_validated(ask):
    """What only it uses, a variable or a fragment, counts as not used."""
    document = """query Q($first: Int) { shop { nonsense(first: $first) { more ...Fields } } }
      fragment Fields on Shop { id }"""
    assert sorted(found(ask(document, version="2026-04"))) == [
        ("undefinedField", ["query Q", "shop", "nonsense"]),
        ("useAndDefineFragment", ["fragment Fields"]),
        ("variableNotUsed", ["query Q"]),
    ]


def test_every_unknown_field_has_its_error(ask):
    document = "{ shop { email plan { shopifyPlus } } orders(first: 1) { nodes { id note } } }"
    assert [path[-1] for _, path in found(ask(document, version="2026-04"))] == ["email", "plan", "note"]


def test_a_bulk_query_is_held_against_the_version_too(ask):
    query = "{ orders { edges { node { id note } } } }"
    document = "mutation($q: String!) { bulkOperationRunQuery(query: $q) { userErrors { code message } } }"
    refused = ask(document, version="2026-04", q=query)["data"]["bulkOperationRunQuery"]["userErrors"]
    assert refused == [{"code": "INVALID", "message": "Invalid bulk query: Field 'note' doesn't exist on type 'Order'"}]
    assert ask(document, q=query)["data"]["bulkOperationRunQuery"]["userErrors"] == []


def test_a_retired_version_is_answered_by_the_oldest_that_is_served(ask):
    """It falls forward: the header names the version, whose schema holds."""
    ask.world.retired_versions = {"2026-01", "2026-10"}
    for asked in ("2026-01", "2026-10", "2025-10"):
        assert ask.send("{ shop { id } }", version=asked).headers["x-shopify-api-version"] == "2026-04"
        assert found(ask("{ shop { email } }", version=asked))
    assert ask.send("{ shop { id } }", version="2026-07").headers["x-shopify-api-version"] == "2026-07"
    assert ask.send("{ shop { id } }", version="unstable").headers["x-shopify-api-version"] == "unstable"
    ask.world.retired_versions |= {"2026-04", "2026-07"}
    assert ask.send("{ shop { id } }", version="2026-07").status == 404


@pytest.mark.parametrize("version", PUBLISHED)
def test_a_published_schema_answers_for_its_version(version):
    """Records come as from the simulator's own schema; the file names its licence."""
    ask = Api()
    ask.world.schemas = {version: schema_of(version)}
    assert "ISC License" in ask.world.schemas[version][:400]
    document = """{ ordersCount { count }
      orders(first: 5) { nodes { id name lineItems(first: 5) { nodes { sku } } } }
      discountNodes(first: 5) { nodes { discount { __typename } } } }"""
    answer = ask(document, version=version)
    assert "errors" not in answer
    assert answer["data"] == Api()(document)["data"]
    assert answer["data"]["ordersCount"]["count"] == 10


@pytest.mark.parametrize(
    ("version", "selection", "missing"),
    [
        (
            "2026-01",
            "discountNodes(first: 1) { nodes { discount { ... on DiscountCodeApp { tags } } } }",
            "DiscountCodeApp.tags",
        ),
        ("2026-01", "node(id: 1) { ... on InventoryLevel { isActive } }", "InventoryLevel.isActive"),
        ("2026-04", "collection(id: 1) { sources { __typename } }", "Collection.sources"),
        (
            "2026-07",
            "customer(id: 1) { defaultPhoneNumber { smsMarketingConsent { state } } }",
            "CustomerPhoneNumber.smsMarketingConsent",
        ),
        ("unstable", "collection(id: 1) { productsCount { count } }", "Collection.productsCount"),
    ],
)
def test_a_published_schema_lacks_what_its_version_lacked(version, selection, missing):
    ask = Api()
    ask.world.schemas = {version: schema_of(version)}
    (error,) = ask(f"{{ {selection} }}", version=version)["errors"]
    assert missing == f"{error['extensions']['typeName']}.{error['extensions']['fieldName']}"
    assert ask("{ shop { id } }", version=version)["data"]
