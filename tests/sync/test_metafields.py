"""Metafields are read through their owners, one kind of owner after the other."""

from dataclasses import replace

import pytest

from storesync.platforms.shopify import session
from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator.faults import BulkFault, Rule
from storesync.simulator.metafields import add_metafield, rewrite
from storesync.simulator.shop import SCOPES
from storesync.simulator.shopify.api import bulk_of
from tests.kits.on_request import operations
from tests.kits.program import differences

KINDS = {"product", "variant", "collection", "order", "customer", "draft_order", "location", "shop"}


@pytest.fixture
def shop(program):
    return program.world.add_shop("shopify", "alpha", orders=12, metafields=3)


@pytest.fixture
def in_bulk(monkeypatch):
    """Two records of a kind are many."""
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)
    monkeypatch.setattr(session, "LEAST_IDS", 2)
    smaller(monkeypatch, 2)


def smaller(monkeypatch, size):
    """Let each page bring *size* owners."""
    source = SOURCES["metafields"]
    parts = tuple(replace(part, size=size) for part in source.parts)
    monkeypatch.setitem(SOURCES, "metafields", replace(source, parts=parts))


def connect(program, *only, scopes=None):
    token = program.world.shop("shopify", "alpha").issue_token(scopes)
    chosen = [word for name in (*only, "metafields") for word in ("--only", name)]
    answer = program("connect", "shopify", "alpha", "--token-stdin", *chosen, stdin=f"{token}\n")
    assert answer.code in {0, 4}, answer.stderr
    return answer


