"""Our ids against the platform's: what is missing or stale is fetched, what is deleted gets a tombstone."""

from datetime import timedelta

import pytest

from storesync.simulator.faults import Rule
from storesync.storage.engine import sqlite3
from storesync.tables import TABLES
from tests.kits.program import NOON, differences
from tests.kits.reconcile import compared, found, remove, tombstones


@pytest.fixture(params=["tiendanube", "shopify"])
def shop(request, program):
    """A shop, loaded completely, one minute ago."""
    opened = request.getfixturevalue(request.param)
    assert program.connect(opened.platform, opened.key).code == 0
    program.clock.advance(minutes=1)
    return opened


@pytest.fixture
def loaded(program, tiendanube):
    """A Tiendanube shop of 90 orders, loaded completely, one minute ago."""
    assert program.connect("tiendanube", tiendanube.key).code == 0
    program.clock.advance(minutes=1)
    return tiendanube


def change(program, statement: str) -> None:
    """Change our database behind the program's back."""
    connection = sqlite3.connect(program.database, isolation_level=None)
    connection.execute(statement)
    connection.close()


def everything(program) -> dict[str, list[tuple]]:
    """Return all that a sync may change of a store's data."""
    tables = (*TABLES, "payloads", "quarantine", "held_deletions", "listed", "checkpoints")
    return {name: program.sql(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in tables}


def test_nothing_differs_after_a_load(program, shop):
    """A comparison of what was just loaded finds and does nothing; the verdict is proven."""
    outcome = compared(program, shop)

    assert (found(outcome), outcome["verdict"]) == ({}, "verified")


def test_what_is_missing_is_fetched(program, shop):
    """Records that no update time told of are found by their ids."""
    program.world.advance(shop, 10)
    outcome = compared(program, shop)

    assert outcome["missing"] > 0
    assert [line for line in differences(program, shop) if line.startswith("orders ")] == []


@pytest.mark.parametrize("resource", ["products", "customers", "orders"])
def test_what_a_list_leaves_out_for_a_while_is_not_tombstoned(program, shop, resource):
    """Lists and searches come from copies that may lag behind: the record itself is asked for by its id."""
    left_out = list(shop.resources[resource])[:3]
    for one in left_out:
        shop.veil(resource, one, program.clock.at + timedelta(days=1))

    assert found(compared(program, shop, resource=resource)) == {}
    assert tombstones(program, resource) == []


@pytest.mark.parametrize("resource", ["products", "categories"])
def test_a_record_returns_with_its_place_among_the_others(program, shop, resource):
    """Who is in which category is told by the products on one platform, by the categories on the other."""
    product = next(one for one in shop.resources["products"].values() if one["category_ids"])
    gone = product["id"] if resource == "products" else product["category_ids"][0]
    record = shop.resources[resource].pop(gone)
    for name in ("products", "categories"):
        compared(program, shop, resource=name)
    tombstoned = tombstones(program, resource)
    shop.resources[resource][gone] = record

    compared(program, shop, resource=resource)

    assert tombstoned == [gone]
    assert [line for line in differences(program, shop) if line.startswith("product_categories ")] == []


def test_a_product_that_returns_is_in_no_category_that_is_still_gone(program, shopify):
    """It is in it again once both are there."""
    program.connect("shopify", shopify.key)
    product = next(one for one in shopify.resources["products"].values() if one["category_ids"])
    gone = {"products": product["id"], "categories": product["category_ids"][0]}
    records = {}
    for name, one in gone.items():
        program.clock.advance(minutes=1)
        records[name] = shopify.resources[name].pop(one)
        compared(program, shopify, resource=name)

    for name, one in gone.items():
        shopify.resources[name][one] = records[name]
        compared(program, shopify, resource=name)

        assert [line for line in differences(program, shopify) if line.startswith("product_categories ")] == []


def test_what_is_stale_is_fetched(program, shop):
    """An edit that no increment brought shows in the update time."""
    edited = list(shop.resources["orders"])[:2]
    for one in edited:
        shop.touch("orders", one, note="changed")

    assert found(compared(program, shop)) == {"stale": 2}
    assert program.sql("SELECT DISTINCT note FROM orders WHERE id IN (?, ?)", *edited) == [("changed",)]


def test_a_row_of_an_older_version_is_stale(program, loaded):
    """Only a newer version upstream counts: nothing is fetched for an older one."""
    change(program, "UPDATE orders SET updated_at = '2031-01-01T00:00:00Z'")

    assert found(compared(program, loaded)) == {}


def test_what_is_gone_is_tombstoned_with_its_children(program, shop):
    """Tombstones, never rows that vanish; the record and all below it."""
    gone = remove(shop, 2)

    assert found(compared(program, shop)) == {"deleted": 2}
    assert tombstones(program) == sorted(gone)
    assert program.sql("SELECT count(*) FROM order_lines WHERE order_id IN (?, ?) AND deleted_at IS NULL", *gone) == [
        (0,)
    ]
    assert differences(program, shop) == []


def test_a_record_that_the_listing_lost_is_asked_for_before_it_is_tombstoned(program, loaded):
    """A listing that leaves a record out by mistake deletes nothing."""
    versions = [{"id": int(one), "updated_at": "2020-01-01T00:00:00+0000"} for one in loaded.resources["orders"]][1:]
    listing = Rule(path="/orders?", status=200, body=versions, headers={"x-total-count": str(len(versions))})
    program.simulator.faults.add(listing)
    before = program.requests()

    assert found(compared(program, loaded)) == {}
    assert (listing.met, program.requests() - before) == (1, 2)
    assert tombstones(program) == []


@pytest.mark.parametrize("resource", ["products", "categories", "customers", "orders"])
def test_an_empty_listing_deletes_nothing(program, resource):
    """Twice in a row, also of a shop so small that no delete guard holds: each record is asked for by its id."""
    small = program.world.add_shop("tiendanube", "77", orders=6, customers=4, products=4)
    program.connect("tiendanube", "77")
    program.clock.advance(minutes=1)
    empty = {"code": 404, "message": "Not Found", "description": "Last page is 0"}
    for _ in range(2):
        program.simulator.faults.add(Rule(path=f"/{resource}?", status=404, body=empty))
        outcome = compared(program, small, resource=resource)

        assert (outcome["deleted"], outcome["held"]) == (0, 0)
    assert tombstones(program, resource) == []
    assert differences(program, small) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"truncate": 0.6, "declared": False, "times": None}, "bad_response"),
        ({"html": True, "times": None}, "bad_response"),
        ({"status": 503, "times": None}, "platform_down"),
        ({"status": 200, "body": [{"id": 1}], "headers": {"x-total-count": "90"}, "times": None}, "incomplete"),
        ({"reset": "read", "times": None}, "network"),
    ],
    ids=["cut", "html", "503", "fewer-than-counted", "reset"],
)
def test_a_listing_without_its_end_deletes_nothing(program, loaded, fault, error):
    """It proves nothing; the run fails and says why."""
    remove(loaded, 3)
    program.simulator.faults.add(Rule(path="/orders?", **fault))
    answer = program("reconcile", loaded.key, "--resource", "orders", "--confirm", "--json")

    assert answer.json["stores"][0]["error_code"] == error
    assert tombstones(program) == []


