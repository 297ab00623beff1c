"""Derives the table rows of a record from its stored parts. Pure.

The parts are the same however a record was read. There is one part ``record``; orders
have two more, ``refunds`` and ``fulfillments`` (lists), because a bulk operation cannot
read what is nested in them. Every nested connection is a plain list under its own name
(``lineItems``, ``variants``, ``addressesV2``, …), without ``nodes`` and ``pageInfo``.
A part that was not read is left out, and so are the rows that come from it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shapes import fitted, shaped
from storesync.platforms.shopify import (
    after_sale,
    baskets,
    catalog,
    coupons,
    customers,
    gift_cards,
    inventory,
    orders,
    shopify_payments,
    tender_transactions,
)

SEPARATE = ("refunds", "fulfillments")
PROOFS = frozenset({"mediaCount"})
"""Fields that only prove that a record's lists are whole; they are not stored."""
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "products": {"record": catalog.Product},
    "categories": {"record": catalog.Collection},
    "customers": {"record": customers.Customer},
    "orders": {
        "record": orders.Order,
        "refunds": list[after_sale.Refund],
        "fulfillments": list[after_sale.Fulfillment],
    },
    "checkouts": {"record": baskets.Checkout},
    "draft_orders": {"record": baskets.DraftOrder},
    "coupons": {"record": coupons.Coupon},
    "locations": {"record": inventory.Location},
    "inventory_levels": {"record": inventory.Level},
    "gift_cards": {"record": gift_cards.GiftCard},
    "tender_transactions": {"record": tender_transactions.TenderTransaction},
    "payouts": {"record": shopify_payments.Payout},
    "balance_transactions": {"record": shopify_payments.BalanceTransaction},
    "disputes": {"record": shopify_payments.Dispute},
}
"""The type of each part of a record."""

_ROWS: Mapping[str, Callable[..., dict[str, list[Row]]]] = {
    "products": catalog.product_rows,
    "categories": catalog.collection_rows,
    "customers": customers.customer_rows,
    "orders": orders.order_rows,
    "checkouts": baskets.checkout_rows,
    "draft_orders": baskets.draft_order_rows,
    "coupons": coupons.coupon_rows,
    "locations": inventory.location_rows,
    "inventory_levels": inventory.inventory_level_rows,
    "gift_cards": gift_cards.gift_card_rows,
    "tender_transactions": tender_transactions.tender_transaction_rows,
    "payouts": shopify_payments.payout_rows,
    "balance_transactions": shopify_payments.balance_transaction_rows,
    "disputes": shopify_payments.dispute_rows,
}
"""What makes rows of a record and its shop; further parts are given by name."""


def parts_of(resource: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a whole *record*, by name."""
    if resource != "orders":
        return {"record": {name: value for name, value in record.items() if name not in PROOFS}}
    own = {**record}
    for name in SEPARATE:
        own.pop(name, None)
    separate = {name: record[name] for name in SEPARATE if record.get(name) is not None}
    return {"record": own, **separate}


def records_of(resource: str, holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the records in a *holder* that was read by id or in bulk: itself, or the levels of an item."""
    return [*inventory.levels_of(holder)] if resource == "inventory_levels" else [holder]


def rows_of(resource: str, parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows by table of one record. Raises `Unreadable` for a value that no column can store."""
    fit = {name: fitted(SHAPES[resource][name], part) for name, part in parts.items()}
    return _ROWS[resource](fit.pop("record"), shop, **fit)


def read_part(resource: str, name: str, part: bytes) -> Any:
    """Return the part called *name*, a JSON text, as `rows_of` takes it soonest."""
    return shaped(SHAPES[resource][name], part)
