"""Parses the JSONL file of a bulk operation into the nodes that pages would have. Pure.

In a grouped file the lines of nested nodes follow their record's, each with ``__parentId``:
https://shopify.dev/docs/api/usage/bulk-operations/queries#the-jsonl-data-format
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from storesync.data import dataclass
from storesync.errors import FormatChanged
from storesync.platforms.shopify.queries import bulk_connections
from storesync.platforms.shopify.source import Connection, Source

PARENT = "__parentId"
GLOBAL = "gid://shopify/"
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stray:
    """A line apart from its parent's: *child* belongs to the node with the global id *parent_id*."""

    parent_id: str
    child: Node


def assemble(
    lines: Iterable[Node], source: Source, name: str | None = None, without: frozenset[str] = frozenset()
) -> Iterator[Node | Stray]:
    """Yield what *source* lists of the *lines*, each record with its nested nodes, and every stray.

    *name* is the inner document that was run, its own without one; it was run *without* these parts. The lines
    become the nodes; their connections are plain lists. Only one record is held in memory.
    Raises `FormatChanged` for an unknown type of node.
    """
    builder = _Builder(source.connections, bulk_connections(name or source.document, without))
    root: Node | None = None
    for line in lines:
        parent = line.pop(PARENT, None)
        if parent is not None:
            if not builder.adopt(line, str(parent)):
                yield Stray(str(parent), line)
            continue
        if root is not None:
            yield root
        root = builder.begin(line)
    if root is not None:
        yield root


def is_bare(source: Source, node: Mapping[str, Any], without: Collection[str] = ()) -> bool:
    """True where *node* lacks a connection that a page would have, unless it is one of the parts left out.

    A bulk query cannot have connections inside lists, nor connections of types that are no ``Node``.
    """
    return any(
        connection.field not in holder
        for connection in source.connections
        if connection.part not in without
        for holder in connection.holders(node)
    )


def merged(node: Mapping[str, Any], rest: Mapping[str, Any] | None) -> Node | None:
    """Return *node* with the fields of *rest* from a second pass, None without a *rest*: the record was deleted."""
    return None if rest is None else {**node, **rest}


@dataclass(slots=True)
class _Builder:
    """Puts nested nodes into the record being read. *asked* are the connections that the query reads."""

    connections: tuple[Connection, ...]
    asked: frozenset[str]
    known: dict[str, tuple[Node, str | None]] = field(default_factory=dict)
    inside: dict[str | None, list[Connection]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.connections:
            if one.field in self.asked:
                self.inside.setdefault(one.under, []).append(one)

    def begin(self, line: Node) -> Node:
        self.known = {}
        return self._place(line, None)

    def adopt(self, line: Node, parent_id: str) -> bool:
        """Put *line* into its parent node; return False where that is not part of the record being read."""
        found = self.known.get(parent_id)
        if found is None:
            return False
        parent, under = found
        connection = self._connection(line, under)
        nodes = parent[connection.field]
        if connection.rest or not nodes:
            nodes.append(self._place(line, connection.field))
        return True

    def _place(self, node: Node, under: str | None) -> Node:
        """Give *node* an empty list for each connection that it may have."""
        for connection in self.inside.get(under, ()):
            node[connection.field] = []
            self.known[str(node.get("id"))] = (node, under)
        return node

    def _connection(self, line: Node, under: str | None) -> Connection:
        kind, inside = _kind(line), self.inside.get(under, ())
        found = next((one for one in inside if one.child == kind), None)
        found = found or next((one for one in inside if one.child is None), None)
        if found is None:
            raise FormatChanged(f"a bulk operation brought a {kind} where nobody asked for one")
        return found


def _kind(line: Mapping[str, Any]) -> str:
    """Return the GraphQL type of *line*, from its global id or its ``__typename``."""
    gid = line.get("id")
    if isinstance(gid, str) and gid.startswith(GLOBAL):
        return gid[len(GLOBAL) :].partition("/")[0]
    return str(line.get("__typename"))
