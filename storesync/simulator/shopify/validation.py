"""Validates a document against a schema, and describes what is wrong as Shopify does.

Shopify runs graphql-ruby: what a schema lacks is described as in
https://github.com/rmosolgo/graphql-ruby, lib/graphql/static_validation/rules/fields_are_defined_on_type.rb,
arguments_are_defined.rb and fragment_types_exist.rb, with the paths of base_visitor.rb beside them. Below what is
not defined it validates nothing, so that a variable or a fragment that is used only there counts as not used. It can
add "Did you mean"; recorded answers of Shopify do not (https://github.com/vercel/commerce/issues/763).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import (
    REMOVE,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    ParallelVisitor,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    validate,
    visit,
)
from graphql import validation as rules
from graphql.language import ArgumentNode, ObjectFieldNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode, GraphQLSchema

# Shopify's codes for broken rules are in camel case: https://shopify.dev/docs/api/admin-graphql#status_and_error_codes
RULE_CODES = {
    rules.KnownTypeNamesRule: "variableRequiresValidType",
    rules.KnownArgumentNamesRule: "argumentNotAccepted",
    rules.ProvidedRequiredArgumentsRule: "missingRequiredArguments",
    rules.ValuesOfCorrectTypeRule: "argumentLiteralsIncompatible",
    rules.ScalarLeafsRule: "selectionMismatch",
    rules.NoUndefinedVariablesRule: "variableNotDefined",
    rules.NoUnusedVariablesRule: "variableNotUsed",
    rules.VariablesInAllowedPositionRule: "variableMismatch",
    rules.KnownFragmentNamesRule: "useAndDefineFragment",
    rules.NoUnusedFragmentsRule: "useAndDefineFragment",
}


def errors_of(schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """Return what is wrong with *document*, as entries of ``errors``: first what *schema* does not define."""
    if not validate(schema, document, max_errors=1):
        return []
    types = TypeInfo(schema)
    undefined = _Undefined(schema, types)
    rest = visit(document, TypeInfoVisitor(types, undefined))
    paths = dict(_paths(document, [])) | dict(_paths(rest, []))
    return [
        *(described(error, code, paths) for error, code in undefined.errors),
        *(
            described(error, RULE_CODES.get(rule, "invalidDocument"), paths)
            for rule, error in _broken(schema, rest)
            if not error.nodes or id(error.nodes[0]) not in undefined.conditions
        ),
    ]


def _broken(schema: GraphQLSchema, document: DocumentNode) -> list[tuple[type[rules.ASTValidationRule], GraphQLError]]:
    """Return the rules that *document* breaks, with their errors, in one walk."""
    types, found = TypeInfo(schema), list[tuple[type[rules.ASTValidationRule], GraphQLError]]()

    def noting(rule: type[rules.ASTValidationRule]) -> Visitor:
        return rule(rules.ValidationContext(schema, document, types, lambda error: found.append((rule, error))))

    visit(document, TypeInfoVisitor(types, ParallelVisitor([noting(rule) for rule in rules.specified_rules])))
    return found


def described(error: GraphQLError, code: str, paths: dict[int, list[str]] | None = None) -> dict[str, Any]:
    """Return *error* as an entry of ``errors``; with *paths*, by the identity of nodes, it has that of its node."""
    locations = [{"line": place.line, "column": place.column} for place in error.locations or []]
    extensions = {"code": code, **(error.extensions or {})}
    path = paths.get(id(error.nodes[0])) if paths and error.nodes else None
    return {
        "message": error.message,
        "locations": locations,
        **({"path": path} if path else {}),
        "extensions": extensions,
    }


class _Undefined(Visitor):
    """Takes out of a document what the schema does not define, with all below it, and notes an error for each."""

    def __init__(self, schema: GraphQLSchema, types: TypeInfo) -> None:
        super().__init__()
        self.schema, self.types = schema, types
        self.errors: list[tuple[GraphQLError, str]] = []
        self.conditions: set[int] = set()

    def _note(self, node: Node, message: str, code: str, **extensions: str) -> None:
        self.errors.append((GraphQLError(message, node, extensions=extensions), code))

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        """Take out the field, or those of its arguments that it does not have."""
        parent, definition, name = self.types.get_parent_type(), self.types.get_field_def(), node.name.value
        if parent is None:
            return None
        if definition is None:
            message = f"Field '{name}' doesn't exist on type '{parent.name}'"
            self._note(node, message, "undefinedField", typeName=parent.name, fieldName=name)
            return REMOVE
        given = tuple(node.arguments or ())
        unknown = [argument for argument in given if argument.name.value not in definition.args]
        shown = node.alias.value if node.alias else name
        for argument in unknown:
            message = f"Field '{shown}' doesn't accept argument '{argument.name.value}'"
            extensions = {"name": shown, "typeName": "Field", "argumentName": argument.name.value}
            self._note(argument, message, "argumentNotAccepted", **extensions)
        known = tuple(argument for argument in given if argument.name.value in definition.args)
        return _changed(node, arguments=known) if unknown else None

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
        """Take out a fragment on a type that there is not."""
        return REMOVE if node.type_condition and self._is_unknown(node) else None

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
        """Empty a fragment on a type that there is not; it stays defined."""
        if not self._is_unknown(node):
            return None
        self.conditions.add(id(node.type_condition))
        return _changed(node, selection_set=SelectionSetNode(selections=()))

    def _is_unknown(self, node: Any) -> bool:
        name = node.type_condition.name.value
        if name in self.schema.type_map:
            return False
        message = f"No such type {name}, so it can't be a fragment condition"
        self._note(node, message, "undefinedType", typeName=name)
        return True


def _changed(node: Node, **changes: Any) -> Node:
    """Return a copy of *node* with *changes*."""
    return type(node)(**{key: getattr(node, key) for key in node.keys} | changes)


def _paths(node: Node, above: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield identity and path of *node* and of all nodes below it."""
    path = [*above, *_steps(node)]
    yield id(node), path
    for key in node.keys:
        value = getattr(node, key, None)
        for child in value if isinstance(value, list | tuple) else [value]:
            if isinstance(child, Node):
                yield from _paths(child, path)


def _steps(node: Node) -> Iterator[str]:
    """Yield the step that a path takes with *node*, if it takes one."""
    if isinstance(node, OperationDefinitionNode):
        yield f"{node.operation.value} {node.name.value}" if node.name else node.operation.value
    elif isinstance(node, FragmentDefinitionNode):
        yield f"fragment {node.name.value}"
    elif isinstance(node, InlineFragmentNode):
        yield f"... on {node.type_condition.name.value}" if node.type_condition else "..."
    elif isinstance(node, FragmentSpreadNode):
        yield f"... {node.name.value}"
    elif isinstance(node, FieldNode):
        yield (node.alias or node.name).value
    elif isinstance(node, ArgumentNode | ObjectFieldNode):
        yield node.name.value
