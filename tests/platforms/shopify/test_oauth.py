"""A Shopify shop is let into only by checks that hold, and its tokens are renewed."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from storesync import errors
from storesync.model import App, Credential
from storesync.platforms.http import HttpClient
from storesync.platforms.shopify.platform import Shopify
from storesync.simulator.simulator import Simulator
from storesync.simulator.transport import SimulatorTransport
from storesync.simulator.world import World

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TOKEN = "shpat_0123456789abcdef"
REDIRECT = "http://127.0.0.1:8721/callback"
ANSWER = {
    "code": "0907a61c0c8d55e99db179b68161bc00",
    "shop": "some-shop.myshopify.com",
    "state": "0.6784241404160823",
    "timestamp": "1337178173",
    "hmac": "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf",
}
HUSH = App("client", "hush")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.passed = 0.0
        self.slept = []

    def now(self):
        return NOW + timedelta(seconds=self.passed)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds


@pytest.fixture
def clock():
    return Clock()


def http(clock, transport):
    return HttpClient(
        "storesync tests",
        now=clock.now,
        monotonic=lambda: clock.passed,
        sleep=clock.sleep,
        jitter=lambda: 0.5,
        transport=transport,
    )


@pytest.fixture
def world(clock):
    world = World(7, clock.now)
    world.add_shop("shopify", "alpha", orders=60)
    return world


@pytest.fixture
def simulator(world):
    return Simulator(world)


@pytest.fixture
def app(world):
    return App(world.apps["shopify"].client_id, world.apps["shopify"].client_secret)


@pytest.fixture
def shopify(clock, simulator):
    return Shopify(http(clock, SimulatorTransport(simulator, clock.sleep)))


@pytest.mark.parametrize(
    "given",
    [
        "alpha",
        " Alpha.myshopify.com",
        "https://alpha.myshopify.com/admin",
        "https://admin.shopify.com/store/alpha/x",
    ],
)
def test_a_shop_may_be_named_in_the_usual_ways(shopify, given):
    assert shopify.key_of(given) == "alpha"


@pytest.mark.parametrize(
    "given",
    ["", "-alpha", "alpha\n", "a b", "älpha", "alpha.example.com", "https://alpha.myshopify.com.evil.com/",
     "https://evil.com/alpha.myshopify.com", "https://u:p@alpha.myshopify.com", "alpha/../beta", "https://[",
     "https://admin.shopify.com/store/", "ftp://alpha.myshopify.com", "https://evil@alpha.myshopify.com"],
)  # fmt: skip
def test_what_cannot_be_a_shop_is_refused_with_what_to_type(shopify, given):
    with pytest.raises(errors.UsageError) as refused:
        shopify.key_of(given)
    assert "storesync connect shopify" in refused.value.hint


def test_documented_signature_is_accepted(shopify):
    now = datetime.fromtimestamp(1337178173, UTC)
    code = shopify.code_of(ANSWER, key="some-shop", app=HUSH, state=ANSWER["state"], now=now)
    assert code == ANSWER["code"]


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"state": "x"}, "state"),
        ({"state": "é"}, "state"),
        ({"hmac": "0" * 64}, "hmac"),
        ({"code": "other"}, "hmac"),
        ({"key": "other"}, "shop"),
        ({"late": timedelta(minutes=11)}, "timestamp"),
        ({"late": timedelta(minutes=-11)}, "timestamp"),
        ({"error": "access_denied"}, "not let in"),
    ],
)
def test_redirect_is_refused_by_the_check_that_failed(shopify, changes, check):
    changes = dict(changes)
    now = datetime.fromtimestamp(1337178173, UTC) + changes.pop("late", timedelta())
    key = changes.pop("key", "some-shop")
    with pytest.raises(errors.UsageError, match=check):
        shopify.code_of(ANSWER | changes, key=key, app=HUSH, state=ANSWER["state"], now=now)


@pytest.mark.parametrize("message", ["a=x y/%25&code=c&state=s", "a=x%20y%2F%25&code=c&state=s"])
def test_signature_is_accepted_in_either_spelling(shopify, message):
    """Signed as decoded values and as encoded ones; refused only by the check that comes next."""
    digest = hmac.new(b"hush", message.encode(), hashlib.sha256).hexdigest()
    answer = {"a": "x y/%", "code": "c", "state": "s", "hmac": digest}
    with pytest.raises(errors.UsageError, match="shop"):
        shopify.code_of(answer, key="alpha", app=HUSH, state="s", now=NOW)


def test_connecting_brings_a_credential_that_can_be_renewed(shopify, simulator, world, app):
    address = shopify.authorize_url("alpha", app=app, state="s", redirect_url=world.apps["shopify"].redirect_url)
    back = simulator.exchange("GET", address, headers={}, body=b"", sleep=None)
    answer = dict(parse_qsl(urlsplit(back.headers["location"]).query))
    code = shopify.code_of(answer, key="alpha", app=app, state="s", now=NOW)
    granted = shopify.exchange("alpha", code, app=app)
    assert granted.key == "alpha"
    assert granted.credential.kind == "oauth_expiring"
    assert granted.credential.expires_at == NOW + timedelta(hours=1)
    assert granted.credential.refresh_expires_at == NOW + timedelta(days=90)
    assert "read_orders" in granted.credential.scopes


def test_scopes_are_left_out_when_there_are_none(clock):
    bare = Shopify(http(clock, None), scopes=())
    query = parse_qs(urlsplit(bare.authorize_url("alpha", app=HUSH, state="s", redirect_url=REDIRECT)).query)
    assert query == {"client_id": ["client"], "redirect_uri": [REDIRECT], "state": ["s"]}


def test_a_used_code_is_refused(shopify, app):
    with pytest.raises(errors.TokenRejected, match="code"):
        shopify.exchange("alpha", "used", app=app)


def test_an_app_of_the_same_organisation_needs_no_person(shopify, app):
    credential = shopify.client_credentials("alpha", app=app)
    assert credential.kind == "client_credentials"
    assert shopify.refresh("alpha", credential, app=app).kind == "client_credentials"


@pytest.mark.parametrize("token", ["", "  ", "shpat_a b", "shpat_\x00aaaaaa", "shpss_0123456789", "shpat_é123456"])
def test_what_cannot_be_a_token_is_refused(shopify, token):
    with pytest.raises(errors.UsageError):
        shopify.pasted(token)


def test_a_pasted_token_cannot_be_renewed(shopify, app):
    credential = shopify.pasted(f" {TOKEN}\n")
    assert (credential.kind, credential.access_token) == ("static", TOKEN)
    with pytest.raises(errors.TokenRejected):
        shopify.refresh("alpha", credential, app=app)


def desk(clock, *answers):
    asked, left = [], list(answers)

    def answer(request):
        asked.append(dict(parse_qsl(request.content.decode())))
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return Shopify(http(clock, httpx.MockTransport(answer))), asked


OLD = Credential("oauth_expiring", TOKEN, ("read_orders",), NOW, "shprt_old", NOW + timedelta(days=9))
PAIR = {
    "access_token": "shpat_new_0123",
    "scope": "write_orders",
    "expires_in": 3600,
    "refresh_token": "shprt_new",
}


def test_a_lost_answer_is_asked_for_with_the_same_refresh_token(clock):
    shopify, asked = desk(clock, httpx.ReadError("lost"), httpx.Response(200, json=PAIR))
    renewed = shopify.refresh("alpha", OLD, app=HUSH)
    assert [form["refresh_token"] for form in asked] == ["shprt_old", "shprt_old"]
    assert (renewed.refresh_token, renewed.previous) == ("shprt_new", "shprt_old")
    assert renewed.scopes == ("write_orders", "read_orders")


def test_the_refresh_token_is_kept_where_no_new_one_comes(clock):
    answer = {name: value for name, value in PAIR.items() if name != "refresh_token"}
    shopify, _ = desk(clock, httpx.Response(200, json=answer))
    renewed = shopify.refresh("alpha", OLD, app=HUSH)
    assert (renewed.refresh_token, renewed.previous) == ("shprt_old", None)
    assert renewed.refresh_expires_at == OLD.refresh_expires_at


@pytest.mark.parametrize(("told", "hours"), [(-5, 1), ("soon", 1), (None, 1), (True, 1), (10**12, 24)])
def test_a_life_that_makes_no_sense_is_not_believed(clock, told, hours):
    shopify, _ = desk(clock, httpx.Response(200, json=PAIR | {"expires_in": told}))
    assert shopify.refresh("alpha", OLD, app=HUSH).expires_at == NOW + timedelta(hours=hours)


def test_the_previous_refresh_token_is_the_last_resort(clock):
    shopify, asked = desk(clock, httpx.Response(400, json={"error": "invalid_grant"}), httpx.Response(200, json=PAIR))
    shopify.refresh("alpha", replace(OLD, previous="shprt_older"), app=HUSH)
    assert [form["refresh_token"] for form in asked] == ["shprt_old", "shprt_older"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant"}, errors.TokenExpired),
        (401, {"error": "invalid_request"}, errors.TokenExpired),
        (401, {"error": "invalid_client"}, errors.AppCredentialsRefused),
        (400, "<html>", errors.BadResponse),
        (200, {"scope": ""}, errors.BadResponse),
        (520, "", errors.PlatformDown),
        (404, {}, errors.NotFound),
    ],
)
def test_a_refused_refresh_is(clock, status, body, error):
    shopify, _ = desk(clock, *[httpx.Response(status, json=body)] * 3)
    with pytest.raises(error) as refused:
        shopify.refresh("alpha", OLD, app=HUSH)
    assert type(refused.value) is error
