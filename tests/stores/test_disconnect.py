"""`disconnect`: the token is gone at once; the data stay, or go as well."""

import json
from contextlib import closing

import pytest

from storesync.storage import leases
from storesync.storage.engine import sqlite3
from storesync.storage.opening import open_database
from tests.kits.canary import figures, plant, sightings
from tests.kits.program import differences
from tests.kits.samples import golden


@pytest.fixture
def both(program, shopify, tiendanube):
    """Two shops in one database, read; Zoe is in the first."""
    plant(shopify)
    assert program.connect("shopify", "alpha").code == 0
    assert program.connect("tiendanube", "123456").code == 0
    return shopify, tiendanube


def left_of(program, store_id):
    """Return the tables that still hold rows of a store."""
    tables = program.sql(
        """SELECT name FROM sqlite_master WHERE type = 'table' AND EXISTS (
            SELECT 1 FROM pragma_table_info(sqlite_master.name) WHERE name = 'store_id')"""
    )
    return [name for (name,) in tables if program.sql(f"SELECT 1 FROM {name} WHERE store_id = ? LIMIT 1", store_id)]


def test_a_disconnected_store_has_no_token_and_keeps_its_data(program, both):
    """Not a byte of the sealed token is left; rows, payloads and verdicts are as they were."""
    [(sealed,)] = program.sql("SELECT sealed FROM credentials WHERE store_id = 1")
    before = figures(program)

    answer = program("disconnect", "alpha", "--yes")

    assert (answer.code, answer.stderr) == (0, "")
    assert sealed[20:60] not in program.database.read_bytes()
    assert program.sql("SELECT count(*) FROM credentials WHERE store_id = 1") == [(0,)]
    assert figures(program) == before


def test_a_disconnected_store_is_read_no_more(program, both):
    """It is not due, not counted, and no platform is asked for it; who names it is told how to connect it."""
    program("disconnect", "alpha", "--yes")
    program.clock.advance(days=9)
    before = program.requests("shopify")

    assert program("sync-due").code == 0
    assert program("status", "--json").json["scheduler"]["total_stores"] == 1
    for words in (("sync", "alpha"), ("reconcile", "alpha"), ("set", "alpha", "--touch")):
        answer = program(*words)
        assert answer.code == 2
        assert answer.stderr.endswith("connect it: storesync connect shopify alpha\n")
    assert program.requests("shopify") == before


def test_connect_takes_it_up_again(program, both):
    """What happened meanwhile is read; nothing is read twice."""
    program("disconnect", "123456", "--yes")
    program.world.advance(both[1], 5)

    assert program.connect("tiendanube", "123456").code == 0

    assert program.sql("SELECT connection, disconnected_at FROM stores WHERE id = 2") == [("connected", None)]
    assert program("reconcile", "123456").code == 0
    assert differences(program, both[1]) == []


def test_disconnecting_twice_is_no_error(program, both):
    """The second time there is nothing left to destroy."""
    first, second = (program("disconnect", "alpha", "--yes", "--json") for _ in range(2))

    assert (first.json["receipt"]["tables"], second.json["receipt"]["tables"]) == (
        {"credentials": 1},
        {"credentials": 0},
    )
    assert second.code == 0
    assert program.sql("SELECT count(*) FROM events WHERE kind = 'disconnected'") == [(1,)]


def test_a_slice_that_is_at_work_is_not_waited_for(program, both):
    """The token dies at once, whoever reads the store; the pause of its slice does not connect it again."""
    seen = []
    program.simulator.faults.add({"platform": "shopify", "delay": 1, "times": 1})
    nap = program.clock.sleep

    def sleep(seconds):
        nap(seconds)
        if not seen:
            seen.append(program("disconnect", "alpha", "--yes").code)

    program.clock.sleep = sleep
    program("sync", "alpha")

    assert seen == [0]
    assert program.sql("SELECT connection FROM stores WHERE id = 1") == [("disconnected",)]
    assert program.sql("SELECT count(*) FROM credentials WHERE store_id = 1") == [(0,)]


def test_a_purge_leaves_nothing_of_the_store(program, both, tmp_path):
    """No row in any table, no byte in any file; the other store is as it was; the receipt says what went."""
    receipt = tmp_path / "receipt.json"
    rows = program.sql("SELECT count(*) FROM orders WHERE store_id = 1")[0][0]
    before = (
        program.sql("SELECT * FROM orders WHERE store_id = 2"),
        program.sql("SELECT * FROM payloads WHERE store_id = 2"),
    )

    answer = program("disconnect", "alpha", "--purge", "--yes", "--receipt", str(receipt))

    assert (answer.code, answer.stderr) == (0, "")
    assert (left_of(program, 1), program.sql("SELECT key FROM stores")) == ([], [("tiendanube:123456",)])
    assert sightings(tmp_path) == []
    after = (
        program.sql("SELECT * FROM orders WHERE store_id = 2"),
        program.sql("SELECT * FROM payloads WHERE store_id = 2"),
    )
    assert after == before
    done = json.loads(receipt.read_text())["receipt"]
    assert (done["verified"], done["tables"]["orders"], done["tables"]["stores"]) == (True, rows, 1)
    assert program("sync", "123456").code == 0
    assert program("reconcile", "123456").code == 0
    assert differences(program, both[1]) == []


def test_a_purged_store_can_be_connected_anew(program, both):
    """As if it had never been here."""
    program("disconnect", "123456", "--purge", "--yes")

    assert program.connect("tiendanube", "123456").code == 0
    assert differences(program, both[1]) == []


