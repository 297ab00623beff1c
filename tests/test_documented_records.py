"""Every record that Tiendanube's documentation prints goes through the real parser into a real database."""

import json

import pytest
from storage_kit import opened
from test_tiendanube_rows import SHOP, examples, needs_examples

from storesync.platforms import records
from storesync.platforms.tiendanube.rows import rows_of


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


@needs_examples
@pytest.mark.parametrize(("resource", "record"), list(examples()))
def test_a_documented_record_is_stored_whole(stock, resource, record):
    """The payload loses no field, and each derived row stands in its table with each of its values."""
    lease = stock.take(stock.connect("tiendanube:123456"))
    [read], rejects = records.read(
        resource,
        [record],
        parts_of=lambda source: {"record": source},
        rows_of=lambda name, parts: rows_of(name, parts, SHOP),
    )

    stock.save(lease, read, resource=resource)

    assert not rejects
    assert json.loads(stock.rows("SELECT body FROM payloads")[0][0]) == record
    for table, derived in read.rows.items():
        for row in derived:
            names = [name for name in row if name != "path"]
            [held] = stock.rows(f"SELECT {', '.join(names)} FROM {table} WHERE id = ?", row["id"])
            assert dict(zip(names, held, strict=True)) == {name: row[name] for name in names}
