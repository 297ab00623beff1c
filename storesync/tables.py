"""The data tables and resources of the database, declared in the notation of the manual.

A column is ``name KIND``; a ``†`` after the name marks personal data.
Kinds: T text, I integer, B 0/1, N number, A text holding a JSON array,
D instant (``YYYY-MM-DDTHH:MM:SSZ``), J date (``YYYY-MM-DD``).
Every table also begins with ``store_id, id`` and ends with
``created_at, updated_at, synced_at, deleted_at``.
"""

from functools import cached_property

from storesync.data import dataclass

LEADING = ("store_id", "id")
TRAILING = ("created_at", "updated_at", "synced_at", "deleted_at")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a data table; *kind* is one of the letters above."""

    name: str
    kind: str
    personal: bool


@dataclass(frozen=True)
class Table:
    """One data table: its *columns* between `LEADING` and `TRAILING`.

    *keeps_tombstones*: deleted rows stay, with ``deleted_at`` set.
    """

    name: str
    columns: tuple[Column, ...]
    keeps_tombstones: bool

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All column names, in the order of the table."""
        return (*LEADING, *(column.name for column in self.columns), *TRAILING)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The names of the columns that a record fills, besides its id, in the order of the table."""
        return self.names[len(LEADING) : self.names.index("synced_at")]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record of a store: its own table and its child tables.

    *key* is the column of the children with the record's id. *lapses* is the column that says
    since when the platform no longer lists a record, where that is not a deletion. *person* is
    the column with the id of the customer to whom a record belongs. *silent* is the column that may
    change without a new update time and that a listing of ids shows therefore. *part* is the column that
    says in which part of its listing a record comes, where it is read in parts. *is_default*: read of every
    store unless it is left out; any other resource only where the operator asks for it.
    """

    name: str
    key: str
    children: tuple[str, ...] = ()
    lapses: str | None = None
    person: str | None = None
    silent: str | None = None
    part: str | None = None
    is_default: bool = True


def _table(name: str, columns: str, *, keeps_tombstones: bool = False) -> Table:
    def column(text: str) -> Column:
        label, kind = text.split()
        return Column(label.removesuffix("†"), kind, label.endswith("†"))

    return Table(name, tuple(column(part) for part in columns.split(",")), keeps_tombstones)


_BASKET_LINE = (
    "position I, product_id T, variant_id T, sku T, name T, variant_name T, quantity I, price N, total N, currency T"
)

_VISIT = (
    "{0}_visit_at D, {0}_source T, {0}_source_name T, {0}_source_type T, {0}_referrer_url† T, {0}_landing_page† T,"
    "{0}_referral_code† T, {0}_utm_source T, {0}_utm_medium T, {0}_utm_campaign T, {0}_utm_term T, {0}_utm_content T"
)

