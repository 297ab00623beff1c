"""Creates and changes a simulated shop's pages and, on Shopify, its blogs and their articles."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storesync.simulator.catalogue import handle, html
from storesync.simulator.words import FIRST_NAMES, HOSTILE, LAST_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

CHANGED = 0.3
TOPICS = ("Envíos y devoluciones", "Quem somos", "Contact", "Guía de talles & cuidados", "Política de privacidade")
STORIES = ("Cómo elegir un mate", "Novidades do verão ☀️", "Ten ways to wear it", "Detrás de la “ñandú”")
POLICIES = ("moderated", "closed", "auto_published")
TAGS = ("ideas", "niños", "verão", "how-to")


def fill_pages(shop: Shop, count: int, until: datetime) -> None:
    """Add *count* pages of the last 300 days."""
    for _ in range(count):
        add_page(shop, _moment(shop, until))


def fill_articles(shop: Shop, count: int, until: datetime) -> None:
    """Add two blogs with *count* articles of the last 300 days between them, nothing for 0."""
    for _ in range(2 if count else 0):
        add_blog(shop, until - timedelta(days=300))
    for _ in range(count):
        add_article(shop, _moment(shop, until))


def add_page(shop: Shop, at: datetime) -> Record:
    """Add one page. Some are empty, hidden, or published later."""
    page = _published(shop, "pages", TOPICS, at)
    page |= {"seo_title": page["title"] if int(page["id"]) % 2 else None, "seo_description": None}
    shop.resources["pages"][page["id"]] = page
    return page


def add_blog(shop: Shop, at: datetime) -> Record:
    """Add one blog; the first has never been updated."""
    number = len(shop.resources["blogs"])
    blog = _named(shop, "blogs", f"Novedades {number + 1}", at) | {
        "tags": [],
        "comment_policy": POLICIES[number % len(POLICIES)],
        "updated_at": at if number else None,
    }
    shop.resources["blogs"][blog["id"]] = blog
    return blog


def add_article(shop: Shop, at: datetime) -> Record:
    """Add one article to one of the shop's blogs."""
    chance = shop.chance("content")
    article = _published(shop, "articles", STORIES, at)
    number = int(article["id"])
    text = None if number % 3 == 0 else f"Resumen de {article['title']}"
    article |= {
        "blog_id": chance.choice(list(shop.resources["blogs"])),
        "author": f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}",
        "tags": sorted(chance.sample(TAGS, chance.randrange(3))),
        "summary": text,
        "summary_html": text and f"<p>{html(text)}</p>",
        "image_url": f"https://cdn.example.com/{shop.id}/articles/{number}.jpg" if number % 2 else None,
    }
    shop.resources["articles"][article["id"]] = article
    return article


def is_published(record: Record, now: datetime) -> bool:
    """Return whether a page or an article can be seen at *now*; one that is scheduled becomes so without an edit."""
    return record["published_at"] is not None and record["published_at"] <= now


def happen(shop: Shop) -> None:
    """Sometimes add, edit or delete a page or an article, where the shop has any."""
    chance = shop.chance("content changes")
    kinds = [name for name in ("pages", "articles") if shop.resources[name]]
    if not kinds or chance.random() >= CHANGED:
        return
    resource = chance.choice(kinds)
    records = shop.resources[resource]
    chosen = chance.choice(list(records.values()))
    event = chance.choices(("edit", "add", "delete"), (6, 3, 1))[0]
    if event == "add":
        _ADD[resource](shop, shop.now())
    elif event == "edit":
        shop.touch(resource, chosen["id"], **_text(f"{chosen['title']} — {chance.randrange(1000)}", lines=2))
    elif len(records) > 1:
        shop.remove(resource, chosen["id"])


def _moment(shop: Shop, until: datetime) -> datetime:
    days, seconds = (shop.chance("content").randrange(size) for size in (300, 86_400))
    return max(shop.created_at, until - timedelta(days=days, seconds=seconds))


def _named(shop: Shop, resource: str, title: str, at: datetime) -> Record:
    shop.counters[resource] += 1 + shop.chance("content").randrange(3)
    record_id = str(shop.counters[resource])
    return {
        "id": record_id,
        "title": title,
        "handle": f"{handle(title)}-{record_id[-3:]}",
        "template_suffix": "wide" if int(record_id) % 4 == 0 else None,
        "created_at": at,
        "updated_at": at,
    }


def _published(shop: Shop, resource: str, titles: tuple[str, ...], at: datetime) -> Record:
    number = len(shop.resources[resource])
    is_odd = number % 7 == 6  # noqa: PLR2004 - rare, but in every shop of some size
    title = HOSTILE[number // 7 % len(HOSTILE)] if is_odd else f"{titles[number % len(titles)]} {number + 1}"
    published = (at, at, None, at, at + timedelta(days=400))[number % 5]
    words = _text(title, lines=number % 4)
    return _named(shop, resource, title, at) | words | {"published_at": published}


def _text(title: str, *, lines: int) -> Record:
    """Return a body of so many *lines* about *title*, plain and as HTML; None for nothing."""
    told = [f"{title}: párrafo {line + 1} & más" for line in range(lines)]
    body = "\n".join(told) or None
    return {"body": body, "body_html": "".join(f"<p class='rte'>{html(one)}</p>\n" for one in told) or None}


_ADD: dict[str, Callable[[Shop, datetime], Record]] = {"pages": add_page, "articles": add_article}
