"""`doctor` on tokens and on the state of the stores."""

from datetime import datetime

import pytest

from storesync.simulator.faults import Rule
from tests.kits.browser import Browser, configure
from tests.kits.doctor import ALPHA, SHOP, consulted, healthy_program


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    return healthy_program(tmp_path_factory.mktemp("healthy"))


@pytest.fixture
def doctor(healthy, program, tmp_path):
    """All is well."""
    return consulted(healthy, program, tmp_path)


@pytest.fixture
def expiring(doctor):
    """The Shopify store has a token of an hour with a refresh token."""
    configure(doctor.program, "shopify")
    doctor.program.browser = Browser(doctor.program.simulator)
    assert doctor.program("connect", "shopify", "alpha").code == 0
    doctor.program.browser.close()
    return doctor


class TestTokens:
    """Each store's token, by the word of its platform."""

    @pytest.mark.parametrize("key", [ALPHA, SHOP])
    def test_one_that_was_revoked(self, doctor, key):
        """Exit 4, with one request for the store; the command connects it again."""
        platform, _, name = key.partition(":")
        doctor.program.world.shop(platform, name).tokens.clear()
        before = doctor.program.requests(platform)

        found = doctor.one("tokens")

        assert doctor.program.requests(platform) <= before + 2
        assert (found["status"], found["store"], doctor.code()) == ("fail", key, 4)
        assert doctor.mends(found)

    def test_one_that_is_not_there(self, doctor):
        """The row is gone."""
        doctor.program.write("DELETE FROM credentials WHERE store_id = 2")

        assert doctor.one("tokens")["command"].endswith("connect shopify alpha")

    def test_one_that_the_key_does_not_open(self, doctor):
        """It opens the others: this one was brought here from elsewhere, and is to be made anew."""
        doctor.program.write("UPDATE credentials SET sealed = (SELECT sealed FROM credentials WHERE store_id = 1)")

        found = doctor.one("tokens")

        assert "the secret key does not open" in found["message"]
        assert doctor.mends(found)

    def test_a_scope_that_is_missing(self, doctor):
        """Told by Shopify itself; a warning, for it may have been left out on purpose."""
        shop = doctor.program.world.shop("shopify", "alpha")
        for token in shop.tokens.values():
            token.scopes -= {"read_customers"}

        found = doctor.one("tokens")

        assert (found["status"], "lacks read_customers" in found["message"], doctor.code()) == ("warn", True, 0)
        assert doctor.mends(found)

    def test_a_scope_that_tiendanube_denied(self, doctor):
        """Its platform does not tell scopes; what was denied is known."""
        doctor.program.write(
            "UPDATE checkpoints SET denied_scope = 'read_coupons' WHERE store_id = 1 AND resource = 'coupons'"
        )

        found = doctor.one("tokens")

        assert "lacks read_coupons" in found["message"]
        assert doctor.mends(found)

    @pytest.mark.parametrize("key", [ALPHA, SHOP])
    def test_another_shop_at_the_address(self, doctor, key):
        """Exit 4."""
        doctor.program.write("UPDATE stores SET platform_id = 'another' WHERE key = ?", key)

        assert "another shop" in doctor.one("tokens")["message"]
        assert doctor.code() == 4

    @pytest.mark.parametrize(
        ("status", "word", "code"), [(402, "fail", 3), (429, "warn", 0), (500, "warn", 0), (423, "fail", 3)]
    )
    def test_what_else_a_shop_may_answer(self, doctor, status, word, code):
        """Closed shops fail; who is busy is asked again later, by this very command."""
        rule = doctor.program.simulator.faults.add(
            Rule(platform="tiendanube", path="/store", status=status, times=None)
        )

        found = doctor.one("tokens")

        assert (found["status"], doctor.code("--only", "tokens")) == (word, code)
        rule.times = 0
        assert doctor.mends(found)

    def test_stores_out_of_reach_are_not_judged(self, doctor):
        """The network is at fault, and says so itself."""
        doctor.program.simulator.faults.add(Rule(platform="shopify", reset="connect", times=None))

        told = doctor.program("doctor", "--json", "--only", "tokens").json["checks"]

        assert [one["status"] for one in told] == ["skipped"]

    def test_one_that_nobody_renews(self, expiring):
        """Its end is near: a warning that the next sync mends."""
        expiring.program.clock.advance(days=81)

        found = expiring.one("tokens")

        assert (found["status"], "in 9 days only a person" in found["message"]) == ("warn", True)
        assert expiring.mends(found)

    def test_one_that_has_run_out(self, expiring):
        """It is not asked with: the platform would only refuse it. The next sync renews it."""
        expiring.program.clock.advance(hours=2)
        before = expiring.program.requests("shopify")

        found = expiring.one("tokens")

        assert expiring.program.requests("shopify") <= before + 1
        assert "the next sync renews it" in found["message"]
        assert expiring.mends(found)

    def test_one_that_has_ended_for_good(self, expiring):
        """Nobody renewed it for ninety days: exit 4, connect again."""
        expiring.program.clock.advance(days=91)

        found = expiring.one("tokens")

        assert ("ended for good" in found["message"], found["status"]) == (True, "fail")
        assert expiring.code("--only", "tokens") == 4

    @pytest.mark.parametrize(
        ("version", "now", "word"),
        [
            ("2026-10", "2026-11-22", None),
            ("2025-10", "2026-11-22", "fail"),
            ("2026-01", "2026-11-22", "warn"),
            ("2026-10", "2027-09-01", "warn"),
            ("unstable", "2026-11-22", None),
        ],
    )
    def test_a_version_of_the_api_that_ends(self, doctor, version, now, word):
        """Shopify serves each for a year; the operator's own setting is taken back, else the program is upgraded."""
        is_own = version != "2026-10"
        if is_own:
            doctor.write_settings(f"STORESYNC_SHOPIFY_VERSION={version}")
        doctor.program.clock.at = datetime.fromisoformat(f"{now}T12:00:00Z")

        found = [one for one in doctor("--only", "tokens") if "API version" in one["message"]]

        assert [one["status"] for one in found] == ([word] if word else [])
        if word and is_own:
            assert doctor.mends(found[0])
        elif word:
            assert found[0]["command"].endswith("-m pip install --upgrade storesync")


