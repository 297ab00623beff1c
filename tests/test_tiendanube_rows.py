"""From Tiendanube's JSON to the promised columns, in every spelling that has been seen."""

import json
import os
from pathlib import Path

import pytest

from storesync.model import Shop
from storesync.platforms import records
from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.values import Unreadable
from storesync.tables import TABLES

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("STORESYNC_REFERENCE", ROOT.parent / "shared" / "reference"))
EXAMPLES = REFERENCE / "tiendanube_examples"
SHOP = Shop(
    "817495",
    "817495",
    "Tienda",
    "tienda.example",
    language="pt",
    currency="ARS",
    time_zone="America/Argentina/Buenos_Aires",
)
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"no documented examples in {EXAMPLES}")
CHILDREN = {
    "products": {"products", "variants", "product_images", "product_categories"},
    "categories": {"categories"},
    "customers": {"customers", "customer_addresses"},
    "orders": {
        "orders",
        "order_lines",
        "order_discounts",
        "order_shipping_lines",
        "order_payments",
        "order_refunds",
        "order_refund_lines",
        "order_fulfillments",
        "order_fulfillment_lines",
    },
}


def rows(resource, record, **parts):
    return rows_of(resource, {"record": record, **parts}, SHOP)


def product(**fields):
    return rows("products", {"id": 1, **fields})


def variant(**fields):
    return product(variants=[{"id": 2, **fields}])["variants"][0]


@pytest.mark.parametrize("resource", CHILDREN)
def test_a_bare_record_has_every_table_that_it_covers_its_own_first(resource):
    found = rows(resource, {"id": 1})
    assert set(found) == CHILDREN[resource]
    assert next(iter(found)) == resource
    assert found[resource][0]["id"] == "1"


@pytest.mark.parametrize("resource", CHILDREN)
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
        ("Remera", "Remera"),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
@pytest.mark.parametrize("field", ["name", "handle", "seo_title"])
def test_a_text_is_found_in_whatever_language_there_is(field, spelling, expected):
    assert product(**{field: spelling})["products"][0][field] == expected


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


def examples():
    """Every documented answer of the four resources, as (file, resource, record)."""
    index = json.loads((EXAMPLES / "INDEX.json").read_text())["files"] if EXAMPLES.is_dir() else []
    for entry in index:
        words = str(entry["endpoint"]).split(" ")
        path = words[1].split("?")[0].strip("/").split("/") if len(words) > 1 else [""]
        is_cancelled = path[-1] == "cancel"
        if path[0] not in CHILDREN or str(entry["status"]) != "200" or (len(path) > 2 and not is_cancelled):
            continue
        body = json.loads((EXAMPLES / entry["file"]).read_text())
        for number, record in enumerate(body if isinstance(body, list) else [body]):
            yield pytest.param(path[0], record, id=f"{entry['file']}-{number}")


@needs_examples
def test_the_examples_are_found():
    assert len({case.values[0] for case in examples()}) == 4


@needs_examples
@pytest.mark.parametrize(("resource", "record"), list(examples()))
def test_a_documented_record_is_read_whole(resource, record):
    read, rejects = records.read(
        resource,
        [record],
        parts_of=lambda source: {"record": source},
        rows_of=lambda name, parts: rows_of(name, parts, SHOP),
    )
    assert not rejects
    assert json.loads(read[0].parts["record"]) == record
    assert read[0].id == str(record["id"])
    for table, found in read[0].rows.items():
        assert all(set(row) <= set(TABLES[table].names) for row in found)
        assert len({row["id"] for row in found}) == len(found)
    must_hold_everything(record, read[0].rows)


def must_hold_everything(record, found):
    """Fail unless every child has its row, and the columns that name and count agree with the source."""
    children = {"variants": "variants", "products": "order_lines", "addresses": "customer_addresses"}
    for key, table in children.items():
        if table in found and key in record:
            assert [row["id"] for row in found[table]] == [
                str(child.get("id", f"{record['id']}:{number}")) for number, child in enumerate(record[key], 1)
            ]
    root = next(iter(found.values()))[0]
    for key, column in {"email": "email", "contact_name": "customer_name", "status": "status"}.items():
        if record.get(key) and column in root:
            assert root[column] == record[key]
    for key, column in {"total": "total", "subtotal": "subtotal", "total_spent": "total_spent"}.items():
        if key in record:
            assert float(record[key]) == root[column]
    if "number" in record:
        assert root["name"] == f"#{record['number']}"
