"""What a tick of many stores costs, counted: connections to the database, and statements for a store without news."""

import pytest

from storesync.storage.database import Database
from storesync.storage.engine import sqlite3
from tests.kits.program import Program

STORES = 6

STATEMENTS = 62
"""The most that a slice without news may run; each row of a repeated statement counts."""


@pytest.fixture
def fleet(program) -> Program:
    """Several Shopify stores that are due, with nothing new."""
    for place in range(STORES):
        program.world.add_shop("shopify", f"shop-{place}", orders=1)
        assert program.connect("shopify", f"shop-{place}").code == 0
    for _ in range(12):
        # Until the last changes are further back than a pass looks.
        program.clock.advance(minutes=5)
        assert program("sync-due", "--json").json["succeeded"] == STORES
    program.clock.advance(minutes=5)
    return program


@pytest.fixture
def opened(monkeypatch) -> list[sqlite3.Connection]:
    """The connections that were opened since."""
    connections = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *words, **how: _noted(connections, connect(*words, **how)))
    return connections


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """The statements that workers have run since, with the statements of triggers."""
    run = []
    again = Database.again

    def watched(self) -> Database:
        database = again(self)
        database.connection.set_trace_callback(run.append)
        return database

    monkeypatch.setattr(Database, "again", watched)
    return run


def _noted(connections, connection):
    connections.append(connection)
    return connection


def test_a_worker_needs_one_connection_for_all_its_stores(fleet, opened):
    """One for the tick itself, one for each worker, of which there is one here, and one that is closed last."""
    assert fleet("sync-due", "--json").json["succeeded"] == STORES

    assert len(opened) == 3


def test_a_slice_without_news_runs_few_statements(fleet, statements):
    """They are counted on the connection of the worker, for all stores together."""
    before = fleet.requests()
    fleet("sync-due")

    assert fleet.requests() - before == STORES
    assert 0 < len(statements) / STORES <= STATEMENTS
