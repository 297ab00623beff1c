"""`status` tells how fresh and how complete every store is, to programs and to monitors."""

import json
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import jsonschema
import pytest

from storesync.model import Shop, Store
from storesync.rules.status import group_of
from storesync.simulator.faults import Rule
from tests.kits.program import NOON
from tests.kits.samples import TESTS
from tests.kits.scene import set_scene

KEYS = {
    "": "schema_version generated_at wants_rebuild scheduler targets stores",
    "scheduler": "is_running is_hindered last_tick_at last_tick_seconds last_tick_exit_code next_due_at total_stores"
    " active_stores pending_stores in_progress_stores failed_stores needs_reauth_stores suspended_stores"
    " paused_stores load",
    "load": "needed_per_minute capacity_per_minute",
    "targets": "success_rate pending_pickup_rate first_start_seconds first_sync_seconds active_freshness_seconds"
    " recovery_hours tick_rate",
    "target": "value goal met",
    "store": "store platform name alias owner domain url former_keys main_currency time_zone time_zone_by"
    " shop_time_zone derive_due changes sync_status connection connection_reason tier tier_pinned"
    " connected_at first_synced_at last_attempt_at last_sync_at next_sync_at last_run_seconds requests_24h"
    " requests_a_day activity_24h consecutive_failures last_error_code last_error hint is_hindered unfinished working"
    " token served_version bulk_refused resources disk_bytes",
    "token": "kind expires_at refresh_expires_at needs_person_by scopes missing_scopes",
    "resource": "rows deleted quarantined held_deletions complete_until last_pass_at watermark source_count verdict"
    " reason left_out checked_at progress",
}
COUNTERS = ("active", "pending", "in_progress", "failed", "needs_reauth", "suspended", "paused")
SCHEMA = json.loads(files("storesync").joinpath("status.schema.json").read_bytes())


@pytest.fixture
def alpha(program):
    """A Shopify shop, connected for its orders alone."""
    shop = program.world.add_shop("shopify", "alpha", orders=5)
    program.connect("shopify", "alpha", "--only", "orders", "--alias", "shoes", "--owner", "ana")
    return shop


def report(program, *words):
    return program("status", *words, "--json").json


def keys(text):
    return set(text.split())


def test_the_json_has_exactly_the_keys_of_the_contract(program, alpha):
    """No key is missing, none is there that nobody has heard of."""
    answer = report(program)
    store = answer["stores"][0]

    assert keys(KEYS[""]) == set(answer)
    assert keys(KEYS["scheduler"]) == set(answer["scheduler"])
    assert keys(KEYS["load"]) == set(answer["scheduler"]["load"])
    assert keys(KEYS["targets"]) == set(answer["targets"])
    assert [keys(KEYS["target"])] * 7 == [set(target) for target in answer["targets"].values()]
    assert keys(KEYS["store"]) == set(store)
    assert keys(KEYS["token"]) == set(store["token"])
    assert keys(KEYS["resource"]) == set(store["resources"]["orders"])


def test_the_schema_requires_exactly_the_promised_keys():
    """Who validates by the schema that ships in the package misses nothing of the contract."""
    parts = SCHEMA["$defs"]

    assert keys(KEYS[""]) == set(SCHEMA["required"])
    assert keys(KEYS["scheduler"]) == set(parts["scheduler"]["required"])
    assert keys(KEYS["store"]) == set(parts["store"]["required"]) == set(parts["store"]["properties"]) - {"explanation"}
    assert {"facts", "next", "command"} == set(parts["explanation"]["required"])
    assert keys(KEYS["token"]) == set(parts["token"]["required"])
    assert keys(KEYS["resource"]) == set(parts["resource"]["required"])


