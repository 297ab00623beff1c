"""Parses the JSONL file of a bulk operation into the nodes that a page would have. Pure.

In a grouped file the lines of nested nodes follow their record's, each with ``__parentId``:
https://shopify.dev/docs/api/usage/bulk-operations/queries#the-jsonl-data-format
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from storesync.errors import FormatChanged
from storesync.platforms.shopify.queries import bulk_connections
from storesync.platforms.shopify.sources import HOLDERS, Connection

PARENT = "__parentId"
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stray:
    """A line apart from its parent's: *child* belongs to the node with the global id *parent_id*."""

    parent_id: str
    child: Node


def assemble(
    lines: Iterable[Mapping[str, Any]], resource: str, name: str | None = None, without: frozenset[str] = frozenset()
) -> Iterator[Node | Stray]:
    """Yield the records in *lines*, each with its nested nodes, and every stray.

    *name* is the inner document that was run, *resource* without one; it was run *without* these parts. Connections
    have the shape of a listing's last page. Only one record is held in memory. Raises `FormatChanged` for an unknown
    type of node.
    """
    builder = _Builder(HOLDERS[resource].connections, bulk_connections(name or resource, without))
    root: Node | None = None
    for line in lines:
        if line.get(PARENT) is not None:
            if not builder.adopt(line):
                yield Stray(str(line[PARENT]), _bare(line))
            continue
        if root is not None:
            yield root
        root = builder.begin(line)
    if root is not None:
        yield root


def is_bare(resource: str, node: Mapping[str, Any], without: Collection[str] = ()) -> bool:
    """True where *node* lacks a connection that a page would have, unless it is one of the parts left out.

    A bulk query cannot have connections inside lists, nor connections of types that are no ``Node``.
    """
    return any(
        connection.field not in holder
        for connection in HOLDERS[resource].connections
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

    def begin(self, line: Mapping[str, Any]) -> Node:
        self.known = {}
        return self._place(_bare(line), None)

    def adopt(self, line: Mapping[str, Any]) -> bool:
        """Put *line* into its parent node; return False where that is not part of the record being read."""
        found = self.known.get(str(line[PARENT]))
        if found is None:
            return False
        parent, under = found
        connection = self._connection(line, under)
        parent[connection.field]["nodes"].append(self._place(_bare(line), connection.field))
        return True

    def _place(self, node: Node, under: str | None) -> Node:
        """Give *node* an empty page for each connection that it may have."""
        for connection in self._inside(under):
            node[connection.field] = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
            self.known[str(node.get("id"))] = (node, under)
        return node

    def _inside(self, under: str | None) -> list[Connection]:
        return [one for one in self.connections if one.under == under and one.field in self.asked]

    def _connection(self, line: Mapping[str, Any], under: str | None) -> Connection:
        kind, inside = _kind(line), self._inside(under)
        found = next((one for one in inside if one.child == kind), None)
        found = found or next((one for one in inside if one.child is None), None)
        if found is None:
            raise FormatChanged(f"a bulk operation brought a {kind} where nobody asked for one")
        return found


def _kind(line: Mapping[str, Any]) -> str:
    """Return the GraphQL type of *line*, from its global id or its ``__typename``."""
    gid = line.get("id")
    if isinstance(gid, str) and gid.startswith("gid://shopify/"):
        return gid.removeprefix("gid://shopify/").partition("/")[0]
    return str(line.get("__typename"))


def _bare(line: Mapping[str, Any]) -> Node:
    return {name: value for name, value in line.items() if name != PARENT}
