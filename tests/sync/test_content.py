"""Pages, blogs and articles of a Shopify shop are copied whole where the operator asks for them."""

import pytest

from storesync.platforms.shopify import session
from tests.kits.program import differences
from tests.kits.reconcile import compared, found, remove, tombstones

CONTENT = ("pages", "blogs", "articles")


@pytest.fixture
def shop(program):
    """A shop with content on more than one page of a listing."""
    return program.world.add_shop("shopify", "alpha", orders=3, pages=60, articles=120)


def connect(program, shop, scope="read_content"):
    """Connect the shop to read its content and nothing else, with a token of this scope of the two that do."""
    both = {"read_content", "read_online_store_pages"}
    answer = program.connect_for(shop, *CONTENT, without=both - {scope})
    program.clock.advance(minutes=1)
    return answer


def bulk(monkeypatch):
    """Let two records be many."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)


def by_pages(_):
    """Leave the least number of records for a bulk operation as it is."""


def operations(program):
    return {call.operation for call in program.simulator.requests}


def status(program):
    (store,) = program("status", "--json").json["stores"]
    return store


def verdicts(program):
    return {name: one["verdict"] for name, one in status(program)["resources"].items()}


@pytest.mark.parametrize("how", [by_pages, bulk])
def test_all_of_it_is_copied_column_by_column(program, shop, monkeypatch, how):
    """Also where the list of articles, which Shopify does not count, is read by a bulk operation."""
    how(monkeypatch)
    assert connect(program, shop).code == 0

    assert differences(program, shop, *CONTENT) == []
    assert [program.sql(f"SELECT count(*) FROM {name}") for name in CONTENT] == [[(60,)], [(2,)], [(120,)]]
    assert verdicts(program) == dict.fromkeys(CONTENT, "verified")
    signals = program.sql("SELECT end_signal FROM run_resources WHERE resource IN ('pages', 'articles')")
    assert {*signals} == {("bulk operation completed" if how is bulk else "hasNextPage=false",)}


def test_nothing_of_it_is_read_until_it_is_asked_for(program, shop):
    """Nor does it cost a request."""
    program.connect_for(shop, "orders")
    assert not operations(program) & {"Pages", "Blogs", "Articles"}

    assert program("set", shop.key, "--read", "pages", "--read", "blogs").code == 0
    program.clock.advance(minutes=5)
    assert program("sync-due").code == 0
    assert [program.sql(f"SELECT count(*) FROM {name}") for name in CONTENT] == [[(60,)], [(2,)], [(0,)]]


@pytest.mark.parametrize("scope", ["read_content", "read_online_store_pages"])
def test_either_of_two_scopes_shows_it(program, shop, scope):
    """And none is missing."""
    assert connect(program, shop, scope).code == 0
    assert verdicts(program) == dict.fromkeys(CONTENT, "verified")
    assert status(program)["token"]["missing_scopes"] == []


def test_without_them_the_verdict_names_the_first(program, shop):
    """What else is read goes on."""
    program.connect_for(shop, *CONTENT, "products", without={"read_content", "read_online_store_pages"})
    assert verdicts(program) == {"products": "verified", **dict.fromkeys(CONTENT, "denied")}
    assert "read_content" in status(program)["resources"]["articles"]["reason"]


def test_changes_are_found_by_their_update_time_within_the_hour(program, shop):
    """Edits of pages and articles, new ones, and whatever changes in a blog."""
    connect(program, shop)
    program.clock.advance(minutes=65)
    program.world.advance(shop, 60)
    blog = next(iter(shop.resources["blogs"]))
    shop.drift("blogs", blog, title="Otro nombre")
    program("sync-due")
    assert {one.partition(": ")[2] for one in differences(program, shop, *CONTENT)} <= {"not upstream"}

    program("reconcile", shop.key)
    assert differences(program, shop, *CONTENT) == []


def test_an_hour_that_changes_nothing_costs_a_request_a_resource(program, shop):
    """And less than an hour none."""
    connect(program, shop)
    for minutes, cost in ((30, []), (40, ["Articles", "Blogs", "Pages"])):
        program.clock.advance(minutes=minutes)
        program.simulator.requests.clear()
        program("sync-due")
        asked = [call.operation for call in program.simulator.requests]
        assert sorted({"Pages", "Blogs", "Articles"} & {*asked}) == cost
        assert len(asked) == len(cost)


@pytest.mark.parametrize("resource", ["pages", "articles"])
def test_a_deletion_is_found_by_the_comparison_of_ids(program, shop, resource):
    """And a record that comes back, live again."""
    connect(program, shop)
    kept = dict(shop.resources[resource])
    gone = remove(shop, 3, resource)
    assert found(compared(program, shop, resource=resource)) == {"deleted": 3}
    assert tombstones(program, resource) == sorted(gone)

    shop.resources[resource] |= kept
    program.clock.advance(minutes=5)
    compared(program, shop, resource=resource)
    assert tombstones(program, resource) == []


def test_a_blog_that_is_deleted_is_found_within_the_hour_and_takes_its_articles_along(program, shop):
    """Blogs are read whole; the articles are found by the comparison."""
    gone, kept = shop.resources["blogs"]
    own, *others = [one for one in shop.resources["articles"].values() if one["blog_id"] == gone]
    for article in others:
        article["blog_id"] = kept
    connect(program, shop)
    shop.remove("blogs", gone)
    program.clock.advance(minutes=65)
    program("sync-due")
    assert tombstones(program, "blogs") == [gone]

    assert found(compared(program, shop, resource="articles")) == {"deleted": 1}
    assert tombstones(program, "articles") == [own["id"]]


def test_what_changes_without_an_edit_is_seen_by_the_reading_of_all_once_a_day(program, shop):
    """What is scheduled is published, and a new handle of a blog changes the paths of its articles."""
    connect(program, shop)
    hidden = next(
        one for one in shop.resources["pages"].values() if one["published_at"] and one["published_at"] > shop.now()
    )
    shop.drift("pages", hidden["id"], published_at=shop.now())
    shop.drift("blogs", next(iter(shop.resources["blogs"])), handle="otro")
    for _ in range(26):
        program.clock.advance(hours=1)
        program("sync-due")

    assert program.sql("SELECT is_published FROM pages WHERE id = ?", hidden["id"]) == [(1,)]
    assert differences(program, shop, *CONTENT) == []


@pytest.mark.parametrize("resource", ["blogs", "articles"])
def test_a_record_that_cannot_be_read_is_quarantined(program, shop, resource):
    """With all others there; it is read again, and let go once it is sound."""
    chosen = next(iter(shop.resources[resource].values()))
    sound = chosen["tags"]
    chosen["tags"] = {"0": 1}
    connect(program, shop)
    assert program.sql("SELECT resource, id FROM quarantine") == [(resource, chosen["id"])]
    assert verdicts(program)[resource] == "short"

    chosen["tags"] = sound
    program("reconcile", shop.key)
    assert program.sql("SELECT count(*) FROM quarantine") == [(0,)]
    assert differences(program, shop, *CONTENT) == []
