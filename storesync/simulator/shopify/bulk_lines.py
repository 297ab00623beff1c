"""Runs bulk queries and writes their JSONL: a line for each node, also for those of nested connections.

https://shopify.dev/docs/api/usage/bulk-operations/queries#the-jsonl-data-format. Records are read by
the same code as pages, so that their values are the same; slashes are escaped, as in the files that
Shopify writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from storesync.simulator.shopify.bulk_files import Joined, Spool
from storesync.simulator.shopify.bulk_rules import DEEPEST, is_connection, node_of
from storesync.simulator.shopify.document import Plan, Selection
from storesync.simulator.shopify.execute import MAX_PAGE, Link, project, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from storesync.simulator.faults import BulkFault
    from storesync.simulator.shopify.bulk_files import File
    from storesync.simulator.shopify.execute import Node, Run

# A line with the number of connections above it; a root line with all lines below it, in order.
Line = tuple[int, bytes]
Group = list[Line]

BATCH = 2048
RAW = Plan({}, (("nodes", "nodes", None), ("pageInfo", "pageInfo", None)), frozenset({"nodes", "pageInfo"}))


class AccessDenied(Exception):
    """The token may not read a field of the query."""


@dataclass(slots=True)
class Result:
    """The output of an operation: *objects* lines, *roots* of them root records."""

    file: File
    objects: int
    roots: int


@dataclass(frozen=True, slots=True)
class Shape:
    """The selection of one connection's nodes: *node* has the fields that are in their own lines."""

    connection: Selection
    node: Selection
    branches: dict[str, tuple[Branch, ...]]
    """By concrete type, the connections whose nodes get lines of their own."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A connection below a node, and the fields that lead to it."""

    path: tuple[str, ...]
    shape: Shape


def shape_of(connection: Selection) -> Shape:
    """Return the shape of a valid bulk query's connection."""
    node = node_of(connection)
    if node is None:
        raise LookupError(connection.key)
    branches = {concrete.name: tuple(_branches(node, concrete)) for concrete in node.concrete_types()}
    return Shape(connection.rewritten(lambda _: RAW), _without_connections(node), branches)


def _branches(selection: Selection, concrete: Any, path: tuple[str, ...] = ()) -> Iterator[Branch]:
    for _, name, child in selection.plan_for(concrete).steps:
        if child is None:
            continue
        if is_connection(child):
            yield Branch((*path, name), shape_of(child))
        elif not child.is_list:
            for inner in child.concrete_types():
                yield from _branches(child, inner, (*path, name))


def _without_connections(selection: Selection) -> Selection:
    def rewrite(plan: Plan) -> Plan:
        steps = tuple(
            (key, name, child and _without_connections(child))
            for key, name, child in plan.steps
            if child is None or not is_connection(child)
        )
        return replace(plan, steps=steps)

    return selection.rewritten(rewrite)


