"""What Shopify sends becomes what the columns promise."""

import copy
import json

import pytest

from storesync.model import Shop
from storesync.platforms.shopify.listings import records_of
from storesync.platforms.shopify.rows import parts_of, rows_of
from storesync.platforms.shopify.sources import HOLDERS
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
    "cancelledAt": None,
    "closed": False,
    "closedAt": None,
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
            "discountAllocations": [],
            "originalPriceSet": money("9"),
            "discountedPriceSet": money("9"),
        },
        {
            "title": "Post",
            "isRemoved": False,
            "originalPriceSet": money("5"),
            "discountedPriceSet": money("5"),
            "discountAllocations": [],
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
            "paymentDetails": {
                "__typename": "CardPaymentDetails",
                "paymentMethodName": "Credit card",
                "company": "Visa",
                "wallet": None,
            },
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
    "barcode": "779",
    "barcodes": [{"type": "EAN", "value": "779"}, {"type": None, "value": "B0-1"}],
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
    "sources": [{"__typename": "CollectionConditionsSource", "inclusion": {"matchType": "ALL", "conditions": []}}],
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
    "taxSettings": {"taxId": "20-1"},
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
BUYER = {
    **gid("Customer", 9),
    "displayName": "ana@example.com",
    "defaultEmailAddress": {"emailAddress": "ana@example.com"},
    "defaultPhoneNumber": None,
}
CHECKOUT = {
    **gid("AbandonedCheckout", 91),
    "name": "#91",
    "abandonedCheckoutUrl": "https://alpha.example.com/recover/91",
    "createdAt": "2026-11-20T05:30:00Z",
    "updatedAt": "2026-11-21T00:00:00Z",
    "completedAt": "2026-11-20T06:00:00Z",
    "note": "",
    "customer": BUYER,
    "billingAddress": ADDRESS | {"city": "Lima", "countryCodeV2": "PE", "phone": "+51 1"},
    "shippingAddress": ADDRESS,
    "subtotalPriceSet": money("0.25"),
    "totalLineItemsPriceSet": money("0.30"),
    "totalDiscountSet": money("0.05"),
    "totalTaxSet": None,
    "totalPriceSet": money("5.25"),
    "lineItems": [
        {
            **gid("AbandonedCheckoutLineItem", 92),
            "title": "Mug",
            "variantTitle": "Red",
            "sku": "M-1",
            "quantity": 3,
            "product": gid("Product", 1),
            "variant": gid("ProductVariant", 2),
            "originalUnitPriceSet": money("0.10"),
            "discountedTotalPriceWithCodeDiscount": money("0.25"),
        },
        {**gid("AbandonedCheckoutLineItem", 93), "quantity": 1, "product": None, "variant": None},
    ],
}
DRAFT = {
    **gid("DraftOrder", 94),
    "name": "#D1",
    "status": "INVOICE_SENT",
    "createdAt": "2026-11-20T05:30:00Z",
    "updatedAt": "2026-11-21T00:00:00Z",
    "completedAt": None,
    "invoiceUrl": "https://alpha.example.com/invoice/94",
    "email": "buyer@example.com",
    "phone": None,
    "note2": "Wrap it",
    "currencyCode": "EUR",
    "totalQuantityOfLineItems": 3,
    "customer": None,
    "order": gid("Order", 7),
    "billingAddress": ADDRESS,
    "shippingAddress": ADDRESS | {"phone": "+52 1"},
    "totalLineItemsPriceSet": money("0.30"),
    "totalDiscountsSet": money("0.05"),
    "totalShippingPriceSet": money("5"),
    "totalTaxSet": money("0.01"),
    "totalPriceSet": money("5.26"),
    "lineItems": [
        {
            **gid("DraftOrderLineItem", 95),
            "name": "Mug - Red",
            "title": "Mug",
            "variantTitle": "Red",
            "quantity": 3,
            "originalUnitPriceSet": money("0.10"),
            "discountedTotalSet": money("0.25"),
        }
    ],
}
CODE = {
    "__typename": "DiscountCodeBasic",
    "title": "Hello",
    "status": "SCHEDULED",
    "startsAt": "2026-12-01T00:00:00Z",
    "endsAt": None,
    "createdAt": "2026-11-01T00:00:00Z",
    "updatedAt": "2026-11-02T00:00:00Z",
    "asyncUsageCount": 4,
    "usageLimit": 100,
    "appliesOncePerCustomer": True,
    "codesCount": {"count": 190000, "precision": "EXACT"},
    "combinesWith": {"orderDiscounts": False, "productDiscounts": True, "shippingDiscounts": False},
    "minimumRequirement": {"greaterThanOrEqualToSubtotal": {"amount": "20.0", "currencyCode": "EUR"}},
    "customerGets": {
        "items": {"__typename": "DiscountCollections"},
        "value": {"__typename": "DiscountPercentage", "percentage": 0.165},
    },
    "codes": [{**gid("DiscountRedeemCode", 97), "code": "HELLO"}],
}
COUPON = {**gid("DiscountNode", 96), "discount": CODE}
LOCATION = {
    **gid("Location", 98),
    "name": "Shed",
    "isActive": False,
    "fulfillsOnlineOrders": True,
    "address": {
        "address1": "Calle 1",
        "city": "León",
        "province": "Guanajuato",
        "countryCode": "MX",
        "zip": "37000",
        "phone": "+52 1",
    },
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
}
LEVEL = {
    "id": "gid://shopify/InventoryLevel/98?inventory_item_id=3",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "isActive": True,
    "location": gid("Location", 98),
    "item": {**gid("InventoryItem", 3), "tracked": True, "variants": [gid("ProductVariant", 2)]},
    "quantities": [
        {"name": "available", "quantity": -1},
        {"name": "on_hand", "quantity": 4},
        {"name": "committed", "quantity": 5},
        {"name": "incoming", "quantity": 0},
    ],
}
PAGE = {
    **gid("Page", 301),
    "title": "About us",
    "handle": "about",
    "body": "<p>Since <b>1999</b></p><p>Tea &amp; mate</p>",
    "isPublished": True,
    "publishedAt": "2026-01-03T00:00:00Z",
    "templateSuffix": "wide",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
}
BLOG = {
    **gid("Blog", 302),
    "title": "News",
    "handle": "news",
    "tags": ["tea"],
    "commentPolicy": "AUTO_PUBLISHED",
    "templateSuffix": None,
    "articlesCount": {"count": 7, "precision": "EXACT"},
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": None,
}
ARTICLE = PAGE | {
    **gid("Article", 303),
    "handle": "brewing",
    "summary": "<p>How to brew</p>",
    "blog": {**gid("Blog", 302), "handle": "news"},
    "author": {"name": "Ana Núñez"},
    "tags": ["tea", "mate"],
    "image": {"url": "https://cdn.example.com/tea.jpg"},
}
GIFT_CARD = {
    **gid("GiftCard", 70),
    "lastCharacters": "k3m9",
    "enabled": False,
    "deactivatedAt": "2026-01-03T00:00:00Z",
    "expiresOn": "2027-01-01",
    "note": "",
    "balance": {"amount": "12.5", "currencyCode": "MXN"},
    "initialValue": {"amount": "50.0"},
    "customer": gid("Customer", 5),
    "order": None,
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-03T00:00:00Z",
}
TENDER = {
    **gid("TenderTransaction", 71),
    "amount": {"amount": "-12.5", "currencyCode": "MXN"},
    "order": gid("Order", 7),
    "paymentMethod": "credit_card",
    "remoteReference": "",
    "test": False,
    "processedAt": "2026-01-03T00:00:00Z",
    "transactionDetails": {"creditCardCompany": "Visa"},
}
PAYOUT = {
    **gid("ShopifyPaymentsPayout", 72),
    "status": "PAID",
    "transactionType": "DEPOSIT",
    "issuedAt": "2026-01-03T00:00:00Z",
    "externalTraceId": "T1",
    "net": {"amount": "90.1", "currencyCode": "MXN"},
    "summary": {
        "chargesGross": {"amount": "100.0"},
        "chargesFee": {"amount": "3.0"},
        "refundsFeeGross": {"amount": "-6.9"},
        "refundsFee": {"amount": "0.5"},
        "adjustmentsGross": {"amount": "1.0"},
        "adjustmentsFee": {"amount": "0.0"},
        "advanceGross": {"amount": "2.0"},
        "advanceFees": {"amount": "2.5"},
        "reservedFundsGross": {"amount": "4.0"},
        "reservedFundsFee": {"amount": "4.5"},
        "retriedPayoutsGross": {"amount": "5.0"},
        "retriedPayoutsFee": {"amount": "5.5"},
    },
}
TRANSACTION = {
    **gid("ShopifyPaymentsBalanceTransaction", 73),
    "type": "CHARGE",
    "sourceType": "CHARGE",
    "sourceId": "9007199254740993",
    "sourceOrderTransactionId": 12,
    "adjustmentReason": None,
    "test": False,
    "transactionDate": "2026-01-03T00:00:00Z",
    "amount": {"amount": "100.0", "currencyCode": "MXN"},
    "fee": {"amount": "3.0"},
    "net": {"amount": "97.0"},
    "associatedOrder": gid("Order", 7),
    "associatedPayout": {**gid("ShopifyPaymentsPayout", 72), "status": "PAID"},
}
DISPUTE = {
    **gid("ShopifyPaymentsDispute", 74),
    "type": "CHARGEBACK",
    "status": "WON",
    "initiatedAt": "2026-01-03T00:00:00Z",
    "evidenceDueBy": "2026-01-13T00:00:00Z",
    "evidenceSentOn": "2026-01-05T00:00:00Z",
    "finalizedOn": "2026-02-03T00:00:00Z",
    "amount": {"amount": "100.0", "currencyCode": "MXN"},
    "order": gid("Order", 7),
    "reasonDetails": {"reason": "FRAUDULENT", "networkReasonCode": "10.4"},
}
FULFILLMENT_ORDER = {
    **gid("FulfillmentOrder", 71),
    "orderId": "gid://shopify/Order/5",
    "status": "ON_HOLD",
    "requestStatus": "UNSUBMITTED",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "fulfillAt": "2026-01-03T00:00:00Z",
    "fulfillBy": None,
    "assignedLocation": {"name": "Depot", "location": gid("Location", 98)},
    "fulfillmentHolds": [{"reason": "AWAITING_PAYMENT"}, {"reason": "OTHER"}],
    "deliveryMethod": {
        "methodType": "PICK_UP",
        "presentedName": "At the shop",
        "minDeliveryDateTime": "2026-01-04T00:00:00Z",
        "maxDeliveryDateTime": None,
    },
    "destination": {"city": "Lyon", "province": None, "countryCode": "FR"},
    "lineItems": [
        {
            **gid("FulfillmentOrderLineItem", 72),
            "lineItem": gid("LineItem", 6),
            "variant": gid("ProductVariant", 2),
            "inventoryItemId": "gid://shopify/InventoryItem/3",
            "sku": "A-1",
            "productTitle": "Chair",
            "variantTitle": "Red",
            "totalQuantity": 3,
            "remainingQuantity": 2,
            "requiresShipping": True,
        }
    ],
}
COMPANY = {
    **gid("Company", 81),
    "name": "Acme",
    "externalId": "ERP-1",
    "note": "Ring first",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "customerSince": "2025-12-31T00:00:00Z",
    "mainContact": {**gid("CompanyContact", 82), "customer": gid("Customer", 4)},
    "contactsCount": {"count": 2, "precision": "EXACT"},
    "locationsCount": {"count": 1, "precision": "EXACT"},
    "ordersCount": {"count": 3, "precision": "EXACT"},
    "totalSpent": {"amount": "120.50", "currencyCode": "EUR"},
}
COMPANY_LOCATION = {
    **gid("CompanyLocation", 83),
    "name": "Acme North",
    "externalId": None,
    "note": None,
    "phone": "+331",
    "locale": "fr",
    "currency": "USD",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-02T00:00:00Z",
    "company": {**gid("Company", 81), "mainContact": {"customer": gid("Customer", 4)}},
    "billingAddress": {
        "companyName": "Acme",
        "recipient": None,
        "firstName": "Ana",
        "lastName": "Paz",
        "address1": "Rue 1",
        "city": "Lyon",
        "province": None,
        "countryCode": "FR",
        "zip": "69001",
        "phone": None,
    },
    "shippingAddress": None,
    "taxSettings": {"taxExempt": True, "taxRegistrationId": "FR1"},
    "buyerExperienceConfiguration": {
        "checkoutToDraft": False,
        "editableShippingAddress": True,
        "paymentTermsTemplate": {"name": "Net 30", "dueInDays": 30},
    },
    "ordersCount": {"count": 3, "precision": "EXACT"},
    "totalSpent": {"amount": "99.00", "currencyCode": "EUR"},
}
MARKET = {
    **gid("Market", 91),
    "name": "Europe",
    "handle": "europe",
    "status": "ACTIVE",
    "type": "REGION",
    "currencySettings": {
        "baseCurrency": {"currencyCode": "EUR"},
        "localCurrencies": True,
        "roundingEnabled": False,
    },
    "priceInclusions": {
        "inclusiveTaxPricingStrategy": "INCLUDES_TAXES_IN_PRICE",
        "inclusiveDutiesPricingStrategy": "ADD_DUTIES_AT_CHECKOUT",
    },
    "conditions": {
        "conditionTypes": ["REGION"],
        "regionsCondition": {
            "applicationLevel": "SPECIFIED",
            "regions": {
                "nodes": [
                    {"__typename": "MarketRegionCountry", "id": "1", "name": "France", "code": "FR"},
                    {"__typename": "MarketRegionProvince", "id": "2", "name": "Ontario"},
                ],
                "pageInfo": {"hasNextPage": False},
            },
        },
    },
}
PRICE_LIST = {
    **gid("PriceList", 95),
    "name": "Wholesale",
    "currency": "EUR",
    "fixedPricesCount": 12,
    "parent": {
        "adjustment": {"type": "PERCENTAGE_DECREASE", "value": 12.5},
        "settings": {"compareAtMode": "NULLIFY"},
    },
    "catalog": {
        "__typename": "CompanyLocationCatalog",
        **gid("CompanyLocationCatalog", 96),
        "title": "B2B",
        "status": "ACTIVE",
    },
}
PRICE = {
    "priceList": gid("PriceList", 95),
    "variant": gid("ProductVariant", 2),
    "price": {"amount": "10.50", "currencyCode": "EUR"},
    "compareAtPrice": None,
}
RECORDS = {
    "pages": PAGE,
    "blogs": BLOG,
    "articles": ARTICLE,
    "products": PRODUCT,
    "categories": COLLECTION,
    "customers": CUSTOMER,
    "orders": ORDER,
    "checkouts": CHECKOUT,
    "draft_orders": DRAFT,
    "coupons": COUPON,
    "locations": LOCATION,
    "inventory_levels": LEVEL,
    "gift_cards": GIFT_CARD,
    "tender_transactions": TENDER,
    "payouts": PAYOUT,
    "balance_transactions": TRANSACTION,
    "disputes": DISPUTE,
    "fulfillment_orders": FULFILLMENT_ORDER,
    "companies": COMPANY,
    "company_locations": COMPANY_LOCATION,
    "markets": MARKET,
    "price_lists": PRICE_LIST,
    "price_list_prices": PRICE,
}


def rows(resource, **changes):
    return rows_of(resource, parts_of(resource, copy.deepcopy(RECORDS[resource]) | changes), SHOP)


def one(resource, table=None, **changes):
    return rows(resource, **changes)[table or resource][0]


def localized(**fields):
    return [{"key": key, "value": value} for key, value in fields.items()]


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
    ({}, "tax_id", None),
    ({"localizedFields": localized(TAX_CREDENTIAL_BR="123.456")}, "tax_id", "123.456"),
    ({"localizedFields": localized(SHIPPING_CREDENTIAL_CO="9", TAX_CREDENTIAL_CO="7")}, "tax_id", "7"),
    ({"localizedFields": localized(TAX_CREDENTIAL_CO="", SHIPPING_CREDENTIAL_CO="9")}, "tax_id", "9"),
    ({"localizedFields": localized(TAX_CREDENTIAL_TYPE_MX="605", TAX_CREDENTIAL_USE_MX="G03")}, "tax_id", None),
    ({"localizedFields": localized(TAX_EMAIL_IT="ana@example.com", TAX_CREDENTIAL_IT="8")}, "tax_id", "8"),
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
    ({}, "payment_method", "credit card"),
    ({"transactions": []}, "payment_method", None),
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
    ("orders", "order_payments", "method", "credit card"),
    ("orders", "order_payments", "card_brand", "Visa"),
    ("orders", "order_shipping_lines", "discounted_price", 9),
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
    ("products", "variants", "barcode", "779"),
    ("products", "variant_barcodes", "id", "2:1"),
    ("products", "variant_barcodes", "variant_id", "2"),
    ("products", "variant_barcodes", "type", "ean"),
    ("products", "product_images", "variant_id", "2"),
    ("products", "product_images", "position", 2),
    ("categories", "categories", "kind", "collection"),
    ("categories", "categories", "is_automatic", 0),
    ("categories", "product_categories", "id", "1:81"),
    ("customers", "customers", "name", "ana@example.com"),
    ("customers", "customers", "tax_id", "20-1"),
    ("customers", "customers", "accepts_marketing", 1),
    ("customers", "customers", "orders_count", 3),
    ("customers", "customers", "total_spent", 10.5),
    ("customers", "customers", "last_order_id", "7"),
    ("customers", "customers", "country", "MX"),
    ("customers", "customer_addresses", "id", "31"),
    ("customers", "customer_addresses", "is_default", 1),
    ("customers", "customer_addresses", "floor", "3º B"),
    ("checkouts", "checkouts", "customer_id", "9"),
    ("checkouts", "checkouts", "customer_name", "ana@example.com"),
    ("checkouts", "checkouts", "email", "ana@example.com"),
    ("checkouts", "checkouts", "phone", "+51 1"),
    ("checkouts", "checkouts", "currency", "EUR"),
    ("checkouts", "checkouts", "subtotal", 0.3),
    ("checkouts", "checkouts", "discount_total", 0.05),
    ("checkouts", "checkouts", "tax_total", None),
    ("checkouts", "checkouts", "total", 5.25),
    ("checkouts", "checkouts", "item_quantity", 4),
    ("checkouts", "checkouts", "recovery_url", "https://alpha.example.com/recover/91"),
    ("checkouts", "checkouts", "city", "León"),
    ("checkouts", "checkouts", "country", "MX"),
    ("checkouts", "checkouts", "completed_at", "2026-11-20T06:00:00Z"),
    ("checkouts", "checkout_lines", "checkout_id", "91"),
    ("checkouts", "checkout_lines", "position", 1),
    ("checkouts", "checkout_lines", "variant_id", "2"),
    ("checkouts", "checkout_lines", "name", "Mug"),
    ("checkouts", "checkout_lines", "price", 0.1),
    ("checkouts", "checkout_lines", "total", 0.25),
    ("checkouts", "checkout_lines", "currency", "EUR"),
    ("draft_orders", "draft_orders", "status", "invoice_sent"),
    ("draft_orders", "draft_orders", "customer_id", None),
    ("draft_orders", "draft_orders", "customer_name", "Ana Núñez"),
    ("draft_orders", "draft_orders", "email", "buyer@example.com"),
    ("draft_orders", "draft_orders", "phone", "+52 1"),
    ("draft_orders", "draft_orders", "subtotal", 0.3),
    ("draft_orders", "draft_orders", "shipping_total", 5),
    ("draft_orders", "draft_orders", "tax_total", 0.01),
    ("draft_orders", "draft_orders", "total", 5.26),
    ("draft_orders", "draft_orders", "item_quantity", 3),
    ("draft_orders", "draft_orders", "order_id", "7"),
    ("draft_orders", "draft_orders", "checkout_url", "https://alpha.example.com/invoice/94"),
    ("draft_orders", "draft_orders", "note", "Wrap it"),
    ("draft_orders", "draft_orders", "completed_at", None),
    ("draft_orders", "draft_order_lines", "draft_order_id", "94"),
    ("draft_orders", "draft_order_lines", "name", "Mug"),
    ("draft_orders", "draft_order_lines", "total", 0.25),
    ("fulfillment_orders", "fulfillment_orders", "holds", '["awaiting_payment", "other"]'),
    ("fulfillment_orders", "fulfillment_orders", "remaining_quantity", 2),
    ("fulfillment_orders", "fulfillment_orders", "location_id", "98"),
    ("fulfillment_orders", "fulfillment_orders", "delivery_method", "pick_up"),
    ("fulfillment_orders", "fulfillment_order_lines", "order_line_id", "6"),
    ("fulfillment_orders", "fulfillment_order_lines", "order_id", "5"),
    ("companies", "companies", "customer_id", "4"),
    ("companies", "companies", "main_contact_id", "82"),
    ("companies", "companies", "total_spent", 120.5),
    ("company_locations", "company_locations", "company_id", "81"),
    ("company_locations", "company_locations", "customer_id", "4"),
    ("company_locations", "company_locations", "currency", "EUR"),
    ("company_locations", "company_locations", "presentment_currency", "USD"),
    ("company_locations", "company_locations", "billing_name", "Ana Paz"),
    ("company_locations", "company_locations", "shipping_city", None),
    ("company_locations", "company_locations", "due_in_days", 30),
    ("company_locations", "company_locations", "editable_shipping_address", 1),
    ("markets", "markets", "countries", '["FR", "Ontario"]'),
    ("markets", "markets", "taxes_in_prices", "includes_taxes_in_price"),
    ("markets", "markets", "currency", "EUR"),
    ("markets", "markets", "rounds_prices", 0),
    ("price_lists", "price_lists", "adjustment_value", 12.5),
    ("price_lists", "price_lists", "catalog_kind", "company_location"),
    ("price_lists", "price_lists", "catalog_id", "96"),
    ("price_lists", "price_lists", "fixed_prices_count", 12),
    ("price_list_prices", "price_list_prices", "id", "95:2"),
    ("price_list_prices", "price_list_prices", "price", 10.5),
    ("price_list_prices", "price_list_prices", "compare_at_price", None),
    ("locations", "locations", "is_active", 0),
    ("locations", "locations", "country", "MX"),
    ("locations", "locations", "fulfills_online", 1),
    ("locations", "locations", "updated_at", "2026-01-02T00:00:00Z"),
    ("inventory_levels", "inventory_levels", "id", "3:98"),
    ("inventory_levels", "inventory_levels", "variant_id", "2"),
    ("inventory_levels", "inventory_levels", "inventory_item_id", "3"),
    ("inventory_levels", "inventory_levels", "location_id", "98"),
    ("inventory_levels", "inventory_levels", "available", -1),
    ("inventory_levels", "inventory_levels", "on_hand", 4),
    ("inventory_levels", "inventory_levels", "incoming", 0),
    ("inventory_levels", "inventory_levels", "reserved", None),
    ("inventory_levels", "inventory_levels", "is_active", 1),
    ("pages", "pages", "id", "301"),
    ("pages", "pages", "title", "About us"),
    ("pages", "pages", "url_path", "/pages/about"),
    ("pages", "pages", "body", "Since 1999\nTea & mate"),
    ("pages", "pages", "body_html", PAGE["body"]),
    ("pages", "pages", "is_published", 1),
    ("pages", "pages", "published_at", "2026-01-03T00:00:00Z"),
    ("pages", "pages", "template_suffix", "wide"),
    ("blogs", "blogs", "url_path", "/blogs/news"),
    ("blogs", "blogs", "tags", '["tea"]'),
    ("blogs", "blogs", "comment_policy", "auto_published"),
    ("blogs", "blogs", "articles_count", 7),
    ("blogs", "blogs", "updated_at", None),
    ("articles", "articles", "blog_id", "302"),
    ("articles", "articles", "url_path", "/blogs/news/brewing"),
    ("articles", "articles", "author", "Ana Núñez"),
    ("articles", "articles", "tags", '["tea", "mate"]'),
    ("articles", "articles", "summary", "How to brew"),
    ("articles", "articles", "summary_html", "<p>How to brew</p>"),
    ("articles", "articles", "image_url", "https://cdn.example.com/tea.jpg"),
    ("articles", "articles", "body_html", PAGE["body"]),
    ("gift_cards", "gift_cards", "last_characters", "k3m9"),
    ("gift_cards", "gift_cards", "is_enabled", 0),
    ("gift_cards", "gift_cards", "deactivated_at", "2026-01-03T00:00:00Z"),
    ("gift_cards", "gift_cards", "expires_on", "2027-01-01"),
    ("gift_cards", "gift_cards", "note", None),
    ("gift_cards", "gift_cards", "balance", 12.5),
    ("gift_cards", "gift_cards", "initial_value", 50),
    ("gift_cards", "gift_cards", "currency", "MXN"),
    ("gift_cards", "gift_cards", "customer_id", "5"),
    ("gift_cards", "gift_cards", "order_id", None),
    ("tender_transactions", "tender_transactions", "order_id", "7"),
    ("tender_transactions", "tender_transactions", "amount", -12.5),
    ("tender_transactions", "tender_transactions", "currency", "MXN"),
    ("tender_transactions", "tender_transactions", "payment_method", "credit_card"),
    ("tender_transactions", "tender_transactions", "card_brand", "visa"),
    ("tender_transactions", "tender_transactions", "remote_reference", None),
    ("tender_transactions", "tender_transactions", "is_test", 0),
    ("tender_transactions", "tender_transactions", "updated_at", "2026-01-03T00:00:00Z"),
    ("payouts", "payouts", "status", "paid"),
    ("payouts", "payouts", "direction", "deposit"),
    ("payouts", "payouts", "net", 90.1),
    ("payouts", "payouts", "currency", "MXN"),
    ("payouts", "payouts", "charges_gross", 100),
    ("payouts", "payouts", "charges_fee", 3),
    ("payouts", "payouts", "refunds_gross", -6.9),
    ("payouts", "payouts", "refunds_fee", 0.5),
    ("payouts", "payouts", "adjustments_gross", 1),
    ("payouts", "payouts", "adjustments_fee", 0),
    ("payouts", "payouts", "advances_gross", 2),
    ("payouts", "payouts", "advances_fee", 2.5),
    ("payouts", "payouts", "reserved_funds_gross", 4),
    ("payouts", "payouts", "reserved_funds_fee", 4.5),
    ("payouts", "payouts", "retried_payouts_gross", 5),
    ("payouts", "payouts", "retried_payouts_fee", 5.5),
    ("payouts", "payouts", "trace_id", "T1"),
    ("payouts", "payouts", "issued_at", "2026-01-03T00:00:00Z"),
    ("balance_transactions", "balance_transactions", "payout_id", "72"),
    ("balance_transactions", "balance_transactions", "payout_status", "paid"),
    ("balance_transactions", "balance_transactions", "order_id", "7"),
    ("balance_transactions", "balance_transactions", "order_payment_id", "12"),
    ("balance_transactions", "balance_transactions", "source_id", "9007199254740993"),
    ("balance_transactions", "balance_transactions", "type", "charge"),
    ("balance_transactions", "balance_transactions", "source_type", "charge"),
    ("balance_transactions", "balance_transactions", "amount", 100),
    ("balance_transactions", "balance_transactions", "fee", 3),
    ("balance_transactions", "balance_transactions", "net", 97),
    ("balance_transactions", "balance_transactions", "is_test", 0),
    ("disputes", "disputes", "type", "chargeback"),
    ("disputes", "disputes", "status", "won"),
    ("disputes", "disputes", "reason", "fraudulent"),
    ("disputes", "disputes", "network_reason_code", "10.4"),
    ("disputes", "disputes", "evidence_due_at", "2026-01-13T00:00:00Z"),
    ("disputes", "disputes", "evidence_sent_at", "2026-01-05T00:00:00Z"),
    ("disputes", "disputes", "finalized_at", "2026-02-03T00:00:00Z"),
]


