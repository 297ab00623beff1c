"""What a refusal offers: words on addresses, on the shop, or none; and this machine's address."""

from datetime import UTC, datetime

import httpx
import pytest

from storesync.errors import Locked, ScopeMissing, TokenOutdated, TurnedAway
from storesync.platforms.http import Answer
from storesync.platforms.shopify.errors import Asked, errors_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def told(status=403, scope=None, headers=None, **content):
    """Return the error that such a response stands for."""
    response = httpx.Response(status, headers=headers, **content)
    answer = Answer(status, response.headers, response.content)
    try:
        body = answer.json()
    except Exception:  # noqa: BLE001 - no JSON
        body = None
    return errors_of(answer, body, asked=Asked("alpha", scope), now=NOW)


@pytest.mark.parametrize(
    "content",
    [
        {"json": {"errors": "[API] IP address not allowed"}},
        {"json": {"errors": [{"message": "Not on the allowlist"}]}},
        {"json": {"error": {"code": "ip_not_allowed"}}},
        {"json": {"error": "client_ip_not_allowed"}},
        {"json": {"error": "clientIpNotAllowed"}},
        {"json": {"error": "CLIENT_IP"}},
        {"json": {"error": "not_on_allowlist"}},
        {"json": "Your IP is not whitelisted"},
        {"json": ["forbidden", {"why": "allow-list"}]},
        {"text": "<html><style>p{}</style><p>Access from your IP is restricted</p></html>"},
        {"text": "", "headers": {"X-Denied-By": "ip-allowlist"}},
        {"status": 200, "json": {"errors": [{"message": "no", "extensions": {"code": "IP_NOT_ALLOWED"}}]}},
        {"status": 200, "json": {"errors": "IP not allowed"}},
        {"json": {"errors": "IP not allowed"}, "scope": "read_orders"},
    ],
)
def test_words_on_addresses_are_seen(content):
    """Wherever they stand, and whatever their form."""
    error = told(**content)

    assert (type(error), error.is_about_address) == (TurnedAway, True)


@pytest.mark.parametrize(
    "content",
    [
        {"text": ""},
        {"text": "<html><h1>Forbidden</h1></html>"},
        {"json": {"errors": "Forbidden"}},
        {"json": []},
        {"json": {"error": {"code": 403}}},
        {"json": {"error": "the relationship not found, skip not, ship blocked, recipients"}},
        {"json": {"errors": "Requests to this shop are only accepted from approved networks"}},
        {"json": {"errors": "This store is locked to approved networks"}},
        {"json": {"errors": ["merchant approval is missing"]}},
        {"text": "", "headers": {"Set-Cookie": "a=x-IP-y", "Content-Security-Policy": "allow-list"}},
    ],
)
def test_no_words_leave_it_open(content):
    """It may be the shop or this machine."""
    error = told(**content)

    assert (type(error), error.is_about_address) == (TurnedAway, False)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"json": {"errors": "The shop is locked"}}, Locked),
        ({"json": {"error": {"why": ["This store has been suspended."]}}}, Locked),
        ({"json": {"errors": "approval for read_orders scope"}, "scope": "read_orders"}, ScopeMissing),
        ({"json": {"errors": "Non-expiring access tokens are over"}}, TokenOutdated),
        ({"status": 423}, Locked),
    ],
)
def test_other_words_say_what_it_is(content, error):
    """Neither this machine nor open."""
    found = told(**content)

    assert isinstance(found, error)
    assert not isinstance(found, TurnedAway)


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ({"json": {"errors": "IP 203.0.113.9 not allowed"}}, "203.0.113.9"),
        ({"text": "<p>IP address 2001:db8::9</p>"}, "2001:db8::9"),
        ({"text": "", "headers": {"X-Client-IP": "203.0.113.9"}}, "203.0.113.9"),
        ({"text": "", "headers": {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"}}, "203.0.113.9"),
        ({"json": {"errors": "IP not allowed", "support": "198.51.100.1 or 203.0.113.9"}}, None),
        ({"text": "build 8.8.8.8"}, None),
        ({"json": {"errors": "IP 10.1.2.3 not allowed"}}, None),
    ],
)
def test_the_address_is_taken_where_the_answer_names_it(content, address):
    """From a body that speaks of addresses, or a header that is named after the client's."""
    assert told(**content).address == address


def test_a_withheld_field_is_no_refusal_of_the_machine():
    """An error deep inside a record speaks of that record."""
    error = {"message": "IP is not approved", "path": ["orders", "nodes", 0, "clientIp"]}

    assert told(200, json={"data": {"orders": {"nodes": []}}, "errors": [error]}) is None
