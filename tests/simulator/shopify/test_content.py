"""The simulated Shopify shop shows pages, blogs and articles."""

import pytest
from graphql import get_named_type, is_object_type

from storesync.simulator import audit
from storesync.simulator.shop import SCOPES
from storesync.simulator.shopify.document import schema
from storesync.simulator.shopify.execute import Link
from storesync.simulator.shopify.records import make
from tests.kits.shopify_api import NOW, Api

KINDS = {"pages": "Page", "blogs": "Blog", "articles": "Article"}


@pytest.fixture
def api():
    return Api(pages=12, articles=15)


def check_fields(kind, node):
    for name, definition in kind.fields.items():
        inner, value = get_named_type(definition.type), node[name]
        if is_object_type(inner) and value is not None and not isinstance(value, Link):
            assert set(value) >= set(inner.fields), name


@pytest.mark.parametrize(("resource", "kind"), KINDS.items())
def test_nodes_have_every_field_of_their_types(api, resource, kind):
    assert api.shop.resources[resource]
    for record in api.shop.resources[resource].values():
        check_fields(schema().type_map[kind], make(api.shop, kind, record))


@pytest.mark.parametrize("root", KINDS)
def test_every_record_is_listed_once_by_id(api, root):
    nodes = api(f"{{ {root}(first: 250, sortKey: ID) {{ nodes {{ id }} }} }}")["data"][root]["nodes"]
    assert [node["id"].rsplit("/", 1)[1] for node in nodes] == sorted(api.shop.resources[root], key=int)


def test_pages_and_blogs_are_counted_and_a_blog_counts_its_articles(api):
    told = api(
        """{ pagesCount(limit: null) { count } blogsCount(limit: null) { count }
        blogs(first: 9) { nodes { articlesCount(limit: null) { count precision } } } }"""
    )["data"]
    assert (told["pagesCount"]["count"], told["blogsCount"]["count"]) == (12, 2)
    assert sum(blog["articlesCount"]["count"] for blog in told["blogs"]["nodes"]) == 15


def test_blogs_cannot_be_sorted_by_update_time(api):
    """And one of them has none."""
    assert "errors" in api("{ blogs(first: 1, sortKey: UPDATED_AT) { nodes { id } } }")
    nodes = api("{ blogs(first: 9) { nodes { updatedAt } } }")["data"]["blogs"]["nodes"]
    assert [bool(node["updatedAt"]) for node in nodes] == [False, True]


def test_an_article_names_its_blog(api):
    nodes = api("{ articles(first: 250) { nodes { id blog { handle } } } }")["data"]["articles"]["nodes"]
    blogs = {one["id"]: one["handle"] for one in api.shop.resources["blogs"].values()}
    articles = api.shop.resources["articles"]
    assert all(node["blog"]["handle"] == blogs[articles[node["id"].rsplit("/", 1)[1]]["blog_id"]] for node in nodes)


@pytest.mark.parametrize(
    ("scope", "is_shown"), [("read_content", True), ("read_online_store_pages", True), (None, False)]
)
def test_either_of_two_scopes_shows_them(api, scope, is_shown):
    api.token = api.shop.issue_token((*SCOPES["shopify"], *([scope] if scope else [])))
    for root in KINDS:
        assert ("errors" not in api(f"{{ {root}(first: 1) {{ nodes {{ id }} }} }}")) is is_shown


def test_some_are_hidden_and_some_scheduled(api):
    nodes = api("{ pages(first: 250) { nodes { isPublished publishedAt } } }")["data"]["pages"]["nodes"]
    states = {(node["isPublished"], node["publishedAt"] and node["publishedAt"] > NOW.isoformat()) for node in nodes}
    assert states == {(True, False), (False, None), (False, True)}


def test_the_articles_of_a_deleted_blog_are_gone(api):
    gone = next(iter(api.shop.resources["blogs"]))
    api.shop.remove("blogs", gone)
    assert {one["blog_id"] for one in api.shop.resources["articles"].values()} == {*api.shop.resources["blogs"]}


def test_they_change_with_time(api):
    """Pages and articles are added, edited and deleted."""
    before = {name: set(api.shop.resources[name]) for name in ("pages", "articles")}
    api.world.advance(api.shop, 200)
    for name, ids in before.items():
        now = api.shop.resources[name]
        assert now.keys() - ids
        assert any(resource == name for resource, _, _ in api.shop.removals)
        assert any(now[one]["updated_at"] == NOW for one in ids & now.keys())


def test_nothing_else_of_the_shop_depends_on_them():
    """A world without them is what it was."""
    shops = [Api(orders=20, **numbers) for numbers in ({}, {"pages": 9, "articles": 9})]
    for api in shops:
        api.world.advance(api.shop, 50)
    bare, full = ({name: audit.truth(api.shop, name) for name in audit.offers(api.shop)} for api in shops)
    assert bare == full
