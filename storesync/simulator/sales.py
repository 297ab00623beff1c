"""Creates a simulated shop's orders."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator import orders
from storesync.simulator.catalogue import moment
from storesync.simulator.truth import local_day
from storesync.simulator.words import NOTES, STREETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storesync.simulator.shop import Shop

Record = dict[str, Any]

CENT = Decimal("0.01")
EARLY_ID = 0.04
SAME_SECOND = 0.05


def fill_orders(shop: Shop, count: int, start: datetime, until: datetime) -> None:
    """Add *count* orders in chronological order, some within one second, each with the events since."""
    times = sorted(moment(shop, start, until) for _ in range(count))
    products = [product for product in shop.resources["products"].values() if product["variants"]]
    # The last customers never buy, since only such customers can be deleted.
    customers = list(shop.resources["customers"].values())
    customers = customers[: max(1, len(customers) * 4 // 5)]
    for place, drawn in enumerate(times):
        at = times[place - 1] if place and shop.happens(SAME_SECOND) else drawn
        times[place] = at
        guest = not customers or shop.happens(SAME_SECOND)
        order = add_order(shop, at, products, None if guest else shop.random.choice(customers))
        orders.live(shop, order, until)


def add_order(
    shop: Shop, at: datetime, products: Sequence[Record], customer: Record | None, *, basket: Record | None = None
) -> Record:
    """Add one new, unpaid order at *at*, with the lines of *basket* where one is given, and return it."""
    chance = shop.random
    number = shop.counters["order_numbers"] = shop.counters["order_numbers"] + 1
    tiendanube = shop.platform == "tiendanube"
    order: Record = {
        "id": _order_id(shop, basket),
        "number": number,
        "name": f"#{number}",
        "created_at": at,
        "updated_at": at,
        "placed_at": at,
        "placed_on": local_day(at, shop.time_zone),
        "currency": shop.currency,
        "presentment_currency": shop.currency,
        "is_test": not tiendanube and shop.happens(0.01),
        "channel": chance.choice(("store", "store", "api") if tiendanube else ("web", "web", "pos")),
        "app_id": None,
        "taxes_included": shop.taxes_included,
        "tip_total": Decimal("0.00"),
        "note": chance.choice(NOTES[shop.language]) if shop.happens(0.1) else None,
        "staff_note": "ojo ⚠️" if tiendanube and shop.happens(0.03) else None,
        "tags": ["b2b"] if not tiendanube and shop.happens(0.1) else [],
        "refunds": [],
        "payments": [],
        "fulfillments": [],
        **orders.UNTOUCHED,
    }
    if basket:
        order["lines"] = [entry | {"order_id": order["id"]} for entry in basket["lines"]]
    else:
        order["lines"] = _lines(shop, order, products)
    price(shop, order)
    _address(shop, order, customer)
    _payment(shop, order)
    if tiendanube and shop.happens(0.98):
        # It appears some time after the order; until then the list is empty.
        orders.add_fulfillment(shop, order, at)
    shop.resources["orders"][order["id"]] = order
    if customer is not None:
        customer["orders_count"] += 1
        customer["last_order_id"] = order["id"]
        customer["total_spent"] += order["total"]
        customer["updated_at"] = at
    return order


def _order_id(shop: Shop, basket: Record | None) -> str:
    """Return an id; on Tiendanube that of the *basket*, or sometimes one lower than earlier orders have.

    Tiendanube assigns the id when the cart begins, which may be weeks before the order is placed
    (tiendanube.github.io/api-documentation/resources/abandoned-checkout).
    """
    if basket and shop.platform == "tiendanube":
        own: str = basket["id"]
        return own
    record_id = shop.next_id("orders")
    if shop.platform == "tiendanube" and shop.happens(EARLY_ID):
        early = str(int(record_id) - shop.random.randrange(1, 400))
        taken = any(early in shop.resources[kind] for kind in ("orders", "checkouts", "draft_orders"))
        return record_id if taken else early
    return record_id


def _lines(shop: Shop, order: Record, products: Sequence[Record]) -> list[Record]:
    """Return one to five lines; sometimes two of them have the same variant."""
    chance = shop.random
    count = chance.choice((1, 1, 2, 3, 3, 4, 5)) if products else 0
    chosen = [chance.choice(products) for _ in range(count)]
    if count > 1 and shop.happens(SAME_SECOND):
        chosen[1] = chosen[0]
    return [_line(shop, order, position, product) for position, product in enumerate(chosen, 1)]


def _line(shop: Shop, order: Record, position: int, product: Record) -> Record:
    chance = shop.random
    variant = chance.choice(product["variants"])
    quantity = chance.choice((1, 1, 1, 2, 3))
    own = {"id": shop.next_id("order_lines"), "order_id": order["id"], "position": position}
    return own | line_of(product, variant, quantity)


def line_of(product: Record, variant: Record, quantity: int) -> Record:
    """Return a line of *quantity* pieces of *variant*, without its id and position in an order."""
    price = variant["price"] or Decimal("10.00")
    return {
        "product_id": product["id"],
        "variant_id": variant["id"],
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "name": product["name"],
        "variant_name": variant["name"],
        "vendor": product["vendor"],
        "quantity": quantity,
        "current_quantity": quantity,
        "price": price,
        "compare_at_price": variant["compare_at_price"],
        "discount_total": Decimal("0.00"),
        "total": price * quantity,
        "tax_total": Decimal("0.00"),
        "cost": variant["cost"],
        "currency": variant["currency"],
        "requires_shipping": True,
        "is_gift_card": False,
        "properties": [],
        "image_id": variant["image_id"],
        "weight_kg": variant["weight_kg"],
    }


def price(shop: Shop, order: Record) -> None:
    """Set discounts, shipping, taxes and totals; everything adds up to the cent."""
    lines = order["lines"]
    subtotal: Decimal = sum((line["total"] for line in lines), Decimal("0.00"))
    order["discounts"] = _discounts(shop, order, subtotal)
    discount = sum((entry["amount"] for entry in order["discounts"]), Decimal("0.00"))
    _allocate(lines, discount, subtotal)
    if shop.platform != "tiendanube":
        tax(lines, included=shop.taxes_included)
    shipping = shop.random.choice((Decimal("0.00"), Decimal("990.50"), Decimal("12.00")))
    taxes = sum((line["tax_total"] for line in lines), Decimal("0.00"))
    total = subtotal - discount + shipping + (Decimal(0) if shop.taxes_included else taxes)
    quantity = sum(line["quantity"] for line in lines)
    order.update(
        subtotal=subtotal,
        discount_total=discount,
        shipping_total=shipping,
        tax_total=taxes,
        total=total,
        current_total=total,
        presentment_total=total,
        item_quantity=quantity,
        lines_count=len(lines),
        discount_codes=[entry["code"] for entry in order["discounts"] if entry["code"]],
        weight_kg=sum((line["weight_kg"] * line["quantity"] for line in lines), Decimal("0.000")),
        shipping_method="Envío a domicilio 🚚" if shipping else "Retiro",
    )
    if shop.platform == "shopify" and shop.happens(0.03):
        order.update(presentment_currency="CLP", presentment_total=(total * 900).quantize(Decimal(1)))
    order["shipping_lines"] = [_shipping_line(shop, order)]


def _discounts(shop: Shop, order: Record, subtotal: Decimal) -> list[Record]:
    chance = shop.random
    tiendanube = shop.platform == "tiendanube"
    kinds = ("code", "promotion", "gateway") if tiendanube else ("code", "automatic", "manual")
    if shop.happens(0.7) or not subtotal:
        return []
    chosen = [kind for kind in kinds if shop.happens(0.4)]
    return [
        {
            "order_id": order["id"],
            "kind": kind,
            "code": chance.choice(("HOLA10", "VERÃO", "welcome")) if kind == "code" else None,
            "title": None if kind == "code" else "Promoción 10% 🏷️",
            "value": Decimal(10),
            "value_type": "percentage",
            "amount": (subtotal / 10).quantize(CENT),
            "currency": order["currency"],
        }
        for kind in chosen
    ]


def _allocate(lines: Sequence[Record], discount: Decimal, subtotal: Decimal) -> None:
    """Spread *discount* over the lines; the last one takes the rounding difference."""
    left = discount
    for line in lines if discount else ():
        share = left if line is lines[-1] else (discount * line["total"] / subtotal).quantize(CENT)
        share = min(share, line["total"])
        left -= share
        line["discount_total"] = share
        line["total"] -= share


def tax(lines: Sequence[Record], *, included: bool) -> None:
    """Set the tax of each line, *included* in its price or added to it."""
    for line in lines:
        rate = Decimal("0.21") / Decimal("1.21") if included else Decimal("0.08")
        line["tax_total"] = (line["total"] * rate).quantize(CENT)


def _shipping_line(shop: Shop, order: Record) -> Record:
    return {
        "id": shop.next_id("order_shipping_lines"),
        "order_id": order["id"],
        "title": order["shipping_method"],
        "code": "standard",
        "carrier": None,
        "price": order["shipping_total"],
        "discounted_price": order["shipping_total"],
        "tax_total": Decimal("0.00"),
        "currency": order["currency"],
        "is_removed": False,
    }


def _address(shop: Shop, order: Record, customer: Record | None) -> None:
    """Set the buyer and the addresses of the order."""
    chance = shop.random
    home = customer["addresses"][0] if customer and customer["addresses"] else None
    city, province, code = chance.choice(shop.place.cities)
    name = customer["name"] if customer else "Sin Registro"
    order.update(
        customer_id=customer["id"] if customer else None,
        customer_name=name,
        email=customer["email"] if customer else f"guest.{order['number']}@example.com",
        phone=(customer["phone"] or f"{shop.place.phone}0000000") if customer else None,
        tax_id=customer["tax_id"] if customer else None,
        shipping_name=name,
        shipping_address1=home["address1"] if home else chance.choice(STREETS),
        shipping_number=home["number"] if home else str(order["number"]),
        shipping_locality=home["locality"] if home else None,
        shipping_city=home["city"] if home else city,
        shipping_province=home["province"] if home else province,
        shipping_country=shop.country,
        shipping_zip=home["zip"] if home else code,
        billing_name=name,
        billing_city=city,
        billing_province=province,
        billing_country=shop.country,
    )


def _payment(shop: Shop, order: Record) -> None:
    chance = shop.random
    by_card = shop.happens(0.6)
    if shop.platform == "tiendanube":
        order["payment_gateway"] = "mercadopago" if by_card else "offline"
    else:
        order["payment_gateway"] = "shopify_payments" if by_card else "manual"
    order["payment_method"] = "credit_card" if by_card else "custom"
    order["installments"] = chance.choice((1, 3, 6)) if by_card else 1


def place_order(shop: Shop, customer: Record | None) -> Record:
    """Let *customer*, or a guest, place an order now, with a cart begun some minutes ago, and return it."""
    order = add_order(shop, shop.now(), list(shop.resources["products"].values()), customer)
    order["created_at"] = shop.now() - timedelta(minutes=shop.random.randrange(3))
    return order


def place_basket(shop: Shop, basket: Record) -> Record:
    """Turn *basket* into an order now, and return the order."""
    customer = shop.resources["customers"].get(basket["customer_id"] or "")
    order = add_order(shop, shop.now(), (), customer, basket=basket)
    order["channel"] = basket["channel"]
    if shop.platform == "tiendanube":
        order["created_at"] = basket["created_at"]
    if basket["email"]:
        order.update({name: basket[name] for name in ("customer_name", "email", "phone", "tax_id")})
    return order
