"""The parts of our GraphQL documents: names them, finds those that an error refuses, cuts them out. Pure.

A part is one field of one type, named ``Customer.state`` or, where a type is not named in the document,
``Customer.defaultPhoneNumber.smsMarketingConsent``; one argument, ``InventoryItem.inventoryLevels(includeInactive)``;
or all that is read of a type, ``... on CollectionConditionsSource``. The same part has the same name in every
document. graphql-core is imported only once something is to be left out: that takes longer than an idle slice.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from storesync.data import dataclass
from storesync.platforms.shopify.errors import SPARED, is_gone
from storesync.platforms.shopify.sources import LISTS

if TYPE_CHECKING:
    from graphql.language import DocumentNode, FieldNode, Node, SelectionSetNode

CORE_FIELDS = frozenset(
    {
        *("id", "__typename", "updatedAt", "shop"),
        *("nodes", "edges", "node", "pageInfo", "hasNextPage", "endCursor", "count", "precision"),
    }
)
"""Fields without which no reading is identified, ordered, or known to have ended."""

CORE = frozenset(
    {
        *("InventoryLevel.item", "InventoryLevel.location"),
        *("PriceList.prices", "PriceListPrice.variant"),
        *(f"{source.type_name}.{source.updated_at[0]}" for source in LISTS),
        *("Location.inventoryLevels", "InventoryItem.inventoryLevels", "InventoryItem.variants"),
        *("ShopifyPaymentsAccount.payouts", "ShopifyPaymentsAccount.balanceTransactions"),
        "Metafield.owner",
        *("MoneyBag.shopMoney", "MoneyBag.shopMoney.amount", "MoneyV2.amount"),
        *("Shop.ianaTimezone", "Shop.currencyCode"),
    }
)
"""More fields of that kind: they hold the ids and update times of records, the records, money, or what day it is."""

OPTIONAL_ARGUMENTS = frozenset({"includeInactive", "includeLegacy", "includeRemovals", "limit"})
"""Arguments without which a list is still a list, of fewer records or of more, and a count still a count."""

SPARE = re.compile(
    r"ProductVariant\.barcodes|Product\.mediaCount|InventoryItem\.locationsCount"
    r"|QueryRoot\.(?:events|\w+Count)|(?:\.\.\. on )?BasicEvent\b"
)
"""Parts that a version may lack without a column being the poorer for it."""

ROOT = "QueryRoot"
_ON = "... on "
_ROOTS = {
    "shop": "Shop",
    "location": "Location",
    "shopifyPaymentsAccount": "ShopifyPaymentsAccount",
    "priceList": "PriceList",
}
"""The types of single objects of the root."""

_OWN = ("Refund", "Fulfillment", "OrderTransaction", "Discount")
"""The beginnings of types that are no mere values of the field that holds them."""

_WORD = re.compile(r"\b\w+(?:\.\w+)+|\b[a-z]+[A-Z]\w*|\b\w+(?= field\b)|(?<=field )\w+|(?<=['\"`])\w+(?=['\"`])")
"""What in a message may name a field: with a dot, in camel case, quoted, or beside the word "field"."""
_TYPES = {
    **{(_ROOTS.get(one.within or "", ROOT), one.root): one.type_name for one in LISTS},
    ("Location", "inventoryLevels"): "InventoryLevel",
    ("PriceList", "prices"): "PriceListPrice",
    **{
        (source.type_name, connection.field): connection.child
        for source in LISTS
        for connection in source.connections
        if connection.child and not connection.under
    },
}
"""The types of the nodes of connections, by type and field."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part, as it stands in a document.

    *keys* are the response keys that lead to it from the root, *static* is the path by which a validator names it:
    the operation or fragment first. *root* is the field of the root to which it belongs, *owner* the part of which
    it is a mere value, such as an amount of money.
    """

    name: str
    node: "Node"
    keys: tuple[str, ...]
    static: tuple[str, ...]
    root: str
    owner: str | None = None

    @property
    def is_argument(self) -> bool:
        """Whether it is an argument of a field."""
        return self.name.endswith(")")

    @property
    def argument(self) -> str:
        """The name of the argument that it is."""
        return self.name.rpartition("(")[2][:-1]

    @property
    def is_root(self) -> bool:
        """Whether it is a field of the root: a whole list, or a count."""
        return self.name.startswith(f"{ROOT}.")

    @property
    def is_core(self) -> bool:
        """Whether the document is of no use without it."""
        kind, _, path = self.name.partition(".")
        if self.is_argument:
            return self.argument not in OPTIONAL_ARGUMENTS
        if kind == ROOT and (path.split(".")[0] in SPARED or path.endswith("Count")):
            return False
        return kind == ROOT or self.name in CORE or path.rpartition(".")[2] in CORE_FIELDS


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: in the type *kind*, at *path* below it; *element* is the type of a connection's nodes."""

    kind: str
    path: tuple[str, ...] = ()
    element: str | None = None
    keys: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    root: str = ""
    owner: str | None = None

    def name(self, *further: str) -> str:
        return ".".join((self.kind, *self.path, *further))

    def inside(self, name: str, key: str) -> "_Place":
        """Return the place in the selection of the field *name*."""
        keys, static, root = (*self.keys, key), (*self.static, key), self.root or self.name(name)
        if name in {"nodes", "node"} and self.element:
            return _Place(self.element, keys=keys, static=static, root=root)
        if self.kind == ROOT and not self.path and name in _ROOTS:
            return _Place(_ROOTS[name], keys=keys, static=static, root=root)
        element = self.element if name == "edges" else None if self.path else _TYPES.get((self.kind, name))
        return replace(self, path=(*self.path, name), element=element, keys=keys, static=static, root=root)

    def on(self, kind: str | None, step: str) -> "_Place":
        """Return the place in a fragment on the type *kind*."""
        static = (*self.static, step)
        if kind is None or (kind == self.kind and not self.path):
            return replace(self, static=static)
        is_value = self.path and self.kind != ROOT and not kind.startswith(_OWN) and not _element(kind)
        owner = self.owner or (self.name() if is_value else None)
        return replace(self, kind=kind, path=(), element=_element(kind), static=static, owner=owner)


