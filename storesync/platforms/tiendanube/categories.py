"""Rows of categories. Pure."""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import identifier, instant, lower, optional_identifier, plain


def category_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one category (https://tiendanube.github.io/api-documentation/resources/category).

    Only the parent's id is known here, so the path is the name until the whole tree is known. Memberships
    come from the products, which list their categories.
    """
    category = parts["record"]
    name = words(category.get("name"), shop)
    row = {
        "id": identifier(category.get("id")),
        "kind": "category",
        "parent_id": parent_of(category),
        "name": name,
        "path": name,
        "handle": words(category.get("handle"), shop),
        "description": plain(words(category.get("description"), shop)),
        "visibility": (lower(category.get("visibility")) or "").replace("-", "_") or None,
        "is_automatic": 0,
        "created_at": instant(category.get("created_at")),
        "updated_at": instant(category.get("updated_at")),
    }
    return {"categories": [row]}


def parent_of(category: Mapping[str, Any]) -> str | None:
    """Return the id of a category's parent, None for a root category (null or 0)."""
    parent = category.get("parent")
    return optional_identifier(parent.get("id") if isinstance(parent, dict) else parent)
