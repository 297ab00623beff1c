"""Rows of customers and their addresses.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/Customer
"""

from collections.abc import Mapping
from typing import Any

from storesync.model import Row, Shop
from storesync.platforms.shopify.amounts import inner, items, linked, listed
from storesync.platforms.values import identifier, instant, integer, lower, number, text


def customer_rows(parts: Mapping[str, Any], shop: Shop) -> dict[str, list[Row]]:
    """Return the rows of a customer."""
    record = parts["record"]
    customer = _customer(record, shop)
    addresses = [_address(each, customer["id"], record) for each in items(record, "addressesV2")]
    rows = {"customers": [customer], "customer_addresses": addresses}
    return rows if "addressesV2" in record else {"customers": [customer]}


def full_name(person: Any) -> str | None:
    """Return first and last name, else the name that Shopify displays (which may be an e-mail)."""
    if not isinstance(person, dict):
        return None
    first, last = text(person.get("firstName")), text(person.get("lastName"))
    is_half = ("firstName" in person) != ("lastName" in person)
    name = f"{first} {last}" if first and last else first or last
    # Half a name is none.
    return text(person.get("name") or person.get("displayName")) if is_half or not name else name


def _customer(record: Mapping[str, Any], shop: Shop) -> Row:
    marketing = inner(record, "defaultEmailAddress", "marketingState")
    home = inner(record, "defaultAddress")
    return {
        "id": identifier(record.get("id")),
        "name": full_name(record),
        "first_name": text(record.get("firstName")),
        "last_name": text(record.get("lastName")),
        "email": text(inner(record, "defaultEmailAddress", "emailAddress")),
        "phone": text(inner(record, "defaultPhoneNumber", "phoneNumber")),
        # https://shopify.dev/docs/api/admin-graphql/2026-10/objects/TaxSettings
        "tax_id": text(inner(record, "taxSettings", "taxId")),
        "locale": text(record.get("locale")),
        "state": lower(record.get("state")),
        "note": text(record.get("note")),
        "tags": listed(record, "tags"),
        "accepts_marketing": None if marketing is None else int(marketing == "SUBSCRIBED"),
        "accepts_marketing_at": instant(inner(record, "defaultEmailAddress", "marketingUpdatedAt")),
        "orders_count": integer(record.get("numberOfOrders")),
        "total_spent": number(record.get("amountSpent")),
        "currency": text(inner(record, "amountSpent", "currencyCode")) or shop.currency,
        "last_order_id": linked(record, "lastOrder"),
        "city": text(inner(home, "city")),
        "province": text(inner(home, "province")),
        "country": text(inner(home, "countryCodeV2")),
        "zip": text(inner(home, "zip")),
        "created_at": instant(record.get("createdAt")),
        "updated_at": instant(record.get("updatedAt")),
    }


def _address(record: Mapping[str, Any], customer_id: str, customer: Mapping[str, Any]) -> Row:
    address_id = identifier(record.get("id"))
    is_default = int(address_id == linked(customer, "defaultAddress")) if "defaultAddress" in customer else None
    return {
        "id": address_id,
        "customer_id": customer_id,
        "is_default": is_default,
        "name": full_name(record),
        "company": text(record.get("company")),
        "address1": text(record.get("address1")),
        "floor": text(record.get("address2")),
        "city": text(record.get("city")),
        "province": text(record.get("province")),
        "country": text(record.get("countryCodeV2")),
        "zip": text(record.get("zip")),
        "phone": text(record.get("phone")),
        "created_at": None,
        "updated_at": None,
    }
