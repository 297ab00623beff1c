"""The keys of Tiendanube's payloads that are kept once a person is forgotten: see `storesync.rules.personal`."""

from storesync.rules.personal import Remainder

_PLACE = frozenset({"city", "province", "country", "locality"})

_KEYS = {
    "of the record": """
        id number name status payment_status shipping_status cancel_reason storefront app_id
        currency weight created_at updated_at completed_at paid_at cancelled_at closed_at shipped_at
        date timezone timezone_type
        """,
    "money, a text, a number, or an object of value and currency": """
        subtotal discount discount_coupon discount_gateway total total_paid_by_customer coupon code
        type value amount promotional_discount total_discount_amount promotions_applied
        discount_script_type gateway gateway_name payment_details method credit_card_company
        installments
        """,
    "lines": """
        products product_id variant_id variant_values name_without_variants sku barcode price cost
        quantity
        """,
    "shipping, in fulfilment orders and, in older versions, on the order": """
        shipping shipping_option shipping_option_code shipping_carrier_name shipping_cost_customer
        fulfillments fulfillment_orders results option carrier consumer_cost merchant_cost
        max_delivery_date line_items order_line_item_id external_id variant total_quantity
        fulfilled_at tracking_info url status_history to_status tracking_events happened_at
        """,
    "where it goes and where it is paid: no more than the city": """
        shipping_city shipping_province shipping_country shipping_locality billing_city
        billing_province billing_country
        """,
}

REMAINDER = Remainder(
    keys=frozenset(key for keys in _KEYS.values() for key in keys.split()),
    narrow={
        "customer": frozenset({"id"}),
        "shipping_address": _PLACE,
        "assigned_location": frozenset({"id", "location_id"}),
    },
    customer=frozenset({"id", "created_at", "updated_at"}),
)
