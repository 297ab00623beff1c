"""Helpers for Shopify's payloads: money bags, nested lists and paths."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from storesync.platforms.values import Unreadable, decimal

NOTHING = Decimal(0)


def shop_money(bag: Any) -> Decimal | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, None where there is none."""
    return decimal(bag.get("shopMoney")) if isinstance(bag, dict) else None


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


def inner(record: Any, *names: str) -> Any:
    """Return the value at the end of the path *names*, None where the path breaks off."""
    for name in names:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record
