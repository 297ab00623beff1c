"""What a tick of many stores costs, counted: connections to the database, and statements for a store without news."""

import pytest

from storesync.storage.engine import sqlite3
from tests.kits.program import Program

STORES = 6


@pytest.fixture
def fleet(program) -> Program:
    """Several Shopify stores that are due, with nothing new."""
    for place in range(STORES):
        program.world.add_shop("shopify", f"shop-{place}", orders=1)
        assert program.connect("shopify", f"shop-{place}").code == 0
    for _ in range(6):
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


def _noted(connections, connection):
    connections.append(connection)
    return connection


def test_a_worker_needs_one_connection_for_all_its_stores(fleet, opened):
    """One for the tick itself, and one for each worker, of which there is one here."""
    assert fleet("sync-due", "--json").json["succeeded"] == STORES

    assert len(opened) == 2
