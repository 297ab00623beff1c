"""From which key of Tiendanube's records each promised column comes, read a second time.

A line of a table below is a column, how it is read, and where. ``a.b`` is a key in a key, ``a[].b`` all in a list,
``a | b`` the first that says something, ``a, b`` several values; ``/`` begins at the record, ``../`` at the element
above, ``$`` at the shop; ``#`` is the row's place, ``=x`` is x. A line that begins with ``-`` names the columns for
which the platform has nothing. How it is read is written without a look at the parser: see `tiendanube_reading`.
"""

import json
from dataclasses import asdict

import pytest

from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.tiendanube.session import id_of
from storesync.platforms.tiendanube.store import shop_of
from storesync.tables import RESOURCES, TABLES
from tests.kits.records import read as records_of
from tests.kits.tiendanube_examples import COVERED, SHOP, documented, made, stores
from tests.kits.tiendanube_reading import columns_of, row_of

STORAGE = {"store_id", "synced_at", "deleted_at"}
"""Columns that every table has and the database fills."""

STAMPS = """
    created_at   at  created_at
    updated_at   at  updated_at
"""
NO_STAMPS = """
    - created_at updated_at
"""
PRODUCT = """
    id                  id         id
    name                words      name
    handle              words      handle
    description         plain      description
    description_html    words      description
    status              published  published
    vendor              text       brand
    tags                split      tags
    options             wordlist   attributes[]
    price_min           lowest     variants[]
    price_max           highest    variants[]
    currency            text       $currency
    inventory_quantity  stocks     variants[]
    variants_count      count      variants[]
    image_url           first      images[]
    url                 text       canonical_url
    requires_shipping   bool       requires_shipping
    free_shipping       bool       free_shipping
    seo_title           words      seo_title
    seo_description     words      seo_description
    - product_type is_gift_card published_at
"""
VARIANT = """
    id                   id        id
    product_id           id        /id
    name                 joined    values[]
    position             int       position | #
    sku                  text      sku
    barcode              text      barcode
    option1              words     values.0
    option2              words     values.1
    option3              words     values.2
    price                pays      price, promotional_price
    compare_at_price     struck    price, promotional_price
    cost                 money     cost
    currency             text      $currency
    tracks_inventory     bool      stock_management
    inventory_quantity   stock     stock_management, stock
    sells_out_of_stock   not       stock_management
    inventory_item_id    id        id
    weight_kg            money     weight
    width_cm             money     width
    height_cm            money     height
    depth_cm             money     depth
    requires_shipping    bool      /requires_shipping
    image_id             id        image_id
    - taxable
"""
BARCODE = """
    id          pair  id, =1
    product_id  id    /id
    variant_id  id    id
    position    int   =1
    barcode     text  barcode
    - type
"""
IMAGE = """
    id          id     id
    product_id  id     /id
    position    int    position | #
    url         https  src
    alt         words  alt
    width       int    width
    height      int    height
    - variant_id
"""
MEMBERSHIP = """
    id           pair  /id, id
    product_id   id    /id
    category_id  id    id
    - position
"""
CATEGORY = """
    id            id      id
    kind          text    =category
    parent_id     id      parent
    name          words   name
    path          words   name
    handle        words   handle
    description   plain   description
    visibility    snake   visibility
    is_automatic  int     =0
    - products_count image_url
"""
CUSTOMER = """
    id                    id      id
    name                  person  name
    email                 person  email
    phone                 person  phone
    tax_id                person  identification
    note                  text    note
    tags                  list    =
    accepts_marketing     bool    accepts_marketing
    accepts_marketing_at  at      accepts_marketing_updated_at
    total_spent           money   total_spent
    currency              text    total_spent_currency | $currency
    last_order_id         id      last_order_id
    city                  person  default_address.city | addresses.0.city
    province              person  default_address.province | addresses.0.province
    country               upper   default_address.country | addresses.0.country
    zip                   zip     default_address.zipcode | addresses.0.zipcode
    - first_name last_name locale state orders_count
"""
ADDRESS = """
    id           placed  id, /id, #
    customer_id  id      /id
    is_default   bool    default
    name         person  name
    address1     person  address
    number       person  number
    floor        person  floor
    locality     person  locality
    city         person  city
    province     person  province
    country      upper   country
    zip          zip     zipcode
    phone        person  phone
    - company
"""
ORDER = """
    id                  id         id
    number              int        number
    name                named      number, name
    status              lower      status
    payment_status      lower      payment_status
    fulfillment_status  shipped    shipping_status
    cancel_reason       lower      cancel_reason
    is_test             int        =0
    channel             lower      storefront
    app_id              id         app_id
    customer_id         id         customer.id
    customer_name       person     contact_name | customer.name
    email               person     contact_email | customer.email
    phone               person     contact_phone | customer.phone
    tax_id              person     contact_identification | customer.identification
    currency            text       currency | $currency
    subtotal            money      subtotal
    discount_total      money      discount
    shipping_total      delivery   shipping_cost_customer, total | price, subtotal, discount
    total               money      total | price
    current_total       money      total | price
    paid_total          paid       total_paid_by_customer, payment_status, total | price
    refunded_total      refunded   payment_status, total | price
    item_quantity       sum        products[].quantity
    lines_count         count      products[]
    discount_codes      list       coupon[].code
    payment_gateway     text       gateway | gateway_name
    payment_method      text       payment_details.method
    installments        int        payment_details.installments
    shipping_method     some       parcels[].shipping.option.name | shipping_option
    shipping_name       person     shipping_address.name
    shipping_address1   person     shipping_address.address
    shipping_number     person     shipping_address.number
    shipping_locality   person     shipping_address.locality
    shipping_city       person     shipping_address.city
    shipping_province   person     shipping_address.province
    shipping_country    upper      shipping_address.country
    shipping_zip        zip        shipping_address.zipcode
    billing_name        person     billing_name
    billing_city        person     billing_city
    billing_province    person     billing_province
    billing_country     upper      billing_country
    note                text       note
    staff_note          text       owner_note
    tags                list       =
    weight_kg           money      weight
    placed_at           at         completed_at | created_at
    placed_on           day        completed_at | created_at
    paid_at             at         paid_at
    shipped_at          sent       shipped_at, parcels[]
    delivered_at        arrived    parcels[]
    cancelled_at        at         cancelled_at
    closed_at           at         closed_at
    gross_sales         sold_goods  subtotal, total | price
    discounts           sold_off    subtotal, discount, shipping_cost_customer, total | price
    returns             gone_goods  status, payment_status, subtotal, discount, shipping_cost_customer, total | price
    shipping            kept_sent   status, payment_status, subtotal, discount, shipping_cost_customer, total | price
    shipping_returned   gone_sent   status, payment_status, subtotal, discount, shipping_cost_customer, total | price
    additional_fees     kept_fees   status, payment_status, subtotal, discount, shipping_cost_customer, total | price
    outstanding_total   owed        status, total_paid_by_customer, payment_status, total | price
    - return_status tax_total taxes_included tip_total presentment_currency presentment_total
    - duties taxes taxes_returned tips gift_cards_sold cash_rounding
"""
BASKET_LINE = """
    id            placed  id, /id, #
    position      int     #
    product_id    id      product_id
    variant_id    id      variant_id
    sku           text    sku
    name          text    name_without_variants | name
    variant_name  joined  variant_values[]
    quantity      int     quantity
    price         money   price
    total         times   price, quantity
    currency      text    /currency | $currency
"""
ORDER_LINE = """
    order_id          id          /id
    barcode           text        barcode
    current_quantity  int         quantity
    cost              money       cost
    properties        properties  properties
    net_sales         net_of_line  #, /
    - vendor discount_total tax_total requires_shipping is_gift_card is_tip
"""
DISCOUNT = """
    id        pair  /id, #
    order_id  id    /id
    currency  text  /currency | $currency
"""
BY_CODE = """
    kind        text           =code
    code        text           code
    value       money          value
    value_type  discount_kind  type
    amount      sole           /coupon[], /discount_coupon | /discount
    - title
"""
BY_PROMOTION = """
    kind    text   =promotion
    title   title  promotions_applied[].discount_script_type
    amount  money  total_discount_amount
    - code value value_type
"""
BY_GATEWAY = """
    kind    text   =gateway
    title   text   gateway_name
    amount  money  discount_gateway
    - code value value_type
"""
SHIPPING_OF_A_PARCEL = """
    id                id     id
    order_id          id     /id
    title             text   shipping.option.name
    code              text   shipping.option.code
    carrier           text   shipping.carrier.name
    price             money  shipping.consumer_cost
    discounted_price  money  shipping.consumer_cost
    currency          text   shipping.consumer_cost.currency | /currency | $currency
    is_removed        int    =0
    - tax_total
"""
SHIPPING_OF_VERSION_1 = """
    id                id     id
    order_id          id     id
    title             text   shipping_option
    code              text   shipping_option_code
    carrier           text   shipping_carrier_name | shipping
    price             money  shipping_cost_customer
    discounted_price  money  shipping_cost_customer
    currency          text   currency | $currency
    is_removed        int    =0
    - tax_total
"""
PAYMENT = """
    id            id            id
    order_id      id            id
    kind          payment_kind  payment_status
    status        lower         payment_status
    gateway       text          gateway | gateway_name
    method        text          payment_details.method
    card_brand    text          payment_details.credit_card_company
    installments  int           payment_details.installments
    amount        money         total | price
    currency      text          currency | $currency
    is_test       int           =0
    processed_at  at            paid_at
    - parent_id error_code
"""
REFUND = """
    - id order_id amount currency note processed_at processed_on returns shipping_returned taxes_returned
"""
REFUND_LINE = """
    - id refund_id order_id order_line_id quantity subtotal tax_total currency restock_type restocked location_id
"""
PARCEL = """
    id                     id      id
    order_id               id      /id
    number                 text    number
    status                 lower   status
    location_id            id      assigned_location.location_id | assigned_location.id
    shipping_type          lower   shipping.type
    carrier                text    shipping.carrier.name
    service                text    shipping.option.name
    tracking_number        text    tracking_info.code
    tracking_url           text    tracking_info.url
    tracking_count         tracks  tracking_info
    quantity               int     total_quantity
    price                  money   shipping.consumer_cost
    cost                   money   shipping.merchant_cost
    currency               text    shipping.consumer_cost.currency | /currency | $currency
    shipped_at             left    fulfilled_at, status_history[], tracking_events[]
    estimated_delivery_at  at      shipping.max_delivery_date
    delivered_at           there   status_history[], tracking_events[]
"""
PARCEL_LINE = """
    id              placed  id, ../id, #
    fulfillment_id  id      ../id
    order_id        id      /id
    order_line_id   id      order_line_item_id | external_id
    variant_id      id      variant.variant_id
    quantity        int     quantity
"""
CHECKOUT = """
    id              id        id
    customer_id     id        customer.id
    customer_name   person    contact_name | customer.name
    email           person    contact_email | customer.email
    phone           person    contact_phone | customer.phone
    currency        text      currency | $currency
    subtotal        money     subtotal
    discount_total  money     discount
    shipping_total  delivery  shipping_cost_customer, total, subtotal, discount
    total           money     total
    item_quantity   sum       products[].quantity
    recovery_url    text      abandoned_checkout_url
    city            person    shipping_address.city | shipping_city
    province        person    shipping_address.province | shipping_province
    country         upper     shipping_address.country | shipping_country
    completed_at    at        completed_at
    created_on      day       created_at
    - tax_total order_id expired_at
"""
DRAFT_ORDER = """
    id              id        id
    name            numbered  number
    status          draft     status, payment_status
    customer_id     id        customer.id
    customer_name   person    contact_name | customer.name
    email           person    contact_email | customer.email
    phone           person    contact_phone | customer.phone
    currency        text      currency | $currency
    subtotal        money     subtotal
    discount_total  money     discount
    shipping_total  delivery  shipping_cost_customer, total, subtotal, discount
    total           money     total
    item_quantity   sum       products[].quantity
    checkout_url    text      checkout_url
    note            text      note | owner_note
    completed_at    at        completed_at
    - tax_total order_id
"""
COUPON = """
    id           id           id
    code         text         code
    kind         coupon_kind  type
    value        money        value
    currency     if_amount    type, $currency
    status       coupon       deleted_at, valid, used, max_uses, end_date
    min_total    money        min_price
    usage_limit  int          max_uses
    used_count   int          used
    combines     bool         combines_with_other_discounts
    applies_to   scope        products, categories
    codes_count  int          =1
    starts_at    at           start_date
    ends_at      at           end_date
    - title once_per_customer
"""
LOCATION = """
    id          id     id
    name        words  name
    is_default  bool   is_default
    priority    int    priority
    address1    text   address.street
    number      text   address.number
    locality    text   address.locality
    city        text   address.city
    province    text   address.province.name | address.province.code | address.province
    country     upper  address.country.code | address.country.name | address.country
    zip         text   address.zipcode
    - is_active phone fulfills_online
"""
LEVEL = """
    id                 pair  variant_id, location_id
    variant_id         id    variant_id
    inventory_item_id  id    variant_id
    location_id        id    location_id
    available          int   stock
    - on_hand committed incoming reserved is_active
"""
STORE = """
    id         id       id
    key        text     =1234
    name       words    name
    domain     text     original_domain | domains.0
    url        address  url_with_protocol, original_domain | domains.0
    country    upper    country
    language   text     main_language
    currency   text     main_currency
    time_zone  capital  country
    plan       text     plan_name
"""


