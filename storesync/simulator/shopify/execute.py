"""Executes one GraphQL request: applies plans to nodes, cuts pages, collects refusals.

A node is a dict with the schema's field names. Besides scalars, dicts and lists it may contain
`Nested` (a connection) and `Link` (another record, looked up when it is selected).
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from storesync.simulator.shopify.document import Plan, Selection

Node = dict[str, Any]

MAX_PAGE = 250
# https://shopify.dev/docs/api/usage/limits, "paginating arrays of objects"; what is beyond cannot be reached by pages.
MAX_REACH = 25_000
ONLY_ID = frozenset({"id"})
# Types whose ids more tokens may read than their other fields.
DETAILS = {"Location": "LocationDetails"}


class FieldError(Exception):
    """A root field that cannot be answered; it becomes null and an entry in ``errors``."""

    def __init__(self, message: str, code: str = "BAD_REQUEST", **extensions: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = {"code": code, **extensions}


class Refusal:
    """Placeholder in an answer for a refused value: its *errors*, with their paths from there on."""

    __slots__ = ("errors",)

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors


@dataclass(slots=True)
class Run:
    """One request being answered.

    *look_up* returns the node of a type and id (with a true third argument only its id), None where
    it was deleted. *access* returns the error that refuses a type to the token, None where it may be
    read. *withheld* are fields (``Customer.firstName``) that the app is not approved to see. *reach* is how many
    nodes the pages of a nested connection bring at most (None: all), *cuts* the same for some of them
    (``Order.lineItems``); the last page then says that there is no next one.
    """

    look_up: Callable[[str, str, bool], Node | None]
    access: Callable[[str, str], FieldError | None]
    withheld: frozenset[str]
    variables: Any
    reach: int | None = None
    cuts: Mapping[str, int] = field(default_factory=dict)
    counted: Counter[int] = field(default_factory=Counter)
    known: dict[tuple[str, str, bool], Node | None] = field(default_factory=dict)
    read: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: bool = False
    searches: list[dict[str, Any]] = field(default_factory=list)

    def node(self, kind: str, record_id: str, *, brief: bool = False) -> Node | None:
        """Return the node of *kind* with the number *record_id*, None where it was deleted."""
        key = (kind, record_id, brief)
        if key not in self.known:
            self.known[key] = self.look_up(*key)
        return self.known[key]

    def arguments(self, selection: Selection) -> dict[str, Any]:
        """Return the arguments of the field; they are read once per request."""
        found = self.read.get(id(selection))
        if found is None:
            found = self.read[id(selection)] = selection.arguments(self.variables)
        return found

    def reachable(self, selection: Selection, found: list[Any]) -> list[Any]:
        """Return those of the nodes *found* that the pages of a nested connection bring."""
        limits = (self.reach, self.cuts.get(selection.place))
        return found[: min((limit for limit in limits if limit is not None), default=None)]

    def refuse(self, error: FieldError) -> Refusal:
        """Return the placeholder for a value refused with *error*."""
        self.refused = True
        return Refusal([described(error, [])])


def project(run: Run, selection: Selection, node: Node) -> Any:
    """Return the fields of *node* that *selection* has; a `Refusal` where one that must not be null is refused."""
    plan = selection.plan(node)
    answer: Node = dict(plan.constants)
    if run.withheld:
        return _project_redacted(run, selection, node, plan)
    for key, name, child in plan.steps:
        value = node[name]
        if child is not None and value is not None:
            value = project(run, child, value) if isinstance(value, dict) else complete(run, child, value)
        answer[key] = value
    return climbed(answer, plan.required) if run.refused else answer


def _project_redacted(run: Run, selection: Selection, node: Node, plan: Plan) -> Any:
    # https://shopify.dev/docs/apps/launch/protected-customer-data: a field that is not approved
    # is null, and an error beside the data says so.
    answer: Node = dict(plan.constants)
    kind = node.get("__typename", selection.type.name)
    for key, name, child in plan.steps:
        if f"{kind}.{name}" in run.withheld:
            message = f"This app is not approved to access the {kind} {name} field."
            answer[key] = run.refuse(FieldError(message, "ACCESS_DENIED"))
            continue
        value = node[name]
        answer[key] = value if child is None or value is None else complete(run, child, value)
    return climbed(answer, plan.required) if run.refused else answer


def climbed(answer: dict[Any, Any], required: Collection[Any]) -> Any:
    """Return *answer*, or its `Refusal` where a value that is *required* (must not be null) is refused.

    So null climbs to the nearest parent that may be null: https://spec.graphql.org/October2021/#sec-Handling-Field-Errors.
    The errors are those of the fields up to that one, for servers stop below a parent that is null already
    (``set_graphql_dead`` in https://github.com/rmosolgo/graphql-ruby, lib/graphql/execution/interpreter/runtime.rb).
    """
    refused = next((key for key, value in answer.items() if isinstance(value, Refusal) and key in required), None)
    if refused is None:
        return answer
    errors: list[dict[str, Any]] = []
    for key, value in answer.items():
        settle(value, [key], errors)
        if key == refused:
            break
    return Refusal(errors)


def _listed(run: Run, selection: Selection, nodes: Iterable[Node | None]) -> Any:
    """Return each of *nodes* with the fields of *selection*, as `climbed` does where one must not be null."""
    answer = [node and project(run, selection, node) for node in nodes]
    if run.refused and selection.holds_required:
        whole = climbed(dict(enumerate(answer)), range(len(answer)))
        return whole if isinstance(whole, Refusal) else answer
    return answer


def complete(run: Run, selection: Selection, value: Any) -> Any:
    """Return *value* (a node, a list of nodes, or a reference such as `Link`) with the fields of *selection*."""
    if isinstance(value, dict):
        return project(run, selection, value)
    if type(value) is list:
        if selection.has_argument("first"):
            value = value[: run.arguments(selection)["first"]]
        return _listed(run, selection, value)
    return None if value is None else value.resolve(run, selection)


@dataclass(frozen=True, slots=True)
class Link:
    """Another record, by type and number."""

    kind: str
    id: str

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the record with the fields of *selection*, null where it was deleted or may not be read."""
        brief = selection.plan_for(selection.type).names <= ONLY_ID
        kind = self.kind if brief else DETAILS.get(self.kind, self.kind)
        refusal = run.access(kind, selection.nodes[0].name.value)
        if refusal is not None:
            return run.refuse(refusal)
        node = run.node(self.kind, self.id, brief=brief)
        return None if node is None else project(run, selection, node)


@dataclass(frozen=True, slots=True)
class Several:
    """A list that may contain null."""

    items: Sequence[Node | None]

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return each node with the fields of *selection*."""
        return _listed(run, selection, self.items)


@dataclass(frozen=True, slots=True)
class Nested:
    """A connection below a record: its nodes, or links to them."""

    items: Sequence[Any]

    def resolve(self, run: Run, selection: Selection) -> Any:
        """Return the page that the arguments of *selection* request."""
        arguments = run.arguments(selection)
        first = page_size(arguments)
        start = 0
        if arguments.get("after"):
            start = int(read_cursor(arguments["after"], "POSITION")[0]) + 1
        items = list(self.items)
        if arguments.get("reverse"):
            items.reverse()
        items = run.reachable(selection, items)
        cut = items[start : start + first]
        brief = selection.wants_only_ids()
        nodes = [run.node(item.kind, item.id, brief=brief) if isinstance(item, Link) else item for item in cut]
        found = [(place, node) for place, node in enumerate(nodes, start) if node is not None]
        cursors = [write_cursor("POSITION", place, "") for place, _ in found]
        return connection(run, selection, [node for _, node in found], cursors, more=start + first < len(items))


def page_size(arguments: dict[str, Any]) -> int:
    """Return the requested page size. Raises `FieldError` where it is missing, too large, or from the end."""
    first: int | None = arguments.get("first")
    if first is None:
        raise FieldError("you must provide one of first or last")
    if not 0 <= first <= MAX_PAGE:
        # https://shopify.dev/docs/api/usage/pagination-graphql
        raise FieldError(f"first cannot exceed {MAX_PAGE}")
    return first


def connection(run: Run, selection: Selection, nodes: list[Node], cursors: list[str], *, more: bool) -> Any:
    """Return one page of a connection with the fields of *selection*."""
    run.counted[id(selection)] += len(nodes)
    page: Node = {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "pageInfo": {
            "hasNextPage": more,
            "hasPreviousPage": False,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }
    return project(run, selection, page)


def write_cursor(sort_key: str, value: Any, record_id: str) -> str:
    """Return the cursor of a record: its sort position, opaque to the client."""
    return base64.b64encode(json.dumps([sort_key, value, record_id]).encode()).decode()


def read_cursor(cursor: str, sort_key: str) -> tuple[Any, str]:
    """Return the sort position in *cursor*. Raises `FieldError` where it is of another order."""
    try:
        key, value, record_id = json.loads(base64.b64decode(cursor, validate=True))
    except ValueError:
        raise FieldError("Invalid cursor for current pagination sort.") from None
    if key != sort_key:
        raise FieldError("Invalid cursor for current pagination sort.")
    return value, record_id


def settle(answer: Any, path: list[Any], errors: list[dict[str, Any]]) -> Any:
    """Return *answer* with null in place of refused values; their errors are added to *errors*."""
    if isinstance(answer, Refusal):
        errors += [error | {"path": [*path, *error["path"]]} for error in answer.errors]
        return None
    if isinstance(answer, dict):
        return {key: settle(value, [*path, key], errors) for key, value in answer.items()}
    if isinstance(answer, list):
        return [settle(value, [*path, place], errors) for place, value in enumerate(answer)]
    return answer


def described(error: FieldError, path: list[Any]) -> dict[str, Any]:
    """Return *error* at *path*, as an entry of ``errors``."""
    return {"message": error.message, "path": path, "extensions": error.extensions}
