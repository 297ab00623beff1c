"""Objects that records of several resources hold: references, money, addresses; and what is derived from them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from storesync.platforms.shapes import UNSET, Amount, Count, Id, Shape, Text, UnsetType
from storesync.platforms.values import REMEMBERED, array, decimal, number, optional_identifier, stored

NOTHING = Decimal(0)


class Object(Shape, rename="camel"):
    """An object of Shopify's schema, with the fields that rows are derived from."""


class Ref(Object):
    """Any object that is only referred to."""

    id: Id = None


class Total(Object):
    """How many there are."""

    count: Count = None


class Money(Object):
    """An amount in one currency."""

    bare = "amount"

    amount: Amount = None
    currency_code: Text = None


class MoneyBag(Object):
    """An amount in the shop's currency and in that of the customer."""

    shop_money: Money | None = None
    presentment_money: Money | None = None


class Person(Object):
    """A customer or the person at an address, as far as the name goes."""

    id: Id = None
    first_name: Text | UnsetType = UNSET
    last_name: Text | UnsetType = UNSET
    name: Text = None
    display_name: Text = None


class Address(Person):
    """An address, with the person who lives there."""

    company: Text = None
    address1: Text = None
    address2: Text = None
    city: Text = None
    province: Text = None
    country_code_v2: Text = None
    zip: Text = None
    phone: Text = None


def linked(ref: Ref | Person | None) -> str | None:
    """Return the id of the object that is referred to, None where there is none."""
    return None if ref is None else optional_identifier(ref.id)


def money(found: Money | None) -> int | float | None:
    """Return an amount as the database stores it."""
    return None if found is None else number(found.amount)


def shop_number(bag: MoneyBag | None) -> int | float | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, as the database stores it."""
    return None if bag is None or bag.shop_money is None else number(bag.shop_money.amount)


def shop_money(bag: MoneyBag | None) -> Decimal | None:
    """Return the amount of a ``MoneyBag`` in the shop's currency, None where there is none."""
    return None if bag is None or bag.shop_money is None else decimal(bag.shop_money.amount)


def summed(bags: Iterable[MoneyBag | UnsetType | None]) -> Decimal | None:
    """Return the sum of *bags* in the shop's currency, None where one of them was not read."""
    total = NOTHING
    for bag in bags:
        if bag is UNSET:
            return None
        total += shop_money(bag) or NOTHING
    return total


def stored_sum(bags: Iterable[MoneyBag | UnsetType | None]) -> int | float | None:
    """Return `summed` as the database stores it."""
    total = summed(bags)
    return None if total is None else stored(total)


def listed(values: Sequence[Any] | UnsetType | None) -> str | None:
    """Return a list as the text of a JSON array, None where it was not read."""
    return None if values is UNSET else array(values) if values else "[]"


@lru_cache(REMEMBERED)
def lower(word: str | None) -> str | None:
    """Return a status word in lower case."""
    return word.lower() if word else None


def flag(value: bool | None) -> int | None:  # noqa: FBT001 - the value itself
    """Return 1 or 0, None for null."""
    return None if value is None else int(value)


def full_name(person: Person | None) -> str | None:
    """Return first and last name, else the name that Shopify displays (which may be an e-mail)."""
    if person is None:
        return None
    first, last = person.first_name or None, person.last_name or None
    is_half = (person.first_name is UNSET) != (person.last_name is UNSET)
    name = f"{first} {last}" if first and last else first or last
    # Half a name is none.
    return person.name or person.display_name or None if is_half or not name else name
