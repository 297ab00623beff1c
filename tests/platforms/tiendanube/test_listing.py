"""Lists that keep rules of their own: without filters, without pages, one below each location."""

import httpx
import pytest

from storesync.errors import Incomplete, NotFound
from storesync.model import Query
from storesync.platforms.tiendanube.listing import place_of
from tests.platforms.tiendanube.test_session import DATE, START, Api, end, ids, listed

WEST, NORTH = "01GQ2ZHK064BQRHGDB7CCV0Y6N", "01FHZXHK8PTP9FVK99Z66GXQTX"


def locations(*found):
    return httpx.Response(200, json=[{"id": one, "name": {"es_AR": one}} for one in found], headers=DATE)


def levels(location, *variants, total=4):
    """A page of stock levels, as the documentation prints it: above one row it says 4."""
    rows = [{"id": "01GQ", "variant_id": one, "location_id": location, "stock": 7} for one in variants]
    return httpx.Response(200, json={"total": total, "page": 1, "per_page": 200, "results": rows}, headers=DATE)


@pytest.mark.parametrize("total", [4, 0, 1, None])
def test_a_total_that_lies_does_not_end_a_list_of_stock_levels(total):
    """It goes on to the page that is empty, and ends there."""
    api = Api(
        locations(NORTH),
        end(1),
        levels(NORTH, "11", total=total),
        levels(NORTH, "12", total=total),
        levels(NORTH, total=total),
    )

    pages = api.pages("inventory_levels")

    assert ids(pages) == [f"11:{NORTH}", f"12:{NORTH}"]
    assert (pages[-1].cursor, pages[-1].end_signal, pages[-1].source_count) == (None, "empty page", 2)
    assert [request.url.path.rsplit("/", 2)[-2:] for request in api.sent[2:]] == [[NORTH, "inventory-levels"]] * 3


def test_stock_levels_are_read_location_by_location_and_go_on_where_they_were():
    """The cursor says which locations are left."""
    answers = (locations(NORTH, WEST), end(1), levels(NORTH, "11"), levels(NORTH), levels(WEST, "11"), levels(WEST))
    whole = Api(*answers).pages("inventory_levels")

    for number, page in enumerate(whole[:-1], start=1):
        rest = Api(*answers[2 + number :]).pages("inventory_levels", cursor=page.cursor)
        assert ids(whole[:number]) + ids(rest) == [f"11:{NORTH}", f"11:{WEST}"]
        assert rest[-1].source_count == 2


def test_a_shop_without_locations_has_no_stock_levels():
    [page] = Api(end()).pages("inventory_levels")

    assert (page.records, page.end_signal, page.source_count) == ((), "no locations", 0)


def test_a_location_that_is_gone_meanwhile_ends_the_listing_as_unfinished():
    """Its levels cannot be listed; the next reading asks for the locations anew."""
    gone = httpx.Response(404, json={"code": 404, "message": "Not Found", "description": None}, headers=DATE)

    with pytest.raises(NotFound):
        Api(locations(NORTH), end(1), gone).pages("inventory_levels")


def test_a_stock_level_is_fetched_by_its_variant_and_location():
    api = Api(levels(NORTH, "11", "12"))

    page = api.session().fetch("inventory_levels", [f"11:{NORTH}"])

    assert [record.id for record in page.records] == [f"11:{NORTH}"]
    assert api.asked()["variant_id"] == "11"


@pytest.mark.parametrize("resource", ["checkouts", "draft_orders", "locations"])
def test_a_list_without_filters_is_read_whole_whatever_is_asked_for(resource):
    """A lower bound that the platform does not know would be ignored, or refused."""
    api = Api(listed(1, 2))

    pages = api.pages(resource, since=START)

    assert all("updated_at_min" not in api.asked(n) for n in range(len(api.sent)))
    assert pages[-1].source_count == 2


@pytest.mark.parametrize("count", [3, 200, 450])
@pytest.mark.parametrize("resource", ["draft_orders", "locations"])
def test_a_list_that_knows_no_pages_ends(resource, count):
    """Whether these page is not documented: the same list again is its end."""
    pages = Api(listed(1, count)).pages(resource)

    assert set(ids(pages)) == {str(n) for n in range(1, count + 1)}
    assert pages[-1].end_signal
    assert pages[-1].source_count == count


def test_a_list_that_does_page_is_read_to_its_end():
    pages = Api(listed(1, 200), listed(201, 5), end(2)).pages("draft_orders")

    assert len(ids(pages)) == 205


def test_the_same_page_twice_later_on_is_no_end():
    with pytest.raises(Incomplete):
        Api(listed(1, 200), listed(201, 200), listed(201, 200)).pages("draft_orders")


@pytest.mark.parametrize("count", [1, 199])
def test_a_count_that_is_too_low_ends_no_list(count):
    """Only the platform's own end does."""
    pages = Api(listed(1, 200, total=count), listed(201, 200, total=count), end(2)).pages()

    assert len(ids(pages)) == 400


def test_orders_made_since_are_asked_for_by_their_creation():
    api = Api(listed(1, 2), end(1))

    list(api.session().pages(Query("orders", created_since=api.now())))

    assert "created_at_min" in api.asked()
    assert "updated_at_min" not in api.asked()


def test_what_was_made_since_is_held_against_its_count():
    """Also where the list goes on in a later slice."""
    told = {"x-total-count": "3", "link": '<https://api.tiendanube.com/2025-03/123456/orders?page=2>; rel="next"'}
    first = httpx.Response(200, json=[{"id": 1}, {"id": 2}], headers=DATE | told)
    page = next(Api(first).session().pages(Query("orders", created_since=START)))

    assert page.expected == 3
    assert (place_of(page.cursor).is_split, place_of(page.cursor).since) == (False, START)


def test_a_list_whose_pages_are_shorter_than_asked_for_is_read_to_its_end():
    """Whether draft orders honour the page size is not documented."""
    pages = Api(listed(1, 30), listed(31, 30), listed(61, 4), end(3)).pages("draft_orders")

    assert len(ids(pages)) == 64


def test_a_location_without_stock_says_nothing_about_the_others():
    """Its empty list is a 404 as everywhere; it does not stand for all of them."""
    pages = Api(locations(NORTH, WEST), end(1), levels(NORTH, "11"), levels(NORTH), end()).pages("inventory_levels")

    assert [page.expected for page in pages] == [None] * 3
    assert pages[-1].source_count == 1
