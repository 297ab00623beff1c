"""`connect --migrate-token`: a lasting Shopify token is changed for one that is renewed."""

import io
import sys
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from storesync.runtime.vault import load_vault
from storesync.simulator.faults import Rule
from tests.kits import program as kit
from tests.kits.browser import Browser, configure

TOKEN = "/admin/oauth/access_token"
MIGRATE = ("connect", "shopify", "alpha", "--migrate-token")
AGREED = (*MIGRATE, "--yes", "--no-sync")


@pytest.fixture
def alpha(program, shopify):
    """A shop connected with a token made in the admin, and the app that it was made with."""
    assert program.connect("shopify", "alpha", "--only", "orders").code == 0
    configure(program, "shopify")
    return shopify


class Person(CliRunner):
    """Runs commands at a terminal where somebody types *line*."""

    def __init__(self, line):
        super().__init__()
        self.line = line

    @contextmanager
    def isolation(self, *words, **more):
        with super().isolation(*words, **more) as streams:
            sys.stdin = io.StringIO(f"{self.line}\n")
            sys.stdin.isatty = lambda: True
            yield streams


def at_a_terminal(monkeypatch, line):
    monkeypatch.setattr(kit, "CliRunner", lambda: Person(line))


def kind(program):
    return program.sql("SELECT kind FROM credentials")[0][0]


def kept(program):
    vault = load_vault(None, program.home / "secret.key", create=False)
    return vault.open("shopify:alpha", program.sql("SELECT sealed FROM credentials")[0][0])


def test_the_token_is_changed_and_the_old_one_revoked(program, alpha):
    """The store keeps its data and syncs on with the new token."""
    old = kept(program).access_token
    answer = program(*MIGRATE, "--yes")

    assert (answer.code, old in alpha.tokens) == (0, False)
    assert (kind(program), kept(program).refresh_token is not None) == ("oauth_expiring", True)
    program.clock.advance(hours=3)
    assert program("sync", "alpha").code == 0


def test_a_person_is_asked_first(program, alpha, monkeypatch):
    """At a terminal it says that this is irreversible and what to type should it be cut off."""
    at_a_terminal(monkeypatch, "yes")
    answer = program(*MIGRATE, "--no-sync")

    assert answer.code == 0
    assert "irreversible: Shopify revokes the old token of shopify:alpha" in answer.stderr
    assert "cut off on the way, type: storesync connect shopify alpha" in answer.stderr
    assert kind(program) == "oauth_expiring"


@pytest.mark.parametrize("line", ["no", "", "yep", "n"])
def test_anything_but_yes_changes_nothing(program, alpha, monkeypatch, line):
    """No request is made."""
    at_a_terminal(monkeypatch, line)
    before = program.requests()
    answer = program(*MIGRATE)

    assert (answer.code, kind(program), program.requests()) == (2, "static", before)
    assert "nothing was changed" in answer.stderr


def test_without_a_terminal_it_wants_yes(program, alpha):
    """A script must say that it is sure."""
    before = program.requests()
    answer = program(*MIGRATE)

    assert (answer.code, kind(program), program.requests()) == (2, "static", before)
    assert answer.stderr.endswith("storesync connect shopify alpha --migrate-token --yes\n")


def test_it_needs_the_app(program, alpha):
    """Without id and secret of the app nothing is asked and nothing changed; exit 4."""
    del program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"]
    answer = program(*AGREED)

    assert (answer.code, kind(program)) == (4, "static")
    assert "STORESYNC_SHOPIFY_CLIENT_ID" in answer.stderr


def test_another_apps_secret_changes_nothing(program, alpha):
    """Shopify refuses the app; the old token goes on."""
    program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"] = "of-another-app"
    answer = program(*AGREED)

    assert (answer.code, kind(program)) == (4, "static")
    assert "STORESYNC_SHOPIFY_CLIENT_SECRET" in answer.stderr
    assert program("sync", "alpha").code == 0


def test_the_new_token_is_saved_before_its_first_use(program, alpha):
    """When the first question is asked with it, the database has it."""
    seen = []
    program.clock.sleep = lambda _seconds: seen.append(kept(program).access_token == list(alpha.tokens)[-1])
    program.simulator.faults.add(Rule(path="graphql", delay=1))

    program(*AGREED)

    assert seen == [True]