def test_a_listing_of_graphql_without_its_end_deletes_nothing(program, shopify):
    """An error beside half of the data is no listing."""
    program.connect("shopify", shopify.key)
    program.clock.advance(minutes=1)
    remove(shopify, 3)
    program.simulator.faults.add(Rule(text="OrdersVersions", status=200, body={"data": {"orders": None}}, times=None))
    answer = program("reconcile", shopify.key, "--resource", "orders", "--confirm", "--json")

    assert answer.json["stores"][0]["result"] == "failed"
    assert tombstones(program) == []


def test_a_dry_run_changes_nothing(program, shop):
    """It says what a comparison would find; rows, checkpoints and held deletions stay."""
    remove(shop, 4)
    shop.touch("orders", next(iter(shop.resources["orders"])), note="changed")
    before = everything(program)
    answer = program("reconcile", shop.key, "--resource", "orders", "--dry-run")

    assert (answer.code, everything(program) == before) == (0, True)
    assert "1 stale, 4 gone" in answer.stdout


def test_a_dry_run_names_what_it_found(program, loaded):
    """The ids to look at, of each kind; what is to be held is apart, and the exit code is that of the real run."""
    edited = list(loaded.resources["orders"])[-1]
    loaded.touch("orders", edited)
    program.write("DELETE FROM orders WHERE id = ?", lost := list(loaded.resources["orders"])[-2])
    gone = sorted(remove(loaded, 3))
    words = ("reconcile", loaded.key, "--resource", "orders", "--dry-run")

    assert f"    missing: {lost}\n    stale: {edited}\n    gone: {', '.join(gone)}\n" in program(*words).stdout
    gone = sorted([*gone, *remove(loaded, 22)])
    answer = program(*words, "--json")
    orders = answer.json["stores"][0]["resources"]["orders"]
    assert orders["ids"] == {"missing": [lost], "stale": [edited], "gone": [], "held": gone[:20]}
    assert (answer.code, orders["gone"], orders["held"], orders["deleted"]) == (3, 25, 25, 0)
    told = program(*words).stdout
    assert f"    held: {', '.join(gone[:20])} and 5 more\n" in told
    assert "    gone:" not in told
    assert program.sql("SELECT count(*) FROM held_deletions") == [(0,)]


