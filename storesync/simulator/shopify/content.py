"""Turns pages, blogs and articles into Shopify's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.content import is_published
from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import count, gid, instant, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def page_node(shop: Shop, record: Record) -> Node:
    """Return a ``Page``."""
    return {"id": gid("Page", record["id"]), **_named(record), **_published(shop, record)}


def blog_node(shop: Shop, record: Record) -> Node:
    """Return a ``Blog``. It counts hidden articles, too; whether Shopify does is not documented."""
    articles = shop.resources["articles"].values()
    return {
        "id": gid("Blog", record["id"]),
        **_named(record),
        "articlesCount": count(sum(article["blog_id"] == record["id"] for article in articles)),
        "commentPolicy": upper(record["comment_policy"]),
        "tags": record["tags"],
    }


def article_node(shop: Shop, record: Record) -> Node:
    """Return an ``Article``."""
    image = record["image_url"]
    return {
        "id": gid("Article", record["id"]),
        **_named(record),
        **_published(shop, record),
        "author": record["author"] and {"name": record["author"]},
        "blog": Link("Blog", record["blog_id"]),
        "image": image and {"altText": None, "height": None, "url": image, "width": None},
        "summary": record["summary_html"],
        "tags": record["tags"],
    }


def _named(record: Record) -> Node:
    return {
        "createdAt": instant(record["created_at"]),
        "handle": record["handle"],
        "templateSuffix": record["template_suffix"],
        "title": record["title"],
        # Of blogs and articles it may be null: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Blog
        "updatedAt": instant(record["updated_at"]),
    }


def _published(shop: Shop, record: Record) -> Node:
    return {
        "body": record["body_html"] or "",
        "isPublished": is_published(record, shop.now()),
        # When it became or will become visible: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Page
        "publishedAt": instant(record["published_at"]),
    }
