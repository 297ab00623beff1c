"""`status` judges: a verdict for every resource, targets for the whole, facts of the token."""

import pytest

from storesync.simulator.faults import Rule
from storesync.simulator.shop import SCOPES
from tests.kits.program import NOON


@pytest.fixture
def alpha(program):
    """A Shopify shop, not connected."""
    return program.world.add_shop("shopify", "alpha", orders=40)


def store_of(program):
    return program("status", "--json").json["stores"][0]


def verdict(program, resource="orders"):
    state = store_of(program)["resources"][resource]
    return state["verdict"], state["reason"]


def connect_with(program, shop, scopes, *options):
    """Connect with a pasted token of these *scopes*."""
    token = shop.issue_token(scopes)
    return program("connect", "shopify", shop.key, "--token-stdin", *options, stdin=token + "\n")


class TestVerdicts:
    """The first verdict that applies is told for each resource."""

    def test_verified(self, program, alpha):
        """Counted and compared: nothing more can be asked."""
        program.connect("shopify", "alpha")

        assert verdict(program) == ("verified", None)

    def test_denied_names_the_scope_and_the_way_out(self, program, alpha):
        """A resource that the token may not read says which scope is missing and what to type."""
        connect_with(program, alpha, ("read_products", "read_orders", "read_all_orders"))

        word, reason = verdict(program, "customers")

        assert word == "denied"
        assert "read_customers" in reason
        assert reason.endswith("storesync connect shopify alpha --token-stdin")

    def test_a_store_of_which_nothing_may_be_read_needs_a_person(self, program, alpha):
        """No run fails for a scope; but where all are missing, nothing is in sync."""
        connect_with(program, alpha, ("write_themes",))
        program("sync-due")

        assert verdict(program)[0] == "denied"
        assert "1 needs you" in program("status").stdout
        assert program("status", "--check").code == 4
        assert program("doctor", "--only", "sync").code == 4

    def test_syncing_before_the_first_load(self, program, alpha):
        """A store that was never read holds nothing to judge."""
        program.connect("shopify", "alpha", "--no-sync")

        assert verdict(program)[0] == "syncing"

    def test_stale_after_twice_the_interval(self, program, alpha):
        """Eleven minutes after its last pass, a five-minute store is stale, and says what to look at."""
        program.connect("shopify", "alpha")
        program.clock.advance(minutes=10)
        still = verdict(program)
        program.clock.advance(seconds=1)

        word, reason = verdict(program)

        assert (still[0], word) == ("verified", "stale")
        assert reason.endswith("storesync sync shopify:alpha")

    def test_stale_also_while_waiting_in_backoff(self, program, alpha):
        """A failing store does not look fresh; the reason tells the error."""
        program.connect("shopify", "alpha")
        program.simulator.faults.add(Rule(status=500, times=None))
        program.clock.advance(minutes=11)
        program("sync-due")

        word, reason = verdict(program)

        assert word == "stale"
        assert "2026-11-22 12:00 UTC" in reason

    def test_hourly_resources_are_stale_by_the_hour(self, program, alpha):
        """What is read once an hour is not stale before two."""
        program.connect("shopify", "alpha")
        program.clock.advance(hours=2)

        assert verdict(program, "categories")[0] == "verified"

    def test_short_says_by_how_many(self, program, alpha):
        """The platform has more than we do."""
        program.connect("shopify", "alpha")
        program.write("DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)")

        word, reason = verdict(program)

        assert word == "short"
        assert "1 more" in reason
        assert reason.endswith("storesync reconcile shopify:alpha")

    def test_short_where_records_were_quarantined(self, program, alpha):
        """A record in quarantine is one that we do not have."""
        program.connect("shopify", "alpha")
        program.write(
            """INSERT INTO quarantine (store_id, resource, id, reason, payload, first_seen_at)
                VALUES (1, 'orders', '1', 'no id', '{}', '2026-11-22T12:00:00Z')""",
        )

        assert verdict(program)[0] == "short"
        assert store_of(program)["resources"]["orders"]["quarantined"] == 1

    def test_surplus_while_deletions_are_held(self, program, alpha):
        """Many deletions at once are held, and the reason says how to apply them."""
        program.connect("shopify", "alpha")
        for order in list(alpha.resources["orders"])[:30]:
            alpha.remove("orders", order)
        program.clock.advance(minutes=5)
        program("reconcile", "alpha")

        word, reason = verdict(program)

        assert word == "surplus"
        assert reason.endswith("storesync reconcile shopify:alpha --confirm")
        assert store_of(program)["resources"]["orders"]["held_deletions"] == 30

    def test_what_is_new_is_no_surplus(self, program, alpha):
        """An old count is not held against what came since: Shopify does not count its stock levels."""
        program.connect("shopify", "alpha")
        before = store_of(program)["resources"]["inventory_levels"]["rows"]
        program.clock.advance(minutes=5)
        program.world.advance(alpha, 60)
        program.clock.advance(minutes=1)
        program("sync", "alpha")

        assert store_of(program)["resources"]["inventory_levels"]["rows"] > before
        assert verdict(program, "inventory_levels") == ("verified", None)

    def test_limited_says_since_when(self, program, alpha):
        """Without read_all_orders Shopify shows sixty days, and we name the first of them."""
        connect_with(program, alpha, ("read_products", "read_orders", "read_customers"))

        word, reason = verdict(program)

        assert word == "limited"
        assert reason.startswith("only records since 2026-09-23 are shown to us; grant read_all_orders to the app")
        assert reason.endswith("storesync connect shopify alpha --token-stdin")

    def test_unverified_without_a_recent_comparison(self, program, alpha):
        """A count alone proves little; the reason names the command that compares."""
        program.connect("shopify", "alpha")
        program.write("UPDATE checkpoints SET compared_at = '2026-11-14T11:59:59Z'")

        word, reason = verdict(program)

        assert word == "unverified"
        assert reason.endswith("storesync reconcile shopify:alpha")


