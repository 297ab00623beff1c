"""Tokens that run out are renewed in time, under the store's lease, and saved before their first use."""

import pytest

from storesync.model import Credential
from storesync.runtime.vault import load_vault
from storesync.simulator.faults import Rule
from tests.kits.browser import Browser, configure

TOKEN = "/admin/oauth/access_token"


@pytest.fixture
def alpha(program, shopify):
    """A Shopify shop that was let in by a person, its token good for an hour."""
    configure(program, "shopify")
    program.browser = Browser(program.simulator)
    assert program("connect", "shopify", "alpha", "--only", "orders").code == 0
    program.browser.close()
    return shopify


@pytest.fixture
def owned(program, shopify):
    """A Shopify shop of the app's own organisation, its token good for a day."""
    configure(program, "shopify")
    assert program("connect", "shopify", "alpha", "--client-credentials", "--only", "orders").code == 0
    return shopify


def kept(program):
    """Return the credential that is saved."""
    vault = load_vault(None, program.home / "secret.key", create=False)
    return vault.open("shopify:alpha", program.sql("SELECT sealed FROM credentials")[0][0])


def state(program, columns):
    return program.sql(f"SELECT {columns} FROM stores")[0]


def renewals(program):
    return sum(call.target == TOKEN for call in program.simulator.requests)


def tick(program, **span):
    program.clock.advance(**span)
    return program("sync-due")


@pytest.mark.parametrize("minutes", [50, 56, 59, 60, 61, 24 * 60])
def test_the_store_syncs_before_and_after_the_hour(program, alpha, minutes):
    """Nobody notices that a token ran out."""
    answer = tick(program, minutes=minutes)

    assert (answer.code, answer.stderr) == (0, "")
    assert state(program, "sync_status, consecutive_failures") == ("completed", 0)


def test_a_fresh_token_is_left_alone(program, alpha):
    """More than five minutes before its end nothing is renewed."""
    before = renewals(program)

    tick(program, minutes=54)

    assert renewals(program) == before


def test_a_token_is_renewed_before_its_end(program, alpha):
    """Less than five minutes are left: one renewal, and the end is an hour away again."""
    before = renewals(program)

    tick(program, minutes=56)

    assert renewals(program) - before == 1
    assert program.sql("SELECT expires_at FROM credentials") == [("2026-11-22T13:56:00Z",)]


def test_the_new_pair_is_saved_under_the_lease_before_its_first_use(program, alpha):
    """When the new token is first sent, the database already has it."""
    seen = []

    def look(_seconds):
        newest = list(alpha.tokens)[-1]
        owner = program.sql("SELECT owner IS NOT NULL FROM leases")
        seen.append((kept(program).access_token == newest, kept(program).refresh_token is not None, owner))

    program.clock.sleep = look
    program.simulator.faults.add(Rule(path="graphql", delay=1))

    tick(program, minutes=56)

    assert seen == [(True, True, [(1,)])]


def test_the_old_refresh_token_is_kept_until_the_new_one_worked(program, alpha):
    """While the shop cannot be read nobody knows whether the new pair is good; once it was read, it is."""
    old = kept(program).refresh_token
    outage = program.simulator.faults.add(Rule(path="graphql", status=503, times=None))

    tick(program, minutes=56)
    during = kept(program).previous
    outage.times = 0
    tick(program, minutes=5)

    assert (during, kept(program).previous) == (old, None)


def test_a_pair_that_the_platform_does_not_know_is_got_again_with_the_old_token(program, alpha):
    """The new pair was saved but is refused: the refresh token kept from before brings another."""
    outage = program.simulator.faults.add(Rule(path="graphql", status=503, times=None))
    tick(program, minutes=56)
    outage.times = 0
    new = kept(program)
    [before] = [held for held in alpha.tokens.values() if held.refresh_token == new.previous]
    alpha.tokens = {before.value: before}

    answer = tick(program, minutes=5)

    assert answer.stderr == "storesync: shopify:alpha is in sync again\n"
    assert state(program, "sync_status, connection, refusals") == ("completed", "connected", 0)
    assert kept(program).access_token not in {new.access_token, before.value}


