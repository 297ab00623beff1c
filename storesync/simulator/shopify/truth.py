"""The expected rows of a correct copy of a simulated Shopify shop.

They have only the columns that the platform determines; ids are those of the manual, `database`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.baskets import discounted
from storesync.simulator.catalogue import barcodes
from storesync.simulator.offers import closes_at, opens_at, standing
from storesync.simulator.shopify import content_truth, money_truth, trade_truth
from storesync.simulator.shopify.metafield_truth import metafield_definitions, metafields
from storesync.simulator.shopify.orders import tax_id_of
from storesync.simulator.shopify.values import street
from storesync.simulator.truth import Row, Rows, by_id, columns, local_day
from storesync.simulator.visits import UTM, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

STAMPS = "created_at updated_at"
VISIT = ("visit_at", "source", "source_name", "source_type", "referrer_url", "landing_page", "referral_code", *UTM)
MONEY = "currency subtotal discount_total tax_total total item_quantity"


def truth(shop: Shop, resource: str) -> dict[str, Rows]:
    """Return table name → id → columns of *resource*."""
    return MAKERS[resource](shop)


def _rows(records: Iterable[Record], names: str) -> Rows:
    return by_id((record["id"], columns(record, names)) for record in records)


def _products(shop: Shop) -> dict[str, Rows]:
    products = list(shop.resources["products"].values())
    return {
        "products": by_id((record["id"], _product(record)) for record in products),
        "variants": by_id((entry["id"], _variant(entry)) for record in products for entry in record["variants"]),
        "variant_barcodes": by_id(
            (f"{entry['id']}:{position}", _barcode(entry, position, code, kind))
            for record in products
            for entry in record["variants"]
            for position, (code, kind) in enumerate(barcodes(entry), 1)
        ),
        "product_images": _rows(
            (entry for record in products for entry in record["images"]),
            "product_id position url alt width height",
        ),
    }


def _product(record: Record) -> Row:
    # Untracked stock is None; the platform's own total counts it as zero.
    tracked = [entry["inventory_quantity"] for entry in record["variants"] if entry["tracks_inventory"]]
    return columns(
        record,
        "name handle description description_html status tags options price_min price_max currency "
        f"variants_count image_url is_gift_card seo_title seo_description published_at {STAMPS}",
        vendor=record["vendor"] or None,
        product_type=record["product_type"] or None,
        url=record["url"] if record["status"] == "active" else None,
        inventory_quantity=sum(tracked) if tracked else None,
    )


def _variant(entry: Record) -> Row:
    return columns(
        entry,
        "product_id name option1 option2 option3 image_id position sku barcode price compare_at_price cost "
        "currency tracks_inventory taxable inventory_quantity sells_out_of_stock inventory_item_id "
        f"weight_kg requires_shipping {STAMPS}",
    )


def _barcode(variant: Record, position: int, code: str, kind: str | None) -> Row:
    row = columns(variant, "product_id", position=position, barcode=code, type=kind)
    return row | {"variant_id": variant["id"]}


def _memberships(shop: Shop) -> Rows:
    return by_id(
        (f"{record['id']}:{shelf}", {"product_id": record["id"], "category_id": shelf})
        for record in shop.resources["products"].values()
        for shelf in record["category_ids"]
        if shelf in shop.resources["categories"]
    )


def _categories(shop: Shop) -> dict[str, Rows]:
    return {
        "categories": _rows(
            shop.resources["categories"].values(),
            "kind parent_id name path handle description is_automatic products_count image_url updated_at",
        ),
        "product_categories": _memberships(shop),
    }


def _customers(shop: Shop) -> dict[str, Rows]:
    customers = list(shop.resources["customers"].values())
    names = (
        "name first_name last_name email phone tax_id locale state note tags accepts_marketing orders_count "
        f"total_spent currency city province country zip {STAMPS}"
    )
    return {
        "customers": by_id(
            (
                record["id"],
                columns(record, names) | _link(shop, record, "last_order_id", "orders"),
            )
            for record in customers
        ),
        "customer_addresses": by_id(
            (
                entry["id"],
                columns(
                    entry,
                    "customer_id is_default name company city province country zip phone",
                    address1=street(entry["address1"], entry["number"]),
                ),
            )
            for record in customers
            for entry in record["addresses"]
        ),
    }


def _orders(shop: Shop) -> dict[str, Rows]:
    orders = list(shop.resources["orders"].values())
    refunds = [entry for record in orders for entry in record["refunds"]]
    parcels = [entry for record in orders for entry in record["fulfillments"]]
    return {
        "orders": by_id((record["id"], _order(shop, record)) for record in orders),
        "order_lines": by_id((entry["id"], _line(shop, entry)) for record in orders for entry in record["lines"]),
        "order_discounts": by_id(
            (
                f"{record['id']}:{number}",
                columns(entry, "order_id kind code title value value_type amount currency"),
            )
            for record in orders
            for number, entry in enumerate(record["discounts"])
        ),
        "order_shipping_lines": _rows(
            (entry for record in orders for entry in record["shipping_lines"]),
            "order_id title code price discounted_price tax_total currency is_removed",
        ),
        "order_payments": _rows(
            (entry for record in orders for entry in record["payments"]),
            "order_id parent_id kind status gateway amount currency is_test error_code processed_at created_at",
        ),
        "order_refunds": _rows(refunds, f"order_id amount currency note processed_at {STAMPS}"),
        "order_refund_lines": _rows(
            (entry for refund in refunds for entry in refund["lines"]),
            "refund_id order_id order_line_id quantity subtotal tax_total currency restock_type restocked location_id",
        ),
        "order_fulfillments": by_id((entry["id"], _parcel(entry)) for entry in parcels),
        "order_fulfillment_lines": _rows(
            (entry for parcel in parcels for entry in parcel["lines"]),
            "fulfillment_id order_id order_line_id quantity",
        ),
    }


def _order(shop: Shop, record: Record) -> Row:
    return columns(
        record,
        "number name status payment_status fulfillment_status cancel_reason is_test channel app_id "
        "customer_name email phone currency subtotal discount_total shipping_total tax_total "
        "taxes_included tip_total total current_total paid_total refunded_total presentment_currency "
        "item_quantity lines_count discount_codes payment_gateway shipping_method shipping_name "
        "shipping_city shipping_province shipping_country shipping_zip billing_name billing_city "
        f"billing_province billing_country note tags weight_kg placed_at cancelled_at closed_at {STAMPS}",
        return_status=record["return_status"] or "no_return",
        tax_id=tax_id_of(record),
        presentment_total=_presented(record),
        shipping_address1=street(record["shipping_address1"], record["shipping_number"]),
        placed_on=local_day(record["placed_at"], shop.time_zone),
    ) | _link(shop, record, "customer_id", "customers")


def _link(shop: Shop, record: Record, column: str, resource: str) -> Row:
    """Return *column* of *record*, unless the record that it refers to was deleted.

    The platform no longer reports it then; an earlier copy may still have it.
    """
    gone = record[column] is not None and record[column] not in shop.resources[resource]
    return {} if gone else columns(record, column)


def _presented(record: Record) -> Decimal:
    total: Decimal = record["presentment_total"] if record["total"] else Decimal(0)
    return total


def _line(shop: Shop, entry: Record) -> Row:
    row = columns(
        entry,
        "order_id position sku name variant_name vendor quantity current_quantity price discount_total total "
        "tax_total currency requires_shipping is_gift_card",
    )
    return row | _goods(shop, entry)


def _goods(shop: Shop, entry: Record) -> Row:
    """Return the columns for a line's product and variant, as far as these still exist."""
    row = _link(shop, entry, "product_id", "products")
    product = shop.resources["products"].get(entry["product_id"])
    if product and any(variant["id"] == entry["variant_id"] for variant in product["variants"]):
        row |= columns(entry, "variant_id")
    return row