@pytest.mark.parametrize("which", ["one", "all"])
def test_undelete_takes_tombstones_back(program, shop, which):
    """With all that was tombstoned along, until the next comparison."""
    gone = remove(shop, 2)
    compared(program, shop)
    answer = program("reconcile", shop.key, "--undelete", gone[0] if which == "one" else "all")

    back = gone[:1] if which == "one" else gone
    assert answer.code == 0
    assert answer.stdout == f"{shop.platform}:{shop.key} orders: {', '.join(back)}\n{len(back)} restored\n"
    assert tombstones(program) == ([gone[1]] if which == "one" else [])
    lines = "SELECT count(*) FROM order_lines WHERE order_id = ? AND deleted_at IS NOT NULL"
    assert program.sql(lines, gone[0]) == [(0,)]


def test_a_category_that_is_taken_back_stands_in_the_paths_of_those_below_it(program, tiendanube):
    """As it did before it was deleted."""
    program.connect("tiendanube", "123456")
    paths = "SELECT id, path FROM categories WHERE deleted_at IS NULL ORDER BY id"
    before = program.sql(paths)
    [(parent,)] = program.sql("SELECT parent_id FROM categories WHERE parent_id IS NOT NULL LIMIT 1")
    del tiendanube.resources["categories"][parent]
    program.clock.advance(minutes=5)
    program("reconcile", "123456", "--resource", "categories")
    tombstoned = program.sql(paths)

    assert program("reconcile", "123456", "--undelete", parent).code == 0
    assert program.sql(paths) == before
    assert [one for one in before if one[0] != parent] != tombstoned


def test_undelete_takes_back_nothing_where_an_id_is_unknown(program, loaded):
    """It says so, and names the command that lists what there is; that one changes nothing."""
    gone = remove(loaded, 2)
    compared(program, loaded)
    answer = program("reconcile", loaded.key, "--undelete", gone[0], "--undelete", "404")
    command = answer.stderr.strip().rpartition(": storesync ")[2]
    listed = program(*command.split())

    assert (answer.code, "no deleted record has the id 404;" in answer.stderr) == (2, True)
    assert (listed.code, listed.stdout) == (0, f"tiendanube:123456 orders: {', '.join(gone)}\n2 could be restored\n")
    assert program(*command.split(), "--json").json["tombstones"] == [
        {"store": "tiendanube:123456", "resource": "orders", "count": 2, "ids": gone}
    ]
    assert tombstones(program) == gone


