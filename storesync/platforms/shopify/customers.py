"""Rows of customers and their addresses.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Customer
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Digits, Instant, Text, UnsetType
from storesync.platforms.shopify.objects import (
    Address,
    Money,
    Object,
    Person,
    Ref,
    full_name,
    linked,
    listed,
    lower,
    money,
)
from storesync.platforms.values import identifier, instant, integer


class EmailAddress(Object):
    """Where a customer's e-mail goes, and whether it may."""

    email_address: Text = None
    marketing_state: Text = None
    marketing_updated_at: Instant = None


class PhoneNumber(Object):
    """A customer's telephone."""

    phone_number: Text = None


class TaxSettings(Object):
    """What Shopify knows of a customer's taxes."""

    tax_id: Text = None


class Customer(Person):
    """A customer as it is stored."""

    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None
    tax_settings: TaxSettings | None = None
    locale: Text = None
    state: Text = None
    note: Text = None
    tags: list[Text] | UnsetType | None = UNSET
    number_of_orders: Digits = None
    amount_spent: Money | None = None
    last_order: Ref | None = None
    default_address: Address | UnsetType | None = UNSET
    addresses_v2: list[Address] | UnsetType | None = UNSET
    created_at: Instant = None
    updated_at: Instant = None


def customer_rows(customer: Customer, shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a customer."""
    row = _customer(customer, shop)
    if customer.addresses_v2 is UNSET:
        return {"customers": [row]}
    home = customer.default_address
    default = UNSET if home is UNSET else linked(home)
    addresses = [_address(each, row["id"], default) for each in customer.addresses_v2 or ()]
    return {"customers": [row], "customer_addresses": addresses}


def _customer(customer: Customer, shop: Shop) -> Row:
    email, phone, taxes = customer.default_email_address, customer.default_phone_number, customer.tax_settings
    marketing = email.marketing_state if email else None
    spent, home = customer.amount_spent, customer.default_address or None
    return {
        "id": identifier(customer.id),
        "name": full_name(customer),
        "first_name": customer.first_name or None,
        "last_name": customer.last_name or None,
        "email": email.email_address or None if email else None,
        "phone": phone.phone_number or None if phone else None,
        "tax_id": taxes.tax_id or None if taxes else None,
        "locale": customer.locale or None,
        "state": lower(customer.state),
        "note": customer.note or None,
        "tags": listed(customer.tags),
        "accepts_marketing": None if marketing is None else int(marketing == "SUBSCRIBED"),
        "accepts_marketing_at": instant(email.marketing_updated_at) if email else None,
        "orders_count": integer(customer.number_of_orders),
        "total_spent": money(spent),
        "currency": (spent.currency_code if spent else None) or shop.currency,
        "last_order_id": linked(customer.last_order),
        "city": home.city or None if home else None,
        "province": home.province or None if home else None,
        "country": home.country_code_v2 or None if home else None,
        "zip": home.zip or None if home else None,
        "created_at": instant(customer.created_at),
        "updated_at": instant(customer.updated_at),
    }


def _address(address: Address, customer_id: str, default: str | UnsetType | None) -> Row:
    address_id = identifier(address.id)
    return {
        "id": address_id,
        "customer_id": customer_id,
        "is_default": None if default is UNSET else int(address_id == default),
        "name": full_name(address),
        "company": address.company or None,
        "address1": address.address1 or None,
        "floor": address.address2 or None,
        "city": address.city or None,
        "province": address.province or None,
        "country": address.country_code_v2 or None,
        "zip": address.zip or None,
        "phone": address.phone or None,
        "created_at": None,
        "updated_at": None,
    }
