"""Parses and validates GraphQL documents, and compiles them into plans that are executed many times.

graphql-core does the parsing and validation. Execution follows its rules but uses a plan: the
records are plain dicts already, so that answering is little more than copying keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    build_schema,
    get_directive_values,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    parse,
)
from graphql.execution.values import get_argument_values, get_variable_values

from storesync.simulator.shopify.validation import described, errors_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import SelectionSetNode


class Rejected(Exception):
    """A document that is answered with *errors* only, without being executed."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Plan:
    """A selection set compiled for one concrete type: constants, and keys to copy from a node.

    *required* are the keys of fields that must not be null.
    """

    constants: dict[str, str]
    steps: tuple[tuple[str, str, Selection | None], ...]
    names: frozenset[str]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document, ready to be answered with *variables*."""

    root: Selection
    variables: Any
    is_mutation: bool


@lru_cache(maxsize=8)
def schema(source: str | None = None) -> GraphQLSchema:
    """Return the schema with the text *source*; by default the part of Shopify's schema that the simulator knows."""
    if source is None:
        source = resources.files("storesync.simulator.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")
    return build_schema(source, assume_valid=True)


class Selection:
    """The selection of one field with objects, compiled once for each concrete type.

    *place* is the field with its type: ``Order.lineItems``.
    """

    __slots__ = (
        "_compiler",
        "_plans",
        "_static",
        "definition",
        "holds_required",
        "is_list",
        "key",
        "nodes",
        "place",
        "type",
    )

    def __init__(
        self,
        compiler: Compiler,
        key: str,
        definition: GraphQLField,
        nodes: list[FieldNode],
        plans: dict[str, Plan] | None = None,
        *,
        place: str = "",
    ) -> None:
        self.key = key
        self.place = place
        self.definition = definition
        self.nodes = nodes
        self.type: Any = get_named_type(definition.type)
        inner: Any = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        self.is_list = is_list_type(inner)
        self.holds_required = self.is_list and is_non_null_type(inner.of_type)
        self._compiler = compiler
        self._plans: dict[str, Plan] = plans or {}
        self._static: Plan | None = None

    def plan(self, node: Mapping[str, Any]) -> Plan:
        """Return the plan for *node*; in an interface or union its ``__typename`` chooses the plan."""
        if self._static is None:
            if isinstance(self.type, GraphQLObjectType):
                self._static = self.plan_for(self.type)
                return self._static
            return self.plan_for(self._compiler.schema.type_map[node["__typename"]])
        return self._static

    def plan_for(self, concrete: Any) -> Plan:
        """Return the plan for the object type *concrete*."""
        plan = self._plans.get(concrete.name)
        if plan is None:
            sets = [node.selection_set for node in self.nodes if node.selection_set]
            plan = self._plans[concrete.name] = self._compiler.plan(concrete, sets)
        return plan

    def rewritten(self, rewrite: Callable[[Plan], Plan]) -> Selection:
        """Return a copy of the selection with *rewrite* applied to its plan for each concrete type."""
        plans = {concrete.name: rewrite(self.plan_for(concrete)) for concrete in self.concrete_types()}
        return Selection(self._compiler, self.key, self.definition, self.nodes, plans, place=self.place)

    def wants_only_ids(self) -> bool:
        """True for a connection of which only the ids of its nodes are selected."""
        steps = self.plan_for(self.type).steps
        inner = [child for _, name, child in steps if child is not None and name == "nodes"]
        return len(inner) == len([name for _, name, _ in steps if name != "pageInfo"]) and all(
            child.plan_for(concrete).names <= {"id"} for child in inner for concrete in child.concrete_types()
        )

    def concrete_types(self) -> list[GraphQLObjectType]:
        """Return the object types that the field may have."""
        if isinstance(self.type, GraphQLObjectType):
            return [self.type]
        return list(self._compiler.schema.get_possible_types(self.type))

    def has_argument(self, name: str) -> bool:
        """True if the document sets the argument *name*."""
        return any(argument.name.value == name for argument in self.nodes[0].arguments or ())

    def arguments(self, variables: Any) -> dict[str, Any]:
        """Return the field's arguments, defaults included."""
        return get_argument_values(self.definition, self.nodes[0], variables)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles selection sets into plans, for one document and one set of its ``@skip`` and ``@include`` values."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any

    def plan(self, concrete: GraphQLObjectType, sets: list[SelectionSetNode]) -> Plan:
        """Return the plan of the merged selection *sets* on the type *concrete*."""
        found: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self._collect(concrete, selections, found)
        constants, steps, required = {}, [], set()
        for key, nodes in found.items():
            name = nodes[0].name.value
            if name == "__typename":
                constants[key] = concrete.name
                continue
            definition = concrete.fields[name]
            if is_non_null_type(definition.type):
                required.add(key)
            composite = is_composite_type(get_named_type(definition.type))
            place = f"{concrete.name}.{name}"
            steps.append((key, name, Selection(self, key, definition, nodes, place=place) if composite else None))
        return Plan(constants, tuple(steps), frozenset(name for _, name, _ in steps), frozenset(required))

    def _collect(
        self, concrete: GraphQLObjectType, selections: SelectionSetNode, found: dict[str, list[FieldNode]]
    ) -> None:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
                continue
            inner: Any = node if isinstance(node, InlineFragmentNode) else self.fragments[node.name.value]  # type: ignore[attr-defined]
            condition = inner.type_condition
            if condition is None or self._applies(condition.name.value, concrete):
                self._collect(concrete, inner.selection_set, found)

    def _applies(self, condition: str, concrete: GraphQLObjectType) -> bool:
        wanted = self.schema.type_map[condition]
        if isinstance(wanted, GraphQLInterfaceType | GraphQLUnionType):
            return self.schema.is_sub_type(wanted, concrete)
        return wanted is concrete

    def _is_included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))