def _parcel(entry: Record) -> Row:
    row = columns(entry, f"order_id number status quantity delivered_at {STAMPS}")
    if entry["tracking_number"]:
        row |= columns(entry, "carrier tracking_number tracking_url tracking_count")
    return row


def _checkouts(shop: Shop) -> dict[str, Rows]:
    """Return the checkouts; they have neither their shipping costs nor the order that they became."""
    checkouts = list(shop.resources["checkouts"].values())
    unknown = dict.fromkeys(("shipping_total", "order_id", "expired_at"))
    names = f"{MONEY} recovery_url city province country completed_at {STAMPS}"
    return {
        "checkouts": by_id(
            (
                record["id"],
                columns(record, names, **unknown, created_on=local_day(record["created_at"], shop.time_zone))
                | _buyer(shop, record),
            )
            for record in checkouts
        ),
        "checkout_lines": by_id(
            (entry["id"], _basket_line(shop, entry, total) | {"checkout_id": record["id"]})
            for record in checkouts
            for entry, total in zip(record["lines"], discounted(record), strict=True)
        ),
    }


def _draft_orders(shop: Shop) -> dict[str, Rows]:
    """Return the draft orders. Their discount applies to the whole order, not to lines."""
    drafts = list(shop.resources["draft_orders"].values())
    names = f"name status {MONEY} shipping_total checkout_url note completed_at {STAMPS}"
    return {
        "draft_orders": by_id(
            (
                record["id"],
                columns(record, names) | _buyer(shop, record) | _link(shop, record, "order_id", "orders"),
            )
            for record in drafts
        ),
        "draft_order_lines": by_id(
            (entry["id"], _basket_line(shop, entry, entry["total"]) | {"draft_order_id": record["id"]})
            for record in drafts
            for entry in record["lines"]
        ),
    }


