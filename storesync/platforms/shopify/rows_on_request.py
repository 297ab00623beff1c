"""The types of records that are read on request, and what makes rows of them: loaded only where they are read."""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row
from storesync.platforms.shopify import (
    companies,
    content,
    fulfillment_orders,
    gift_cards,
    markets,
    metafields,
    price_lists,
    shopify_payments,
    tender_transactions,
    visits,
)

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "order_visits": {"record": visits.OrderVisits},
    "pages": {"record": content.Page},
    "blogs": {"record": content.Blog},
    "articles": {"record": content.Article},
    "gift_cards": {"record": gift_cards.GiftCard},
    "tender_transactions": {"record": tender_transactions.TenderTransaction},
    "payouts": {"record": shopify_payments.Payout},
    "balance_transactions": {"record": shopify_payments.BalanceTransaction},
    "disputes": {"record": shopify_payments.Dispute},
    "fulfillment_orders": {"record": fulfillment_orders.FulfillmentOrder},
    "companies": {"record": companies.Company},
    "company_locations": {"record": companies.CompanyLocation},
    "markets": {"record": markets.Market},
    "price_lists": {"record": price_lists.PriceList},
    "price_list_prices": {"record": price_lists.Price},
    "metafields": {"record": metafields.Metafield},
    "metafield_definitions": {"record": metafields.Definition},
}
"""The type of each part of a record."""

ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "order_visits": visits.order_visit_rows,
    "pages": content.page_rows,
    "blogs": content.blog_rows,
    "articles": content.article_rows,
    "gift_cards": gift_cards.gift_card_rows,
    "tender_transactions": tender_transactions.tender_transaction_rows,
    "payouts": shopify_payments.payout_rows,
    "balance_transactions": shopify_payments.balance_transaction_rows,
    "disputes": shopify_payments.dispute_rows,
    "fulfillment_orders": fulfillment_orders.fulfillment_order_rows,
    "companies": companies.company_rows,
    "company_locations": companies.company_location_rows,
    "markets": markets.market_rows,
    "price_lists": price_lists.price_list_rows,
    "price_list_prices": price_lists.price_rows,
    "metafields": metafields.metafield_rows,
    "metafield_definitions": metafields.definition_rows,
}
"""What makes rows of a record and its shop."""
