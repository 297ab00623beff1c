"""What a document says: a table of records, and what stands apart because it is about a person."""

import pytest

from storesync.rules.documents import SOURCES, Document, document_of
from storesync.tables import RESOURCES, TABLES

SHIRT = {
    "products": [
        {
            "id": "1",
            "name": "Remera  «Única»\n",
            "vendor": "Ñandú",
            "product_type": "Ropa",
            "tags": '["verano", "oferta 2x1"]',
            "description": "De algodón.\nHecha a mano.",
            "description_html": "<p>De algodón.</p>",
        }
    ],
    "variants": [
        {"id": "12", "position": 2, "sku": "REM-A-M", "option1": "Azul", "option2": "M"},
        {"id": "11", "position": 1, "sku": "REM-A-S", "barcode": "779", "option1": "Azul", "option2": "S"},
    ],
    "variant_barcodes": [
        {"id": "11:1", "position": 1, "barcode": "779"},
        {"id": "11:2", "position": 2, "barcode": "B0-1"},
    ],
}
ORDER = {
    "orders": [
        {
            "id": "5",
            "name": "#1001",
            "tags": "[]",
            "discount_codes": '["HOTSALE"]',
            "customer_name": "Ana Pérez",
            "shipping_name": "Ana Pérez",
            "email": "ana@example.com",
            "shipping_city": "Rosario",
            "note": "Tocar el timbre",
        }
    ],
    "order_lines": [
        {"id": "8", "position": 2, "name": "Taza", "variant_name": None, "sku": None, "properties": '["Para Ana"]'},
        {"id": "9", "position": 1, "name": "Remera", "variant_name": "Azul / M", "sku": "REM-A-M"},
    ],
}
ANA = {
    "customers": [
        {
            "id": "7",
            "name": "Ana Pérez",
            "email": "ana@example.com",
            "phone": None,
            "city": "Rosario",
            "tags": '["vip"]',
        }
    ],
    "customer_addresses": [
        {"id": "70", "name": "Ana Pérez", "address1": "San Martín", "number": "9", "city": "Rosario"}
    ],
}

SAID = {
    "a product": (
        "products",
        SHIRT,
        Document(
            "Remera «Única»",
            "Ñandú · Ropa · verano · oferta 2x1 · REM-A-S · 779 · Azul · S · REM-A-M · M · B0-1",
            "De algodón. Hecha a mano.",
            "",
        ),
    ),
    "an order": (
        "orders",
        ORDER,
        Document(
            "#1001",
            "HOTSALE · REM-A-M",
            "Remera · Azul / M · Taza",
            "Ana Pérez · ana@example.com · Tocar el timbre",
        ),
    ),
    "a customer": (
        "customers",
        ANA,
        Document("", "", "", "Ana Pérez · ana@example.com · vip · Rosario · San Martín · 9"),
    ),
    "a category": (
        "categories",
        {"categories": [{"id": "3", "name": "Ropa", "path": "Todo > Ropa", "description": "Para el verano"}]},
        Document("Ropa", "", "Para el verano", ""),
    ),
    "a product of which little is known": ("products", {"products": [{"id": "1"}], "variants": []}, Document()),
    "a customer of whom only the id is left": ("customers", {"customers": [{"id": "7"}]}, Document()),
}


@pytest.mark.parametrize("case", SAID)
def test_a_document_says(case):
    """Title, keywords and body; what is about a person apart; every text once, on one line, in the order of lines."""
    resource, rows, said = SAID[case]

    assert document_of(resource, rows) == said


def test_the_order_in_which_rows_come_changes_nothing():
    """They come from a page, or from the database."""
    backwards = {table: list(reversed(rows)) for table, rows in SHIRT.items()}

    assert document_of("products", backwards) == document_of("products", SHIRT)


@pytest.mark.parametrize("resource", SOURCES)
def test_what_is_personal_stands_apart(resource):
    """No column with † is in what everybody finds; and every column of text with it is where people are found."""
    source = SOURCES[resource]
    tables = {table for part in (source.title, source.keywords, source.body, source.people) for table in part}
    personal = {
        (table, column.name)
        for table in tables
        for column in TABLES[table].columns
        if column.personal and column.kind == "T"
    }

    def of(*parts):
        return {(table, name) for part in parts for table, names in part.items() for name in names}

    assert personal.isdisjoint(of(source.title, source.keywords, source.body))
    assert personal <= of(source.people)
    assert tables <= {resource, *RESOURCES[resource].children}
