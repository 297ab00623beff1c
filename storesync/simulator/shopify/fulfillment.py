"""Turns fulfillment orders into Shopify's nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.values import gid, instant, upper

if TYPE_CHECKING:
    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]


def fulfillment_order_node(shop: Shop, record: Record) -> Node:
    """Return a ``FulfillmentOrder``."""
    location = record["location_id"]
    return {
        "id": gid("FulfillmentOrder", record["id"]),
        "assignedLocation": {
            "address1": None,
            "city": None,
            "countryCode": shop.country,
            "location": location and Link("Location", location),
            "name": record["location_name"],
            "province": None,
            "zip": None,
        },
        "createdAt": instant(record["created_at"]),
        "deliveryMethod": {
            "id": gid("DeliveryMethod", record["id"]),
            "maxDeliveryDateTime": instant(record["deliver_by"]),
            "methodType": upper(record["delivery_method"]),
            "minDeliveryDateTime": instant(record["deliver_from"]),
            "presentedName": record["delivery_name"],
            "serviceCode": None,
        },
        "destination": {
            "id": gid("FulfillmentOrderDestination", record["id"]),
            **dict.fromkeys(("address1", "address2", "company", "email", "firstName", "lastName", "phone", "zip")),
            "city": record["shipping_city"],
            "countryCode": record["shipping_country"],
            "province": record["shipping_province"],
        },
        "fulfillAt": instant(record["fulfill_at"]),
        "fulfillBy": instant(record["fulfill_by"]),
        "fulfillmentHolds": [
            {
                "id": gid("FulfillmentHold", f"{record['id']}{place}"),
                "displayReason": reason,
                "reason": upper(reason),
                "reasonNotes": None,
            }
            for place, reason in enumerate(record["holds"])
        ],
        "lineItems": Nested([_line(shop, line) for line in record["lines"]]),
        "orderId": gid("Order", record["order_id"]),
        "orderName": record["order_name"],
        "orderProcessedAt": instant(record["placed_at"]),
        "requestStatus": "UNSUBMITTED",
        "status": upper(record["status"]),
        "supportedActions": [],
        "updatedAt": instant(record["updated_at"]),
    }


def _line(shop: Shop, line: Record) -> Node:
    product = shop.resources["products"].get(line["product_id"])
    variants: list[Record] = product["variants"] if product else []
    items = [gid("InventoryItem", one["inventory_item_id"]) for one in variants if one["id"] == line["variant_id"]]
    return {
        "id": gid("FulfillmentOrderLineItem", line["id"]),
        "inventoryItemId": items[0] if items else None,
        "lineItem": Link("LineItem", line["order_line_id"]),
        "productTitle": line["name"],
        "remainingQuantity": line["remaining_quantity"],
        "requiresShipping": line["requires_shipping"],
        "sku": line["sku"],
        "totalQuantity": line["quantity"],
        "variant": Link("ProductVariant", line["variant_id"]),
        "variantTitle": line["variant_name"],
        "vendor": line["vendor"],
    }
