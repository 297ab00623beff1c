"""From Tiendanube's orders to the promised columns, in every spelling that has been seen."""

import pytest

from storesync.model import Shop
from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.values import Unreadable
from storesync.tables import TABLES

SHOP = Shop("1", "1", "Tienda", "tienda.example", time_zone="America/Argentina/Buenos_Aires")


def order(**fields):
    return rows_of("orders", {"record": {"id": 1, **fields}}, SHOP)


def test_an_orders_amounts_keep_their_meaning():
    [found] = order(subtotal="6000.00", discount="600.00", total="5900.00", currency="ARS", payment_status="paid")[
        "orders"
    ]
    assert (found["subtotal"], found["discount_total"], found["total"]) == (6000, 600, 5900)
    assert (found["shipping_total"], found["current_total"], found["paid_total"]) == (500, 5900, 5900)
    assert (found.get("tax_total"), found["refunded_total"]) == (None, 0)


@pytest.mark.parametrize(
    ("status", "refunded", "paid"),
    [
        ("paid", 0, 10),
        ("pending", 0, 0),
        ("refunded", 10, 10),
        ("partially_refunded", None, 10),
        ("partially_paid", 0, None),
        ("charged_back", 0, 10),
    ],
)
def test_what_was_paid_and_paid_back_follows_from_the_status(status, refunded, paid):
    [found] = order(total="10.00", payment_status=status.upper())["orders"]
    assert (found["payment_status"], found["refunded_total"], found["paid_total"]) == (status, refunded, paid)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("unpacked", "unfulfilled"),
        ("unshipped", "unfulfilled"),
        ("shipped", "fulfilled"),
        ("fulfilled", "fulfilled"),
        ("delivered", "delivered"),
        ("partially_packed", "partially_packed"),
        ("Teleported", "teleported"),
        (None, None),
    ],
)
def test_shipping_status_takes_the_common_words(theirs, ours):
    assert order(shipping_status=theirs)["orders"][0]["fulfillment_status"] == ours


def test_version_1_keeps_shipping_and_price_on_the_order():
    found = order(
        price="58.00",
        subtotal="38.00",
        discount="0.00",
        shipping="ups",
        shipping_option="Synthetics",
        shipping_option_code="table_131313",
        shipping_cost_customer="20.00",
        shipped_at="2008-01-10T11:00:00-05:00",
        customer={"id": 101, "name": "John Doe", "email": "john@example.com"},
        coupon=[{"code": "SUPER"}],
        products=[{"price": "19.00", "quantity": 2, "product_id": 1234, "variant_id": 101}],
    )
    [root] = found["orders"]
    assert (root["total"], root["shipping_total"], root["shipping_method"]) == (58, 20, "Synthetics")
    assert (root["customer_name"], root["email"], root["shipped_at"]) == (
        "John Doe",
        "john@example.com",
        "2008-01-10T16:00:00Z",
    )
    [delivery] = found["order_shipping_lines"]
    assert (delivery["id"], delivery["carrier"], delivery["price"]) == ("1", "ups", 20)
    assert (found["order_lines"][0]["id"], found["order_lines"][0]["total"]) == ("1:1", 38)


def test_the_day_of_an_order_is_the_shops():
    completed = {"date": "2026-11-22 01:30:00.000000", "timezone_type": 3, "timezone": "UTC"}
    [found] = order(completed_at=completed, created_at="2026-11-20T10:00:00+0000")["orders"]
    assert (found["placed_at"], found["placed_on"]) == ("2026-11-22T01:30:00Z", "2026-11-21")


@pytest.mark.parametrize("never", [None, {"date": "-0001-11-30 00:00:00.000000", "timezone": "UTC"}])
def test_an_order_without_completion_was_placed_when_created(never):
    [found] = order(completed_at=never, created_at="2026-11-20T10:00:00+0000")["orders"]
    assert found["placed_at"] == "2026-11-20T10:00:00Z"


def test_an_order_without_customer_keeps_its_contact():
    [found] = order(contact_name="Ana", contact_email="a@example.com")["orders"]
    assert (found["customer_id"], found["customer_name"], found["email"]) == (None, "Ana", "a@example.com")


PERSONAL = {
    "contact_name": "customer_name",
    "contact_email": "email",
    "contact_phone": "phone",
    "contact_identification": "tax_id",
    "billing_name": "billing_name",
    "billing_city": "billing_city",
    "billing_province": "billing_province",
}
PLACES = {
    "name": "shipping_name",
    "address": "shipping_address1",
    "number": "shipping_number",
    "locality": "shipping_locality",
    "city": "shipping_city",
    "province": "shipping_province",
}


@pytest.mark.parametrize(
    "placeholder",
    [
        "No informado",
        "Não informado",
        " NÃO INFORMADO ",
        "No informado No informado",
        "email@noinformado.com",
        "Email@NaoInformado.com",
    ],
)
def test_a_placeholder_is_nobody(placeholder):
    told = dict.fromkeys(PERSONAL, placeholder)
    [found] = order(**told, shipping_address=dict.fromkeys(PLACES, placeholder))["orders"]
    assert {found[name] for name in (*PERSONAL.values(), *PLACES.values())} == {None}


