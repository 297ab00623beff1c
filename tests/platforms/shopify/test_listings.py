"""How each resource of a Shopify shop is listed: what is asked for, and where a listing goes on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storesync import errors
from storesync.model import Query
from storesync.platforms.http import HttpClient
from storesync.platforms.shopify import paging
from storesync.platforms.shopify.first_pages import FIRST
from storesync.platforms.shopify.platform import Shopify
from storesync.platforms.shopify.sources import SOURCES
from tests.kits.shopify_graph import MANY, SCHEMA, Graph, stocked

SINCE = datetime(2026, 11, 22, 9, 50, 7, tzinfo=UTC)
UPDATED = "updated_at:>='2026-11-22T09:50:07Z'"


def ids(pages):
    return [record.id for page in pages for record in page.records]


def number(made):
    return made["id"].rsplit("/", 1)[-1]


def searches(graph, document):
    return [variables["query"] for name, variables in graph.asked if name == document]


@pytest.mark.parametrize(
    ("resource", "search"),
    [
        ("checkouts", UPDATED),
        ("draft_orders", UPDATED),
        # A filter that goes by the shop's clock begins half a day early.
        ("coupons", "updated_at:>='2026-11-21T21:50:07Z'"),
        # Locations cannot be filtered by their update time.
        ("locations", None),
        ("inventory_levels", UPDATED),
        ("pages", UPDATED),
        # Blogs may have no update time.
        ("blogs", None),
        ("articles", UPDATED),
        ("fulfillment_orders", UPDATED),
        ("companies", UPDATED),
        ("company_locations", UPDATED),
        # Shopify tells no update time of markets.
        ("markets", None),
        ("price_lists", None),
        ("price_list_prices", None),
    ],
)
def test_an_increment_asks_for_what_changed(resource, search):
    graph = stocked(places=1)
    list(graph.open().pages(Query(resource, SINCE)))
    assert set(searches(graph, "".join(word.title() for word in resource.split("_")))) == {search}


def test_what_was_made_lately_is_no_whole():
    graph = Graph()
    pages = list(graph.open().pages(Query("payouts", created_since=SINCE)))
    assert searches(graph, "Payouts") == ["issued_at:>='2026-11-22T09:50:07Z'"]
    assert [page.source_count for page in pages] == [None]


def test_gift_cards_that_changed_are_asked_for_without_a_filter():
    graph = Graph()
    list(graph.open().pages(Query("gift_cards", SINCE)))
    assert searches(graph, "GiftCardsNewest") == [None]


@pytest.mark.parametrize("resource", sorted(SOURCES))
def test_every_resource_is_listed_counted_and_fetched(resource):
    graph = stocked()
    session = graph.open()
    pages = list(session.pages(Query(resource)))
    versions = [version for page in session.versions(resource) for version in page.versions]
    assert ids(pages) == [version.id for version in versions]
    assert pages[-1].source_count == (None if SOURCES[resource].parts else len(ids(pages)))
    assert session.count(resource) == (len(versions) if SOURCES[resource].is_counted else None)
    wanted = ids(pages)[1:]
    assert sorted(ids([session.fetch(resource, [*wanted, "404:405"])])) == sorted(wanted)
    dated = {"2026-11-20T10:00:00Z"} if SOURCES[resource].is_dated else {None}
    assert {version.updated_at for version in versions} == dated


def test_stock_is_listed_location_by_location():
    graph = stocked(places=2, things=3)
    pages = list(graph.open().pages(Query("inventory_levels")))
    asked = [variables["parent"] for name, variables in graph.asked if name == "InventoryLevels"]
    assert asked == [place["id"] for place in graph.roots["locations"]]
    assert [len(page.records) for page in pages] == [3, 3]
    assert [page.source_count for page in pages] == [None, 6]
    assert [bool(page.end_signal) for page in pages] == [False, True]


@pytest.mark.parametrize("taken", [1, 2, 3])
def test_reading_stock_goes_on_where_it_stopped(taken):
    graph = stocked(places=2, things=3)
    place = graph.roots["locations"][0]
    place["inventoryLevels"] *= 50
    query = Query("inventory_levels", SINCE)
    every = [page.records for page in graph.open().pages(query)]
    listing = graph.open().pages(query)
    cursor = [next(listing).cursor for _ in range(taken)][-1]
    graph.asked.clear()
    rest = [page.records for page in graph.open().pages(replace(query, cursor=cursor))] if cursor else []
    assert every[taken:] == rest
    assert "LocationsVersions" not in [name for name, _ in graph.asked]
    assert set(searches(graph, "InventoryLevels")) <= {UPDATED}


def test_a_shop_without_locations_has_no_stock():
    graph = stocked(places=0)
    session = graph.open()
    (page,) = session.pages(Query("inventory_levels"))
    assert (page.records, page.cursor, page.source_count, page.end_signal) == ((), None, 0, "no locations")
    assert [listed.end_signal for listed in session.versions("inventory_levels")] == ["no locations"]


def test_a_location_that_went_away_takes_its_stock_along():
    graph = stocked(places=2)
    listing = graph.open().pages(Query("inventory_levels"))
    next(listing)
    del graph.objects[graph.roots["locations"][1]["id"]]
    last = list(listing)
    assert [(page.records, bool(page.end_signal)) for page in last] == [((), True)]


def test_a_cursor_that_names_no_location_is_no_place():
    cursor = paging.Place(10).cursor()
    with pytest.raises(errors.Incomplete, match="names no list"):
        list(stocked().open().pages(Query("inventory_levels", cursor=cursor)))


def test_stock_that_is_withheld_is_denied():
    graph = stocked()
    graph.hide = lambda data: data | {"location": {"inventoryLevels": None}} if "location" in data else data
    with pytest.raises(errors.ScopeMissing) as refused:
        list(graph.open(("read_products", "read_inventory")).pages(Query("inventory_levels")))
    assert refused.value.scope == "read_locations"


def test_only_the_levels_that_were_asked_for_are_fetched():
    graph = stocked(places=2, things=2)
    item, place = graph.roots["inventoryItems"][0], graph.roots["locations"][1]
    wanted = f"{number(item)}:{number(place)}"
    assert ids([graph.open().fetch("inventory_levels", [wanted])]) == [wanted]
    assert graph.asked[0][1]["ids"] == [item["id"]]


def test_an_item_at_many_locations_is_fetched_whole():
    graph = stocked(places=30, things=1)
    item = graph.roots["inventoryItems"][0]
    wanted = [f"{number(item)}:{number(place)}" for place in graph.roots["locations"]]
    assert ids([graph.open().fetch("inventory_levels", wanted)]) == wanted


def test_a_long_listing_without_an_order_by_time_goes_on_by_id(monkeypatch):
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 1)
    monkeypatch.setitem(SOURCES, "checkouts", replace(SOURCES["checkouts"], size=5))
    graph = Graph()
    listing = graph.open().pages(Query("checkouts", SINCE))
    next(listing), next(listing)
    beyond = number(graph.roots["abandonedCheckouts"][4])
    assert searches(graph, "Checkouts") == [UPDATED, f"{UPDATED} AND id:>{beyond}"]


def test_a_chain_by_the_shops_clock_does_not_begin_before_the_one_it_follows(monkeypatch):
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 1)
    monkeypatch.setitem(SOURCES, "coupons", replace(SOURCES["coupons"], size=5))
    graph = Graph()
    listing = graph.open().pages(Query("coupons", SINCE))
    next(listing), next(listing)
    chain = "updated_at:>='2026-11-21T21:50:07Z'"
    asked = [(variables["query"], variables["after"]) for _, variables in graph.asked]
    assert asked == [(chain, None), (chain, "5")]


def test_a_listing_of_ids_goes_on_by_id(monkeypatch):
    monkeypatch.setattr(paging, "CHAIN_LIMIT", 1)
    graph = Graph()
    graph.roots["products"] = graph.children(SCHEMA.type_map["Product"], 251)
    next(listing := graph.open().versions("products"))
    next(listing)
    assert searches(graph, "ProductsVersions") == [None, f"id:>{number(graph.roots['products'][249])}"]


EXACT, ABOUT = {"count": 3, "precision": "EXACT"}, {"count": 3, "precision": "AT_LEAST"}


@pytest.mark.parametrize(
    ("counts", "goes_on", "total"),
    [
        ([EXACT, EXACT], False, 6),
        ([], False, 0),
        ([EXACT, ABOUT], False, None),
        ([EXACT, None], False, None),
        ([EXACT, EXACT], True, None),
    ],
)
def test_articles_are_as_many_as_their_blogs_count(counts, goes_on, total):
    """Where each of them says so exactly, and all of them do."""
    nodes = [{"articlesCount": one} for one in counts]
    page = {"nodes": nodes, "pageInfo": {"hasNextPage": goes_on, "endCursor": "x"}}
    assert paging.counted({"articlesCount": page}, "articlesCount") == total


def test_a_list_that_ends_where_shopify_ends_any_proves_nothing(monkeypatch):
    monkeypatch.setattr(paging, "LISTING_LIMIT", 3)
    with pytest.raises(errors.Incomplete, match="after 3 records"):
        list(stocked(places=3).open().pages(Query("locations")))
    assert ids(stocked(places=2).open().pages(Query("locations")))


def test_the_same_page_of_two_locations_is_no_circle():
    graph = stocked(places=2, things=1)
    for place in graph.roots["locations"]:
        place["inventoryLevels"] *= 150
    assert len(ids(graph.open().pages(Query("inventory_levels")))) == 300


DUE = [name for name, source in FIRST.items() if source.cadence == "due"]


def test_an_idle_shop_costs_one_request_with_its_stock():
    graph = stocked()
    for place in graph.roots["locations"]:
        place["inventoryLevels"].clear()
    pages = graph.open().first_pages([Query(name, SINCE) for name in DUE])
    assert [name for name, _ in graph.asked if not name.startswith("RestOf")] == ["FirstPages"]
    assert set(pages) == set(DUE) == {"products", "customers", "orders", "inventory_levels"}
    assert (pages["inventory_levels"].records, bool(pages["inventory_levels"].end_signal)) == ((), True)


def test_what_is_due_hourly_shares_the_request_with_smaller_pages():
    graph = stocked()
    pages = graph.open().first_pages([Query(name, SINCE) for name in SOURCES])
    assert set(pages) == set(FIRST)
    variables = graph.asked[0][1]
    assert {name: variables[f"{name}_size"] for name in FIRST} == {
        name: max(1, source.first_size // 2) for name, source in FIRST.items()
    }
    assert [name for name, _ in graph.asked].count("FirstPages") == 1


def test_what_is_not_wanted_is_not_asked_for():
    graph = stocked()
    graph.open().first_pages([Query("coupons", SINCE)])
    variables = graph.asked[0][1]
    assert [name for name in FIRST if variables[f"with_{name}"]] == ["coupons"]
    assert variables["coupons_query"] == "updated_at:>='2026-11-21T21:50:07Z'"
    assert variables["orders_query"] is None


def test_a_busy_location_is_read_on_from_its_own_list():
    graph = stocked(places=2, things=7)
    del graph.roots["locations"][1]["inventoryLevels"][2:]
    query = Query("inventory_levels", SINCE)
    session = graph.open()
    first = session.first_pages([query])["inventory_levels"]
    assert (len(first.records), first.end_signal) == (7, None)
    graph.asked.clear()
    rest = list(session.pages(replace(query, cursor=first.cursor)))
    assert {*ids([first]), *ids(rest)} == set(ids(graph.open().pages(Query("inventory_levels"))))
    assert [(name, variables["parent"], variables["query"]) for name, variables in graph.asked[:1]] == [
        ("InventoryLevels", graph.roots["locations"][0]["id"], UPDATED)
    ]


def test_more_locations_than_one_document_holds_are_read_one_by_one():
    graph = stocked(places=51, things=1)
    session = graph.open()
    pages = session.first_pages([Query("inventory_levels", SINCE), Query("coupons", SINCE)])
    assert set(pages) == {"coupons"}
    assert len(ids(session.pages(Query("inventory_levels", SINCE)))) == 51


def test_the_first_page_of_all_locations_is_all_there_are():
    (page,) = stocked(places=3).open().first_pages([Query("locations", SINCE)]).values()
    assert (len(page.records), page.source_count, page.expected) == (3, 3, None)


def test_the_first_page_of_locations_that_goes_on_counts_nothing():
    graph = stocked(places=SOURCES["locations"].first_size + 1)
    session = graph.open()
    page = session.first_pages([Query("locations", SINCE)])["locations"]
    assert (page.source_count, page.end_signal) == (None, None)
    (last,) = session.pages(Query("locations", SINCE, cursor=page.cursor))
    assert last.source_count == len(graph.roots["locations"])


@pytest.mark.parametrize(
    ("scopes", "asked"),
    [
        (("read_inventory", "read_locations", "read_products"), True),
        (("read_inventory", "read_products"), False),
        ((), True),
    ],
)
def test_stock_needs_all_its_scopes_to_share_the_request(scopes, asked):
    pages = stocked().open(scopes).first_pages([Query("inventory_levels", SINCE)])
    assert ("inventory_levels" in pages) is asked


@pytest.mark.parametrize(
    ("resource", "scopes", "cadence", "drift"),
    [
        ("products", "read_products", "due", "none"),
        ("categories", "read_products", "hourly", "any"),
        ("customers", "read_customers", "due", "none"),
        ("orders", "read_orders", "due", "none"),
        ("checkouts", "read_orders", "hourly", "none"),
        ("draft_orders", "read_draft_orders", "hourly", "none"),
        ("coupons", "read_discounts", "hourly", "any"),
        ("locations", "read_locations", "hourly", "none"),
        ("inventory_levels", "read_inventory", "due", "any"),
        ("order_visits", "read_orders", "hourly", "any"),
        ("pages", "read_content read_online_store_pages", "hourly", "any"),
        ("blogs", "read_content read_online_store_pages", "hourly", "none"),
        ("articles", "read_content read_online_store_pages", "hourly", "any"),
        (
            "fulfillment_orders",
            (
                "read_merchant_managed_fulfillment_orders read_third_party_fulfillment_orders"
                " read_assigned_fulfillment_orders read_marketplace_fulfillment_orders"
            ),
            "due",
            "none",
        ),
        ("companies", "read_customers", "hourly", "any"),
        ("company_locations", "read_customers", "hourly", "any"),
        ("markets", "read_markets", "lookback", "none"),
        ("price_lists", "read_products", "lookback", "none"),
        ("price_list_prices", "read_products", "lookback", "none"),
    ],
)
def test_a_resource_is_offered_as(resource, scopes, cadence, drift):
    http = HttpClient("storesync tests", now=None, monotonic=None, sleep=None, jitter=None)
    readable = Shopify(http).readables[resource]
    assert (readable.scopes, readable.cadence, readable.drift) == (tuple(scopes.split()), cadence, drift)


def test_a_made_up_shop_has_many_of_everything():
    """The tests above say nothing where there is nothing."""
    assert len(ids(Graph().open().pages(Query("coupons")))) == MANY


def test_a_list_of_owners_that_ends_far_short_of_their_count_is_not_believed():
    """It is known by the owners alone: nobody counts metafields."""
    graph = Graph()

    def cut(data):
        if "products" in data:
            data["products"]["nodes"] = data["products"]["nodes"][:1]
        return data

    graph.hide = cut
    with pytest.raises(errors.Incomplete, match="products ended after 1 of 12"):
        list(graph.open().pages(Query("metafields")))
