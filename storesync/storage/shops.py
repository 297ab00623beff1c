"""Save a shop's description of itself: the fields of its store, and the JSON as it came."""

from datetime import datetime

from storesync.model import Record, Shop
from storesync.runtime.instants import text_of
from storesync.storage.database import Database
from storesync.storage.pages import save_payloads

RESOURCE = "store"
"""The resource under which the description is saved in ``payloads``."""


def save_description(database: Database, store_id: int, shop: Shop, *, api_version: str, now: datetime) -> None:
    """Save the description of *shop* as of *now*, inside the caller's transaction.

    The time zone by which the store's days are counted does not change.
    """
    database.write(
        """UPDATE stores SET domain = :domain, url = :url, name = :name, plan = :plan, described_at = :now,
            shop_time_zone = coalesce(:zone, shop_time_zone), country = coalesce(:country, country),
            language = coalesce(:language, language),
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
            "zone": shop.time_zone,
            "now": text_of(now),
        },
    )
    record = Record(shop.id, None, {}, {"record": shop.body})
    described = [(record, record.digest)]
    save_payloads(database, store_id, RESOURCE, described, api_version=api_version, now=text_of(now) or "")