def state(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return store["resources"]["metafields"]


def held(program):
    return {row[0] for row in program.sql("SELECT DISTINCT owner_kind FROM metafields WHERE deleted_at IS NULL")}


def sync(program, **span):
    program.clock.advance(**span)
    assert program("sync", "alpha").code == 0


def test_the_metafields_of_every_kind_of_owner_are_read(program, shop):
    connect(program)

    assert held(program) == KINDS
    assert differences(program, shop, "metafields") == []
    assert state(program)["verdict"] == "verified"
    assert "BulkRun" not in operations(program)


def test_they_are_the_same_read_in_bulk(program, shop, in_bulk):
    connect(program)

    assert operations(program).count("BulkRun") > len(KINDS)
    assert held(program) == KINDS
    assert differences(program, shop, "metafields") == []
    assert state(program)["verdict"] == "verified"


def test_what_was_read_by_pages_is_not_written_anew_in_bulk(program, shop, monkeypatch, in_bulk):
    monkeypatch.setattr(session, "LEAST_ROOTS", 10**6)
    connect(program)
    before = program.sql("SELECT id, synced_at FROM metafields ORDER BY id")
    monkeypatch.setattr(session, "LEAST_ROOTS", 2)

    program.clock.advance(days=2)
    assert program("sync", "alpha", "--full").code == 0

    assert "BulkRun" in operations(program)
    assert program.sql("SELECT id, synced_at FROM metafields ORDER BY id") == before


def test_a_metafield_apart_from_its_owner_in_a_bulk_result_is_read_by_its_id(program, shop, in_bulk):
    bulk_of(shop).faults.append(BulkFault(late=2))
    connect(program)

    assert "MetafieldsNodes" in operations(program)
    assert differences(program, shop, "metafields") == []


def test_reading_goes_on_in_the_part_where_it_stopped(program, shop, monkeypatch):
    smaller(monkeypatch, 2)
    connect(program, "products")
    program.write("DELETE FROM metafields")
    program.write("DELETE FROM payloads WHERE resource = 'metafields'")
    program.clock.advance(days=1, minutes=1)
    seen = len(operations(program))
    taken = []

    program.simulator.faults.add(Rule(path="/graphql.json", delay=20.0, times=None))
    for _ in range(60):
        program("sync-due")
        taken.append(len(operations(program)) - seen)
        if not program.sql("SELECT 1 FROM checkpoints WHERE resource = 'metafields' AND cursor IS NOT NULL"):
            break
        program.clock.advance(minutes=1)
    assert len(set(taken)) > 3
    assert differences(program, shop, "metafields") == []


def test_a_changed_metafield_is_found_through_its_owner_or_within_a_day(program, shop):
    connect(program)
    for kind in KINDS:
        record = next(one for one in shop.resources["metafields"].values() if one["owner_kind"] == kind)
        program.clock.advance(seconds=1)
        rewrite(shop, record["id"])
    order = next(iter(shop.resources["orders"]))
    add_metafield(shop, "order", order, 99, shop.now())
    shop.touch("orders", order)

    sync(program, hours=1)
    found = {line.split()[1].rstrip(":") for line in differences(program, shop, "metafields")}
    silent = {shop.resources["metafields"][one]["owner_kind"] for one in found}
    assert silent < KINDS - {"order", "shop", "location"}

    sync(program, days=1)
    assert differences(program, shop, "metafields") == []


def test_an_increment_asks_only_for_owners_that_changed(program, shop):
    connect(program)
    shop.touch("products", next(iter(shop.resources["products"])))
    seen = len(operations(program))

    sync(program, hours=1)

    assert {name for name in operations(program)[seen:] if name.startswith("Metafields")} == {
        *("MetafieldsOfProducts", "MetafieldsOfVariants", "MetafieldsOfCollections", "MetafieldsOfOrders"),
        *("MetafieldsOfCustomers", "MetafieldsOfDraftOrders", "MetafieldsOfLocations", "MetafieldsOfShop"),
    }
    [records] = program.sql(
        "SELECT records FROM run_resources WHERE resource = 'metafields' ORDER BY run_id DESC LIMIT 1"
    )
    assert 3 <= records[0] < len(shop.resources["metafields"]) / 4


@pytest.mark.parametrize("way", ["pages", "bulk"])
def test_a_deleted_metafield_is_found_by_the_comparison_of_ids_and_may_come_back(program, shop, request, way):
    if way == "bulk":
        request.getfixturevalue("in_bulk")
    connect(program)
    gone, product = next(iter(shop.resources["metafields"])), list(shop.resources["products"])[-1]
    record = shop.resources["metafields"][gone]
    shop.remove("metafields", gone)
    shop.remove("products", product)

    program.clock.advance(hours=2)
    assert program("reconcile", "alpha", "--confirm").code == 0
    assert differences(program, shop, "metafields") == []
    assert program.sql("SELECT deleted_at IS NOT NULL FROM metafields WHERE id = ?", gone) == [(1,)]

    shop.resources["metafields"][gone] = record
    shop.counters["metafields"] += 1
    sync(program, days=1)
    assert differences(program, shop, "metafields") == []


class TestWithoutAScope:
    """A kind of owner that the token may not read costs the others nothing."""

    SCOPES = tuple(scope for scope in SCOPES["shopify"] if scope != "read_customers")

    def test_the_others_are_read_and_the_verdict_names_the_scope(self, program, shop):
        connect(program, scopes=self.SCOPES)

        assert held(program) == KINDS - {"customer"}
        assert state(program)["verdict"] == "limited"
        assert "grant read_customers to the app" in state(program)["reason"]
        assert "Customer.metafields" in state(program)["left_out"]

    def test_it_is_asked_for_once_alone(self, program, shop):
        connect(program, scopes=self.SCOPES)
        seen = operations(program).count("MetafieldsOfCustomers")
        sync(program, hours=1)
        assert operations(program).count("MetafieldsOfCustomers") == seen == 1

    def test_what_was_read_before_the_scope_was_lost_is_not_deleted(self, program, shop):
        connect(program)
        connect(program, scopes=self.SCOPES)
        program.clock.advance(days=8)
        program("sync", "alpha", "--full")
        program("reconcile", "alpha", "--confirm")

        assert held(program) == KINDS

    def test_it_is_read_once_the_scope_is_granted(self, program, shop):
        connect(program, scopes=self.SCOPES)
        connect(program)
        sync(program, hours=1)
        assert held(program) == KINDS
        assert differences(program, shop, "metafields") == []

    def test_without_any_scope_those_of_the_shop_are_left(self, program, shop):
        connect(program, scopes=("read_themes",))
        assert held(program) == {"shop"}
        assert len(state(program)["left_out"]) == len(KINDS) - 1

    def test_metafields_of_orders_that_are_no_longer_shown_stay(self, program, shop):
        connect(program)
        connect(program, scopes=tuple(scope for scope in SCOPES["shopify"] if scope != "read_all_orders"))
        before = program.sql("SELECT id FROM metafields WHERE owner_kind = 'order'")
        assert len(before) == 3 * len(shop.resources["orders"])
        program.clock.advance(days=30)
        program("sync", "alpha", "--full")
        assert program("reconcile", "alpha", "--confirm").code == 0
        assert state(program)["verdict"] == "limited"
        assert program.sql("SELECT id FROM metafields WHERE owner_kind = 'order' AND deleted_at IS NULL") == before


def test_a_metafield_that_cannot_be_read_is_quarantined_alone(program, shop, monkeypatch):
    record = next(one for one in shop.resources["metafields"].values() if one["owner_kind"] == "product")
    record["value"] = "zzodd"
    answer = program.simulator.handle

    def odd(*words):
        reply = answer(*words)
        return replace(reply, body=reply.body.replace(b"zzodd", b"\\ud800"))

    monkeypatch.setattr(program.simulator, "handle", odd)
    connect(program)
    assert program.sql("SELECT resource, id FROM quarantine") == [("metafields", record["id"])]
    del shop.resources["metafields"][record["id"]]
    assert differences(program, shop, "metafields") == []


def test_a_shop_is_read_without_metafields_until_they_are_asked_for(program, shop):
    assert program.connect("shopify", "alpha").code == 0
    assert program.sql("SELECT count(*) FROM metafields") == [(0,)]
    assert not any("Metafield" in str(name) for name in operations(program))

    assert program("set", "alpha", "--read", "metafields").code == 0
    sync(program, minutes=5)
    assert differences(program, shop, "metafields") == []


def test_a_shop_that_changes_all_the_time_is_read_completely(program, shop):
    connect(program)
    for _ in range(4):
        program.clock.advance(hours=13)
        program.world.advance(shop, 30)
        sync(program, minutes=1)
    sync(program, days=1)
    program("reconcile", "alpha", "--confirm")
    assert differences(program, shop, "metafields") == []


def test_those_of_many_variants_are_read_in_windows_of_their_update_time(program, in_bulk):
    """Neither variants nor collections can be searched by their creation."""
    shop = program.world.add_shop("shopify", "alpha", orders=20, products=60, metafields=1)
    bulk = bulk_of(shop)
    bulk.instant = True
    bulk.faults.extend(BulkFault(error="TIMEOUT", above=70) for _ in range(60))

    connect(program)

    assert operations(program).count("BulkRun") > len(KINDS)
    assert differences(program, shop, "metafields") == []
    assert state(program)["verdict"] == "verified"
