"""Definitions of metafields are read for one kind of owner after the other."""

import json
from dataclasses import replace

import pytest

from storesync.platforms.shopify.sources import SOURCES
from storesync.simulator.metafields import KINDS, define
from storesync.simulator.shop import SCOPES
from tests.kits.program import differences

NAME = "metafield_definitions"


@pytest.fixture
def shop(program):
    return program.world.add_shop("shopify", "alpha", orders=3, metafields=1)


def connect(program, scopes=None):
    token = program.world.shop("shopify", "alpha").issue_token(scopes)
    answer = program("connect", "shopify", "alpha", "--token-stdin", "--only", NAME, stdin=f"{token}\n")
    assert answer.code == 0, answer.stderr


def state(program):
    [store] = program("status", "alpha", "--json").json["stores"]
    return store["resources"][NAME]


def test_the_definitions_of_every_kind_of_owner_are_read(program, shop):
    connect(program)

    kinds = program.sql(f"SELECT owner_kind, count(*) FROM {NAME} GROUP BY 1 ORDER BY 1")
    assert kinds == [(part, (len(KINDS) + 1) // 2) for part in sorted(one.part for one in SOURCES[NAME].parts)]
    assert differences(program, shop, NAME) == []
    assert state(program)["verdict"] == "verified"


def test_new_changed_and_deleted_ones_are_found(program, shop):
    connect(program)
    gone, changed = list(shop.resources[NAME])[:2]
    del shop.resources[NAME][gone]
    shop.resources[NAME][changed]["name"] = "Otro nombre ✏️"
    define(shop, "order", 1)

    program.clock.advance(hours=6)
    assert program("sync-due").code == 0
    assert [line for line in differences(program, shop, NAME) if gone not in line] == []

    program.clock.advance(days=7)
    assert program("sync-due").code == program("sync-due").code == 0
    assert program("reconcile", "alpha").code == 0
    assert differences(program, shop, NAME) == []


def test_pages_of_one_kind_are_followed_to_their_end(program, shop, monkeypatch):
    from dataclasses import replace

    parts = tuple(replace(part, size=2) for part in SOURCES[NAME].parts)
    monkeypatch.setitem(SOURCES, NAME, replace(SOURCES[NAME], parts=parts))
    connect(program)
    assert differences(program, shop, NAME) == []


def test_they_are_read_with_what_scopes_there_are(program, shop):
    connect(program, tuple(scope for scope in SCOPES["shopify"] if scope != "read_customers"))
    assert differences(program, shop, NAME) == []


def test_a_kind_that_was_refused_is_asked_for_again(program, shop, monkeypatch):
    """Which scope they need is not documented; one part is refused until somebody grants what it wants."""
    answer, refused = program.simulator.handle, [True]
    error = {
        "message": "Access denied for metafieldDefinitions field. Required access: `read_customers` access scope.",
        "path": ["metafieldDefinitions"],
        "extensions": {"code": "ACCESS_DENIED"},
    }

    def guarded(platform, request):
        reply = answer(platform, request)
        if refused and b"MetafieldDefinitions" in request.body and b'"CUSTOMER"' in request.body:
            data = json.loads(reply.body)["data"] | {"metafieldDefinitions": None}
            return replace(reply, body=json.dumps({"data": data, "errors": [error]}).encode())
        return reply

    monkeypatch.setattr(program.simulator, "handle", guarded)
    connect(program)
    assert (state(program)["verdict"], len(state(program)["left_out"])) == ("limited", 1)

    refused.clear()
    program.clock.advance(days=8)
    program("sync", "alpha", "--full")

    assert (state(program)["verdict"], state(program)["left_out"]) == ("verified", [])
    assert differences(program, shop, NAME) == []