TABLES = {
    table.name: table
    for table in (
        _table(
            "products",
            "name T, handle T, description T, description_html T, status T, vendor T, product_type T, tags A,"
            "options A, price_min N, price_max N, currency T, inventory_quantity I, variants_count I,"
            "image_url T, url T, is_gift_card B, requires_shipping B, free_shipping B, seo_title T,"
            "seo_description T, published_at D",
            keeps_tombstones=True,
        ),
        _table(
            "variants",
            "product_id T, name T, position I, sku T, barcode T, option1 T, option2 T, option3 T, price N,"
            "compare_at_price N, cost N, currency T, tracks_inventory B, inventory_quantity I,"
            "sells_out_of_stock B, inventory_item_id T, weight_kg N, width_cm N, height_cm N, depth_cm N,"
            "requires_shipping B, taxable B, image_id T",
            keeps_tombstones=True,
        ),
        _table("variant_barcodes", "product_id T, variant_id T, position I, barcode T, type T"),
        _table(
            "product_images",
            "product_id T, variant_id T, position I, url T, alt T, width I, height I",
            keeps_tombstones=True,
        ),
        _table(
            "categories",
            "kind T, parent_id T, name T, path T, handle T, description T, visibility T, is_automatic B,"
            "products_count I, image_url T",
            keeps_tombstones=True,
        ),
        _table("product_categories", "product_id T, category_id T, position I"),
        _table(
            "customers",
            "name† T, first_name† T, last_name† T, email† T, phone† T, tax_id† T, locale T, state T, note† T,"
            "tags A, accepts_marketing B, accepts_marketing_at D, orders_count I, total_spent N, currency T,"
            "last_order_id T, city T, province T, country T, zip† T",
            keeps_tombstones=True,
        ),
        _table(
            "customer_addresses",
            "customer_id T, is_default B, name† T, company† T, address1† T, number† T, floor† T, locality T,"
            "city T, province T, country T, zip† T, phone† T",
        ),
        _table(
            "orders",
            "number I, name T, status T, payment_status T, fulfillment_status T, return_status T,"
            "cancel_reason T, is_test B, channel T, app_id T, customer_id T, customer_name† T, email† T,"
            "phone† T, tax_id† T, currency T, subtotal N, discount_total N, shipping_total N, tax_total N,"
            "taxes_included B, tip_total N, total N, current_total N, paid_total N, refunded_total N,"
            "presentment_currency T, presentment_total N, item_quantity I, lines_count I, discount_codes A,"
            "payment_gateway T, payment_method T, installments I, shipping_method T, shipping_name† T,"
            "shipping_address1† T, shipping_number† T, shipping_locality T, shipping_city T,"
            "shipping_province T, shipping_country T, shipping_zip† T, billing_name† T, billing_city T,"
            "billing_province T, billing_country T, note† T, staff_note† T, tags A, weight_kg N, placed_at D,"
            "placed_on J, paid_at D, shipped_at D, delivered_at D, cancelled_at D, closed_at D, gross_sales N,"
            "discounts N, returns N, shipping N, shipping_returned N, duties N, additional_fees N, taxes N,"
            "taxes_returned N, tips N, gift_cards_sold N, cash_rounding N, outstanding_total N",
            keeps_tombstones=True,
        ),
        _table(
            "order_lines",
            "order_id T, position I, product_id T, variant_id T, sku T, barcode T, name T, variant_name T,"
            "vendor T, quantity I, current_quantity I, price N, discount_total N, total N, tax_total N,"
            "cost N, currency T, requires_shipping B, is_gift_card B, properties† A, is_tip B, net_sales N",
        ),
        _table(
            "order_discounts",
            "order_id T, kind T, code T, title T, value N, value_type T, amount N, currency T",
        ),
        _table(
            "order_shipping_lines",
            "order_id T, title T, code T, carrier T, price N, discounted_price N, tax_total N, currency T,is_removed B",
        ),
        _table(
            "order_payments",
            "order_id T, parent_id T, kind T, status T, gateway T, method T, card_brand T, installments I,"
            "amount N, currency T, is_test B, error_code T, processed_at D",
        ),
        _table(
            "order_refunds",
            "order_id T, amount N, currency T, note† T, processed_at D, processed_on J, returns N,"
            "shipping_returned N, taxes_returned N",
        ),
        _table(
            "order_refund_lines",
            "refund_id T, order_id T, order_line_id T, quantity I, subtotal N, tax_total N, currency T,"
            "restock_type T, restocked B, location_id T",
        ),
        _table(
            "order_fulfillments",
            "order_id T, number T, status T, location_id T, shipping_type T, carrier T, service T,"
            "tracking_number T, tracking_url T, tracking_count I, quantity I, price N, cost N, currency T,"
            "shipped_at D, estimated_delivery_at D, delivered_at D",
        ),
        _table(
            "order_fulfillment_lines",
            "fulfillment_id T, order_id T, order_line_id T, variant_id T, quantity I",
        ),
        _table(
            "checkouts",
            "customer_id T, customer_name† T, email† T, phone† T, currency T, subtotal N, discount_total N,"
            "shipping_total N, tax_total N, total N, item_quantity I, recovery_url† T, city T, province T,"
            "country T, completed_at D, order_id T, expired_at D, created_on J",
            keeps_tombstones=True,
        ),
        _table("checkout_lines", f"checkout_id T, {_BASKET_LINE}"),
        _table(
            "draft_orders",
            "name T, status T, customer_id T, customer_name† T, email† T, phone† T, currency T, subtotal N,"
            "discount_total N, shipping_total N, tax_total N, total N, item_quantity I, order_id T,"
            "checkout_url† T, note† T, completed_at D",
            keeps_tombstones=True,
        ),
        _table("draft_order_lines", f"draft_order_id T, {_BASKET_LINE}"),
        _table(
            "coupons",
            "code T, title T, kind T, value N, currency T, status T, min_total N, usage_limit I, used_count I,"
            "once_per_customer B, combines B, applies_to T, codes_count I, starts_at D, ends_at D",
            keeps_tombstones=True,
        ),
        _table(
            "locations",
            "name T, is_default B, is_active B, priority I, address1 T, number T, locality T, city T,"
            "province T, country T, zip T, phone T, fulfills_online B",
            keeps_tombstones=True,
        ),
        _table(
            "inventory_levels",
            "variant_id T, inventory_item_id T, location_id T, available I, on_hand I, committed I,"
            "incoming I, reserved I, is_active B",
            keeps_tombstones=True,
        ),
        _table(
            "order_visits",
            "customer_id T, email† T, channel T, channel_handle T, app_id T, app_name T, location_id T,"
            "risk_recommendation T, risk_level T, is_ready B, customer_order_index I, days_to_conversion I,"
            f"moments_count I, {_VISIT.format('first')}, {_VISIT.format('last')}",
            keeps_tombstones=True,
        ),
        _table(
            "pages",
            "title T, handle T, url_path T, body T, body_html T, is_published B, published_at D, template_suffix T,"
            "seo_title T, seo_description T",
            keeps_tombstones=True,
        ),
        _table(
            "blogs",
            "title T, handle T, url_path T, tags A, comment_policy T, articles_count I, template_suffix T",
            keeps_tombstones=True,
        ),
        _table(
            "articles",
            "blog_id T, title T, handle T, url_path T, author T, tags A, summary T, summary_html T, body T,"
            "body_html T, image_url T, is_published B, published_at D, template_suffix T",
            keeps_tombstones=True,
        ),
        _table(
            "gift_cards",
            "last_characters T, is_enabled B, customer_id T, order_id T, initial_value N, balance N, currency T,"
            "expires_on J, note† T, deactivated_at D",
            keeps_tombstones=True,
        ),
        _table(
            "tender_transactions",
            "order_id T, amount N, currency T, payment_method T, card_brand T, remote_reference T, is_test B,"
            "processed_at D",
            keeps_tombstones=True,
        ),
        _table(
            "payouts",
            "status T, direction T, net N, currency T, charges_gross N, charges_fee N, refunds_gross N, refunds_fee N,"
            "adjustments_gross N, adjustments_fee N, advances_gross N, advances_fee N, reserved_funds_gross N,"
            "reserved_funds_fee N, retried_payouts_gross N, retried_payouts_fee N, trace_id T, issued_at D",
            keeps_tombstones=True,
        ),
        _table(
            "balance_transactions",
            "payout_id T, payout_status T, order_id T, order_payment_id T, type T, source_type T, source_id T,"
            "amount N, fee N, net N, currency T, adjustment_reason T, is_test B, processed_at D",
            keeps_tombstones=True,
        ),
        _table(
            "disputes",
            "order_id T, type T, status T, reason T, network_reason_code T, amount N, currency T, initiated_at D,"
            "evidence_due_at D, evidence_sent_at D, finalized_at D",
            keeps_tombstones=True,
        ),
        _table(
            "fulfillment_orders",
            "order_id T, status T, request_status T, location_id T, location_name T, holds A, delivery_method T,"
            "delivery_name T, deliver_from D, deliver_by D, shipping_city T, shipping_province T, shipping_country T,"
            "item_quantity I, remaining_quantity I, fulfill_at D, fulfill_by D",
            keeps_tombstones=True,
        ),
        _table(
            "fulfillment_order_lines",
            "fulfillment_order_id T, order_id T, order_line_id T, position I, variant_id T, inventory_item_id T, sku T,"
            "name T, variant_name T, quantity I, remaining_quantity I, requires_shipping B",
        ),
        _table(
            "companies",
            "name T, external_id T, note† T, main_contact_id T, customer_id T, contacts_count I, locations_count I,"
            "orders_count I, total_spent N, currency T, customer_since D",
            keeps_tombstones=True,
        ),
        _table(
            "company_locations",
            "company_id T, customer_id T, name T, external_id T, note† T, phone† T, locale T, orders_count I,"
            "total_spent N, currency T, presentment_currency T, is_tax_exempt B, tax_id† T, payment_terms T,"
            "due_in_days I, checkout_to_draft B, editable_shipping_address B, billing_company T, billing_name† T,"
            "billing_address1† T, billing_city T, billing_province T, billing_country T, billing_zip† T,"
            "billing_phone† T, shipping_company T, shipping_name† T, shipping_address1† T, shipping_city T,"
            "shipping_province T, shipping_country T, shipping_zip† T, shipping_phone† T",
            keeps_tombstones=True,
        ),
        _table(
            "markets",
            "name T, handle T, status T, type T, condition_types A, applies_to T, countries A, currency T,"
            "local_currencies B, rounds_prices B, taxes_in_prices T, duties_in_prices T",
            keeps_tombstones=True,
        ),
        _table(
            "price_lists",
            "name T, currency T, catalog_id T, catalog_kind T, catalog_title T, catalog_status T, adjustment_type T,"
            "adjustment_value N, compare_at_mode T, fixed_prices_count I",
            keeps_tombstones=True,
        ),
        _table(
            "price_list_prices",
            "price_list_id T, variant_id T, price N, compare_at_price N, currency T",
            keeps_tombstones=True,
        ),
        _table(
            "metafields",
            "owner_kind T, owner_id T, customer_id T, email† T, namespace T, key T, type T, value† T,"
            "value_number† N, value_boolean† B, value_date† T, value_json† T, reference_ids† A",
            keeps_tombstones=True,
        ),
        _table(
            "metafield_definitions",
            "owner_kind T, namespace T, key T, name T, description T, type T, validations A",
            keeps_tombstones=True,
        ),
    )
}