@pytest.mark.parametrize(("resource", "table", "column", "value"), CHILD_CASES)
def test_column_is(resource, table, column, value):
    assert one(resource, table)[column] == value


@pytest.mark.parametrize(
    "missing", [{"author": None}, {"image": None}, {"summary": None}, {"body": ""}, {"updatedAt": None}]
)
def test_an_article_may_lack_much(missing):
    (name,) = missing
    column = {"updatedAt": "updated_at", "image": "image_url"}.get(name, name)
    assert one("articles", **missing)[column] is None


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


def test_a_market_without_conditions_has_no_countries():
    found = one("markets", conditions=None)
    assert (found["countries"], found["condition_types"], found["applies_to"]) == ("[]", "[]", None)


def test_conditions_in_a_form_that_nobody_knows_are_not_taken_for_none():
    with pytest.raises(Unreadable):
        rows("markets", conditions={"conditionTypes": "REGION"})


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
    share = {"allocatedAmountSet": money("2"), "discountApplication": {"index": 0}}
    discount = one(
        "orders",
        "order_discounts",
        lineItems=[],
        shippingLines=[
            {"title": "Post", "discountAllocations": [share], "isRemoved": False},
            {"title": "Gone", "discountAllocations": [share], "isRemoved": True},
        ],
        discountApplications=[application | {"value": value, "manualTitle": "Sorry"}],
    )
    assert (discount["kind"], discount["title"], discount["amount"]) == ("manual", "Sorry", 2)
    assert (discount["value"], discount["value_type"]) == (2, "amount")


