"""A field that Shopify refuses, or no longer has, costs that field: told once, remembered, asked for again."""

import json
from pathlib import Path

import pytest

from storesync.simulator.faults import Rule
from tests.kits.program import differences
from tests.kits.samples import ROOT

URL = "AbandonedCheckout.abandonedCheckoutUrl"
SCHEMAS = ROOT / "tests" / "examples" / "schemas"
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10", "unstable")


def resources(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return store["resources"]


def verdicts(program):
    return {name: state["verdict"] for name, state in resources(program).items()}


def texts(version):
    return {version: (SCHEMAS / f"{version}.graphql").read_text(encoding="utf-8")}


def lacking(kind, name):
    """Return the simulator's own schema without one field."""
    text = (ROOT / "storesync" / "simulator" / "shopify" / "schema.graphql").read_text(encoding="utf-8")
    head, _, rest = text.partition(f"type {kind} ")
    body, end, tail = rest.partition("\n}")
    lines = [line for line in body.split("\n") if not line.strip().startswith((f"{name}:", f"{name}("))]
    assert len(lines) == body.count("\n")
    return head + f"type {kind} " + "\n".join(lines) + end + tail


@pytest.mark.parametrize("form", ["path", "no path", "list path"])
def test_an_unapproved_field_costs_that_field_only(program, shopify, form):
    """The address of a checkout may not be null, so its refusal takes all the answer with it."""
    shopify.state |= {"withheld": {URL}, "refusal form": form}

    answer = program.connect("shopify", "alpha")

    assert answer.code == 0
    assert set(verdicts(program).values()) == {"verified", "limited"}
    checkouts = resources(program)["checkouts"]
    assert (checkouts["verdict"], checkouts["rows"]) == ("limited", len(shopify.resources["checkouts"]))
    assert checkouts["left_out"] == [URL]
    assert checkouts["reason"].startswith(f"Shopify does not show this app {URL}; in the Dev Dashboard, ask")
    assert checkouts["reason"].endswith("then: storesync connect shopify alpha --token-stdin")
    assert program.sql("SELECT count(*), count(recovery_url) FROM checkouts") == [(checkouts["rows"], 0)]
    assert program("status", "--check").code == 0
