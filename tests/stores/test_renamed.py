"""A shop that gets another name keeps its store, its data and its former name; no shop is two stores."""

import pytest

from storesync.simulator.faults import Rule
from storesync.storage.engine import sqlite3
from tests.kits.agents import desk_of, reader_of
from tests.kits.browser import Browser, configure
from tests.kits.downgrade import before_moves
from tests.kits.program import differences

BETA = "https://beta.myshopify.com/admin/api/2026-10/graphql.json"


@pytest.fixture
def alpha(program, shopify):
    """A loaded store whose shop is called beta by now."""
    program.connect("shopify", "alpha", "--alias", "shoes")
    program.world.rename_shop(shopify, "beta")
    program.clock.advance(minutes=5)
    return shopify


def tick(program, **span):
    program.clock.advance(**(span or {"minutes": 1}))
    return program("sync-due")


def store(program, columns="key"):
    [row] = program.sql(f"SELECT {columns} FROM stores")
    return row


def status(program, *words):
    return program("status", *words, "--json").json["stores"]


class TestRefused:
    """At the old name each request is sent elsewhere; nothing is followed."""

    def test_it_says_the_new_name_and_what_to_type(self, program, alpha):
        """Once, to a person: one request is made, and none at the new address."""
        before = len(program.simulator.requests)
        answer = tick(program)
        calls = list(program.simulator.requests)[before:]

        command = "storesync connect shopify beta --token-stdin"
        told = "the shop was renamed: alpha.myshopify.com is beta.myshopify.com now"
        assert answer.stderr == f"storesync: shopify:alpha needs a person: {told}; {command}\n"
        assert [(call.shop, call.status) for call in calls] == [("alpha", 301)]
        assert store(program, "connection, connection_reason, last_error_code, hint") == (
            *("needs_reauth", "shop_moved", "shop_moved"),
            command,
        )
        assert status(program, "alpha")[0]["explanation"]["command"] == command
        for check in ("tokens", "sync"):
            [found] = program("doctor", "--json", "--only", check).json["checks"]
            assert found["command"].endswith(command.removeprefix("storesync"))
        assert program("sync", "alpha").code == 4

    @pytest.mark.parametrize("code", [301, 308])
    @pytest.mark.parametrize(
        "location",
        [
            "https://beta.myshopify.com.evil.example/",
            "https://evil.example/beta.myshopify.com",
            "https://me@beta.myshopify.com/",
            "https://beta.myshopify.com:8443/",
            "http://beta.myshopify.com/",
            "//beta.myshopify.com/",
            "https://beta_.myshopify.com/",
            "https://.myshopify.com/",
            "https://[beta.myshopify.com/",
            "",
        ],
    )
    def test_a_host_that_is_no_shop_is_not_named(self, program, shopify, location, code):
        """It is an answer that cannot be used, as any other redirect."""
        program.connect("shopify", "alpha", "--no-sync")
        program.simulator.faults.add(Rule(status=code, headers={"location": location}, times=None))

        [result] = program("sync", "alpha", "--json").json["stores"]

        assert result["error_code"] == "bad_response"
        assert not any(word in f"{result['error']} {result['hint']}" for word in ("beta", "evil"))

    @pytest.mark.parametrize(("code", "location"), [(302, BETA), (307, BETA), (301, BETA.replace("beta", "alpha"))])
    def test_a_passing_redirect_is_no_new_name(self, program, shopify, code, location):
        """Nor is one to the shop's own address."""
        program.connect("shopify", "alpha", "--no-sync")
        program.simulator.faults.add(Rule(status=code, headers={"location": location}, times=None))

        assert program("sync", "alpha", "--json").json["stores"][0]["error_code"] == "bad_response"

    def test_a_token_that_is_renewed_at_the_old_name_says_so_too(self, program, shopify):
        """The browser's way of connecting is named then."""
        configure(program, "shopify")
        program.browser = Browser(program.simulator)
        assert program("connect", "shopify", "alpha").code == 0
        program.browser.close()
        program.world.rename_shop(shopify, "beta")
        program.clock.advance(hours=2)

        assert program("sync", "alpha").code == 4
        assert store(program, "last_error_code, hint") == ("shop_moved", "storesync connect shopify beta")

    def test_connecting_the_old_name_names_the_new_one(self, program, alpha):
        """The command leads on."""
        answer = program("connect", "shopify", "alpha", "--token-stdin", stdin=f"{alpha.issue_token()}\n")

        assert answer.code == 4
        assert "storesync connect shopify beta --token-stdin" in answer.stderr

    def test_the_browser_at_the_old_name_names_the_new_one(self, program, alpha):
        """Shopify sends it back from the shop as it is called now, and its signature proves that."""
        configure(program, "shopify")
        program.browser = Browser(program.simulator, change=program_follows(program))

        answer = program("connect", "shopify", "alpha")

        program.browser.close()
        assert answer.code == 2
        assert "or its new name: storesync connect shopify beta" in answer.stderr

    def test_a_shop_that_answers_at_both_names_is_told_of(self, program, shopify):
        """Its own description says what it is called; it is read on meanwhile."""
        program.connect("shopify", "alpha")
        shopify.domain = "beta.myshopify.com"
        told = "shopify:alpha is called beta now; move it: storesync connect shopify beta --token-stdin"

        assert f"storesync: {told}\n" in tick(program, days=1).stderr
        assert tick(program, days=1).stderr == ""
        [found] = status(program)
        assert [(one["kind"], one["message"]) for one in found["changes"]] == [("renamed", told)]
        assert told.removeprefix("shopify:alpha ") in " ".join(program("status").stdout.split())


