"""Lists and maps in the spellings of PHP. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from storesync.platforms.shapes import Shape, fitted
from storesync.platforms.values import Unreadable


def several(kind: type[Shape]) -> Callable[[Any], list[Any]]:
    """Return what makes a list of *kind* of any JSON value, as `objects` reads it."""
    return lambda value: [fitted(kind, one) for one in objects(value)]


def objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return a list of JSON objects, empty for null. Raises `Unreadable` where it holds anything else.

    A map of objects is a list with gaps in its numbering, as PHP writes it; any other map is one object.
    """
    if isinstance(value, dict):
        inner = list(value.values())
        return inner if all(isinstance(one, dict) for one in inner) else [value]
    found = value if isinstance(value, list) else []
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable("a list holds something that is not a JSON object")
    return found
