"""Rows of customers with their addresses, and address columns for orders. Pure.

Fields: https://tiendanube.github.io/api-documentation/resources/customer
"""

import re
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

_UNSAID = re.compile(r"(?:(?:no|não) informado\s*)+|email@(?:no|nao)informado\.com", re.IGNORECASE)
_UNSAID_ZIP = "0000"


def customer_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of one customer; city and country come from the default address."""
    customer = parts["record"]
    customer_id = identifier(customer.get("id"))
    addresses = _addresses(customer)
    home = next((one for one in addresses if flag(one.get("default"))), addresses[0] if addresses else {})
    row = {
        "id": customer_id,
        "name": said(customer.get("name")),
        "email": said(customer.get("email")),
        "phone": said(customer.get("phone")),
        "tax_id": said(customer.get("identification")),
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


def said(value: Any) -> str | None:
    """Return a text that a person gave, None for one of the platform's placeholders.

    An order made through the API without a customer has ``No informado`` (``Não informado``) and
    ``email@noinformado.com``. As values these would make all such guests look like one person
    (https://tiendanube.github.io/api-documentation/resources/order#customer).
    """
    found = text(value)
    return None if found is None or _UNSAID.fullmatch(found.strip()) else found


def place(address: Mapping[str, Any]) -> Row:
    """Return the columns of an address."""
    code = said(address.get("zipcode"))
    return {
        "name": said(address.get("name")),
        "address1": said(address.get("address")),
        "number": said(address.get("number")),
        "floor": said(address.get("floor")),
        "locality": said(address.get("locality")),
        "city": said(address.get("city")),
        "province": said(address.get("province")),
        "country": country(address.get("country")),
        "zip": None if code == _UNSAID_ZIP else code,
        "phone": said(address.get("phone")),
    }


def country(value: Any) -> str | None:
    """Return a country's code in upper case."""
    code = said(value)
    return None if code is None else code.upper()


def _addresses(customer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the addresses, including a default one that is missing from the list."""
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
