"""What a platform does to a store in a tick: named, waited out, and never another store's trouble."""

from unittest.mock import Mock

import pytest

from storesync.errors import LocalFault
from storesync.platforms.shopify.session import ShopifySession
from storesync.scheduler import tick
from storesync.simulator.faults import Rule
from storesync.simulator.shop import SCOPES
from tests.kits.program import NOON, differences

LATER = "2026-11-22T12:11:00Z"
MUCH_LATER = "2026-11-22T18:06:00Z"
SHOPS = {"tiendanube": "123456", "shopify": "alpha"}

# What the platform does, the code, the connection, when the store is tried again.
FAULTS = {
    "400": ({"status": 400}, "bad_response", "connected", LATER),
    "401": ({"status": 401}, "token_rejected", "connected", LATER),
    "402": ({"status": 402}, "suspended", "suspended", MUCH_LATER),
    "404": ({"status": 404}, "not_found", "connected", LATER),
    "423": ({"status": 423}, "locked", "suspended", MUCH_LATER),
    "429": ({"status": 429}, "rate_limited", "connected", LATER),
    "429, come back in an hour": (
        {"status": 429, "headers": {"retry-after": "3600"}},
        "rate_limited",
        "connected",
        "2026-11-22T13:06:00Z",
    ),
    "500": ({"status": 500}, "platform_down", "connected", LATER),
    "503, come back in ten minutes": (
        {"status": 503, "headers": {"retry-after": "600"}},
        "platform_down",
        "connected",
        "2026-11-22T12:16:00Z",
    ),
    "HTML": ({"html": True}, "bad_response", "connected", LATER),
    "another JSON": ({"status": 200, "body": [1, 2, "three"]}, "bad_response format_changed", "connected", LATER),
    "an empty body": ({"status": 200, "body": ""}, "bad_response", "connected", LATER),
    "a redirect": ({"status": 302, "headers": {"location": "https://evil.com"}}, "bad_response", "connected", LATER),
    "refused": ({"reset": "connect"}, "network", "connected", LATER),
    "reset": ({"reset": "read"}, "network", "connected", LATER),
    "silence": ({"hang": True}, "timeout", "connected", LATER),
}
BOTH = [(platform, name) for platform in SHOPS for name in FAULTS]


@pytest.fixture
def stores(program):
    """One store of each platform, due."""
    for platform, key in SHOPS.items():
        program.world.add_shop(platform, key, orders=3)
        program.connect(platform, key)
    program.clock.advance(minutes=6)


def state(program, key, columns):
    return program.sql(f"SELECT {columns} FROM stores WHERE key LIKE '%:{key}'")[0]


def ticks(program, *minutes):
    """Run a tick after each of these spans."""
    for span in minutes:
        program.clock.advance(minutes=span)
        program("sync-due")


@pytest.mark.parametrize(("platform", "name"), BOTH)
def test_each_fault_has_its_code_and_its_wait(program, stores, platform, name):
    """The store tells what happened, keeps or loses its connection, and knows when it is tried again."""
    fault, code, connection, again = FAULTS[name]
    program.simulator.faults.add(Rule(platform=platform, times=None, **fault))

    answer = program("sync-due")

    told = state(program, SHOPS[platform], "sync_status, connection, consecutive_failures, next_sync_at")
    assert answer.code == 0
    assert told == ("failed", connection, 1, again)
    assert state(program, SHOPS[platform], "last_error_code")[0] in code.split()


@pytest.mark.parametrize(("platform", "name"), BOTH)
def test_no_fault_stops_another_store(program, stores, platform, name):
    """The other platform's store is read in the same tick, to its end."""
    program.simulator.faults.add(Rule(platform=platform, times=None, **FAULTS[name][0]))
    other = next(key for kind, key in SHOPS.items() if kind != platform)

    program("sync-due")

    assert state(program, other, "sync_status, last_sync_at >= '2026-11-22T12:06:00Z'") == ("completed", 1)


@pytest.mark.parametrize(("platform", "name"), BOTH)
def test_every_fault_heals(program, stores, platform, name):
    """Once the platform is well again, the store is, without anybody's help."""
    rule = program.simulator.faults.add(Rule(platform=platform, times=None, **FAULTS[name][0]))
    program("sync-due")
    rule.times = 0

    ticks(program, 361)

    healed = state(program, SHOPS[platform], "sync_status, connection, consecutive_failures, last_error_code, hint")
    assert healed == ("completed", "connected", 0, None, None)
    assert differences(program, program.world.shop(platform, SHOPS[platform])) == []


