"""Loads the GraphQL documents sent to Shopify, each with the fragments that it spreads."""

import json
import re
from functools import cache
from pathlib import Path

from storesync.platforms.shopify.parts import ROOT, cut, parts_in
from storesync.platforms.shopify.source import Source
from storesync.platforms.shopify.sources import HOLDERS, SOURCES

_SPREAD = re.compile(r"\.\.\.([A-Z]\w*)")
_PAGED = re.compile(r"(\w+)(?:\([^()]*\))?\s*\{\s*edges\b")
_FOLDER = Path(__file__).with_name("documents")

WIDE = "_wide"
"""Suffix of documents with connections of types that are no ``Node``: not allowed by the docs, accepted in practice."""

FILTER = '"FILTER"'
"""Placeholder for the filter in the inner document of a bulk operation, which cannot have variables."""


@cache
def document(name: str, without: frozenset[str] = frozenset()) -> str:
    """Return the text of the operation *name*, with every fragment that it needs, *without* the parts called so."""
    if without:
        return cut(document(name), without)
    texts = {name: _read(f"{name}.graphql")}
    missing = _spread(texts[name])
    while missing:
        fragment = missing.pop()
        if fragment not in texts:
            texts[fragment] = _read(f"fragments/{fragment}.graphql")
            missing += _spread(texts[fragment])
    return "\n".join(texts.values())


def bulk_document(name: str, search: str | None, without: frozenset[str] = frozenset()) -> str:
    """Return the inner document *name* of a bulk operation, with *search* as its filter (None for everything).

    It comes *without* the parts called so. JSON's strings and null are valid GraphQL: https://spec.graphql.org/October2021/#sec-String-Value
    """
    return document(f"bulk/{name}", without).replace(FILTER, json.dumps(search))


@cache
def bulk_connections(name: str, without: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the connections that the inner document *name* of a bulk operation reads, *without* these parts."""
    return frozenset(_PAGED.findall(document(f"bulk/{name}", without)))


@cache
def readers_of(part: str) -> frozenset[str]:
    """Return the resources whose documents have the part called so; those that deletion events name have them all."""
    return frozenset(name for name in SOURCES if part in _parts_of(name))


@cache
def parts_of(name: str) -> frozenset[str]:
    """Return the names of the parts of the operation *name*."""
    return frozenset(part.name for part in parts_in(document(name)))


@cache
def _parts_of(resource: str) -> frozenset[str]:
    own = frozenset(part.name for text in _texts(resource) for part in parts_in(text))
    own |= {one.list_name for one in SOURCES[resource].parts}
    return own | _event_parts() if SOURCES[resource].subjects else own


@cache
def _event_parts() -> frozenset[str]:
    return frozenset(part.name for part in parts_in(document("first_pages")) if part.root == f"{ROOT}.events")


def _texts(resource: str) -> list[str]:
    """Return the documents that read whole records of *resource*, or their versions."""
    lists = SOURCES[resource].lists
    own = {name for one in lists for name in (one.document, f"{one.document}_versions")}
    rests = {one.rest for source in (*lists, HOLDERS[resource]) for one in source.connections if one.rest}
    # What has no id of its own is not read by ids.
    nodes = {*(one.nodes for one in lists if one.held), *([] if HOLDERS[resource].held_as else [f"{resource}_nodes"])}
    inner = {f"bulk/{name}" for name in bulk_names() if name.removesuffix(WIDE) in own}
    return [document(name) for name in sorted(own | rests | nodes | inner)]


def names() -> list[str]:
    """Return the names of all operations."""
    return _names(_FOLDER)


@cache
def bulk_names() -> list[str]:
    """Return the names of all inner documents of bulk operations."""
    return _names(_FOLDER / "bulk")


def bulk_name(source: Source) -> str | None:
    """Return the name of the inner document that reads most fields of what *source* lists, None without any."""
    names = (f"{source.document}{WIDE}", source.document)
    return next((name for name in names if name in bulk_names()), None)


def _names(folder: Path) -> list[str]:
    return sorted(entry.name.removesuffix(".graphql") for entry in folder.iterdir() if entry.name.endswith(".graphql"))


def _spread(text: str) -> list[str]:
    return _SPREAD.findall(text)


def _read(path: str) -> str:
    return (_FOLDER / path).read_text(encoding="utf-8")
