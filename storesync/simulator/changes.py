"""Random changes in a simulated shop: sales, edits, deletions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from storesync.simulator import (
    baskets,
    catalogue,
    companies,
    consistency,
    content,
    fulfillment,
    markets,
    metafields,
    money,
    offers,
    orders,
    people,
    price_lists,
    sales,
    stock,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

RECENT = 200
ASIDE = 0.3
FORGOTTEN = timedelta(days=90)


def happen(shop: Shop) -> None:
    """Make one random change now; where it finds no record to change, it becomes a sale.

    Sometimes a further change is made, to baskets, coupons or stock, and to what is read on request.
    """
    event = shop.random.choices(list(EVENTS), weights=list(EVENTS.values()))[0]
    if not event(shop):
        _sell(shop)
    chance = shop.chance("changes")
    if chance.random() < ASIDE:
        chance.choices(list(ASIDES), weights=list(ASIDES.values()))[0](shop)
    content.happen(shop)
    if shop.platform == "shopify" and shop.chance("more changes").random() < ASIDE:
        money.change(shop)
    fulfillment.happen(shop)
    companies.happen(shop)
    markets.happen(shop)
    price_lists.happen(shop)
    if shop.resources["metafields"] and shop.chance("metafields").random() < ASIDE:
        metafields.change(shop)


def _recent_order(shop: Shop, suits: Callable[[Record], bool]) -> Record | None:
    newest = islice(reversed(shop.resources["orders"].values()), RECENT)
    found = [order for order in reversed(list(newest)) if suits(order) and order["status"] == "open"]
    return shop.random.choice(found) if found else None


def _any(shop: Shop, resource: str) -> Record | None:
    records = list(shop.resources[resource].values())
    return shop.random.choice(records) if records else None


def _sell(shop: Shop) -> bool:
    if not shop.resources["products"]:
        catalogue.add_product(shop, shop.now())
    # The others never buy: only such customers can be deleted.
    buyers = [customer for customer in shop.resources["customers"].values() if customer["orders_count"]]
    new = not buyers or shop.happens(0.2)
    customer = people.add_customer(shop, shop.now()) if new else shop.random.choice(buyers)
    order = sales.place_order(shop, customer if shop.happens(0.95) else None)
    if shop.happens(0.5):
        orders.pay(shop, order, shop.now())
    return True


def _pay(shop: Shop) -> bool:
    unpaid = {"pending", "authorized", "partially_paid"}
    order = _recent_order(shop, lambda order: order["payment_status"] in unpaid)
    if order is not None:
        orders.pay(shop, order, shop.now())
    return order is not None


def _ship(shop: Shop) -> bool:
    order = _recent_order(
        shop, lambda order: order["payment_status"] == "paid" and order["fulfillment_status"] == "unfulfilled"
    )
    if order is not None:
        orders.ship(shop, order, shop.now())
    return order is not None


def _refund(shop: Shop) -> bool:
    order = _recent_order(shop, lambda order: order["payment_status"] == "paid")
    if order is not None:
        orders.refund(shop, order, shop.now(), partly=shop.happens(0.5))
    return order is not None


def _cancel(shop: Shop) -> bool:
    order = _recent_order(shop, lambda order: order["fulfillment_status"] == "unfulfilled")
    if order is not None:
        orders.cancel(shop, order, shop.now())
    return order is not None


def _restock(shop: Shop) -> bool:
    product = _any(shop, "products")
    if product is None:
        return False
    variant = shop.random.choice(product["variants"])
    if variant["inventory_quantity"] is not None:
        variant["inventory_quantity"] = shop.random.randrange(60)
    if variant["price"] is not None:
        variant["price"] = (variant["price"] * Decimal("1.1")).quantize(Decimal("0.01"))
        variant["compare_at_price"] = None
    variant["updated_at"] = shop.now()
    stock.settle(shop, product, shop.now())
    consistency.summarise(product)
    shop.touch("products", product["id"])
    return True


def _edit_customer(shop: Shop) -> bool:
    customer = _any(shop, "customers")
    if customer is None:
        return False
    phone = f"{shop.place.phone}{shop.random.randrange(10**7):07}"
    shop.touch("customers", customer["id"], phone=phone, note="Editado ✏️")
    return True


def _add_product(shop: Shop) -> bool:
    product = catalogue.add_product(shop, shop.now())
    _recount(shop, product["category_ids"])
    return True


def _recount(shop: Shop, category_ids: list[str]) -> None:
    products = shop.resources["products"].values()
    for category_id in category_ids:
        count = sum(category_id in product["category_ids"] for product in products)
        shop.touch("categories", category_id, products_count=count)


def _delete(shop: Shop) -> bool:
    """Delete a product, a category, or a customer who never bought."""
    resource = shop.random.choice(("products", "customers", "categories"))
    records = shop.resources[resource]
    idle = [record for record in records.values() if not record.get("orders_count")]
    if not idle or len(records) == 1:
        return False
    record = shop.random.choice(idle)
    shop.remove(resource, record["id"])
    if resource == "products":
        _recount(shop, record["category_ids"])
    return True


def complete_checkout(shop: Shop, checkout_id: str) -> Record:
    """Let an abandoned checkout become an order now, and return the order."""
    return baskets.complete(shop, shop.resources["checkouts"][checkout_id])


def confirm_draft_order(shop: Shop, draft_id: str) -> Record:
    """Let a draft order become an order now, and return the order."""
    return baskets.complete(shop, shop.resources["draft_orders"][draft_id])


def _drawn(shop: Shop, resource: str, suits: Callable[[Record], bool] = lambda _record: True) -> Record | None:
    found = [record for record in shop.resources[resource].values() if suits(record)]
    return shop.chance("changes").choice(found) if found else None


def _abandon(shop: Shop) -> None:
    baskets.add_checkout(shop, shop.now(), baskets.fair(shop), baskets.new_id(shop, "checkouts"))


def _recover(shop: Shop) -> None:
    since = shop.now() - FORGOTTEN
    found = _drawn(shop, "checkouts", lambda record: baskets.is_waiting(record) and record["created_at"] > since)
    if found:
        complete_checkout(shop, found["id"])


def _draft(shop: Shop) -> None:
    baskets.add_draft_order(shop, shop.now(), baskets.fair(shop), baskets.new_id(shop, "draft_orders"))


def _confirm(shop: Shop) -> None:
    found = _drawn(shop, "draft_orders", baskets.is_waiting)
    if found:
        confirm_draft_order(shop, found["id"])


def _discard(shop: Shop) -> None:
    found = _drawn(shop, "draft_orders", baskets.is_waiting)
    if found:
        shop.remove("draft_orders", found["id"])


def _add_coupon(shop: Shop) -> None:
    offers.add_coupon(shop, shop.now())


def _use_coupon(shop: Shop) -> None:
    found = _drawn(shop, "coupons", lambda record: offers.is_open(record, shop.now()))
    if found:
        edit = shop.drift if shop.silent_uses else shop.touch
        edit("coupons", found["id"], used_count=found["used_count"] + 1)


def _edit_coupon(shop: Shop) -> None:
    found = _drawn(shop, "coupons")
    if found:
        shop.touch("coupons", found["id"], enabled=not found["enabled"], min_total=found["value"] * 10)


def _withdraw_coupon(shop: Shop) -> None:
    found = _drawn(shop, "coupons")
    if found:
        shop.remove("coupons", found["id"])


def _move_stock(shop: Shop) -> None:
    level = _drawn(shop, "inventory_levels", lambda record: record["available"] is not None)
    if level is None:
        return
    available = shop.chance("changes").randrange(60)
    if shop.silent_stock:
        shop.drift("inventory_levels", level["id"], available=available, updated_at=shop.now())
    else:
        shop.touch("inventory_levels", level["id"], available=available)


EVENTS: dict[Callable[[Shop], bool], int] = {
    _sell: 40,
    _pay: 14,
    _ship: 12,
    _refund: 6,
    _cancel: 3,
    _restock: 10,
    _edit_customer: 6,
    _add_product: 4,
    _delete: 5,
}

ASIDES: dict[Callable[[Shop], None], int] = {
    _abandon: 30,
    _recover: 8,
    _draft: 8,
    _confirm: 4,
    _discard: 2,
    _add_coupon: 3,
    _use_coupon: 16,
    _edit_coupon: 6,
    _withdraw_coupon: 2,
    _move_stock: 21,
}
