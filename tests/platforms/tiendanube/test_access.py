"""How storesync gets into a Tiendanube shop, and how fast it asks."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from storesync.errors import (
    AppCredentialsRefused,
    BadResponse,
    PersonNeeded,
    PlatformDown,
    TokenRejected,
    UsageError,
)
from storesync.model import App, Credential
from storesync.platforms.http import HttpClient
from storesync.platforms.tiendanube import pacing
from storesync.platforms.tiendanube.platform import Tiendanube
from storesync.tables import DEFAULT

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
APP = App("4321", "app-secret")
TOKEN = {
    "access_token": "61181d08",
    "token_type": "bearer",
    "scope": "read_orders,write_products",
    "user_id": "789",
}


def platform(answer=None, *, sent=None):
    """A platform whose token endpoint gives *answer*."""

    def handle(request):
        if sent is not None:
            sent.append(request)
        return answer

    http = HttpClient(
        "app (a@b.c)",
        lambda: NOW,
        lambda: 0.0,
        lambda _: None,
        lambda: 0.5,
        transport=httpx.MockTransport(handle),
    )
    return Tiendanube(http)


def exchange(body, status=200, key=None):
    return platform(httpx.Response(status, json=body)).exchange(key, "the-code", app=APP)


def code_of(**answer):
    return platform().code_of(answer, key=None, app=APP, state="abc", now=NOW)


def test_it_is_a_platform():
    ours = platform()
    assert (ours.name, ours.title, ours.api_version) == ("tiendanube", "Tiendanube", "2025-03")
    assert list(ours.readables) == list(DEFAULT)
    assert [name for name, one in ours.readables.items() if one.cadence == "due"] == ["products", "customers", "orders"]
    assert [name for name, one in ours.readables.items() if one.cadence == "lookback"] == ["inventory_levels"]


@pytest.mark.parametrize("shop", ["123456", " 123456\n", "00123456"])
def test_a_shop_is_named_by_its_number(shop):
    assert platform().key_of(shop) == "123456"


@pytest.mark.parametrize("shop", ["", "0", "alpha", "12 34", "https://x.mitiendanube.com", "-1", "١٢٣"])
def test_what_is_no_number_names_no_shop_and_the_hint_says_what_to_type(shop):
    with pytest.raises(UsageError) as raised:
        platform().key_of(shop)
    assert "--store-id 123456" in raised.value.hint


def test_the_consent_page_gets_the_state_and_nothing_else():
    url = platform().authorize_url(None, app=APP, state="a b", redirect_url="http://127.0.0.1/x")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://www.tiendanube.com/apps/4321/authorize"
    assert parse_qs(parts.query) == {"state": ["a b"]}


def test_without_an_app_a_person_is_needed():
    with pytest.raises(PersonNeeded):
        platform().authorize_url(None, app=App("", ""), state="abc", redirect_url="")
    with pytest.raises(PersonNeeded):
        platform().exchange(None, "code", app=App("4321", ""))


def test_the_code_is_taken_from_the_answer():
    assert code_of(code="xyz", state="abc") == "xyz"


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "xyz", "state": "other"},
        {"code": "xyz"},
        {"code": "xyz", "state": "ábc"},
        {"error": "access_denied", "state": "abc"},
        {"state": "abc"},
        {"code": "null", "state": "abc"},
    ],
)
def test_an_answer_that_fails_a_check_is_refused(answer):
    with pytest.raises(UsageError) as raised:
        code_of(**answer)
    assert raised.value.hint.startswith("storesync connect tiendanube")


def test_the_code_is_exchanged_as_json():
    sent = []
    platform(httpx.Response(200, json=TOKEN), sent=sent).exchange(None, "the-code", app=APP)
    assert str(sent[0].url) == "https://www.tiendanube.com/apps/authorize/token"
    assert json.loads(sent[0].content) == {
        "client_id": "4321",
        "client_secret": "app-secret",
        "grant_type": "authorization_code",
        "code": "the-code",
    }
    assert sent[0].headers["user-agent"] == "app (a@b.c)"
    assert "app-secret" not in str(sent[0].url)


@pytest.mark.parametrize("identity", [{"user_id": "789"}, {"user_id": 789}, {"store_id": "789"}, {"store_id": 789}])
def test_the_shop_is_named_in_either_way(identity):
    body = {name: value for name, value in TOKEN.items() if name != "user_id"} | identity
    granted = exchange(body)
    assert granted.key == "789"
    assert granted.credential == Credential("oauth", "61181d08", ("read_orders", "write_products"))


def test_a_token_is_a_success_whatever_the_status():
    assert exchange(TOKEN, status=400).key == "789"


@pytest.mark.parametrize("status", [200, 400])
def test_a_reused_code_is_told_clearly_whatever_the_status(status):
    body = {"error": "invalid_grant", "error_description": "The authorization code has expired"}
    with pytest.raises(UsageError, match="expired or was used") as raised:
        exchange(body, status)
    assert raised.value.hint == "storesync connect tiendanube"


@pytest.mark.parametrize(("body", "status"), [({"error": "invalid_client"}, 200), ({"code": 401}, 401)])
def test_a_refused_app_blames_the_app(body, status):
    with pytest.raises(AppCredentialsRefused) as raised:
        exchange(body, status)
    assert "STORESYNC_TIENDANUBE_CLIENT_SECRET" in raised.value.hint


@pytest.mark.parametrize("body", [{}, [], {"error": "Problems parsing JSON"}, {"access_token": "x"}])
def test_an_answer_without_token_or_shop_is_bad(body):
    with pytest.raises(BadResponse):
        exchange(body)


def test_an_outage_of_the_token_endpoint_is_the_platforms():
    with pytest.raises(PlatformDown):
        exchange({"code": 500, "message": "Internal Server Error"}, 500)


def test_another_shop_than_asked_for_is_refused():
    assert exchange(TOKEN, key="789").key == "789"
    with pytest.raises(UsageError, match="store 789"):
        exchange(TOKEN, key="123456")


def test_no_error_of_the_exchange_shows_code_or_secret():
    with pytest.raises(UsageError) as raised:
        exchange({"error": "invalid_grant", "error_description": "the-code app-secret"})
    assert "the-code" not in str(raised.value)
    assert "app-secret" not in str(raised.value)


def test_a_pasted_token_is_a_custom_apps():
    assert platform().pasted("  61181d08\n") == Credential("custom_app", "61181d08")


@pytest.mark.parametrize("token", ["", "  \n", "two words", "a\tb", "a\x00b", "tokeñ"])
def test_what_cannot_be_a_token_is_refused(token):
    with pytest.raises(UsageError) as raised:
        platform().pasted(token)
    assert "--token-stdin" in raised.value.hint


def test_what_the_platform_does_not_have_is_said():
    with pytest.raises(UsageError, match="do not exist on Tiendanube"):
        platform().client_credentials("1", app=APP)
    with pytest.raises(TokenRejected, match="does not exist on Tiendanube"):
        platform().refresh("1", Credential("oauth", "x"), app=APP)


def test_a_burst_is_not_held_back():
    bucket = pacing.Bucket()
    for _ in range(39):
        assert pacing.wait_s(bucket, 0.0) == 0
        bucket = pacing.after_request(bucket, 0.0)
    assert pacing.wait_s(bucket, 0.0) == 0.5


@pytest.mark.parametrize(("limit", "wait"), [("40", 1.0), ("400", 0.1), ("0", 1.0), ("x", 1.0)])
def test_the_bucket_is_the_one_in_the_headers(limit, wait):
    headers = {"x-rate-limit-limit": limit, "x-rate-limit-remaining": "0"}
    assert pacing.wait_s(pacing.after_answer(pacing.Bucket(), headers, 5.0), 5.0) == wait


def test_headers_that_tell_nothing_change_nothing():
    bucket = pacing.Bucket(40, 7, 1.0)
    assert pacing.after_answer(bucket, {"x-rate-limit-remaining": "-3"}, 9.0) == bucket


def test_time_makes_room():
    bucket = pacing.Bucket(40, 0, 0.0)
    assert [pacing.wait_s(bucket, at) for at in (0.0, 0.5, 1.0, 60.0)] == [1.0, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("reset", "seconds"), [("20000", 20.0), ("20", 0.5), ("1795341600", 30.0), ("", None), ("soon", None)]
)
def test_a_refusals_wait_is_bounded_under_either_unit(reset, seconds):
    assert pacing.refusal_s({"x-rate-limit-reset": reset}) == seconds


def test_a_long_load_uses_the_allowance_and_is_never_refused():
    """A leaky bucket that floors its headers, asked with 50 ms of latency for ten minutes."""
    at, level, last, sent = 0.0, 0.0, 0.0, 0
    bucket = pacing.Bucket()
    while at < 600:
        at += pacing.wait_s(bucket, at)
        bucket = pacing.after_request(bucket, at)
        at += 0.05
        level, last = max(0.0, level - 2 * (at - last)) + 1, at
        assert level <= 40
        sent += 1
        bucket = pacing.after_answer(bucket, {"x-rate-limit-remaining": str(int(40 - level))}, at)
    assert sent >= 0.95 * (40 + 2 * 600)
