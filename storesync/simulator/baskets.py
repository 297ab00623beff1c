"""Creates a simulated shop's baskets: abandoned checkouts and draft orders.

A basket has the columns of its table; its lines also have those of an order's lines, since it
may become an order. On Tiendanube baskets and orders share one series of ids.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from storesync.simulator import sales
from storesync.simulator.words import NOTES, STREETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
# Most are young: the platforms show the last 30 days, and delete baskets after about three months.
YOUNG, OLD = timedelta(days=30), timedelta(days=100)
SERIES = ("orders", "checkouts", "draft_orders")
PLACE = ("address1", "number", "locality", "city", "province", "country", "zip")


class Fair(NamedTuple):
    """The customers who may fill a basket, and the products to fill it with."""

    products: Sequence[Record]
    buyers: Sequence[Record]


def fair(shop: Shop) -> Fair:
    """Return the shop's products, and its customers who have bought before."""
    products = [product for product in shop.resources["products"].values() if product["variants"]]
    buyers = [customer for customer in shop.resources["customers"].values() if customer["orders_count"]]
    return Fair(products, buyers)


def fill_checkouts(shop: Shop, count: int, until: datetime) -> None:
    """Add *count* checkouts of the last 100 days."""
    crowd = fair(shop)
    for at, record_id in _history(shop, "checkouts", count, until):
        add_checkout(shop, at, crowd, record_id)


def fill_draft_orders(shop: Shop, count: int, until: datetime) -> None:
    """Add *count* draft orders of the last 100 days."""
    crowd = fair(shop)
    for at, record_id in _history(shop, "draft_orders", count, until):
        add_draft_order(shop, at, crowd, record_id)


def _history(shop: Shop, kind: str, count: int, until: datetime) -> list[tuple[datetime, str]]:
    """Return *count* instants in chronological order, each with an id that fits that order."""
    chance = shop.chance("baskets")
    spans = (chance.choice((YOUNG, YOUNG, OLD)) for _ in range(count))
    times = sorted(until - timedelta(seconds=chance.randrange(1, int(span.total_seconds()))) for span in spans)
    if shop.platform == "tiendanube":
        return list(zip(times, _ids_between(shop, times), strict=True))
    return [(at, new_id(shop, kind)) for at in times]


def _ids_between(shop: Shop, times: list[datetime]) -> list[str]:
    """Return a free id for each of *times*, below that of the order placed before it."""
    orders = sorted(shop.resources["orders"].values(), key=lambda order: order["created_at"])
    made = [order["created_at"] for order in orders]
    taken = {record_id for kind in SERIES for record_id in shop.resources[kind]}
    number, found = shop.counters["orders"] + 1, []
    for at in reversed(times):
        near = int(orders[max(0, bisect_right(made, at) - 1)]["id"]) if orders else number
        number = min(number - 1, near)
        while str(number) in taken:
            number -= 1
        found.append(str(number))
    return found[::-1]


def new_id(shop: Shop, kind: str) -> str:
    """Return the id of a basket that begins now."""
    series = "orders" if shop.platform == "tiendanube" else kind
    shop.counters[series] += 1
    return str(shop.counters[series])


def add_checkout(shop: Shop, at: datetime, crowd: Fair, record_id: str) -> Record:
    """Add one checkout that was begun at *at* and left some minutes later."""
    chance = shop.chance("baskets")
    checkout = _basket(shop, at, crowd, record_id)
    checkout |= {
        "recovery_url": f"{shop.url}/checkout/v3/order/proxy/{record_id}/{chance.getrandbits(80):020x}",
        "completed_at": None,
        "order_id": None,
        "expired_at": None,
        "updated_at": min(shop.now(), at + timedelta(seconds=chance.randrange(1800))),
    }
    shop.resources["checkouts"][record_id] = checkout
    return checkout


def add_draft_order(shop: Shop, at: datetime, crowd: Fair, record_id: str) -> Record:
    """Add one draft order, which somebody of the shop wrote."""
    chance = shop.chance("baskets")
    draft = _basket(shop, at, crowd, record_id)
    shop.counters["draft numbers"] += 1
    tiendanube = shop.platform == "tiendanube"
    words = ("pending", "pending", "pending_confirmation", "paid") if tiendanube else ("open", "open", "invoice_sent")
    draft |= {
        # Tiendanube numbers a draft when it becomes an order.
        "name": None if tiendanube else f"#D{shop.counters['draft numbers']}",
        "status": chance.choice(words),
        "checkout_url": f"{shop.url}/checkout/v3/start/{record_id}/{chance.getrandbits(80):020x}",
        "note": chance.choice(NOTES[shop.language]) if chance.random() < 0.3 else None,  # noqa: PLR2004
        # Tiendanube's examples of drafts that nobody has confirmed hold one or none.
        "completed_at": at if tiendanube and chance.random() < 0.5 else None,  # noqa: PLR2004
        "order_id": None,
    }
    if tiendanube and draft["channel"] == "store":
        draft["channel"] = "form"
    if draft["customer_id"] is None and draft["channel"] != "api":
        draft |= {"customer_name": None, "email": None, "phone": None, "tax_id": None}
    shop.resources["draft_orders"][record_id] = draft
    return draft


