"""A field that Shopify does not give costs that field: its columns are NULL, and all others stay as they are."""

import json

import pytest

from storesync.model import Query
from storesync.platforms.http import Answer
from storesync.platforms.shopify.errors import Asked, FieldsRefused, errors_of
from storesync.platforms.shopify.parts import parts_in, refused_parts
from storesync.platforms.shopify.queries import document
from storesync.platforms.shopify.rows import SEPARATE, rows_of
from storesync.platforms.shopify.sources import SOURCES
from tests.kits.program import NOON
from tests.kits.shopify_graph import Graph, stocked

NAMES = {"name", "customer_name", "billing_name", "shipping_name"}
OTHERS = {
    "Customer.firstName": NAMES,
    "Customer.lastName": NAMES,
    "MailingAddress.firstName": NAMES,
    "MailingAddress.lastName": NAMES,
    "Order.customer": NAMES,
    "Order.customer.displayName": NAMES,
    "AbandonedCheckout.customer": {"customer_name", "phone", "email"},
    "DraftOrder.customer": {"customer_name", "phone", "email"},
    "AbandonedCheckout.shippingAddress": {"checkouts.city", "checkouts.province", "checkouts.country"},
    "Customer.defaultPhoneNumber": {"checkouts.phone", "draft_orders.phone"},
    "Customer.defaultPhoneNumber.phoneNumber": {"checkouts.phone", "draft_orders.phone"},
    "DraftOrder.email": {"draft_orders.email"},
    "DraftOrder.phone": {"draft_orders.phone"},
    "DraftOrderLineItem.title": {"draft_order_lines.name"},
    "BasePaymentDetails.paymentMethodName": {"order_payments.method", "orders.payment_method"},
    "CardPaymentDetails.wallet": {"order_payments.method", "orders.payment_method"},
    "LineItem.customAttributes.key": {"order_lines.properties"},
    "LineItem.customAttributes.value": {"order_lines.properties"},
    "Product.hasOnlyDefaultVariant": {"products.options", "variants.name", "variants.option1", "variants.option2"},
    "ProductVariant.barcodes": {"variant_barcodes"},
    "ProductVariantBarcode.value": {"variant_barcodes"},
    "Media.mediaContentType": {"product_images"},
    **{f"MetafieldDefinition.validations.{name}": {"validations"} for name in ("name", "type", "value")},
}
"""What another field tells in the place of the one that is missing, or what that field is a part of."""

SALES = {
    *("gross_sales", "discounts", "returns", "shipping", "shipping_returned", "taxes", "taxes_returned"),
    *("tips", "gift_cards_sold", "net_sales"),
}
OF_SALES = {
    "DiscountAllocation.allocatedAmountSet",
    "LineItem.discountAllocations",
    "LineItem.isGiftCard",
    "LineItem.originalTotalSet",
    "Order.currentTotalAdditionalFeesSet",
    "Order.currentTotalDutiesSet",
    "Order.dutiesIncluded",
    "Order.lineItems",
    "Order.refunds",
    "Order.shippingLines",
    "Order.taxesIncluded",
    "Order.totalRefundedSet",
    "Order.totalTaxSet",
    "Order.totalTipReceivedSet",
    "Refund.refundLineItems",
    "Refund.refundShippingLines",
    "RefundLineItem.subtotalSet",
    "RefundLineItem.totalTaxSet",
    "RefundShippingLine.subtotalAmountSet",
    "RefundShippingLine.taxAmountSet",
    "ShippingLine.isRemoved",
    "ShippingLine.taxLines",
    "TaxLine.priceSet",
}
"""What sales are made from: without one of these the others tell them as well as they can."""


def is_told_otherwise(name, table, column):
    """The currency is the shop's where a record does not name one."""
    if name in OF_SALES and column in SALES:
        return True
    return column == "currency" or bool({table, column, f"{table}.{column}"} & OTHERS.get(name, set()))