def test_a_purge_that_was_cut_off_goes_on(program, both, monkeypatch):
    """It blocks `connect`, and the next `disconnect` ends it without being asked; the receipt counts both halves."""
    total = program.sql("SELECT count(*) FROM payloads WHERE store_id = 1")[0][0]
    monkeypatch.setattr("storesync.stores.erasure._purge_some", cut_off_after("payloads"))
    cut_off = program("disconnect", "alpha", "--purge", "--yes")
    monkeypatch.undo()
    refused = program.connect("shopify", "alpha")
    [told] = program("status", "alpha", "--json").json["stores"]
    shown, synced = program("status"), program("sync", "alpha")
    [found] = [one for one in program("doctor", "--only", "sync", "--json").json["checks"] if one["status"] == "fail"]

    answer = program("disconnect", "alpha", "--json")

    assert (cut_off.code, refused.code, "is being purged" in refused.stderr) == (130, 2, True)
    again = "storesync disconnect shopify:alpha --purge"
    assert told["unfinished"] == f"its purge has not ended: {again}"
    assert told["explanation"]["command"] == again
    assert all(again in (one["reason"] or again) for one in told["resources"].values())
    assert f"end that: {again}" in synced.stderr
    assert "storesync connect" not in shown.stdout + synced.stderr
    assert found["store"] == "shopify:alpha"
    assert found["command"].endswith(again.removeprefix("storesync"))
    assert (answer.code, answer.json["receipt"]["verified"]) == (0, True)
    assert answer.json["receipt"]["tables"]["payloads"] == total
    assert (left_of(program, 1), sightings(program.home)) == ([], [])


def test_a_purge_that_was_not_proven_is_proven_by_the_next(program, both, monkeypatch):
    """A reader keeps the log from being emptied: exit 5; the store is known until the next call has proven all."""
    monkeypatch.setattr("storesync.storage.connection.BUSY_S", 0.1)
    reader = sqlite3.connect(program.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM orders").fetchone()
    rows = program.sql("SELECT count(*) FROM orders WHERE store_id = 1")[0][0]
    stopped = program("disconnect", "alpha", "--purge", "--yes")
    reader.close()
    known = program.sql("SELECT key, connection_reason FROM stores WHERE id = 1")

    answer = program("disconnect", "alpha", "--purge", "--json")

    assert (stopped.code, known) == (5, [("shopify:alpha", "purging")])
    assert (answer.code, answer.json["receipt"]["verified"]) == (0, True)
    assert (answer.json["receipt"]["tables"]["orders"], answer.json["receipt"]["tables"]["stores"]) == (rows, 1)
    assert (left_of(program, 1), program.sql("SELECT key FROM stores")) == ([], [("tiendanube:123456",)])
    assert sightings(program.home) == []


def test_a_purge_keeps_the_incidents_of_others(program, both):
    """A key is a name, not a pattern: an underscore in it stands for itself."""
    topics = ("shopify:alpha", "the data of shopify:alpha", "the data of shopify:alphabet", "the ids of shopify:xalpha")
    program.write("UPDATE stores SET key = 'shopify:a_pha' WHERE id = 1")
    for topic in (*topics, "shopify:a_pha", "the ids of shopify:a_pha"):
        program.write("INSERT INTO incidents VALUES (?, 'failed', 'x', '2026-11-22', '2026-11-22', NULL)", topic)

    program("disconnect", "a_pha", "--purge", "--yes")

    assert program.sql("SELECT topic FROM incidents ORDER BY topic") == [(topic,) for topic in sorted(topics)]


def cut_off_after(table):
    """Return a step of a purge after which, in the middle of *table*, the process dies."""
    from storesync.stores import erasure

    step = erasure._purge_some

    def once(context, store, lease, counts):
        going = step(context, store, lease, counts)
        if counts.get(table):
            raise KeyboardInterrupt
        return going

    return once


def test_a_busy_store_is_purged_later(program, both):
    """Its token is gone at once; exit 5 says who works on it."""
    with (
        closing(open_database(program.database)) as database,
        leases.working(program.home / "workers", "theirs") as worker,
        leases.held(database, worker, 1, clock=program.clock.clock(), trigger="sync"),
    ):
        answer = program("disconnect", "alpha", "--purge", "--yes")

    assert answer.code == 5
    assert "sync since 12:00" in answer.stderr
    assert program.sql("SELECT count(*) FROM credentials WHERE store_id = 1") == [(0,)]
    assert program("disconnect", "alpha").code == 0
    assert left_of(program, 1) == []


def test_a_purge_holds_nobody_up(program, both, monkeypatch):
    """Its transactions are small: between two of them others write."""
    from storesync.stores import erasure

    writes, step = [], erasure._purge_some
    other = sqlite3.connect(program.database, timeout=0, isolation_level=None)

    def counted(*words):
        other.execute("INSERT INTO marks (name, value) VALUES (?, '')", (f"write {len(writes)}",))
        writes.append(1)
        return step(*words)

    monkeypatch.setattr(erasure, "_purge_some", counted)
    monkeypatch.setattr(erasure, "BATCH", 20)
    with closing(other):
        assert program("disconnect", "alpha", "--purge", "--yes").code == 0

    assert len(writes) > 50


def test_the_answer_is_as_promised(program):
    """`disconnect --purge --json` is the receipt, field by field."""
    program.world.add_shop("shopify", "alpha", orders=5)
    program.connect("shopify", "alpha")

    answer = program("disconnect", "alpha", "--purge", "--yes", "--json")

    assert answer.stdout == golden("disconnect.json", answer.stdout)
