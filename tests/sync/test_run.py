"""A store is loaded, kept in step, and what we hold is what the platform holds."""

import pytest

from tests.kits.program import differences

PLATFORMS = ("tiendanube", "shopify")


@pytest.fixture(params=PLATFORMS)
def shop(request):
    return request.getfixturevalue(request.param)


def test_a_first_load_brings_everything(program, shop):
    """After connect, each table equals the platform's own records."""
    assert program.connect(shop.platform, shop.key).code == 0

    assert differences(program, shop) == []


def test_an_increment_brings_what_changed(program, shop):
    """After changes upstream, one sync and a comparison bring the database into step."""
    program.connect(shop.platform, shop.key)
    program.clock.advance(minutes=7)
    program.world.advance(shop, 40)
    program.clock.advance(minutes=1)

    assert program("sync", shop.key).code == 0
    assert program("reconcile", shop.key).code == 0

    assert differences(program, shop) == []


def test_an_unchanged_store_writes_no_row(program, shop):
    """Reading the same records again writes nothing."""
    program.connect(shop.platform, shop.key)
    program.clock.advance(minutes=5)

    program("sync", shop.key, "--full")

    assert program.sql("SELECT rows_written FROM runs ORDER BY id DESC LIMIT 1") == [(0,)]


def test_an_idle_store_costs_at_most_three_requests(program, shop):
    """Nothing new, nothing hourly due: three requests on Tiendanube, one on Shopify."""
    program.connect(shop.platform, shop.key)
    program.clock.advance(minutes=5)
    before = program.requests()

    program("sync-due")

    assert program.requests() - before == {"tiendanube": 3, "shopify": 1}[shop.platform]


def test_a_renamed_parent_shows_in_the_paths_below_it(program, tiendanube):
    """A category's path carries the names above it, though it has not changed itself."""
    program.connect("tiendanube", "123456")
    child = next(one for one in tiendanube.resources["categories"].values() if one["parent_id"])
    program.clock.advance(hours=2)
    tiendanube.touch("categories", child["parent_id"], name="Renombrada")
    program.clock.advance(minutes=1)

    program("sync", "123456")

    [(path,)] = program.sql("SELECT path FROM categories WHERE id = ?", child["id"])
    assert "Renombrada > " in path
    assert differences(program, tiendanube) == []
