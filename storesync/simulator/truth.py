"""Converts the world's records into the column values that a correct copy has."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Rows = dict[str, Row]


def sql_value(value: Any) -> Any:
    """Return *value* as SQLite stores it: numbers, text, 0 or 1, instants and arrays as text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return f"{value.isoformat()[:19]}Z"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value


def columns(record: Row, names: str, **others: Any) -> Row:
    """Return the columns *names* (separated by spaces) of *record*, and *others*, as SQLite stores them."""
    row = {name: sql_value(record[name]) for name in names.split()}
    return row | {name: sql_value(value) for name, value in others.items()}


def local_day(at: datetime, time_zone: str) -> str:
    """Return the calendar day of *at* in the shop's *time_zone*."""
    return at.astimezone(ZoneInfo(time_zone)).date().isoformat()


def by_id(rows: Iterable[tuple[str, Row]]) -> Rows:
    """Return rows by their id."""
    return dict(rows)
