"""From Tiendanube's JSON to the promised columns, in every spelling that has been seen."""

from dataclasses import replace

import pytest

from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.values import Unreadable
from tests.kits.tiendanube_examples import COVERED, SHOP

BARE = {"inventory_levels": {"variant_id": 1, "location_id": "01L"}}


def rows(resource, record, **parts):
    return rows_of(resource, {"record": record, **parts}, SHOP)


def product(**fields):
    return rows("products", {"id": 1, **fields})


def variant(**fields):
    return product(variants=[{"id": 2, **fields}])["variants"][0]


@pytest.mark.parametrize("resource", COVERED)
def test_a_bare_record_has_every_table_that_it_covers_its_own_first(resource):
    found = rows(resource, BARE.get(resource, {"id": 1}))
    assert set(found) == COVERED[resource]
    assert next(iter(found)) == resource
    assert found[resource][0]["id"] == ("1:01L" if resource in BARE else "1")


@pytest.mark.parametrize("resource", COVERED)
@pytest.mark.parametrize("record", [{}, {"id": None}, {"id": 0}, [], "text", None, 7])
def test_what_has_no_id_is_unreadable(resource, record):
    with pytest.raises(Unreadable):
        rows(resource, record)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ({"es": "Remera", "pt": "Camiseta"}, "Camiseta"),
        ({"es": "Remera", "en": "Shirt"}, "Remera"),
        ({"pt": "", "en": "Shirt"}, "Shirt"),
        ({"es_AR": "Remera"}, "Remera"),
        ({"es_AR": "Remera", "pt_BR": "Camiseta", "en_US": "Shirt"}, "Camiseta"),
        ({"pt_BR": "Blusa", "pt": "Camiseta"}, "Camiseta"),
        ({"pt": "", "pt_BR": "Camiseta", "es": "Remera"}, "Camiseta"),
        ({"it": "Maglietta", "en_US": "Shirt"}, "Shirt"),
        ({"it": "Maglietta"}, "Maglietta"),
        ("Remera", "Remera"),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
@pytest.mark.parametrize("field", ["name", "handle", "seo_title"])
def test_a_text_is_found_in_whatever_language_there_is(field, spelling, expected):
    assert product(**{field: spelling})["products"][0][field] == expected


def test_a_shop_may_name_its_language_with_a_region():
    shop = replace(SHOP, language="es_MX")
    [found] = rows_of("products", {"record": {"id": 1, "name": {"pt": "Camiseta", "es": "Remera"}}}, shop)["products"]
    assert found["name"] == "Remera"


def test_a_description_is_kept_as_html_and_as_text():
    found = product(description={"pt": "<p>Uno &amp; dos</p>"})["products"][0]
    assert (found["description"], found["description_html"]) == ("Uno & dos", "<p>Uno &amp; dos</p>")


@pytest.mark.parametrize(
    ("tags", "expected"), [("a, b ,", '["a", "b"]'), (["a", "ñ"], '["a", "ñ"]'), ("", "[]"), (None, "[]")]
)
def test_tags_are_a_list(tags, expected):
    assert product(tags=tags)["products"][0]["tags"] == expected


@pytest.mark.parametrize(("published", "status"), [(True, "active"), (False, "draft"), (None, None)])
def test_a_product_is_active_when_published(published, status):
    assert product(published=published)["products"][0]["status"] == status


@pytest.mark.parametrize(
    ("price", "promotional", "pays", "struck_out"),
    [
        ("25.00", "19.00", 19, 25),
        ("25.00", None, 25, None),
        ("25.00", "0.00", 25, None),
        ("25.00", "25.00", 25, None),
        (None, None, None, None),
        (None, "19.00", None, None),
        (25.5, 19, 19, 25.5),
    ],
)
def test_the_promotional_price_is_what_one_pays(price, promotional, pays, struck_out):
    found = variant(price=price, promotional_price=promotional)
    assert (found["price"], found["compare_at_price"]) == (pays, struck_out)


@pytest.mark.parametrize(
    ("fields", "tracks", "stock", "oversells"),
    [
        ({"stock_management": True, "stock": 5}, 1, 5, 0),
        ({"stock_management": True, "stock": "5"}, 1, 5, 0),
        ({"stock_management": False, "stock": None}, 0, None, 1),
        ({"stock_management": False, "stock": 5}, 0, None, 1),
        ({"stock_management": True, "inventory_levels": [{"stock": 2}, {"stock": 3}]}, 1, 5, 0),
        ({"stock_management": True, "inventory_levels": [{"stock": 2}, {"stock": None}]}, 1, None, 0),
    ],
)
def test_stock_is_a_number_or_without_limit(fields, tracks, stock, oversells):
    found = variant(**fields)
    assert (found["tracks_inventory"], found["inventory_quantity"], found["sells_out_of_stock"]) == (
        tracks,
        stock,
        oversells,
    )


