"""Turns companies and their locations into Shopify's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.values import count, gid, instant, money

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def company_node(shop: Shop, record: Record) -> Node:
    """Return a ``Company``."""
    customer = record["customer_id"]
    # A contact goes with the customer that it is.
    is_there = customer in shop.resources["customers"]
    contact = {"id": gid("CompanyContact", record["main_contact_id"]), "customer": Link("Customer", customer)}
    return {
        **_buyer(shop, record),
        "id": gid("Company", record["id"]),
        "contactsCount": count(1),
        "customerSince": instant(record["customer_since"]),
        "locationsCount": count(record["locations_count"]),
        "mainContact": contact if is_there else None,
    }


def company_location_node(shop: Shop, record: Record) -> Node:
    """Return a ``CompanyLocation``."""
    terms = record["payment_terms"]
    template = {"id": gid("PaymentTermsTemplate", 1), "dueInDays": record["due_in_days"], "name": terms}
    return {
        **_buyer(shop, record),
        "id": gid("CompanyLocation", record["id"]),
        "billingAddress": _address(record, "billing"),
        "buyerExperienceConfiguration": {
            "checkoutToDraft": record["checkout_to_draft"],
            "editableShippingAddress": record["editable_shipping_address"],
            "paymentTermsTemplate": template if terms else None,
        },
        "company": Link("Company", record["company_id"]),
        "currency": record["presentment_currency"],
        "locale": record["locale"],
        "phone": record["phone"],
        "shippingAddress": _address(record, "shipping"),
        "taxSettings": {"taxExempt": record["is_tax_exempt"], "taxRegistrationId": record["tax_id"]},
    }


def _buyer(shop: Shop, record: Record) -> Node:
    return {
        "createdAt": instant(record["created_at"]),
        "externalId": record["external_id"],
        "name": record["name"],
        "note": record["note"],
        "ordersCount": count(record["orders_count"]),
        "totalSpent": money(record["total_spent"], shop.currency),
        "updatedAt": instant(record["updated_at"]),
    }


def _address(record: Record, kind: str) -> Node | None:
    if record[f"{kind}_address1"] is None:
        return None
    return {
        "id": gid("CompanyAddress", f"{record['id']}{len(kind)}"),
        "address1": record[f"{kind}_address1"],
        "city": record[f"{kind}_city"],
        "companyName": record[f"{kind}_company"],
        "countryCode": record[f"{kind}_country"],
        "firstName": None,
        "lastName": None,
        "phone": record[f"{kind}_phone"],
        "province": record[f"{kind}_province"],
        "recipient": record[f"{kind}_name"],
        "zip": record[f"{kind}_zip"],
    }
