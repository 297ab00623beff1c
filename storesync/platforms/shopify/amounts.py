"""Helpers for Shopify's payloads: money bags, nested lists and paths."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from storesync.platforms.values import Unreadable, decimal, optional_identifier, stored

NOTHING = Decimal(0)


def shop_money(bag: Any) -> Decimal | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, None where there is none."""
    return decimal(bag.get("shopMoney")) if isinstance(bag, Mapping) else None


def shop_number(bag: Any) -> int | float | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, as the database stores it."""
    amount = shop_money(bag)
    return None if amount is None else stored(amount)


def shop_sum(bags: Iterable[Any]) -> Decimal:
    """Return the sum of *bags* in the shop's currency."""
    return sum((shop_money(bag) or NOTHING for bag in bags), NOTHING)


def tax_of(line: Mapping[str, Any]) -> int | float:
    """Return the sum of a line's taxes, in the shop's currency."""
    return stored(shop_sum(tax.get("priceSet") for tax in items(line, "taxLines")))


def items(record: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list called *name*, empty where it is missing.

    Raises `Unreadable` where it is not a list, so that child rows are never taken for deleted.
    """
    found = record.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is not a list")
    return found


def inner(record: Any, *names: str) -> Any:
    """Return the value at the end of the path *names*, None where the path breaks off."""
    for name in names:
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record


def linked(record: Any, *names: str) -> str | None:
    """Return the id of the object at the end of the path *names*, None where there is none."""
    return optional_identifier(inner(record, *names, "id"))
