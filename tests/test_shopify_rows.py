"""What Shopify sends becomes what the columns promise."""

import copy
import json

import pytest

from storesync.model import Shop
from storesync.platforms.shopify.rows import parts_of, rows_of
from storesync.platforms.values import Unreadable
from storesync.tables import RESOURCES, TABLES

SHOP = Shop("5", "alpha", "Alpha", "alpha.myshopify.com", currency="EUR", time_zone="America/Mexico_City")


OURS = {"store_id", "synced_at", "deleted_at"}


def money(amount, presented=None):
    return {
        "shopMoney": {"amount": amount, "currencyCode": "EUR"},
        "presentmentMoney": {"amount": presented or amount, "currencyCode": "USD"},
    }


def gid(kind, number):
    return {"id": f"gid://shopify/{kind}/{number}"}


ADDRESS = {
    "id": "gid://shopify/MailingAddress/31?model_name=CustomerAddress",
    "firstName": "Ana",
    "lastName": "Núñez",
    "address1": "Calle 1",
    "address2": "3º B",
    "city": "León",
    "province": "Guanajuato",
    "countryCodeV2": "MX",
    "zip": "37000",
}
LINE = {
    **gid("LineItem", 11),
    "title": "Mug",
    "variantTitle": "Red",
    "sku": "M-1",
    "quantity": 3,
    "currentQuantity": 2,
    "product": gid("Product", 1),
    "variant": gid("ProductVariant", 2),
    "customAttributes": [{"key": "text", "value": "Hi"}],
    "originalUnitPriceSet": money("0.10"),
    "originalTotalSet": money("0.30"),
    "discountAllocations": [{"allocatedAmountSet": money("0.05"), "discountApplication": {"index": 0}}],
    "taxLines": [{"priceSet": money("0.01")}, {"priceSet": money("0.02")}],
}
ORDER = {
    **gid("Order", 7),
    "name": "#1001",
    "number": 1001,
    "createdAt": "2026-11-20T05:30:00Z",
    "updatedAt": "2026-11-21T00:00:00Z",
    "processedAt": "2026-11-20T05:30:00Z",
    "displayFinancialStatus": "PARTIALLY_REFUNDED",
    "displayFulfillmentStatus": "FULFILLED",
    "currencyCode": "EUR",
    "presentmentCurrencyCode": "USD",
    "test": False,
    "customer": {**gid("Customer", 9), "displayName": "ana@example.com"},
    "billingAddress": ADDRESS,
    "shippingAddress": ADDRESS,
    "originalTotalPriceSet": money("5.25", "6.00"),
    "totalPriceSet": money("5.25", "6.00"),
    "currentTotalPriceSet": money("5.15"),
    "totalRefundedSet": money("0.10"),
    "totalReceivedSet": money("5.25"),
    "totalWeight": "1500",
    "discountCodes": ["HELLO"],
    "paymentGatewayNames": ["bogus"],
    "lineItems": [LINE],
    "shippingLines": [
        {
            "title": "Gone",
            "isRemoved": True,
            "originalPriceSet": money("9"),
            "discountedPriceSet": money("9"),
        },
        {
            "title": "Post",
            "isRemoved": False,
            "originalPriceSet": money("5"),
            "discountedPriceSet": money("5"),
        },
    ],
    "discountApplications": [
        {
            "__typename": "DiscountCodeApplication",
            "index": 0,
            "code": "HELLO",
            "targetType": "LINE_ITEM",
            "value": {"__typename": "PricingPercentageValue", "percentage": 16.5},
        }
    ],
    "transactions": [
        {
            **gid("OrderTransaction", 21),
            "kind": "SALE",
            "status": "SUCCESS",
            "gateway": "bogus",
            "processedAt": "2026-11-20T05:31:00Z",
            "createdAt": "2026-11-20T05:31:00Z",
            "amountSet": money("5.25"),
        }
    ],
    "refunds": [
        {
            **gid("Refund", 41),
            "processedAt": "2026-11-21T00:00:00Z",
            "totalRefundedSet": money("0.10"),
            "refundLineItems": [
                {
                    "id": None,
                    "quantity": 1,
                    "restockType": "RETURN",
                    "restocked": True,
                    "lineItem": gid("LineItem", 11),
                    "subtotalSet": money("0.10"),
                    "totalTaxSet": money("0.01"),
                }
            ],
        }
    ],
    "fulfillments": [
        {
            **gid("Fulfillment", 51),
            "name": "#1001-F1",
            "status": "SUCCESS",
            "createdAt": "2026-11-20T09:00:00Z",
            "deliveredAt": "2026-11-20T19:00:00Z",
            "trackingInfo": [{"company": "DHL", "number": "A"}, {"company": "UPS", "number": "B"}],
            "fulfillmentLineItems": [
                {**gid("FulfillmentLineItem", 61), "quantity": 3, "lineItem": gid("LineItem", 11)}
            ],
        }
    ],
}
VARIANT = {
    **gid("ProductVariant", 2),
    "title": "Red",
    "position": 1,
    "price": "1234567890.10",
    "compareAtPrice": None,
    "inventoryPolicy": "DENY",
    "inventoryQuantity": 4,
    "selectedOptions": [{"name": "Colour", "value": "Red"}],
    "inventoryItem": {
        **gid("InventoryItem", 3),
        "tracked": True,
        "requiresShipping": True,
        "unitCost": {"amount": "0.5", "currencyCode": "EUR"},
        "measurement": {"weight": {"value": 2.0, "unit": "POUNDS"}},
    },
    "media": [gid("MediaImage", 72)],
}
PRODUCT = {
    **gid("Product", 1),
    "title": "Mug",
    "status": "ACTIVE",
    "descriptionHtml": "<p>Big &amp; red</p>",
    "tags": ["new", "mug"],
    "options": [{"name": "Colour"}],
    "hasOnlyDefaultVariant": False,
    "tracksInventory": True,
    "totalInventory": 4,
    "priceRangeV2": {
        "minVariantPrice": {"amount": "1.0", "currencyCode": "EUR"},
        "maxVariantPrice": {"amount": "2.5", "currencyCode": "EUR"},
    },
    "variantsCount": {"count": 1, "precision": "EXACT"},
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "variants": [VARIANT],
    "media": [
        {**gid("Video", 71), "mediaContentType": "VIDEO"},
        {
            **gid("MediaImage", 72),
            "mediaContentType": "IMAGE",
            "alt": "A mug",
            "preview": {"image": {"url": "https://cdn.example.com/m.jpg", "width": 10, "height": 20}},
        },
    ],
}
COLLECTION = {
    **gid("Collection", 81),
    "title": "Mugs",
    "sources": [],
    "updatedAt": "2026-01-02T00:00:00Z",
    "productsCount": {"count": 2},
    "products": [gid("Product", 1), gid("Product", 4)],
}
CUSTOMER = {
    **gid("Customer", 9),
    "displayName": "ana@example.com",
    "defaultEmailAddress": {
        "emailAddress": "ana@example.com",
        "marketingState": "SUBSCRIBED",
        "marketingUpdatedAt": "2026-01-01T00:00:00Z",
    },
    "defaultPhoneNumber": None,
    "state": "ENABLED",
    "numberOfOrders": "3",
    "amountSpent": {"amount": "10.50", "currencyCode": "EUR"},
    "lastOrder": gid("Order", 7),
    "tags": [],
    "defaultAddress": ADDRESS,
    "addressesV2": [ADDRESS, ADDRESS | {"id": "gid://shopify/MailingAddress/32"}],
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
}
RECORDS = {"products": PRODUCT, "categories": COLLECTION, "customers": CUSTOMER, "orders": ORDER}


