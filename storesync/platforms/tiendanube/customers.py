"""Customers with their addresses, and the address as orders carry it. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/customer
"""

from collections.abc import Mapping, Sequence
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.products import objects
from storesync.platforms.values import (
    array,
    flag,
    identifier,
    instant,
    number,
    optional_identifier,
    text,
)


def customer_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one customer; the default address says where the customer lives."""
    customer = parts["record"]
    customer_id = identifier(customer.get("id"))
    addresses = _addresses(customer)
    home = next((one for one in addresses if flag(one.get("default"))), addresses[0] if addresses else {})
    row = {
        "id": customer_id,
        "name": text(customer.get("name")),
        "email": text(customer.get("email")),
        "phone": text(customer.get("phone")),
        "tax_id": text(customer.get("identification")),
        "note": text(customer.get("note")),
        "tags": array(()),
        "accepts_marketing": flag(customer.get("accepts_marketing")),
        "accepts_marketing_at": instant(customer.get("accepts_marketing_updated_at")),
        "total_spent": number(customer.get("total_spent")),
        "currency": text(customer.get("total_spent_currency")) or shop.currency,
        "last_order_id": optional_identifier(customer.get("last_order_id")),
        **{name: place(home)[name] for name in ("city", "province", "country", "zip")},
        "created_at": instant(customer.get("created_at")),
        "updated_at": instant(customer.get("updated_at")),
    }
    rows = [_address(one, customer_id, position) for position, one in enumerate(addresses, 1)]
    return {"customers": [row], "customer_addresses": rows}


def place(address: Mapping[str, Any]) -> Row:
    """Return an address in the words of the promised columns."""
    return {
        "name": text(address.get("name")),
        "address1": text(address.get("address")),
        "number": text(address.get("number")),
        "floor": text(address.get("floor")),
        "locality": text(address.get("locality")),
        "city": text(address.get("city")),
        "province": text(address.get("province")),
        "country": country(address.get("country")),
        "zip": text(address.get("zipcode")),
        "phone": text(address.get("phone")),
    }


def country(value: Any) -> str | None:
    """Return a country's code in upper case."""
    code = text(value)
    return None if code is None else code.upper()


def _addresses(customer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the addresses; the default one too where it is missing from the list."""
    found = list(objects(customer.get("addresses")))
    home = customer.get("default_address")
    if isinstance(home, dict) and home and home.get("id") not in {one.get("id") for one in found}:
        found.append({**home, "default": True})
    return found


def _address(address: Mapping[str, Any], customer_id: str, position: int) -> Row:
    return {
        "id": optional_identifier(address.get("id")) or f"{customer_id}:{position}",
        "customer_id": customer_id,
        "is_default": flag(address.get("default")),
        **place(address),
        "created_at": instant(address.get("created_at")),
        "updated_at": instant(address.get("updated_at")),
    }