def _buyer(shop: Shop, record: Record) -> Row:
    """Return the buyer's columns.

    The platform shows customers as they are now, an earlier copy has them as they were; so columns
    that have changed since the basket was filled are left out.
    """
    if record["customer_id"] is None:
        # A checkout has no field for the e-mail of a buyer who is not a customer.
        return columns(record, "customer_id customer_name email phone") | ({} if "note" in record else {"email": None})
    customer = shop.resources["customers"].get(record["customer_id"], {})
    still = {
        "customer_name": customer.get("name"),
        "email": customer.get("email"),
        "phone": customer.get("phone") or record["phone"],
    }
    kept = " ".join(name for name, value in still.items() if value == record[name])
    return columns(record, kept) | _link(shop, record, "customer_id", "customers")


def _basket_line(shop: Shop, entry: Record, total: Decimal) -> Row:
    names = "position sku name variant_name quantity price currency"
    return columns(entry, names, total=total) | _goods(shop, entry)


def _coupons(shop: Shop) -> dict[str, Rows]:
    now = shop.now()
    return {
        "coupons": by_id((record["id"], _coupon(shop, record, now)) for record in shop.resources["coupons"].values())
    }


def _coupon(shop: Shop, record: Record, now: datetime) -> Row:
    ships = record["kind"] == "free_shipping"
    # A percentage has no currency, a minimum purchase has one.
    is_money = record["kind"] == "amount" or record["min_total"] is not None
    names = f"code title kind min_total usage_limit used_count once_per_customer combines codes_count {STAMPS}"
    return columns(
        record,
        names,
        value=None if ships else record["value"],
        currency=shop.currency if is_money else None,
        status=standing(record, now),
        applies_to="all" if ships else record["applies_to"],
        starts_at=opens_at(record),
        ends_at=closes_at(record),
    )


def _locations(shop: Shop) -> dict[str, Rows]:
    names = f"name is_active city province country zip phone fulfills_online {STAMPS}"
    return {
        "locations": by_id(
            (record["id"], columns(record, names, address1=street(record["address1"], record["number"])))
            for record in shop.resources["locations"].values()
        )
    }


def _inventory_levels(shop: Shop) -> dict[str, Rows]:
    """Return the levels. Untracked stock has all quantities except ``available``."""
    names = f"variant_id inventory_item_id location_id available committed incoming reserved is_active {STAMPS}"
    return {
        "inventory_levels": by_id(
            (record["id"], columns(record, names, on_hand=record["on_hand"] or 0))
            for record in shop.resources["inventory_levels"].values()
        )
    }


def _order_visits(shop: Shop) -> dict[str, Rows]:
    return {"order_visits": by_id((order["id"], _origin(shop, order)) for order in shop.resources["orders"].values())}


def _origin(shop: Shop, order: Record) -> Row:
    found = origin(shop, order, shop.now())
    levels = found.pop("risk_levels")
    visits = {place: found.pop(place) or {} for place in ("first", "last")}
    return columns(
        order,
        f"app_id {STAMPS}",
        **{name: value for name, value in found.items() if name != "id"},
        risk_level=max(levels, key=("none", "pending", "low", "medium", "high").index, default=None),
        **{f"{place}_{name}": visits[place].get(name) for place in visits for name in VISIT},
    )


MAKERS: dict[str, Callable[[Shop], dict[str, Rows]]] = {
    "products": _products,
    "categories": _categories,
    "customers": _customers,
    "orders": _orders,
    "checkouts": _checkouts,
    "draft_orders": _draft_orders,
    "coupons": _coupons,
    "locations": _locations,
    "inventory_levels": _inventory_levels,
    "order_visits": _order_visits,
    "pages": content_truth.pages,
    "blogs": content_truth.blogs,
    "articles": content_truth.articles,
    **money_truth.MAKERS,
    **trade_truth.MAKERS,
    "metafields": metafields,
    "metafield_definitions": metafield_definitions,
}
RESOURCES = tuple(MAKERS)
