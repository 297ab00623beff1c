"""What the search index says of a record: its document. Pure.

Whatever is about a person stands apart, so that only who asks for people finds them by it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storesync.model import Row
from storesync.tables import TABLES

SEPARATOR = " · "
"""Between two texts of a document."""

Columns = Mapping[str, tuple[str, ...]]
"""Columns by table."""


@dataclass(frozen=True, slots=True)
class Document:
    """The texts by which a record is found, the telling ones first; *people* only by who asks for people."""

    title: str = ""
    keywords: str = ""
    body: str = ""
    people: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the texts of a document stand."""

    title: Columns = field(default_factory=dict)
    keywords: Columns = field(default_factory=dict)
    body: Columns = field(default_factory=dict)
    people: Columns = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, list[str]]:
        """All columns that the document is made from."""
        found: dict[str, list[str]] = {}
        for columns in (self.title, self.keywords, self.body, self.people):
            for table, names in columns.items():
                found[table] = [*dict.fromkeys((*found.get(table, ()), *names))]
        return found


def _personal(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in TABLES[table].columns if column.personal and column.kind == "T")


SOURCES = {
    "products": Source(
        title={"products": ("name",)},
        keywords={
            "products": ("vendor", "product_type", "tags"),
            "variants": ("sku", "barcode", "option1", "option2", "option3"),
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


def document_of(resource: str, rows: Mapping[str, Sequence[Row]]) -> Document:
    """Return the document of a record of *resource* from its rows by table, whatever order they come in."""
    source = SOURCES[resource]
    ordered = {table: sorted(rows.get(table, ()), key=_place) for table in source.columns}
    return Document(*(_said(ordered, part) for part in (source.title, source.keywords, source.body, source.people)))


def _place(row: Row) -> tuple[int, str]:
    return row.get("position") or 0, row["id"]


def _said(rows: Mapping[str, Sequence[Row]], columns: Columns) -> str:
    """Return the texts of these columns, each once."""
    return SEPARATOR.join(dict.fromkeys(_texts(rows, columns)))


def _texts(rows: Mapping[str, Sequence[Row]], columns: Columns) -> Iterator[str]:
    for table, names in columns.items():
        for row in rows[table]:
            for name in names:
                value = row.get(name)
                if value:
                    yield from _words(json.loads(value) if name in _ARRAYS else (value,))


def _words(values: Iterable[object]) -> Iterator[str]:
    """Yield each of *values* on one line."""
    yield from filter(None, (" ".join(str(value).split()) for value in values))


_ARRAYS = frozenset(column.name for table in TABLES.values() for column in table.columns if column.kind == "A")