@dataclass(slots=True)
class _Walk:
    """Finds all parts of a document."""

    fragments: "Mapping[str, Any]"
    found: list[Part] = field(default_factory=list)

    def selections(self, chosen: "SelectionSetNode | None", place: _Place) -> None:
        for node in chosen.selections if chosen else ():
            if node.kind == "field":
                self.field(node, place)  # type: ignore[arg-type]
            elif node.kind == "fragment_spread":
                name = node.name.value  # type: ignore[attr-defined]
                fragment = self.fragments[name]
                self.inside(node, fragment, place, static=(f"fragment {name}",))
            else:
                self.inside(node, node, place)

    def inside(self, node: "Node", holder: Any, place: _Place, static: tuple[str, ...] | None = None) -> None:
        """Walk through the selection of *holder*, a fragment or an inline one, which *node* selects."""
        kind = holder.type_condition.name.value if holder.type_condition else None
        inner = place.on(kind, f"{_ON}{kind}")
        if kind is not None:
            self.found.append(Part(f"{_ON}{kind}", node, inner.keys, inner.static, inner.root, inner.owner))
        self.selections(holder.selection_set, inner if static is None else replace(inner, static=static))

    def field(self, node: "FieldNode", place: _Place) -> None:
        name = node.name.value
        inner = place.inside(name, node.alias.value if node.alias else name)
        own = place.name(name)
        self.found.append(Part(own, node, inner.keys, inner.static, inner.root, place.owner))
        for argument in node.arguments or ():
            label = argument.name.value
            keys, static = (*inner.keys, label), (*inner.static, label)
            self.found.append(Part(f"{own}({label})", argument, keys, static, inner.root))
        self.selections(node.selection_set, inner)