def test_a_percentage_is_the_same_with_either_sign():
    """It is documented as a number from -100 to 0."""
    value = {"__typename": "PricingPercentageValue", "percentage": -16.5}
    changed = ORDER["discountApplications"][0] | {"value": value}
    assert one("orders", "order_discounts", discountApplications=[changed])["value"] == 16.5


@pytest.mark.parametrize(
    ("details", "method", "brand"),
    [
        (None, None, None),
        ({"__typename": "CardPaymentDetails", "company": "Visa", "wallet": "APPLE_PAY"}, "apple_pay", "Visa"),
        ({"__typename": "CardPaymentDetails", "paymentMethodName": None}, "card", None),
        ({"__typename": "PaypalWalletPaymentDetails", "paymentMethodName": None}, "paypal", None),
        ({"__typename": "ShopPayInstallmentsPaymentDetails"}, "shop_pay_installments", None),
        ({"__typename": "LocalPaymentMethodsPaymentDetails", "paymentMethodName": "iDEAL"}, "ideal", None),
        ({"__typename": "LocalPaymentMethodsPaymentDetails", "paymentMethodName": None}, None, None),
    ],
)
def test_a_payment_says_how_it_was_made(details, method, brand):
    paid = rows("orders", transactions=[ORDER["transactions"][0] | {"paymentDetails": details}])
    assert (paid["order_payments"][0]["method"], paid["order_payments"][0]["card_brand"]) == (method, brand)
    assert paid["orders"][0]["payment_method"] == method