@pytest.mark.parametrize("platform", SHOPS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("declared", [True, False])
def test_a_truncated_answer_is_no_answer(program, platform, share, declared):
    """A first load that is cut short every time fails, and claims nothing."""
    program.world.add_shop(platform, SHOPS[platform], orders=3)
    program.connect(platform, SHOPS[platform], "--no-sync")
    program.simulator.faults.add(Rule(truncate=share, declared=declared, times=None))

    ticks(program, 3)

    assert state(program, SHOPS[platform], "sync_status, last_error_code") == ("failed", "bad_response")
    assert program.sql("SELECT count(*) FROM checkpoints WHERE complete_until IS NOT NULL") == [(0,)]


def test_throttled_is_too_fast(program, stores):
    """Shopify says so in a 200."""
    program.simulator.faults.add(Rule(platform="shopify", throttled=True, times=None))

    program("sync-due")

    assert state(program, "alpha", "last_error_code, connection") == ("rate_limited", "connected")


def test_a_fault_that_passes_is_not_even_noticed(program, stores):
    """Two failures and then an answer: tried again at once, the run succeeds."""
    program.simulator.faults.add(Rule(platform="shopify", status=503, times=2))

    assert program("sync-due").stderr == ""
    assert state(program, "alpha", "sync_status, consecutive_failures") == ("completed", 0)


class TestBackoff:
    """Failures are tried again after 5, then 15, then every 45 minutes."""

    def test_waits_grow_and_stay(self, program, stores):
        """An outage of three hours costs six attempts."""
        program.simulator.faults.add(Rule(platform="shopify", status=500, times=None))

        program("sync-due")
        ticks(program, *[1] * 180)

        begun = program.sql("SELECT started_at FROM runs WHERE store_id = 2 AND trigger = 'cron'")
        attempts = [(NOON.fromisoformat(at) - NOON).total_seconds() // 60 for (at,) in begun]
        assert attempts == [6, 11, 26, 71, 116, 161]

    def test_an_outage_never_asks_for_a_person(self, program, stores):
        """A week of 500s leaves the connection as it was."""
        program.simulator.faults.add(Rule(platform="shopify", status=500, times=None))

        ticks(program, *[60] * 48)

        assert state(program, "alpha", "connection, refusals") == ("connected", 0)


class TestRefusals:
    """Only a token refused three times in a row, each time confirmed, asks for a person."""

    @pytest.fixture(params=SHOPS)
    def shop(self, program, stores, request):
        return program.world.shop(request.param, SHOPS[request.param])

    def test_the_third_refusal_asks_for_a_person(self, program, shop):
        """After 0, 5 and 15 minutes; from then on the store is probed every six hours."""
        shop.tokens.clear()
        seen = []
        for span in (0, 5, 15):
            ticks(program, span)
            seen.append(state(program, shop.key, "connection"))

        assert seen == [("connected",), ("connected",), ("needs_reauth",)]
        assert state(program, shop.key, "connection_reason, next_sync_at") == ("token_rejected", "2026-11-22T18:26:00Z")

    def test_from_the_first_refusal_on_the_hint_says_connect(self, program, shop):
        """Nobody has to wait for the third."""
        shop.tokens.clear()

        ticks(program, 0)

        assert f"storesync connect {shop.platform}" in state(program, shop.key, "hint")[0]

    def test_no_other_resource_is_tried(self, program, shop):
        """One refused request and one probe."""
        shop.tokens.clear()
        before = program.requests(shop.platform)

        ticks(program, 0)

        assert program.requests(shop.platform) - before == 2

    def test_a_refusal_that_the_probe_does_not_confirm_does_not_count(self, program, shop):
        """A single odd 401 is a failure like another."""
        for _ in range(4):
            program.simulator.faults.add(Rule(platform=shop.platform, status=401))
            ticks(program, 46)

        assert state(program, shop.key, "connection, refusals") == ("connected", 0)

    def test_it_recovers_by_itself_too(self, program, shop):
        """Where the platform takes the token again, the next probe finds out."""
        tokens = dict(shop.tokens)
        shop.tokens.clear()
        ticks(program, 0, 5, 15)
        shop.tokens.update(tokens)

        answer = program("sync-due"), ticks(program, 361)

        assert answer[0].stderr == ""
        assert state(program, shop.key, "connection, sync_status") == ("connected", "completed")

    def test_the_change_is_told_once(self, program, shop):
        """One line for the failure, one for the person, none for the probes."""
        shop.tokens.clear()
        said = []
        for _ in range(24 * 6):
            said += [line for line in program("sync-due").stderr.splitlines() if shop.key in line]
            program.clock.advance(minutes=10)

        assert [line.split(f"{shop.key} ")[1][:6] for line in said] == ["failed", "needs "]


class TestDiagnosis:
    """A platform that says something else than 401 to a token that is dead."""

    def test_after_three_failures_the_token_is_looked_at(self, program, stores):
        """404 for everything but the cheap question, which is refused: the store asks for a person in the end."""
        program.simulator.faults.add(Rule(platform="tiendanube", path="/store", status=401, times=None))
        program.simulator.faults.add(Rule(platform="tiendanube", status=404, times=None))
        codes = []
        for _ in range(6):
            program.clock.advance(minutes=46)
            program("sync-due")
            codes.append(state(program, SHOPS["tiendanube"], "last_error_code, connection"))

        assert (
            codes
            == [("not_found", "connected")] * 2
            + [("token_rejected", "connected")] * 2
            + [("token_rejected", "needs_reauth")] * 2
        )

    def test_a_good_token_leaves_it_at_waiting(self, program, stores):
        """The backoff goes on, and nobody is asked to connect again."""
        program.simulator.faults.add(Rule(platform="tiendanube", path="/orders", status=404, times=None))
        program.simulator.faults.add(Rule(platform="tiendanube", path="/products", status=404, times=None))
        for _ in range(6):
            program.clock.advance(minutes=46)
            program("sync-due")

        found = state(program, SHOPS["tiendanube"], "last_error_code, connection, refusals")
        assert found == ("not_found", "connected", 0)


class TestSuspended:
    """402: the token stays good, and the store is probed slowly."""

    def test_a_frozen_shop_is_suspended_and_comes_back(self, program, stores):
        """Six hours later the probe finds the bill paid."""
        shop = program.world.shop("shopify", "alpha")
        shop.state["frozen"] = True
        ticks(program, 0)
        before = state(program, "alpha", "connection, next_sync_at, hint IS NOT NULL")
        ticks(program, 359)
        waited = state(program, "alpha", "last_attempt_at")
        shop.state["frozen"] = False
        ticks(program, 1)

        assert (before, waited) == (("suspended", MUCH_LATER, 1), ("2026-11-22T12:06:00Z",))
        assert state(program, "alpha", "connection, sync_status") == ("connected", "completed")


class TestScopes:
    """A missing permission costs its resource only."""

    @pytest.mark.parametrize("platform", SHOPS)
    def test_customers_denied_while_the_rest_syncs(self, program, platform):
        """The run succeeds, the others are verified, and the verdict names the scope."""
        shop = program.world.add_shop(platform, SHOPS[platform], orders=3)
        token = shop.issue_token([scope for scope in SCOPES[platform] if scope != "read_customers"])
        words = ("connect", platform, SHOPS[platform], "--token-stdin", "--no-sync")
        program(*words, stdin=token + "\n")
        ticks(program, 3)

        resources = program("status", "--json").json["stores"][0]["resources"]

        assert state(program, SHOPS[platform], "sync_status, consecutive_failures") == ("completed", 0)
        assert {name for name, one in resources.items() if one["verdict"] == "denied"} == {"customers"}
        assert {one["verdict"] for name, one in resources.items() if name != "customers"} == {"verified"}
        assert "read_customers" in resources["customers"]["reason"]

    def test_a_scope_that_is_granted_later_is_used(self, program):
        """After connecting again with it, the resource is loaded."""
        shop = program.world.add_shop("tiendanube", "123456", orders=3)
        token = shop.issue_token(("read_products", "read_orders"))
        program("connect", "tiendanube", "123456", "--token-stdin", stdin=token + "\n")

        program.connect("tiendanube", "123456")

        assert program("status", "--json").json["stores"][0]["resources"]["customers"]["verdict"] == "verified"

    @pytest.fixture(params=SHOPS)
    def shop(self, program, stores, request):
        """A shop whose token lacked a scope for a week in which orders came; the token stays the same."""
        shop = program.world.shop(request.param, SHOPS[request.param])
        self.may_read_customers(shop, may=False)
        program.world.advance(shop, 12)
        ticks(program, 65, 8 * 24 * 60)
        return shop

    @staticmethod
    def may_read_customers(shop, *, may):
        for token in shop.tokens.values():
            token.scopes = token.scopes | {"read_customers"} if may else token.scopes - {"read_customers"}

    def test_what_a_scope_hid_is_read_anew_when_it_returns(self, program, shop):
        """Orders and checkouts get their customers, though they do not change any more."""
        self.may_read_customers(shop, may=True)
        hidden = differences(program, shop)

        ticks(program, 360, 30)

        assert hidden != []
        assert differences(program, shop) == []

    def test_lines_name_their_products_again_when_the_scope_returns(self, program, stores):
        """Shopify leaves them out of orders and drafts that are read without it."""
        shop = program.world.shop("shopify", SHOPS["shopify"])
        [token] = shop.tokens.values()
        token.scopes -= {"read_products"}
        for resource in ("orders", "checkouts", "draft_orders"):
            for one in shop.resources[resource]:
                shop.touch(resource, one)
        ticks(program, 65, 3 * 24 * 60)
        hidden = differences(program, shop)
        token.scopes |= {"read_products"}

        ticks(program, 360, 30)

        assert {line.split()[0] for line in hidden} >= {"order_lines", "draft_order_lines"}
        assert differences(program, shop) == []

    def test_it_is_read_anew_though_the_slice_ends_badly(self, program, shop, monkeypatch):
        """The customers' page was saved, and nothing after it."""
        self.may_read_customers(shop, may=True)
        with monkeypatch.context() as patched:
            patched.setattr("storesync.sync.run.runs.end_slice", Mock(side_effect=LocalFault("the disk is full")))
            ticks(program, 360)
        seen = program.sql("SELECT denied_scope, denied_at FROM checkpoints WHERE denied_scope > ''")

        ticks(program, 30, 30)

        assert seen == [("read_customers", None)]
        assert differences(program, shop) == []

    def test_connecting_again_reads_anew_what_was_hidden(self, program, shop):
        """Also where the new token brings no scope that the one before was not said to have."""
        program.connect(shop.platform, shop.key)
        ticks(program, 60)

        assert differences(program, shop) == []

    def test_it_is_read_anew_only_once(self, program, shop):
        """The turn after that costs no more than any other."""
        self.may_read_customers(shop, may=True)
        ticks(program, 360, 30, 30)

        runs = "SELECT kind FROM runs JOIN stores ON stores.id = store_id WHERE platform = ? ORDER BY runs.id"
        kinds = program.sql(runs, shop.platform)
        assert kinds[-2:] == [("full",), ("incremental",)]


class TestBugs:
    """An error that we did not foresee is recorded, and the others are served."""

    @pytest.fixture
    def broken(self, monkeypatch, stores):
        def explode(*_words):
            raise ZeroDivisionError("5ecret")

        monkeypatch.setattr(ShopifySession, "first_pages", explode)

    def test_the_tick_exits_with_1_and_serves_the_others(self, program, broken):
        """One line says where to look; the text of the error is not in it."""
        answer = program("sync-due")

        assert answer.code == 1
        assert "the log has the details" in answer.stderr
        assert "5ecret" not in answer.stderr
        assert "Traceback" not in answer.stderr
        assert state(program, "123456", "sync_status") == ("completed",)
        assert state(program, "alpha", "sync_status, last_error_code") == ("failed", "internal")
        assert program.sql("SELECT exit_code, error_code FROM ticks") == [(1, "internal")]

    def test_the_log_has_the_traceback(self, program, broken):
        """Where it happened, without what it said."""
        program("sync-due")

        log = (program.home / "storesync.log").read_text()
        assert "ZeroDivisionError" in log
        assert "explode" in log
        assert "5ecret" not in log

    def test_it_is_tried_again_like_any_failure(self, program, broken):
        """The lease is given back, and the backoff goes on."""
        program("sync-due")

        assert state(program, "alpha", "next_sync_at") == (LATER,)
        assert program.sql("SELECT count(*) FROM leases WHERE owner IS NOT NULL") == [(0,)]
        assert program.sql("SELECT status FROM runs ORDER BY id DESC LIMIT 1") in [[("failed",)], [("succeeded",)]]

    def test_an_error_outside_of_all_nets_costs_its_store_alone(self, program, stores, monkeypatch):
        """Told, with exit 1; the others are served, and the tick is saved."""
        whole = tick.run_slice

        def explode(context, store, *words):
            if store.platform == "shopify":
                raise ZeroDivisionError
            return whole(context, store, *words)

        monkeypatch.setattr(tick, "run_slice", explode)
        answer = program("sync-due")

        assert (answer.code, answer.stderr.count("an unexpected error")) == (1, 1)
        assert state(program, SHOPS["tiendanube"], "sync_status") == ("completed",)
        assert program.sql("SELECT exit_code FROM ticks") == [(1,)]

    def test_a_saved_state_that_cannot_be_read_fails_its_store_alone(self, program, stores):
        """Not even where the end of the slice stumbles over it too; the others are served, and it waits."""
        of_shopify = "store_id IN (SELECT id FROM stores WHERE platform = 'shopify')"
        program.write(f"UPDATE checkpoints SET watermark = 'garbage' WHERE {of_shopify}")
        answer = program("sync-due")

        assert answer.code == 1
        assert state(program, SHOPS["tiendanube"], "sync_status") == ("completed",)
        found = state(program, SHOPS["shopify"], "sync_status, last_error_code, next_sync_at")
        assert found == ("failed", "internal", LATER)
        assert program.sql("SELECT count(*) FROM ticks") == [(1,)]


class TestThrift:
    """A platform that answers nonsense is not asked for everything each time."""

    @pytest.mark.parametrize("fault", [{"html": True}, {"status": 404}, {"truncate": 0.5, "declared": False}])
    @pytest.mark.parametrize("platform", SHOPS)
    def test_two_resources_that_fail_alike_end_the_run(self, program, stores, platform, fault):
        """The others would fail as well: at most nine requests an attempt."""
        program.simulator.faults.add(Rule(platform=platform, times=None, **fault))
        before = program.requests(platform)
        program("sync-due")

        assert program.requests(platform) - before <= 9
        assert state(program, SHOPS[platform], "sync_status") == ("failed",)

    def test_when_to_come_back_counts_whoever_says_it(self, program, stores):
        """Also the daily question for the shop's name, which alone would fail nothing."""
        program.write("UPDATE stores SET described_at = NULL")
        wait = Rule(platform="tiendanube", path="/store", status=503, headers={"retry-after": "7200"}, times=None)
        program.simulator.faults.add(wait)
        program("sync-due")

        assert state(program, SHOPS["tiendanube"], "sync_status, next_sync_at") == ("failed", "2026-11-22T14:06:00Z")

    @pytest.mark.parametrize("platform", SHOPS)
    def test_silence_is_a_failure_though_the_name_was_to_be_asked_for(self, program, stores, platform):
        """The daily question takes all of the tick's time; the store is not tried again each minute for ever."""
        program.write("UPDATE stores SET described_at = NULL")
        program.simulator.faults.add(Rule(platform=platform, hang=True, delay=30.0, times=None))
        program("sync-due")

        assert state(program, SHOPS[platform], "sync_status, last_error_code") == ("failed", "timeout")


@pytest.mark.parametrize("platform", SHOPS)
def test_a_load_told_to_come_back_waits_and_goes_on_without_a_failure(program, platform):
    """A wait beyond the slice is no failure where the slice had got on: the load is that long delayed."""
    shop = program.world.add_shop(platform, SHOPS[platform], orders=30)
    program.connect(platform, SHOPS[platform], "--no-sync")
    program.simulator.faults.add(Rule(shop=SHOPS[platform], after=4, status=429, headers={"Retry-After": "120"}))
    program.clock.advance(minutes=3)
    told = program("sync-due").stderr
    asked = len(program.simulator.requests)

    assert state(program, SHOPS[platform], "sync_status, consecutive_failures, next_sync_at") == (
        "in_progress",
        0,
        "2026-11-22T12:05:00Z",
    )
    ticks(program, 1)
    assert len(program.simulator.requests) == asked
    ticks(program, 1)
    assert state(program, SHOPS[platform], "sync_status") == ("completed",)
    assert program.sql("SELECT kind, status, error FROM runs WHERE kind = 'full'") == [("full", "succeeded", None)]
    assert told == ""
    assert differences(program, shop) == []