def several(key):
    """Return what lists the elements below a record's *key*."""
    return lambda record: [[record, one] for one in record.get(key) or ()]


def coded(record):
    return [[record, one] for one in record.get("variants") or () if one.get("barcode")]


def whole(record):
    return [[record]]


def nothing(record):
    return []


def photos(record):
    return [[record, one] for one in record.get("images") or () if one["id"]]


def parcels(record):
    found = record.get("fulfillment_orders") or record.get("fulfillments") or ()
    return [[record, one if isinstance(one, dict) else {"id": one}] for one in found]


def contents(record):
    return [[*chain, one] for chain in parcels(record) for one in chain[-1].get("line_items") or ()]


def sent_parcels(record):
    return [chain for chain in parcels(record) if "shipping" in chain[-1]]


def sent_by_version_1(record):
    return whole(record) if not sent_parcels(record) and record.get("shipping") else []


def promotion(record):
    found = record.get("promotional_discount") or {}
    return [[record, found]] if float(found.get("total_discount_amount") or 0) else []


def gateway(record):
    return whole(record) if float(record.get("discount_gateway") or 0) else []


SOURCES = {
    "products": [(whole, PRODUCT + STAMPS)],
    "variants": [(several("variants"), VARIANT + STAMPS)],
    "variant_barcodes": [(coded, BARCODE + NO_STAMPS)],
    "product_images": [(photos, IMAGE + STAMPS)],
    "product_categories": [(several("categories"), MEMBERSHIP + NO_STAMPS)],
    "categories": [(whole, CATEGORY + STAMPS)],
    "customers": [(whole, CUSTOMER + STAMPS)],
    "customer_addresses": [(several("addresses"), ADDRESS + STAMPS)],
    "orders": [(whole, ORDER + STAMPS)],
    "order_lines": [(several("products"), BASKET_LINE + ORDER_LINE + NO_STAMPS)],
    "order_discounts": [
        (several("coupon"), DISCOUNT + BY_CODE + NO_STAMPS),
        (promotion, DISCOUNT + BY_PROMOTION + NO_STAMPS),
        (gateway, DISCOUNT + BY_GATEWAY + NO_STAMPS),
    ],
    "order_shipping_lines": [
        (sent_parcels, SHIPPING_OF_A_PARCEL + NO_STAMPS),
        (sent_by_version_1, SHIPPING_OF_VERSION_1 + NO_STAMPS),
    ],
    "order_payments": [(whole, PAYMENT + NO_STAMPS)],
    "order_refunds": [(nothing, REFUND + NO_STAMPS)],
    "order_refund_lines": [(nothing, REFUND_LINE + NO_STAMPS)],
    "order_fulfillments": [(parcels, PARCEL + STAMPS)],
    "order_fulfillment_lines": [(contents, PARCEL_LINE + STAMPS)],
    "checkouts": [(whole, CHECKOUT + STAMPS)],
    "checkout_lines": [(several("products"), BASKET_LINE + NO_STAMPS + "checkout_id id /id")],
    "draft_orders": [(whole, DRAFT_ORDER + STAMPS)],
    "draft_order_lines": [(several("products"), BASKET_LINE + NO_STAMPS + "draft_order_id id /id")],
    "coupons": [(whole, COUPON + STAMPS)],
    "locations": [(whole, LOCATION + STAMPS)],
    "inventory_levels": [(whole, LEVEL + STAMPS)],
}


