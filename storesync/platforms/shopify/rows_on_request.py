"""The types of records that are read on request, and what makes rows of them: loaded only where they are read."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify import companies, fulfillment_orders, markets, price_lists, visits

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "order_visits": {"record": visits.OrderVisits},
    "fulfillment_orders": {"record": fulfillment_orders.FulfillmentOrder},
    "companies": {"record": companies.Company},
    "company_locations": {"record": companies.CompanyLocation},
    "markets": {"record": markets.Market},
    "price_lists": {"record": price_lists.PriceList},
    "price_list_prices": {"record": price_lists.Price},
}
"""The type of each part of a record."""

ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "order_visits": visits.order_visit_rows,
    "fulfillment_orders": fulfillment_orders.fulfillment_order_rows,
    "companies": companies.company_rows,
    "company_locations": companies.company_location_rows,
    "markets": markets.market_rows,
    "price_lists": price_lists.price_list_rows,
    "price_list_prices": price_lists.price_rows,
}
"""What makes rows of a record and its shop."""
