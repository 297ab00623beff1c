"""The keys of Shopify's payloads that are kept once a person is forgotten: see `storesync.rules.personal`."""

from storesync.rules.personal import Remainder

_PLACE = frozenset({"city", "province", "provinceCode", "country", "countryCode", "countryCodeV2", "companyName"})

_KEYS = {
    "of the record": """
        id legacyResourceId __typename name number status displayFinancialStatus
        displayFulfillmentStatus returnStatus cancelReason closed confirmed test edited ready
        sourceName tags order createdAt updatedAt processedAt completedAt cancelledAt closedAt
        invoiceSentAt
        """,
    "money": """
        shopMoney presentmentMoney amount currencyCode presentmentCurrencyCode taxesIncluded
        taxExempt dutiesIncluded estimatedTaxes subtotalPriceSet originalTotalPriceSet totalPriceSet
        totalTaxSet totalDiscountsSet totalDiscountSet totalShippingPriceSet totalTipReceivedSet
        totalRefundedSet totalReceivedSet currentSubtotalPriceSet currentTotalPriceSet
        currentTotalTaxSet currentTotalDiscountsSet totalLineItemsPriceSet subtotalLineItemsQuantity
        currentSubtotalLineItemsQuantity totalOutstandingSet totalCashRoundingAdjustment paymentSet refundSet
        currentTotalDutiesSet currentTotalAdditionalFeesSet totalQuantityOfLineItems totalWeight taxLines priceSet rate
        """,
    "discounts": """
        discountCodes discountApplications allocationMethod targetSelection targetType code index
        value percentage automaticTitle manualTitle scriptTitle discountAllocations
        discountApplication allocatedAmountSet
        """,
    "payments": """
        paymentGatewayNames transactions kind gateway formattedGateway errorCode
        manualPaymentGateway amountSet parentTransaction
        """,
    "gift cards": """
        lastCharacters enabled balance initialValue expiresOn deactivatedAt
        """,
    "companies": """
        externalId mainContact contactsCount locationsCount ordersCount totalSpent customerSince company count
        precision locale currency taxSettings buyerExperienceConfiguration checkoutToDraft editableShippingAddress
        paymentTermsTemplate dueInDays
        """,
    "lines": """
        lineItems title variantTitle sku vendor quantity currentQuantity unfulfilledQuantity
        refundableQuantity nonFulfillableQuantity isGiftCard requiresShipping taxable restockable
        product variant custom originalUnitPriceSet originalTotalSet discountedTotalSet
        discountedTotalPriceWithCodeDiscount
        """,
    "shipping, refunds, fulfilments": """
        shippingLine shippingLines carrierIdentifier source originalPriceSet discountedPriceSet
        isRemoved refundLineItems refundShippingLines orderAdjustments reason restockType restocked
        subtotalSet subtotalAmountSet taxAmountSet lineItem location fulfillmentLineItems
        totalQuantity displayStatus inTransitAt estimatedDeliveryAt deliveredAt
        """,
    "visits": """
        risk recommendation assessments riskLevel retailLocation attribution
        customerJourneySummary customerOrderIndex daysToConversion momentsCount count precision
        firstVisit lastVisit occurredAt sourceDescription sourceType utmParameters
        """,
}

REMAINDER = Remainder(
    keys=frozenset(key for keys in _KEYS.values() for key in keys.split()),
    narrow={
        "customer": frozenset({"id"}),
        "shippingAddress": _PLACE,
        "billingAddress": _PLACE,
        "app": frozenset({"id", "name"}),
        "attribution": frozenset({"displayName", "handle"}),
        "utmParameters": frozenset({"source", "medium", "campaign", "term", "content"}),
        "trackingInfo": frozenset({"company", "number", "url"}),
        "paymentDetails": frozenset({"__typename", "paymentMethodName", "company", "wallet"}),
    },
    customer=frozenset({"id", "createdAt", "updatedAt"}),
    # The value of a metafield may be anything.
    own={"metafields": frozenset(["id", "namespace", "key", "type", "owner", "createdAt", "updatedAt"])},
)
