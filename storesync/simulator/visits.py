"""Where the orders of a simulated shop came from: channel, visits, risk. The same order always came the same way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storesync.simulator.shop import seeded

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

CHANNELS = {"web": ("Online Store", "web"), "pos": ("Point of Sale", "pos")}
SOURCES = (
    ("Google", "search", "seo", "https://www.google.com/", None),
    ("instagram", "Instagram", "post", "https://l.instagram.com/", ("instagram", "social", "winter", None, "reel")),
    ("email", "Email", "newsletter", None, ("newsletter", "email", "launch", "blue shoes", "button")),
    ("direct", None, None, None, None),
)
# https://shopify.dev/docs/api/admin-graphql/2026-10/objects/OrderRiskSummary
RISKS = (("accept", ("low",)), ("investigate", ("low", "medium")), ("cancel", ("high", "none")), ("none", ()))
READY_AFTER = timedelta(minutes=30)
"""How long attribution takes; nobody documents it, nor that it moves the order's update time."""


def origin(shop: Shop, order: Record, now: datetime) -> Record:
    """Return where *order* came from, as the platform tells it at *now*."""
    chance = seeded(shop.seed, "visits", order["id"])
    channel, handle = CHANNELS.get(order["channel"], (None, None))
    recommendation, levels = chance.choices(RISKS, weights=(80, 10, 4, 6))[0]
    places = [key for key, place in shop.resources["locations"].items() if place["is_active"]]
    found: Record = {
        "channel": channel,
        "channel_handle": handle,
        "location_id": chance.choice(places) if order["channel"] == "pos" and places else None,
        "risk_recommendation": recommendation,
        "risk_levels": levels,
        "is_ready": now - order["created_at"] >= READY_AFTER,
        "customer_order_index": None,
        "days_to_conversion": None,
        "moments_count": None,
        "first": None,
        "last": None,
    }
    if not found["is_ready"]:
        return found
    found["moments_count"] = moments = chance.choice((1, 1, 2, 5)) if order["channel"] == "web" else 0
    if moments:
        days = chance.randrange(20) if moments > 1 else 0
        found["customer_order_index"] = chance.randrange(4)
        found["days_to_conversion"] = days
        found["last"] = _visit(shop, order, chance, timedelta(minutes=chance.randrange(1, 50)))
        first = timedelta(days=days, hours=1)
        found["first"] = _visit(shop, order, chance, first) if moments > 1 else found["last"]
    return found


def _visit(shop: Shop, order: Record, chance: Random, before: timedelta) -> Record:
    source, name, kind, referrer, utm = chance.choice(SOURCES)
    return {
        "id": str(chance.randrange(10**12, 10**13)),
        "visit_at": order["placed_at"] - before,
        "source": source,
        "source_name": name,
        "source_type": kind,
        "referrer_url": referrer,
        "landing_page": f"{shop.url}/collections/all?ref={order['number']}",
        "referral_code": str(order["number"]) if referrer else None,
        **dict(zip(UTM, utm or (None,) * len(UTM), strict=True)),
    }


UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