@pytest.mark.parametrize(
    "name", ["Informado", "No informado 12", "Ana No informado", "Noinformado", "no@informado.com"]
)
def test_who_only_looks_like_a_placeholder_is_somebody(name):
    [found] = order(contact_name=name, contact_email=name, shipping_address={"city": name})["orders"]
    assert (found["customer_name"], found["email"], found["shipping_city"]) == (name, name, name)


@pytest.mark.parametrize(
    ("code", "expected"), [("0000", None), ("No informado", None), ("1000", "1000"), (10451, "10451")]
)
def test_a_postal_code_of_nowhere_is_none(code, expected):
    assert order(shipping_address={"zipcode": code})["orders"][0]["shipping_zip"] == expected


def test_a_placeholder_gives_way_to_what_the_customer_is_called():
    customer = {"id": 4, "name": "Ana", "email": "a@example.com", "phone": "555", "identification": "1"}
    [found] = order(contact_name="No informado", contact_email="email@noinformado.com", customer=customer)["orders"]
    assert (found["customer_name"], found["email"], found["phone"], found["tax_id"]) == (
        "Ana",
        "a@example.com",
        "555",
        "1",
    )


def test_an_address_beside_the_other_fields_is_read_too():
    fields = {"shipping_address": "Rua Ali", "shipping_name": "Ana", "shipping_city": "Lima", "shipping_country": "pe"}
    [found] = order(**fields, shipping_number="12", shipping_zipcode="15001")["orders"]
    assert (found["shipping_address1"], found["shipping_name"], found["shipping_city"]) == ("Rua Ali", "Ana", "Lima")
    assert (found["shipping_country"], found["shipping_number"], found["shipping_zip"]) == ("PE", "12", "15001")


def test_quantities_and_ids_are_read_from_text_and_number():
    lines = [
        {"id": 10_690_538_290_000, "quantity": "1", "variant_id": "426215948", "price": "10.10"},
        {"id": "7", "quantity": 3, "variant_id": 426215948, "price": 0.1},
    ]
    found = order(products=lines)
    assert [(row["id"], row["quantity"], row["variant_id"], row["total"]) for row in found["order_lines"]] == [
        ("10690538290000", 1, "426215948", 10.1),
        ("7", 3, "426215948", 0.3),
    ]
    assert (found["orders"][0]["item_quantity"], found["orders"][0]["lines_count"]) == (4, 2)


def test_lines_of_one_kit_stay_apart():
    kit = {"id": 5, "variant_id": 6}
    lines = [{"id": n, "variant_id": 6, "quantity": 1, "kit": kit, "order_kit_id": 5} for n in (1, 2)]
    assert [row["id"] for row in order(products=lines)["order_lines"]] == ["1", "2"]


def test_a_line_is_named_without_its_variant():
    line = {
        "id": 1,
        "name": "Remera (P, Rojo)",
        "name_without_variants": "Remera",
        "variant_values": ["P", "Rojo"],
    }
    [found] = order(products=[line])["order_lines"]
    assert (found["name"], found["variant_name"]) == ("Remera", "P / Rojo")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ([], "[]"),
        (None, "[]"),
        ({"Texto": "Feliz"}, '[{"name": "Texto", "value": "Feliz"}]'),
        ([{"name": "Texto", "value": "Feliz"}], '[{"name": "Texto", "value": "Feliz"}]'),
    ],
)
def test_properties_are_a_list_also_from_a_map(properties, expected):
    assert order(products=[{"id": 1, "properties": properties}])["order_lines"][0]["properties"] == expected


def test_discounts_are_told_apart_by_where_they_come_from():
    found = order(
        coupon=[{"code": "VERANO", "type": "percentage", "value": "10.00"}],
        discount="60.00",
        discount_coupon="10.00",
        discount_gateway="20.00",
        gateway_name="Transferencia",
        promotional_discount={"total_discount_amount": "30.00", "promotions_applied": []},
    )
    assert [(row["id"], row["kind"], row["amount"]) for row in found["order_discounts"]] == [
        ("1:1", "code", 10),
        ("1:2", "promotion", 30),
        ("1:3", "gateway", 20),
    ]
    assert found["orders"][0]["discount_codes"] == '["VERANO"]'


def test_the_payment_is_named_after_its_order():
    details = {"method": "credit_card", "credit_card_company": "amex", "installments": "6"}
    found = order(payment_details=details, gateway="paypal", total="5.00", payment_status="paid")
    [payment] = found["order_payments"]
    assert (payment["id"], payment["amount"], payment["card_brand"], payment["installments"]) == (
        "1",
        5,
        "amex",
        6,
    )
    assert set(found["orders"][0]) <= set(TABLES["orders"].names)


