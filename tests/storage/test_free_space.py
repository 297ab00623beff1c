"""What SQLite leaves in the unused part of its pages, although it overwrites what it deletes."""

import random
import re

import pytest

from storesync.storage import free_space, integrity
from tests.kits.storage import opened

PEOPLE = 3000


@pytest.fixture
def stock(tmp_path, clock):
    with opened(tmp_path / "home", clock) as stock:
        yield stock


def word(number):
    return f"zzqcanary{number:05}."


def crowd(stock, chance):
    """Write payloads of every size, again and again, then blank every third; return the words still in the file."""
    for _ in range(100):
        with stock.database.transaction():
            for number in chance.choices(range(PEOPLE), k=120):
                body = word(number) + "." * chance.randrange(6000 if number % 5 == 0 else 500)
                stock.database.write(
                    """INSERT INTO payloads (store_id, resource, id, part, api_version, fetched_at, body, digest)
                        VALUES (1, 'orders', ?, 'record', '', '', ?, '')
                        ON CONFLICT DO UPDATE SET body = excluded.body""",
                    (str(number), body),
                )
    gone = range(0, PEOPLE, 3)
    with stock.database.transaction():
        for number in gone:
            stock.database.write(
                "UPDATE payloads SET body = '{}' WHERE store_id = 1 AND resource = 'orders' AND id = ?", (str(number),)
            )
    assert integrity.empty_log(stock.database)
    left = re.findall(rb"zzqcanary\d{5}\.", stock.database.path.read_bytes())
    return {word(number).encode() for number in gone} & set(left)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_moved_is_overwritten_too(stock, seed):
    """SQLite leaves copies of moved rows in the gaps of pages; then there are none, and every row is as it was."""
    stock.database.write("PRAGMA synchronous = OFF")
    left = crowd(stock, random.Random(seed))
    before = stock.everything()

    while free_space.overwrite(stock.database, lambda gap: any(one in gap for one in left)):
        assert integrity.empty_log(stock.database)

    assert left, "SQLite left nothing behind by itself: this module is needed no more"
    assert free_space.found_in(stock.database.path, left) == set()
    assert stock.everything() == before
    assert stock.rows("PRAGMA integrity_check") == [("ok",)]


def test_every_connection_overwrites_what_it_deletes(stock):
    """The one that the program opens, and each further one."""
    further = stock.database.again()

    assert integrity.overwrites(stock.database)
    assert integrity.overwrites(further)
    further.close()


def test_a_file_is_searched_to_its_last_byte(tmp_path):
    """Nothing is found in an empty file, or in one that is not there."""
    for name, content in (("empty", b""), ("full", b"x" * 5000 + b"ana@example.com")):
        (tmp_path / name).write_bytes(content)
    texts = {b"ana@example.com", b"bob@example.com"}

    found = [free_space.found_in(tmp_path / name, texts) for name in ("empty", "full", "missing")]

    assert found == [set(), {b"ana@example.com"}, set()]
