"""Pages of a Tiendanube shop are copied whole where the operator asks for them."""

import pytest

from storesync.simulator.shop import SCOPES
from tests.kits.program import differences
from tests.kits.reconcile import compared, found, remove, tombstones


@pytest.fixture
def shop(program):
    """A shop with more pages than one answer has."""
    return program.world.add_shop("tiendanube", "123456", orders=3, pages=40)


def connect(program, shop, *resources, scope="read_content"):
    """Connect the shop to read these resources, with a token that has this scope besides the usual ones."""
    token = shop.issue_token((*SCOPES["tiendanube"], scope))
    only = [word for name in resources for word in ("--only", name)]
    answer = program("connect", "tiendanube", "--store-id", shop.key, "--token-stdin", *only, stdin=f"{token}\n")
    program.clock.advance(minutes=1)
    return answer


def asked(program):
    return [call for call in program.simulator.requests if "/pages" in call.target]


def verdict(program):
    (store,) = program("status", "--json").json["stores"]
    return store["resources"]["pages"]["verdict"]


@pytest.mark.parametrize("scope", ["read_content", "write_content"])
@pytest.mark.parametrize("count", [0, 1, 15, 40, 45])
def test_all_of_them_are_copied_column_by_column(program, count, scope):
    """However many there are; a write scope implies the one to read."""
    shop = program.world.add_shop("tiendanube", "123456", orders=3, pages=count)
    assert connect(program, shop, "pages", scope=scope).code == 0

    assert differences(program, shop, "pages") == []
    assert program.sql("SELECT count(*) FROM pages") == [(count,)]
    assert verdict(program) == "verified"


def test_nothing_of_them_is_read_until_it_is_asked_for(program, shop):
    """Nor does it cost a request."""
    connect(program, shop)
    assert asked(program) == []

    assert program("set", shop.key, "--read", "pages").code == 0
    program.clock.advance(minutes=5)
    assert program("sync-due").code == 0
    assert program.sql("SELECT count(*) FROM pages") == [(40,)]


def test_without_the_scope_the_verdict_is_denied(program, shop):
    """What else is read goes on."""
    connect(program, shop, "products", "pages", scope="read_orders")
    assert verdict(program) == "denied"
    assert program.sql("SELECT count(*) > 0 FROM products") == [(1,)]


def test_all_are_read_anew_every_six_hours(program, shop):
    """Edits, new pages, and those that are gone are found by that alone."""
    connect(program, shop, "pages")
    program.world.advance(shop, 60)
    gone = remove(shop, 1, "pages")
    program.simulator.requests.clear()
    program.clock.advance(hours=5)
    program("sync-due")
    assert asked(program) == []

    program.clock.advance(hours=1)
    program("sync-due")
    assert differences(program, shop, "pages") == []
    assert gone[0] in tombstones(program, "pages")


def test_a_page_that_is_gone_is_found_by_the_comparison_of_ids(program, shop):
    """And live again once it is back."""
    connect(program, shop, "pages")
    kept = dict(shop.resources["pages"])
    gone = remove(shop, 2, "pages")
    assert found(compared(program, shop, resource="pages")) == {"deleted": 2}
    assert tombstones(program, "pages") == sorted(gone)

    shop.resources["pages"] |= kept
    program.clock.advance(minutes=5)
    compared(program, shop, resource="pages")
    assert tombstones(program, "pages") == []


def test_a_page_is_found_by_its_words(program, shop):
    """As those of other platforms are."""
    page = next(iter(shop.resources["pages"].values()))
    page |= {"title": "Envíos a Neuquén"}
    connect(program, shop, "pages")
    (hit,) = program("search", "--json", "neuquen").json["hits"]
    assert (hit["resource"], hit["id"]) == ("pages", page["id"])
