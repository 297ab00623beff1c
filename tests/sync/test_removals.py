"""What the platform says it deleted is tombstoned at the next turn, without a comparison of ids."""

import pytest

from storesync.simulator.faults import Rule
from storesync.simulator.shopify import access
from tests.kits.program import differences

KINDS = ["products", "categories", "customers", "orders", "draft_orders", "coupons"]


@pytest.fixture
def shop(program, shopify):
    """A Shopify shop of 60 orders, loaded and compared a little more than an hour ago."""
    assert program.connect("shopify", shopify.key).code == 0
    program.clock.advance(minutes=65)
    return shopify


@pytest.fixture
def listings(program, shop):
    """A rule that meets each listing of ids, and lets it fail."""
    rule = Rule(text="Versions", status=503, times=None)
    program.simulator.faults.add(rule)
    return rule


def read(program, shop) -> dict:
    """Let all of the shop be read a minute later; return what became of each resource."""
    program.clock.advance(minutes=1)
    answer = program("sync", shop.key, "--json")
    assert answer.code == 0, answer.stdout
    return answer.json["stores"][0]["resources"]


def live(program, table: str, column: str, value: str) -> int:
    """Return how many rows there are that are not deleted."""
    return program.sql(f"SELECT count(*) FROM {table} WHERE {column} = ? AND deleted_at IS NULL", value)[0][0]


def held(program, resource: str) -> int:
    """Return how many live rows we hold of a resource."""
    return program.sql(f"SELECT count(*) FROM {resource} WHERE deleted_at IS NULL")[0][0]


def remove(shop, resource: str, number: int) -> list[str]:
    """Delete records upstream."""
    gone = list(shop.resources[resource])[:number]
    for one in gone:
        shop.remove(resource, one)
    return gone


@pytest.mark.parametrize("resource", KINDS)
def test_what_was_deleted_is_tombstoned_without_a_listing_of_ids(program, shop, listings, resource):
    """Of each kind that Shopify has events of; the count then agrees, and asks for no comparison."""
    (gone,) = remove(shop, resource, 1)

    assert read(program, shop)[resource]["deleted"] == 1
    assert live(program, resource, "id", gone) == 0
    assert listings.met == 0
    assert program.sql("SELECT sum(comparison_due) FROM checkpoints") == [(0,)]
    assert program.sql("SELECT kind, rows_deleted FROM runs ORDER BY id DESC LIMIT 1") == [("incremental", 1)]


def test_the_children_are_tombstoned_along(program, shop, listings):
    """As when a comparison finds it; the database is in step."""
    (gone,) = remove(shop, "products", 1)
    read(program, shop)

    assert live(program, "variants", "product_id", gone) == 0
    assert [line for line in differences(program, shop) if line.startswith(("products ", "variants "))] == []
    assert listings.met == 0


def test_the_answer_says_so(program, shop):
    """Beside what was read."""
    remove(shop, "products", 1)
    program.clock.advance(minutes=1)

    assert "products: 0 read, 0 rows written, 1 marked as deleted" in program("sync", shop.key).stdout


def test_a_deleted_variant_leaves_its_product(program, shop, listings):
    """Though the product's update time told nothing: the product is read by its id, with the variants it has."""
    product = next(one for one in shop.resources["products"].values() if len(one["variants"]) > 1)
    untold, gone = product["updated_at"], product["variants"][0]["id"]
    shop.remove("variants", gone)
    shop.drift("products", product["id"], updated_at=untold)
    read(program, shop)

    assert (live(program, "variants", "id", gone), live(program, "products", "id", product["id"])) == (0, 1)
    assert (live(program, "variants", "product_id", product["id"]), listings.met) == (len(product["variants"]), 0)


@pytest.mark.parametrize("resource", KINDS)
def test_what_is_there_again_is_not_tombstoned(program, shop, resource):
    """An event is no proof: each record is asked for by its id."""
    back = next(iter(shop.resources[resource].values()))
    shop.removals.append((resource, back["id"], shop.now()))
    before = program.sql(f"SELECT * FROM {resource} ORDER BY id")

    assert read(program, shop)[resource]["deleted"] == 0
    assert program.sql(f"SELECT * FROM {resource} ORDER BY id") == before