def program_follows(program):
    """Return what a browser ends at that follows redirects within the platform."""
    browser = Browser(program.simulator)
    return lambda url: browser.way_back(url) if ".myshopify.com/" in url.split("?")[0] else url


class TestMoved:
    """`connect` at the new name moves the store."""

    def test_it_is_the_same_store_with_its_data(self, program, alpha):
        """No row is lost or read again; alias and beginnings stay, and it says so."""
        kept = "id, platform_id, alias, connected_at, first_started_at, first_synced_at"
        before = store(program, kept), program.sql("SELECT id, synced_at FROM orders ORDER BY id")
        tick(program)

        answer = program.connect("shopify", "beta", "--no-sync")

        assert answer.code == 0
        assert "it was shopify:alpha until now: its data are kept, and that name still means it" in answer.stderr
        assert store(program, "key, connection, last_error") == ("shopify:beta", "connected", None)
        assert (store(program, kept), program.sql("SELECT id, synced_at FROM orders ORDER BY id")) == before
        assert program.sql("SELECT key, store_id FROM store_keys") == [("shopify:alpha", 1)]
        assert status(program)[0]["former_keys"] == ["shopify:alpha"]
        assert ": was shopify:alpha until now" in program("status", "beta").stdout
        assert "was shopify:alpha until now" in program("history", "beta").stdout

    def test_it_is_read_on_at_the_new_name(self, program, alpha):
        """What happened meanwhile is read, and that it is well again is told under its new name."""
        tick(program)
        program.world.advance(alpha, 20)
        program.connect("shopify", "beta")
        answer = tick(program)
        program("reconcile", "beta")

        assert answer.stderr == "storesync: shopify:beta is connected again\n"
        assert differences(program, alpha) == []

    def test_what_is_said_beside_the_data_names_it_anew(self, program, alpha):
        """Every command in a reason is one that can be typed."""
        program.connect("shopify", "beta", "--no-sync")
        reasons = [reason for (reason,) in program.sql("SELECT reason FROM verdicts") if reason]

        assert not [reason for reason in reasons if "alpha" in reason]

    def test_its_alias_may_be_given_again(self, program, alpha):
        """It belongs to the store itself."""
        assert program.connect("shopify", "beta", "--no-sync", "--alias", "shoes").code == 0

    def test_a_store_that_was_disconnected_comes_back_under_its_new_name(self, program, alpha):
        """With the data that it left here."""
        program("disconnect", "alpha", "--yes")

        program.connect("shopify", "beta")

        assert store(program, "key, connection, disconnected_at") == ("shopify:beta", "connected", None)
        assert differences(program, alpha) == []

    def test_a_store_that_was_purged_is_a_new_one(self, program, alpha):
        """Nothing is left that could be moved, its former names included."""
        program.connect("shopify", "beta", "--no-sync")
        assert program("disconnect", "alpha", "--purge", "--yes").code == 0
        program.connect("shopify", "beta", "--no-sync")

        assert store(program, "key, sync_status") == ("shopify:beta", "pending")
        assert program.sql("SELECT * FROM store_keys") == []
        assert program("status", "alpha").code == 2

    def test_it_may_move_back(self, program, alpha):
        """Then its former name is the other one."""
        program.connect("shopify", "beta", "--no-sync")
        program.world.rename_shop(alpha, "alpha")
        program.connect("shopify", "alpha", "--no-sync")

        assert store(program) == ("shopify:alpha",)
        assert program.sql("SELECT key FROM store_keys") == [("shopify:beta",)]

    def test_by_the_browser_it_moves_as_well(self, program, alpha):
        configure(program, "shopify")
        program.browser = Browser(program.simulator)
        answer = program("connect", "shopify", "beta")
        program.browser.close()

        assert answer.code == 0
        assert store(program) == ("shopify:beta",)
        assert differences(program, alpha) == []

    def test_what_is_kept_under_its_name_moves_with_it(self, program, alpha):
        """An app that is a pasted token bears the store's name."""
        program.write("INSERT INTO marks VALUES ('bulk_started:shopify:alpha', '2026-11-22T12:00:00Z')")
        program.write("INSERT INTO marks VALUES ('bulk_started:shopify:my-alpha', '2026-11-22T12:00:00Z')")
        program.connect("shopify", "beta", "--no-sync")

        assert program.sql("SELECT name FROM marks WHERE name LIKE 'bulk%' ORDER BY name") == [
            ("bulk_started:shopify:beta",),
            ("bulk_started:shopify:my-alpha",),
        ]