def test_an_older_copy_of_the_database_goes_on(program, alpha):
    """A backup from before the last renewal: its refresh token still counts, as the next was never used."""
    old = program.sql("SELECT sealed FROM credentials")[0][0]
    tick(program, minutes=56)
    program.write("UPDATE credentials SET sealed = ?, expires_at = '2026-11-22T13:00:00Z'", old)

    answer = tick(program, minutes=61)

    assert answer.stderr == ""
    assert state(program, "sync_status, connection") == ("completed", "connected")


def test_a_token_refused_on_the_daily_description_is_renewed(program, alpha):
    """The first question of the day is answered 401: the token is renewed before anything counts."""
    tick(program, hours=24)
    for token in alpha.tokens.values():
        token.expires_at = program.clock.now()
    program.write("UPDATE stores SET described_at = '2026-11-20T00:00:00Z'")

    answer = tick(program, minutes=10)

    assert answer.stderr == ""
    assert state(program, "sync_status, refusals") == ("completed", 0)


def test_a_long_load_outlives_its_tokens(program, shopify):
    """Two tokens in a row run out while one sync by hand goes on: each is renewed."""
    configure(program, "shopify")
    program.browser = Browser(program.simulator)
    program("connect", "shopify", "alpha", "--only", "orders", "--no-sync")
    program.browser.close()
    program.clock.seconds = lambda: program.clock.at.timestamp() / 100
    program.clock.sleep = lambda _seconds: program.clock.advance(minutes=61)
    program.simulator.faults.add(Rule(text="OrdersVersions", delay=1, times=2))
    before = renewals(program)

    answer = program("sync", "alpha")

    assert (answer.code, state(program, "sync_status, refusals")) == (0, ("completed", 0))
    assert renewals(program) - before == 2


def test_a_refusal_is_not_believed_once_another_credential_is_saved(program, alpha):
    """While we asked, the operator connected again, which ended our refresh token: the new one is used."""
    token = alpha.issue_token()
    theirs = Credential("static", token)
    sealed = load_vault(None, program.home / "secret.key", create=False).seal("shopify:alpha", theirs)

    def connect(_seconds):
        program.write("UPDATE credentials SET kind = 'static', sealed = ?, expires_at = NULL", sealed)
        for held in alpha.tokens.values():
            held.refresh_token = None

    program.clock.sleep = connect
    program.simulator.faults.add(Rule(path=TOKEN, delay=1))

    answer = tick(program, minutes=61)

    assert answer.stderr == ""
    assert state(program, "sync_status, refusals") == ("completed", 0)
    assert kept(program).access_token == token


def test_a_renewal_does_not_overwrite_another_credential(program, alpha):
    """Our pair came, but the operator has connected again meanwhile: theirs stays."""
    theirs = Credential("static", alpha.issue_token())
    sealed = load_vault(None, program.home / "secret.key", create=False).seal("shopify:alpha", theirs)
    program.clock.sleep = lambda _seconds: program.write("UPDATE credentials SET kind = 'static', sealed = ?", sealed)
    program.simulator.faults.add(Rule(path=TOKEN, delay=1))

    answer = tick(program, minutes=61)

    assert answer.stderr == ""
    assert kept(program).access_token == theirs.access_token


def test_an_answer_that_is_lost_is_asked_for_again(program, alpha):
    """Shopify rotated, the answer did not arrive: the same refresh token works once more."""
    program.simulator.faults.add(Rule(path=TOKEN, reset="read"))

    answer = tick(program, minutes=56)

    assert answer.stderr == ""
    assert state(program, "sync_status") == ("completed",)
    assert kept(program).access_token in alpha.tokens


def test_a_renewal_that_fails_can_wait_while_the_token_works(program, alpha):
    """The token endpoint is down, the token has four minutes: the store is read with it."""
    program.simulator.faults.add(Rule(path=TOKEN, status=500, times=None))

    answer = tick(program, minutes=56)

    assert answer.stderr == ""
    assert state(program, "sync_status") == ("completed",)


def test_a_renewal_that_fails_too_long_is_the_platforms_failure(program, alpha):
    """Without a token the store waits as for any outage, and heals by itself."""
    rule = program.simulator.faults.add(Rule(path=TOKEN, status=500, times=None))
    tick(program, minutes=61)
    failing = state(program, "last_error_code, connection")
    rule.times = 0
    tick(program, minutes=5)

    assert failing == ("platform_down", "connected")
    assert state(program, "sync_status, connection") == ("completed", "connected")


