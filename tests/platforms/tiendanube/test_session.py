"""How a Tiendanube shop is read: pages, their end, errors, pace."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from storesync.errors import (
    BadResponse,
    Incomplete,
    Locked,
    NotFound,
    OutOfTime,
    PlatformDown,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    Suspended,
    TokenRejected,
)
from storesync.model import Credential, Query, Shop
from storesync.platforms.base import RequestBudget
from storesync.platforms.http import HttpClient
from storesync.platforms.tiendanube.platform import Tiendanube

START = datetime(2026, 11, 22, 10, tzinfo=UTC)
BASE = "https://api.tiendanube.com/2025-03/123456"
SHOP = Shop("123456", "123456", "Tienda", "t.example", language="es", currency="ARS")
DATE = {"date": "Sun, 22 Nov 2026 10:00:07 GMT"}


def envelope(status, description, **headers):
    body = {"code": status, "message": "-", "description": description}
    return httpx.Response(status, json=body, headers=DATE | headers)


def end(last=0, **headers):
    return envelope(404, f"Last page is {last}", **headers)


def listed(first, count, *, total=None, link=None, **fields):
    """A page of records with ids from *first* on."""
    headers = dict(DATE)
    if total is not None:
        headers["x-total-count"] = str(total)
    if link is not None:
        headers["link"] = link
    return httpx.Response(200, json=[{"id": n, **fields} for n in range(first, first + count)], headers=headers)


def following(path, base=BASE):
    return f'<{base}/{path}>; rel="next", <{base}/customers?page=9>; rel="last"'


class Api:
    """Gives scripted answers in turn (the last for ever), on a clock that sleeping moves."""

    def __init__(self, *answers, **options):
        self.answers = list(answers)
        self.sent = []
        self.naps = []
        self.seconds = 0.0
        self.traffic = RequestBudget()
        http = HttpClient("app (a@b.c)", self.now, lambda: self.seconds, self.sleep, lambda: 0.5)
        http.transport = httpx.MockTransport(self.handle)
        self.platform = Tiendanube(http, **options)

    def now(self):
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.seconds += seconds

    def handle(self, request):
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def session(self, shop=SHOP):
        return self.platform.open("123456", Credential("oauth", "s3cret"), shop=shop, traffic=self.traffic)

    def pages(self, resource="customers", **query):
        return list(self.session().pages(Query(resource, **query)))

    def asked(self, number=-1):
        return {name: value[0] for name, value in parse_qs(self.sent[number].url.query.decode()).items()}


def ids(pages):
    return [record.id for page in pages for record in page.records]


def test_a_request_carries_token_and_contact_as_the_platform_wants_them():
    api = Api(end())
    api.pages()
    headers = api.sent[0].headers
    assert headers["authentication"] == "bearer s3cret"
    assert "authorization" not in headers
    assert headers["user-agent"] == "app (a@b.c)"


def test_a_list_is_asked_for_in_the_largest_pages_by_a_lower_bound_alone():
    api = Api(end())
    api.pages("orders", since=datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
    assert api.asked() == {
        "updated_at_min": "2026-11-20T08:30:00Z",
        "aggregates": "fulfillment_orders",
        "page": "1",
        "per_page": "200",
    }


def test_products_are_asked_for_oldest_first():
    api = Api(end())
    api.pages("products")
    assert api.asked()["sort_by"] == "created-at-ascending"


def test_an_idle_poll_succeeds_with_one_request():
    api = Api(end(0, **{"x-total-count": "0"}))
    [page] = api.pages(since=START)
    assert (page.records, page.cursor, page.end_signal) == ((), None, "last page is 0")
    assert page.expected == 0
    assert page.source_count is None
    assert page.at == datetime(2026, 11, 22, 10, 0, 7, tzinfo=UTC)
    assert len(api.sent) == 1


def test_an_empty_shop_has_nothing_and_says_so():
    [page] = Api(end(0)).pages()
    assert (page.expected, page.source_count) == (0, 0)


def test_an_exact_multiple_without_links_ends_at_the_page_that_is_not_there():
    api = Api(listed(1, 200), end(1))
    pages = api.pages()
    assert len(ids(pages)) == 200
    assert pages[-1].end_signal == "last page is 1"


def test_a_short_page_without_any_header_is_the_last():
    api = Api(listed(1, 3))
    [page] = api.pages()
    assert page.end_signal == "short page"


def test_a_counted_list_goes_on_though_pages_are_shorter_than_asked_for():
    api = Api(listed(1, 100, total=150), listed(101, 50, total=150))
    pages = api.pages()
    assert len(ids(pages)) == 150
    assert api.asked()["page"] == "2"
    assert pages[-1].source_count == 150


def test_an_empty_page_is_an_end():
    pages = Api(listed(1, 200), listed(1, 0)).pages()
    assert pages[-1].end_signal == "empty page"


def test_links_are_followed_and_keep_what_was_asked():
    api = Api(listed(1, 200, total=201, link=following("customers?page=2&key=x")), listed(201, 1, total=201))
    api.pages(since=START)
    assert api.asked() == {
        "page": "2",
        "per_page": "200",
        "key": "x",
        "updated_at_min": "2026-11-22T10:00:00Z",
    }


def test_the_vendors_other_host_is_the_same_api():
    link = following("customers?page=2", base=BASE.replace("api.tiendanube.com", "api.nuvemshop.com.br"))
    api = Api(listed(1, 200, total=201, link=link), listed(201, 1, total=201))
    assert len(ids(api.pages())) == 201
    assert {request.url.host for request in api.sent} == {"api.tiendanube.com"}


@pytest.mark.parametrize(
    "base",
    [
        "https://evil.example/2025-03/123456",
        "http://api.tiendanube.com/2025-03/123456",
        "https://api.tiendanube.com/2025-03/999",
        "https://api.tiendanube.com/v1/123456",
        "https://api.tiendanube.com/2025-03/123456/../999",
        "https://api.tiendanube.com:444/2025-03/123456",
    ],
)
def test_a_foreign_link_never_sees_the_token(base):
    api = Api(listed(1, 200, total=999, link=following("customers?page=2", base=base)))
    with pytest.raises(Incomplete):
        api.pages()
    assert len(api.sent) == 1


def test_a_cursor_goes_on_with_exactly_the_next_page():
    api = Api(
        listed(1, 200, total=600, link=following("customers?page=2&key=x")),
        listed(201, 200, total=600, link=following("customers?page=3&key=y")),
        listed(401, 200, total=600, link='<x>; rel="first"'),
    )
    first = next(api.session().pages(Query("customers")))
    assert first.cursor
    assert len(first.cursor) < 400
    rest = api.pages(cursor=first.cursor)
    assert [api.asked(n).get("key") for n in range(3)] == [None, "x", "y"]
    assert [page.cursor is None for page in rest] == [False, True]
    assert rest[-1].source_count == 600


def test_the_same_page_twice_is_no_listing():
    with pytest.raises(Incomplete, match="same page twice"):
        Api(listed(1, 200, total=900)).pages()


def test_a_page_that_is_followed_by_itself_is_no_listing():
    link = following("customers?page=2")
    api = Api(*(listed(1 + 200 * n, 200, total=900, link=link) for n in range(3)))
    with pytest.raises(Incomplete, match="itself"):
        api.pages()


@pytest.mark.parametrize(
    "last",
    [
        end(1, **{"x-total-count": "450"}),
        listed(1, 0, total=450),
        listed(201, 200, total=450, link='<x>; rel="first"'),
    ],
)
def test_an_end_before_the_counted_end_is_none(last):
    with pytest.raises(Incomplete, match="of 450"):
        Api(listed(1, 200, total=450), last).pages()


def test_a_missing_page_inside_the_list_is_no_end():
    with pytest.raises(Incomplete, match="page 2 is missing"):
        Api(listed(1, 200), end(7)).pages()


def test_records_that_vanish_behind_us_make_us_step_back():
    """One of the first 200 is deleted: number 201 moves to page 1, where we have been already."""
    api = Api(
        listed(1, 200, total=401),
        listed(202, 200, total=400),
        listed(2, 200, total=400),
        listed(202, 200, total=400),
        end(2),
    )
    found = ids(api.pages())
    assert {str(n) for n in range(1, 402)} == set(found)
    assert [api.asked(n)["page"] for n in range(4)] == ["1", "2", "1", "2"]


def test_a_last_page_that_vanishes_makes_us_step_back():
    api = Api(listed(1, 200, total=201), end(1), listed(2, 200, total=200), end(1, **{"x-total-count": "200"}))
    assert "201" in ids(api.pages())


def test_a_list_that_shrinks_for_ever_is_given_up():
    api = Api(*(listed(1 + n, 200, total=900 - n) for n in range(60)))
    with pytest.raises(Incomplete, match="again and again"):
        api.pages()


def test_records_that_arrive_meanwhile_are_no_fault():
    pages = Api(listed(1, 200, total=200, link=following("customers?page=2")), listed(200, 2, total=202)).pages()
    assert len(ids(pages)) == 202


@pytest.mark.parametrize(
    ("answer", "error", "requests"),
    [
        (envelope(404, None), NotFound, 1),
        (envelope(401, "Invalid access token"), TokenRejected, 1),
        (httpx.Response(402), Suspended, 1),
        (httpx.Response(402, text="<html>pay</html>"), Suspended, 1),
        (envelope(423, None), Locked, 1),
        (httpx.Response(400, json={"error": "Problems parsing JSON"}), RequestRefused, 1),
        (httpx.Response(422, json={"per_page": ["too large"]}), RequestRefused, 1),
        (httpx.Response(302, headers={"location": "https://evil.example"}), BadResponse, 3),
        (envelope(418, None), BadResponse, 3),
        (httpx.Response(404, text="<html>not here</html>"), BadResponse, 3),
        (envelope(500, None), PlatformDown, 3),
        (httpx.Response(200, text="<!DOCTYPE html>"), BadResponse, 3),
        (httpx.Response(200, text='[{"id": 1}, {"id"'), BadResponse, 3),
        (httpx.Response(200, json={"id": 1}), BadResponse, 3),
        (httpx.Response(200), BadResponse, 3),
    ],
)
def test_an_answer_that_is_no_page_is_the_error_that_it_is(answer, error, requests):
    api = Api(answer)
    with pytest.raises(error) as raised:
        api.pages()
    assert type(raised.value) is error
    assert len(api.sent) == requests
    assert "s3cret" not in f"{raised.value} {raised.value.hint}"


def test_a_refused_token_says_what_to_type():
    with pytest.raises(TokenRejected) as raised:
        Api(envelope(401, "Invalid access token")).pages()
    assert raised.value.hint == "storesync connect tiendanube"


@pytest.mark.parametrize(
    ("description", "scope"),
    [
        ("Missing required scope: read_coupons", "read_coupons"),
        ("Missing required scope", "read_customers"),
        (None, "read_customers"),
    ],
)
def test_a_missing_scope_is_named(description, scope):
    with pytest.raises(ScopeMissing) as raised:
        Api(envelope(403, description)).pages()
    assert raised.value.scope == scope
    assert scope in raised.value.message


def test_orders_are_read_without_the_aggregate_where_that_alone_is_forbidden():
    api = Api(
        envelope(403, "Missing required scope: read_fulfillment_orders"),
        listed(1, 200, total=201),
        listed(201, 1, total=201),
    )
    pages = api.pages("orders")
    assert len(ids(pages)) == 201
    assert ["aggregates" in api.asked(n) for n in range(3)] == [True, False, False]
    again = Api(listed(201, 1, total=201))
    again.pages("orders", cursor=pages[0].cursor)
    assert "aggregates" not in again.asked()


def test_orders_that_are_forbidden_altogether_name_the_scope_for_orders():
    api = Api(envelope(403, "Missing required scope: read_fulfillment_orders"), envelope(403, None))
    with pytest.raises(ScopeMissing) as raised:
        api.pages("orders")
    assert raised.value.scope == "read_orders"


@pytest.mark.parametrize(
    ("headers", "naps"),
    [
        ({"x-rate-limit-reset": "20000"}, [20.0]),
        ({"x-rate-limit-reset": "20"}, [1.0]),
        ({"x-rate-limit-reset": "1795341600"}, [30.0]),
        ({"x-rate-limit-reset": "20", "retry-after": "7"}, [7.0]),
        ({}, [1.0]),
    ],
)
def test_a_429_is_waited_out_within_bounds(headers, naps):
    api = Api(envelope(429, None, **headers), end())
    api.pages()
    assert api.naps == naps


def test_a_wait_past_the_slice_is_told_not_slept():
    api = Api(envelope(429, None, **{"x-rate-limit-reset": "20000"}))
    api.traffic.deadline = 15.0
    with pytest.raises(RateLimited) as raised:
        api.pages()
    assert raised.value.retry_at == START + timedelta(seconds=20)
    assert api.naps == []


def test_a_full_bucket_is_waited_for():
    answers = [listed(1, 200, total=399), listed(201, 199, total=399)]
    for answer in answers:
        answer.headers.update({"x-rate-limit-limit": "40", "x-rate-limit-remaining": "0"})
    api = Api(*answers)
    api.pages()
    assert api.naps == [1.0]
    assert api.traffic.waited_seconds == 1.0


def test_a_full_bucket_ends_the_slice_where_it_has_no_time_left():
    answer = listed(1, 200, total=400)
    answer.headers.update({"x-rate-limit-remaining": "0"})
    api = Api(answer)
    api.traffic.deadline = 0.5
    pages = api.session().pages(Query("customers"))
    assert next(pages).cursor
    with pytest.raises(OutOfTime):
        next(pages)


def test_a_dropped_connection_is_tried_again():
    api = Api(httpx.ReadError("reset"), end())
    assert len(api.pages()) == 1
