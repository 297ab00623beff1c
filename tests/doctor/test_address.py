"""`doctor` on this machine's address: one finding for an app that does not let it in, and nobody is to connect."""

import pytest

from storesync.simulator.faults import Rule
from tests.kits.apps import FORMS, SILENT, connect, let_in, shut


@pytest.fixture
def two(program):
    """Two stores of one app, and one of another platform."""
    connect(program, "alpha", "beta")
    program.world.add_shop("tiendanube", "1", orders=1)
    program.connect("tiendanube", "1", "--only", "orders")
    return program


def found(program, *checks):
    """Return the findings of these checks by (check, status), and the exit code."""
    answer = program("doctor", "--json", *(word for check in checks for word in ("--only", check))).json
    return {(one["name"], one["status"]): one for one in answer["checks"]}, answer["exit_code"]


@pytest.mark.parametrize("form", FORMS)
def test_an_app_that_is_shut_is_one_finding(two, form):
    """What to enter and where; `tokens` knows nothing of these stores, and sends nobody to connect."""
    shut(two, form)

    findings, code = found(two, "address", "tokens")

    assert (list(findings), code) == ([("address", "fail"), ("tokens", "skipped")], 4)
    told = findings["address", "fail"]
    assert told["command"].endswith(" doctor --only address")
    assert "https://dev.shopify.com/dashboard" in told["message"]
    assert ("203.0.113.9" in told["message"]) == (form not in SILENT)
    assert told["message"].endswith("how to find it: storesync help connect") == (form in SILENT)


def test_once_the_address_is_entered_all_is_well(two):
    """The command that the finding names says so."""
    shut(two)
    two("doctor")
    let_in(two)

    findings, code = found(two, "address", "tokens")

    assert ({status for _, status in findings}, code) == ({"ok"}, 0)


def test_tokens_are_asked_for_once(two):
    """Two checks want the same answers; a store costs two requests, and each platform one for the network."""
    before = two.requests()
    found(two, "address", "tokens")

    assert two.requests() - before == 2 + 2 * 2 + 1


@pytest.mark.parametrize("words", [(), ("beta",)])
@pytest.mark.parametrize("body", ["", "Your IP: 203.0.113.9"])
def test_a_shop_that_is_refused_alone_is_a_matter_of_its_own(two, words, body):
    """Also where the others are not asked about, and where its firewall names the address."""
    two.simulator.faults.add(Rule(shop="beta", path="/admin/", status=403, body=body, times=None))

    answer = two("doctor", "--json", "--only", "address", "--only", "tokens", *words).json

    states = {one["name"]: (one["status"], one["store"]) for one in answer["checks"]}
    assert states == {"address": ("ok", None), "tokens": ("fail", "shopify:beta")}
    assert answer["exit_code"] == 3


def test_a_platform_that_cannot_be_reached_is_skipped(two):
    """Nobody knows then."""
    two.simulator.faults.add(Rule(platform="shopify", reset="connect", times=None))

    findings, code = found(two, "address")

    assert (list(findings), code) == ([("address", "skipped")], 0)