def test_a_shop_that_is_down_after_the_exchange_loses_nothing(program, alpha):
    """The new token is saved all the same, and the next sync uses it."""
    rule = program.simulator.faults.add(Rule(path="graphql", status=503, times=None))
    answer = program(*AGREED)
    rule.times = 0

    assert (answer.code, kind(program)) == (5, "oauth_expiring")
    assert program("sync", "alpha").code == 0


def test_a_refused_exchange_leaves_the_old_token(program, alpha):
    """It says that nothing is lost."""
    program.simulator.faults.add(Rule(path=TOKEN, status=400, body={"error": "invalid_request"}))
    answer = program(*AGREED)

    assert (answer.code, kind(program)) == (4, "static")
    assert "the old token still works" in answer.stderr
    assert program("sync", "alpha").code == 0


def test_an_answer_lost_for_good_says_what_to_type(program, alpha):
    """Shopify revoked the old token and the new one never came: connect again."""
    program.simulator.faults.add(Rule(path=TOKEN, reset="read"))
    answer = program(*AGREED)

    assert (answer.code, kind(program)) == (4, "static")
    assert "the new one is not here" in answer.stderr
    assert answer.stderr.endswith("connect again: storesync connect shopify alpha\n")


def test_nobody_can_say_what_became_of_the_old_token(program, alpha):
    """No answer at all, before and after: it says how to find out."""
    program.simulator.faults.add(Rule(status=503, times=None))
    answer = program(*AGREED)

    assert answer.code == 5
    assert "should Shopify refuse the old token by then, connect again" in answer.stderr


@pytest.mark.parametrize("words", [("--client-credentials",), ("browser",)])
def test_a_token_that_is_renewed_needs_no_migration(program, shopify, words):
    """Exit 2 with a line that says so; Shopify is not asked."""
    configure(program, "shopify")
    program.browser = Browser(program.simulator)
    program("connect", "shopify", "alpha", "--no-sync", *[word for word in words if word != "browser"])
    program.browser.close()
    before = program.requests()

    answer = program(*AGREED)

    assert (answer.code, program.requests()) == (2, before)
    assert "is renewed by itself: there is nothing to migrate" in answer.stderr


def test_tokens_of_tiendanube_need_no_migration(program, tiendanube):
    """They do not run out."""
    program.connect("tiendanube", "123456", "--no-sync")
    answer = program("connect", "tiendanube", "123456", "--migrate-token", "--yes")

    assert answer.code == 2
    assert "there is nothing to migrate" in answer.stderr


def test_a_store_that_is_not_connected_has_no_token_to_migrate(program, alpha):
    """Exit 2 and how to connect it."""
    answer = program("connect", "shopify", "beta", "--migrate-token", "--yes")

    assert (answer.code, answer.stderr) == (
        2,
        "storesync: shopify:beta is not connected\n  storesync connect shopify beta\n",
    )


def test_a_store_that_another_process_reads_is_left_to_it(program, alpha):
    """Exit 5; nothing was asked."""
    (program.home / "workers" / "theirs").mkdir(parents=True)
    program.write("UPDATE leases SET owner = 'theirs', boot = 'boot-1', expires_at = 1e12")
    answer = program(*AGREED)

    assert (answer.code, kind(program)) == (5, "static")
    assert "connect has been at work on it since 12:00:00 UTC" in answer.stdout


def test_a_store_whose_token_shopify_no_longer_takes_is_led_here(program, alpha):
    """403 for tokens that never expire: after three tries the store names this command, which mends it."""
    words = {"errors": "Non-expiring access tokens are no longer accepted for the Admin API."}
    rule = program.simulator.faults.add(Rule(path="graphql", status=403, body=words, times=None))
    for minutes in (10, 10, 20):
        program.clock.advance(minutes=minutes)
        program("sync-due")
    led = program.sql("SELECT connection, hint FROM stores")
    rule.times = 0

    assert led == [
        ("needs_reauth", "change it for one that is renewed: storesync connect shopify alpha --migrate-token")
    ]
    assert program(*MIGRATE, "--yes").code == 0
    assert program.sql("SELECT connection, hint FROM stores") == [("connected", None)]
