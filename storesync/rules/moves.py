"""What follows from a shop's new description of itself: its name, its time zone or its currency changed. Pure."""

import re

from storesync.data import dataclass
from storesync.model import OPERATOR, SHOP, Shop, Store
from storesync.runtime.instants import zone_of
from storesync.tables import RESOURCES

DATED = ("orders", "checkouts")
"""The resources with a column for the day in the store's time zone."""

PRICED = ("products", "customers", "coupons")
"""The resources whose amounts are in the shop's currency of today. An order keeps that of the day it was placed:
https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order#field-Order.fields.currencyCode"""

KINDS = ("moved", "renamed", "time_zone", "currency")
"""The kinds of events that tell of it."""

_KEY = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What may stand in a command to type."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of a shop: the *kind* of its event, what it is *about*, and the sentence that tells of it."""

    kind: str
    about: str
    message: str


def zone_to_follow(store: Store, shop: Shop) -> str | None:
    """Return the time zone by which the days of *store* are to be counted from now on, None for that of today.

    It is the shop's own, unless the operator set another. One that this machine does not know changes nothing.
    """
    is_other = shop.time_zone != store.shop.time_zone and zone_of(shop.time_zone) is not None
    return shop.time_zone if is_other and store.time_zone_by == SHOP else None


def to_derive(store: Store, shop: Shop) -> tuple[str, ...]:
    """Return the resources whose rows change with what *shop* says of itself now: days, currencies, texts."""
    known = store.shop
    if shop.language not in {None, known.language}:
        return tuple(RESOURCES)
    dated = DATED if zone_to_follow(store, shop) else ()
    return (*dated, *(PRICED if shop.currency not in {None, known.currency} else ()))


def changes_of(store: Store, shop: Shop) -> list[Change]:
    """Return what is to be told of *shop* as it describes itself now, after what is known of its *store*."""
    return [found for found in (_name(store, shop), _zone(store, shop), _currency(store, shop)) if found]


def _name(store: Store, shop: Shop) -> Change | None:
    if shop.key == store.shop.key or shop.domain == store.shop.domain or not _KEY.fullmatch(shop.key):
        return None
    message = f"{store.key} is called {shop.key} now; move it: {store.connect_as(shop.key)}"
    return Change("renamed", "the name", message)


def _zone(store: Store, shop: Shop) -> Change | None:
    about, before, now = "the time zone", store.shop.time_zone, shop.time_zone
    if zone_to_follow(store, shop):
        message = f"{store.key} is in {now} now, no longer in {before or 'an unknown time zone'}"
        return Change(
            "time_zone",
            about,
            f"{message}: its days are derived anew; to keep those of before: storesync set {store.key} --time-zone"
            f" {before or 'ZONE'}",
        )
    is_news = now is not None and now not in {store.shop_time_zone, before}
    if store.time_zone_by == OPERATOR and is_news:
        return Change("time_zone", about, f"{store.key} is in {now} now; {kept(store.key, before)}")
    return None


def differs(store: Store) -> bool:
    """Return whether the operator had the days of *store* counted by another time zone than its shop's."""
    return store.time_zone_by == OPERATOR and store.shop_time_zone not in {None, store.shop.time_zone}


def kept(key: str, zone: str | None) -> str:
    """Return what is said of a store whose days are those of a *zone* that is not the shop's."""
    return f"its days stay those of {zone}, as it was set; to follow the shop: storesync set {key} --time-zone shop"


def _currency(store: Store, shop: Shop) -> Change | None:
    before, now = store.shop.currency, shop.currency
    if now is None or before is None or now == before:
        return None
    message = (
        f"{store.key} sells in {now} now, no longer in {before}: orders keep the currency they were placed in, prices"
        f" are read anew; never add up both; read more: storesync help connect"
    )
    return Change("currency", "the currency", message)