def test_a_refused_token_is_renewed_once_and_then_believed(program, alpha):
    """A 401 in the middle of a token's life: renewed, tried again, and all is well."""
    for token in alpha.tokens.values():
        token.expires_at = program.clock.now()

    answer = tick(program, minutes=10)

    assert answer.stderr == ""
    assert state(program, "sync_status, refusals") == ("completed", 0)


def test_a_connection_that_lapsed_needs_a_person(program, alpha):
    """Nobody ran cron for 91 days: after three tries the store asks to be connected again."""
    program.clock.advance(days=91)
    for minutes in (0, 5, 15):
        tick(program, minutes=minutes)

    assert state(program, "connection, last_error_code, hint") == (
        "needs_reauth",
        "token_expired",
        "storesync connect shopify alpha",
    )


def test_a_refresh_token_is_renewed_before_it_ends(program, alpha):
    """A store that is read now and then stays connected for ever."""
    for _ in range(6):
        answer = tick(program, days=60)
        assert answer.stderr == ""

    assert state(program, "connection, sync_status") == ("connected", "completed")


def test_status_counts_down_to_what_needs_a_person(program, alpha):
    """Until when a renewal must have happened, lest a person is needed."""
    token = program("status", "--json").json["stores"][0]["token"]

    assert (token["kind"], token["needs_person_by"]) == ("oauth_expiring", "2027-02-20T12:00:00Z")


class TestApp:
    """The operator's app is nobody's store."""

    def test_a_wrong_secret_is_said_once_and_blames_no_store(self, program, alpha):
        """Exit 4; the store keeps its state, and the settings are named."""
        before = state(program, "sync_status, connection, consecutive_failures")
        program.world.apps["shopify"].client_secret = "changed-by-somebody"

        answer = tick(program, minutes=61)

        assert answer.code == 4
        assert "STORESYNC_SHOPIFY_CLIENT_SECRET" in answer.stderr
        assert state(program, "sync_status, connection, consecutive_failures") == before

    def test_an_app_that_is_no_longer_configured(self, program, alpha):
        """Without the app's settings a token cannot be renewed; exit 4."""
        del program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"]

        answer = tick(program, minutes=61)

        assert answer.code == 4
        assert "STORESYNC_SHOPIFY_CLIENT_ID" in answer.stderr

    def test_other_stores_are_served_all_the_same(self, program, alpha):
        """One platform's app does not hold up the other platform."""
        program.world.add_shop("tiendanube", "123456", orders=1)
        program.connect("tiendanube", "123456")
        program.world.apps["shopify"].client_secret = "changed-by-somebody"
        program.settings["STORESYNC_MAX_PARALLEL"] = "1"
        program.write("UPDATE stores SET next_sync_at = '2026-11-22T12:01:00Z' WHERE platform = 'shopify'")

        tick(program, minutes=61)

        fresh = program.sql("SELECT key FROM stores WHERE last_sync_at > '2026-11-22T13:00:00Z'")
        assert fresh == [("tiendanube:123456",)]
        assert program.sql("SELECT exit_code, error_code FROM ticks") == [(4, "app_credentials")]

    def test_it_heals_with_the_setting(self, program, alpha):
        """The right secret, and the next tick goes on."""
        app = program.world.apps["shopify"]
        right, app.client_secret = app.client_secret, "changed-by-somebody"
        tick(program, minutes=61)
        app.client_secret = right

        assert tick(program, minutes=1).code == 0
        assert state(program, "sync_status") == ("completed",)


class TestClientCredentials:
    """Tokens of 24 hours come from the app alone."""

    def test_they_are_renewed_in_time(self, program, owned):
        """A week of days, and nobody notices."""
        for _ in range(7):
            assert tick(program, hours=23, minutes=57).stderr == ""

        assert renewals(program) == 8

    def test_they_are_renewed_after_a_pause_too(self, program, owned):
        """A month later the app simply asks again."""
        answer = tick(program, days=30)

        assert answer.stderr == ""
        assert state(program, "sync_status, connection") == ("completed", "connected")
