"""Turns orders into Shopify's nodes, with all nested nodes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from storesync.simulator.shopify.execute import Link, Nested
from storesync.simulator.shopify.metafields import Metafields
from storesync.simulator.shopify.values import CENT, address, count, gid, instant, money, street, upper
from storesync.simulator.shopify.visits import origin_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storesync.simulator.shop import Shop
    from storesync.simulator.shopify.execute import Node

Record = dict[str, Any]

NOTHING = Decimal("0.00")
# https://shopify.dev/docs/api/admin-graphql/2026-10/enums/LocalizedFieldKey has more of them.
CREDENTIALS = frozenset({"BR", "CL", "CO", "ES", "MX", "PE"})
APPLICATIONS = {"code": "DiscountCodeApplication", "automatic": "AutomaticDiscountApplication"}


class Bags:
    """Makes ``MoneyBag`` nodes for one order or basket, in the shop's currency and the customer's."""

    def __init__(self, order: Record) -> None:
        self.shop = order["currency"]
        self.presentment = order["presentment_currency"] or self.shop
        total = order["total"]
        self.rate = order["presentment_total"] / total if total else Decimal(1)
        self.known: dict[Decimal, Node] = {}

    def __call__(self, amount: Decimal | None) -> Node:
        """Return the ``MoneyBag`` of *amount*, zero for None."""
        amount = NOTHING if amount is None else amount
        bag = self.known.get(amount)
        if bag is None:
            bag = self.known[amount] = self._bag(amount)
        return bag

    def _bag(self, amount: Decimal) -> Node:
        own = money(amount, self.shop)
        if self.presentment == self.shop:
            return {"shopMoney": own, "presentmentMoney": own}
        foreign = money((amount * self.rate).quantize(CENT), self.presentment)
        return {"shopMoney": own, "presentmentMoney": foreign}


class Deferred(dict[str, Any]):
    """A node with some fields at first; the *rest* is made when one of them is read."""

    __slots__ = ("rest",)

    def __init__(self, known: Node, rest: Callable[[], Node]) -> None:
        super().__init__(known)
        self.rest: Callable[[], Node] | None = rest

    def __missing__(self, name: str) -> Any:
        """Return the field *name*. Raises `KeyError` where there is none."""
        if self.rest is None:
            raise KeyError(name)
        self.update(self.rest())
        self.rest = None
        return self[name]


def order_node(shop: Shop, record: Record) -> Node:
    """Return an ``Order``."""
    return Deferred(_about(shop, record), lambda: _below(record) | origin_fields(shop, record))


def _below(record: Record) -> Node:
    bag = Bags(record)
    applications = [_application(record, place) for place in range(len(record["discounts"]))]
    lines = _lines(record, bag, applications)
    shipping = [shipping_line(entry, bag, applications) for entry in record["shipping_lines"]]
    fulfillments = [_fulfillment(entry, lines) for entry in record["fulfillments"]]
    payments = _transactions(record, bag)
    kept = [node for node in shipping if not node["isRemoved"]]
    return {
        **_totals(record, bag),
        **_people(record),
        "discountApplications": Nested(applications),
        "fulfillments": fulfillments,
        "fulfillmentsCount": count(len(fulfillments)),
        "lineItems": Nested(list(lines.values())),
        "localizedFields": Nested(_localized(record)),
        "refunds": [_refund(entry, bag, lines, shipping) for entry in record["refunds"]],
        "returns": Nested([]),
        "shippingLine": kept[0] if kept else None,
        "shippingLines": Nested(shipping),
        "transactions": payments,
        "transactionsCount": count(len(payments)),
    }


def _about(shop: Shop, record: Record) -> Node:
    grams = str(int((record["weight_kg"] or 0) * 1000))
    return {
        "id": gid("Order", record["id"]),
        "legacyResourceId": record["id"],
        "metafields": Metafields(shop, "order", record["id"]),
        "app": _app(record),
        "cancelReason": upper(record["cancel_reason"]),
        "cancelledAt": instant(record["cancelled_at"]),
        "closed": record["closed_at"] is not None,
        "closedAt": instant(record["closed_at"]),
        "confirmationNumber": f"C{record['id'][-8:]}",
        "confirmed": True,
        "createdAt": instant(record["created_at"]),
        "currencyCode": record["currency"],
        "currentTotalWeight": grams,
        "customAttributes": [],
        "customerLocale": shop.language,
        "discountCodes": record["discount_codes"],
        "displayFinancialStatus": upper(record["payment_status"]),
        "displayFulfillmentStatus": upper(record["fulfillment_status"]),
        "dutiesIncluded": record["duties_included"],
        "edited": False,
        "estimatedTaxes": False,
        "name": record["name"],
        "note": record["note"],
        "number": record["number"],
        "paymentGatewayNames": [record["payment_gateway"]] if record["payment_gateway"] else [],
        "poNumber": None,
        "presentmentCurrencyCode": record["presentment_currency"],
        "processedAt": instant(record["placed_at"]),
        "returnStatus": upper(record["return_status"] or "no_return"),
        "sourceIdentifier": None,
        "sourceName": record["channel"],
        "statusPageUrl": f"{shop.url}/orders/{record['id']}/authenticate",
        "tags": record["tags"],
        "test": record["is_test"],
        "totalWeight": grams,
        "updatedAt": instant(record["updated_at"]),
    }


def _app(record: Record) -> Node | None:
    return record["app_id"] and {"id": gid("OrderApp", record["app_id"]), "name": "App"}


def _totals(record: Record, bag: Bags) -> Node:
    lines, duties, back = record["lines"], record["duties_total"], record["duties_returned"]
    placed, fees = record["total"] + record["added_total"], record["fees_total"]
    discounted = record["subtotal"] - record["discount_total"]
    left = sum((_left(line, line["total"]) for line in lines), NOTHING)
    net = record["paid_total"] - record["refunded_total"]
    return {
        "currentSubtotalLineItemsQuantity": sum(line["current_quantity"] for line in lines),
        "currentSubtotalPriceSet": bag(left),
        "currentTotalDiscountsSet": bag(sum((_left(line, line["discount_total"]) for line in lines), NOTHING)),
        "currentTotalAdditionalFeesSet": bag(NOTHING if record["cancelled_at"] else fees) if fees else None,
        "currentTotalDutiesSet": bag(NOTHING if record["cancelled_at"] else duties - back) if duties else None,
        "currentTotalPriceSet": bag(record["current_total"]),
        "currentTotalTaxSet": bag(sum((_left(line, line["tax_total"]) for line in lines), NOTHING)),
        "netPaymentSet": bag(net),
        "originalTotalPriceSet": bag(record["total"]),
        "subtotalLineItemsQuantity": record["item_quantity"],
        # After discounts and before returns: https://shopify.dev/docs/api/admin-graphql/latest/objects/Order
        "subtotalPriceSet": bag(discounted),
        "taxExempt": False,
        "taxLines": [tax_line(record["tax_total"], bag)] if record["tax_total"] else [],
        "taxesIncluded": record["taxes_included"],
        # Beyond what was received and refunded: shopify.dev/changelog/new-cash-rounding-on-order-and-order-transaction
        "totalCashRoundingAdjustment": {
            "paymentSet": bag(record["cash_rounding"]),
            "refundSet": bag(record["cash_rounding_back"]),
        },
        "totalDiscountsSet": bag(record["discount_total"]),
        "totalOutstandingSet": bag(record["current_total"] - net),
        # With what edits added: shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/edit-orders
        "totalPriceSet": bag(placed),
        "totalReceivedSet": bag(record["paid_total"]),
        "totalRefundedSet": bag(record["refunded_total"]),
        "totalShippingPriceSet": bag(record["shipping_total"]),
        "totalTaxSet": bag(record["tax_total"]),
        "totalTipReceivedSet": bag(record["tip_total"]),
    }


def _left(line: Record, amount: Decimal) -> Decimal:
    """Return the share of *amount* for the remaining pieces of *line*."""
    return (amount * line["current_quantity"] / line["quantity"]).quantize(CENT) if line["quantity"] else NOTHING


def _people(record: Record) -> Node:
    shipping = {
        "name": record["shipping_name"],
        "address1": street(record["shipping_address1"], record["shipping_number"]),
        "city": record["shipping_city"],
        "province": record["shipping_province"],
        "country": record["shipping_country"],
        "zip": record["shipping_zip"],
        "phone": record["phone"],
    }
    billing = {name: record[f"billing_{name}"] for name in ("name", "city", "province", "country")}
    customer = record["customer_id"]
    return {
        "billingAddress": address(billing, f"{record['id']}1", "Address"),
        "customer": Link("Customer", customer) if customer else None,
        "email": record["email"],
        "phone": record["phone"],
        "shippingAddress": address(shipping, f"{record['id']}2", "Address"),
    }


def tax_id_of(record: Record) -> str | None:
    """Return the tax id that an order shows: only some countries have a key for it."""
    found: str | None = record["tax_id"] if record["shipping_country"] in CREDENTIALS else None
    return found


def _localized(record: Record) -> list[Node]:
    """Return the ``LocalizedField`` nodes. The id is asked for taxes or for customs; in Mexico it has company."""
    tax_id, country = tax_id_of(record), record["shipping_country"]
    if not tax_id:
        return []
    purpose = "TAX" if tax_id[-1] in "02468" else "SHIPPING"
    fields = [(f"{purpose}_CREDENTIAL_{country}", tax_id)]
    if country == "MX":
        fields = [("TAX_CREDENTIAL_TYPE_MX", "605"), ("TAX_CREDENTIAL_USE_MX", "G03"), *fields]
    return [
        {"countryCode": country, "key": key, "purpose": key.partition("_")[0], "title": key.title(), "value": value}
        for key, value in fields
    ]


def _application(record: Record, place: int) -> Node:
    discount = record["discounts"][place]
    # An interface's members share their field names; the value is a union.
    value = (
        {"__typename": "PricingPercentageValue", "percentage": float(discount["value"])}
        if discount["value_type"] == "percentage"
        else money(discount["value"], discount["currency"])
    )
    return {
        "__typename": APPLICATIONS.get(discount["kind"], "ManualDiscountApplication"),
        "allocationMethod": "ACROSS",
        "code": discount["code"],
        "description": discount["title"],
        "index": place,
        "targetSelection": "ALL",
        "targetType": "LINE_ITEM",
        "title": discount["title"] or "",
        "value": value,
    }


def _lines(record: Record, bag: Bags, applications: list[Node]) -> dict[str, Node]:
    """Return the lines by id. Each discount's allocations add up to its amount."""
    purses = [discount["amount"] for discount in record["discounts"]]
    nodes = {}
    for line in record["lines"]:
        allocations, owed = [], line["discount_total"] or NOTHING
        for place, purse in enumerate(purses):
            taken = min(purse, owed)
            if taken:
                purses[place] -= taken
                owed -= taken
                allocations.append({"allocatedAmountSet": bag(taken), "discountApplication": applications[place]})
        nodes[line["id"]] = _line(record, line, bag, allocations)
    return nodes


