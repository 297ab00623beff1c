"""Turns abandoned checkouts and draft orders into Shopify's nodes.

Both stay listed when they have become orders; a checkout does not say which.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.baskets import discounted
from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.metafields import Metafields
from storesync.simulator.shopify.orders import Bags, shipping_line, tax_line
from storesync.simulator.shopify.values import CENT, address, gid, instant, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

NOTHING = Decimal("0.00")


def checkout_node(shop: Shop, record: Record) -> Node:
    """Return an ``AbandonedCheckout``. It has no e-mail and no shipping costs of its own."""
    bag = _bags(record)
    return {
        **_basket(record, bag),
        "id": gid("AbandonedCheckout", record["id"]),
        "abandonedCheckoutUrl": record["recovery_url"],
        "lineItems": Nested(
            [_checkout_line(line, left, bag) for line, left in zip(record["lines"], discounted(record), strict=True)]
        ),
        "lineItemsQuantity": record["item_quantity"],
        "name": f"#{record['id']}",
        "note": "",
        "taxesIncluded": shop.taxes_included,
        "totalDiscountSet": bag(record["discount_total"]),
    }


def draft_order_node(shop: Shop, record: Record) -> Node:
    """Return a ``DraftOrder``. Its discount applies to the whole order and is not in the lines."""
    bag = _bags(record)
    order = record["order_id"]
    return {
        **_basket(record, bag),
        "id": gid("DraftOrder", record["id"]),
        "legacyResourceId": record["id"],
        "metafields": Metafields(shop, "draft_order", record["id"]),
        "appliedDiscount": _applied(record, bag),
        "currencyCode": record["currency"],
        "email": record["email"],
        "invoiceSentAt": None if record["status"] == "open" else instant(record["created_at"]),
        "invoiceUrl": record["checkout_url"],
        "lineItems": Nested([_draft_line(line, bag) for line in record["lines"]]),
        "name": record["name"],
        "note2": record["note"],
        "order": Link("Order", order) if order else None,
        "phone": record["phone"],
        "poNumber": None,
        "presentmentCurrencyCode": record["currency"],
        "ready": True,
        "shippingLine": _shipping(record, bag),
        "status": upper(record["status"]),
        "tags": [],
        "taxExempt": False,
        "taxesIncluded": shop.taxes_included,
        "totalDiscountsSet": bag(record["discount_total"]),
        "totalQuantityOfLineItems": record["item_quantity"],
        "totalShippingPriceSet": bag(record["shipping_total"]),
        "totalWeight": str(int(sum((line["weight_kg"] or 0) * line["quantity"] for line in record["lines"]) * 1000)),
    }


def _bags(record: Record) -> Bags:
    return Bags(record | {"presentment_currency": None, "presentment_total": record["total"]})


def _basket(record: Record, bag: Bags) -> Node:
    """Return the fields that both types share."""
    place = record | {"name": record["customer_name"]}
    customer = record["customer_id"]
    return {
        "billingAddress": address(place, f"{record['id']}1", "Address"),
        "completedAt": instant(record["completed_at"]),
        "createdAt": instant(record["created_at"]),
        "customAttributes": [],
        "customer": Link("Customer", customer) if customer else None,
        "discountCodes": ["HOLA10"] if record["discount_total"] else [],
        "shippingAddress": address(place, f"{record['id']}2", "Address"),
        "subtotalPriceSet": bag(record["subtotal"] - record["discount_total"]),
        "totalLineItemsPriceSet": bag(record["subtotal"]),
        "totalPriceSet": bag(record["total"]),
        "totalTaxSet": bag(record["tax_total"]),
        "updatedAt": instant(record["updated_at"]),
    }


def _line(line: Record, bag: Bags) -> Node:
    return {
        "customAttributes": [],
        "originalUnitPriceSet": bag(line["price"]),
        # Product and variant are null once they are deleted.
        "product": Link("Product", line["product_id"]),
        "quantity": line["quantity"],
        "sku": line["sku"],
        "title": line["name"],
        "variant": Link("ProductVariant", line["variant_id"]),
        "variantTitle": line["variant_name"],
    }


def _checkout_line(line: Record, left: Decimal, bag: Bags) -> Node:
    return {
        **_line(line, bag),
        "id": gid("AbandonedCheckoutLineItem", line["id"]),
        "discountedTotalPriceSet": bag(line["total"]),
        "discountedTotalPriceWithCodeDiscount": bag(left),
    }


def _draft_line(line: Record, bag: Bags) -> Node:
    variant_name = line["variant_name"]
    return {
        **_line(line, bag),
        "id": gid("DraftOrderLineItem", line["id"]),
        "appliedDiscount": None,
        "approximateDiscountedUnitPriceSet": bag((line["total"] / line["quantity"]).quantize(CENT)),
        "custom": False,
        "discountedTotalSet": bag(line["total"]),
        "isGiftCard": line["is_gift_card"],
        "name": f"{line['name']} - {variant_name}" if variant_name else line["name"],
        "originalTotalSet": bag(line["price"] * line["quantity"]),
        "requiresShipping": line["requires_shipping"],
        "taxLines": [tax_line(line["tax_total"], bag)] if line["tax_total"] else [],
        "taxable": True,
        "uuid": f"{int(line['id']):032x}",
        "vendor": line["vendor"],
    }


def _applied(record: Record, bag: Bags) -> Node | None:
    amount = record["discount_total"]
    if not amount:
        return None
    return {
        "amountSet": bag(amount),
        "description": "",
        "title": "HOLA10",
        "value": float(amount),
        "valueType": "FIXED_AMOUNT",
    }


def _shipping(record: Record, bag: Bags) -> Node | None:
    price = record["shipping_total"]
    if not price:
        return None
    entry: Record = {"id": record["id"], "carrier": None, "code": "standard", "title": "Standard", "is_removed": False}
    return shipping_line(entry | {"price": price, "discounted_price": price, "tax_total": NOTHING}, bag)
