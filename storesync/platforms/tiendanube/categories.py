"""Rows of categories. Pure."""

from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Id, Instant, Shape, Text
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import identifier, instant, lower, optional_identifier, plain


class Category(Shape):
    """A category as it is stored."""

    id: Id = None
    parent: Any = None
    name: Any = None
    handle: Any = None
    description: Any = None
    visibility: Text = None
    created_at: Instant = None
    updated_at: Instant = None


def category_rows(category: Category, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one category (https://tiendanube.github.io/api-documentation/resources/category).

    Only the parent's id is known here, so the path is the name until the whole tree is known. Memberships
    come from the products, which list their categories.
    """
    name = words(category.name, shop)
    row = {
        "id": identifier(category.id),
        "kind": "category",
        "parent_id": _parent(category.parent),
        "name": name,
        "path": name,
        "handle": words(category.handle, shop),
        "description": plain(words(category.description, shop)),
        "visibility": (lower(category.visibility) or "").replace("-", "_") or None,
        "is_automatic": 0,
        "created_at": instant(category.created_at),
        "updated_at": instant(category.updated_at),
    }
    return {"categories": [row]}


def _parent(parent: Any) -> str | None:
    """Return the id of a category's parent, None for a root category (null or 0)."""
    return optional_identifier(parent.get("id") if isinstance(parent, dict) else parent)
