"""Texts that come in several languages. Pure."""

from typing import Any

from storesync.model import Shop
from storesync.platforms.values import text

_USUAL = ("es", "pt", "en")


def words(value: Any, shop: Shop) -> str | None:
    """Return a text in the shop's main language, else in another one that it has.

    Texts are objects keyed by language (https://tiendanube.github.io/api-documentation/intro#languages),
    but plain strings, null and ``[]`` for an empty object are seen as well.
    """
    if isinstance(value, dict):
        for language in (shop.language, *_USUAL, *value):
            found = text(value.get(language))
            if found is not None:
                return found
        return None
    if isinstance(value, list):
        return next((found for found in (words(one, shop) for one in value) if found), None)
    return text(value)