PARCEL = {
    "id": "01FHZ",
    "number": "12",
    "status": "DELIVERED",
    "total_quantity": 2,
    "assigned_location": {"id": "LOC"},
    "line_items": [{"id": "5", "quantity": 2, "order_line_item_id": "77"}],
    "shipping": {
        "type": "ship",
        "carrier": {"name": "Correo"},
        "option": {"name": "A domicilio", "code": "home"},
        "consumer_cost": {"value": 12.5, "currency": "BRL"},
        "merchant_cost": {"value": 10, "currency": "BRL"},
        "max_delivery_date": "2022-11-25T10:20:19+00:00",
    },
    "tracking_info": {"url": "https://t.example", "code": "BDJ"},
    "tracking_events": [{"status": "delivered", "happened_at": "2022-11-26T10:00:00+00:00"}],
    "fulfilled_at": "2022-11-24T11:29:57.742Z",
}


@pytest.mark.parametrize("key", ["fulfillments", "fulfillment_orders"])
def test_fulfilment_orders_are_read_under_either_key(key):
    found = order(**{key: [PARCEL]})
    [parcel] = found["order_fulfillments"]
    assert (parcel["id"], parcel["status"], parcel["price"], parcel["cost"]) == (
        "01FHZ",
        "delivered",
        12.5,
        10,
    )
    assert (parcel["location_id"], parcel["tracking_number"], parcel["currency"]) == ("LOC", "BDJ", "BRL")
    assert (parcel["shipped_at"], parcel["delivered_at"]) == ("2022-11-24T11:29:57Z", "2022-11-26T10:00:00Z")
    [line] = found["order_fulfillment_lines"]
    assert (line["fulfillment_id"], line["order_line_id"], line["quantity"]) == ("01FHZ", "77", 2)
    [delivery] = found["order_shipping_lines"]
    assert (delivery["title"], delivery["code"], delivery["price"]) == ("A domicilio", "home", 12.5)
    [root] = found["orders"]
    assert (root["shipped_at"], root["delivered_at"]) == ("2022-11-24T11:29:57Z", "2022-11-26T10:00:00Z")


@pytest.mark.parametrize("key", ["fulfillments", "fulfillment_orders"])
@pytest.mark.parametrize(
    ("several", "ids"),
    [
        ([], []),
        (None, []),
        ({}, []),
        (["01FHZ"], ["01FHZ"]),
        ([5, {"id": "01FHZ"}], ["5", "01FHZ"]),
        ([{"id": "01FHZ", "line_items": None, "shipping": [], "tracking_info": None}], ["01FHZ"]),
        ({"total": 1, "page": 1, "per_page": 1, "results": [{"id": "01FHZ"}]}, ["01FHZ"]),
        ({"total": 0, "results": None}, []),
        ({"0": {"id": "01FHZ"}, "2": "01FJA"}, ["01FHZ", "01FJA"]),
    ],
)
def test_fulfilment_orders_may_be_missing_wrapped_or_ids_alone(key, several, ids):
    assert [row["id"] for row in order(**{key: several})["order_fulfillments"]] == ids


@pytest.mark.parametrize(
    ("plain", "aggregate"), [(["01FHZ"], [PARCEL]), ([PARCEL], ["01FHZ"]), ([], [PARCEL]), ([PARCEL], None)]
)
def test_of_two_keys_the_one_that_says_more_is_believed(plain, aggregate):
    found = order(fulfillments=plain, fulfillment_orders=aggregate)
    assert [(row["id"], row["status"]) for row in found["order_fulfillments"]] == [("01FHZ", "delivered")]


def test_an_order_without_fulfilment_orders_has_not_been_sent():
    [found] = order(fulfillments=["01FHZ"])["orders"]
    assert (found["shipped_at"], found["delivered_at"], found["shipping_method"]) == (None, None, None)


def test_a_fulfilment_order_without_an_id_makes_the_order_unreadable():
    with pytest.raises(Unreadable):
        order(fulfillments=[{"status": "PACKED"}])


def test_the_full_form_of_a_parcel_line_names_variant_and_line():
    line = {"id": "01J", "external_id": "123", "quantity": 1, "variant": {"variant_id": "88"}}
    [found] = order(fulfillments=[{"id": "A", "line_items": [line]}])["order_fulfillment_lines"]
    assert (found["order_line_id"], found["variant_id"]) == ("123", "88")


@pytest.mark.parametrize("field", ["products", "coupon", "promotional_discount", "payment_details", "extra"])
@pytest.mark.parametrize("nothing", [[], {}, None])
def test_an_empty_map_may_come_as_an_empty_list(field, nothing):
    assert order(**{field: nothing})["orders"][0]["id"] == "1"


def test_a_list_with_gaps_in_its_numbering_is_a_map():
    assert [row["id"] for row in order(products={"0": {"id": 5}, "2": {"id": 6}})["order_lines"]] == [
        "5",
        "6",
    ]


def test_a_line_that_is_no_object_makes_the_order_unreadable():
    with pytest.raises(Unreadable):
        order(products=[{"id": 1}, "surprise"])
