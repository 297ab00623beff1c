"""What a minute costs depends on who is due, not on how many stores there are: counted in steps of SQLite's machine."""

import pytest

from storesync.runtime.instants import text_of
from storesync.storage.engine import sqlite3
from storesync.storage.idle import spend_idle_minute
from tests.benchmarks import claim

FEW, MANY = 100, 20_000


@pytest.fixture
def steps(monkeypatch):
    """How many steps were taken on connections that were opened since."""
    taken = []
    opened = sqlite3.connect

    def connect(*words, **how):
        connection = opened(*words, **how)
        connection.set_progress_handler(lambda: taken.append(1) or 0, 1)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect)
    return taken


def test_ten_due_stores_are_claimed_among_many_as_among_few(tmp_path, steps):
    """A hundred stores or twenty thousand: the same ten are found and claimed with the same work."""
    cost = {}
    for number in (FEW, MANY):
        with claim.shops(tmp_path, number) as (database, worker):
            steps.clear()
            assert claim.claim(database, worker) == claim.DUE
            cost[number] = len(steps)

    assert 0 < cost[MANY] <= 1.5 * cost[FEW]


def test_an_idle_minute_costs_the_same_among_many_as_among_few(tmp_path, steps):
    """Nobody is due: the question is answered from the indexes."""
    cost = {}
    for number in (FEW, MANY):
        with claim.shops(tmp_path, number) as (database, _worker):
            claim.serve(database)
            steps.clear()
            assert spend_idle_minute(str(database.path), text_of(claim.MINUTE))
            cost[number] = len(steps)

    assert 0 < cost[MANY] <= 1.5 * cost[FEW]
