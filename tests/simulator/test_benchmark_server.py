"""The server of the benchmarks says what the simulator says, and has it say so once."""

import json
import re
from datetime import timedelta

import pytest

from storesync.platforms.shopify.queries import document
from storesync.simulator.simulator import Simulator
from storesync.simulator.wire import RESULTS
from tests.benchmarks.server import TOKEN, Answers, shops

TARGET = "/shopify/shop-1/admin/api/2026-10/graphql.json"
HEADERS = {"host": "127.0.0.1:1", "x-shopify-access-token": TOKEN}
BULK = "{ orders { edges { node { id lineItems { edges { node { id } } } } } } }"


@pytest.fixture
def ask():
    """Ask a server of one shop with 20 orders."""
    world, ended = shops("shopify", 1, 20, plain=True)

    def of(**options):
        answers = Answers(Simulator(world), ended, "https", **{"paging": False, "copies": 1, **options})

        def asked(name, **variables):
            body = json.dumps({"query": document(name), "variables": variables})
            return answers.reply("POST", TARGET, HEADERS, body)

        asked.answers, asked.ended = answers, ended
        return asked

    return of


def orders_since(ask, at):
    """Return the answer for the orders that were updated since *at*."""
    return ask("orders_versions", first=5, after=None, query=f"updated_at:>='{at:%Y-%m-%dT%H:%M:%SZ}'")


def test_what_changed_since_the_last_record_is_rendered_once(ask):
    """Ticks at different minutes get the same bytes."""
    shop = ask()

    first, later = (orders_since(shop, shop.ended + timedelta(hours=hours)) for hours in (1, 2))

    assert first is later
    assert json.loads(first.body)["data"]["orders"]["nodes"] == []


def test_what_changed_since_an_earlier_instant_is_a_question_of_its_own(ask):
    """Only what no record can distinguish is taken for the same."""
    shop = ask()

    found = [orders_since(shop, shop.ended - timedelta(days=days)) for days in (1, 500)]

    assert found[0] is not found[1]
    assert json.loads(found[1].body)["data"]["orders"]["nodes"]


def test_a_server_of_pages_counts_less_than_exactly(ask):
    """So nothing is read in bulk."""
    count = json.loads(ask(paging=True)("orders_count").body)["data"]["ordersCount"]

    assert count == {"count": 20, "precision": "AT_LEAST"}


def test_each_copy_of_a_bulk_result_has_ids_of_its_own(ask):
    """As many records as announced, in as many bytes, and no id twice."""
    shop = ask(copies=3)
    started = json.loads(shop("bulk_run", query=BULK).body)["data"]["bulkOperationRunQuery"]["bulkOperation"]
    done = json.loads(shop("bulk_status", id=started["id"]).body)["data"]["bulkOperation"]

    reply = shop.answers.reply("GET", done["url"].removeprefix("https://127.0.0.1:1"), HEADERS, "")
    body = b"".join(reply.slices())

    assert RESULTS in done["url"]
    assert len(reply.body) == len(body)
    ids = [json.loads(line)["id"] for line in body.splitlines()]
    assert int(done["objectCount"]) == len(set(ids)) == len(ids)
    assert 60 == len({one for one in ids if re.search("/Order/", one)}) == int(done["rootObjectCount"])
