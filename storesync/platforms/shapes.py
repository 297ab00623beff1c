"""Reads JSON into typed records, which take a fraction of the memory and time of maps.

A platform declares the fields that it derives rows from as a `Shape`, in the types below: each has the form that the
platform documents, and the function that makes that form of any other. So there is one way to derive rows. A record
that has the documented form in every field is read in one step; any other, field by field.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

from storesync.platforms import lossless_json
from storesync.platforms.values import (
    INT64,
    Unreadable,
    flag,
    instant,
    integer,
    text,
)


class Shape(msgspec.Struct, gc=False):
    """Fields of a JSON object; others are ignored. A field that may be `UNSET` tells whether it was there.

    What is no object is the value of the field called *bare*, if there is one.
    """

    bare: ClassVar[str | None] = None


Convert = Callable[[Any], Any]


def _amount_of(value: Any) -> str | None:
    """Return a text of which `decimal` makes what it makes of *value*, or which it refuses as it does *value*."""
    if isinstance(value, dict):
        value = value["amount"] if "amount" in value else value.get("value")
    return None if value is None or isinstance(value, list) else str(value)


def _id(value: Any) -> Any:
    """Return *value*, of which `optional_identifier` makes an id, or refuses to."""
    return None if isinstance(value, list | dict) else value


def _moment(value: Any) -> str | None:
    return value if isinstance(value, str) else instant(value)


def _truth(value: Any) -> bool | None:
    found = flag(value)
    return None if found is None else bool(found)


Text = Annotated[str | None, text]
Id = Annotated[str | int | None, _id]
Instant = Annotated[str | None, _moment]
Amount = Annotated[str | None, _amount_of]
Flag = Annotated[bool | None, _truth]
Count = Annotated[Annotated[int, msgspec.Meta(ge=INT64.start, le=INT64.stop - 1)] | None, integer]

Digits = Annotated[str | int | None, _amount_of]
"""A 64-bit integer that may come as text."""

Number = Annotated[str | int | float | None, _amount_of]
"""An exact number that may come as text or as a number."""

Dated = Annotated[str | dict[str, Any] | None, instant]
"""An instant that may come as a map of a date and its zone."""


def shaped(kind: Any, body: bytes) -> Any:
    """Return the JSON value in *body* as a *kind*: a `Shape`, or a list of one.

    Raises `Unreadable` where it cannot be one, and what `lossless_json.loads` raises.
    """
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, RecursionError):
        return by_field(kind, lossless_json.loads(body))


def fitted(kind: Any, value: Any) -> Any:
    """Return a JSON value as a *kind*; one of that kind stays as it is. Raises `Unreadable` as `shaped` does."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError, RecursionError):
        return by_field(kind, value)


def by_field(kind: Any, value: Any) -> Any:
    """Return a JSON value as a *kind*, each field converted. Raises `Unreadable` as `shaped` does."""
    return _converter("a part of a record", kind)(value)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _object_of(kind: type[Shape], value: Any) -> Shape:
    if isinstance(value, kind):
        return value
    if not isinstance(value, dict):
        if kind.bare is None:
            raise Unreadable("a record is not a JSON object")
        value = {kind.bare: value}
    told = {name: convert(value[key]) for name, (key, convert) in _fields(kind).items() if key in value}
    return kind(**told)


@cache
def _fields(kind: type[Shape]) -> Mapping[str, tuple[str, Convert]]:
    """Return the name in JSON of each field, and what makes its value."""
    hints = get_type_hints(kind, include_extras=True)
    named = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return {name: (key, _converter(key, hints[name])) for name, key in named}


@cache
def _converter(name: str, hint: Any) -> Convert:
    """Return what makes a value of the type *hint* of any JSON value; an object or list that is null stays so."""
    if get_origin(hint) is Annotated:
        convert: Convert = next(one for one in get_args(hint)[1:] if callable(one))
        return convert
    if get_origin(hint) in {Union, UnionType}:
        (kind,) = (one for one in get_args(hint) if one not in {type(None), UnsetType})
        inner = _converter(name, kind)
        if isinstance(kind, type) and issubclass(kind, Shape):
            taken = dict | Shape if kind.bare is None else object
            return lambda value: inner(value) if value is not None and isinstance(value, taken) else None
        return inner
    if get_origin(hint) is list:
        return _list_of(name, _converter(name, get_args(hint)[0]))
    if isinstance(hint, type) and issubclass(hint, Shape):
        return partial(_object_of, hint)
    return lambda value: value


def _list_of(name: str, convert: Convert) -> Convert:
    def converted(values: Any) -> Any:
        if values is None:
            return None
        if not isinstance(values, list):
            # So that child rows are never taken for deleted.
            raise Unreadable(f"{name} is not a list")
        return [convert(value) for value in values]

    return converted


__all__ = ["UNSET", "UnsetType"]
