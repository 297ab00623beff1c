"""What Tiendanube sends goes through the real parser into a real database, and nothing of it is lost."""

import json

import pytest

from storesync.platforms.http import Answer
from storesync.platforms.tiendanube.rows import rows_of
from storesync.platforms.tiendanube.session import id_of
from tests.kits.records import read as records_of
from tests.kits.storage import opened
from tests.kits.tiendanube_examples import SHOP, documented, made


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


def read(resource, sources):
    return records_of(
        resource,
        sources,
        parts_of=lambda source: {"record": source},
        rows_of=lambda name, parts: rows_of(name, parts, SHOP),
        id_of=lambda row: id_of(resource, row),
    )


@pytest.mark.parametrize(("resource", "record"), [*documented(), *made()])
def test_a_record_is_stored_whole(stock, resource, record):
    """The payload loses no field, and each derived row stands in its table with each of its values."""
    lease = stock.take(stock.connect("tiendanube:123456"))
    [found], rejects = read(resource, [record])

    stock.save(lease, found, resource=resource)

    assert not rejects
    assert json.loads(stock.rows("SELECT body FROM payloads")[0][0]) == record
    for table, derived in found.rows.items():
        for row in derived:
            names = [name for name in row if name != "path"]
            [held] = stock.rows(f"SELECT {', '.join(names)} FROM {table} WHERE id = ?", row["id"])
            assert dict(zip(names, held, strict=True)) == {name: row[name] for name in names}


@pytest.mark.parametrize(
    "raw",
    [
        '{"id": 18446744073709551615, "number": 7}',
        '{"id": "9223372036854775808"}',
        r'{"id": 1, "extra": {"text": "\ud800"}}',
        '{"id": 1, "extra": {"": null, "n": -0.0, "deep": [[[]], {}]}, "customs": 0.1}',
        '{"id": 1, "extra": {"n": 100000000000000000000001}}',
        '{"id": 100000000000000000000001}',
    ],
)
def test_what_no_column_holds_is_in_the_payload_as_it_was_sent(raw):
    """From the bytes of the answer on, whatever their numbers and texts."""
    [found], rejects = read("orders", [Answer(200, {}, raw.encode()).json()])

    assert not rejects
    assert json.loads(found.parts["record"]) == json.loads(raw)
    assert found.id == str(json.loads(raw)["id"])


@pytest.mark.parametrize(
    "raw",
    [
        '{"id": 1.5}',
        '{"id": true}',
        '{"id": 1, "number": 9223372036854775808}',
        '{"id": 1, "products": [{"quantity": "9223372036854775808"}]}',
        '{"id": 1, "total": "1e400"}',
        '{"id": 1, "total": 1e300}',
        '{"id": 1, "total": "a lot"}',
        r'{"id": 1, "contact_name": "Ana \ud800"}',
    ],
)
def test_what_no_column_can_hold_is_quarantined_as_it_was_sent(raw):
    """Its neighbours are read, and the quarantine has all of it."""
    neighbours = [{"id": n} for n in range(10, 20)]

    found, [reject] = read("orders", [*neighbours, Answer(200, {}, raw.encode()).json()])

    assert len(found) == len(neighbours)
    assert json.loads(reject.payload) == json.loads(raw)


def test_a_number_that_no_float_holds_is_kept_as_its_text():
    [found], _ = read("orders", [Answer(200, {}, b'{"id": 1, "extra": {"n": 1e400}}').json()])

    assert json.loads(found.parts["record"])["extra"] == {"n": "1e400"}