def test_a_payment_that_failed_does_not_name_the_method():
    failed = ORDER["transactions"][0] | {"status": "FAILURE"}
    wallet = ORDER["transactions"][0] | {"paymentDetails": {"__typename": "PaypalWalletPaymentDetails"}}
    assert one("orders", transactions=[failed, wallet])["payment_method"] == "paypal"


@pytest.mark.parametrize(
    ("source", "automatic"),
    [
        ({"__typename": "CollectionConditionsSource", "inclusion": {"conditions": []}}, 0),
        ({"__typename": "CollectionConditionsSource", "inclusion": {"conditions": [{"id": "1"}]}}, 1),
        ({"__typename": "CollectionSubCollectionsSource"}, 1),
        ({"__typename": "CollectionConditionsSource", "inclusion": None}, 0),
    ],
)
def test_a_collection_is_automatic_where_a_source_has_conditions(source, automatic):
    """Every collection has a source, one that a person fills too."""
    assert one("categories", sources=[source])["is_automatic"] == automatic


def gets(kind, items="AllDiscountItems", **value):
    return {"items": {"__typename": items}, "value": {"__typename": kind, **value}}


PERCENT = {"percentage": 0.1}
MONEY = {"amount": {"amount": "5.50", "currencyCode": "EUR"}, "appliesOnEachItem": False}
DISCOUNT_CASES = [
    ({}, {"code": "HELLO", "kind": "percentage", "value": 16.5, "applies_to": "categories", "codes_count": 190000}),
    ({}, {"status": "scheduled", "min_total": 20, "currency": "EUR", "usage_limit": 100, "used_count": 4}),
    ({}, {"once_per_customer": 1, "combines": 1, "starts_at": "2026-12-01T00:00:00Z", "ends_at": None}),
    ({}, {"title": "Hello", "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-02T00:00:00Z"}),
    ({"minimumRequirement": None}, {"min_total": None, "currency": None}),
    ({"minimumRequirement": {"greaterThanOrEqualToQuantity": "3"}}, {"min_total": None}),
    ({"combinesWith": {"orderDiscounts": False}}, {"combines": 0}),
    ({"combinesWith": None}, {"combines": None}),
    ({"status": "SOMETHING_NEW"}, {"status": "something_new"}),
    (
        {"customerGets": gets("DiscountAmount", "DiscountProducts", **MONEY)},
        {"kind": "amount", "value": 5.5, "currency": "EUR", "applies_to": "products"},
    ),
    (
        {"customerGets": gets("DiscountOnQuantity", effect={"__typename": "DiscountPercentage", **PERCENT})},
        {"kind": "percentage", "value": 10, "applies_to": "all"},
    ),
    (
        {
            "__typename": "DiscountCodeBxgy",
            "minimumRequirement": None,
            "customerBuys": {"value": {"__typename": "DiscountPurchaseAmount", "amount": "30.0"}},
            "customerGets": gets("DiscountOnQuantity", "DiscountProducts", effect={"percentage": 1.0}),
        },
        {"kind": "buy_x_get_y", "value": 100, "min_total": 30, "currency": "EUR", "applies_to": "products"},
    ),
    (
        {
            "__typename": "DiscountAutomaticBxgy",
            "minimumRequirement": None,
            "customerBuys": {"value": {"__typename": "DiscountQuantity", "quantity": "2"}},
            "customerGets": gets("DiscountOnQuantity", effect={"__typename": "DiscountAmount", **MONEY}),
        },
        {"kind": "buy_x_get_y", "value": 5.5, "currency": "EUR", "min_total": None, "codes_count": 0},
    ),
    (
        {"__typename": "DiscountCodeFreeShipping", "customerGets": None},
        {"kind": "free_shipping", "value": None, "applies_to": "all"},
    ),
    ({"__typename": "DiscountCodeApp", "customerGets": None}, {"kind": "app", "value": None, "applies_to": None}),
    (
        {"__typename": "DiscountAutomaticBasic", "codes": None, "codesCount": None, "usageLimit": None},
        {"code": None, "codes_count": 0, "kind": "percentage", "usage_limit": None},
    ),
]


