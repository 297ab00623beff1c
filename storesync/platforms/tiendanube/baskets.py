"""Columns that orders, checkouts and draft orders share: buyer, totals, lines and shipping address. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.amounts import totals
from storesync.platforms.tiendanube.customers import place, said
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import decimal, instant, integer, number, optional_identifier, stored, text


def basket(record: Mapping[str, Any], lines: Sequence[Row], shop: Shop) -> Row:
    """Return the columns that the three tables share; *lines* are the rows of the record's lines.

    Without the scope for customers there is no customer object.
    """
    customer = mapping(record.get("customer"))
    return {
        "customer_id": optional_identifier(customer.get("id")),
        "customer_name": said(record.get("contact_name")) or said(customer.get("name")),
        "email": said(record.get("contact_email")) or said(customer.get("email")),
        "phone": said(record.get("contact_phone")) or said(customer.get("phone")),
        "currency": currency_of(record, shop),
        **totals(record),
        "item_quantity": sum(line["quantity"] or 0 for line in lines),
        "created_at": instant(record.get("created_at")),
        "updated_at": instant(record.get("updated_at")),
    }


def line_rows(record: Mapping[str, Any], key: str, owner_id: str, shop: Shop) -> list[Row]:
    """Return the rows of a record's lines, with the columns that all have; *key* is the column for *owner_id*."""
    currency = currency_of(record, shop)
    lines = enumerate(objects(record.get("products")), 1)
    return [{**_line(line, owner_id, position), key: owner_id, "currency": currency} for position, line in lines]


def currency_of(record: Mapping[str, Any], shop: Shop) -> str | None:
    """Return the currency of a record's amounts, the shop's where it has none."""
    return text(record.get("currency")) or shop.currency


def destination(record: Mapping[str, Any]) -> Row:
    """Return the shipping address, an object of its own or (in checkouts) fields beside the others."""
    address = record.get("shipping_address")
    if isinstance(address, dict) and address:
        return place(address)
    names = ("name", "number", "floor", "locality", "city", "province", "country", "zipcode", "phone")
    return place({"address": address, **{name: record.get(f"shipping_{name}") for name in names}})


def mapping(value: Any) -> Mapping[str, Any]:
    """Return *value* where it is a JSON object, else an empty map; PHP writes an empty object as ``[]``."""
    return value if isinstance(value, dict) else {}


def _line(line: Mapping[str, Any], owner_id: str, position: int) -> Row:
    """Return one line; lines of version 1 may have no id and then get one from their position."""
    price, quantity = decimal(line.get("price")), integer(line.get("quantity"))
    values = line.get("variant_values")
    chosen = [found for found in map(text, values) if found] if isinstance(values, list) else []
    return {
        "id": optional_identifier(line.get("id")) or f"{owner_id}:{position}",
        "position": position,
        "product_id": optional_identifier(line.get("product_id")),
        "variant_id": optional_identifier(line.get("variant_id")),
        "sku": text(line.get("sku")),
        "name": text(line.get("name_without_variants")) or text(line.get("name")),
        "variant_name": " / ".join(chosen) or None,
        "quantity": quantity,
        "price": number(line.get("price")),
        "total": None if price is None or quantity is None else stored(price * quantity),
    }
