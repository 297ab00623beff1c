"""Creates a simulated shop's customers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.catalogue import handle, moment
from storesync.simulator.words import FIRST_NAMES, HOSTILE, LAST_NAMES, STREETS

if TYPE_CHECKING:
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]


def fill_customers(shop: Shop, count: int, start: datetime, until: datetime) -> None:
    """Add *count* customers."""
    for _ in range(count):
        add_customer(shop, moment(shop, start, until))


def add_customer(shop: Shop, at: datetime) -> Record:
    """Add one customer, most with an address, a few with two or none."""
    chance = shop.random
    number = len(shop.resources["customers"])
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    if number % 41 == 7:  # noqa: PLR2004 - rare, but in every shop of some size
        first = HOSTILE[number // 41 % len(HOSTILE)]
    customer_id = shop.next_id("customers")
    customer: Record = {
        "id": customer_id,
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "email": f"{handle(first + ' ' + last) or 'li'}.{customer_id[-6:]}@example.com",
        "phone": None if number % 4 == 0 else f"{shop.place.phone}{chance.randrange(10**7):07}",
        "tax_id": _tax_id(shop, customer_id),
        "locale": shop.language,
        "state": "enabled" if shop.platform == "shopify" else None,
        "note": "VIP ⭐" if number % 20 == 0 else None,
        "tags": ["vip"] if shop.platform == "shopify" and number % 20 == 0 else [],
        "accepts_marketing": shop.happens(0.5),
        "accepts_marketing_at": at,
        "orders_count": 0,
        "total_spent": Decimal("0.00"),
        "currency": shop.currency,
        "last_order_id": None,
        "created_at": at,
        "updated_at": at,
    }
    homes = range((0, 1, 1, 1, 2)[number % 5])
    customer["addresses"] = [_address(shop, customer, is_default=home == 0) for home in homes]
    summarise(customer)
    shop.resources["customers"][customer_id] = customer
    return customer


def _tax_id(shop: Shop, customer_id: str) -> str | None:
    """Return a tax id: on Tiendanube everybody has one, on Shopify two of three, made from the customer's id."""
    if shop.platform == "tiendanube":
        return str(20_000_000 + shop.random.randrange(10**7))
    return str(20_000_000 + int(customer_id) % 10**7) if int(customer_id) % 3 else None


def summarise(customer: Record) -> None:
    """Update the customer's own place from the default address."""
    home = customer["addresses"][0] if customer["addresses"] else {}
    customer.update({name: home.get(name) for name in ("city", "province", "country", "zip")})


def _address(shop: Shop, customer: Record, *, is_default: bool) -> Record:
    chance = shop.random
    city, province, code = chance.choice(shop.place.cities)
    return {
        "id": shop.next_id("customer_addresses"),
        "customer_id": customer["id"],
        "is_default": is_default,
        "name": customer["name"],
        "company": None,
        "address1": chance.choice(STREETS),
        "number": str(chance.randrange(1, 3000)),
        "floor": "3º B" if shop.happens(0.2) else None,
        "locality": "Centro" if shop.happens(0.4) else None,
        "city": city,
        "province": province,
        "country": shop.country,
        "zip": code,
        "phone": customer["phone"],
        "created_at": customer["created_at"],
        "updated_at": customer["created_at"],
    }