def test_an_id_that_may_be_a_store_is_asked_about(program, loaded):
    """Each id has an --undelete of its own: what stands beside it is no id, and is not taken for a store either."""
    gone = remove(loaded, 2)
    compared(program, loaded)
    program.world.add_shop("tiendanube", gone[1], orders=1)
    program.connect("tiendanube", gone[1])

    answer = program("reconcile", loaded.key, "--undelete", *gone)

    assert answer.code == 2
    assert f"is '{gone[1]}' another id or a store?" in answer.stderr
    assert f"storesync reconcile {loaded.key} --undelete {gone[0]} --undelete ID" in answer.stderr
    assert tombstones(program) == gone


def test_what_the_shop_still_lacks_is_marked_again(program, loaded):
    """Taking a mark back is no way to keep a row unmarked: the next comparison looks again."""
    gone = remove(loaded, 1)
    compared(program, loaded)
    program("reconcile", loaded.key, "--undelete", "all")

    assert found(compared(program, loaded)) == {"deleted": 1}
    assert tombstones(program) == gone


@pytest.mark.parametrize("options", [(), ("--no-sync",)], ids=["synced", "not-synced"])
def test_orders_of_before_the_shown_window_are_not_tombstoned(program, shopify, options):
    """A token without read_all_orders sees sixty days; older orders stay, newer ones are compared."""
    program.connect("shopify", shopify.key)
    program.clock.advance(minutes=1)
    scopes = frozenset(next(iter(shopify.tokens.values())).scopes) - {"read_all_orders"}
    token = shopify.issue_token(scopes)
    program("connect", "shopify", shopify.key, "--token-stdin", *options, stdin=token + "\n")
    program.clock.advance(minutes=1)
    old = [one for one, order in shopify.resources["orders"].items() if order["created_at"] < NOON - timedelta(days=70)]
    new = [one for one, order in shopify.resources["orders"].items() if order["created_at"] > NOON - timedelta(days=50)]
    shopify.remove("orders", new[0])
    outcome = compared(program, shopify, "--confirm")

    assert len(old) > 10
    assert (found(outcome), outcome["verdict"]) == ({"deleted": 1}, "limited")
    assert tombstones(program) == [new[0]]


def test_orders_that_a_scope_hides_from_the_same_token_are_not_tombstoned(program, shopify):
    """Nobody says when read_all_orders is taken back: two listings, and each order by its id, say they are gone."""
    program.connect("shopify", shopify.key)
    [token] = shopify.tokens.values()
    granted, token.scopes = token.scopes, token.scopes - {"read_all_orders"}

    for _ in range(2):
        program.clock.advance(hours=2)
        assert (program("sync", shopify.key).code, compared(program, shopify)["verdict"]) == (0, "limited")
    assert tombstones(program) == []
    token.scopes = granted
    assert compared(program, shopify)["verdict"] == "verified"


def test_a_load_since_a_date_is_not_made_whole_by_a_comparison(program, tiendanube):
    """connect --since means it: older records are not fetched one by one afterwards."""
    since = NOON - timedelta(days=60)
    program.connect("tiendanube", tiendanube.key, "--since", f"{since:%Y-%m-%d}")
    wanted = [o for o in tiendanube.resources["orders"].values() if o["updated_at"] >= since.replace(hour=0)]
    program.clock.advance(minutes=1)

    assert 0 < len(wanted) < 90
    assert found(compared(program, tiendanube)) == {}
    assert program.sql("SELECT count(*) FROM orders") == [(len(wanted),)]