def second_reading(table, record):
    """Return the rows of a table as the second reading finds them."""
    chains = [(columns, chain) for scope, columns in SOURCES[table] for chain in scope(record)]
    return [row_of(columns, chain, place) for place, (columns, chain) in enumerate(chains, 1)]


def read(resource, record):
    """Return a record as the platform's session reads it."""
    found, rejects = records_of(
        resource,
        [record],
        parts_of=lambda source: {"record": source},
        rows_of=lambda name, parts: rows_of(name, parts, SHOP),
        id_of=lambda row: id_of(resource, row),
    )
    assert not rejects
    return found[0]


def test_the_tables_of_all_resources_are_here():
    """None is forgotten, none invented."""
    assert set(SOURCES) == {name for one in RESOURCES.values() if one.is_default for name in (one.name, *one.children)}


@pytest.mark.parametrize("table", SOURCES)
def test_every_promised_column_says_where_it_comes_from(table):
    """Also those for which the platform has nothing, in each form that a row can come in."""
    for _, columns in SOURCES[table]:
        assert set(columns_of(columns)) == set(TABLES[table].names) - STORAGE


def test_examples_of_each_resource_are_here():
    """The tests below would be content without."""
    assert {case.values[0] for case in documented()} - {None} == set(COVERED)


@pytest.mark.parametrize(("resource", "record"), [*documented(), *made()])
def test_a_record_fills_every_column_as_a_second_reading_does(resource, record):
    """Each row has the value that stands at the keys, and nothing where the platform has nothing."""
    found = read(resource, record)

    assert set(found.rows) == COVERED[resource]
    for table, rows in found.rows.items():
        expected = second_reading(table, record)
        names = set(TABLES[table].names) - STORAGE
        assert [{name: row.get(name) for name in names} for row in rows] == expected
        assert all(set(row) <= names for row in rows)


