"""The expected rows of a correct copy of a simulated Shopify shop's pages, blogs and articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.content import is_published
from storesync.simulator.truth import Row, Rows, by_id, columns

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]

STAMPS = "created_at updated_at"


def pages(shop: Shop) -> dict[str, Rows]:
    """Return the rows of pages."""
    return {
        "pages": by_id(
            (record["id"], _published(shop, record, f"/pages/{record['handle']}"))
            for record in shop.resources["pages"].values()
        )
    }


def blogs(shop: Shop) -> dict[str, Rows]:
    """Return the rows of blogs."""
    articles = list(shop.resources["articles"].values())
    names = f"title handle tags comment_policy template_suffix {STAMPS}"
    return {
        "blogs": by_id(
            (
                record["id"],
                columns(
                    record,
                    names,
                    url_path=f"/blogs/{record['handle']}",
                    articles_count=sum(article["blog_id"] == record["id"] for article in articles),
                ),
            )
            for record in shop.resources["blogs"].values()
        )
    }


def articles(shop: Shop) -> dict[str, Rows]:
    """Return the rows of articles."""
    names = "blog_id author tags summary summary_html image_url"
    return {
        "articles": by_id(
            (record["id"], _article(shop, record) | columns(record, names))
            for record in shop.resources["articles"].values()
        )
    }


def _article(shop: Shop, record: Record) -> Row:
    blog = shop.resources["blogs"][record["blog_id"]]
    return _published(shop, record, f"/blogs/{blog['handle']}/{record['handle']}")


def _published(shop: Shop, record: Record, path: str) -> Row:
    names = f"title handle body body_html published_at template_suffix {STAMPS}"
    return columns(record, names, url_path=path, is_published=is_published(record, shop.now()))