def test_the_golden_answer_fits_the_schema():
    """The answer that others are shown as the example is a valid one."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.validate(json.loads((TESTS / "golden" / "status.json").read_text()), SCHEMA)


def test_a_live_answer_fits_the_schema(program, tiendanube, shopify):
    """Pending, failed and synced stores of both platforms validate."""
    program.connect("tiendanube", "123456")
    program.connect("shopify", "alpha", "--no-sync")
    program.simulator.faults.add(Rule(platform="tiendanube", status=500, times=None))
    program("sync", "--all")

    jsonschema.validate(report(program), SCHEMA)


def test_every_explanation_fits_the_schema(program):
    """One store alone, in whatever state, comes with facts, what is next, and a command or none."""
    set_scene(program)

    for store in report(program)["stores"]:
        answer = report(program, store["store"])

        jsonschema.validate(answer, SCHEMA)
        assert "explanation" in answer["stores"][0]


def test_an_empty_database_fits_the_schema(program):
    """With no store at all everything unknown is null."""
    program("connect", "shopify", "alpha", "--token-stdin", stdin="shpat_of_nobody\n")

    jsonschema.validate(report(program), SCHEMA)


@pytest.mark.parametrize(
    ("store", "group"),
    [
        ({"connection": "disconnected", "sync_status": "failed"}, "disconnected"),
        ({"connection": "paused", "sync_status": "failed"}, "paused"),
        ({"connection": "needs_reauth", "sync_status": "failed"}, "needs_reauth"),
        ({"connection": "suspended", "sync_status": "failed"}, "suspended"),
        ({"sync_status": "failed"}, "failed"),
        ({"sync_status": "failed", "first_synced_at": NOON}, "failed"),
        ({"sync_status": "pending"}, "pending"),
        ({"sync_status": "in_progress"}, "in_progress"),
        ({"sync_status": "in_progress", "first_synced_at": NOON}, "active"),
        ({"sync_status": "completed", "first_synced_at": NOON}, "active"),
    ],
)
def test_a_store_is_counted_by_the_first_group_that_applies(store, group):
    """Of several states the one that keeps the store from being fresh counts."""
    one = Store(1, "shopify:alpha", "shopify", Shop("1", "alpha", "Alpha", "alpha.myshopify.com"))

    assert group == group_of(replace(one, **store))


def test_the_counters_are_a_partition(program):
    """Each connected store is counted once, and the total is the sum."""
    for key in ("one", "two", "three", "four", "five"):
        program.world.add_shop("shopify", key, orders=1)
        program.connect("shopify", key, *(["--no-sync"] if key == "two" else []))
    program.simulator.faults.add(Rule(shop="three", status=500, times=None))
    program.simulator.faults.add(Rule(shop="four", status=402, times=None))
    program("sync", "three", "four")
    program.write("UPDATE stores SET connection = 'disconnected' WHERE key = 'shopify:five'")

    scheduler = report(program)["scheduler"]

    counted = {name: scheduler[f"{name}_stores"] for name in COUNTERS}
    assert {**dict.fromkeys(COUNTERS, 0), "active": 1, "pending": 1, "failed": 1, "suspended": 1} == counted
    assert scheduler["total_stores"] == 4


@pytest.mark.parametrize(
    ("age", "code", "running"), [(179, 0, True), (180, 0, False), (10, 1, True), (10, 5, False), (10, 10, False)]
)
def test_the_scheduler_runs_where_a_tick_ended_well_lately(program, alpha, age, code, running):
    """Less than three minutes ago, with an exit code other than 5 and 10."""
    program("sync-due")
    program.write(f"UPDATE ticks SET exit_code = {code}")
    program.clock.advance(seconds=age)

    assert running == report(program)["scheduler"]["is_running"]


def test_a_clock_that_was_set_back_stops_no_scheduler(program, alpha):
    """The tick before it seems to lie ahead: what counts is the one that ended last."""
    program.write(
        "INSERT INTO ticks (started_at, ended_at, exit_code) VALUES ('2027-01-01T00:00:00Z', '2027-01-01T00:00:01Z', 0)"
    )
    program("sync-due")

    assert report(program)["scheduler"]["is_running"]
    assert program("status", "--check").code == 0


def test_a_scheduler_that_never_ran_is_not_running(program, alpha):
    """No tick, nothing to report of it."""
    scheduler = report(program)["scheduler"]

    assert (
        scheduler["is_running"],
        scheduler["last_tick_at"],
        scheduler["last_tick_exit_code"],
    ) == (False, None, None)


def test_nobody_works_on_an_idle_store(program, alpha):
    """`working` is null when no lease is held."""
    assert report(program)["stores"][0]["working"] is None


def test_working_tells_who_reads_a_store_now(program, tiendanube):
    """While a lease is held, status names its beginning, its trigger and the resource last saved."""
    program.connect("tiendanube", "123456", "--only", "products", "--only", "orders")
    seen = []
    program.clock.sleep = lambda _seconds: seen.append(report(program)["stores"][0]["working"])
    program.simulator.faults.add(Rule(delay=1, path="/orders"))
    program.clock.advance(minutes=5)

    program("sync", "123456", "--full")

    assert seen == [{"since": "2026-11-22T12:05:00Z", "trigger": "sync", "resource": "products"}]


def test_progress_tells_how_far_a_first_load_is(program):
    """Between two slices status shows what is done of what there is."""
    program.world.add_shop("tiendanube", "123456", orders=450)
    program.connect("tiendanube", "123456", "--only", "orders", "--no-sync")
    program.simulator.faults.add(Rule(delay=3, times=None))
    program.clock.advance(minutes=3)
    program.settings["STORESYNC_TICK_BUDGET"] = "5s"
    program("sync-due")

    assert report(program)["stores"][0]["resources"]["orders"]["progress"] == {"done": 400, "total": 450}


def test_a_store_is_found_by_key_handle_and_alias(program, alpha):
    """All three names of a store choose it."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--no-sync")

    found = [[one["store"] for one in report(program, name)["stores"]] for name in ("shopify:alpha", "alpha", "shoes")]

    assert found == [["shopify:alpha"]] * 3


