"""Rows of the online store's pages, blogs and articles.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Article. Shopify tells no URLs of them; their paths
are those that every theme has: https://shopify.dev/docs/storefronts/themes/architecture/templates
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Flag, Instant, Text, UnsetType
from storesync.platforms.shopify.catalog import Image
from storesync.platforms.shopify.objects import Object, Ref, Total, flag, linked, listed, lower
from storesync.platforms.values import identifier, instant, plain


class Content(Ref):
    """What pages, blogs and articles have alike."""

    title: Text = None
    handle: Text = None
    template_suffix: Text = None
    created_at: Instant = None
    updated_at: Instant = None


class Page(Content):
    """A page such as "About us"."""

    body: Text = None
    is_published: Flag = None
    published_at: Instant = None


class Blog(Content):
    """A blog."""

    tags: list[Text] | UnsetType | None = UNSET
    comment_policy: Text = None
    articles_count: Total | None = None


class BlogRef(Ref):
    """The blog that an article is in."""

    handle: Text = None


class Author(Object):
    """Who an article names as its author."""

    name: Text = None


class Article(Page):
    """An article of a blog."""

    blog: BlogRef | None = None
    author: Author | None = None
    tags: list[Text] | UnsetType | None = UNSET
    summary: Text = None
    image: Image | None = None


def page_rows(page: Page, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a page."""
    return {"pages": [_named(page, "/pages/") | _published(page)]}


def blog_rows(blog: Blog, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a blog."""
    own = {
        "tags": listed(blog.tags),
        "comment_policy": lower(blog.comment_policy),
        "articles_count": blog.articles_count.count if blog.articles_count else None,
    }
    return {"blogs": [_named(blog, "/blogs/") | own]}


def article_rows(article: Article, _: Shop) -> dict[str, list[Row]]:
    """Return the row of an article."""
    blog = article.blog or BlogRef()
    own = {
        "blog_id": linked(blog),
        "author": article.author.name or None if article.author else None,
        "tags": listed(article.tags),
        "summary": plain(article.summary),
        "summary_html": article.summary or None,
        "image_url": article.image.url or None if article.image else None,
    }
    return {
        "articles": [_named(article, f"/blogs/{blog.handle}/" if blog.handle else None) | _published(article) | own]
    }


def _named(content: Content, folder: str | None) -> Row:
    """Return the columns that all have; *folder* is what comes before the handle in the path, None where unknown."""
    return {
        "id": identifier(content.id),
        "title": content.title or None,
        "handle": content.handle or None,
        "url_path": f"{folder}{content.handle}" if folder and content.handle else None,
        "template_suffix": content.template_suffix or None,
        "created_at": instant(content.created_at),
        "updated_at": instant(content.updated_at),
    }


def _published(content: Page) -> Row:
    return {
        "body": plain(content.body),
        "body_html": content.body or None,
        "is_published": flag(content.is_published),
        "published_at": instant(content.published_at),
    }