class TestFormerKeys:
    """A name that a store had before is accepted wherever a store is named."""

    @pytest.fixture
    def moved(self, program, alpha):
        program.connect("shopify", "beta")
        return alpha

    @pytest.mark.parametrize("name", ["shopify:alpha", "alpha"])
    @pytest.mark.parametrize(
        "words",
        [
            ("sync", "STORE"),
            ("status", "STORE"),
            ("history", "STORE"),
            ("set", "STORE", "--touch"),
            ("reconcile", "STORE"),
            ("forget", "STORE", "--id", "1", "--yes"),
            ("export", "orders", "--store", "STORE"),
            ("search", "a", "--store", "STORE"),
            ("db", "rebuild", "STORE"),
            ("doctor", "STORE", "--only", "tokens"),
            ("disconnect", "STORE", "--yes"),
        ],
        ids=" ".join,
    )
    def test_every_command_takes_it(self, program, moved, words, name):
        answer = program(*(name if word == "STORE" else word for word in words))

        assert answer.code == 0, answer.stderr

    @pytest.mark.parametrize(
        ("tool", "words"), [("freshness", ()), ("query", ("SELECT count(*) FROM orders",)), ("search", ("a",))]
    )
    def test_agents_may_use_it(self, program, moved, tool, words):
        """The answer is about the store as it is called now."""
        with reader_of(program) as reader:
            answer = getattr(desk_of(program, reader), tool)(*words, stores=["shopify:alpha"])

        assert {one["store"] for one in answer["verdicts"]} <= {"shopify:beta"}

    def test_a_shop_that_takes_the_name_over_has_it(self, program, moved):
        """A name of today goes before one of former times."""
        program.world.add_shop("shopify", "alpha", orders=3).id = "77"
        answer = program.connect("shopify", "alpha")

        assert answer.code == 0
        assert "until now" not in answer.stderr
        assert program.sql("SELECT key FROM stores ORDER BY id") == [("shopify:beta",), ("shopify:alpha",)]
        assert [one["store"] for one in status(program, "shopify:alpha")] == ["shopify:alpha"]
        assert [one["store"] for one in status(program, "alpha")] == ["shopify:alpha"]

    def test_a_name_that_two_stores_had_means_neither(self, program, moved):
        """It is not guessed which of them is to be erased."""
        other = program.world.add_shop("shopify", "alpha", orders=3)
        other.id = "77"
        program.connect("shopify", "alpha", "--no-sync")
        program.world.rename_shop(other, "gamma")
        program.connect("shopify", "gamma", "--no-sync")

        answer = program("disconnect", "alpha", "--purge", "--yes")

        assert answer.code == 2
        assert "'alpha' may be any of shopify:beta, shopify:gamma" in answer.stderr


