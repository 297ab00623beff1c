"""Chooses one language of a text that comes in several. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from storesync.model import Shop
from storesync.platforms.values import text

_USUAL = ("es", "pt", "en")


def words(value: Any, shop: Shop) -> str | None:
    """Return a text in the shop's main language, else in another that it has, None without any.

    Texts are objects keyed by language (https://tiendanube.github.io/api-documentation/intro#languages),
    but plain strings, null and ``[]`` for an empty object are seen as well.
    """
    if isinstance(value, dict):
        main = value.get(shop.language)
        if main and type(main) is str:
            return main
        found = (text(value.get(key)) for key in _preferred(value, shop.language))
        return next((one for one in found if one is not None), None)
    if isinstance(value, list):
        return next((found for found in (words(one, shop) for one in value) if found), None)
    return text(value)


def _preferred(value: Mapping[str, Any], main: str | None) -> Iterator[str]:
    """Yield the keys in order of preference; a language's own comes before those of its regions (``es_AR``)."""
    for language in (main, *_USUAL):
        if language:
            yield language
            yield from (key for key in value if key[:2] == language[:2])
    yield from value
