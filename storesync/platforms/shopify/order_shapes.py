"""An order as it is stored, with its lines and its shipping.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Order
"""

from typing import Any

from storesync.platforms.shapes import UNSET, Count, Flag, Id, Instant, Number, Text, UnsetType
from storesync.platforms.shopify.discounts import DiscountApplication, Discounted
from storesync.platforms.shopify.objects import Address, MoneyBag, Object, Person, Ref
from storesync.platforms.shopify.payments import Transaction


class TaxLine(Object):
    """A tax on a line; *rate* is its share of the price without it."""

    price_set: MoneyBag | UnsetType | None = UNSET
    rate: Number = None


class LineItem(Discounted):
    """A line of an order."""

    id: Id = None
    title: Text = None
    variant_title: Text = None
    sku: Text = None
    vendor: Text = None
    quantity: Count = None
    current_quantity: Count = None
    requires_shipping: Flag = None
    is_gift_card: Flag = None
    product: Ref | None = None
    variant: Ref | None = None
    custom_attributes: list[Any] | UnsetType | None = UNSET
    original_unit_price_set: MoneyBag | None = None
    original_total_set: MoneyBag | UnsetType | None = UNSET
    tax_lines: list[TaxLine] | UnsetType | None = UNSET


class ShippingLine(Discounted):
    """A way of shipping that an order pays for."""

    id: Id = None
    title: Text = None
    code: Text = None
    carrier_identifier: Text = None
    original_price_set: MoneyBag | None = None
    discounted_price_set: MoneyBag | None = None
    tax_lines: list[TaxLine] | UnsetType | None = UNSET


class CashRounding(Object):
    """What payments and refunds in cash were rounded by, beyond what was received and refunded."""

    payment_set: MoneyBag | None = None
    refund_set: MoneyBag | None = None


class LocalizedField(Object):
    """What a country asks of its buyers."""

    key: Text = None
    value: Text = None


class Order(Object):
    """An order as it is stored, without its refunds and fulfilments, which are parts of their own."""

    id: Id = None
    name: Text = None
    number: Count = None
    created_at: Instant = None
    updated_at: Instant = None
    processed_at: Instant = None
    cancelled_at: Instant | UnsetType = UNSET
    closed_at: Instant | UnsetType = UNSET
    closed: Flag | UnsetType = UNSET
    test: Flag = None
    cancel_reason: Text = None
    display_financial_status: Text = None
    display_fulfillment_status: Text = None
    return_status: Text = None
    currency_code: Text = None
    presentment_currency_code: Text = None
    taxes_included: Flag = None
    email: Text = None
    phone: Text = None
    note: Text = None
    tags: list[Any] | UnsetType | None = UNSET
    source_name: Text = None
    discount_codes: list[Any] | UnsetType | None = UNSET
    payment_gateway_names: list[Any] | None = None
    app: Ref | None = None
    customer: Person | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    original_total_price_set: MoneyBag | None = None
    total_price_set: MoneyBag | None = None
    total_tax_set: MoneyBag | UnsetType | None = UNSET
    total_discounts_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag | None = None
    total_tip_received_set: MoneyBag | None = None
    total_refunded_set: MoneyBag | None = None
    total_received_set: MoneyBag | None = None
    current_total_price_set: MoneyBag | None = None
    total_outstanding_set: MoneyBag | None = None
    current_total_duties_set: MoneyBag | UnsetType | None = UNSET
    duties_included: Flag = None
    current_total_additional_fees_set: MoneyBag | UnsetType | None = UNSET
    total_cash_rounding_adjustment: CashRounding | None = None
    subtotal_line_items_quantity: Count = None
    total_weight: Number = None
    transactions: list[Transaction] | UnsetType | None = UNSET
    line_items: list[LineItem] | UnsetType | None = UNSET
    shipping_lines: list[ShippingLine] | UnsetType | None = UNSET
    discount_applications: list[DiscountApplication] | UnsetType | None = UNSET
    localized_fields: list[LocalizedField] | None = None
