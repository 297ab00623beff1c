"""Validates bulk queries by Shopify's restrictions.

https://shopify.dev/docs/api/usage/bulk-operations/queries#operation-restrictions; the messages
are those that clients have recorded, except where a comment says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    parse,
)

from storesync.simulator.shopify.document import Rejected, prepare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from storesync.simulator.shopify.document import Selection

MOST_CONNECTIONS = 5
DEEPEST = 2
WRAPPERS = frozenset({"edges", "node", "nodes"})


class BulkRefused(Exception):
    """A bulk query that is answered with ``userErrors``."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(messages[0])
        self.messages = messages


@dataclass(slots=True)
class _Found:
    """What a query contains, connections by their location in it.

    *loose* are types whose connections are accepted although they are no ``Node``.
    """

    loose: Collection[str]
    connections: dict[int, str] = field(default_factory=dict)
    by_nodes: dict[int, str] = field(default_factory=dict)
    without_id: dict[int, str] = field(default_factory=dict)
    not_nodes: dict[int, str] = field(default_factory=dict)
    depth: int = 0
    in_list: bool = False


def root_of(text: str, loose: Collection[str], source: str | None = None) -> Selection:
    """Return the root connection of the bulk query *text*, by the schema with the text *source*.

    Raises `BulkRefused` for an invalid query.
    """
    _check_operation(text)
    try:
        query = prepare(text, None, {}, source).root
    except Rejected as rejection:
        raise BulkRefused([f"Invalid bulk query: {error['message']}" for error in rejection.errors]) from None
    found = _Found(loose)
    _walk(query, found, depth=0, in_list=False)
    fields = query.plan_for(query.type).steps
    names = {name for _, name, _ in fields}
    messages = list(_messages(found, names))
    if not messages and len(fields) > 1:
        # Documented; the message is not.
        messages = ["Bulk queries must contain exactly one top level field."]
    root = fields[0][2]
    if not messages and (root is None or not is_connection(root)):
        messages = ["This simulator takes bulk queries only with a connection at the top."]
    if messages or root is None:
        raise BulkRefused(messages)
    return root


def _check_operation(text: str) -> None:
    try:
        document = parse(text)
    except GraphQLError as error:
        raise BulkRefused([f"Invalid bulk query: {error.message}"]) from None
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        if node.operation is not OperationType.QUERY:
            raise BulkRefused(["Invalid operation type. Only `query` operations are supported."])
        if node.variable_definitions:
            # A bulk query cannot be given values for variables; the message is not recorded.
            raise BulkRefused(["Invalid bulk query: variables are not supported."])


def _messages(found: _Found, names: set[str]) -> Iterator[str]:
    """Yield the error messages, in Shopify's order."""
    if found.by_nodes:
        names_by_nodes = list(found.by_nodes.values())
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
            f"'{names_by_nodes[0]} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            "Invalid connection fields: " + ", ".join(f"'{name}'" for name in names_by_nodes) + "."
        )
    for name in sorted(names & {"node", "nodes"}):
        yield f"Bulk queries cannot contain a top level `{name}` field."
    if found.depth > DEEPEST:
        yield f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
    if len(found.connections) > MOST_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
    if found.without_id:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(found.without_id.values())}."
        )
    if found.in_list:
        yield "Queries that contain a connection field within a list field are not currently supported."
    if found.not_nodes:
        # Documented; the message is not.
        wrong = ", ".join(found.not_nodes.values())
        yield f"All connections in a bulk query must hold nodes. Invalid connection fields: {wrong}."
    if not found.connections:
        yield "Bulk queries must contain at least one connection."


def _walk(selection: Selection, found: _Found, *, depth: int, in_list: bool) -> None:
    """Add the connections below *selection*, itself below *depth* others, to *found*."""
    for concrete in selection.concrete_types():
        for _, name, child in selection.plan_for(concrete).steps:
            if child is None:
                continue
            if is_connection(child):
                _note(child, found, depth=depth, in_list=in_list)
                _walk(child, found, depth=depth + 1, in_list=False)
            else:
                _walk(child, found, depth=depth, in_list=in_list or (child.is_list and name not in WRAPPERS))


def _note(connection: Selection, found: _Found, *, depth: int, in_list: bool) -> None:
    name = connection.nodes[0].name.value
    place = id(connection.nodes[0])
    found.connections[place] = name
    found.depth = max(found.depth, depth)
    found.in_list = found.in_list or in_list
    node = node_of(connection)
    if node is None:
        found.by_nodes[place] = name
        node = _child(connection, "nodes")
    if node is None:
        return
    if not _is_node(node) and node.type.name not in found.loose:
        found.not_nodes[place] = name
    for concrete in node.concrete_types():
        plan = node.plan_for(concrete)
        if _holds_connection(node, concrete) and ("id", "id", None) not in plan.steps:
            found.without_id[place] = name


def is_connection(selection: Selection) -> bool:
    """True if *selection* is that of a connection."""
    return isinstance(selection.type, GraphQLObjectType) and selection.type.name.endswith("Connection")


def node_of(connection: Selection) -> Selection | None:
    """Return the selection of a connection's nodes in its edges, None without one."""
    edges = _child(connection, "edges")
    return None if edges is None else _child(edges, "node")


def _child(selection: Selection, wanted: str) -> Selection | None:
    steps = selection.plan_for(selection.type).steps
    return next((child for _, name, child in steps if name == wanted and child is not None), None)


def _is_node(node: Selection) -> bool:
    return all(any(one.name == "Node" for one in concrete.interfaces) for concrete in node.concrete_types())


def _holds_connection(selection: Selection, concrete: GraphQLObjectType) -> bool:
    """True if *selection* has a connection below the type *concrete*, with no other one between."""
    children = [child for _, _, child in selection.plan_for(concrete).steps if child is not None]
    return any(
        is_connection(child) or any(_holds_connection(child, inner) for inner in child.concrete_types())
        for child in children
    )