def without(value, keys):
    """Return a copy of *value* without what is at the end of the response *keys*; pages are plain lists in it."""
    if isinstance(value, list):
        return [without(each, keys[1:] if keys[0] == "nodes" else keys) for each in value]
    if not isinstance(value, dict) or keys[0] not in value:
        return value
    left = {name: each for name, each in value.items() if name != keys[0]}
    return left if len(keys) == 1 else {**value, keys[0]: without(value[keys[0]], keys[1:])}


def optional_parts(resource):
    source = SOURCES[resource].lists[-1]
    holder = SOURCES[source.parent].single if source.parent else source.within
    root = (holder, source.root, "nodes") if holder else (source.root, "nodes")
    fields = [
        part for part in parts_in(document(source.document)) if not part.name.startswith("...") and part.name[-1] != ")"
    ]
    chosen = [part for part in fields if not part.is_core and part.keys[: len(root)] == root]
    return {part.keys[len(root) :]: part.name for part in chosen if len(part.keys) > len(root)}


def rows(resource, record, shop):
    separate = {name: record[name] for name in SEPARATE if name in record} if resource == "orders" else {}
    own = {name: value for name, value in record.items() if name not in separate}
    return rows_of(resource, {"record": own, **separate}, shop)


def graph_of(resource):
    return stocked() if resource in {"locations", "inventory_levels"} else Graph()


def differences(found, expected):
    """Yield (table, column) of what is neither the same nor missing in *found*; a whole table may be missing."""
    for table in expected.keys() & found.keys():
        if len(found[table]) != len(expected[table]):
            yield table, ""
            continue
        for one, other in zip(found[table], expected[table], strict=True):
            yield from ((table, column) for column in other if one.get(column) not in (None, other[column]))


@pytest.mark.parametrize("resource", SOURCES)
def test_columns_of_a_missing_field_are_null_and_others_stay(resource):
    session = graph_of(resource).open()
    page = next(iter(session.pages(Query(resource))))
    wrong = set()
    for record in page.records[:6]:
        parts = {name: json.loads(body) for name, body in record.parts.items()}
        whole = {**parts.pop("record"), **parts}
        expected = rows(resource, whole, session.shop)
        for keys, name in optional_parts(resource).items():
            found = differences(rows(resource, without(whole, keys), session.shop), expected)
            wrong |= {(name, *place) for place in found if not is_told_otherwise(name, *place)}
    assert sorted(wrong) == []


DENIED = {"extensions": {"code": "ACCESS_DENIED"}}
WHOLE = ["abandonedCheckouts", "nodes", 0, "abandonedCheckoutUrl"]
WORDS = "Access denied for abandonedCheckoutUrl field."


@pytest.mark.parametrize(
    "error",
    [
        {"message": "?", "path": WHOLE, **DENIED},
        {"message": WORDS, "path": WHOLE[:1], **DENIED},
        {"message": WORDS, "path": WHOLE[:3], **DENIED},
        {"message": "Access denied for field `abandonedCheckoutUrl`.", **DENIED},
        {"message": "Access denied for AbandonedCheckout.abandonedCheckoutUrl.", **DENIED},
        {"message": "This app is not approved to access the abandonedCheckoutUrl field."},
        {"message": "?", "path": WHOLE, "extensions": {"code": "NOT_APPROVED"}},
    ],
)
def test_a_refused_field_is_known_however_it_is_named(error):
    body = {"data": None, "errors": [error]}
    answer = Answer(200, {}, json.dumps(body).encode())

    refused = errors_of(answer, body, asked=Asked("alpha", "read_orders"), now=NOON)

    assert isinstance(refused, FieldsRefused)
    found = {part.name for part, _ in refused_parts(document("checkouts"), refused.errors)}
    assert found == {"AbandonedCheckout.abandonedCheckoutUrl"}


@pytest.mark.parametrize("error", [{"message": "No.", **DENIED}, {"message": "No.", "path": [], **DENIED}])
def test_an_error_that_names_nothing_leaves_nothing_out(error):
    assert list(refused_parts(document("checkouts"), [error])) == []