def test_two_hundred_deletions_are_left_to_the_comparison(program):
    """More than one page of them: none is asked for by its id, and the comparison holds them."""
    shop = program.world.add_shop("shopify", "many", orders=5, customers=1000)
    program.connect("shopify", "many")
    program.clock.advance(minutes=5)
    remove(shop, "customers", 200)
    by_id = Rule(text="CustomersNodes", status=503)
    program.simulator.faults.add(by_id)
    program.clock.advance(minutes=1)

    answer = program("sync", "many", "--resource", "customers", "--json")

    assert (answer.code, by_id.met) == (3, 0)
    assert answer.json["stores"][0]["resources"]["customers"]["held"] == 200
    assert program.sql("SELECT count(*) FROM customers WHERE deleted_at IS NOT NULL") == [(0,)]


def test_the_brake_holds(program, shop):
    """Eleven that are more than five per cent of all are left to the comparison, which holds them."""
    remove(shop, "orders", 11)
    program.clock.advance(minutes=1)
    answer = program("sync", shop.key, "--resource", "orders", "--json")

    outcome = answer.json["stores"][0]["resources"]["orders"]
    assert (answer.code, outcome["deleted"], outcome["held"]) == (3, 0, 11)


def test_what_is_held_stays_held(program, shop):
    """A few of many that are held are no few: who confirms, confirms all."""
    gone = remove(shop, "orders", 11)
    program.clock.advance(minutes=1)
    program("sync", shop.key, "--resource", "orders")
    program.clock.advance(minutes=5)
    shop.removals[:-3] = []
    program("sync", shop.key, "--resource", "orders")

    assert [live(program, "orders", "id", one) for one in gone] == [1] * 11


def denied(program, monkeypatch):
    monkeypatch.setitem(access.REQUIRED, "BasicEvent", ("read_all_events",))


def broken(program, monkeypatch):
    def fails(*_):
        raise access.FieldError("Internal error.", "INTERNAL_SERVER_ERROR")

    monkeypatch.setattr("storesync.simulator.shopify.records._events", fails)


@pytest.mark.parametrize("trouble", [denied, broken])
def test_without_events_the_comparison_finds_it(program, shop, monkeypatch, trouble):
    """No failure, no request more, nothing withheld; the count shows a difference, and the ids are compared."""
    trouble(program, monkeypatch)
    before = program.requests()
    program.clock.advance(minutes=1)
    assert program("sync", shop.key, "--resource", "orders").code == 0
    assert program.requests() - before == 1
    (gone,) = remove(shop, "orders", 1)

    assert read(program, shop)["orders"]["deleted"] == 1
    assert live(program, "orders", "id", gone) == 0
    assert program.sql("SELECT sum(withheld) FROM checkpoints") == [(0,)]


def test_deletions_of_before_the_first_load_are_not_asked_for(program, shopify):
    """Neither by the load nor after it: Shopify would tell of a whole year."""
    for number in range(300):
        shopify.removals.append(("orders", str(number + 1), shopify.now()))
    events = Rule(text="events(", delay=0, times=None)
    program.simulator.faults.add(events)
    program.clock.advance(days=2)
    program.connect("shopify", shopify.key)

    assert events.met == 0
    program.clock.advance(minutes=5)
    (gone,) = remove(shopify, "orders", 1)
    assert read(program, shopify)["orders"]["deleted"] == 1
    assert live(program, "orders", "id", gone) == 0


def test_an_order_that_is_not_shown_is_not_taken_for_gone(program, shop):
    """Without read_all_orders no older order comes by its id, deleted or not."""
    old = min(shop.resources["orders"].values(), key=lambda order: order["created_at"])["id"]
    scopes = frozenset(next(iter(shop.tokens.values())).scopes) - {"read_all_orders"}
    program("connect", "shopify", shop.key, "--token-stdin", "--no-sync", stdin=shop.issue_token(scopes) + "\n")
    shop.removals.append(("orders", old, shop.now()))

    assert read(program, shop)["orders"]["deleted"] == 0
    assert live(program, "orders", "id", old) == 1
