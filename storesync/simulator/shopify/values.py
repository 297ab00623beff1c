"""Formats values as Shopify does: ids, instants, money, addresses."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

CENT = Decimal("0.01")


def gid(kind: str, record_id: Any) -> str:
    """Return Shopify's global id of a record."""
    return f"gid://shopify/{kind}/{record_id}"


def instant(at: datetime | None) -> str | None:
    """Return an instant in UTC as Shopify writes it, None for None."""
    return None if at is None else f"{at.isoformat()[:19]}Z"


def price(amount: Decimal) -> str:
    """Return an amount with two decimals, as text."""
    return str(amount.quantize(CENT))


def money(amount: Decimal, currency: str) -> Node:
    """Return a ``MoneyV2``. Its amount is a text and has at least one decimal."""
    text = f"{amount:f}"
    text = text.rstrip("0") if "." in text else f"{text}."
    return {
        "__typename": "MoneyV2",
        "amount": f"{text}0" if text.endswith(".") else text,
        "currencyCode": currency,
    }


def upper(word: str | None) -> str | None:
    """Return a status word as the member of an enumeration."""
    return word.upper() if word else None


def count(number: int, limit: int | None = None) -> Node:
    """Return a ``Count``; above *limit* it is only a lower bound."""
    if limit is not None and number > limit:
        return {"count": limit, "precision": "AT_LEAST"}
    return {"count": number, "precision": "EXACT"}


def street(address1: str | None, number: str | None) -> str | None:
    """Return street and house number as one line; Shopify has no field for the number."""
    return " ".join(part for part in (address1, number) if part) or None


def address(record: Record, address_id: str, model: str) -> Node:
    """Return a ``MailingAddress``; its id says which model it belongs to."""
    name = record.get("name") or ""
    first, _, last = name.partition(" ")
    return {
        "id": f"gid://shopify/MailingAddress/{address_id}?model_name={model}",
        "address1": street(record.get("address1"), record.get("number")),
        "address2": record.get("floor"),
        "city": record.get("city"),
        "company": record.get("company"),
        "country": record.get("country"),
        "countryCodeV2": record.get("country"),
        "firstName": first or None,
        "lastName": last or None,
        "latitude": None,
        "longitude": None,
        "name": name or None,
        "phone": record.get("phone"),
        "province": record.get("province"),
        "provinceCode": None,
        "zip": record.get("zip"),
    }
