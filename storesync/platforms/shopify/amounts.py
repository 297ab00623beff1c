"""Helpers for Shopify's payloads: money bags, nested lists and paths."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from storesync.platforms.values import Unreadable, array, decimal, number, optional_identifier, stored, text

NOTHING = Decimal(0)


def shop_money(bag: Any) -> Decimal | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, None where there is none."""
    return decimal(bag.get("shopMoney")) if isinstance(bag, dict) else None


def shop_number(bag: Any) -> int | float | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, as the database stores it."""
    money = bag.get("shopMoney") if isinstance(bag, dict) else None
    return number(money.get("amount") if type(money) is dict and "amount" in money else money)


def shop_sum(record: Mapping[str, Any], name: str, bag: str) -> Decimal | None:
    """Return the sum of the money *bag* of all objects in the list *name*, None where one of both was not read."""
    found = items(record, name)
    if not found:
        return NOTHING if name in record else None
    return sum([shop_money(each[bag]) or NOTHING for each in found], NOTHING) if has(found, bag) else None


def stored_sum(record: Mapping[str, Any], name: str, bag: str) -> int | float | None:
    """Return `shop_sum` as the database stores it."""
    amount = shop_sum(record, name, bag)
    return None if amount is None else stored(amount)


def has(records: Iterable[Any], name: str) -> bool:
    """Return whether all *records* were read with the list called *name*, which may be empty."""
    for record in records:  # noqa: SIM110 - quicker than a generator
        if name not in record:
            return False
    return True


def items(record: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list called *name*, empty where it is missing.

    Raises `Unreadable` where it is not a list, so that child rows are never taken for deleted.
    """
    found = record.get(name)
    if type(found) is list:
        return found
    if found is None:
        return []
    raise Unreadable(f"{name} is not a list")


def listed(record: Mapping[str, Any], name: str) -> str | None:
    """Return the list called *name* as the text of a JSON array, None where it was not read."""
    return array(items(record, name)) if name in record else None


def inner(record: Any, *names: str) -> Any:
    """Return the value at the end of the path *names*, None where the path breaks off."""
    for name in names:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def linked(record: Any, *names: str) -> str | None:
    """Return the id of the object at the end of the path *names*, None where there is none."""
    for name in names:
        if type(record) is not dict:
            return None
        record = record.get(name)
    return optional_identifier(record.get("id")) if type(record) is dict else None


def full_name(person: Any) -> str | None:
    """Return first and last name, else the name that Shopify displays (which may be an e-mail)."""
    if not isinstance(person, dict):
        return None
    first, last = text(person.get("firstName")), text(person.get("lastName"))
    is_half = ("firstName" in person) != ("lastName" in person)
    name = f"{first} {last}" if first and last else first or last
    # Half a name is none.
    return text(person.get("name") or person.get("displayName")) if is_half or not name else name