def _element(kind: str) -> str | None:
    return kind.removesuffix("Connection") if kind.endswith("Connection") else None


@cache
def _parsed(text: str) -> "DocumentNode":
    from graphql.language import parse  # noqa: PLC0415 - see above

    return parse(text)


def is_type(part: str) -> bool:
    """Return whether *part* is all that is read of a type."""
    return part.startswith(_ON)


def field_of(part: str) -> str:
    """Return the name of *part* for people: that of a type stands alone."""
    return part.removeprefix(_ON)


def part_of(field: str) -> str:
    """Return the name of the part that `field_of` calls *field*."""
    return field if "." in field else f"{_ON}{field}"


@cache
def parts_in(text: str) -> tuple[Part, ...]:
    """Return all parts of the document *text*; one in a fragment comes once for each place where it is spread."""
    definitions = _parsed(text).definitions
    fragments = {one.name.value: one for one in definitions if one.kind == "fragment_definition"}  # type: ignore[attr-defined]
    walk = _Walk(fragments)
    for one in definitions:
        if one.kind == "operation_definition":
            named = one.name  # type: ignore[attr-defined]
            kind = one.operation.value  # type: ignore[attr-defined]
            label = f"{kind} {named.value}" if named else kind
            walk.selections(one.selection_set, _Place(ROOT, static=(label,)))  # type: ignore[attr-defined]
    return tuple(walk.found)


def refused_parts(text: str, errors: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Part, Mapping[str, Any]]]:
    """Yield the parts of *text* to leave out since *errors* refuse them, each with its error.

    An error names its part by its path, else by its place in the text, its type and field, or its words; one that
    says nothing of the kind yields none.
    """
    parts = parts_in(text)
    return ((part, error) for error in errors for part in _refused(parts, error))


def cut(text: str, without: Collection[str]) -> str:
    """Return the document *text* without the parts called so, and without what is of no use then.

    That is a selection that became empty, and a fragment that is no longer spread.
    """
    from graphql.language import print_ast, visit  # noqa: PLC0415 - see above

    gone = {id(part.node) for part in parts_in(text) if part.name in without}
    if not gone:
        return text
    return print_ast(_spread_only(visit(_parsed(text), _cutter(gone))))


def _cutter(gone: Collection[int]) -> Any:
    from graphql.language import REMOVE, Visitor  # noqa: PLC0415 - see above

    class Cutter(Visitor):
        def enter(self, node: Any, *_: Any) -> Any:
            return REMOVE if id(node) in gone else None

        def leave(self, node: Any, *_: Any) -> Any:
            chosen = getattr(node, "selection_set", None)
            return REMOVE if chosen is not None and not chosen.selections else None

    return Cutter()


def _spread_only(document: Any) -> Any:
    """Return *document* without fragments that nothing spreads, and without spreads of fragments that are gone."""
    from graphql.language import REMOVE, Visitor, visit  # noqa: PLC0415 - see above

    there = {one.name.value for one in document.definitions if one.kind == "fragment_definition"}
    spread: set[str] = set()

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: Any, *_: Any) -> Any:
            spread.add(node.name.value)
            return None if node.name.value in there else REMOVE

        def leave(self, node: Any, *_: Any) -> Any:
            chosen = getattr(node, "selection_set", None)
            return REMOVE if chosen is not None and not chosen.selections else None

    class Unused(Visitor):
        def enter_fragment_definition(self, node: Any, *_: Any) -> Any:
            return None if node.name.value in spread else REMOVE

    left = visit(visit(document, Spreads()), Unused())
    return _without_variables(left) if len(left.definitions) == len(document.definitions) else _spread_only(left)


def _without_variables(document: Any) -> Any:
    """Return *document* without the variables that nothing uses."""
    from graphql.language import REMOVE, Visitor, visit  # noqa: PLC0415 - see above

    used: set[str] = set()

    class Uses(Visitor):
        def enter_variable_definition(self, *_: Any) -> Any:
            return False

        def enter_variable(self, node: Any, *_: Any) -> Any:
            used.add(node.name.value)

    class Unused(Visitor):
        def enter_variable_definition(self, node: Any, *_: Any) -> Any:
            return None if node.variable.name.value in used else REMOVE

    visit(document, Uses())
    return visit(document, Unused())


