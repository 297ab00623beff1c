"""The values of metafields by their types: what a shop has is odd at times, and none of it costs a record."""

import math

import pytest

from storesync.platforms.shopify.metafields import typed


@pytest.mark.parametrize(
    ("kind", "value", "columns"),
    [
        ("single_line_text_field", "12", {}),
        ("number_integer", "-9999999999999", {"value_number": -9_999_999_999_999}),
        ("number_decimal", "2.50", {"value_number": 2.5}),
        ("boolean", "false", {"value_boolean": 0}),
        ("date", "2026-02-03", {"value_date": "2026-02-03"}),
        ("date_time", "2026-02-03T12:00:00", {"value_date": "2026-02-03T12:00:00Z"}),
        ("date_time", "2026-02-03T12:00:00-03:00", {"value_date": "2026-02-03T15:00:00Z"}),
        ("variant_reference", "gid://shopify/ProductVariant/7", {"reference_ids": '["variant:7"]'}),
        ("file_reference", "gid://shopify/GenericFile/7", {"reference_ids": '["generic_file:7"]'}),
        (
            "list.mixed_reference",
            '["gid://shopify/Metaobject/1", "gid://shopify/Customer/2"]',
            {
                "reference_ids": '["metaobject:1", "customer:2"]',
                "value_json": '["gid://shopify/Metaobject/1","gid://shopify/Customer/2"]',
            },
        ),
        (
            "money",
            '{"amount":"5.99","currency_code":"CAD"}',
            {"value_number": 5.99, "value_json": '{"amount":"5.99","currency_code":"CAD"}'},
        ),
        ("dimension", '{"value":25.0,"unit":"cm"}', {"value_number": 25, "value_json": '{"value":25.0,"unit":"cm"}'}),
        ("list.number_integer", "[1, 2]", {"value_json": "[1,2]"}),
        ("json", '{"amount": 3}', {"value_json": '{"amount":3}'}),
        ("json", '"caf\\u00e9"', {"value_json": '"café"'}),
        ("link", '{"text":"Más","url":"https://x.test"}', {"value_json": '{"text":"Más","url":"https://x.test"}'}),
        ("a_type_of_tomorrow", '{"value": 3}', {"value_number": 3, "value_json": '{"value":3}'}),
        ("a_type_of_tomorrow", "words", {}),
    ],
)
def test_a_value_fills_the_columns_of_its_type(kind, value, columns):
    assert {name: one for name, one in typed(kind, value).items() if one is not None} == columns


ODD = ("", "soon", "NaN", "null", "9" * 60, "[" * 900 + "]" * 900, '{"value":[1]}', '["x", 3, null]', '"\\ud800"', None)


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(
    "kind",
    [
        *("number_integer", "number_decimal", "boolean", "date", "date_time", "json", "money", "rating", "link"),
        *("product_reference", "list.product_reference", "list.date", "rich_text_field", "", "color"),
    ],
)
def test_a_value_that_is_none_of_its_type_leaves_what_a_column_can_keep(kind, value):
    for one in typed(kind, value).values():
        assert one is None or (isinstance(one, str) and one.encode()) or math.isfinite(one)