def test_a_product_sums_up_its_variants():
    several = [
        {"id": 2, "price": "30.00", "stock_management": True, "stock": 1},
        {"id": 3, "price": "20.00", "promotional_price": "10.00", "stock_management": True, "stock": 2},
        {"id": 4, "price": None, "stock_management": True, "stock": 0},
    ]
    found = product(variants=several)["products"][0]
    assert (found["price_min"], found["price_max"]) == (10, 30)
    assert (found["inventory_quantity"], found["variants_count"]) == (3, 3)


def test_one_variant_without_limit_leaves_the_products_stock_open():
    several = [{"id": 2, "stock_management": True, "stock": 1}, {"id": 3, "stock_management": False}]
    assert product(variants=several)["products"][0]["inventory_quantity"] is None


def test_variants_take_names_and_places():
    found = product(variants=[{"id": 2, "values": [{"pt": "P"}, {"es": "Rojo"}]}, {"id": 3, "position": 9}])
    first, second = found["variants"]
    assert (first["name"], first["option1"], first["option2"], first["position"]) == (
        "P / Rojo",
        "P",
        "Rojo",
        1,
    )
    assert (second["name"], second["position"], second["product_id"]) == (None, 9, "1")


def test_the_no_photo_image_is_none():
    found = product(images=[{"id": 0, "src": "//x/no-photo.png"}, {"id": 5, "src": "//x/a.jpg", "alt": []}])
    assert [image["url"] for image in found["product_images"]] == ["https://x/a.jpg"]
    assert found["products"][0]["image_url"] == "https://x/a.jpg"


@pytest.mark.parametrize("categories", [[{"id": 7}, {"id": 8}], [7, 8, 7], [{"id": 7}, "8"]])
def test_memberships_come_as_objects_or_ids(categories):
    found = product(categories=categories)["product_categories"]
    assert [row["id"] for row in found] == ["1:7", "1:8"]
    assert found[0]["product_id"] == "1"
    assert found[0]["category_id"] == "7"


def test_a_category_names_its_parent():
    category = {"id": 3, "name": {"pt": "Tenis"}, "parent": 2, "visibility": "soft-hidden"}
    [found] = rows("categories", category)["categories"]
    assert (found["parent_id"], found["visibility"], found["kind"]) == ("2", "soft_hidden", "category")


@pytest.mark.parametrize("parent", [None, 0])
def test_a_category_at_the_root_has_its_name_as_path(parent):
    [found] = rows("categories", {"id": 3, "name": "Tenis", "parent": parent})["categories"]
    assert (found["path"], found["parent_id"]) == ("Tenis", None)


def test_a_customer_lives_at_the_default_address():
    addresses = [
        {"id": 1, "city": "Lima", "default": False},
        {"id": 2, "city": "Cusco", "country": "pe", "zipcode": "08000", "default": True},
    ]
    found = rows("customers", {"id": 9, "name": "Ana", "identification": "123", "addresses": addresses})
    [customer] = found["customers"]
    assert (customer["city"], customer["country"], customer["zip"]) == ("Cusco", "PE", "08000")
    assert (customer["tax_id"], customer.get("first_name")) == ("123", None)
    assert [row["is_default"] for row in found["customer_addresses"]] == [0, 1]


def test_a_default_address_outside_the_list_is_kept():
    found = rows("customers", {"id": 9, "addresses": [], "default_address": {"id": 4, "city": "Salta"}})
    assert [(row["id"], row["is_default"]) for row in found["customer_addresses"]] == [("4", 1)]
    assert found["customers"][0]["city"] == "Salta"


def test_an_address_without_an_id_is_named_by_its_place():
    found = rows("customers", {"id": 9, "addresses": [{"id": 0, "city": "Salta"}, {"city": "Jujuy"}]})
    assert [row["id"] for row in found["customer_addresses"]] == ["9:1", "9:2"]


@pytest.mark.parametrize(
    ("field", "column"), [("name", "name"), ("email", "email"), ("phone", "phone"), ("identification", "tax_id")]
)
@pytest.mark.parametrize("placeholder", ["No informado", "não informado", " EMAIL@noinformado.com"])
def test_a_customer_that_nobody_named_has_no_such_name(field, column, placeholder):
    assert rows("customers", {"id": 9, field: placeholder})["customers"][0][column] is None


def test_an_address_that_nobody_gave_is_empty():
    fields = ("name", "address", "number", "floor", "locality", "city", "province", "country", "phone")
    address = {"id": 5, "zipcode": "0000", **dict.fromkeys(fields, "No informado")}
    found = rows("customers", {"id": 9, "default_address": address})
    names = ("name", "address1", "number", "floor", "locality", "city", "province", "country", "zip", "phone")
    assert [found["customer_addresses"][0][name] for name in names] == [None] * 10
    assert [found["customers"][0][name] for name in ("city", "province", "country", "zip")] == [None] * 4