def _refused(parts: Sequence[Part], error: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts that one *error* refuses; a core one only where nothing around it can be left out.

    What names a core part may stand for something inside it: only there the error's other words are looked for.
    """
    told = error.get("extensions")
    extensions: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    gone, core = is_gone(error), []
    candidates = [part for part in parts if _may_go(part, extensions)]
    for rule in (_by_path, _by_place, _by_type, _by_words):
        named = rule(candidates, error, extensions)
        found = [_to_leave_out(part, parts, gone=gone) for part in named]
        if optional := [part for part in found if not part.is_core]:
            yield from optional
            return
        core += found
        if named:
            candidates = [part for part in candidates if any(_is_inside(part, one) for one in named)]
    yield from core


def _is_inside(part: Part, one: Part) -> bool:
    return len(part.keys) > len(one.keys) and part.keys[: len(one.keys)] == one.keys


def _to_leave_out(part: Part, parts: Sequence[Part], *, gone: bool) -> Part:
    """Return what to leave out where *part* is refused: its owner if it is a mere value, else the part itself.

    Of a type that no longer has the field, only the field is left out, wherever it is read. In place of a core
    part it is what holds that part.
    """
    chosen: Part | None = part
    if part.owner and not gone:
        chosen = next((one for one in parts if one.name == part.owner), part)
    while chosen is not None and chosen.is_core:
        around = chosen.keys[:-1]
        chosen = next((one for one in parts if one.keys == around and not is_type(one.name)), None)
    return chosen or part


def _may_go(part: Part, extensions: Mapping[str, Any]) -> bool:
    """Return whether *part* is of the kind that an error with these *extensions* is about."""
    code = extensions.get("code")
    if code in {"argumentNotAccepted", "argumentLiteralsIncompatible"}:
        return part.is_argument
    return is_type(part.name) if code == "undefinedType" else not part.is_argument


def _by_path(parts: Iterable[Part], error: Mapping[str, Any], _: Mapping[str, Any]) -> list[Part]:
    path = error.get("path")
    steps = tuple(step for step in path if isinstance(step, str)) if isinstance(path, list) else ()
    if not steps:
        return []
    found = [part for part in parts if steps in {part.keys, part.static}]
    fields = [part for part in found if not part.name.startswith(_ON)]
    return fields or found


def _by_place(parts: Iterable[Part], error: Mapping[str, Any], _: Mapping[str, Any]) -> list[Part]:
    places = error.get("locations")
    known = {(one.get("line"), one.get("column")) for one in places or () if isinstance(one, Mapping)}
    return [part for part in parts if _line_and_column(part.node) in known] if known else []


def _line_and_column(node: Any) -> tuple[int, int]:
    token = node.loc.start_token
    return token.line, token.column


def _by_type(parts: Iterable[Part], _: Mapping[str, Any], extensions: Mapping[str, Any]) -> list[Part]:
    kind, name = extensions.get("typeName"), extensions.get("fieldName")
    if extensions.get("code") == "undefinedType":
        return [part for part in parts if part.name == f"{_ON}{kind}"]
    if not isinstance(name, str):
        return []
    return [part for part in parts if part.name == f"{kind}.{name}"] or _called(parts, name)


def _by_words(parts: Iterable[Part], error: Mapping[str, Any], _: Mapping[str, Any]) -> list[Part]:
    words = set(_WORD.findall(str(error.get("message", ""))))
    exact = [part for part in parts if part.name in words]
    return exact or [part for word in sorted(words) for part in _called(parts, word)]


def _called(parts: Iterable[Part], name: str) -> list[Part]:
    return [part for part in parts if part.name.rpartition(".")[2] == name]