def test_a_load_since_a_date_is_not_compared_each_hour(program, tiendanube):
    """The source counts what is not wanted here: that is no difference to look into."""
    compared = "SELECT resource, compared_at FROM checkpoints WHERE resource IN ('customers', 'orders', 'products')"
    program.connect("tiendanube", tiendanube.key, "--since", "2026-10-01")
    compared_at = program.sql(compared)
    program.clock.advance(minutes=65)
    program.world.advance(tiendanube, 5)
    program("sync", tiendanube.key)

    assert program.sql("SELECT max(source_count) FROM checkpoints WHERE resource = 'orders'")[0][0] >= 90
    assert program.sql(compared) == compared_at


def test_a_comparison_is_recorded(program, loaded):
    """As a run of its own kind, with the store's date of reconciling."""
    compared(program, loaded)

    assert program.sql("SELECT trigger, kind, status FROM runs ORDER BY id DESC LIMIT 1") == [
        ("reconcile", "reconcile", "succeeded")
    ]


def test_a_comparison_goes_on_over_several_slices(program, shop):
    """A listing longer than a slice is not begun anew each time."""
    program.connect(shop.platform, shop.key)
    program.settings["STORESYNC_SLICE"] = "1s"
    program.write("UPDATE checkpoints SET comparison_due = 1 WHERE resource = 'orders'")
    program.simulator.faults.add(Rule(path="/orders", delay=2, times=None))
    for _ in range(4):
        program.clock.advance(minutes=5)
        program("sync", shop.key)

    assert program.sql("SELECT comparison_due FROM checkpoints WHERE resource = 'orders'") == [(0,)]


def test_what_a_comparison_did_is_counted(program, loaded):
    """Pages, records, rows and tombstones taken back: in the answer, and what was deleted in the run as well."""
    first, second, third = sorted(loaded.resources["orders"])[:3]
    loaded.remove("orders", first)
    loaded.touch("orders", second, note="changed")
    change(program, f"UPDATE orders SET deleted_at = '2026-11-22T12:00:00Z' WHERE id = '{third}'")
    outcome = compared(program, loaded)

    assert {name: outcome[name] for name in ("pages", "records", "missing", "stale", "deleted", "restored")} == {
        "pages": 1,
        "records": 2,
        "missing": 1,
        "stale": 1,
        "deleted": 1,
        "restored": 1,
    }
    assert outcome["rows_written"] > 2
    assert program.sql("SELECT records, rows_written, rows_deleted FROM runs ORDER BY id DESC LIMIT 1") == [
        (2, outcome["rows_written"], 1)
    ]


def test_what_is_listed_again_is_no_tombstone_taken_back(program, tiendanube):
    """A checkout that had left the platform's list was never deleted."""
    program.connect("tiendanube", tiendanube.key)
    program.clock.advance(minutes=1)
    change(program, "UPDATE checkouts SET expired_at = '2026-11-22T12:00:00Z'")
    outcome = compared(program, tiendanube, resource="checkouts")

    assert (outcome["records"] > 0, outcome["restored"]) == (True, 0)
    assert program.sql("SELECT count(*) FROM checkouts WHERE expired_at IS NOT NULL") == [(0,)]


def test_a_run_that_was_killed_is_ended_by_a_comparison(program, loaded):
    """Whoever compares by hand takes the store over from the dead, and the store is in sync again."""
    program.write("UPDATE stores SET sync_status = 'in_progress', next_sync_at = '2026-11-22T12:01:00Z'")
    program.write("UPDATE leases SET owner = 'gone', boot = 'boot-1', expires_at = 1e12, trigger = 'cron'")
    program.write(
        "INSERT INTO runs (store_id, trigger, kind, status, started_at, slices) VALUES (1, 'cron', ?, 'running', ?, 1)",
        "incremental",
        "2026-11-22T12:00:30Z",
    )

    assert program("reconcile", loaded.key).code == 0

    assert program.sql("SELECT kind, status FROM runs ORDER BY id DESC LIMIT 2") == [
        ("reconcile", "succeeded"),
        ("incremental", "interrupted"),
    ]
    assert program.sql("SELECT sync_status, next_sync_at FROM stores") == [("completed", "2026-11-22T12:01:00Z")]
