"""Creates the companies that buy from a simulated shop, each with its locations.

They are made when they are first read.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.words import STREETS

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

COUNT = 8
FIRST_ID = 2_300_000_000
NAMES = ("Ferretería Ñuñoa", "Casa Ópera", "Lojas Açaí", "Northwind ❄", "Müller & Söhne", "Depósito 24 h")
TERMS = ((None, None), ("Due on receipt", None), ("Net 30", 30), ("Net 60", 60))
KINDS = ("billing", "shipping")
ADDRESS = ("company", "name", "address1", "city", "province", "country", "zip", "phone")
OFTEN = 0.2


def begin(shop: Shop) -> None:
    """Let companies buy from the shop, unless they do already."""
    if shop.state.get("has companies"):
        return
    shop.state["has companies"] = True
    chance, span = shop.chance("companies"), shop.now() - shop.created_at
    for _ in range(COUNT):
        add_company(shop, (shop.created_at + span * chance.random()).replace(microsecond=0))


def add_company(shop: Shop, at: datetime) -> Record:
    """Add a company with a location or two; a customer of the shop acts for it, if there is any."""
    chance = shop.chance("companies")
    customers = list(shop.resources["customers"])
    number = _number(shop, "companies")
    company: Record = {
        "id": number,
        "name": f"{chance.choice(NAMES)} {number[-3:]}",
        "external_id": f"ERP-{number}" if chance.random() > OFTEN else None,
        "note": "Llamar antes ☎" if chance.random() < OFTEN else None,
        "main_contact_id": f"{number}1" if customers else None,
        "customer_id": chance.choice(customers) if customers else None,
        "locations_count": 0,
        **_sales(shop),
        "customer_since": at - timedelta(days=chance.randrange(300)),
        "created_at": at,
        "updated_at": at,
    }
    shop.resources["companies"][number] = company
    for _ in range(1 + chance.randrange(2)):
        add_location(shop, company)
    return company


def add_location(shop: Shop, company: Record) -> Record:
    """Add a location of *company*."""
    chance, at = shop.chance("companies"), company["created_at"]
    number = _number(shop, "company_locations")
    terms, days = chance.choice(TERMS)
    location: Record = {
        "id": number,
        "company_id": company["id"],
        "name": f"{company['name']} · {chance.choice(shop.place.cities)[0]}",
        "external_id": None,
        "note": "Timbre 2 🔔" if chance.random() < OFTEN else None,
        "phone": _phone(shop),
        "locale": shop.language,
        "presentment_currency": shop.currency,
        **_sales(shop),
        "is_tax_exempt": chance.random() < OFTEN,
        "tax_id": f"{chance.randrange(10**11):011}",
        "payment_terms": terms,
        "due_in_days": days,
        "checkout_to_draft": chance.random() < OFTEN,
        "editable_shipping_address": chance.random() > OFTEN,
        **{key: value for kind in KINDS for key, value in _address(shop, company, kind).items()},
        "created_at": at,
        "updated_at": at,
    }
    shop.resources["company_locations"][number] = location
    company["locations_count"] += 1
    return location


def remove_company(shop: Shop, company_id: str) -> None:
    """Delete a company, and its locations with it."""
    locations = shop.resources["company_locations"]
    for location in [one["id"] for one in locations.values() if one["company_id"] == company_id]:
        shop.remove("company_locations", location)
    shop.remove("companies", company_id)


def happen(shop: Shop) -> None:
    """Let a company come, change or go, in a shop of which they have been read."""
    known = list(shop.resources["companies"].values())
    chance = shop.chance("companies")
    if not known or chance.random() > OFTEN:
        return
    company, fate = chance.choice(known), chance.random()
    if fate < OFTEN:
        add_company(shop, shop.now())
    elif fate < 2 * OFTEN and len(known) > 1:
        remove_company(shop, company["id"])
    else:
        shop.touch("companies", company["id"], note="Editado ✏️", **_sales(shop))
        for location in shop.resources["company_locations"].values():
            if location["company_id"] == company["id"]:
                shop.touch("company_locations", location["id"], phone=_phone(shop))


def _number(shop: Shop, kind: str) -> str:
    shop.counters[kind] = max(FIRST_ID, shop.counters[kind]) + 1 + shop.chance("companies").randrange(3)
    return str(shop.counters[kind])


def _sales(shop: Shop) -> Record:
    chance = shop.chance("companies")
    return {"orders_count": chance.randrange(40), "total_spent": Decimal(chance.randrange(10**6)).scaleb(-2)}


def _phone(shop: Shop) -> str:
    return f"{shop.place.phone}{shop.chance('companies').randrange(10**7):07}"


def _address(shop: Shop, company: Record, kind: str) -> Record:
    """Return an address; some locations have none."""
    chance = shop.chance("companies")
    if chance.random() < OFTEN:
        return dict.fromkeys(f"{kind}_{part}" for part in ADDRESS)
    city, province, code = chance.choice(shop.place.cities)
    values = (
        company["name"],
        f"Recepción {chance.randrange(9)}",
        f"{chance.choice(STREETS)} {chance.randrange(1, 3000)}",
        *(city, province, shop.country, code, _phone(shop)),
    )
    return {f"{kind}_{part}": value for part, value in zip(ADDRESS, values, strict=True)}