@pytest.mark.parametrize(("resource", "record"), [*documented(), *made()])
def test_a_record_is_kept_whole(resource, record):
    """No field is lost, and the record is named as its own row."""
    found = read(resource, record)

    assert json.loads(found.parts["record"]) == record
    assert list(found.parts) == ["record"]
    assert (found.id, found.updated_at) == (found.rows[resource][0]["id"], found.rows[resource][0].get("updated_at"))


@pytest.mark.parametrize("table", SOURCES)
def test_every_column_with_a_source_is_filled_by_some_record(table):
    """So that none of them is compared as nothing with nothing alone."""
    records = [case.values for case in (*documented(), *made())]
    rows = [
        row for resource, one in records if table in COVERED.get(resource, ()) for row in second_reading(table, one)
    ]
    filled = {name for row in rows for name, value in row.items() if value is not None}
    named = {name for _, columns in SOURCES[table] for name, source in columns_of(columns).items() if source}
    assert filled == named


OTHER_STORE = {
    "id": "5",
    "name": "Tienda",
    "country": "AR",
    "domains": ["www.tienda.example", "x.example"],
    "url_with_protocol": "https://x.example",
}


@pytest.mark.parametrize("store", [*stores(), OTHER_STORE])
def test_a_store_is_read_as_a_second_reading_does(store):
    """Its time zone is the capital's, since the platform tells none."""
    expected = row_of(STORE, [store], 1)
    found = asdict(shop_of(store, "1234"))
    assert {name: found[name] for name in expected} == expected
