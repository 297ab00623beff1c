"""Shopify's schema without the fields that one build asks for and another does not."""

import subprocess
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from graphql import TypeInfo, TypeInfoVisitor, build_schema, parse, print_ast, visit
from graphql.language import REMOVE, FieldDefinitionNode, FieldNode, ObjectTypeExtensionNode, Visitor

FOLDER = "import storesync, pathlib; print(pathlib.Path(storesync.__file__).parent)"
DOCUMENTS = "platforms/shopify/documents"


def common_schema(binary: Path) -> str:
    """Return the simulator's schema without the fields that only this build asks for, and not the one of *binary*."""
    schema = files("storesync.simulator.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")
    asked = [binary.with_name("python"), "-c", FOLDER]
    other = subprocess.run(asked, check=True, capture_output=True, text=True, cwd="/").stdout.strip()
    ours, theirs = (_fields(schema, _texts(folder)) for folder in (Path(str(files("storesync"))), Path(other)))
    withheld = {(kind, name) for kind, name in ours - theirs if kind in dict(theirs)}

    class Without(Visitor):
        def enter_field_definition(self, node: FieldDefinitionNode, *place: Any) -> Any:
            kind = place[-1][-1]
            return REMOVE if (kind.name.value, node.name.value) in withheld else None

        def leave_object_type_extension(self, node: ObjectTypeExtensionNode, *_: object) -> Any:
            return None if node.fields else REMOVE

    return print_ast(visit(parse(schema), Without()))


def _texts(package: Path) -> Iterable[str]:
    return (path.read_text(encoding="utf-8") for path in (package / DOCUMENTS).rglob("*.graphql"))


def _fields(schema: str, texts: Iterable[str]) -> set[tuple[str, str]]:
    """Return (type, field) of all that the documents ask for."""
    info = TypeInfo(build_schema(schema, assume_valid=True))
    found: set[tuple[str, str]] = set()

    class Asked(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            kind = info.get_parent_type()
            if kind:
                found.add((kind.name, node.name.value))

    for text in texts:
        visit(parse(text), TypeInfoVisitor(info, Asked()))
    return found
