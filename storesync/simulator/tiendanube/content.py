"""Turns pages into Tiendanube's JSON, and lists them.

https://tiendanube.github.io/api-documentation/resources/page; the API has them since its version 2025-03.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.content import is_published
from storesync.simulator.tiendanube.asking import Refused, count_asked, only
from storesync.simulator.tiendanube.records import stamps, words
from storesync.simulator.wire import SimRequest, SimResponse, json_response

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]

# What the documentation's example has; it names no parameters.
PER_PAGE = 5
# A client measured in September 2026 that more are refused with a 400.
MAX_PER_PAGE = 19


def answer(request: SimRequest, shop: Shop, path: str) -> SimResponse:
    """Answer a request for ``/pages``, or for one of them."""
    fields = request.query.get("fields")
    if path:
        found = shop.veiled("pages", shop.resources["pages"], singly=True).get(path)
        if found is None:
            raise Refused(404, {"code": 404, "message": "Not Found", "description": "Page not found"})
        return json_response(200, only(page(shop, found), fields))
    number, per_page = count_asked(request, "page", 1), count_asked(request, "per_page", PER_PAGE)
    if per_page > MAX_PER_PAGE:
        raise Refused(400, {"code": 400, "message": "Bad Request", "description": None})
    pages = list(shop.veiled("pages", shop.resources["pages"]).values())
    shown = [only(page(shop, one), fields) for one in pages[(number - 1) * per_page : number * per_page]]
    told = {"total": len(pages), "page": number, "perPage": per_page, "lastPage": max(1, -(-len(pages) // per_page))}
    # What comes past the last page is not documented: here nothing does.
    return json_response(200, {"pages": {"results": shown, **told}})


def page(shop: Shop, record: Record) -> Record:
    """Return the JSON of a page. The documentation says that each is published, clients that some are not."""
    record_id = record["id"]
    return {
        "id": int(record_id),
        "store_id": int(shop.id),
        "published": is_published(record, shop.now()),
        "name": words(shop, record["title"], record_id),
        "handle": {shop.language: record["handle"]},
        "content": words(shop, record["body_html"], record_id),
        "seo_title": words(shop, record["seo_title"], record_id),
        "seo_description": {shop.language: record["seo_description"] or ""},
        **stamps(record),
    }