class TestSync:
    """How the stores stand."""

    def test_one_that_nobody_picked_up(self, doctor):
        """Pending for long; read by hand it is well."""
        doctor.program.world.add_shop("shopify", "beta", orders=1)
        doctor.program.connect("shopify", "beta", "--no-sync")
        doctor.program.clock.advance(minutes=5)
        assert doctor("--only", "sync", "beta") == []
        doctor.program.clock.advance(minutes=2)

        found = doctor.one("sync", "beta")

        assert found["message"] == "shopify:beta was connected 7 min ago, and nobody has begun to read it"
        assert doctor.code("--only", "sync") == 3
        assert doctor.mends(found, "beta")

    def test_a_run_that_stands_still(self, doctor):
        """Its process is gone, and nobody went on with it."""
        doctor.program.write(
            """INSERT INTO runs (store_id, trigger, kind, status, started_at)
                VALUES (2, 'cron', 'full', 'running', '2026-11-22T12:00:00Z')"""
        )
        doctor.program.write("UPDATE leases SET owner = 'gone', boot = 'boot-1', expires_at = 1e12")
        assert doctor("--only", "sync") == []
        doctor.program.clock.advance(minutes=40)

        found = doctor.one("sync", "alpha")

        assert "stood still since 2026-11-22 12:00 UTC" in found["message"]
        assert doctor.mends(found, "alpha")

    def test_one_that_fails(self, doctor):
        """Its last error, and the command that its hint names, else another try."""
        rule = doctor.program.simulator.faults.add(Rule(platform="tiendanube", status=500, times=None))
        doctor.program.clock.advance(minutes=6)
        doctor.program("sync-due")
        rule.times = 0

        found = doctor.one("sync", SHOP)

        assert "failed 1 time in a row: the platform answered 500" in found["message"]
        assert doctor.code("--only", "sync") == 3
        assert doctor.mends(found, SHOP)

    @pytest.mark.parametrize(("connection", "code"), [("needs_reauth", 4), ("suspended", 3)])
    def test_one_that_is_shut_out(self, doctor, connection, code):
        """By its token, or by its platform."""
        doctor.program.write(
            "UPDATE stores SET connection = ?, sync_status = 'failed', last_error = 'no' WHERE key = ?",
            connection,
            ALPHA,
        )

        found = doctor.one("sync", "alpha")

        assert doctor.code("--only", "sync") == code
        assert doctor.mends(found, "alpha")

    def test_one_that_is_paused_is_left_alone(self, doctor):
        """That is how the operator wants it."""
        doctor.program.write("UPDATE stores SET connection = 'paused', sync_status = 'failed'")

        assert doctor("--only", "sync") == []

    def test_a_thousand_of_them_are_one_line(self, doctor):
        """With the first names and what mends them all; a script is told of each."""
        doctor.program.write(
            """WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                INSERT INTO stores (id, key, platform, platform_id, domain, sync_status, connected_at)
                SELECT i, 'shopify:s' || i, 'shopify', i, 'x', 'pending', '2026-01-01T00:00:00Z' FROM n"""
        )
        lines = doctor.program("doctor", "--only", "sync").stdout.splitlines()

        assert (
            lines[0]
            == "fail    sync     1,000 stores are not in step: shopify:s1001, shopify:s1002, shopify:s1003 and 997 more"
        )
        assert lines[1].endswith(" sync --all")
        assert sum(one["store"] is not None for one in doctor("--only", "sync")) == 1000
        assert len(lines) == 4  # the other two: so many are more than one machine can serve

    def test_one_that_is_stale(self, doctor):
        """All its resources in one line."""
        doctor.program.clock.advance(hours=13)

        found = doctor.one("sync", "alpha")

        assert found["message"].startswith("shopify:alpha products, categories, customers, orders")
        assert doctor.mends(found, "alpha")

    def test_records_quarantined(self, doctor):
        """They are tried again by reconcile."""
        [(order,)] = doctor.program.sql("SELECT id FROM orders WHERE store_id = 2 LIMIT 1")
        for table in ("orders", "payloads"):
            doctor.program.write(f"DELETE FROM {table} WHERE store_id = 2 AND id = ?", order)
        doctor.program.write(
            """INSERT INTO quarantine (store_id, resource, id, reason, payload, first_seen_at)
                VALUES (2, 'orders', ?, 'no', '{}', '2026-11-22T12:00:00Z')""",
            order,
        )

        found = doctor.one("sync", "alpha")

        assert "orders: short, 1 record could not be read" in found["message"]
        assert doctor.mends(found, "alpha")

    def test_a_store_of_a_platform_in_trouble(self, doctor):
        """Nobody is sent to connect what the platform refuses to all, nor to ask it once more."""
        for key in ("beta", "gamma", "delta"):
            doctor.program.world.add_shop("shopify", key, orders=2)
            doctor.program.connect("shopify", key)
        doctor.program.simulator.faults.add(Rule(platform="shopify", status=401, times=None))
        for _ in range(12):
            doctor.program.clock.advance(minutes=1)
            doctor.program("sync-due")

        found = doctor("--only", "sync")

        assert len(found) == 4
        assert all(one["message"].endswith("it is tried again by itself") for one in found)
        assert all(" status shopify:" in one["command"] for one in found)

    def test_deletions_that_are_held(self, doctor):
        """To look first is told beside the command that applies them."""
        shop = doctor.program.world.shop("shopify", "alpha")
        for product in list(shop.resources["products"])[:11]:
            shop.remove("products", product)
        doctor.program("reconcile", "alpha")

        found = next(one for one in doctor("--only", "sync", "alpha") if " products" in one["message"])

        assert "surplus, the platform shows none of our" in found["message"]
        assert "as in an outage; look first: storesync reconcile shopify:alpha --dry-run" in found["message"]
        doctor.type(found["command"])
        assert [one for one in doctor("--only", "sync", "alpha") if " products" in one["message"]] == []

    def test_more_stores_than_can_be_served(self, doctor):
        """A warning from 80 % on; the setting that it names is enough."""
        doctor.write_settings("STORESYNC_BATCH_PAUSE=300s")
        assert doctor("--only", "sync") == []
        doctor.write_settings("STORESYNC_BATCH_PAUSE=310s")
        near, code = doctor.one("sync"), doctor.code("--only", "sync")
        doctor.write_settings("STORESYNC_BATCH_PAUSE=900s")
        over = doctor.one("sync")

        assert (near["status"], code) == ("warn", 0)
        assert (over["status"], doctor.code("--only", "sync")) == ("fail", 3)
        assert doctor.mends(over)
