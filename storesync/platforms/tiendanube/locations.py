"""Rows of locations. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.baskets import mapping
from storesync.platforms.tiendanube.customers import country
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import flag, identifier, instant, integer, text


def location_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one location (https://tiendanube.github.io/api-documentation/resources/location).

    Province and country are objects with a code and a name.
    """
    location = parts["record"]
    address = mapping(location.get("address"))
    row = {
        "id": identifier(location.get("id")),
        "name": words(location.get("name"), shop),
        "is_default": flag(location.get("is_default")),
        "priority": integer(location.get("priority")),
        "address1": text(address.get("street")),
        "number": text(address.get("number")),
        "locality": text(address.get("locality")),
        "city": text(address.get("city")),
        "province": _either(address.get("province"), "name", "code"),
        "country": country(_either(address.get("country"), "code", "name")),
        "zip": text(address.get("zipcode")),
        "created_at": instant(location.get("created_at")),
        "updated_at": instant(location.get("updated_at")),
    }
    return {"locations": [row]}


def _either(value: Any, *names: str) -> str | None:
    """Return the first text among the fields *names* of an object; a plain text is returned as it is."""
    if isinstance(value, dict):
        return next((found for found in (text(value.get(name)) for name in names) if found), None)
    return text(value)
