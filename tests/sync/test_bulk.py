"""What is remembered of an app that may start no bulk operations, who is told, and how the permission is kept."""

from datetime import timedelta

import pytest

from storesync.platforms.shopify import session
from storesync.simulator.faults import Rule
from storesync.simulator.shop import BulkAccess
from storesync.simulator.shopify.api import bulk_of
from tests.kits.browser import Browser, configure
from tests.kits.program import NOON

WHERE = "API access requests, Run bulk operations"
ALSO = "a public app needs an IP allowlist as well: the app, Settings, IP allowlist"
MAY_NOT = "may start no bulk operations"
TRIED = "SELECT name, value FROM marks WHERE name LIKE 'bulk_%' ORDER BY name"


@pytest.fixture
def access(program, monkeypatch):
    """The permission of an app, for which two orders are many."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    monkeypatch.setattr(session, "MOST_RECORDS", 2)
    program.world.bulk_access = BulkAccess()
    return program.world.bulk_access


@pytest.fixture
def refused(program, access):
    """A connected shop whose app may start none."""
    access.enabled = False
    connect(program, "alpha")


def connect(program, key, *options):
    """Connect a new shop of 30 orders, and read them."""
    program.world.add_shop("shopify", key, orders=30, products=1, customers=1)
    return program.connect("shopify", key, "--only", "orders", *options)


def connect_with_app(program, *keys):
    """Connect new shops with the configured app, in the browser."""
    configure(program, "shopify")
    program.settings["STORESYNC_SHOPIFY_SCOPES"] = "read_orders,read_all_orders"
    for key in keys:
        program.world.add_shop("shopify", key, orders=30, products=1, customers=1)
        program.browser = Browser(program.simulator)
        assert program("connect", "shopify", key, "--only", "orders").code == 0
        program.browser.close()


def starts(program, shop=None):
    return sum(call.operation == "BulkRun" and shop in {None, call.shop} for call in program.simulator.requests)


def come_first(program, key):
    """Let a store be the first that is tried: it was synced last."""
    program.write("UPDATE stores SET last_sync_at = '2026-12-01T00:00:00Z' WHERE key LIKE '%:' || ?", key)


def tick(program, **span):
    """Let time pass, and cron come once."""
    program.clock.advance(**span)
    # The minute's own rule for turns impossibly far away is not what is tested here.
    program.write("UPDATE stores SET next_sync_at = strftime('%Y-%m-%dT%H:%M:%SZ', ?, '+1 day')",
                  program.clock.now().strftime("%Y-%m-%d %H:%M:%S"))  # fmt: skip
    return program("sync-due")


def told(program, **span):
    return [line for line in tick(program, **span).stderr.splitlines() if "bulk operations" in line]


class TestRefused:
    """One notice, and what status and doctor say; nothing else changes."""

    def test_it_is_told_once_and_its_end_once(self, program, access, refused):
        """Also after many days: nothing is missing, and nobody is to be worn out."""
        first, later = told(program, minutes=1), [told(program, days=1) for _ in range(3)]
        access.enabled = True
        over = told(program, days=1)

        assert [line.partition(" may start")[0] for line in first] == ["storesync: the app of shopify:alpha"]
        assert WHERE in first[0]
        assert ALSO in first[0]
        assert later == [[], [], []]
        assert over == ["storesync: the bulk operations of shopify:alpha are allowed again"]
        assert told(program, days=1) == []

    def test_a_notice_is_sent(self, program, refused, monkeypatch):
        sent = []
        monkeypatch.setattr("storesync.runtime.notices.Notices.send", lambda _, title, text: sent.append(text) or True)

        for _ in range(3):
            tick(program, days=1)

        [notice] = sent
        assert WHERE in notice

    def test_status_says_so_in_one_line(self, program, refused):
        """In JSON for each store, elsewhere for all apps at once."""
        connect(program, "beta")
        found = {one["store"]: one["bulk_refused"] for one in program("status", "--json").json["stores"]}

        assert found["shopify:alpha"]["app"] == "shopify:alpha"
        assert found["shopify:alpha"]["since"] == found["shopify:alpha"]["tried_at"] >= "2026-11-22T12:00:00Z"
        both = f"the app of shopify:alpha, the app of shopify:beta {MAY_NOT}"
        assert " ".join(program("status").stdout.split()).count(both) == 1
        assert program("status", "--format", "html").stdout.count(both) == 1
        assert f"the app of shopify:alpha {MAY_NOT}" in " ".join(program("status", "alpha").stdout.split())

    def test_nothing_is_wrong_by_it(self, program, refused):
        tick(program, minutes=1)

        assert program("status", "--check").code == 0

    def test_doctor_warns(self, program, refused):
        checks = program("doctor", "--only", "sync", "--json").json["checks"]

        [found] = [one for one in checks if WHERE in one["message"]]
        assert (found["status"], found["command"].partition(" help ")[2]) == ("warn", "connect")
        assert program("doctor", "--only", "sync").code == 0

    def test_an_app_that_may_is_not_spoken_of(self, program, access):
        connect(program, "alpha")

        assert told(program, minutes=1) == []
        assert program("status", "--json").json["stores"][0]["bulk_refused"] is None
        assert "bulk operations" not in program("status").stdout + program("doctor", "--only", "sync").stdout


class TestMemory:
    """What one store learnt counts for all of its app, in every process."""

    def test_stores_of_the_configured_app_share_it(self, program, access):
        """The second store does not even try."""
        access.enabled = False
        connect_with_app(program, "alpha", "beta")

        assert (starts(program, "alpha"), starts(program, "beta")) == (1, 0)
        assert program.sql("SELECT count(*) FROM orders") == [(60,)]
        assert told(program, minutes=1)[0].startswith("storesync: your shopify app may start no bulk operations")

    def test_a_pasted_token_is_of_an_app_of_its_own(self, program, access):
        access.enabled = False
        connect_with_app(program, "alpha")
        connect(program, "beta")

        assert (starts(program, "alpha"), starts(program, "beta")) == (1, 1)

    def test_it_is_tried_again_daily(self, program, access, refused):
        """By an operation that matches nothing, on one store."""
        tried = []
        for _ in range(4 * 24):
            before = starts(program)
            tick(program, minutes=31)
            tried.append(starts(program) - before)

        assert sum(tried) == 2
        assert len(bulk_of(program.world.shop("shopify", "alpha")).operations) == 0

    def test_a_start_that_succeeds_ends_it(self, program, access, refused):
        """The next long listing is read in bulk again."""
        access.enabled = True
        tick(program, days=1)
        assert [name for name, _ in program.sql(TRIED)] == ["bulk_started:shopify:alpha"]

        before = starts(program)
        program("sync", "alpha", "--full")

        assert starts(program) > before
        assert program.sql("SELECT status FROM run_resources ORDER BY rowid DESC LIMIT 1") == [("complete",)]

    def test_a_full_load_by_hand_within_the_day_does_not_try(self, program, refused):
        before = starts(program)
        program.clock.advance(hours=20)
        program("sync", "alpha", "--full")

        assert starts(program) == before
        assert dict(program.sql(TRIED))["bulk_tried:shopify:alpha"] < "2026-11-22T13"

    def test_it_ends_with_the_last_store_of_your_app(self, program, access):
        """Without a word: nobody has allowed anything."""
        access.enabled = False
        connect_with_app(program, "alpha", "beta")
        tick(program, minutes=1)
        program("disconnect", "alpha", "--yes")
        tick(program, minutes=31)
        assert "bulk_refused:shopify" in dict(program.sql(TRIED))
        program("disconnect", "beta", "--yes")

        assert told(program, minutes=31) + told(program, minutes=31) == []
        assert "bulk_refused:shopify" not in dict(program.sql(TRIED))
        assert program.sql("SELECT topic FROM incidents") == []

    def test_a_purge_forgets_it(self, program, refused):
        tick(program, minutes=1)
        program("disconnect", "alpha", "--purge", "--yes")

        assert program.sql(TRIED) == []
        assert told(program, minutes=31) == []


class TestKept:
    """An app that starts none for 31 days would lose the permission."""

    @pytest.fixture
    def alpha(self, program, access):
        """A shop whose load was short."""
        program.world.add_shop("shopify", "alpha", orders=1, products=1, customers=1)
        assert program.connect("shopify", "alpha", "--only", "orders").code == 0
        assert starts(program) == 0

    def test_an_operation_is_started_after_25_days_and_not_before(self, program, access, alpha):
        """Of a database from before, the day of the connection counts; then each start."""
        began = [(day, starts(program)) for day in range(1, 80) if tick(program, days=1).code == 0]

        turns = [day for (day, now), (_, before) in zip(began[1:], began, strict=False) if now > before]
        assert turns == [25, 50, 75]
        assert access.enabled
        assert {one.result.roots for one in bulk_of(program.world.shop("shopify", "alpha")).operations.values()} == {0}

    def test_any_start_counts(self, program, access):
        connect(program, "alpha")
        before = starts(program)
        tick(program, days=24)
        assert starts(program) == before

        tick(program, days=1)
        assert starts(program) == before + 1

    def test_a_store_that_does_not_answer_is_not_blamed(self, program, access, alpha):
        """Another one of the app would be tried; this app has none."""
        program.simulator.faults.add(Rule(text="BulkRun", status=503, times=None))

        answer = tick(program, days=26)

        assert (answer.code, answer.stderr) == (0, "")
        assert program.sql("SELECT connection, sync_status, consecutive_failures FROM stores") == [
            ("connected", "completed", 0)
        ]
        assert program.sql(TRIED) == []

    def test_another_store_of_the_app_is_tried(self, program, access):
        connect_with_app(program, "alpha", "beta")
        program.write("DELETE FROM marks WHERE name LIKE 'bulk_%'")
        before = {key: starts(program, key) for key in ("alpha", "beta")}
        come_first(program, "alpha")
        program.simulator.faults.add(Rule(shop="alpha", text="BulkRun", status=503, times=None))

        tick(program, days=26)

        assert starts(program, "beta") == before["beta"] + 1
        assert [name for name, _ in program.sql(TRIED)] == ["bulk_started:shopify"]

    def test_a_token_that_cannot_be_read_concerns_its_own_store(self, program, access):
        connect(program, "alpha")
        connect(program, "beta")
        program.write("DELETE FROM marks WHERE name LIKE 'bulk_%'")
        before = starts(program, "beta")
        program.write("UPDATE credentials SET sealed = x'00' WHERE store_id = 1")
        come_first(program, "alpha")

        tick(program, days=26)

        assert starts(program, "beta") == before + 1

    def test_the_settings_of_your_app_concern_its_own_stores(self, program, access):
        """A pasted token needs none."""
        connect_with_app(program, "alpha")
        connect(program, "beta")
        program.write("DELETE FROM marks WHERE name LIKE 'bulk_%'")
        before = starts(program, "beta")
        del program.settings["STORESYNC_SHOPIFY_CLIENT_SECRET"]
        come_first(program, "alpha")

        tick(program, days=26)

        assert starts(program, "beta") == before + 1

    def test_a_platform_that_is_no_longer_there_concerns_its_own_stores(self, program, access):
        """A plug-in was uninstalled; the minute goes on."""
        connect(program, "alpha")
        connect(program, "beta")
        program.write("DELETE FROM marks WHERE name LIKE 'bulk_%'")
        before = starts(program, "beta")
        program.write("UPDATE stores SET platform = 'gone', key = 'gone:alpha', compare_at = NULL WHERE id = 1")
        come_first(program, "alpha")

        assert (tick(program, days=26).code, starts(program, "beta")) == (0, before + 1)

    @pytest.mark.parametrize("connection", ["paused", "suspended", "needs_reauth", "disconnected"])
    def test_a_store_that_is_not_read_is_left_alone(self, program, access, alpha, connection):
        program.write("UPDATE stores SET connection = ?", connection)

        tick(program, days=26)

        assert starts(program) == 0

    def test_places_that_are_taken_are_waited_for(self, program, access, alpha):
        """The app is busy, not refused."""
        bulk_of(program.world.shop("shopify", "alpha")).occupy(5, seconds=timedelta(days=25, hours=12).total_seconds())
        tick(program, days=25)
        assert program.sql(TRIED) == []

        tick(program, days=1)

        assert program.sql(TRIED) == [
            ("bulk_started:shopify:alpha", program.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        ]

    def test_a_clock_set_back_asks_for_one_more(self, program, access, alpha):
        """A start in the future is not believed."""
        program.write("INSERT INTO marks VALUES ('bulk_started:shopify:alpha', '2027-11-22T12:00:00Z')")
        program.clock.at = NOON
        tick(program, minutes=31)

        assert starts(program) == 1