def _valid(
    text: str, source: str | None
) -> tuple[dict[str | None, OperationDefinitionNode], dict[str, FragmentDefinitionNode]]:
    """Return the operations and fragments of a document. Raises `Rejected` for an invalid one."""
    document, errors = _validated(text, source)
    if errors:
        raise Rejected(errors)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    return (
        {node.name.value if node.name else None: node for node in operations},
        {node.name.value: node for node in fragments},
    )


@lru_cache(maxsize=256)
def _validated(text: str, source: str | None) -> tuple[DocumentNode, list[dict[str, Any]]]:
    """Return a document and what is wrong with it."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return DocumentNode(definitions=()), [described(error, "parseError")]
    return document, errors_of(schema(source), document)


def prepare(text: str, name: str | None, variables: Mapping[str, Any], source: str | None = None) -> Operation:
    """Return the operation *name* of the document *text*, by the `schema` of *source*.

    Raises `Rejected` where Shopify would refuse it.
    """
    operations, _ = _valid(text, source)
    operation = next(iter(operations.values())) if name is None and len(operations) == 1 else operations.get(name)
    if operation is None:
        raise Rejected([{"message": f"No operation named {name!r}", "extensions": {"code": "BAD_REQUEST"}}])
    values = get_variable_values(schema(source), operation.variable_definitions or (), dict(variables))
    if isinstance(values, list):
        raise Rejected([described(error, "INVALID_VARIABLE") for error in values])
    switches = tuple(sorted((key, value) for key, value in variables.items() if isinstance(value, bool)))
    root = _planned(text, operation.name.value if operation.name else None, switches, source)
    return Operation(root, values, operation.operation is OperationType.MUTATION)


@lru_cache(maxsize=256)
def _planned(text: str, name: str | None, switches: tuple[tuple[str, bool], ...], source: str | None) -> Selection:
    """Return the operation's root; *switches* are the values that ``@skip`` and ``@include`` may use."""
    operations, fragments = _valid(text, source)
    operation, known = operations[name], schema(source)
    kind = known.mutation_type if operation.operation is OperationType.MUTATION else known.query_type
    if kind is None:
        raise Rejected([{"message": "Schema is not configured", "extensions": {"code": "BAD_REQUEST"}}])
    booleans = [node for node in operation.variable_definitions or () if _is_boolean(node)]
    values = get_variable_values(known, booleans, dict(switches))
    root = FieldNode(name=NameNode(value="root"), arguments=(), directives=(), selection_set=operation.selection_set)
    return Selection(Compiler(known, fragments, values), "", GraphQLField(kind), [root])


def _is_boolean(node: VariableDefinitionNode) -> bool:
    inner = node.type.type if isinstance(node.type, NonNullTypeNode) else node.type
    return isinstance(inner, NamedTypeNode) and inner.name.value == "Boolean"