class TestRaces:
    """However many connect it at once, and whoever reads it meanwhile."""

    def test_two_connects_make_one_store(self, program, alpha):
        """The second finds what the first has saved."""
        answers = []

        def meanwhile(_request):
            program.simulator.before = None
            answers.append(program.connect("shopify", "beta", "--no-sync"))

        program.simulator.before = meanwhile
        answers.append(program.connect("shopify", "beta", "--no-sync"))

        assert [answer.code for answer in answers] == [0, 0]
        assert store(program) == ("shopify:beta",)
        assert program.sql("SELECT count(*) FROM events WHERE kind = 'moved'") == [(1,)]

    def test_two_first_connects_under_two_names_make_one_store(self, program, shopify):
        """The one that was slower was described under the old name."""
        answers = []
        token = shopify.issue_token()

        def meanwhile(_request):
            program.simulator.before = None
            answers.append(program("connect", "shopify", "alpha", "--no-sync", "--token-stdin", stdin=f"{token}\n"))
            program.world.rename_shop(shopify, "beta")
            answers.append(program("connect", "shopify", "beta", "--no-sync", "--token-stdin", stdin=f"{token}\n"))

        program.simulator.before = meanwhile
        answers.append(program("connect", "shopify", "alpha", "--no-sync", "--token-stdin", stdin=f"{token}\n"))

        assert [answer.code for answer in answers] == [0, 0, 4]
        assert store(program) == ("shopify:beta",)

    def test_a_sync_under_way_at_the_old_name_changes_nothing(self, program, alpha):
        """What it learns there is no longer about the store."""

        def meanwhile(_request):
            program.simulator.before = None
            program.connect("shopify", "beta", "--no-sync")

        program.simulator.before = meanwhile
        [result] = program("sync", "alpha", "--json").json["stores"]

        assert result["result"] == "skipped"
        assert store(program, "key, connection, last_error") == ("shopify:beta", "connected", None)
        assert program("sync", "beta").code == 0
        assert differences(program, alpha) == []

    def test_a_sync_that_waited_for_the_old_name_reads_at_the_new_one(self, program, alpha, monkeypatch):
        """It was asked for before, and its turn comes after the store was moved."""
        answers = []

        def sleep(seconds):
            program.clock.advance(seconds=seconds)
            if "beta" not in store(program)[0]:
                program.connect("shopify", "beta", "--no-sync")

        def meanwhile(_request):
            program.simulator.before = None
            answers.append(program("sync", "alpha", "--wait", "5m", "--json"))

        monkeypatch.setattr(program.clock, "sleep", sleep)
        program.simulator.before = meanwhile
        answers.append(program("sync", "alpha", "--json"))

        assert [answer.json["stores"][0]["result"] for answer in answers] == ["succeeded", "skipped"]
        assert store(program, "key, connection, last_error") == ("shopify:beta", "connected", None)

    def test_the_database_refuses_a_second_store_of_one_shop(self, program, shopify):
        """Whoever may try to write one."""
        program.connect("shopify", "alpha", "--no-sync")
        copy = """INSERT INTO stores (key, platform, platform_id, connected_at)
            SELECT 'shopify:beta', platform, platform_id, connected_at FROM stores"""

        with pytest.raises(sqlite3.IntegrityError):
            program.write(copy)