def _line(record: Record, line: Record, bag: Bags, allocations: list[Node]) -> Node:
    quantity, current = line["quantity"], line["current_quantity"]
    sent = sum(
        entry["quantity"]
        for parcel in record["fulfillments"]
        for entry in parcel["lines"]
        if entry["order_line_id"] == line["id"]
    )
    original, variant_name = line["price"] * quantity, line["variant_name"]
    return {
        "id": gid("LineItem", line["id"]),
        "currentQuantity": current,
        "customAttributes": [],
        "discountAllocations": allocations,
        # These three leave out discounts of the whole order, codes among them; only the allocations
        # hold those: https://shopify.dev/docs/api/admin-graphql/latest/objects/LineItem
        "discountedTotalSet": bag(original),
        "discountedUnitPriceSet": bag(line["price"]),
        "totalDiscountSet": bag(NOTHING),
        "isGiftCard": line["is_gift_card"],
        "name": f"{line['name']} - {variant_name}" if variant_name else line["name"],
        "nonFulfillableQuantity": 0,
        "originalTotalSet": bag(original),
        "originalUnitPriceSet": bag(line["price"]),
        # Product and variant are null once they are deleted.
        "product": Link("Product", line["product_id"]) if line["product_id"] else None,
        "quantity": quantity,
        "refundableQuantity": current,
        "requiresShipping": line["requires_shipping"],
        "restockable": True,
        "sku": line["sku"],
        "taxLines": [tax_line(line["tax_total"], bag)] if line["tax_total"] and record["taxes_by_line"] else [],
        "taxable": True,
        "title": line["name"],
        "unfulfilledQuantity": max(0, current - sent),
        "variant": Link("ProductVariant", line["variant_id"]) if line["variant_id"] else None,
        "variantTitle": variant_name,
        "vendor": line["vendor"],
    }