BASKETS = {
    "checkouts": ("checkouts", "checkout_lines", "checkout_id"),
    "draft_orders": ("draft_orders", "draft_order_lines", "draft_order_id"),
}


@pytest.mark.parametrize("resource", BASKETS)
def test_a_basket_says_who_and_how_much(resource):
    record = {
        "id": 5,
        "contact_name": "Ana",
        "contact_email": "No informado",
        "customer": {"id": 7, "name": "Ana Silva", "email": "a@example.com", "phone": "555"},
        "currency": "BRL",
        "subtotal": "20.10",
        "discount": 2,
        "shipping_cost_customer": "1.50",
        "total": "19.10",
    }
    found = rows(resource, record)[resource][0]
    assert (found["customer_id"], found["customer_name"]) == ("7", "Ana")
    assert (found["email"], found["phone"], found["currency"]) == ("a@example.com", "555", "BRL")
    assert (found["subtotal"], found["discount_total"], found["shipping_total"]) == (20.1, 2, 1.5)
    assert (found["total"], found.get("tax_total"), found.get("order_id")) == (19.1, None, None)


@pytest.mark.parametrize("resource", BASKETS)
def test_a_basket_without_a_shipping_cost_has_the_rest_of_its_total_for_it(resource):
    found = rows(resource, {"id": 5, "subtotal": "20.00", "discount": "5.00", "total": "18.50"})[resource][0]
    assert (found["shipping_total"], found["currency"]) == (3.5, "ARS")


@pytest.mark.parametrize("resource", BASKETS)
def test_the_lines_of_a_basket_are_named_and_counted(resource):
    table, lines, key = BASKETS[resource]
    several = [{"id": 8, "quantity": "2", "price": "0.10", "variant_id": "3"}, {"quantity": 1, "name": "Gorra"}]
    found = rows(resource, {"id": 5, "products": several})
    assert [(row["id"], row[key], row["total"]) for row in found[lines]] == [("8", "5", 0.2), ("5:2", "5", None)]
    assert found[table][0]["item_quantity"] == 3


@pytest.mark.parametrize("resource", BASKETS)
@pytest.mark.parametrize("field", ["customer", "products", "shipping_address", "completed_at"])
@pytest.mark.parametrize("nothing", [[], {}, None])
def test_a_basket_may_have_nothing_in_any_spelling(resource, field, nothing):
    found = rows(resource, {"id": 5, field: nothing})[resource][0]
    assert (found["customer_id"], found["item_quantity"], found["completed_at"]) == (None, 0, None)


PLACE = {"city": "Lima", "province": "Callao", "country": "pe"}
BESIDE = {f"shipping_{name}": value for name, value in PLACE.items()}


@pytest.mark.parametrize(
    "address",
    [
        {"shipping_address": PLACE},
        {"shipping_address": "Jr. Ancash", **BESIDE},
        {"shipping_address": {}, **BESIDE},
        {"shipping_address": [], **BESIDE},
        BESIDE,
    ],
)
def test_a_checkout_goes_to_an_address_or_to_fields_of_its_own(address):
    [found] = rows("checkouts", {"id": 5, **address})["checkouts"]
    assert (found["city"], found["province"], found["country"]) == ("Lima", "Callao", "PE")


def test_a_checkout_never_says_itself_that_it_lapsed():
    [found] = rows("checkouts", {"id": 5, "abandoned_checkout_url": "https://x.example/5"})["checkouts"]
    assert (found["recovery_url"], "expired_at" in found) == ("https://x.example/5", False)


@pytest.mark.parametrize(("number", "name"), [(306, "#306"), ("306", "#306"), (0, None), ("0", None), (None, None)])
def test_a_draft_order_has_a_name_once_it_has_a_number(number, name):
    assert rows("draft_orders", {"id": 5, "number": number})["draft_orders"][0]["name"] == name


@pytest.mark.parametrize(
    ("status", "payment", "expected"),
    [
        ("open", "pending", "pending"),
        ("OPEN", "PENDING_CONFIRMATION", "pending_confirmation"),
        ("closed", "paid", "paid"),
        ("cancelled", "pending", "cancelled"),
        ("open", None, "open"),
        (None, None, None),
    ],
)
def test_a_draft_order_says_how_far_it_is(status, payment, expected):
    record = {"id": 5, "status": status, "payment_status": payment}
    assert rows("draft_orders", record)["draft_orders"][0]["status"] == expected