@pytest.mark.parametrize(("changes", "columns"), DISCOUNT_CASES)
def test_a_discount_is(changes, columns):
    found = one("coupons", discount=CODE | changes)
    assert {name: found[name] for name in columns} == columns


def test_a_coupon_has_its_first_code():
    codes = [{"code": "ONE"}, {"code": "TWO"}]
    assert one("coupons", discount=CODE | {"codes": codes})["code"] == "ONE"


@pytest.mark.parametrize("column", ["expired_at", "order_id", "shipping_total"])
def test_a_checkout_does_not_tell_its(column):
    assert column not in one("checkouts")


def test_a_checkout_that_is_not_sent_is_where_its_buyer_is():
    assert one("checkouts", shippingAddress=None)["city"] == "Lima"


def test_a_checkout_of_nobody_is_named_by_its_addresses():
    row = one("checkouts", customer=None)
    assert (row["customer_id"], row["customer_name"], row["email"]) == (None, "Ana Núñez", None)


def test_a_line_without_a_title_of_its_own_has_its_products_name():
    assert one("draft_orders", "draft_order_lines", lineItems=[DRAFT["lineItems"][0] | {"title": None}])["name"] == (
        "Mug - Red"
    )


def test_what_is_not_tracked_can_be_sold_without_end():
    row = one("inventory_levels", item=LEVEL["item"] | {"tracked": False})
    assert (row["available"], row["on_hand"]) == (None, 4)