def _basket(shop: Shop, at: datetime, crowd: Fair, record_id: str) -> Record:
    """Return the columns that checkouts and draft orders share."""
    chance = shop.chance("baskets")
    guest = not crowd.buyers or chance.random() < 0.3  # noqa: PLR2004 - they have not bought yet
    customer = None if guest else chance.choice(crowd.buyers)
    tiendanube = shop.platform == "tiendanube"
    basket: Record = {
        "id": record_id,
        "currency": shop.currency,
        "channel": chance.choice(("store", "store", "api") if tiendanube else ("web", "web", "pos")),
        "created_at": at,
        "updated_at": at,
        **_contact(shop, customer, record_id),
    }
    basket["lines"] = _lines(shop, basket, crowd.products)
    _price(shop, basket)
    return basket


def _contact(shop: Shop, customer: Record | None, record_id: str) -> Record:
    """Return the columns of the buyer and the shipping address."""
    chance = shop.chance("baskets")
    city, province, code = chance.choice(shop.place.cities)
    anywhere: Record = {
        "address1": chance.choice(STREETS),
        "number": record_id[-3:],
        "locality": None,
        "city": city,
        "province": province,
        "country": shop.country,
        "zip": code,
    }
    home = customer["addresses"][0] if customer and customer["addresses"] else anywhere
    found = {name: home[name] for name in PLACE} | {"customer_id": customer["id"] if customer else None}
    if customer:
        phone = customer["phone"] or f"{shop.place.phone}0000000"
        known = {"customer_name": customer["name"], "email": customer["email"], "tax_id": customer["tax_id"]}
        return found | known | {"phone": phone}
    guest = {"customer_name": "Sin Registro", "email": f"guest.{record_id[-6:]}@example.com"}
    return found | guest | {"phone": None, "tax_id": None}


def _lines(shop: Shop, basket: Record, products: Sequence[Record]) -> list[Record]:
    chance = shop.chance("baskets")
    lines = []
    for position in range(1, 1 + (chance.choice((1, 1, 2, 3)) if products else 0)):
        product = chance.choice(products)
        shop.counters["basket_lines"] += 1
        line = sales.line_of(product, chance.choice(product["variants"]), chance.choice((1, 1, 2, 4)))
        # An order that the basket becomes sets its order id.
        own = {"id": str(shop.counters["basket_lines"]), "order_id": None, "position": position}
        lines.append(own | line | {"currency": basket["currency"]})
    return lines


def _price(shop: Shop, basket: Record) -> None:
    """Set discount, shipping, taxes and totals; everything adds up to the cent."""
    chance, lines = shop.chance("baskets"), basket["lines"]
    if shop.platform != "tiendanube":
        sales.tax(lines, included=shop.taxes_included)
    subtotal = sum((line["total"] for line in lines), NOTHING)
    discount = (subtotal / 10).quantize(CENT) if chance.random() < 0.2 else NOTHING  # noqa: PLR2004 - a coupon
    shipping = chance.choice((NOTHING, Decimal("990.50"), Decimal("12.00")))
    taxes = sum((line["tax_total"] for line in lines), NOTHING)
    basket.update(
        subtotal=subtotal,
        discount_total=discount,
        shipping_total=shipping,
        tax_total=taxes,
        total=subtotal - discount + shipping + (NOTHING if shop.taxes_included else taxes),
        item_quantity=sum(line["quantity"] for line in lines),
    )


def discounted(basket: Record) -> list[Decimal]:
    """Return what each line costs after the basket's discount, which is taken off the first lines first."""
    purse, left = basket["discount_total"], []
    for line in basket["lines"]:
        taken = min(purse, line["total"])
        purse -= taken
        left.append(line["total"] - taken)
    return left


def is_waiting(basket: Record) -> bool:
    """Return True if the basket has not become an order."""
    return basket["order_id"] is None


def complete(shop: Shop, basket: Record) -> Record:
    """Let the basket become an order now, and return the order.

    On Tiendanube the order has the basket's id and time of creation
    (tiendanube.github.io/api-documentation/resources/abandoned-checkout): both long past.
    """
    now = shop.now()
    order = sales.place_basket(shop, basket)
    basket.update(order_id=order["id"], completed_at=now, updated_at=now)
    if "status" in basket:
        basket["status"] = "paid" if shop.platform == "tiendanube" else "completed"
    return order
