"""An app that its platform refuses, or only this machine in its name: one store tries, and all go on at once."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.apps import ENTER, FORMS, SILENT, connect, let_in, shut
from tests.kits.program import differences

SEVERAL = ("alpha", "beta", "gamma", "delta", "epsilon")
STATE = (
    "SELECT key, connection, sync_status, consecutive_failures, excused, tier, next_sync_at FROM stores ORDER BY key"
)
CODES = "SELECT DISTINCT last_error_code FROM stores"


@pytest.fixture
def one(program):
    """A single store of the app."""
    connect(program, "alpha")
    return program


@pytest.fixture
def several(program):
    """Five stores of the app."""
    connect(program, *SEVERAL)
    return program


def tick(program, **span):
    program.clock.advance(**(span or {"minutes": 1}))
    return program("sync-due")


def asked(program, run):
    """Return the answer of *run*, and how many requests Shopify saw."""
    before = program.requests("shopify")
    return run(), program.requests("shopify") - before


class TestOneStore:
    """There is nobody to compare with."""

    @pytest.mark.parametrize("form", FORMS)
    def test_whatever_the_refusal_looks_like_it_is_this_machine(self, one, form):
        """Exit 4 and where to enter what; the store is neither suspended nor put off, and goes on in the next tick."""
        before = one.sql(STATE)
        shut(one, form)

        answer, requests = asked(one, lambda: tick(one, minutes=6))

        assert (answer.code, len(answer.stderr.splitlines())) == (4, 1)
        assert ENTER in answer.stderr
        assert ("203.0.113.9" in answer.stderr) == (form not in SILENT)
        assert one.sql(STATE) == before
        assert requests == 1 + (form in SILENT)
        let_in(one)
        assert tick(one).code == 0
        assert one.sql("SELECT last_sync_at, last_error_code FROM stores") == [("2026-11-22T12:07:00Z", None)]

    @pytest.mark.parametrize(("state", "code"), [("frozen", "suspended"), ("locked", "locked"), ("closed", "locked")])
    def test_a_closed_shop_is_suspended_as_ever(self, one, state, code):
        """402, 423, or 403 at the token endpoint as well: it is the shop, and is tried again in six hours."""
        one.world.shop("shopify", "alpha").state[state] = True

        assert tick(one, minutes=6).code == 0

        found = one.sql("SELECT connection, last_error_code, next_sync_at FROM stores")
        assert found == [("suspended", code, "2026-11-22T18:06:00Z")]

    @pytest.mark.parametrize(("path", "times", "code"), [("graphql", 1, 3), ("graphql", None, 4), ("/admin/", None, 3)])
    def test_a_refusal_between_pages_is_looked_into(self, program, shopify, path, times, code):
        """One question is refused, this machine from now on, or the shop closes: the store is asked once more."""
        program.connect("shopify", "alpha", "--only", "orders", "--only", "products")
        program.simulator.faults.add(Rule(path=path, status=403, body="", after=1, times=times))

        assert program("sync", "alpha", "--full").code == code

    @pytest.mark.parametrize(
        "body",
        [
            {"errors": "[API] Requests to this shop are only accepted from approved networks"},
            {"errors": "This app does not have permission to access the Admin API from this source"},
            {"errors": "Forbidden", "shop": "alpha.myshopify.com"},
            {"message": "Access restricted by merchant security settings"},
        ],
    )
    def test_words_that_only_mention_a_shop_prove_nothing(self, one, body):
        """Nor a store, a merchant or a permission: the token endpoint decides."""
        one.simulator.faults.add(Rule(path="graphql", status=403, body=body, times=None))

        assert tick(one, minutes=6).code == 4
        assert one.sql("SELECT connection, last_error_code FROM stores") == [("connected", "ip_not_allowed")]

    def test_words_on_the_shop_are_believed(self, one):
        """A 403 that speaks of the shop is for the shop, without a further question."""
        one.simulator.faults.add(Rule(path="graphql", status=403, body={"errors": "This shop is locked"}, times=None))

        _, requests = asked(one, lambda: tick(one, minutes=6))

        assert (one.sql("SELECT connection FROM stores"), requests) == ([("suspended",)], 1)

    def test_a_pasted_token_is_an_app_of_its_own(self, program, shopify):
        """Its shop's token endpoint is asked, without any app's secret."""
        program.connect("shopify", "alpha", "--only", "orders")
        program.simulator.faults.add(Rule(path="graphql", status=403, body="", times=None))

        answer = tick(program, minutes=6)

        assert answer.code == 4
        assert answer.stderr.startswith("storesync: the app of shopify:alpha: Shopify refuses this machine")

    def test_a_renewal_that_names_the_address_is_the_same(self, one):
        """Should Shopify ever refuse at the token endpoint too."""
        words = {"errors": "IP not allowed"}
        one.simulator.faults.add(Rule(path="access_token", status=403, body=words, times=None))

        tick(one, hours=25)

        assert one.sql(CODES) == [("ip_not_allowed",)]


class TestSeveralStores:
    """One app, many shops."""

    @pytest.mark.parametrize("form", ["words in JSON", "an empty body"])
    def test_all_refused_alike_give_one_line(self, several, form):
        """One line for all of them, nobody is marked, and all say what they wait for."""
        before = several.sql(STATE)
        shut(several, form)

        answer = tick(several, minutes=6)

        assert (answer.code, len(answer.stderr.splitlines())) == (4, 1)
        assert "5 stores wait for that" in answer.stderr
        assert several.sql(STATE) == before
        assert several.sql(CODES) == [("ip_not_allowed",)]
        assert several.sql("SELECT exit_code, error_code FROM ticks ORDER BY started_at DESC LIMIT 1") == [
            (4, "ip_not_allowed")
        ]

    @pytest.mark.parametrize("form", ["words in JSON", "an empty body"])
    def test_then_one_request_a_minute(self, several, form):
        """Each minute another store, so that none stands for all."""
        shut(several, form)
        tick(several, minutes=6)
        tried = set()
        for _ in SEVERAL:
            answer, requests = asked(several, lambda: tick(several))
            assert (answer.code, answer.stderr, requests) == (4, "", 1)
            tried.add(several.simulator.requests[-1].shop)

        assert tried == set(SEVERAL)

    def test_once_let_in_all_are_read_in_the_same_tick(self, several):
        """Nothing is missing; that it is over is told when it has lasted for a quarter of an hour."""
        shut(several)
        tick(several, minutes=30)
        for key in SEVERAL:
            several.world.advance(several.world.shop("shopify", key), 2)
        let_in(several)

        answer = tick(several)

        assert (answer.code, answer.stderr) == (0, "")
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at >= '2026-11-22T12:31:00Z'") == [(5,)]
        assert several.sql(CODES) == [(None,)]
        assert tick(several, minutes=15).stderr == "storesync: your shopify app lets this machine in again\n"

    def test_an_address_that_changes_all_the_time_is_told_once(self, several):
        """Let in and refused in turn for an hour: its beginning, and its end."""
        told = []
        for turn in range(20):
            (let_in if turn % 2 else shut)(several)
            told += tick(several, minutes=3).stderr.splitlines()
        told += tick(several, minutes=15).stderr.splitlines()

        assert [line.split(": ")[1] for line in told] == [
            "your shopify app",
            "your shopify app lets this machine in again",
        ]
        assert several.sql("SELECT name FROM marks WHERE name LIKE 'address%'") == []

    @pytest.mark.parametrize("body", ["", "<html><h1>Blocked</h1>Your IP: 203.0.113.9</html>"])
    def test_one_refused_alone_is_the_store(self, several, body):
        """Another store answers: this one is suspended, whatever its page says, and the rest is read."""
        several.simulator.faults.add(Rule(shop="beta", path="graphql", status=403, body=body, times=None))

        assert tick(several, minutes=6).code == 0

        found = several.sql("SELECT key, last_error_code FROM stores WHERE connection = 'suspended'")
        assert found == [("shopify:beta", "locked")]
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at >= '2026-11-22T12:06:00Z'") == [(4,)]

    def test_three_others_are_asked_at_most(self, several):
        """With one cheap question each, and the token endpoint of the one that was refused."""
        several.write("UPDATE stores SET next_sync_at = '2026-11-22T13:00:00Z' WHERE key <> 'shopify:alpha'")
        shut(several, "an empty body")

        answer, requests = asked(several, lambda: tick(several, minutes=6))

        assert (answer.code, requests) == (4, 1 + 3 + 1)
        assert {call.operation for call in list(several.simulator.requests)[-4:-1]} == {"Shop"}

    def test_a_closed_shop_does_not_hide_that_the_app_is_let_in(self, several):
        """One shop stays shut for good: the others are read all the same, and it is suspended by itself."""
        shut(several, "an empty body")
        several.world.shop("shopify", "beta").state["closed"] = True
        tick(several, minutes=6)
        let_in(several)
        for _ in range(2):
            tick(several)

        assert several.sql("SELECT key FROM stores WHERE connection = 'suspended'") == [("shopify:beta",)]
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at >= '2026-11-22T12:06:00Z'") == [(4,)]

    def test_a_page_that_names_the_address_blocks_nobody_for_ever(self, several):
        """No other store answers at first: as soon as one is read, it is known to be that one."""
        several.write("UPDATE stores SET next_sync_at = '2026-11-22T12:08:00Z' WHERE id <> 2")
        for key in set(SEVERAL) - {"beta"}:
            several.simulator.faults.add(Rule(shop=key, path="graphql", status=500))
        page = "<html><h1>Blocked</h1>Your IP: 203.0.113.9</html>"
        several.simulator.faults.add(Rule(shop="beta", path="graphql", status=403, body=page, times=None))
        codes = [tick(several, minutes=minutes).code for minutes in (6, 1, 1)]

        assert codes == [4, 4, 0]
        assert several.sql("SELECT key FROM stores WHERE connection = 'suspended'") == [("shopify:beta",)]
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at >= '2026-11-22T12:08:00Z'") == [(4,)]

    def test_an_app_that_has_let_a_store_in_is_not_blocked(self, program):
        """The store that was just read does not answer once more: nothing is said before it is asked again."""
        connect(program, "alpha", "beta")
        page = "<html><h1>Blocked</h1>Your IP: 203.0.113.9</html>"
        program.write("UPDATE stores SET next_sync_at = '2026-11-22T12:05:00Z'")
        program.simulator.faults.add(Rule(shop="alpha", path="graphql", status=500, after=1))
        program.simulator.faults.add(Rule(shop="beta", path="graphql", status=403, body=page, times=None))
        first, second = tick(program, minutes=6), tick(program)

        assert first.stderr == ""
        assert "shopify:beta is suspended" in second.stderr
        assert program.sql("SELECT topic FROM incidents") == [("shopify:beta",)]

    @pytest.mark.parametrize("closed", [("alpha", "beta"), SEVERAL])
    def test_closed_shops_are_closed_shops_however_many(self, several, closed):
        """Their token endpoints refuse as well: it is not this machine."""
        for key in closed:
            several.world.shop("shopify", key).state["closed"] = True

        assert tick(several, minutes=6).code == 0
        assert several.sql("SELECT DISTINCT last_error_code FROM stores WHERE last_error_code <> ''") == [("locked",)]

    def test_stores_of_others_are_read_meanwhile(self, several):
        """Of another platform, and of another app of this one."""
        for platform, key in (("tiendanube", "1"), ("shopify", "zeta")):
            several.world.add_shop(platform, key, orders=1)
            several.connect(platform, key, "--only", "orders")
        shut(several)

        tick(several, minutes=6)

        fresh = several.sql("SELECT key FROM stores WHERE last_sync_at > '2026-11-22T12:05:00Z' ORDER BY key")
        assert fresh == [("shopify:zeta",), ("tiendanube:1",)]

    def test_by_hand_it_is_tried_at_once(self, several):
        """Refused: exit 4 and what to enter. Let in: the others are free at once."""
        shut(several)
        tick(several, minutes=6)
        refused = several("sync", "gamma")
        let_in(several)
        read = several("sync", "gamma")

        assert (refused.code, read.code) == (4, 0)
        assert ENTER in refused.stdout
        assert several.sql(CODES) == [(None,)]
        assert tick(several, minutes=15).stderr == "storesync: your shopify app lets this machine in again\n"

    def test_by_hand_one_store_of_the_app_is_tried_for_all(self, several):
        """One request and one line, with all stores in JSON; a store of another app is read."""
        several.world.add_shop("shopify", "zeta", orders=1)
        several.connect("shopify", "zeta", "--only", "orders")
        shut(several)
        tick(several, minutes=6)
        answer, requests = asked(several, lambda: several("sync", "--all"))
        stores = several("sync", "--all", "--json").json["stores"]

        assert (answer.code, requests) == (4, 1 + 1)
        assert answer.stdout.count("Shopify refuses this machine") == 1
        assert "shopify:alpha, shopify:beta, shopify:delta and 2 more: failed, Shopify refuses" in answer.stdout
        assert [one["error_code"] for one in stores] == ["ip_not_allowed"] * 5 + [None]

    def test_it_is_told_once_a_day(self, several):
        """Two days: its beginning and one reminder."""
        shut(several)
        told = [line for _ in range(12) for line in tick(several, hours=4).stderr.splitlines()]

        assert [line.split(": ")[1].split(",")[0] for line in told] == ["your shopify app", "still so"]

    def test_paused_stores_end_it_without_a_word(self, several):
        """Nobody is left who waits."""
        shut(several)
        tick(several, minutes=6)
        for key in SEVERAL:
            several("set", key, "--pause")

        assert tick(several).stderr == ""
        assert several.sql("SELECT count(*) FROM incidents") == [(0,)]


class TestAppCredentials:
    """The app's secret is refused: the same rule."""

    def test_one_line_one_request_and_all_at_once(self, several):
        """Whose token still works is read; of the rest one tries."""
        app = several.world.apps["shopify"]
        right, app.client_secret = app.client_secret, "changed-by-somebody"
        first = tick(several, hours=25)
        second, requests = asked(several, lambda: tick(several))
        app.client_secret = right
        third = tick(several)

        assert (first.code, len(first.stderr.splitlines())) == (4, 1)
        assert "STORESYNC_SHOPIFY_CLIENT_SECRET" in first.stderr
        assert (second.code, second.stderr, requests) == (4, "", 1)
        assert (third.code, third.stderr) == (0, "storesync: your shopify app can be used again\n")
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at >= '2026-11-23T13:02:00Z'") == [(5,)]

    def test_stores_whose_tokens_work_are_read_all_the_same(self, several):
        """Of two that are refused, one tries each minute, and the others are read on time."""
        for key in ("alpha", "beta"):
            several.world.shop("shopify", key).tokens = {}
        app = several.world.apps["shopify"]
        right, app.client_secret = app.client_secret, "changed-by-somebody"
        told = [tick(several, minutes=minutes).stderr.count("\n") for minutes in (6, *[1] * 10)]
        late = several.sql("SELECT key FROM stores WHERE last_sync_at < '2026-11-22T12:11:00Z' ORDER BY key")
        tried = several.sql("SELECT count(*) FROM runs WHERE error_code = 'app_credentials'")
        app.client_secret = right
        over = tick(several)

        assert told == [1] + [0] * 10
        assert late == [("shopify:alpha",), ("shopify:beta",)]
        assert tried == [(2 + 10,)]
        assert over.stderr == "storesync: your shopify app can be used again\n"
        assert several.sql("SELECT count(*) FROM stores WHERE last_sync_at < '2026-11-22T12:12:00Z'") == [(0,)]


