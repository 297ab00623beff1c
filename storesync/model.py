"""The words of the domain, as frozen data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shop:
    """What a platform says of a shop. *id* is its identity; *key* the part after the colon of the store's key."""

    id: str
    key: str
    name: str
    domain: str
    url: str | None = None
    country: str | None = None
    language: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    plan: str | None = None
