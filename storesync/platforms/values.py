"""Converts the JSON values that platforms send into column values. Pure.

Platforms spell one value in many ways (a price as text, number or object, seven
spellings of an instant, ``[]`` for an empty map). Each function takes any JSON value
and returns the column's form, None for nothing, or raises `Unreadable`.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from storesync.runtime.instants import zone_of

INT64 = range(-(2**63), 2**63)
_BLOCK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]*>", re.IGNORECASE)
_IN_OUR_FORM = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ", re.ASCII).fullmatch
_TAG = re.compile(r"<[a-z/!?][^<>]*>", re.IGNORECASE)

REMEMBERED = 2**13
"""How many amounts and instants are remembered with the values made from them: most come more than once."""

SHORT = 40
"""Longer texts, which are no usual amounts or instants, are not remembered."""

EXACT_DIGITS = 15
"""A float holds any number of so many digits exactly enough to give it back."""


class Unreadable(ValueError):
    """A record holds a value that no column can store."""


def text(value: Any) -> str | None:
    """Return a text, number or boolean as text; None for null, an empty text, and any list or map."""
    if type(value) is str:
        return value or None
    if value is None or value == "" or isinstance(value, list | dict):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def identifier(value: Any) -> str:
    """Return the platform's id as text; of a Shopify global id (``gid://…``) the number at its end.

    Raises `Unreadable` for a missing or empty id.
    """
    found = optional_identifier(value)
    if found is None:
        raise Unreadable("a record has no id")
    return found


def optional_identifier(value: Any) -> str | None:
    """Return an id as `identifier` does, None where there is none; 0 counts as none."""
    if type(value) is str:
        found = value
    elif type(value) is int:
        return str(value) if value else None
    elif isinstance(value, bool | float):
        raise Unreadable("an id is neither a text nor an integer")
    else:
        found = text(value) or ""
    if found in {"", "0"}:
        return None
    if not found.startswith("gid://"):
        return found
    number = found[found.rindex("/") + 1 :]
    return number.partition("?")[0] if "?" in number else number


def integer(value: Any) -> int | None:
    """Return a 64-bit integer, also from ``"3"``, ``3.0`` or ``"3.00"``. Raises `Unreadable` for any other number."""
    if type(value) is int and value in INT64:
        return value
    amount = decimal(value)
    if amount is None:
        return None
    if amount != amount.to_integral_value() or int(amount) not in INT64:
        raise Unreadable("a count is not a 64-bit integer")
    return int(amount)


def decimal(value: Any) -> Decimal | None:
    """Return the exact number in a text, a number, ``{"value": …}`` or ``{"amount": …}``."""
    if isinstance(value, dict):
        value = value["amount"] if "amount" in value else value.get("value")
    if type(value) is str and 0 < len(value) <= SHORT:
        return _amount_of(value)
    if value is None or value == "" or isinstance(value, list):
        return None
    return _amount_of.__wrapped__(str(value))


@lru_cache(REMEMBERED)
def _amount_of(told: str) -> Decimal:
    try:
        amount = Decimal(told.strip())
    except InvalidOperation:
        raise Unreadable("an amount is not a number") from None
    if not amount.is_finite() or abs(amount.adjusted()) > 30:  # noqa: PLR2004 - far beyond any money
        raise Unreadable("an amount is not a finite number")
    return amount


def number(value: Any) -> int | float | None:
    """Return an amount as the database stores it: as an integer where it is whole, else as a float."""
    if type(value) is str and 0 < len(value) <= SHORT:
        return _number_of(value)
    amount = decimal(value)
    return None if amount is None else stored(amount)


@lru_cache(REMEMBERED)
def _number_of(told: str) -> int | float:
    if len(told) <= EXACT_DIGITS and told.replace(".", "", 1).isdecimal():
        found = float(told)
        return int(found) if found.is_integer() else found
    return stored(_amount_of(told))


def stored(amount: Decimal) -> int | float:
    """Return *amount* as the database stores it: as a 64-bit integer where it is one, else as a float."""
    found = float(amount)
    if not found.is_integer():
        return found
    whole = int(amount)
    return whole if whole == amount and whole in INT64 else found


def flag(value: Any) -> int | None:
    """Return 1 or 0, None for null and an empty text. Of texts ``"true"``, ``"1"`` and ``"yes"`` are 1."""
    if value is True or value is False:
        return int(value)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return int(value.lower() in {"1", "true", "yes"})
    return int(bool(value))


def lower(value: Any) -> str | None:
    """Return a status word in lower case."""
    word = text(value)
    return None if word is None else word.lower()


def array(values: Iterable[Any]) -> str:
    """Return *values* as the text of a JSON array, without the empty ones."""
    found = [value for value in values if value not in (None, "", [], {})]
    return json.dumps(found, ensure_ascii=False) if found else "[]"


def instant(value: Any) -> str | None:
    """Return an instant as ``YYYY-MM-DDTHH:MM:SSZ``, None where *value* is none.

    Reads every spelling that the platforms use, also ``{"date": …, "timezone": "UTC"}``.
    A date without a zone is UTC.
    """
    if type(value) is str and len(value) <= SHORT:
        return _instant_of(value)
    return _text_of(moment_of(value))


@lru_cache(REMEMBERED)
def _instant_of(told: str) -> str | None:
    if not _IN_OUR_FORM(told):
        return _text_of(moment_of(told))
    try:
        datetime.fromisoformat(told)
    except ValueError:
        return None
    return told


def _text_of(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.isoformat()[:19]}Z"


def moment_of(value: Any) -> datetime | None:
    """Return an aware instant in UTC, None where *value* is none (``0000-00-00``, an empty text)."""
    zone: tzinfo = UTC
    if isinstance(value, dict):
        zone = _named_zone(text(value.get("timezone")))
        value = value.get("date")
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _named_zone(name: str | None) -> tzinfo:
    """Return the zone called *name*, an IANA name or an offset such as ``-03:00``; UTC where there is none."""
    try:
        return zone_of(name) or datetime.fromisoformat(f"2000-01-01T00:00:00{name or 'Z'}").tzinfo or UTC
    except ValueError:
        return UTC


def plain(html: Any) -> str | None:
    """Return HTML as plain text: without tags, entities resolved, one line per block."""
    source = text(html)
    if source is None:
        return None
    from html import unescape  # noqa: PLC0415 - only descriptions of products have it

    lines = unescape(_TAG.sub("", _BLOCK.sub("\n", source))).splitlines()
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line) or None
