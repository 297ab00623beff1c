"""A Shopify shop made up from its schema: any document that the schema allows has an answer."""

import json
import re
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count, cycle

import httpx
from graphql import (
    GraphQLEnumType,
    build_schema,
    get_named_type,
    graphql_sync,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from storesync.model import Credential, Shop
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.platforms.shopify.platform import Shopify

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KNOWN = Shop("5", "alpha", "Alpha", "alpha.myshopify.com", currency="EUR", time_zone="UTC")
SCHEMA = build_schema((files("storesync") / "simulator" / "shopify" / "schema.graphql").read_text(encoding="utf-8"))
MANY = 12
"""So many children has every connection: more than the first page of most."""

LEAVES = {
    "Boolean": True,
    "Int": 2,
    "Float": 0.25,
    "Decimal": "1.50",
    "Money": "2.50",
    "UnsignedInt64": "7",
    "BigInt": "8",
    "Date": "2027-01-01",
    "DateTime": "2026-11-20T10:00:00Z",
    "URL": "https://alpha.example.com/",
    "HTML": "<p>Words</p>",
}


def opened(answer, shop=None, scopes=()):
    """Return a session of the *shop* whose requests get what *answer* returns."""
    clock = {"now": lambda: NOW, "monotonic": lambda: 0.0, "sleep": lambda _: None, "jitter": lambda: 0.5}
    http = HttpClient("storesync tests", transport=httpx.MockTransport(answer), **clock)
    return Shopify(http).open("alpha", Credential("static", "shpat_x", scopes), shop=shop, traffic=RequestBudget())


class Graph:
    """Objects by global id, each made when it is first asked for, and the same ever after.

    *hide* is what becomes of an answer before it is sent.
    """

    def __init__(self):
        self.numbers = count(1001)
        self.turns = {}
        self.objects = {}
        self.asked = []
        self.hide = lambda data: data
        self.roots = {"shop": self.make("Shop", id="gid://shopify/Shop/5")}

    def make(self, kind, **fields):
        """Return an object of the type *kind*; the first of an abstract type's members stands for it."""
        made = {"__typename": kind, **fields}
        if "id" in SCHEMA.type_map[kind].fields:
            made.setdefault("id", f"gid://shopify/{kind}/{next(self.numbers)}")
            self.objects[made["id"]] = made
        return made

    def open(self, scopes=()):
        """Return a session of the shop."""
        return opened(self.answer, KNOWN, scopes)

    def answer(self, request):
        """Answer one request; a document that the schema does not allow fails the test."""
        body = json.loads(request.content)
        self.asked.append((re.search(r"query (\w+)", body["query"])[1], body["variables"]))
        return httpx.Response(200, json={"data": self.hide(self.execute(body["query"], body["variables"]))})

    def execute(self, document, variables=None):
        """Return the data that *document* asks for."""
        found = graphql_sync(
            SCHEMA,
            document,
            self.roots,
            variable_values=variables or {},
            field_resolver=self.resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        assert not found.errors, found.errors[0]
        return found.data

    def lines(self, document):
        """Return the lines of a bulk operation: each node followed by what it holds."""
        (connection,) = self.execute(document).values()
        return [line for edge in connection["edges"] for line in flat(edge["node"], None)]

    def resolve(self, source, info, **arguments):
        """Return the value of one field, made up where nobody said what it is."""
        name, kind = info.field_name, info.return_type
        if source is self.roots and name in {"node", "location", "priceList"}:
            return self.objects.get(arguments["id"])
        if name == "nodes" and "ids" in arguments:
            return [self.objects.get(gid) for gid in arguments["ids"]]
        name += arguments.get("ownerType", "")
        if name not in source:
            source[name] = self.invent(kind, name)
            if name == "metafields":
                for metafield in source[name]:
                    metafield["owner"] = source
        value = source[name]
        return paged(value, arguments) if get_named_type(kind).name.endswith("Connection") else value

    def invent(self, kind, name):
        """Return a value of the type *kind*."""
        kind = kind.of_type if is_non_null_type(kind) else kind
        named = get_named_type(kind)
        if named.name.endswith("Connection"):
            return self.children(get_named_type(named.fields["nodes"].type), MANY)
        if is_list_type(kind):
            return [self.leaf(named, name)] if is_leaf_type(named) else self.children(named, 2)
        return self.leaf(named, name) if is_leaf_type(named) else self.children(named, 1)[0]

    def children(self, kind, number):
        """Return *number* objects of *kind*, of an abstract type's members one after the other."""
        kinds = list(SCHEMA.get_possible_types(kind)) if is_abstract_type(kind) else [kind]
        turn = self.turns.setdefault(kind.name, cycle(sorted(each.name for each in kinds)))
        made = [self.make(next(turn)) for _ in range(number)]
        for place, each in enumerate(made):
            if "index" in SCHEMA.type_map[each["__typename"]].fields:
                each["index"] = place
            if each["__typename"] == "Count":
                each["count"] = MANY
        return made

    def leaf(self, kind, name):
        """Return a value of a scalar or an enum."""
        if isinstance(kind, GraphQLEnumType):
            return next(iter(sorted(kind.values, key=lambda value: value != "EXACT")))
        return LEAVES.get(kind.name, f"{name} {next(self.numbers)}")


def paged(items, arguments):
    """Return the page of *items* that *arguments* ask for: all of them without ``first``."""
    start = int(arguments.get("after") or 0)
    end = start + arguments.get("first", len(items))
    return {
        "nodes": items[start:end],
        "edges": [{"node": node, "cursor": "-"} for node in items[start:end]],
        "pageInfo": {"hasNextPage": end < len(items), "endCursor": str(end)},
    }


def flat(node, parent_id):
    """Yield *node* and what it holds as the lines of a bulk operation."""
    held = {name: value["edges"] for name, value in node.items() if isinstance(value, dict) and "edges" in value}
    line = {name: value for name, value in node.items() if name not in held}
    yield line if parent_id is None else {**line, "__parentId": parent_id}
    for edges in held.values():
        for edge in edges:
            yield from flat(edge["node"], node["id"])


def stocked(places=2, things=3):
    """Return a shop with so many inventory items at each of its locations."""
    graph = Graph()
    graph.roots["locations"] = [graph.make("Location", inventoryLevels=[]) for _ in range(places)]
    graph.roots["inventoryItems"] = [graph.make("InventoryItem", inventoryLevels=[]) for _ in range(things)]
    for item in graph.roots["inventoryItems"]:
        for place in graph.roots["locations"]:
            quantities = [graph.make("InventoryQuantity", name=name) for name in ("available", "on_hand", "committed")]
            level = graph.make("InventoryLevel", item=item, location=place, quantities=quantities)
            item["inventoryLevels"].append(level)
            place["inventoryLevels"].append(level)
    return graph