class TestTaken:
    """The new name may be that of another store here."""

    def test_a_store_that_is_read_is_not_replaced(self, program, shopify):
        """Whose shop it was has not gone yet, for all we know."""
        program.connect("shopify", "alpha", "--no-sync")
        other = program.world.add_shop("shopify", "beta", orders=3)
        program.connect("shopify", "beta", "--no-sync")
        program.world.rename_shop(other, "gone")
        program.world.rename_shop(shopify, "beta")

        answer = program.connect("shopify", "beta", "--no-sync")

        assert answer.code == 2
        assert "another shop now" in answer.stderr
        assert program.sql("SELECT key FROM stores ORDER BY id") == [("shopify:alpha",), ("shopify:beta",)]

    def test_one_that_was_disconnected_can_be_erased_for_it(self, program, shopify):
        """The command is named; then it moves."""
        program.connect("shopify", "alpha", "--no-sync")
        other = program.world.add_shop("shopify", "beta", orders=3)
        program.connect("shopify", "beta", "--no-sync")
        program("disconnect", "beta", "--yes")
        program.world.rename_shop(other, "gone")
        program.world.rename_shop(shopify, "beta")

        answer = program.connect("shopify", "beta", "--no-sync")
        assert answer.code == 2
        assert "storesync disconnect shopify:beta --purge" in answer.stderr
        program("disconnect", "shopify:beta", "--purge", "--yes")

        assert program.connect("shopify", "beta", "--no-sync").code == 0
        assert store(program) == ("shopify:beta",)