def test_a_level_of_an_item_without_variants_has_none():
    assert one("inventory_levels", item=LEVEL["item"] | {"variants": None})["variant_id"] is None


def test_an_item_holds_its_levels():
    level = {name: value for name, value in LEVEL.items() if name != "item"}
    count = {"count": 2, "precision": "EXACT"}
    item = LEVEL["item"] | {
        "locationsCount": count,
        "inventoryLevels": [level, level | {"location": gid("Location", 99)}],
    }
    found = records_of(HOLDERS["inventory_levels"], item)
    assert found[0] == LEVEL
    assert [rows_of("inventory_levels", {"record": each}, SHOP)["inventory_levels"][0]["id"] for each in found] == [
        "3:98",
        "3:99",
    ]


def test_a_product_without_options_shows_none():
    variant = VARIANT | {
        "title": "Default Title",
        "selectedOptions": [{"name": "Title", "value": "Default Title"}],
    }
    found = rows("products", hasOnlyDefaultVariant=True, options=[{"name": "Title"}], variants=[variant])
    assert found["products"][0]["options"] == "[]"
    assert (found["variants"][0]["name"], found["variants"][0]["option1"]) == (None, None)


@pytest.mark.parametrize(
    ("variant", "codes"),
    [
        (VARIANT, [("2:1", 1, "779", "ean"), ("2:2", 2, "B0-1", None)]),
        ({name: value for name, value in VARIANT.items() if name != "barcodes"}, [("2:1", 1, "779", None)]),
        (VARIANT | {"barcodes": None, "barcode": ""}, []),
        (VARIANT | {"barcodes": []}, []),
    ],
    ids=["several", "read without the list of them", "without one", "an empty list"],
)
def test_a_variant_has_the_barcodes(variant, codes):
    found = rows("products", variants=[variant])["variant_barcodes"]
    assert [(row["id"], row["position"], row["barcode"], row["type"]) for row in found] == codes