def test_owner_shows_the_stores_of_one_owner(program, alpha):
    """Stores that belong to somebody else stay out."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--no-sync", "--owner", "bea")

    assert [one["store"] for one in report(program, "--owner", "bea")["stores"]] == ["tiendanube:123456"]


def test_an_unknown_format_is_refused(program, alpha):
    """A format that does not exist is a usage error which names those that do."""
    answer = program("status", "--format", "xml")

    assert answer.code == 2
    assert "table" in answer.stderr
    assert "prometheus" in answer.stderr


def test_format_json_is_json(program, alpha):
    """`--format json` and `--json` are the same answer."""
    assert program("status", "--json").stdout == program("status", "--format", "json").stdout


def test_format_json_tells_errors_in_json(program):
    """A monitor that asks for JSON gets JSON, also where there is no database."""
    assert program("status", "--format", "json").json["error"]["code"] == "database"


def test_an_interval_that_is_zero_has_no_capacity_limit(program, alpha):
    """Without a pause between groups the capacity is unlimited, which JSON writes as null."""
    program.settings["STORESYNC_BATCH_PAUSE"] = "0s"

    assert report(program)["scheduler"]["load"]["capacity_per_minute"] is None


def test_the_load_is_shown_against_the_capacity(program, alpha):
    """One store every five minutes, of 75 a minute."""
    assert report(program)["scheduler"]["load"] == {"needed_per_minute": 0.2, "capacity_per_minute": 75.0}


class TestCheck:
    """`status --check` says by its exit code whether all is well."""

    def test_all_is_well(self, program, alpha):
        """0: the scheduler runs and every store is fresh."""
        program("sync-due")

        assert program("status", "--check").code == 0

    def test_a_failed_store_is_3(self, program, alpha):
        """3: a store failed."""
        program.simulator.faults.add(Rule(status=500, times=None))
        program.clock.advance(minutes=5)
        program("sync-due")

        assert program("status", "--check").code == 3

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE checkpoints SET last_pass_at = '2026-11-22T11:00:00Z'",
            "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders)",
            "UPDATE checkpoints SET source_count = 4",
        ],
    )
    def test_stale_short_and_surplus_are_3(self, program, alpha, statement):
        """3: data that is old or not what the platform has."""
        program("sync-due")
        program.write(statement)

        assert program("status", "--check").code == 3

    def test_a_store_that_needs_a_person_is_4(self, program, alpha):
        """4 goes over 3."""
        program("sync-due")
        program.write("UPDATE stores SET connection = 'needs_reauth', sync_status = 'failed'")

        assert program("status", "--check").code == 4

    def test_another_store_that_needs_a_person_is_not_asked_about(self, program, alpha):
        """The code speaks of the stores that were named."""
        program.world.add_shop("shopify", "beta", orders=1)
        program.connect("shopify", "beta")
        program("sync-due")
        program.write("UPDATE stores SET connection = 'needs_reauth' WHERE key = 'shopify:beta'")

        assert program("status", "alpha", "--check").code == 0

    def test_no_scheduler_is_5(self, program, alpha):
        """5 goes over 4: without ticks nothing gets better."""
        program.write("UPDATE stores SET connection = 'needs_reauth'")

        assert program("status", "--check").code == 5

    def test_no_database_is_10(self, program):
        """10: there is nothing to check."""
        assert program("status", "--check").code == 10

    def test_paused_stores_are_well(self, program, alpha):
        """What the operator paused on purpose raises no alarm."""
        program("sync-due")
        program.write("UPDATE stores SET connection = 'paused', sync_status = 'failed'")

        assert program("status", "--check").code == 0


def test_requests_of_a_day_are_counted(program, alpha):
    """What a store cost the platform in 24 hours, and no longer."""
    spent = report(program)["stores"][0]["requests_24h"]
    program.clock.advance(hours=24, minutes=1)

    assert spent > 0
    assert report(program)["stores"][0]["requests_24h"] == 0


def test_unknown_instants_are_null(program):
    """A store that was never read has no instants but its beginning."""
    program.world.add_shop("shopify", "alpha", orders=1)
    program.connect("shopify", "alpha", "--no-sync")

    store = report(program)["stores"][0]

    assert store["connected_at"] == "2026-11-22T12:00:00Z"
    assert {None} == {store[name] for name in ("first_synced_at", "last_attempt_at", "last_sync_at")}
    assert timedelta(minutes=3) == _instant(store["next_sync_at"]) - NOON


def _instant(text):
    return NOON.fromisoformat(text)


def test_an_alias_does_not_hide_another_store(program, alpha):
    """A name that may mean two stores means none: nothing is done to the wrong one."""
    program.world.add_shop("tiendanube", "123456", orders=1)
    program.connect("tiendanube", "123456", "--no-sync", "--alias", "alpha")

    answer = program("status", "alpha")

    assert answer.code == 2
    assert "shopify:alpha" in answer.stderr
    assert program("status", "shopify:alpha", "--json").json["stores"][0]["store"] == "shopify:alpha"
