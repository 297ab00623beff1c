"""Creates the markets of a simulated shop, when they are first read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop

Record = dict[str, Any]

FIRST_ID = 90_000_000_000
ABROAD = (("Europa", "EUR", ("FR", "DE", "ES")), ("North", "USD", ("US", "CA")), ("Sur", "ARS", ("AR", "CL", "UY")))
TAXES = ("add_taxes_at_checkout", "includes_taxes_in_price", "includes_taxes_in_price_based_on_country")
DUTIES = ("add_duties_at_checkout", "include_duties_in_price")
OFTEN = 0.2


def begin(shop: Shop) -> None:
    """Let the shop sell at home, abroad, and to the locations of companies, unless it does already."""
    if shop.state.get("has markets"):
        return
    shop.state["has markets"] = True
    add_market(shop, "Home", shop.currency, [shop.country])
    for name, currency, countries in ABROAD:
        add_market(shop, name, currency, [one for one in countries if one != shop.country])
    add_market(shop, "Mayoristas 📦", shop.currency, None)


def add_market(shop: Shop, name: str, currency: str, countries: list[str] | None) -> Record:
    """Add a market of *countries* or, with None, of companies' locations."""
    chance = shop.chance("markets")
    shop.counters["markets"] = max(FIRST_ID, shop.counters["markets"]) + 1 + chance.randrange(3)
    market: Record = {
        "id": str(shop.counters["markets"]),
        "name": name,
        "handle": f"market-{shop.counters['markets'] % 1000}",
        "status": "active" if chance.random() > OFTEN else "draft",
        "type": "company_location" if countries is None else "region",
        "condition_types": ["company_location" if countries is None else "region"],
        "applies_to": None if countries is None else "specified",
        "countries": countries or [],
        "currency": currency,
        "local_currencies": chance.random() < OFTEN,
        "rounds_prices": chance.random() < OFTEN,
        "taxes_in_prices": chance.choice(TAXES),
        "duties_in_prices": chance.choice(DUTIES),
    }
    shop.resources["markets"][market["id"]] = market
    return market


def happen(shop: Shop) -> None:
    """Let a market come, change or go, in a shop of which they have been read."""
    known = list(shop.resources["markets"].values())
    chance = shop.chance("markets")
    if not known or chance.random() > OFTEN / 2:
        return
    market, fate = chance.choice(known), chance.random()
    if fate < OFTEN:
        add_market(shop, "Nuevo ✨", shop.currency, ["JP", "KR"])
    elif fate < 2 * OFTEN and len(known) > 1:
        shop.remove("markets", market["id"])
    else:
        shop.drift("markets", market["id"], status="draft" if market["status"] == "active" else "active")