def test_untracked_stock_is_no_number():
    item = VARIANT["inventoryItem"] | {"tracked": False}
    found = rows("products", tracksInventory=False, variants=[VARIANT | {"inventoryItem": item}])
    assert found["products"][0]["inventory_quantity"] is None
    assert found["variants"][0]["inventory_quantity"] is None


def test_a_withheld_field_is_null():
    row = one("customers", defaultEmailAddress=None, defaultAddress=None)
    assert (row["email"], row["accepts_marketing"], row["city"]) == (None, None, None)


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        ("checkouts", {"customer": None, "shippingAddress": None, "billingAddress": None}),
        ("draft_orders", {"customer": None, "email": None, "shippingAddress": None, "billingAddress": None}),
        ("coupons", {"discount": None}),
        ("locations", {"address": None}),
        ("inventory_levels", {"quantities": None}),
        ("tender_transactions", {"order": None, "transactionDetails": None, "amount": None}),
        ("payouts", {"summary": None, "net": None}),
        ("balance_transactions", {"associatedOrder": None, "associatedPayout": None, "amount": None}),
        ("disputes", {"order": None, "reasonDetails": None, "amount": None}),
        ("gift_cards", {"customer": None, "note": None, "balance": None}),
    ],
)
def test_withheld_fields_leave_the_record(resource, changes):
    row = one(resource, **changes)
    assert row["id"]
    assert all(row.get(name) is None for name in ("email", "customer_name", "code", "city", "available"))


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        ("orders", {"id": None}),
        ("orders", {"lineItems": {"nodes": []}}),
        ("orders", {"totalTaxSet": money("a lot")}),
        ("checkouts", {"lineItems": {"nodes": []}}),
        ("coupons", {"discount": CODE | {"codes": {"nodes": []}}}),
        ("coupons", {"discount": "HELLO"}),
        ("products", {"priceRangeV2": {"minVariantPrice": "a lot"}}),
        ("inventory_levels", {"location": None}),
        ("gift_cards", {"balance": {"amount": "a lot"}}),
        ("inventory_levels", {"item": {"tracked": True}}),
    ],
)
def test_what_no_column_can_keep_is_unreadable(resource, changes):
    with pytest.raises(Unreadable):
        rows(resource, **changes)
