"""What a faithful copy of a simulated Tiendanube shop holds.

Only columns that the platform decides are here; ids are those of README, "Tables".
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.truth import Row, Rows, by_id, columns, sql_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

STAMPS = "created_at updated_at"
DISCOUNTS = ("code", "promotion", "gateway")


def truth(shop: Shop, resource: str) -> dict[str, Rows]:
    """Return table name → id → columns of *resource*."""
    records = shop.resources[resource].values()
    return {"products": _products, "categories": _categories, "customers": _customers, "orders": _orders}[resource](
        records
    )


def _rows(records: Iterable[Record], names: str) -> Rows:
    return by_id((record["id"], columns(record, names)) for record in records)


def _products(records: Iterable[Record]) -> dict[str, Rows]:
    products = list(records)
    return {
        "products": _rows(
            products,
            "name handle status vendor tags options price_min price_max currency inventory_quantity "
            f"variants_count image_url free_shipping requires_shipping {STAMPS}",
        ),
        "variants": _rows(
            (entry for record in products for entry in record["variants"]),
            "product_id position sku barcode option1 option2 option3 price compare_at_price cost currency "
            f"tracks_inventory inventory_quantity inventory_item_id weight_kg width_cm image_id {STAMPS}",
        ),
        "product_images": _rows(
            (entry for record in products for entry in record["images"]), f"product_id position url {STAMPS}"
        ),
        "product_categories": by_id(
            (f"{record['id']}:{shelf}", {"product_id": record["id"], "category_id": shelf})
            for record in products
            for shelf in record["category_ids"]
        ),
    }


def _categories(records: Iterable[Record]) -> dict[str, Rows]:
    return {"categories": _rows(records, f"kind parent_id name path handle visibility {STAMPS}")}


def _customers(records: Iterable[Record]) -> dict[str, Rows]:
    customers = list(records)
    names = f"name email phone tax_id note accepts_marketing total_spent currency last_order_id {STAMPS}"
    return {
        # The platform does not count a customer's orders.
        "customers": by_id((record["id"], columns(record, names, orders_count=None)) for record in customers),
        "customer_addresses": _rows(
            (entry for record in customers for entry in record["addresses"]),
            f"customer_id is_default name address1 number floor locality city province country zip phone {STAMPS}",
        ),
    }


def _orders(records: Iterable[Record]) -> dict[str, Rows]:
    orders = list(records)
    parcels = [parcel for record in orders for parcel in record["fulfillments"]]
    return {
        "orders": by_id((record["id"], _order(record)) for record in orders),
        "order_lines": by_id((entry["id"], _line(entry)) for record in orders for entry in record["lines"]),
        "order_discounts": by_id(row for record in orders for row in _discounts(record)),
        # One payment an order, named after it; what it holds beyond that is the platform's guess.
        "order_payments": by_id(
            (record["id"], columns(record, "currency", order_id=record["id"])) for record in orders
        ),
        "order_refunds": {},
        "order_refund_lines": {},
        "order_fulfillments": _rows(
            parcels,
            "order_id number status shipping_type carrier service tracking_number tracking_url quantity "
            f"price cost currency shipped_at {STAMPS}",
        ),
        "order_fulfillment_lines": _rows(
            (entry for parcel in parcels for entry in parcel["lines"]),
            "fulfillment_id order_id order_line_id quantity",
        ),
    }


def _order(record: Record) -> Row:
    """Return an order's columns; the platform tells no taxes, and no amount of a partial refund."""
    refunded: Decimal | None = Decimal(0)
    if record["payment_status"] == "refunded":
        refunded = record["total"]
    elif record["payment_status"] == "partially_refunded":
        refunded = None
    return columns(
        record,
        "number name status payment_status fulfillment_status cancel_reason channel customer_id "
        "customer_name email phone tax_id currency subtotal discount_total shipping_total total "
        "item_quantity lines_count discount_codes installments shipping_name shipping_city "
        "shipping_country shipping_zip note weight_kg placed_at placed_on paid_at cancelled_at closed_at "
        f"{STAMPS}",
        tax_total=None,
        current_total=record["total"],
        refunded_total=refunded,
    )


def _line(record: Record) -> Row:
    """Return a line's columns; the platform spreads no discount over lines."""
    return columns(
        record,
        "order_id product_id variant_id sku barcode quantity price cost currency",
        discount_total=None,
        total=record["price"] * record["quantity"],
    )


def _discounts(record: Record) -> Iterable[tuple[str, Row]]:
    given = sorted(record["discounts"], key=lambda entry: DISCOUNTS.index(entry["kind"]))
    for number, entry in enumerate(given, 1):
        row = {name: sql_value(entry[name]) for name in ("order_id", "kind", "code", "amount", "currency")}
        yield f"{record['id']}:{number}", row
