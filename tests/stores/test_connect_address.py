"""Connecting from an address that the app does not let in: said at once, nothing saved, nothing guessed."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.apps import ENTER, FORMS, SILENT, let_in, shut
from tests.kits.browser import Browser, configure

AGAIN = "storesync connect shopify alpha"
OWN = f"{AGAIN} --client-credentials"
FIND = "; how to find it: storesync help connect"


@pytest.fixture
def app(program):
    """The operator's app, and a shop that is not connected."""
    program.world.add_shop("shopify", "alpha", orders=1)
    configure(program, "shopify")
    return program


@pytest.mark.parametrize("form", FORMS)
def test_whoever_was_just_given_a_token_is_refused_for_the_address(app, form):
    """Exit 4, where to enter what, and the command to type again; no store is there."""
    shut(app, form)

    answer = app("connect", "shopify", "alpha", "--client-credentials")

    assert (answer.code, answer.stdout) == (4, "")
    assert ENTER in answer.stderr
    assert answer.stderr.endswith(f"then: {OWN}{FIND if form in SILENT else ''}\n")
    assert ("203.0.113.9" in answer.stderr) == (form not in SILENT)
    assert app.sql("SELECT count(*) FROM stores") == [(0,)]


def test_in_the_browser_too_and_it_works_once_the_address_is_entered(app):
    """The same command again."""
    app.browser = Browser(app.simulator)
    shut(app, "an empty body")
    refused = app("connect", "shopify", "alpha", "--no-sync", "--json")
    app.browser.close()
    let_in(app)
    connected = app("connect", "shopify", "alpha", "--no-sync")
    app.browser.close()

    assert (refused.code, refused.json["error"]["code"]) == (4, "ip_not_allowed")
    assert refused.json["error"]["hint"].endswith(f"then: {AGAIN}{FIND}")
    assert connected.code == 0


def test_words_on_the_shop_are_believed(app):
    """A shop that is locked is no matter of addresses, even right after a token."""
    app.simulator.faults.add(Rule(path="graphql", status=403, body={"errors": "This shop is locked"}, times=None))

    answer = app("connect", "shopify", "alpha", "--client-credentials")

    assert (answer.code, "turns us away from this shop" in answer.stderr) == (3, True)


@pytest.mark.parametrize(("path", "code"), [("graphql", 4), ("/admin/", 3)])
def test_a_pasted_token_is_held_against_the_token_endpoint(app, path, code):
    """Where that answers, it is this machine; where it refuses too, it is the shop."""
    app.simulator.faults.add(Rule(path=path, status=403, body="", times=None))

    answer = app.connect("shopify", "alpha")

    assert answer.code == code
    assert (f"then: {AGAIN} --token-stdin" in answer.stderr) == (code == 4)


def test_a_token_that_was_changed_is_kept(app):
    """The old one is revoked by then: what is left to type is sync."""
    assert app.connect("shopify", "alpha", "--only", "orders").code == 0
    shut(app)

    answer = app("connect", "shopify", "alpha", "--migrate-token", "--yes")

    assert (answer.code, answer.stderr.endswith("then: storesync sync shopify:alpha\n")) == (4, True)
    let_in(app)
    assert app("sync", "alpha").code == 0
