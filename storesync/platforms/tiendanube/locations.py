"""Rows of locations. Pure."""

from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Digits, Flag, Id, Instant, Shape, Text
from storesync.platforms.tiendanube.customers import country
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import flag, identifier, instant, integer, text


class Address(Shape):
    """Where a location is."""

    street: Text = None
    number: Text = None
    locality: Text = None
    city: Text = None
    province: Any = None
    country: Any = None
    zipcode: Text = None


class Location(Shape):
    """A location as it is stored."""

    id: Id = None
    name: Any = None
    is_default: Flag = None
    priority: Digits = None
    address: Address | None = None
    created_at: Instant = None
    updated_at: Instant = None


_NOWHERE = Address()


def location_rows(location: Location, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one location (https://tiendanube.github.io/api-documentation/resources/location).

    Province and country are objects with a code and a name.
    """
    address = location.address or _NOWHERE
    row = {
        "id": identifier(location.id),
        "name": words(location.name, shop),
        "is_default": flag(location.is_default),
        "priority": integer(location.priority),
        "address1": address.street or None,
        "number": address.number or None,
        "locality": address.locality or None,
        "city": address.city or None,
        "province": _either(address.province, "name", "code"),
        "country": country(_either(address.country, "code", "name")),
        "zip": address.zipcode or None,
        "created_at": instant(location.created_at),
        "updated_at": instant(location.updated_at),
    }
    return {"locations": [row]}


def _either(value: Any, *names: str) -> str | None:
    """Return the first text among the fields *names* of an object; a plain text is returned as it is."""
    if isinstance(value, dict):
        return next((found for found in (text(value.get(name)) for name in names) if found), None)
    return text(value)
