"""What a token may read, and what a better one brings."""

import pytest

from storesync.simulator.shop import SCOPES
from tests.kits.program import differences


@pytest.fixture(params=("tiendanube", "shopify"))
def shop(request):
    return request.getfixturevalue(request.param)


def connect_with(program, shop, scopes):
    """Connect with a token of these scopes through OAuth's door: pasted tokens of Tiendanube do not tell theirs."""
    token = shop.issue_token(scopes)
    named = ("--store-id", shop.key) if shop.platform == "tiendanube" else (shop.key,)
    return program("connect", shop.platform, *named, "--token-stdin", stdin=token + "\n")


def verdicts(program, shop):
    [store] = program("status", shop.key, "--json").json["stores"]
    return {name: state["verdict"] for name, state in store["resources"].items()}


def test_a_missing_scope_costs_its_resource_only(program, shop):
    """Without read_customers the customers are denied, the rest is read, and the run succeeds."""
    answer = connect_with(program, shop, [scope for scope in SCOPES[shop.platform] if scope != "read_customers"])

    assert answer.code == 0
    found = verdicts(program, shop)
    assert {name for name, verdict in found.items() if verdict == "denied"} == {"customers"}
    assert {found[name] for name in found if name != "customers"} == {"verified"}
    [store] = program("status", shop.key, "--json").json["stores"]
    assert "read_customers" in store["resources"]["customers"]["reason"]
    assert store["token"]["missing_scopes"] == ["read_customers"]


def test_a_granted_scope_is_used_at_once(program, shop):
    """Connecting again with the scope reads what was denied, without waiting for the next try."""
    connect_with(program, shop, ("read_products", "read_orders", "read_all_orders"))
    program.clock.advance(minutes=5)

    assert connect_with(program, shop, None).code == 0

    assert set(verdicts(program, shop).values()) == {"verified"}
    assert len(program.sql("SELECT id FROM customers")) == len(shop.resources["customers"])


def test_orders_are_read_anew_once_all_of_them_are_shown(program, shopify):
    """Without read_all_orders orders are limited to 60 days; with it the older ones come too."""
    connect_with(program, shopify, ("read_products", "read_orders", "read_customers"))
    assert verdicts(program, shopify)["orders"] == "limited"
    few = len(program.sql("SELECT id FROM orders"))
    program.clock.advance(minutes=5)

    connect_with(program, shopify, None)

    assert few < len(program.sql("SELECT id FROM orders")) == len(shopify.resources["orders"])
    assert verdicts(program, shopify)["orders"] == "verified"
    assert differences(program, shopify) == []


def test_fields_that_the_platform_withholds_are_null_and_counted(program, shopify):
    """The app is not approved for names: the records are here, and the verdict says what is not."""
    shopify.state["withheld"] = {"Customer.firstName"}

    connect_with(program, shopify, None)

    [store] = program("status", "alpha", "--json").json["stores"]
    customers = store["resources"]["customers"]
    assert (customers["verdict"], customers["rows"]) == ("verified", len(shopify.resources["customers"]))
    assert customers["reason"].startswith(f"{len(shopify.resources['customers'])} fields came empty")
    assert program.sql("SELECT count(first_name) FROM customers") == [(0,)]