def tax_line(amount: Decimal, bag: Bags) -> Node:
    """Return a ``TaxLine``."""
    return {"channelLiable": False, "priceSet": bag(amount), "rate": 0.08, "source": None, "title": "Tax"}


def shipping_line(entry: Record, bag: Bags, applications: Sequence[Node] = ()) -> Node:
    """Return a ``ShippingLine``; a discount of it is the last of the order's *applications*."""
    off = entry["price"] - entry["discounted_price"]
    shares = [{"allocatedAmountSet": bag(off), "discountApplication": applications[-1]}] if off and applications else []
    return {
        "id": gid("ShippingLine", entry["id"]),
        "carrierIdentifier": entry["carrier"],
        "code": entry["code"],
        "custom": False,
        "discountAllocations": shares,
        "discountedPriceSet": bag(entry["discounted_price"]),
        "isRemoved": entry["is_removed"],
        "originalPriceSet": bag(entry["price"]),
        "source": "shopify",
        "taxLines": [tax_line(entry["tax_total"], bag)] if entry["tax_total"] else [],
        "title": entry["title"],
    }


def _transactions(record: Record, bag: Bags) -> list[Node]:
    nodes: dict[str, Node] = {}
    for entry in record["payments"]:
        nodes[entry["id"]] = {
            "id": gid("OrderTransaction", entry["id"]),
            "amountSet": bag(entry["amount"]),
            "createdAt": instant(entry["created_at"]),
            "errorCode": upper(entry["error_code"]),
            "formattedGateway": entry["gateway"],
            "gateway": entry["gateway"],
            "kind": upper(entry["kind"]),
            "manualPaymentGateway": entry["gateway"] == "manual",
            "parentTransaction": nodes.get(entry["parent_id"]),
            "paymentDetails": None,
            "paymentId": f"{record['name']}.{len(nodes) + 1}",
            "processedAt": instant(entry["processed_at"]),
            "status": upper(entry["status"]),
            "test": entry["is_test"],
        }
    return list(nodes.values())


