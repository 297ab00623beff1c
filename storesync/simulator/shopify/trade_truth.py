"""The expected rows of what is sent for orders, of companies, and of markets: see `truth`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator import companies, fulfillment, markets, price_lists
from storesync.simulator.truth import Row, Rows, by_id, columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

STAMPS = "created_at updated_at"


def _fulfillment_orders(shop: Shop) -> dict[str, Rows]:
    """Return what is to be sent, whoever may see it."""
    fulfillment.settle(shop)
    found = list(shop.resources["fulfillment_orders"].values())
    names = (
        "order_id status location_id location_name holds delivery_method delivery_name deliver_from deliver_by"
        " shipping_city shipping_province shipping_country item_quantity remaining_quantity fulfill_at fulfill_by"
        f" {STAMPS}"
    )
    return {
        "fulfillment_orders": by_id(
            (record["id"], columns(record, names, request_status="unsubmitted")) for record in found
        ),
        "fulfillment_order_lines": by_id(
            (line["id"], _line_to_send(shop, record, line, position))
            for record in found
            for position, line in enumerate(record["lines"], 1)
        ),
    }


def _line_to_send(shop: Shop, record: Record, line: Record, position: int) -> Row:
    owner = {"fulfillment_order_id": record["id"], "order_id": record["order_id"], "position": position}
    row = columns(line, "order_line_id sku name variant_name quantity remaining_quantity requires_shipping", **owner)
    product = shop.resources["products"].get(line["product_id"], {"variants": []})
    there = any(variant["id"] == line["variant_id"] for variant in product["variants"])
    # The variant is null once it is deleted; an earlier copy may still have it.
    return row | (columns(line, "variant_id") if there else {})


def _companies(shop: Shop) -> dict[str, Rows]:
    companies.begin(shop)
    names = f"name external_id note locations_count orders_count total_spent customer_since {STAMPS}"
    return {
        "companies": by_id(
            (
                record["id"],
                columns(record, names, contacts_count=1, currency=shop.currency) | _contact(shop, record),
            )
            for record in shop.resources["companies"].values()
        )
    }


def _contact(shop: Shop, record: Record) -> Row:
    """Return who acts for the company, unless that customer was deleted; an earlier copy may still have it."""
    customer = _customer(shop, record)
    return customer and customer | columns(record, "main_contact_id")


def _customer(shop: Shop, company: Record) -> Row:
    there = company["customer_id"] is None or company["customer_id"] in shop.resources["customers"]
    return columns(company, "customer_id") if there else {}


def _company_locations(shop: Shop) -> dict[str, Rows]:
    companies.begin(shop)
    address = [f"{kind}_{part}" for kind in companies.KINDS for part in companies.ADDRESS]
    names = (
        "company_id name external_id note phone locale orders_count total_spent presentment_currency is_tax_exempt"
        f" tax_id payment_terms due_in_days checkout_to_draft editable_shipping_address {' '.join(address)} {STAMPS}"
    )
    return {
        "company_locations": by_id(
            (
                record["id"],
                columns(record, names, currency=shop.currency)
                | _customer(shop, shop.resources["companies"][record["company_id"]]),
            )
            for record in shop.resources["company_locations"].values()
        )
    }


def _markets(shop: Shop) -> dict[str, Rows]:
    markets.begin(shop)
    names = (
        "name handle status type condition_types applies_to countries currency local_currencies rounds_prices"
        " taxes_in_prices duties_in_prices"
    )
    found = shop.resources["markets"].values()
    return {"markets": by_id((record["id"], columns(record, names)) for record in found)}


def _price_lists(shop: Shop) -> dict[str, Rows]:
    price_lists.begin(shop)
    names = (
        "name currency catalog_id catalog_kind catalog_title catalog_status adjustment_type adjustment_value"
        " compare_at_mode"
    )
    found = shop.resources["price_lists"].values()
    return {
        "price_lists": by_id(
            (record["id"], columns(record, names, fixed_prices_count=len(price_lists.prices(shop, record))))
            for record in found
        )
    }


def _prices(shop: Shop) -> dict[str, Rows]:
    price_lists.begin(shop)
    return {
        "price_list_prices": by_id(
            (
                f"{record['id']}:{entry['variant_id']}",
                columns(entry, "variant_id price compare_at_price", price_list_id=record["id"])
                | columns(record, "currency"),
            )
            for record in shop.resources["price_lists"].values()
            for entry in price_lists.prices(shop, record)
        )
    }


MAKERS: dict[str, Callable[[Shop], dict[str, Rows]]] = {
    "fulfillment_orders": _fulfillment_orders,
    "companies": _companies,
    "company_locations": _company_locations,
    "markets": _markets,
    "price_lists": _price_lists,
    "price_list_prices": _prices,
}
