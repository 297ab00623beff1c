"""Turns where orders came from into the fields of Shopify's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import count, gid, instant, upper
from storesync.simulator.visits import origin

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def origin_fields(shop: Shop, order: Record) -> Node:
    """Return the fields of an ``Order`` that tell where it came from."""
    found = origin(shop, order, shop.now())
    moments = found["moments_count"]
    return {
        "attribution": found["channel"] and {"displayName": found["channel"], "handle": found["channel_handle"]},
        "retailLocation": Link("Location", found["location_id"]) if found["location_id"] else None,
        "risk": {
            "recommendation": upper(found["risk_recommendation"]),
            "assessments": [{"riskLevel": upper(level)} for level in found["risk_levels"]],
        },
        "customerJourneySummary": {
            "ready": found["is_ready"],
            "customerOrderIndex": found["customer_order_index"],
            "daysToConversion": found["days_to_conversion"],
            "momentsCount": None if moments is None else count(moments),
            "firstVisit": found["first"] and _visit(found["first"]),
            "lastVisit": found["last"] and _visit(found["last"]),
        },
    }


def _visit(visit: Record) -> Node:
    utm = {name.removeprefix("utm_"): visit[name] for name in visit if name.startswith("utm_")}
    return {
        "__typename": "CustomerVisit",
        "id": gid("CustomerVisit", visit["id"]),
        "occurredAt": instant(visit["visit_at"]),
        "source": visit["source"],
        "sourceDescription": visit["source_name"],
        "sourceType": upper(visit["source_type"]),
        "referrerUrl": visit["referrer_url"],
        "landingPage": visit["landing_page"],
        "referralCode": visit["referral_code"],
        "utmParameters": utm if any(utm.values()) else None,
    }
