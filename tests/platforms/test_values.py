"""The borderland values: what one column value is made of, however a platform spells it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from storesync.platforms import values
from storesync.platforms.values import Unreadable
from storesync.runtime.instants import day_of

SPELLINGS = [
    ("2022-11-15T19:36:59+0000", "2022-11-15T19:36:59Z"),
    ("2013-01-03T09:11:51-03:00", "2013-01-03T12:11:51Z"),
    ("2025-03-12T10:43:45+00:00", "2025-03-12T10:43:45Z"),
    ("2022-11-24T11:29:57.742Z", "2022-11-24T11:29:57Z"),
    (
        {"date": "2022-11-15 19:36:59.000000", "timezone_type": 3, "timezone": "UTC"},
        "2022-11-15T19:36:59Z",
    ),
    (
        {"date": "2020-11-27T19:51:11+0000", "timezone_type": 3, "timezone": "UTC"},
        "2020-11-27T19:51:11Z",
    ),
    ({"date": "2022-11-15 10:00:00", "timezone": "America/Argentina/Buenos_Aires"}, "2022-11-15T13:00:00Z"),
    (
        {"date": "2022-11-15 10:00:00.000000", "timezone_type": 1, "timezone": "-03:00"},
        "2022-11-15T13:00:00Z",
    ),
    ({"date": "2022-11-15 10:00:00", "timezone": "Nowhere/Land"}, "2022-11-15T10:00:00Z"),
    ("2015-01-02 20:27:51", "2015-01-02T20:27:51Z"),
    ("2014-05-08", "2014-05-08T00:00:00Z"),
    ("0900-01-01T00:00:00Z", "0900-01-01T00:00:00Z"),
]


@pytest.mark.parametrize(("spelling", "expected"), SPELLINGS)
def test_every_spelling_of_an_instant_becomes_utc(spelling, expected):
    assert values.instant(spelling) == expected


@pytest.mark.parametrize(
    "nothing",
    [
        None,
        "",
        [],
        {},
        17,
        "0000-00-00 00:00:00",
        "yesterday",
        "0001-01-01T00:00:00+05:00",
        {"date": "-0001-11-30 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
    ],
)
def test_what_is_no_instant_is_nothing(nothing):
    assert values.instant(nothing) is None


def test_a_day_is_the_shops_own():
    assert day_of("2026-11-22T01:30:00Z", "America/Argentina/Buenos_Aires") == "2026-11-21"
    assert day_of("2026-11-22T01:30:00Z", None) == "2026-11-22"
    assert day_of(None, "UTC") is None


def test_a_moment_is_aware():
    assert values.moment_of("2014-05-08") == datetime(2014, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("6000.00", 6000),
        ("10.50", 10.5),
        (3750, 3750),
        (12.12, 12.12),
        ({"value": 123.45, "currency": "BRL"}, 123.45),
        ({"amount": "9.99", "currencyCode": "USD"}, 9.99),
        (" 7 ", 7),
        ("0.00", 0),
        (None, None),
        ("", None),
        ([], None),
        ({}, None),
        ("99999999999999999999", 1e20),
    ],
)
def test_money_is_read_from_every_spelling(spelling, expected):
    assert values.number(spelling) == expected


@pytest.mark.parametrize("nonsense", ["12,50", "abc", "NaN", "Infinity", "1e400", True])
def test_an_amount_that_is_no_number_is_unreadable(nonsense):
    with pytest.raises(Unreadable):
        values.number(nonsense)


def test_decimals_are_exact():
    assert values.decimal(0.1) == Decimal("0.1")


@pytest.mark.parametrize(("spelling", "expected"), [("3", 3), (3, 3), (3.0, 3), ("3.00", 3), (None, None)])
def test_a_count_is_read_from_text_and_number(spelling, expected):
    assert values.integer(spelling) == expected


@pytest.mark.parametrize("nonsense", ["3.5", 2**63, "many"])
def test_a_count_that_no_column_holds_is_unreadable(nonsense):
    with pytest.raises(Unreadable):
        values.integer(nonsense)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        (9_007_199_254_740_993, "9007199254740993"),
        ("01FHZXHK8PTP9FVK99Z66GXKKK", "01FHZXHK8PTP9FVK99Z66GXKKK"),
        ("gid://shopify/Order/123?x=1", "123"),
    ],
)
def test_an_id_keeps_every_digit(spelling, expected):
    assert values.identifier(spelling) == expected


@pytest.mark.parametrize("nothing", [None, "", 0, "0", [], True, 1.5])
def test_a_record_without_an_id_is_unreadable(nothing):
    with pytest.raises(Unreadable):
        values.identifier(nothing)


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [(True, 1), (False, 0), ("true", 1), ("0", 0), (1, 1), (None, None), ("", None)],
)
def test_a_flag_is_one_zero_or_nothing(spelling, expected):
    assert values.flag(spelling) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Uno &amp; dos</p><p>Tres</p>", "Uno & dos\nTres"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("Talle < 40 y > 38", "Talle < 40 y > 38"),
        ("<!-- oculto --><b>visible</b>", "visible"),
        ("", None),
        (None, None),
    ],
)
def test_html_becomes_plain_text(html, expected):
    assert values.plain(html) == expected


def test_hostile_html_takes_no_time():
    assert values.plain("<" * 200_000) == "<" * 200_000
    assert values.plain("<br" * 100_000).startswith("<br")


def test_an_array_leaves_out_what_is_empty():
    assert values.array(["a", "", None, "ñ"]) == '["a", "ñ"]'
