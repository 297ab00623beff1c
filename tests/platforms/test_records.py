"""From a page's JSON to records and rejects: one odd record costs itself only."""

import json

import pytest

from storesync.errors import FormatChanged
from storesync.model import NAMELESS
from storesync.platforms.lossless_json import loads
from storesync.platforms.records import must_be_few
from storesync.platforms.values import identifier, integer, number, text
from tests.kits.records import read

GOOD = [{"id": n, "total": "9.90", "count": 1, "name": "Ana"} for n in range(1, 10)]


def rows_of(resource, parts):
    """Derive one row, as a platform does."""
    record = parts["record"]
    row = {
        "id": identifier(record["id"]),
        "updated_at": record.get("updated_at"),
        "total": number(record["total"]),
        "count": integer(record.get("count")),
        "name": text(record.get("name")),
    }
    return {resource: [row], "order_lines": [{"id": line["id"]} for line in record.get("lines") or ()]}


def page(*sources):
    """Read a page of orders."""
    found = read("orders", sources, parts_of=lambda source: {"record": source, "extra": [1]}, rows_of=rows_of)
    must_be_few("orders", len(found[1]), len(sources))
    return found


def test_a_record_carries_its_rows_and_parts():
    """Its id and version are those of its own row; parts are JSON texts of what was sent."""
    (record,), rejects = page({"id": 7, "total": 1.5, "updated_at": "2026-11-22T10:00:00Z", "lines": [{"id": "1"}]})

    assert (record.id, record.updated_at, rejects) == ("7", "2026-11-22T10:00:00Z", ())
    assert record.rows["order_lines"] == [{"id": "1"}]
    assert json.loads(record.parts["record"])["total"] == 1.5
    assert record.parts["extra"] == b"[1]"


def test_an_empty_page_is_a_page():
    """Nothing to read is no change of format."""
    assert page() == ((), ())


@pytest.mark.parametrize(
    ("odd", "reject_id", "reason"),
    [
        ({"id": 99, "total": "a lot"}, "99", "an amount is not a number"),
        (loads(b'{"id": 99, "total": NaN}'), "99", "an amount is not a finite number"),
        (loads(b'{"id": 99, "total": 1e999}'), "99", "an amount is not a finite number"),
        ({"id": 99, "total": 1, "count": 2**63}, "99", "a count is not a 64-bit integer"),
        ({"id": 99, "total": 1, "count": 1e300}, "99", "an amount is not a finite number"),
        ({"id": 99, "total": 1, "name": "Ana \ud800"}, "99", "UnicodeEncodeError"),
        ({"id": 99}, "99", "KeyError"),
        ({"id": 99, "total": 1, "lines": [None]}, "99", "TypeError"),
        ({"id": 99, "total": 1, "lines": 5}, "99", "TypeError"),
        ({"id": "gid://shopify/Order/99", "total": "x"}, "99", "an amount is not a number"),
    ],
)
def test_an_odd_record_is_quarantined_and_its_page_lives(odd, reject_id, reason):
    """With its id, what it was, and a reason that quotes no value."""
    records, rejects = page(*GOOD, odd)

    assert len(records) == len(GOOD)
    assert [(one.id, one.reason) for one in rejects] == [(reject_id, reason)]
    assert json.loads(rejects[0].payload) == {**odd, "extra": [1]}


@pytest.mark.parametrize(
    "odd", [{"total": "1"}, {"id": None}, {"id": ""}, {"id": 0}, {"id": True}, {"id": 1.5}, {"id": "\ud800"}, "x", 5]
)
def test_a_record_without_an_id_gets_a_name_of_its_own(odd):
    """The same record always the same one, another record another."""
    _, (first,) = page(*GOOD, odd)
    _, (again,) = page(*GOOD, odd)
    _, (other,) = page(*GOOD, {"total": "2"})

    assert first.id.startswith("unreadable-")
    assert (first.id == again.id, first.id == other.id) == (True, False)


@pytest.mark.parametrize("odd", [{"id": 9, "total": "x", "n": 2**70}, {"id": 9, "total": "\ud800"}])
def test_a_payload_is_kept_whatever_it_holds(odd):
    """The quarantine shows what came, as JSON text that the database can keep."""
    _, (reject,) = page(*GOOD, odd)

    assert json.loads(reject.payload.decode()) == {**odd, "extra": [1]}


def test_a_payload_with_huge_numbers_is_kept_whole():
    """Also where the record itself can be read."""
    (record,), _ = page({"id": 1, "total": "1", "serial": 2**70})

    assert json.loads(record.parts["record"])["serial"] == 2**70


@pytest.mark.parametrize(
    ("good", "odd", "refused"),
    [
        (0, 1, False),
        (1, 1, False),
        (0, 2, True),
        (7, 2, True),
        (8, 2, False),
        (9, 2, False),
        (3, 1, False),
        (79, 21, True),
        (80, 20, False),
    ],
)
def test_too_many_odd_records_are_a_change_of_format(good, odd, refused):
    """More than a fifth of a page, and more than one: then nothing is believed."""
    sources = [*(GOOD[0] | {"id": n} for n in range(1, good + 1)), *({"id": 1000 + n} for n in range(odd))]
    if not refused:
        assert [len(found) for found in page(*sources)] == [good, odd]
        return
    with pytest.raises(FormatChanged, match=f"{odd} of {good + odd} orders cannot be read") as caught:
        page(*sources)

    assert caught.value.hint == "look for a newer storesync: pip install --upgrade storesync"


def test_a_reject_is_named_as_its_record_would_be():
    """By whoever knows what makes up an id; one without it by a digest of what came."""
    names = [
        read(
            "orders",
            [odd],
            parts_of=lambda source: {"record": source},
            rows_of=rows_of,
            id_of=lambda source: f"{identifier(source['variant'])}:{identifier(source['place'])}",
        )[1][0].id
        for odd in ({"id": 9, "variant": 5, "place": 7, "total": "x"}, {"id": 9, "variant": 5, "place": None})
    ]

    assert names[0] == "5:7"
    assert names[1].startswith(NAMELESS)


def test_a_fault_of_our_own_is_not_blamed_on_the_record():
    """An error that no data can cause is raised, not quarantined."""

    def broken(resource, parts):
        raise AssertionError

    with pytest.raises(AssertionError):
        read("orders", GOOD, parts_of=lambda source: {"record": source}, rows_of=broken)
