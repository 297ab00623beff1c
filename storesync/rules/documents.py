"""The search document of a record: the texts by which full-text search finds it. Pure.

Personal data are kept in a part of their own, which only a search for people looks into.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from storesync.model import Row
from storesync.tables import TABLES

SEPARATOR = " · "
"""Separates two texts in a part of a document."""

Columns = Mapping[str, tuple[str, ...]]
"""Column names by table."""

NOTHING: Columns = MappingProxyType({})


class Document(NamedTuple):
    """The texts by which a record is found, the most relevant first; *people* only in a search for people."""

    title: str = ""
    keywords: str = ""
    body: str = ""
    people: str = ""


class Source(NamedTuple):
    """The columns that each part of a document is made from."""

    title: Columns = NOTHING
    keywords: Columns = NOTHING
    body: Columns = NOTHING
    people: Columns = NOTHING


def _personal(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in TABLES[table].columns if column.personal and column.kind == "T")


SOURCES = {
    "products": Source(
        title={"products": ("name",)},
        keywords={
            "products": ("vendor", "product_type", "tags"),
            "variants": ("sku", "barcode", "option1", "option2", "option3"),
            "variant_barcodes": ("barcode",),
        },
        body={"products": ("description",)},
    ),
    "categories": Source(title={"categories": ("name",)}, body={"categories": ("description",)}),
    "customers": Source(
        people={
            "customers": (*_personal("customers"), "tags", "city", "province"),
            "customer_addresses": (*_personal("customer_addresses"), "locality", "city", "province"),
        }
    ),
    "orders": Source(
        title={"orders": ("name",)},
        keywords={"orders": ("discount_codes", "tags"), "order_lines": ("sku", "barcode")},
        body={"order_lines": ("name", "variant_name")},
        people={"orders": _personal("orders")},
    ),
    "pages": Source(title={"pages": ("title",)}, body={"pages": ("body",)}),
    "articles": Source(
        title={"articles": ("title",)},
        keywords={"articles": ("tags",)},
        body={"articles": ("summary", "body")},
        people={"articles": ("author",)},
    ),
}
"""The resources that can be searched."""


def _columns_of(source: Source) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in source:
        for table, names in part.items():
            found[table] = (*found.get(table, ()), *names)
    return found


COLUMNS = {resource: _columns_of(source) for resource, source in SOURCES.items()}
"""All columns that documents are made from, by resource and table."""


def document_of(resource: str, rows: Mapping[str, Sequence[Row]]) -> Document:
    """Return the document of a record of *resource* from its *rows* by table; their order does not matter."""
    told = {table: rows.get(table, ()) for table in COLUMNS[resource]}
    ordered = {table: sorted(some, key=_place) if len(some) > 1 else some for table, some in told.items()}
    return Document(*(_said(ordered, columns) for columns in SOURCES[resource]))


def _place(row: Row) -> tuple[int, str]:
    return row.get("position") or 0, row["id"]


def _said(rows: Mapping[str, Sequence[Row]], columns: Columns) -> str:
    """Return the texts of *columns*, each once and on one line, joined."""
    said: dict[str, None] = {}
    for table, names in columns.items():
        for row in rows.get(table, ()):
            for name in names:
                value = row.get(name)
                if value and value != "[]":
                    for one in json.loads(value) if name in _ARRAYS else (value,):
                        said[" ".join(str(one).split())] = None
    said.pop("", None)
    return SEPARATOR.join(said)


_ARRAYS = frozenset(column.name for table in TABLES.values() for column in table.columns if column.kind == "A")