def _refund(entry: Record, bag: Bags, lines: dict[str, Node], shipping: list[Node]) -> Node:
    duties, told = entry.get("duties"), entry.get("adjustment")
    return {
        "id": gid("Refund", entry["id"]),
        "legacyResourceId": entry["id"],
        "createdAt": instant(entry["created_at"]),
        "duties": [{"amountSet": bag(duties), "originalDuty": None}] if duties else [],
        "note": entry["note"],
        "orderAdjustments": Nested([_adjustment(entry, told, bag)] if told else []),
        "processedAt": instant(entry["processed_at"]),
        "refundLineItems": Nested([_refund_line(line, bag, lines) for line in entry["lines"]]),
        "refundShippingLines": Nested(
            [_refund_shipping(entry, one, shipping[0], bag) for one in entry.get("shipping", ())]
        ),
        "return": None,
        "totalRefundedSet": bag(entry["amount"]),
        "transactions": Nested([]),
        "updatedAt": instant(entry["updated_at"]),
    }


def _adjustment(entry: Record, told: tuple[str, Decimal, Decimal], bag: Bags) -> Node:
    """Return an ``OrderAdjustment``: by what a refund is less than what came back; less than nothing where it is more.

    https://shopify.dev/docs/api/admin-graphql/2026-10/objects/OrderAdjustment
    """
    return {
        "id": gid("OrderAdjustment", f"{entry['id']}1"),
        "amountSet": bag(told[1]),
        "reason": told[0],
        "taxAmountSet": bag(told[2]),
    }


def _refund_shipping(entry: Record, part: Record, line: Node, bag: Bags) -> Node:
    """Return a ``RefundShippingLine``: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/RefundShippingLine."""
    return {
        "id": gid("RefundShippingLine", f"{entry['id']}1"),
        "shippingLine": line,
        "subtotalAmountSet": bag(part["amount"]),
        "taxAmountSet": bag(part["tax"]),
    }


def _refund_line(entry: Record, bag: Bags, lines: dict[str, Node]) -> Node:
    place = entry["location_id"]
    return {
        "id": gid("RefundLineItem", entry["id"]),
        "lineItem": lines[entry["order_line_id"]],
        "location": Link("Location", place) if place else None,
        "priceSet": bag((entry["subtotal"] / entry["quantity"]).quantize(CENT) if entry["quantity"] else NOTHING),
        "quantity": entry["quantity"],
        "restockType": upper(entry["restock_type"]),
        "restocked": entry["restocked"],
        "subtotalSet": bag(entry["subtotal"]),
        "totalTaxSet": bag(entry["tax_total"]),
    }


def _fulfillment(entry: Record, lines: dict[str, Node]) -> Node:
    tracking = {"company": entry["carrier"], "number": entry["tracking_number"], "url": entry["tracking_url"]}
    place = entry["location_id"]
    return {
        "id": gid("Fulfillment", entry["id"]),
        "legacyResourceId": entry["id"],
        "createdAt": instant(entry["created_at"]),
        "deliveredAt": instant(entry["delivered_at"]),
        "displayStatus": "DELIVERED" if entry["delivered_at"] else "FULFILLED",
        "estimatedDeliveryAt": instant(entry["estimated_delivery_at"]),
        "fulfillmentLineItems": Nested([_fulfillment_line(line, lines) for line in entry["lines"]]),
        "inTransitAt": None,
        "location": Link("Location", place) if place else None,
        "name": entry["number"],
        "requiresShipping": True,
        "status": upper(entry["status"]),
        "totalQuantity": entry["quantity"],
        "trackingInfo": [tracking] if entry["tracking_number"] else [],
        "updatedAt": instant(entry["updated_at"]),
    }


def _fulfillment_line(entry: Record, lines: dict[str, Node]) -> Node:
    return {
        "id": gid("FulfillmentLineItem", entry["id"]),
        "lineItem": lines[entry["order_line_id"]],
        "quantity": entry["quantity"],
    }
