"""Rows of price lists: what a catalog's goods cost there.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/PriceList. Shopify tells no times of them.
"""

from msgspec import field

from storesync.model import Row, Shop
from storesync.platforms.shapes import Count, Number, Text
from storesync.platforms.shopify.objects import Money, Object, Ref, linked, lower, money
from storesync.platforms.values import identifier, number

CATALOGS = {"MarketCatalog": "market", "CompanyLocationCatalog": "company_location", "AppCatalog": "app"}


class Adjustment(Object):
    """By how much prices differ from those of the shop."""

    type: Text = None
    value: Number = None


class Settings(Object):
    """What becomes of the struck-out price."""

    compare_at_mode: Text = None


class Parent(Object):
    """How prices are made of those of the shop."""

    adjustment: Adjustment | None = None
    settings: Settings | None = None


class Catalog(Ref):
    """The goods that have these prices, and for whom."""

    typename: Text = field(default=None, name="__typename")
    title: Text = None
    status: Text = None


class PriceList(Ref):
    """A price list as it is stored."""

    name: Text = None
    currency: Text = None
    fixed_prices_count: Count = None
    parent: Parent | None = None
    catalog: Catalog | None = None


class Price(Object):
    """A price of a variant as it is stored; which list it is of is added."""

    price_list: Ref | None = None
    variant: Ref | None = None
    price: Money | None = None
    compare_at_price: Money | None = None


def price_list_rows(found: PriceList, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a price list."""
    parent, catalog = found.parent or Parent(), found.catalog or Catalog()
    adjustment, settings = parent.adjustment or Adjustment(), parent.settings or Settings()
    row = {
        "id": identifier(found.id),
        "name": found.name or None,
        "currency": found.currency or None,
        "catalog_id": linked(catalog),
        "catalog_kind": CATALOGS.get(catalog.typename or ""),
        "catalog_title": catalog.title or None,
        "catalog_status": lower(catalog.status),
        "adjustment_type": lower(adjustment.type),
        "adjustment_value": number(adjustment.value),
        "compare_at_mode": lower(settings.compare_at_mode),
        "fixed_prices_count": found.fixed_prices_count,
        "created_at": None,
        "updated_at": None,
    }
    return {"price_lists": [row]}


def price_rows(found: Price, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a price."""
    list_id, variant_id = identifier(linked(found.price_list)), identifier(linked(found.variant))
    row = {
        "id": f"{list_id}:{variant_id}",
        "price_list_id": list_id,
        "variant_id": variant_id,
        "price": money(found.price),
        "compare_at_price": money(found.compare_at_price),
        "currency": found.price.currency_code or None if found.price else None,
        "created_at": None,
        "updated_at": None,
    }
    return {"price_list_prices": [row]}
