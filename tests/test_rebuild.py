"""`db rebuild`: columns and children are derived anew from what the platforms sent, without asking them."""

import pytest

from storesync.tables import RESOURCES, TABLES

STORES = [("tiendanube", "123456"), ("shopify", "alpha")]


@pytest.fixture
def shops(program):
    """Both platforms' shops, loaded, changed, and read again, with tombstones and children of them."""
    found = [program.world.add_shop(*name, orders=40) for name in STORES]
    for shop in found:
        assert program.connect(shop.platform, shop.key).code == 0
    for command in (("sync-due",), ("reconcile", "--all", "--confirm")):
        program.clock.advance(hours=2)
        for shop in found:
            program.world.advance(shop, 60)
        assert program(*command).code in {0, 3}
    program.clock.advance(minutes=10)
    return found


def rows(program, names=tuple(TABLES)):
    return {name: program.sql(f"SELECT * FROM {name} ORDER BY store_id, id") for name in names}


def test_an_untouched_database_stays_as_it_is(program, shops):
    """No row is written, on either platform, nor is the network asked."""
    before, asked = rows(program), program.requests()
    answer = program("db", "rebuild")

    assert (answer.code, rows(program) == before, program.requests()) == (0, True, asked)
