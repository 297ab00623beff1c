"""Rows of customers with their addresses, and address columns for orders. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/customer
"""

import re
from collections.abc import Sequence
from typing import Annotated

from msgspec.structs import replace

from storesync.model import Row, Shop
from storesync.platforms.shapes import Flag, Id, Instant, Number, Shape, Text
from storesync.platforms.tiendanube.objects import several
from storesync.platforms.values import (
    array,
    flag,
    identifier,
    instant,
    number,
    optional_identifier,
)

_UNSAID = re.compile(r"(?:(?:no|não) informado\s*)+|email@(?:no|nao)informado\.com", re.IGNORECASE)
_UNSAID_ZIP = "0000"


class Place(Shape):
    """Where somebody lives."""

    name: Text = None
    address: Text = None
    number: Text = None
    locality: Text = None
    city: Text = None
    province: Text = None
    country: Text = None
    zipcode: Text = None


class Address(Place):
    """An address of a customer."""

    id: Id = None
    floor: Text = None
    phone: Text = None
    default: Flag = None
    created_at: Instant = None
    updated_at: Instant = None


class Customer(Shape):
    """A customer as it is stored."""

    id: Id = None
    name: Text = None
    email: Text = None
    phone: Text = None
    identification: Text = None
    note: Text = None
    accepts_marketing: Flag = None
    accepts_marketing_updated_at: Instant = None
    total_spent: Number = None
    total_spent_currency: Text = None
    last_order_id: Id = None
    addresses: Annotated[list[Address] | None, several(Address)] = None
    default_address: Address | None = None
    created_at: Instant = None
    updated_at: Instant = None


_NOWHERE = Address()


def customer_rows(customer: Customer, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one customer; city and country come from the default address."""
    customer_id = identifier(customer.id)
    addresses = _addresses(customer)
    rows = [_address(one, customer_id, position) for position, one in enumerate(addresses, 1)]
    home = next((row for row in rows if row["is_default"]), rows[0] if rows else {})
    row = {
        "id": customer_id,
        "name": said(customer.name),
        "email": said(customer.email),
        "phone": said(customer.phone),
        "tax_id": said(customer.identification),
        "note": customer.note or None,
        "tags": array(()),
        "accepts_marketing": flag(customer.accepts_marketing),
        "accepts_marketing_at": instant(customer.accepts_marketing_updated_at),
        "total_spent": number(customer.total_spent),
        "currency": customer.total_spent_currency or shop.currency,
        "last_order_id": optional_identifier(customer.last_order_id),
        "city": home.get("city"),
        "province": home.get("province"),
        "country": home.get("country"),
        "zip": home.get("zip"),
        "created_at": instant(customer.created_at),
        "updated_at": instant(customer.updated_at),
    }
    return {"customers": [row], "customer_addresses": rows}


def said(found: str | None) -> str | None:
    """Return a text that a person gave, None for one of the platform's placeholders.

    An order made through the API without a customer has ``No informado`` (``Não informado``) and
    ``email@noinformado.com``. As values these would make all such guests look like one person
    (https://tiendanube.github.io/api-documentation/resources/order#customer).
    """
    return None if not found or _UNSAID.fullmatch(found.strip()) else found


def country(value: str | None) -> str | None:
    """Return a country's code in upper case."""
    code = said(value)
    return None if code is None else code.upper()


def postcode(value: str | None) -> str | None:
    """Return a postal code, None for the platform's placeholder."""
    return None if value == _UNSAID_ZIP else said(value)


def _addresses(customer: Customer) -> Sequence[Address]:
    """Return the addresses, including a default one that is missing from the list."""
    found, home = customer.addresses or [], customer.default_address
    if home is None or home == _NOWHERE or home.id in {one.id for one in found}:
        return found
    return [*found, replace(home, default=True)]


def _address(address: Address, customer_id: str, position: int) -> Row:
    return {
        "id": optional_identifier(address.id) or f"{customer_id}:{position}",
        "customer_id": customer_id,
        "is_default": flag(address.default),
        "name": said(address.name),
        "address1": said(address.address),
        "number": said(address.number),
        "floor": said(address.floor),
        "locality": said(address.locality),
        "city": said(address.city),
        "province": said(address.province),
        "country": country(address.country),
        "zip": postcode(address.zipcode),
        "phone": said(address.phone),
        "created_at": instant(address.created_at),
        "updated_at": instant(address.updated_at),
    }
