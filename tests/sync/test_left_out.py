"""A field that Shopify refuses, or no longer has, costs that field: told once, remembered, asked for again."""

import json
import re

import pytest

from storesync.platforms.shopify.parts import parts_in
from storesync.platforms.shopify.queries import document
from storesync.simulator.shop import SCOPES
from tests.kits.program import differences
from tests.kits.samples import ROOT

URL = "AbandonedCheckout.abandonedCheckoutUrl"
SCHEMA = ROOT / "storesync" / "simulator" / "shopify" / "schema.graphql"


@pytest.fixture
def shopify(program):
    """A shop that is read in no time."""
    return program.world.add_shop("shopify", "alpha", orders=10)


def resources(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return store["resources"]


def verdicts(program):
    return {name: state["verdict"] for name, state in resources(program).items()}


def schema_without(*fields):
    """Return the simulated Shopify's schema without some *fields*, such as ``Customer.note``."""
    text = SCHEMA.read_text(encoding="utf-8")
    for name in fields:
        kind, _, field = name.partition(".")
        head, _, rest = text.partition(f"\ntype {kind} ")
        body, end, tail = rest.partition("\n}")
        lines = [line for line in body.split("\n") if not line.strip().startswith((f"{field}:", f"{field}("))]
        assert len(lines) == body.count("\n")
        text = f"{head}\ntype {kind} " + "\n".join(lines) + end + tail
    return text


def live(program, **span):
    """Let time pass and cron call once; return what it printed."""
    program.clock.advance(**span)
    answer = program("sync-due")
    return answer.stdout + answer.stderr


@pytest.mark.parametrize("form", ["path", "no path", "list path"])
def test_an_unapproved_field_costs_that_field_only(program, shopify, form):
    """The address of a checkout may not be null, so its refusal takes all the answer with it."""
    shopify.state |= {"withheld": {URL}, "refusal form": form}

    answer = program.connect("shopify", "alpha")

    assert answer.code == 0
    assert {name for name, verdict in verdicts(program).items() if verdict != "verified"} == {"checkouts"}
    checkouts = resources(program)["checkouts"]
    assert (checkouts["verdict"], checkouts["rows"]) == ("limited", len(shopify.resources["checkouts"]))
    assert checkouts["left_out"] == [URL]
    assert checkouts["reason"].startswith(f"Shopify does not show this app {URL}; in the Dev Dashboard, ask")
    assert checkouts["reason"].endswith("then: storesync connect shopify alpha --token-stdin")
    assert program.sql("SELECT count(*), count(recovery_url) FROM checkouts") == [(checkouts["rows"], 0)]


def test_an_unapproved_field_is_told_once_and_remembered(program, shopify):
    """The next idle turn costs one request, as where nothing is refused."""
    shopify.state["withheld"] = {URL}
    program.connect("shopify", "alpha")

    told = live(program, minutes=5)

    assert told.count(URL) == 1
    assert told.startswith("storesync: 1 store: Shopify does not show this app")
    assert told.endswith("look closer: storesync status shopify:alpha\n")
    assert program("status", "--check").code == 0
    before = program.requests()
    assert URL not in live(program, minutes=5)
    assert program.requests() - before == 1
    assert URL not in live(program, days=1)
    checks = program("doctor", "--only", "sync", "--json").json["checks"]
    assert [one["status"] for one in checks if URL in one["message"]] == ["warn"]


@pytest.mark.parametrize("way", ["a week", "connect"])
def test_a_field_that_is_granted_later_is_read_of_all_records(program, shopify, way):
    shopify.state["withheld"] = {URL}
    program.connect("shopify", "alpha")
    live(program, minutes=5)
    shopify.state.pop("withheld")

    told = []
    if way == "connect":
        program.clock.advance(minutes=5)
        program.connect("shopify", "alpha")
    else:
        live(program, days=3)
        assert verdicts(program)["checkouts"] != "verified"
        told.append(live(program, days=4))
    told += [live(program, minutes=minutes) for minutes in (1, 1, 5)]
    assert "fields that Shopify does not show this app are missed no more" in "".join(told)

    assert resources(program)["checkouts"]["left_out"] == []
    assert differences(program, shopify) == []
    assert program.sql("SELECT count(*) FROM checkouts WHERE recovery_url IS NULL AND deleted_at IS NULL") == [(0,)]


def test_a_field_of_another_scope_names_the_scope(program, shopify):
    """Buyers are withheld without read_customers; the checkouts are read all the same."""
    token = shopify.issue_token([scope for scope in SCOPES["shopify"] if scope != "read_customers"])
    program("connect", "shopify", "alpha", "--token-stdin", stdin=token + "\n")

    found = verdicts(program)

    assert found["customers"] == "denied"
    assert found["checkouts"] in {"verified", "limited"}


@pytest.mark.parametrize(
    ("field", "resource"),
    [
        ("Customer.note", "customers"),
        ("Order.tags", "orders"),
        ("Order.lineItems", "orders"),
        ("ProductVariant.price", "products"),
        ("InventoryLevel.isActive", "inventory_levels"),
        ("Location.address", "locations"),
        ("DiscountCodeBasic.tags", "coupons"),
    ],
)
def test_a_field_that_a_version_no_longer_has_costs_that_field(program, shopify, field, resource):
    """All nine resources are read; only the one with the field is limited, and says what to do."""
    program.world.schemas = {"2026-10": schema_without(field)}

    answer = program.connect("shopify", "alpha")

    assert answer.code == 0
    assert {name for name, verdict in verdicts(program).items() if verdict != "verified"} == {resource}
    found = resources(program)[resource]
    assert (found["verdict"], found["left_out"]) == ("limited", [field])
    assert found["reason"] == (
        f"Shopify 2026-10 no longer offers {field}; upgrade storesync: pip install --upgrade storesync"
    )


def test_many_fields_may_be_gone_at_once(program, shopify):
    fields = ("Customer.note", "Customer.tags", "Order.tags", "Product.vendor", "AbandonedCheckout.note")
    program.world.schemas = {"2026-10": schema_without(*fields)}

    assert program.connect("shopify", "alpha").code == 0

    assert {name: state["left_out"] for name, state in resources(program).items() if state["left_out"]} == {
        "customers": ["Customer.note", "Customer.tags"],
        "orders": ["Order.tags"],
        "products": ["Product.vendor"],
        "checkouts": ["AbandonedCheckout.note"],
    }


def test_all_fields_but_the_core_may_be_gone_at_once(program, shopify):
    """What is left are the ids, and when each was changed."""
    fields = {part.name for part in parts_in(document("customers")) if re.fullmatch(r"Customer\.\w+", part.name)}
    gone = sorted(fields - {"Customer.id", "Customer.updatedAt"})
    program.world.schemas = {"2026-10": schema_without(*gone)}

    assert program.connect("shopify", "alpha").code == 0

    found = resources(program)["customers"]
    assert (found["verdict"], found["left_out"], found["rows"]) == (
        "limited",
        gone,
        len(shopify.resources["customers"]),
    )
    assert f"no longer offers {', '.join(gone[:3])} and {len(gone) - 3} more; upgrade" in found["reason"]
    assert program.sql("SELECT count(*) FROM customers WHERE updated_at IS NULL OR name IS NOT NULL") == [(0,)]


def test_all_fields_that_may_not_be_null_may_be_refused_at_once(program, shopify):
    """Each answer names at least one, so that asking comes to an end."""
    named = {part.name for part in parts_in(document("checkouts"))}
    fields = {name for name in named if re.fullmatch(r"AbandonedCheckout\.\w+", name)}
    shopify.state["withheld"] = fields - {"AbandonedCheckout.id", "AbandonedCheckout.updatedAt"}

    assert program.connect("shopify", "alpha").code == 0

    found = resources(program)["checkouts"]
    assert (found["verdict"], found["rows"]) == ("limited", len(shopify.resources["checkouts"]))
    assert URL in found["left_out"]


@pytest.mark.parametrize("field", ["Customer.updatedAt", "Customer.id"])
def test_a_core_field_that_is_gone_costs_its_resource_and_is_named(program, shopify, field):
    program.world.schemas = {"2026-10": schema_without(field)}

    program.connect("shopify", "alpha")

    found = resources(program)
    assert found["customers"]["verdict"] == "denied"
    assert found["customers"]["reason"] == (
        f"Shopify 2026-10 no longer offers {field}, which cannot be left out;"
        " upgrade storesync: pip install --upgrade storesync"
    )
    assert {found[name]["verdict"] for name in found if name != "customers"} <= {"verified", "limited"}
    [store] = program("status", "alpha", "--json").json["stores"]
    assert store["token"]["missing_scopes"] == []


@pytest.fixture
def upgraded(program, shopify):
    """A store that was read by a version which knew nothing of tax ids, opened by this one."""
    program.connect("shopify", "alpha")
    for statement in (
        "DROP TABLE variant_barcodes",
        "DROP TABLE lacking",
        "DROP INDEX checkpoints_left_out",
        "ALTER TABLE checkpoints DROP COLUMN left_out",
        "ALTER TABLE stores DROP COLUMN served_version",
        "ALTER TABLE listed DROP COLUMN state",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm010%'",
        "PRAGMA user_version = 9",
        "UPDATE customers SET tax_id = NULL",
        "UPDATE orders SET tax_id = NULL",
        "UPDATE payloads SET digest = x'00' WHERE resource IN ('products', 'customers', 'orders')",
    ):
        program.write(statement)
    return shopify


def test_an_upgrade_says_which_fields_were_never_read(program, upgraded):
    reasons = {name: state["reason"] for name, state in resources(program).items() if state["left_out"]}
    assert reasons == {
        name: f"an older storesync did not read {field}; it is read within a week, or at once:"
        " storesync sync --all --full"
        for name, field in (
            ("products", "ProductVariant.barcodes"),
            ("customers", "Customer.taxSettings"),
            ("orders", "Order.localizedFields"),
        )
    }


def pages_of_orders(program):
    """Read all anew; return how many pages of orders were asked for."""
    before = program.requests()
    assert program("sync", "--all", "--full").code == 0
    return [call.operation for call in program.simulator.requests][before:].count("Orders")


@pytest.mark.parametrize("at_once", [False, True])
def test_what_was_never_read_is_read_within_a_week_or_at_once(program, upgraded, at_once):
    if at_once:
        # One page more than later on, to ask for the field.
        assert pages_of_orders(program) == pages_of_orders(program) + 1
    else:
        for _ in range(4):
            live(program, days=4)
            live(program, minutes=1)

    assert {name: state["left_out"] for name, state in resources(program).items() if state["left_out"]} == {}
    assert differences(program, upgraded) == []
    assert program.sql("SELECT count(tax_id) > 0 FROM customers") == [(1,)]


def test_a_core_field_that_is_refused_strips_nothing_else(program, shopify):
    """Its words name a field that every record has: only this one is meant."""
    shopify.state["withheld"] = {"Customer.id"}

    assert program.connect("shopify", "alpha").code == 0

    found = resources(program)
    assert {name for name in found if found[name]["verdict"] == "denied"} == {"customers"}
    assert "does not show this app Customer.id, which cannot be left out" in found["customers"]["reason"]
    assert {found[name]["verdict"] for name in found if not found[name]["left_out"]} == {"verified"}


def test_a_resource_that_cannot_be_read_any_more_is_told(program, shopify):
    """By a line, by `doctor` and by `status --check`: without that its rows would look as good as any."""
    program.connect("shopify", "alpha")
    live(program, minutes=5)
    program.world.schemas = {"2026-10": schema_without("Customer.updatedAt")}

    told = [live(program, hours=1) for _ in range(3)]

    line = "customers cannot be read: Shopify 2026-10 no longer offers Customer.updatedAt"
    assert [text.count(line) for text in told] == [1, 0, 0]
    answer = program("doctor", "--only", "sync", "--json")
    assert answer.code == 4
    assert [one["status"] for one in answer.json["checks"] if "Customer.updatedAt" in one["message"]] == ["fail"]
    assert program("status", "--check").code == 4
    before = program.requests()
    live(program, minutes=5)
    assert program.requests() - before <= 2


def test_two_remedies_for_one_reason_are_told_once(program, shopify):
    shopify.state["withheld"] = {URL}
    program.connect("shopify", "alpha")
    told = json.loads(program.sql("SELECT left_out FROM checkpoints WHERE resource = 'checkouts'")[0][0])
    other = told[0] | {"field": "AbandonedCheckout.note", "remedy": "grant read_customers to the app"}
    program.write("UPDATE checkpoints SET left_out = ? WHERE resource = 'checkouts'", json.dumps([*told, other]))

    lines = [live(program, minutes=5) for _ in range(3)]

    assert [line.count("does not show this app") for line in lines] == [1, 0, 0]
    assert "grant read_customers" in lines[0]


@pytest.mark.parametrize("field", ["QueryRoot.draftOrdersCount", "QueryRoot.ordersCount", "Count.precision"])
def test_a_count_that_is_gone_is_missed_by_no_column(program, shopify, field):
    program.world.schemas = {"2026-10": schema_without(field)}

    assert program.connect("shopify", "alpha").code == 0

    assert set(verdicts(program).values()) <= {"verified", "limited"}
    assert {len(shopify.resources[name]) - state["rows"] for name, state in resources(program).items()} == {0}


def test_a_list_that_is_gone_costs_its_resource(program, shopify):
    program.world.schemas = {"2026-10": schema_without("QueryRoot.draftOrders")}

    assert program.connect("shopify", "alpha").code == 0

    found = verdicts(program)
    assert found.pop("draft_orders") == "denied"
    assert set(found.values()) == {"verified"}


@pytest.mark.parametrize(
    ("line", "other"),
    [("  note: String\n", "  note: Count\n"), ("  tags: [String!]!\n", "  tags(first: Int!): [String!]!\n")],
)
def test_a_field_of_another_form_costs_that_field(program, shopify, line, other):
    """It became an object, or wants an argument."""
    head, kind, rest = SCHEMA.read_text(encoding="utf-8").partition("\ntype Customer ")
    program.world.schemas = {"2026-10": head + kind + rest.replace(line, other, 1)}

    assert program.connect("shopify", "alpha").code == 0

    found = resources(program)
    assert found["customers"]["left_out"] == [f"Customer.{line.split(':')[0].strip()}"]
    assert {found[name]["verdict"] for name in found if name != "customers"} == {"verified"}


def test_a_resource_that_is_skipped_keeps_its_place(program, shopify):
    """What is left out of others is nothing new about it."""
    program.connect("shopify", "alpha")
    program("set", "alpha", "--skip", "customers")
    before = program.sql("SELECT * FROM checkpoints WHERE resource = 'customers'")
    program.world.schemas = {"2026-10": schema_without("MailingAddress.zip")}

    live(program, hours=1)

    assert resources(program)["orders"]["left_out"] == ["MailingAddress.zip"]
    assert program.sql("SELECT * FROM checkpoints WHERE resource = 'customers'") == before


def test_a_shop_without_its_time_zone_is_not_connected(program, shopify):
    """Its days would be other people's."""
    program.world.schemas = {"2026-10": schema_without("Shop.ianaTimezone")}
    answer = program.connect("shopify", "alpha")
    assert answer.code == 4
    assert "Shopify 2026-10 no longer offers Shop.ianaTimezone, which cannot be left out" in answer.stderr


def test_events_that_are_gone_cost_nothing(program, shopify):
    """What they tell is also found without them; the next turn is one request as ever."""
    program.world.schemas = {"2026-10": schema_without("QueryRoot.events")}
    program.connect("shopify", "alpha")
    live(program, minutes=5)
    before = program.requests()

    live(program, minutes=5)

    assert program.requests() - before == 1
    assert set(verdicts(program).values()) == {"verified"}


def test_pausing_a_store_says_nothing_of_its_fields(program, shopify):
    shopify.state["withheld"] = {URL}
    program.connect("shopify", "alpha")
    live(program, minutes=5)

    program("set", "alpha", "--pause")
    paused = live(program, minutes=5)
    program("set", "alpha", "--resume")

    assert "fields" not in paused + live(program, minutes=5)


def test_a_window_and_a_field_are_both_told(program, shopify):
    program.world.schemas = {"2026-10": schema_without("Order.tags")}
    token = shopify.issue_token([scope for scope in SCOPES["shopify"] if scope != "read_all_orders"])
    program("connect", "shopify", "alpha", "--token-stdin", stdin=token + "\n")

    reason = resources(program)["orders"]["reason"]

    assert "grant read_all_orders to the app" in reason
    assert "Shopify 2026-10 no longer offers Order.tags; upgrade storesync" in reason