@pytest.mark.parametrize(("note", "owners", "expected"), [("a", "b", "a"), ("", "b", "b"), (None, None, None)])
def test_a_draft_orders_note_is_the_customers_else_the_owners(note, owners, expected):
    assert rows("draft_orders", {"id": 5, "note": note, "owner_note": owners})["draft_orders"][0]["note"] == expected


def coupon(**fields):
    [found] = rows("coupons", {"id": 5, **fields})["coupons"]
    return found


@pytest.mark.parametrize(
    ("theirs", "kind", "currency"),
    [
        ("percentage", "percentage", None),
        ("absolute", "amount", "ARS"),
        ("shipping", "free_shipping", None),
        ("Cashback", "cashback", None),
        (None, None, None),
    ],
)
def test_a_coupon_is_of_a_common_kind_and_an_amount_has_a_currency(theirs, kind, currency):
    assert (coupon(type=theirs)["kind"], coupon(type=theirs)["currency"]) == (kind, currency)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"valid": True}, "active"),
        ({"valid": True, "end_date": "2014-06-08"}, "active"),
        ({"valid": True, "used": 99, "max_uses": 100}, "active"),
        ({"valid": True, "used": None, "max_uses": 100}, "active"),
        ({"valid": True, "used": 5, "max_uses": 0}, "active"),
        ({"valid": True, "used": 100, "max_uses": "100"}, "expired"),
        ({"valid": False, "end_date": "2014-06-08"}, "expired"),
        ({"valid": False}, "disabled"),
        ({"valid": False, "used": 1, "max_uses": 1}, "expired"),
        ({"valid": True, "deleted_at": "2014-06-08T10:00:00+0000"}, "disabled"),
        ({}, None),
    ],
)
def test_a_coupons_status_is_what_the_record_alone_says(fields, status):
    assert coupon(**fields)["status"] == status


@pytest.mark.parametrize(
    ("fields", "applies_to"),
    [
        ({"products": [{"id": 1}], "categories": None}, "products"),
        ({"products": [], "categories": [{"id": 1}]}, "categories"),
        ({"categories": None}, "all"),
        ({}, "all"),
    ],
)
def test_a_coupon_applies_to_what_it_lists(fields, applies_to):
    assert coupon(**fields)["applies_to"] == applies_to


def test_a_coupons_amounts_and_days_are_read_in_every_spelling():
    found = coupon(value=50, min_price="9.90", start_date="2014-05-08", end_date=None, max_uses="3")
    assert (found["value"], found["min_total"], found["usage_limit"]) == (50, 9.9, 3)
    assert (found["starts_at"], found["ends_at"]) == ("2014-05-08T00:00:00Z", None)


def test_a_deleted_coupon_that_is_listed_leaves_no_tombstone():
    assert "deleted_at" not in coupon(deleted_at="2014-06-08T10:00:00+0000")


def test_a_limit_to_first_purchases_is_not_once_per_customer():
    assert coupon(first_consumer_purchase=True).get("once_per_customer") is None


def location(**fields):
    [found] = rows("locations", {"id": "01L", **fields})["locations"]
    return found


@pytest.mark.parametrize(
    ("spelling", "province", "country"),
    [
        (
            {"province": {"code": "SP", "name": "São Paulo"}, "country": {"code": "br", "name": "Brasil"}},
            "São Paulo",
            "BR",
        ),
        ({"province": {"code": "SP"}, "country": {"name": "Brasil"}}, "SP", "BRASIL"),
        ({"province": "São Paulo", "country": "BR"}, "São Paulo", "BR"),
        ({"province": [], "country": {}}, None, None),
        ({}, None, None),
    ],
)
def test_a_location_stands_in_a_province_and_a_country(spelling, province, country):
    found = location(address=spelling)
    assert (found["province"], found["country"]) == (province, country)


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_a_location_may_have_no_address_and_no_name(nothing):
    found = location(address=nothing, name=nothing, priority="2", is_default=0)
    assert (found["name"], found["city"], found["priority"], found["is_default"]) == (None, None, 2, 0)


@pytest.mark.parametrize(("stock", "available"), [(5, 5), ("5", 5), (-1, -1), (0, 0), (None, None)])
def test_an_inventory_level_without_a_number_is_without_limit(stock, available):
    record = {"id": "1", "variant_id": 101, "location_id": "01L", "stock": stock}
    [found] = rows("inventory_levels", record)["inventory_levels"]
    assert (found["available"], found["id"], found["inventory_item_id"]) == (available, "101:01L", "101")


@pytest.mark.parametrize("missing", ["variant_id", "location_id"])
def test_an_inventory_level_of_nothing_is_unreadable(missing):
    with pytest.raises(Unreadable):
        rows("inventory_levels", {"id": 1, "variant_id": 1, "location_id": "01L", missing: None})
