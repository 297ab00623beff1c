"""Rows of abandoned checkouts and of draft orders, with their lines.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/AbandonedCheckout and …/objects/DraftOrder
"""

from collections.abc import Iterable, Sequence

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Count, Instant, Text, UnsetType
from storesync.platforms.shopify.customers import EmailAddress, PhoneNumber
from storesync.platforms.shopify.objects import (
    Address,
    MoneyBag,
    Person,
    Ref,
    full_name,
    linked,
    lower,
    shop_number,
)
from storesync.platforms.values import identifier, instant
from storesync.runtime.instants import day_of


class Buyer(Person):
    """The customer who buys."""

    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None


class Line(Ref):
    """A line of a checkout or a draft order. Only those of draft orders have a name beside the title."""

    product: Ref | None = None
    variant: Ref | None = None
    sku: Text = None
    title: Text = None
    name: Text = None
    variant_title: Text = None
    quantity: Count | UnsetType = UNSET
    original_unit_price_set: MoneyBag | None = None


class CheckoutLine(Line):
    """A line of a checkout."""

    discounted_total_price_with_code_discount: MoneyBag | None = None


class DraftOrderLine(Line):
    """A line of a draft order."""

    discounted_total_set: MoneyBag | None = None


class Basket(Ref):
    """What checkouts and draft orders have in common. Only draft orders have an e-mail and a telephone."""

    customer: Buyer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    email: Text = None
    phone: Text = None
    total_line_items_price_set: MoneyBag | None = None
    total_tax_set: MoneyBag | None = None
    total_price_set: MoneyBag | None = None
    completed_at: Instant = None
    created_at: Instant = None
    updated_at: Instant = None


class Checkout(Basket):
    """A checkout as it is stored."""

    abandoned_checkout_url: Text = None
    total_discount_set: MoneyBag | None = None
    line_items: list[CheckoutLine] | UnsetType | None = UNSET


class DraftOrder(Basket):
    """A draft order as it is stored."""

    name: Text = None
    status: Text = None
    currency_code: Text = None
    total_discounts_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag | None = None
    total_quantity_of_line_items: Count = None
    order: Ref | None = None
    invoice_url: Text = None
    note2: Text = None
    line_items: list[DraftOrderLine] | UnsetType | None = UNSET


def checkout_rows(checkout: Checkout, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a checkout.

    Shopify reports neither the order that it became nor its shipping costs, and the buyer's
    e-mail only where the buyer is a customer.
    """
    total = checkout.total_price_set
    paid = total.shop_money if total else None
    place = checkout.shipping_address or checkout.billing_address or Address()
    created_at = instant(checkout.created_at)
    row = {
        "id": identifier(checkout.id),
        **_buyer(checkout),
        "currency": (paid.currency_code if paid else None) or shop.currency,
        "subtotal": shop_number(checkout.total_line_items_price_set),
        "discount_total": shop_number(checkout.total_discount_set),
        "tax_total": shop_number(checkout.total_tax_set),
        "total": shop_number(total),
        "item_quantity": _quantity(checkout.line_items),
        "recovery_url": checkout.abandoned_checkout_url or None,
        "city": place.city or None,
        "province": place.province or None,
        "country": place.country_code_v2 or None,
        "completed_at": instant(checkout.completed_at),
        "created_on": day_of(created_at, shop.time_zone),
        "created_at": created_at,
        "updated_at": instant(checkout.updated_at),
    }
    if checkout.line_items is UNSET:
        return {"checkouts": [row]}
    lines = [
        _line(line, at, row, key="checkout_id", total=line.discounted_total_price_with_code_discount)
        for at, line in enumerate(checkout.line_items or (), 1)
    ]
    return {"checkouts": [row], "checkout_lines": lines}


def draft_order_rows(draft: DraftOrder, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a draft order."""
    row = {
        "id": identifier(draft.id),
        "name": draft.name or None,
        "status": lower(draft.status),
        **_buyer(draft),
        "currency": draft.currency_code or shop.currency,
        "subtotal": shop_number(draft.total_line_items_price_set),
        "discount_total": shop_number(draft.total_discounts_set),
        "shipping_total": shop_number(draft.total_shipping_price_set),
        "tax_total": shop_number(draft.total_tax_set),
        "total": shop_number(draft.total_price_set),
        "item_quantity": draft.total_quantity_of_line_items,
        "order_id": linked(draft.order),
        "checkout_url": draft.invoice_url or None,
        "note": draft.note2 or None,
        "completed_at": instant(draft.completed_at),
        "created_at": instant(draft.created_at),
        "updated_at": instant(draft.updated_at),
    }
    if draft.line_items is UNSET:
        return {"draft_orders": [row]}
    lines = [
        _line(line, at, row, key="draft_order_id", total=line.discounted_total_set)
        for at, line in enumerate(draft.line_items or (), 1)
    ]
    return {"draft_orders": [row], "draft_order_lines": lines}


def _buyer(basket: Basket) -> Row:
    """Return the buyer's columns, from the customer or else from the addresses."""
    customer, billing, shipping = basket.customer, basket.billing_address, basket.shipping_address
    email = customer.default_email_address if customer else None
    phone = customer.default_phone_number if customer else None
    homes = [address.phone for address in (billing, shipping) if address]
    return {
        "customer_id": linked(customer),
        "customer_name": _first(full_name(person) for person in (customer, billing, shipping)),
        "email": basket.email or (email.email_address if email else None) or None,
        "phone": _first((basket.phone, phone.phone_number if phone else None, *homes)),
    }


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text), None)


def _quantity(lines: Sequence[Line] | UnsetType | None) -> int | None:
    """Return the sum of the quantities of *lines*, None where they were not read."""
    quantities = None if lines is UNSET else [line.quantity for line in lines or ()]
    return None if quantities is None or UNSET in quantities else sum(each or 0 for each in quantities)


def _line(line: Line, position: int, owner: Row, *, key: str, total: MoneyBag | None) -> Row:
    """Return a line of the row *owner*. *key* is the column for the owner's id, *total* is after discounts."""
    return {
        "id": identifier(line.id),
        key: owner["id"],
        "position": position,
        "product_id": linked(line.product),
        "variant_id": linked(line.variant),
        "sku": line.sku or None,
        "name": line.title or line.name or None,
        "variant_name": line.variant_title or None,
        "quantity": None if line.quantity is UNSET else line.quantity,
        "price": shop_number(line.original_unit_price_set),
        "total": shop_number(total),
        "currency": owner["currency"],
        "created_at": None,
        "updated_at": None,
    }
