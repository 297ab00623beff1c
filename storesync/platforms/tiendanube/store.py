"""Parses the shop's description. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from storesync.errors import BadResponse
from storesync.model import Shop
from storesync.platforms.tiendanube.customers import country
from storesync.platforms.tiendanube.language import words
from storesync.platforms.values import Unreadable, identifier, text

CAPITALS = {
    "AR": "America/Argentina/Buenos_Aires",
    "BO": "America/La_Paz",
    "BR": "America/Sao_Paulo",
    "CL": "America/Santiago",
    "CO": "America/Bogota",
    "CR": "America/Costa_Rica",
    "DO": "America/Santo_Domingo",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "GT": "America/Guatemala",
    "MX": "America/Mexico_City",
    "PA": "America/Panama",
    "PE": "America/Lima",
    "PT": "Europe/Lisbon",
    "PY": "America/Asuncion",
    "US": "America/New_York",
    "UY": "America/Montevideo",
    "VE": "America/Caracas",
}
"""Time zones by country: the platform reports none, so a shop gets that of its country's capital."""


def shop_of(store: Mapping[str, Any], key: str) -> Shop:
    """Return the shop that *store*, the answer of ``GET /store``, describes. Raises `BadResponse` without an id.

    https://tiendanube.github.io/api-documentation/resources/store
    """
    try:
        shop_id = identifier(store.get("id"))
    except Unreadable:
        raise BadResponse("the shop does not say its id") from None
    domains = store.get("domains")
    others = [text(one) for one in domains] if isinstance(domains, list) else []
    domain = text(store.get("original_domain")) or next((one for one in others if one), None)
    where = country(store.get("country"))
    shop = Shop(
        id=shop_id,
        key=key,
        name=domain or key,
        domain=domain or "",
        url=text(store.get("url_with_protocol")) or (f"https://{domain}" if domain else None),
        country=where,
        language=text(store.get("main_language")),
        currency=text(store.get("main_currency")),
        time_zone=CAPITALS.get(where or ""),
        plan=text(store.get("plan_name")),
    )
    return replace(shop, name=words(store.get("name"), shop) or shop.name)
