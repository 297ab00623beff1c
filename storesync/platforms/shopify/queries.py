"""Loads the GraphQL documents sent to Shopify, each with the fragments that it spreads."""

import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_SPREAD = re.compile(r"\.\.\.([A-Z]\w*)")
_PAGED = re.compile(r"(\w+)(?:\([^()]*\))?\s*\{\s*edges\b")
_FOLDER = files(__package__) / "documents"

WIDE = "_wide"
"""Suffix of documents with connections of types that are no ``Node``: not allowed by the docs, accepted in practice."""

FILTER = '"FILTER"'
"""Placeholder for the filter in the inner document of a bulk operation, which cannot have variables."""


@cache
def document(name: str) -> str:
    """Return the text of the operation *name*, with every fragment that it needs."""
    texts = {name: _read(f"{name}.graphql")}
    missing = _spread(texts[name])
    while missing:
        fragment = missing.pop()
        if fragment not in texts:
            texts[fragment] = _read(f"fragments/{fragment}.graphql")
            missing += _spread(texts[fragment])
    return "\n".join(texts.values())


def bulk_document(name: str, search: str | None) -> str:
    """Return the inner document *name* of a bulk operation, with *search* as its filter (None for everything).

    JSON's strings and null are valid GraphQL: https://spec.graphql.org/October2021/#sec-String-Value
    """
    return document(f"bulk/{name}").replace(FILTER, json.dumps(search))


@cache
def bulk_connections(name: str) -> frozenset[str]:
    """Return the connections that the inner document *name* of a bulk operation reads."""
    return frozenset(_PAGED.findall(_read(f"bulk/{name}.graphql")))


def names() -> list[str]:
    """Return the names of all operations."""
    return _names(_FOLDER)


@cache
def bulk_names() -> list[str]:
    """Return the names of all inner documents of bulk operations."""
    return _names(_FOLDER / "bulk")


def bulk_name(resource: str) -> str:
    """Return the name of the inner document that reads most fields of *resource*."""
    return f"{resource}{WIDE}" if f"{resource}{WIDE}" in bulk_names() else resource


def _names(folder: Traversable) -> list[str]:
    return sorted(entry.name.removesuffix(".graphql") for entry in folder.iterdir() if entry.name.endswith(".graphql"))


def _spread(text: str) -> list[str]:
    return _SPREAD.findall(text)


def _read(path: str) -> str:
    return (_FOLDER / path).read_text(encoding="utf-8")