RESOURCES = {
    resource.name: resource
    for resource in (
        Resource("products", "product_id", ("variants", "variant_barcodes", "product_images", "product_categories")),
        Resource("categories", "category_id", ("product_categories",)),
        # Sign-ins since 2024-05 did not move the update time of all customers whose state they changed:
        # https://shopify.dev/changelog/first-sign-ins-to-new-customer-accounts-now-set-customer-state-and-send-customers-enable
        Resource("customers", "customer_id", ("customer_addresses",), person="id", silent="state"),
        Resource(
            "orders",
            "order_id",
            (
                "order_lines",
                "order_discounts",
                "order_shipping_lines",
                "order_payments",
                "order_refunds",
                "order_refund_lines",
                "order_fulfillments",
                "order_fulfillment_lines",
            ),
            person="customer_id",
        ),
        Resource("checkouts", "checkout_id", ("checkout_lines",), lapses="expired_at", person="customer_id"),
        Resource("draft_orders", "draft_order_id", ("draft_order_lines",), person="customer_id"),
        Resource("coupons", "coupon_id"),
        Resource("locations", "location_id"),
        Resource("inventory_levels", "inventory_level_id"),
        Resource("order_visits", "order_id", person="customer_id", is_default=False),
        Resource("pages", "page_id", is_default=False),
        Resource("blogs", "blog_id", is_default=False),
        Resource("articles", "article_id", is_default=False),
        Resource("gift_cards", "gift_card_id", person="customer_id", is_default=False),
        Resource("tender_transactions", "tender_transaction_id", is_default=False),
        Resource("payouts", "payout_id", silent="status", is_default=False),
        Resource("balance_transactions", "balance_transaction_id", is_default=False),
        Resource("disputes", "dispute_id", silent="status", is_default=False),
        Resource("fulfillment_orders", "fulfillment_order_id", ("fulfillment_order_lines",), is_default=False),
        Resource("companies", "company_id", person="customer_id", is_default=False),
        Resource("company_locations", "company_location_id", person="customer_id", is_default=False),
        Resource("markets", "market_id", is_default=False),
        Resource("price_lists", "price_list_id", is_default=False),
        Resource("price_list_prices", "price_list_price_id", is_default=False),
        Resource("metafields", "metafield_id", person="customer_id", part="owner_kind", is_default=False),
        Resource("metafield_definitions", "metafield_definition_id", part="owner_kind", is_default=False),
    )
}

DEFAULT = tuple(resource.name for resource in RESOURCES.values() if resource.is_default)
"""The resources that are read of a store of which the operator has chosen none."""

BOOKKEEPING = {
    name: tuple(columns.split())
    for name, columns in {
        "stores": "id key platform platform_id domain url name alias owner country language main_currency time_zone"
        " plan sync_status connection connection_reason tier tier_pinned last_activity_at connected_at first_started_at"
        " first_synced_at last_attempt_at last_sync_at next_sync_at consecutive_failures last_error_code last_error"
        " last_reconciled_at disconnected_at time_zone_by shop_time_zone",
        "store_keys": "key store_id until",
        "runs": "id store_id trigger kind status started_at ended_at slices requests pages records rows_written"
        " rows_deleted bytes waited_seconds error_code error",
        "run_resources": "run_id resource status pages records source_count end_signal error_code error",
        "events": "id store_id at kind message",
        "quarantine": "store_id resource id reason payload first_seen_at attempts",
        "payloads": "store_id resource id part api_version fetched_at body",
    }.items()
}
"""The bookkeeping tables and their columns that users may read; all others are private."""
