"""Columns that orders, checkouts and draft orders share: buyer, totals, lines and shipping address. Pure."""

from collections.abc import Sequence
from typing import Annotated, Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Digits, Id, Instant, Number, Shape, Text, fitted
from storesync.platforms.tiendanube.amounts import Priced, totals
from storesync.platforms.tiendanube.customers import Place, said
from storesync.platforms.values import decimal, instant, integer, number, optional_identifier, stored, text


class Buyer(Shape):
    """The customer of a basket."""

    id: Id = None
    name: Text = None
    email: Text = None
    phone: Text = None
    identification: Text = None


class Line(Shape):
    """A line of a basket."""

    id: Id = None
    product_id: Id = None
    variant_id: Id = None
    sku: Text = None
    name_without_variants: Text = None
    name: Text = None
    variant_values: Any = None
    quantity: Digits = None
    price: Number = None


def _place(value: Any) -> Place | str | None:
    return fitted(Place, value) if isinstance(value, dict) else text(value)


class Basket(Priced):
    """What orders, checkouts and draft orders share.

    Without the scope for customers there is no customer object. Checkouts have the address as fields beside the others.
    """

    id: Id = None
    customer: Buyer | None = None
    contact_name: Text = None
    contact_email: Text = None
    contact_phone: Text = None
    currency: Text = None
    shipping_address: Annotated[Place | str | None, _place] = None
    shipping_name: Text = None
    shipping_number: Text = None
    shipping_locality: Text = None
    shipping_city: Text = None
    shipping_province: Text = None
    shipping_country: Text = None
    shipping_zipcode: Text = None
    created_at: Instant = None
    updated_at: Instant = None


NOBODY, _NOWHERE = Buyer(), Place()


def basket(record: Basket, lines: Sequence[Row], shop: Shop) -> Row:
    """Return the columns that the three tables share; *lines* are the rows of the record's lines."""
    customer = record.customer or NOBODY
    return {
        "customer_id": optional_identifier(customer.id),
        "customer_name": said(record.contact_name) or said(customer.name),
        "email": said(record.contact_email) or said(customer.email),
        "phone": said(record.contact_phone) or said(customer.phone),
        "currency": record.currency or shop.currency,
        **totals(record),
        "item_quantity": sum(line["quantity"] or 0 for line in lines),
        "created_at": instant(record.created_at),
        "updated_at": instant(record.updated_at),
    }


def line_rows(lines: Sequence[Line] | None, key: str, owner_id: str, currency: str | None) -> list[Row]:
    """Return the rows of *lines*, with the columns that all have; *key* is the column for *owner_id*.

    Lines of version 1 may have no id and then get one from their position.
    """
    return [
        {
            "id": optional_identifier(line.id) or f"{owner_id}:{position}",
            key: owner_id,
            "position": position,
            "product_id": optional_identifier(line.product_id),
            "variant_id": optional_identifier(line.variant_id),
            "sku": line.sku or None,
            "name": line.name_without_variants or line.name or None,
            "variant_name": _chosen(line.variant_values),
            "quantity": integer(line.quantity),
            "price": number(line.price),
            "total": _total(line),
            "currency": currency,
        }
        for position, line in enumerate(lines or (), 1)
    ]


def destination(record: Basket) -> Place:
    """Return the shipping address, an object of its own or made of the fields beside the others."""
    address = record.shipping_address
    if isinstance(address, Place) and address != _NOWHERE:
        return address
    return Place(
        name=record.shipping_name,
        address=address if isinstance(address, str) else None,
        number=record.shipping_number,
        locality=record.shipping_locality,
        city=record.shipping_city,
        province=record.shipping_province,
        country=record.shipping_country,
        zipcode=record.shipping_zipcode,
    )


def _chosen(values: Any) -> str | None:
    return " / ".join(filter(None, map(text, values))) or None if isinstance(values, list) else None


def _total(line: Line) -> int | float | None:
    price, quantity = decimal(line.price), integer(line.quantity)
    return None if price is None or quantity is None else stored(price * quantity)