class TestToken:
    """What is no secret of a store's token."""

    def test_a_pasted_token_lasts(self, program, alpha):
        """A static token ends never and needs nobody."""
        program.connect("shopify", "alpha", "--no-sync")

        token = store_of(program)["token"]

        assert token["kind"] == "static"
        assert [token[name] for name in ("expires_at", "refresh_expires_at", "needs_person_by")] == [None] * 3

    def test_missing_scopes_are_named(self, program, alpha):
        """The scopes that a resource needs and the token lacks, also before the first sync."""
        connect_with(program, alpha, ("read_orders", "read_all_orders"), "--no-sync")

        token = store_of(program)["token"]

        assert token["scopes"] == ["read_all_orders", "read_orders"]
        missing = ["read_customers", "read_discounts", "read_draft_orders", "read_inventory", "read_locations"]
        assert token["missing_scopes"] == [*missing, "read_products"]

    def test_a_scope_to_write_opens_reading(self, program, alpha):
        """Nothing is missing where write_customers was granted."""
        others = [scope for scope in SCOPES["shopify"] if scope != "read_customers"]
        connect_with(program, alpha, (*others, "write_customers"), "--no-sync")

        assert store_of(program)["token"]["missing_scopes"] == []

    def test_no_token_is_shown(self, program, alpha):
        """Neither the token nor its sealed form is part of any status."""
        program.connect("shopify", "alpha", "--no-sync")
        token = next(iter(alpha.tokens))
        sealed = program.sql("SELECT sealed FROM credentials")[0][0].decode()

        shown = program("status", "--json").stdout + program("status").stdout

        assert token not in shown
        assert sealed not in shown


class TestTargets:
    """The operator's targets are measured, and said to be met or not."""

    def test_nothing_measured_is_neither_met_nor_missed(self, program):
        """With no store there is nothing to rate."""
        program("connect", "shopify", "alpha", "--token-stdin", stdin="shpat_of_nobody\n")

        targets = program("status", "--json").json["targets"]

        assert {(target["value"], target["met"]) for target in targets.values()} == {(None, None)}

    def test_success_rate(self, program, alpha):
        """Of two runs one failed: half of them succeeded, too few."""
        program.connect("shopify", "alpha")
        program.simulator.faults.add(Rule(status=402))
        program.clock.advance(minutes=5)
        program("sync", "alpha")

        assert self.target(program, "success_rate") == (0.5, False)

    def test_a_pending_store_nobody_picked_up(self, program, alpha):
        """Past twice the grace, a store that no tick has started is missed."""
        program.connect("shopify", "alpha", "--no-sync")
        program.clock.advance(minutes=7)

        assert self.target(program, "pending_pickup_rate") == (0, False)

    def test_a_pending_store_picked_up(self, program, alpha):
        """The tick after the grace starts and finishes the store: all three targets are met."""
        program.connect("shopify", "alpha", "--no-sync")
        program.clock.advance(minutes=3)
        program("sync-due")
        program.clock.advance(minutes=4)

        assert self.target(program, "pending_pickup_rate") == (1, True)
        assert self.target(program, "first_start_seconds") == (180, True)
        assert self.target(program, "first_sync_seconds") == (180, True)

    def test_freshness_is_the_worst_active_stores(self, program, alpha):
        """31 minutes after the last sync the target is missed."""
        program.connect("shopify", "alpha")
        program.clock.advance(minutes=31)

        assert self.target(program, "active_freshness_seconds") == (1860, False)

    def test_a_store_never_synced_is_not_fresh(self, program, alpha):
        """Before its first sync a store is as old as its connection."""
        program.connect("shopify", "alpha", "--no-sync")
        program.clock.advance(minutes=31)

        assert self.target(program, "active_freshness_seconds") == (1860, False)

    def test_recovery_counts_until_the_store_is_back(self, program, alpha):
        """A failure at 12:05 that heals at 12:35 took half an hour."""
        program.connect("shopify", "alpha")
        rule = program.simulator.faults.add(Rule(status=500, times=None))
        program.clock.advance(minutes=5)
        program("sync", "alpha")
        rule.times = 0
        program.clock.advance(minutes=30)
        program("sync", "alpha")
        program.clock.advance(hours=30)

        assert self.target(program, "recovery_hours") == (0.5, True)

    def test_a_store_that_is_still_failing_has_not_recovered(self, program, alpha):
        """25 hours after it began to fail, the target is missed."""
        program.connect("shopify", "alpha")
        program.simulator.faults.add(Rule(status=500, times=None))
        program("sync", "alpha")
        program.clock.advance(hours=25)

        assert self.target(program, "recovery_hours") == (25, False)

    def test_tick_rate_counts_the_minutes_without_a_tick(self, program, alpha):
        """Two ticks in four minutes are half of them."""
        program.connect("shopify", "alpha")
        program("sync-due")
        program.clock.advance(minutes=3)
        program("sync-due")

        assert self.target(program, "tick_rate") == (0.5, False)

    @staticmethod
    def target(program, name):
        found = program("status", "--json").json["targets"][name]
        return found["value"], found["met"]


def test_generated_at_is_now(program, alpha):
    """The answer says when it was true."""
    program.connect("shopify", "alpha", "--no-sync")
    program.clock.advance(seconds=90)

    assert NOON.fromisoformat(program("status", "--json").json["generated_at"]) == program.clock.now()
