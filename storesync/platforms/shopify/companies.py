"""Rows of companies that buy from the shop, and of their locations.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Company and …/objects/CompanyLocation
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import UNSET, Count, Flag, Instant, Text, UnsetType
from storesync.platforms.shopify.objects import (
    Money,
    Object,
    Person,
    Ref,
    Total,
    flag,
    full_name,
    linked,
    money,
)
from storesync.platforms.values import identifier, instant


class Contact(Ref):
    """The person who acts for a company, a customer of the shop."""

    customer: Ref | None = None


class Buyer(Ref):
    """What companies and their locations have in common."""

    name: Text = None
    external_id: Text = None
    note: Text = None
    orders_count: Total | None = None
    total_spent: Money | None = None
    created_at: Instant = None
    updated_at: Instant = None


class Company(Buyer):
    """A company as it is stored."""

    main_contact: Contact | None = None
    contacts_count: Total | None = None
    locations_count: Total | None = None
    customer_since: Instant = None


class Owner(Ref):
    """The company of a location."""

    main_contact: Contact | None = None


class Address(Person):
    """An address of a location, with the person or the department that gets what is sent there."""

    company_name: Text = None
    recipient: Text | UnsetType = UNSET
    address1: Text = None
    city: Text = None
    province: Text = None
    country_code: Text = None
    zip: Text = None
    phone: Text = None


class TaxSettings(Object):
    """How a location is taxed."""

    tax_exempt: Flag = None
    tax_registration_id: Text = None


class PaymentTerms(Object):
    """When a location pays; without days it is not a number of days after the order."""

    name: Text = None
    due_in_days: Count = None


class BuyerExperience(Object):
    """How a location buys."""

    checkout_to_draft: Flag = None
    editable_shipping_address: Flag = None
    payment_terms_template: PaymentTerms | None = None


class CompanyLocation(Buyer):
    """A location of a company as it is stored."""

    company: Owner | None = None
    phone: Text = None
    locale: Text = None
    currency: Text = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    tax_settings: TaxSettings | None = None
    buyer_experience_configuration: BuyerExperience | None = None


def company_rows(company: Company, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a company."""
    contact = company.main_contact or Contact()
    row = {
        **_buyer(company),
        "main_contact_id": linked(contact),
        "customer_id": linked(contact.customer),
        "contacts_count": _count(company.contacts_count),
        "locations_count": _count(company.locations_count),
        "currency": _currency(company.total_spent) or shop.currency,
        "customer_since": instant(company.customer_since),
    }
    return {"companies": [row]}


def company_location_rows(location: CompanyLocation, shop: Shop) -> dict[str, list[Row]]:
    """Return the row of a company's location; what it spent is in the shop's currency, which may not be its own."""
    owner = location.company or Owner()
    taxes = location.tax_settings or TaxSettings()
    buying = location.buyer_experience_configuration or BuyerExperience()
    terms = buying.payment_terms_template or PaymentTerms()
    row = {
        **_buyer(location),
        "company_id": linked(owner),
        "customer_id": linked(owner.main_contact.customer) if owner.main_contact else None,
        "phone": location.phone or None,
        "locale": location.locale or None,
        "presentment_currency": location.currency or None,
        "currency": _currency(location.total_spent) or shop.currency,
        "is_tax_exempt": flag(taxes.tax_exempt),
        "tax_id": taxes.tax_registration_id or None,
        "payment_terms": terms.name or None,
        "due_in_days": terms.due_in_days,
        "checkout_to_draft": flag(buying.checkout_to_draft),
        "editable_shipping_address": flag(buying.editable_shipping_address),
        **_address("billing", location.billing_address),
        **_address("shipping", location.shipping_address),
    }
    return {"company_locations": [row]}


def _buyer(found: Buyer) -> Row:
    return {
        "id": identifier(found.id),
        "name": found.name or None,
        "external_id": found.external_id or None,
        "note": found.note or None,
        "orders_count": _count(found.orders_count),
        "total_spent": money(found.total_spent),
        "created_at": instant(found.created_at),
        "updated_at": instant(found.updated_at),
    }


def _address(kind: str, found: Address | None) -> Row:
    """Return the columns of a *kind* of address."""
    address = found or Address()
    return {
        f"{kind}_company": address.company_name or None,
        f"{kind}_name": None if address.recipient is UNSET else address.recipient or full_name(address),
        f"{kind}_address1": address.address1 or None,
        f"{kind}_city": address.city or None,
        f"{kind}_province": address.province or None,
        f"{kind}_country": address.country_code or None,
        f"{kind}_zip": address.zip or None,
        f"{kind}_phone": address.phone or None,
    }


def _count(found: Total | None) -> int | None:
    return None if found is None else found.count


def _currency(found: Money | None) -> str | None:
    return found.currency_code or None if found else None
