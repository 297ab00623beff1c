"""Creates a simulated shop's coupons."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from storesync.simulator.words import CODES

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

NOTHING = Decimal("0.00")
FREE = Decimal(100)
AUTOMATIC = 6
KINDS = {
    "tiendanube": ("percentage", "amount", "percentage", "free_shipping"),
    "shopify": ("percentage", "amount", "percentage", "free_shipping", "buy_x_get_y"),
}
REACHES = ("all", "all", "products", "categories")


def fill_coupons(shop: Shop, count: int, until: datetime) -> None:
    """Add *count* coupons of the last 300 days: active, scheduled, expired, used up and disabled."""
    for _ in range(count):
        days, seconds = (shop.chance("offers").randrange(size) for size in (300, 86_400))
        add_coupon(shop, max(shop.created_at, until - timedelta(days=days, seconds=seconds)))


def add_coupon(shop: Shop, at: datetime) -> Record:
    """Add one coupon; the first ones get the codes that the shop's orders use."""
    chance = shop.chance("offers")
    shop.counters["coupons"] += 1 + chance.randrange(3)
    number = shop.counters["coupon numbers"] = shop.counters["coupon numbers"] + 1
    coupon: Record = {
        "id": str(shop.counters["coupons"]),
        "code": CODES[number - 1] if number <= len(CODES) else f"PROMOÇÃO{number}",
        "title": None,
        "currency": None,
        "enabled": chance.random() > 0.15,  # noqa: PLR2004 - some are switched off
        "min_total": Decimal(chance.randrange(1, 50) * 100) if chance.random() < 0.3 else None,  # noqa: PLR2004
        "once_per_customer": number % 5 == 0,
        "combines": number % 3 == 0,
        "includes_shipping": number % 7 == 0,
        "codes_count": 1,
        **_worth(shop, number),
        **_reach(shop, chance),
        **_uses(chance),
        **_days(chance, at),
        "created_at": at,
        "updated_at": at,
    }
    if shop.platform == "shopify":
        coupon |= _named(coupon, number)
    shop.resources["coupons"][coupon["id"]] = coupon
    return coupon


def _named(coupon: Record, number: int) -> Record:
    """Return title and codes. Some coupons have several codes; automatic ones have none, and no limits either."""
    if number % AUTOMATIC == 0:
        unlimited = {"usage_limit": None, "once_per_customer": None}
        return {"code": None, "title": f"Automático {number} ✨", "codes_count": 0, **unlimited}
    return {"title": coupon["code"], "codes_count": 3 if number % 7 == 0 else 1}


def _worth(shop: Shop, number: int) -> Record:
    kinds = KINDS[shop.platform]
    kind, chance = kinds[number % len(kinds)], shop.chance("offers")
    if kind == "percentage":
        return {"kind": kind, "value": Decimal(chance.randrange(1, 10) * 5)}
    if kind == "amount":
        return {"kind": kind, "value": Decimal(chance.randrange(100, 90_000)).scaleb(-2), "currency": shop.currency}
    # In "buy x, get y" nothing is paid for the further item.
    return {"kind": kind, "value": FREE if kind == "buy_x_get_y" else NOTHING}


def _reach(shop: Shop, chance: Random) -> Record:
    """Return what the coupon applies to: everything, or a few products or categories."""
    reach = chance.choice(REACHES)
    records = list(shop.resources[reach]) if reach != "all" else []
    chosen = chance.sample(records, min(len(records), chance.randrange(1, 4)))
    named: Record = {"products": [], "categories": []} | {reach: chosen}
    return {
        "applies_to": reach if chosen else "all",
        "product_ids": named["products"],
        "category_ids": named["categories"],
    }


def _uses(chance: Random) -> Record:
    limit = chance.choice((None, None, 1, 100))
    used = chance.randrange(40)
    return {"usage_limit": limit, "used_count": used if limit is None else min(used, limit)}


def _days(chance: Random, at: datetime) -> Record:
    """Return the coupon's first and last day; either may be missing."""
    first = at.replace(hour=0, minute=0, second=0) + timedelta(days=chance.randrange(-5, 40))
    last = first + timedelta(days=chance.randrange(1, 200))
    starts, ends = chance.choice(((first, last), (first, last), (first, None), (None, last), (None, None)))
    return {"starts_at": starts, "ends_at": ends}


def is_open(coupon: Record, now: datetime) -> bool:
    """Return True if a customer could use *coupon* at *now*."""
    if coupon["usage_limit"] is not None and coupon["used_count"] >= coupon["usage_limit"]:
        return False
    begun = coupon["starts_at"] is None or coupon["starts_at"] <= now
    return bool(coupon["enabled"] and begun and (coupon["ends_at"] is None or now <= coupon["ends_at"]))


def opens_at(coupon: Record) -> datetime:
    """Return when *coupon* begins, on a platform where every coupon has a beginning."""
    begin: datetime = coupon["starts_at"] or coupon["created_at"]
    return begin


def closes_at(coupon: Record) -> datetime | None:
    """Return when *coupon* ends, on a platform where disabling it ends it; None where it does not."""
    ends: datetime | None = coupon["ends_at"]
    if coupon["enabled"]:
        return ends
    off: datetime = coupon["updated_at"]
    return off if ends is None else min(ends, off)


def standing(coupon: Record, now: datetime) -> Literal["active", "scheduled", "expired"]:
    """Return the status of *coupon* at *now*, on a platform where disabling it ends it."""
    end = closes_at(coupon)
    if end is not None and end <= now:
        return "expired"
    return "scheduled" if opens_at(coupon) > now else "active"