class TestCopies:
    """Stores that are one shop, from before this could not be."""

    @pytest.fixture
    def twice(self, program, alpha):
        """alpha, loaded; and beta, the same shop under its new name, synced last, as an older version made them."""
        before_moves(program)
        program.write("UPDATE stores SET platform_id = 'other'")
        program.connect("shopify", "beta")
        before = [program.sql("SELECT count(*) FROM orders WHERE store_id = ?", one) for one in (1, 2)]
        program.write("UPDATE stores SET time_zone_by = 'shop'")
        before_moves(program)
        program.write("UPDATE stores SET platform_id = ?", alpha.id)
        return before

    def test_the_one_that_was_synced_last_is_kept(self, program, twice):
        """The other is disconnected, its data stay, and what to type is told everywhere."""
        command = "storesync disconnect shopify:alpha --purge"
        answer = tick(program)

        assert program.sql("SELECT key, connection, connection_reason FROM stores ORDER BY id") == [
            ("shopify:alpha", "disconnected", "duplicate"),
            ("shopify:beta", "connected", None),
        ]
        assert [program.sql("SELECT count(*) FROM orders WHERE store_id = ?", one) for one in (1, 2)] == twice
        assert program.sql("SELECT store_id FROM credentials") == [(2,)]
        assert answer.stderr == (
            "storesync: shopify:alpha is a copy of shopify:beta, the same shop: it is read no more, and no view has it;"
            f" erase the copy: {command}\n"
        )
        assert tick(program).stderr == ""
        assert command in " ".join(program("status").stdout.split())
        [copy] = status(program, "alpha")
        assert copy["explanation"]["command"] == command
        assert not copy["is_hindered"]
        assert "is a copy of shopify:beta" in program("history", "shopify:alpha").stdout
        [found] = program("doctor", "--json", "--only", "sync").json["checks"]
        assert found["status"] == "warn"
        assert found["command"].endswith(command.removeprefix("storesync"))
        assert program("status", "--check").code == 0

    def test_one_that_is_read_is_kept_before_one_that_was_disconnected(self, program, twice):
        """Whatever was synced last."""
        program.write(
            "UPDATE stores SET connection = 'disconnected', last_sync_at = '2026-12-01T00:00:00Z' WHERE id = 2"
        )
        program("status")

        assert program.sql("SELECT key, connection_reason FROM stores ORDER BY id") == [
            ("shopify:alpha", None),
            ("shopify:beta", "duplicate"),
        ]

    def test_if_none_is_read_the_last_synced_counts(self, program, twice):
        """Both were disconnected by the operator, and no sum counts the shop twice."""
        program.write("UPDATE stores SET connection = 'disconnected'")
        program("status")

        assert program.sql("SELECT key, connection_reason FROM stores ORDER BY id") == [
            ("shopify:alpha", "duplicate"),
            ("shopify:beta", None),
        ]
        assert program.sql("SELECT DISTINCT store FROM sales_daily") == [("shopify:beta",)]

    def test_whichever_is_connected_again_the_other_is_the_copy(self, program, twice):
        program.write("UPDATE stores SET connection = 'disconnected', last_sync_at = NULL WHERE id = 2")
        program.write("UPDATE stores SET connection = 'disconnected' WHERE id = 1")
        program("status")
        assert program.sql("SELECT key FROM stores WHERE connection_reason = 'duplicate'") == [("shopify:beta",)]

        assert program.connect("shopify", "beta", "--no-sync").code == 0

        assert program.sql("SELECT key, connection, connection_reason FROM stores ORDER BY id") == [
            ("shopify:alpha", "disconnected", "duplicate"),
            ("shopify:beta", "connected", None),
        ]
        assert program.sql("SELECT DISTINCT store FROM sales_daily") == [("shopify:beta",)]
        assert "is a copy of shopify:beta" in program("status", "alpha").stdout

    def test_a_copy_stays_one_when_it_is_disconnected_or_half_erased(self, program, twice):
        tick(program)
        before = program.sql("SELECT last_error, hint FROM stores WHERE id = 1")
        program("disconnect", "shopify:alpha", "--yes")
        assert program.sql("SELECT last_error, hint FROM stores WHERE id = 1") == before

        program.write("UPDATE stores SET connection_reason = 'purging' WHERE id = 1")
        assert program.sql("SELECT DISTINCT store FROM sales_daily") == [("shopify:beta",)]

    @pytest.mark.parametrize("words", ["sync shopify:alpha", "reconcile shopify:alpha", "set shopify:alpha --touch"])
    def test_what_is_asked_of_a_copy_ends_in_the_command_that_erases_it(self, program, twice, words):
        tick(program)
        answer = program(*words.split())

        assert answer.code == 2
        assert "it is a copy of shopify:beta" in answer.stderr
        assert "storesync disconnect shopify:alpha --purge" in answer.stderr

    def test_no_view_has_a_copy(self, program, twice):
        """Whether it was erased or not."""
        sums = ("sales_daily", "returns_daily", "best_sellers", "stock_outs", "repeat_customers", "abandoned_value")
        views = (*sums, "refund_rate", "freshness")
        stores = program.sql("SELECT DISTINCT store FROM sales_daily ORDER BY store")
        assert stores == [("shopify:alpha",), ("shopify:beta",)]
        sold = program.sql("SELECT sum(gross_sales) FROM sales_daily")
        tick(program)

        assert all(
            program.sql(f"SELECT count(*) FROM {view} WHERE store = 'shopify:alpha'") == [(0,)] for view in views
        )
        assert program.sql("SELECT 2 * sum(gross_sales) FROM sales_daily") == sold
        left = [program.sql(f"SELECT * FROM {view}") for view in sums]
        program("disconnect", "shopify:alpha", "--purge", "--yes")
        assert [program.sql(f"SELECT * FROM {view}") for view in sums] == left

    def test_a_copy_that_has_the_name_of_today_gives_way(self, program, twice):
        """The store that was synced last has the old name: the copy is to be erased, then it is moved."""
        program.write("UPDATE stores SET last_sync_at = '2026-12-01T00:00:00Z' WHERE id = 1")
        tick(program)

        answer = program.connect("shopify", "beta")
        assert answer.code == 2
        assert "shopify:beta is a copy of shopify:alpha: both are this shop" in answer.stderr
        assert "storesync disconnect shopify:beta --purge" in answer.stderr
        program("disconnect", "shopify:beta", "--purge", "--yes")

        assert program.connect("shopify", "beta").code == 0
        assert store(program, "id, key") == (1, "shopify:beta")

    def test_a_copy_whose_other_store_is_gone_is_a_store_again(self, program, twice):
        """It is the shop then, under its name of today."""
        tick(program)
        program("disconnect", "shopify:beta", "--purge", "--yes")
        program.connect("shopify", "beta")

        assert store(program, "id, key, connection_reason") == (1, "shopify:beta", None)