class TestOperator:
    """What people see."""

    def test_status_says_what_is_waited_for(self, several):
        """One complaint for all stores, exit 4 for monitors, and in JSON who waits."""
        shut(several)
        tick(several, minutes=6)
        plain, stores = several("status", "--check"), several("status", "--json").json["stores"]
        alone = several("status", "beta").stdout

        assert plain.code == 4
        assert "shopify:alpha, shopify:beta, shopify:delta and 2 more: Shopify refuses this machine" in plain.stdout
        assert {(one["is_hindered"], one["last_error_code"]) for one in stores} == {(True, "ip_not_allowed")}
        assert "it could not be tried: Shopify refuses this machine" in alone
        assert "203.0.113.9" in alone

    @pytest.mark.parametrize(
        ("body", "is_told"),
        [("203.0.113.9\n", True), ({"ip": "2001:db8::9"}, True), ("<html>nothing</html>", False), ("", False)],
    )
    def test_the_operators_url_tells_the_address(self, one, body, is_told):
        """Only where it is set, and only where Shopify does not say it; whatever goes wrong there changes nothing."""
        one.settings["STORESYNC_ADDRESS_URL"] = "https://www.tiendanube.com/my-address"
        rule = one.simulator.faults.add(Rule(path="/my-address", status=200, body=body, times=None))
        shut(one, "an empty body")

        answer = tick(one, minutes=6)

        assert (answer.code, rule.met) == (4, 1)
        assert ("203.0.113.9" in answer.stderr or "2001:db8::9" in answer.stderr) == is_told

    def test_a_url_that_does_not_answer_changes_nothing(self, one):
        """One try, no wait."""
        one.settings["STORESYNC_ADDRESS_URL"] = "https://www.tiendanube.com/my-address"
        rule = one.simulator.faults.add(Rule(path="/my-address", hang=True, times=None))
        shut(one, "an empty body")

        assert "its outward address" in tick(one, minutes=6).stderr
        assert rule.met == 1

    def test_nobody_is_asked_for_the_address_without_that_setting(self, one):
        """Shopify is the only one that is spoken to."""
        shut(one, "an empty body")
        tick(one, minutes=6)

        assert {call.platform for call in one.simulator.requests} == {"shopify"}


def test_nothing_is_lost_by_waiting(several):
    """Changes of a day behind a closed list are all there an hour after it opens."""
    shut(several)
    shop = several.world.shop("shopify", "delta")
    for _ in range(4):
        tick(several, hours=6)
        several.world.advance(shop, 3)
    let_in(several)
    tick(several)

    assert not [line for line in differences(several, shop) if " orders" in line]