def rows(resource, **changes):
    return rows_of(resource, parts_of(resource, copy.deepcopy(RECORDS[resource]) | changes), SHOP)


def one(resource, table=None, **changes):
    return rows(resource, **changes)[table or resource][0]


ORDER_CASES = [
    ({}, "subtotal", 0.3),
    ({}, "total", 5.25),
    ({}, "current_total", 5.15),
    ({}, "presentment_total", 6),
    ({}, "placed_on", "2026-11-19"),
    ({}, "status", "open"),
    ({"closed": True}, "status", "closed"),
    ({"closed": True, "cancelledAt": "2026-11-21T00:00:00Z"}, "status", "cancelled"),
    ({}, "payment_status", "partially_refunded"),
    ({"displayFulfillmentStatus": "SOMETHING_NEW"}, "fulfillment_status", "something_new"),
    ({}, "customer_name", "ana@example.com"),
    ({"customer": None}, "customer_name", "Ana Núñez"),
    ({"customer": None}, "customer_id", None),
    ({}, "shipping_method", "Post"),
    ({}, "shipping_country", "MX"),
    ({}, "discount_codes", '["HELLO"]'),
    ({}, "weight_kg", 1.5),
    ({}, "paid_at", "2026-11-20T05:31:00Z"),
    ({"displayFinancialStatus": "PARTIALLY_PAID"}, "paid_at", None),
    ({}, "shipped_at", "2026-11-20T09:00:00Z"),
    ({}, "delivered_at", "2026-11-20T19:00:00Z"),
    ({"totalTaxSet": None}, "tax_total", None),
    ({"test": True}, "is_test", 1),
]


