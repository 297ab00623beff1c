"""Rows of pages. Pure."""

from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import Flag, Id, Instant, Shape
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import flag, identifier, instant, plain


class Page(Shape):
    """A page as it is stored."""

    id: Id = None
    published: Flag = None
    name: Any = None
    handle: Any = None
    content: Any = None
    seo_title: Any = None
    seo_description: Any = None
    created_at: Instant = None
    updated_at: Instant = None


def page_rows(page: Page, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of one page (https://tiendanube.github.io/api-documentation/resources/page)."""
    body = words(page.content, shop)
    row = {
        "id": identifier(page.id),
        "title": words(page.name, shop),
        "handle": words(page.handle, shop),
        "body": plain(body),
        "body_html": body,
        "is_published": flag(page.published),
        "seo_title": words(page.seo_title, shop),
        "seo_description": words(page.seo_description, shop),
        "created_at": instant(page.created_at),
        "updated_at": instant(page.updated_at),
    }
    return {"pages": [row]}


SHAPES = {"pages": Page}
ROWS = {"pages": page_rows}
