"""Rows of markets: where the shop sells, in which currency, with which taxes in its prices.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Market. Shopify tells no update time of them.
"""

from msgspec import field

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Flag, Text, UnsetType
from storesync.platforms.shopify.objects import Object, Ref, flag, listed, lower
from storesync.platforms.values import identifier


class Currency(Object):
    """A currency of a market."""

    currency_code: Text = None


class CurrencySettings(Object):
    """The currencies that a market sells in."""

    base_currency: Currency | None = None
    local_currencies: Flag = None
    rounding_enabled: Flag = None


class PriceInclusions(Object):
    """What is in the prices."""

    inclusive_tax_pricing_strategy: Text = None
    inclusive_duties_pricing_strategy: Text = None


class Region(Object):
    """A country; a region of another kind has no code."""

    typename: Text = field(default=None, name="__typename")
    code: Text | UnsetType = UNSET
    name: Text | UnsetType = UNSET


class PageInfo(Object):
    """Whether a list goes on."""

    has_next_page: Flag = None


class Regions(Object):
    """The first 250 regions: there are fewer countries."""

    nodes: list[Region] | None = None
    page_info: PageInfo | None = None


class RegionsCondition(Object):
    """Where the customers are."""

    application_level: Text = None
    regions: Regions | None = None


class Conditions(Object):
    """Who buys in a market."""

    condition_types: list[Text] | UnsetType | None = UNSET
    regions_condition: RegionsCondition | UnsetType | None = UNSET


class Market(Ref):
    """A market as it is stored."""

    name: Text = None
    handle: Text = None
    status: Text = None
    type: Text = None
    currency_settings: CurrencySettings | None = None
    price_inclusions: PriceInclusions | None = None
    conditions: Conditions | UnsetType | None = UNSET


NOBODY = Conditions(condition_types=None, regions_condition=None)
"""The conditions of a market that applies to nobody."""


def market_rows(market: Market, _: Shop) -> dict[str, list[Row]]:
    """Return the row of a market."""
    money, prices = market.currency_settings or CurrencySettings(), market.price_inclusions or PriceInclusions()
    conditions = Conditions() if market.conditions is UNSET else market.conditions or NOBODY
    where, kinds = conditions.regions_condition, conditions.condition_types
    row = {
        "id": identifier(market.id),
        "name": market.name or None,
        "handle": market.handle or None,
        "status": lower(market.status),
        "type": lower(market.type),
        "condition_types": listed(kinds if kinds is UNSET else [lower(one) for one in kinds or ()]),
        "applies_to": None if where is UNSET or where is None else lower(where.application_level),
        "countries": listed(UNSET if where is UNSET else _countries(where)),
        "currency": money.base_currency.currency_code or None if money.base_currency else None,
        "local_currencies": flag(money.local_currencies),
        "rounds_prices": flag(money.rounding_enabled),
        "taxes_in_prices": lower(prices.inclusive_tax_pricing_strategy),
        "duties_in_prices": lower(prices.inclusive_duties_pricing_strategy),
        "created_at": None,
        "updated_at": None,
    }
    return {"markets": [row]}


def _countries(where: RegionsCondition | None) -> list[str] | UnsetType:
    """Return the codes of the countries, of other regions the names; `UNSET` where they are not all there."""
    if where is None:
        return []
    regions = where.regions
    if regions is None or regions.nodes is None or regions.page_info is None or regions.page_info.has_next_page:
        return UNSET
    found: list[str | UnsetType | None] = [
        one.code if one.typename == "MarketRegionCountry" else one.name for one in regions.nodes
    ]
    return UNSET if UNSET in found else [one for one in found if one]
