"""The search document of a record: the texts by which full-text search finds it. Pure.

Personal data are kept in a part of their own, which only a search for people looks into.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storesync.model import Row
from storesync.tables import TABLES

SEPARATOR = " · "
"""Separates two texts in a part of a document."""

Columns = Mapping[str, tuple[str, ...]]
"""Column names by table."""


@dataclass(frozen=True, slots=True)
class Document:
    """The texts by which a record is found, the most relevant first; *people* only in a search for people."""

    title: str = ""
    keywords: str = ""
    body: str = ""
    people: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The columns that each part of a document is made from."""

    title: Columns = field(default_factory=dict)
    keywords: Columns = field(default_factory=dict)
    body: Columns = field(default_factory=dict)
    people: Columns = field(default_factory=dict)


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
}
"""The resources that can be searched."""


def _columns_of(source: Source) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for part in (source.title, source.keywords, source.body, source.people):
        for table, names in part.items():
            found[table] = (*found.get(table, ()), *names)
    return found


COLUMNS = {resource: _columns_of(source) for resource, source in SOURCES.items()}
"""All columns that documents are made from, by resource and table."""


def document_of(resource: str, rows: Mapping[str, Sequence[Row]]) -> Document:
    """Return the document of a record of *resource* from its *rows* by table; their order does not matter."""
    source = SOURCES[resource]
    ordered = {table: sorted(rows.get(table, ()), key=_place) for table in COLUMNS[resource]}
    return Document(
        _said(ordered, source.title),
        _said(ordered, source.keywords),
        _said(ordered, source.body),
        _said(ordered, source.people),
    )


def _place(row: Row) -> tuple[int, str]:
    return row.get("position") or 0, row["id"]


def _said(rows: Mapping[str, Sequence[Row]], columns: Columns) -> str:
    """Return the texts of *columns*, each once, joined."""
    return SEPARATOR.join(dict.fromkeys(_texts(rows, columns)))


def _texts(rows: Mapping[str, Sequence[Row]], columns: Columns) -> Iterator[str]:
    """Yield each text on one line."""
    for table, names in columns.items():
        for row in rows[table]:
            for name in names:
                value = row.get(name)
                if value and value != "[]":
                    for one in json.loads(value) if name in _ARRAYS else (value,):
                        if line := " ".join(str(one).split()):
                            yield line


_ARRAYS = frozenset(column.name for table in TABLES.values() for column in table.columns if column.kind == "A")