@pytest.mark.parametrize(("changes", "column", "value"), ORDER_CASES)
def test_order_column_is(changes, column, value):
    assert one("orders", **changes)[column] == value


CHILD_CASES = [
    ("orders", "order_lines", "total", 0.25),
    ("orders", "order_lines", "discount_total", 0.05),
    ("orders", "order_lines", "tax_total", 0.03),
    ("orders", "order_lines", "variant_id", "2"),
    ("orders", "order_lines", "properties", '[{"key": "text", "value": "Hi"}]'),
    ("orders", "order_discounts", "id", "7:0"),
    ("orders", "order_discounts", "kind", "code"),
    ("orders", "order_discounts", "value", 16.5),
    ("orders", "order_discounts", "value_type", "percentage"),
    ("orders", "order_discounts", "amount", 0.05),
    ("orders", "order_shipping_lines", "id", "7:1"),
    ("orders", "order_shipping_lines", "is_removed", 1),
    ("orders", "order_payments", "kind", "sale"),
    ("orders", "order_refunds", "amount", 0.1),
    ("orders", "order_refund_lines", "id", "41:1"),
    ("orders", "order_refund_lines", "restock_type", "return"),
    ("orders", "order_fulfillments", "tracking_number", "A"),
    ("orders", "order_fulfillments", "tracking_count", 2),
    ("orders", "order_fulfillments", "shipped_at", "2026-11-20T09:00:00Z"),
    ("orders", "order_fulfillment_lines", "variant_id", "2"),
    ("products", "products", "description", "Big & red"),
    ("products", "products", "options", '["Colour"]'),
    ("products", "products", "price_max", 2.5),
    ("products", "products", "status", "active"),
    ("products", "variants", "price", 1234567890.1),
    ("products", "variants", "cost", 0.5),
    ("products", "variants", "weight_kg", 0.90718474),
    ("products", "variants", "option1", "Red"),
    ("products", "variants", "option2", None),
    ("products", "variants", "sells_out_of_stock", 0),
    ("products", "variants", "image_id", "72"),
    ("products", "product_images", "variant_id", "2"),
    ("products", "product_images", "position", 2),
    ("categories", "categories", "kind", "collection"),
    ("categories", "categories", "is_automatic", 0),
    ("categories", "product_categories", "id", "1:81"),
    ("customers", "customers", "name", "ana@example.com"),
    ("customers", "customers", "accepts_marketing", 1),
    ("customers", "customers", "orders_count", 3),
    ("customers", "customers", "total_spent", 10.5),
    ("customers", "customers", "last_order_id", "7"),
    ("customers", "customers", "country", "MX"),
    ("customers", "customer_addresses", "id", "31"),
    ("customers", "customer_addresses", "is_default", 1),
    ("customers", "customer_addresses", "floor", "3º B"),
]


