"""Categories, and the tree that they form. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import identifier, instant, lower, optional_identifier, plain

Shelf = Mapping[str, Any]


def category_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one category (https://tiendanube.github.io/api-documentation/resources/category).

    Its *ancestors*, where that part is there, give the path; without it the path is the name.
    Products say which categories they are in, so no memberships come from here.
    """
    category = parts["record"]
    name = words(category.get("name"), shop)
    above = [words(shelf.get("name"), shop) for shelf in parts.get("ancestors") or ()]
    row = {
        "id": identifier(category.get("id")),
        "kind": "category",
        "parent_id": parent_of(category),
        "name": name,
        "path": " > ".join(step for step in (*above, name) if step) or None,
        "handle": words(category.get("handle"), shop),
        "description": plain(words(category.get("description"), shop)),
        "visibility": (lower(category.get("visibility")) or "").replace("-", "_") or None,
        "is_automatic": 0,
        "created_at": instant(category.get("created_at")),
        "updated_at": instant(category.get("updated_at")),
    }
    return {"categories": [row]}


def parent_of(category: Shelf) -> str | None:
    """Return the id of a category's parent, None for one at the root (null or 0)."""
    parent = category.get("parent")
    return optional_identifier(parent.get("id") if isinstance(parent, dict) else parent)


def by_id(categories: Iterable[Any]) -> dict[str, Shelf]:
    """Return *categories* by id, those that cannot be read left out."""
    return {
        str(one["id"]): {name: one.get(name) for name in ("id", "name", "parent")}
        for one in categories
        if isinstance(one, dict) and one.get("id")
    }


def ancestors(category: Shelf, known: Mapping[str, Shelf]) -> tuple[list[Shelf], bool]:
    """Return the categories above *category*, root first, and whether all of them are known."""
    above: list[Shelf] = []
    passed: set[str] = set()
    parent = parent_of(category)
    while parent is not None and parent not in passed:
        if parent not in known:
            return above[::-1], False
        passed.add(parent)
        above.append(known[parent])
        parent = parent_of(known[parent])
    return above[::-1], True