@dataclass(slots=True)
class Reader:
    """Reads the records of a bulk query. *field* answers a field of the query root, as for pages.

    Of each nested connection it reads *nested_limit* nodes at most.
    """

    run: Run
    field: Callable[[str, Selection], Any]
    shape: Shape
    nested_limit: int | None = None

    def groups(self, after: str | None = None) -> Iterator[Group]:
        """Yield the lines of each root record, in order of id, from the cursor *after* on.

        Raises `AccessDenied`, and `FieldError` where the root field is refused.
        """
        connection = self.shape.connection
        name = connection.nodes[0].name.value
        roots = self._pages(connection, lambda: self.field(name, connection), after)
        if _is_leaky(connection):
            # Seen in production: with a sort key some records that match the update time are left out.
            # https://github.com/estuary/connectors, commit e1b9230a6
            roots = (node for place, node in enumerate(roots) if place % 5)
        return (list(self.lines(self.shape, node)) for node in roots)

    def lines(self, shape: Shape, node: Node, parent: str | None = None, depth: int = 0) -> Iterator[Line]:
        """Yield the line of *node* and those below it."""
        answer = project(self.run, shape.node, node)
        if self.run.refused:
            answer = _settled(answer)
        if parent is not None:
            answer["__parentId"] = parent
        yield depth, orjson.dumps(answer).replace(b"/", b"\\/") + b"\n"
        branches = shape.branches
        for branch in branches[node["__typename"] if len(branches) > 1 else next(iter(branches))]:
            for child in self._below(branch, node):
                yield from self.lines(branch.shape, child, node["id"], depth + 1)

    def _below(self, branch: Branch, node: Node) -> Iterator[Node]:
        value: Any = node
        for name in branch.path:
            value = self._follow(value[name])
            if value is None:
                return iter(())
        connection = branch.shape.connection
        nodes = self._pages(connection, lambda: value.resolve(self.run, connection), None)
        return islice(nodes, self.nested_limit)

    def _follow(self, value: Any) -> Any:
        if not isinstance(value, Link):
            return value
        refusal = self.run.access(value.kind, value.kind)
        if refusal is not None:
            raise AccessDenied(value.kind)
        return self.run.node(value.kind, value.id)

    def _pages(self, connection: Selection, resolve: Callable[[], Any], after: str | None) -> Iterator[Node]:
        """Yield all nodes of a connection, ignoring page sizes and cursors in the query itself."""
        given = {name: value for name, value in connection.arguments({}).items() if name not in {"last", "before"}}
        if not connection.has_argument("sortKey"):
            given["sortKey"] = "ID"
        while True:
            self.run.read[id(connection)] = given | {"first": MAX_PAGE, "after": after}
            page = resolve()
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]


def _is_leaky(connection: Selection) -> bool:
    return connection.has_argument("sortKey") and "updated_at:" in str(connection.arguments({}).get("query"))


def _settled(answer: Node) -> Node:
    """Return *answer* with null for fields that the app is not approved to see.

    Raises `AccessDenied` where one of them must not be null, and for a missing scope.
    """
    errors: list[dict[str, Any]] = []
    settled: Node | None = settle(answer, [], errors)
    if settled is None or any("requiredAccess" in error["extensions"] for error in errors):
        raise AccessDenied(errors[0]["message"])
    return settled


def write_grouped(groups: Iterable[Group], fault: BulkFault) -> Result:
    """Write child lines directly after their parent's, except those that *fault* moves, and return the result."""
    spool, late, early = Spool(), fault.late, fault.early
    held: list[bytes] = []
    objects = roots = 0
    for group in groups:
        roots += 1
        objects += len(group)
        lines = [line for _, line in group]
        if len(lines) > 1 and early:
            early -= 1
            lines.insert(0, lines.pop())
        elif len(lines) > 1 and late:
            late -= 1
            held.append(lines.pop())
        spool.add(lines)
    spool.add(held)
    return Result(spool, objects, roots)


def write_scattered(groups: Iterable[Group], chance: Random) -> Result:
    """Write root lines first and child lines anywhere after all of them, and return the result.

    Shopify only guarantees that a child comes after its parent.
    """
    levels = [Spool() for _ in range(DEEPEST + 1)]
    waiting: list[list[bytes]] = [[] for _ in levels]
    objects = roots = 0
    for group in groups:
        roots += 1
        objects += len(group)
        for depth, line in group:
            waiting[depth].append(line)
        for depth in range(1, len(levels)):
            if len(waiting[depth]) > BATCH:
                _shuffle_into(levels[depth], waiting[depth], chance)
        if len(waiting[0]) > BATCH:
            levels[0].add(waiting[0])
            waiting[0].clear()
    levels[0].add(waiting[0])
    for depth in range(1, len(levels)):
        _shuffle_into(levels[depth], waiting[depth], chance)
    return Result(Joined(levels), objects, roots)


def _shuffle_into(spool: Spool, lines: list[bytes], chance: Random) -> None:
    chance.shuffle(lines)
    spool.add(lines)
    lines.clear()