@pytest.mark.parametrize(("resource", "table", "column", "value"), CHILD_CASES)
def test_column_is(resource, table, column, value):
    assert one(resource, table)[column] == value


@pytest.mark.parametrize("resource", RECORDS)
def test_every_column_is_promised(resource):
    for table, found in rows(resource).items():
        for row in found:
            assert {"id", "created_at", "updated_at"} <= set(row) <= set(TABLES[table].names) - OURS


@pytest.mark.parametrize("resource", RECORDS)
def test_every_table_of_the_resource_is_covered(resource):
    children = set(RESOURCES[resource].children)
    # Memberships hang under the collections here.
    expected = children - {"product_categories"} if resource == "products" else children
    assert set(rows(resource)) == {resource, *expected}


def test_parts_come_back_from_their_json_the_same():
    parts = parts_of("orders", ORDER)
    assert rows_of("orders", json.loads(json.dumps(parts)), SHOP) == rows_of("orders", parts, SHOP)


def test_refunds_and_fulfillments_are_parts_of_their_own():
    parts = parts_of("orders", ORDER)
    assert set(parts) == {"record", "refunds", "fulfillments"}
    assert not {"refunds", "fulfillments"} & set(parts["record"])


def test_rows_of_a_part_that_was_not_read_are_left_out():
    found = rows("orders", refunds=None)
    assert "order_refunds" not in found
    assert "order_refund_lines" not in found
    assert found["order_fulfillments"]


def test_an_order_without_refunds_has_none():
    assert rows("orders", refunds=[])["order_refunds"] == []


def test_a_shipping_discount_is_what_it_took_off():
    application = {"__typename": "ManualDiscountApplication", "index": 0, "targetType": "SHIPPING_LINE"}
    value = {"__typename": "MoneyV2", "amount": "2.00", "currencyCode": "EUR"}
    line = {"title": "Post", "originalPriceSet": money("5"), "discountedPriceSet": money("3")}
    discount = one(
        "orders",
        "order_discounts",
        lineItems=[],
        shippingLines=[line],
        discountApplications=[application | {"value": value, "manualTitle": "Sorry"}],
    )
    assert (discount["kind"], discount["title"], discount["amount"]) == ("manual", "Sorry", 2)
    assert (discount["value"], discount["value_type"]) == (2, "amount")


def test_a_product_without_options_shows_none():
    variant = VARIANT | {
        "title": "Default Title",
        "selectedOptions": [{"name": "Title", "value": "Default Title"}],
    }
    found = rows("products", hasOnlyDefaultVariant=True, options=[{"name": "Title"}], variants=[variant])
    assert found["products"][0]["options"] == "[]"
    assert (found["variants"][0]["name"], found["variants"][0]["option1"]) == (None, None)


def test_untracked_stock_is_no_number():
    item = VARIANT["inventoryItem"] | {"tracked": False}
    found = rows("products", tracksInventory=False, variants=[VARIANT | {"inventoryItem": item}])
    assert found["products"][0]["inventory_quantity"] is None
    assert found["variants"][0]["inventory_quantity"] is None


def test_a_withheld_field_is_null():
    row = one("customers", defaultEmailAddress=None, defaultAddress=None)
    assert (row["email"], row["accepts_marketing"], row["city"]) == (None, None, None)


@pytest.mark.parametrize("changes", [{"id": None}, {"lineItems": {"nodes": []}}, {"totalTaxSet": money("a lot")}])
def test_what_no_column_can_keep_is_unreadable(changes):
    with pytest.raises(Unreadable):
        rows("orders", **changes)
