"""The expected rows of a correct copy of a simulated Tiendanube shop.

They have only the columns that the platform determines; ids are those of the manual, `database`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.content import is_published
from storesync.simulator.tiendanube.lists import visible
from storesync.simulator.tiendanube.orders import is_nameless, parcels
from storesync.simulator.truth import Row, Rows, by_id, columns, local_day, sql_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

STAMPS = "created_at updated_at"
MONEY = "currency subtotal discount_total shipping_total total item_quantity"
DISCOUNTS = ("code", "promotion", "gateway")


def truth(shop: Shop, resource: str) -> dict[str, Rows]:
    """Return table name → id → columns of *resource*; of checkouts, those that are listed now."""
    return MAKERS[resource](shop, visible(shop, resource).values())


def _rows(records: Iterable[Record], names: str) -> Rows:
    return by_id((record["id"], columns(record, names)) for record in records)


def _products(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
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
        # The platform knows one barcode of a variant, and not its type.
        "variant_barcodes": by_id(
            (
                f"{entry['id']}:1",
                columns(entry, "product_id barcode", variant_id=entry["id"], position=1, type=None),
            )
            for record in products
            for entry in record["variants"]
            if entry["barcode"]
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


def _categories(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    return {"categories": _rows(records, f"kind parent_id name path handle visibility {STAMPS}")}


def _customers(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
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


def _orders(shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    orders = list(records)
    shown = [parcel for record in orders for parcel in parcels(shop, record)]
    return {
        "orders": by_id((record["id"], _order(record)) for record in orders),
        "order_lines": by_id((entry["id"], _line(entry)) for record in orders for entry in record["lines"]),
        "order_discounts": by_id(row for record in orders for row in _discounts(record)),
        # One payment per order, with the order's id; its other columns are derived from the order.
        "order_payments": by_id(
            (record["id"], columns(record, "currency", order_id=record["id"])) for record in orders
        ),
        "order_refunds": {},
        "order_refund_lines": {},
        "order_fulfillments": _rows(
            shown,
            "order_id number status shipping_type carrier service tracking_number tracking_url quantity "
            f"price cost currency shipped_at {STAMPS}",
        ),
        "order_fulfillment_lines": _rows(
            (entry for parcel in shown for entry in parcel["lines"]),
            "fulfillment_id order_id order_line_id quantity",
        ),
    }


def _order(record: Record) -> Row:
    """Return an order's columns; the platform reports no taxes, and no amount of a partial refund."""
    refunded: Decimal | None = Decimal(0)
    if record["payment_status"] == "refunded":
        refunded = record["total"]
    elif record["payment_status"] == "partially_refunded":
        refunded = None
    return columns(
        record,
        "number name status payment_status fulfillment_status cancel_reason channel customer_id "
        "tax_id currency subtotal discount_total shipping_total total item_quantity lines_count discount_codes "
        "installments shipping_name shipping_city shipping_country shipping_zip note weight_kg "
        f"placed_at placed_on paid_at cancelled_at closed_at {STAMPS}",
        **_person(record),
        tax_total=None,
        current_total=record["total"],
        refunded_total=refunded,
    )


def _person(record: Record) -> Row:
    """Return the buyer's columns; placeholders do not count as names."""
    names = ("customer_name", "email", "phone")
    return {name: None if is_nameless(record) else record[name] for name in names}


def _line(record: Record) -> Row:
    """Return a line's columns; the platform does not spread discounts over lines."""
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


def _checkouts(shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    """Return the checkouts; they have no customer, no taxes, and not the order that they became."""
    checkouts = list(records)
    unknown = dict.fromkeys(("customer_id", "tax_total", "completed_at", "order_id", "expired_at"))
    names = f"{MONEY} recovery_url city province country {STAMPS}"
    return {
        "checkouts": by_id(
            (
                record["id"],
                columns(
                    record,
                    names,
                    **_person(record),
                    **unknown,
                    created_on=local_day(record["created_at"], shop.time_zone),
                ),
            )
            for record in checkouts
        ),
        "checkout_lines": by_id(row for record in checkouts for row in _basket_lines(record, "checkout_id")),
    }


def _draft_orders(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    """Return the draft orders; their number is 0, so they have no name."""
    drafts = list(records)
    unknown = dict.fromkeys(("name", "tax_total", "order_id"))
    names = f"status customer_id {MONEY} checkout_url note completed_at {STAMPS}"
    return {
        "draft_orders": by_id(
            (record["id"], columns(record, names, **_person(record), **unknown)) for record in drafts
        ),
        "draft_order_lines": by_id(row for record in drafts for row in _basket_lines(record, "draft_order_id")),
    }


def _basket_lines(record: Record, key: str) -> Iterable[tuple[str, Row]]:
    names = "position product_id variant_id sku name variant_name quantity price currency"
    for entry in record["lines"]:
        total = entry["price"] * entry["quantity"]
        yield entry["id"], columns(entry, names, total=total) | {key: record["id"]}


def _coupons(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    """Return the coupons, without the status, which the platform does not report."""
    names = "code kind value currency min_total usage_limit used_count combines starts_at ends_at"
    return {"coupons": _rows(records, names)}


def _locations(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    names = f"name is_default priority address1 number locality city province country zip {STAMPS}"
    return {"locations": _rows(records, names)}


def _inventory_levels(_shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    """Return the levels; their inventory item is the variant itself, since there are no separate items."""
    return {"inventory_levels": _rows(records, f"variant_id inventory_item_id location_id available {STAMPS}")}


def _pages(shop: Shop, records: Iterable[Record]) -> dict[str, Rows]:
    names = f"title handle body body_html seo_title seo_description {STAMPS}"
    untold = dict.fromkeys(("url_path", "published_at", "template_suffix"))
    return {
        "pages": by_id(
            (record["id"], columns(record, names, is_published=is_published(record, shop.now()), **untold))
            for record in records
        )
    }


MAKERS: dict[str, Callable[[Shop, Iterable[Record]], dict[str, Rows]]] = {
    "products": _products,
    "categories": _categories,
    "customers": _customers,
    "orders": _orders,
    "checkouts": _checkouts,
    "draft_orders": _draft_orders,
    "coupons": _coupons,
    "locations": _locations,
    "inventory_levels": _inventory_levels,
    "pages": _pages,
}
RESOURCES = tuple(MAKERS)
