"""What a shop says of itself: the facts of its store, and the JSON as it came."""

from datetime import datetime

from storesync.model import Record, Shop
from storesync.runtime.instants import text_of
from storesync.storage.database import Database
from storesync.storage.pages import digest_of, save_payloads

RESOURCE = "store"
"""Under this name the description stands in ``payloads``."""


def save_description(database: Database, store_id: int, shop: Shop, *, api_version: str, now: datetime) -> None:
    """Save what *shop* says of itself now, inside the caller's transaction.

    Its time zone stays as it is: days that were counted by it would no longer agree.
    """
    database.write(
        """UPDATE stores SET domain = :domain, url = :url, name = :name, plan = :plan, described_at = :now,
            country = coalesce(:country, country), language = coalesce(:language, language),
            main_currency = coalesce(:currency, main_currency)
            WHERE id = :id""",
        {
            "id": store_id,
            "domain": shop.domain,
            "url": shop.url,
            "name": shop.name,
            "plan": shop.plan,
            "country": shop.country,
            "language": shop.language,
            "currency": shop.currency,
            "now": text_of(now),
        },
    )
    record = Record(shop.id, None, {}, {"record": shop.body})
    described = [(record, digest_of(record))]
    save_payloads(database, store_id, RESOURCE, described, api_version=api_version, now=text_of(now) or "")
