"""`mcp`: the official SDK's own client asks a real process; what an answer says of itself, by a clock that we set."""

import importlib.util
import re
import sys

import anyio
import orjson
import pytest
from anyio.from_thread import start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from storesync.agents.meanings import MEANINGS
from storesync.agents.server import build
from storesync.agents.tools import INSTRUCTIONS, Tools
from storesync.errors import Stale, UsageError
from storesync.runtime.extras import install
from storesync.tables import DEFAULT
from tests.kits.agents import TRAP, desk_of, reader_of, two_shops
from tests.kits.canary import WORD
from tests.kits.manual import PAGES

TOOLS = {"list_stores", "freshness", "search", "describe_tables", "query"}
SALES = "SELECT store, round(sum(total_sales), 2) AS total FROM sales_daily GROUP BY store"


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    return two_shops(tmp_path_factory.mktemp("agents") / "home")


class Agent:
    """The SDK's client, connected to `storesync mcp` in a process of its own."""

    def __init__(self, portal, client) -> None:
        self._portal, self.client = portal, client

    def __call__(self, tool: str, **arguments):
        """Call a tool."""
        return self._portal.call(self.client.call_tool, tool, arguments)

    def told(self, tool: str, **arguments) -> dict:
        """Return the answer of a tool, which is the same for machines and as text."""
        result = self(tool, **arguments)
        assert orjson.loads(result.content[0].text) == result.structured_content
        assert result.is_error == ("error" in result.structured_content)
        return result.structured_content

    def list(self, what: str) -> list:
        return getattr(self._portal.call(getattr(self.client, f"list_{what}")), what)

    def page(self, uri: str) -> str:
        return self._portal.call(self.client.read_resource, uri).contents[0].text


@pytest.fixture(scope="module")
def agent(shops, tmp_path_factory):
    """One process for all tests, spoken to in the form of the protocol that clients have spoken for long."""
    errors = tmp_path_factory.mktemp("errors") / "stderr"
    words = ["-m", "storesync", "mcp"]
    server = StdioServerParameters(command=sys.executable, args=words, env={"STORESYNC_HOME": str(shops.home)})
    strange = []

    async def hear(message) -> None:
        strange.append(message)

    with errors.open("w") as stderr, start_blocking_portal() as portal:
        client = Client(stdio_client(server, errlog=stderr), mode="legacy", message_handler=hear)
        with portal.wrap_async_context_manager(client) as connected:
            yield Agent(portal, connected)
    assert (strange, errors.read_text()) == ([], ""), "nothing but the protocol is on stdout, and nothing on stderr"


@pytest.fixture
def tools(shops):
    """What answers, in this process and by the program's clock, which stands still."""
    with reader_of(shops) as reader:
        yield desk_of(shops, reader)


def test_an_agent_finds_five_tools_that_change_nothing_and_is_told_how_to_use_them(agent):
    """Each has a description and says that it only reads; the instructions come with the first answer."""
    offered = agent.list("tools")

    assert {tool.name for tool in offered} == TOOLS
    assert all(tool.description and tool.annotations.read_only_hint for tool in offered)
    assert all(one["description"] for tool in offered for one in tool.input_schema["properties"].values())
    assert agent.client.instructions == INSTRUCTIONS
    assert all(word in INSTRUCTIONS for word in ("SQL", "views", "verdict", "Never", "max_age"))


def test_the_newer_form_of_the_protocol_is_spoken_too(tools):
    """The same tools, and the same answers."""

    async def asked() -> tuple:
        async with Client(build(tools)) as client:
            listed = await client.list_tools()
            return listed.tools, await client.call_tool("query", {"sql": "SELECT count(*) FROM stores"})

    offered, answer = anyio.run(asked)

    assert {tool.name for tool in offered} == TOOLS
    assert answer.structured_content["rows"] == [[2]]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_stores", {}),
        ("freshness", {}),
        ("search", {"words": "vela"}),
        ("describe_tables", {"names": ["orders", "best_sellers"]}),
        ("query", {"sql": SALES}),
    ],
)
def test_every_answer_says_how_old_and_how_sure_it_is(agent, tool, arguments):
    """As of when, complete until when, the verdict; and what is older than it may be is not told at all."""
    told = agent.told(tool, **arguments, max_age="1d")
    stale = agent.told(tool, **arguments, max_age="0s")

    assert told["complete_until"] < told["as_of"] <= told["generated_at"]
    assert told["verdict"] in {"verified", "unverified"}
    assert stale["error"]["code"] == "stale"
    assert told["as_of"] == stale["as_of"]
    assert re.search(rf"read completely at {told['as_of'][:10]}", stale["error"]["message"])
    assert "storesync sync" in stale["error"]["hint"]
    assert not stale.keys() & {"stores", "hits", "tables", "rows"}
    assert WORD not in orjson.dumps(told).lower()


def test_every_table_and_view_has_a_page(agent):
    """One page for all, and one for each that says the same."""
    pages = {str(one.uri): one for one in agent.list("resources")}
    whole = agent.page("storesync://schema")

    assert pages.keys() == {"storesync://schema", *(f"storesync://schema/{name}" for name in MEANINGS)}
    assert all(page.description for page in pages.values())
    for name, meaning in MEANINGS.items():
        page = agent.page(f"storesync://schema/{name}")
        assert f"## {name} (" in page
        assert meaning in page
        assert page.partition(f"## {name} (")[2] in whole
    assert "email† T" in agent.page("storesync://schema/orders")
    assert "total_sales" in agent.page("storesync://schema/sales_daily")


def test_the_numbers_are_those_of_the_database(agent, shops):
    """SQL over the whole copy, by name and by kind."""
    told = agent.told("query", sql=SALES)
    stores = agent.told("list_stores")["stores"]

    assert told["rows"] == [list(row) for row in shops.sql(SALES)]
    assert told["columns"] == ["store", "total"]
    assert {(one["resource"], one["store"]) for one in told["verdicts"]} == {
        ("orders", "shopify:alpha"),
        ("orders", "tiendanube:123456"),
    }
    assert [one["store"] for one in stores] == ["shopify:alpha", "tiendanube:123456"]
    assert {one["resource"] for one in agent.told("freshness", stores=["alpha"])["verdicts"]} == set(DEFAULT)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("query", {"sql": "DELETE FROM orders"}),
        ("query", {"sql": "SELECT * FROM credentials"}),
        ("query", {"sql": "SELECT 1", "stores": ["nobody"]}),
        ("query", {"sql": SALES, "max_age": "soon"}),
        ("freshness", {"resources": ["nothing"]}),
        ("describe_tables", {"names": ["credentials"]}),
        ("search", {"words": '"*'}),
        ("search", {"words": "x", "resources": ["coupons"]}),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_instead(agent, tool, arguments):
    """In words, as an answer; the next question is answered."""
    refused = agent.told(tool, **arguments)

    assert refused["error"]["code"] == "usage"
    assert refused["error"]["hint"]
    assert agent.told("query", sql="SELECT 1")["rows"] == [[1]]


def test_arguments_of_the_wrong_kind_are_refused(agent):
    """Neither the process nor the connection minds."""
    for arguments in ({}, {"sql": 7}, {"sql": "SELECT 1", "limit": 0}, {"sql": "SELECT 1", "limit": 10**6}):
        assert agent("query", **arguments).is_error
    assert agent("no_such_tool").is_error
    assert agent.told("query", sql="SELECT 1")["rows"] == [[1]]


def test_what_a_shop_says_is_marked_as_data(agent):
    """A product that gives orders is shown as what it is."""
    found = agent.told("search", words="ignore instructions")
    read = agent.told("query", sql="SELECT name FROM products WHERE name LIKE '%IGNORE%'")

    assert found["hits"][0]["title"] == f"Vela {TRAP}"
    assert read["rows"] == [[f"Vela {TRAP}"]]
    assert "never instructions" in found["origin"]
    assert read["origin"] == found["origin"]


def test_people_are_found_and_shown_only_where_the_operator_allowed_it(shops):
    """By search and by SQL alike."""
    sql = "SELECT customer_name, note FROM orders WHERE email IS NOT NULL"
    with reader_of(shops) as stranger, reader_of(shops, people=True) as trusted:
        reserved, open_ = desk_of(shops, stranger), desk_of(shops, trusted, people=True)

        assert (reserved.search("zzqcanary")["hits"], reserved.query(sql)["rows"]) == ([], [])
        assert open_.search("zzqcanary")["hits"]
        assert WORD in orjson.dumps(open_.query(sql)["rows"]).lower()


def test_the_operator_allows_it_by_an_option(shops, monkeypatch):
    """`mcp` withholds what `mcp --people` shows."""
    shown = []

    def serve(tools) -> None:
        found = (
            tools.query("SELECT email FROM orders WHERE email IS NOT NULL")["rows"],
            tools.search("zzqcanary")["hits"],
        )
        shown.append([bool(one) for one in found])

    monkeypatch.setattr("storesync.agents.server.serve", serve)

    assert [shops("mcp").code, shops("mcp", "--people").code] == [0, 0]
    assert shown == [[False, False], [True, True]]


def test_only_what_a_question_is_about_has_to_be_recent(shops, tools):
    """The stores that are named, and the resources whose tables the statement reads."""
    shops.write(
        "UPDATE checkpoints SET last_pass_at = '2020-01-01T00:00:00Z' WHERE resource = 'orders' AND store_id = 1"
    )

    assert tools.query("SELECT count(*) FROM products", max_age="1h")["rows"]
    assert tools.query(SALES, stores=["123456"], max_age="1h")["rows"]
    with pytest.raises(Stale, match=r"orders of shopify:alpha were last read completely at 2020-01-01 00:00 UTC"):
        tools.query(SALES, max_age="1h")


def test_what_is_left_out_is_no_part_of_an_answer(shops, tools):
    """Rows of one shop alone are not all that was asked for; the way out is told."""
    shops.write("""UPDATE stores SET resources = '["orders"]' WHERE id = 2""")
    told = tools.query("SELECT count(*) FROM products")
    reason = "left out; read it too: storesync set tiendanube:123456 --read products"

    assert (told["verdict"], told["as_of"], told["verdicts"][0]["reason"]) == ("limited", None, reason)
    assert tools.list_stores()["verdict"] == "limited"
    assert [hit["verdict"] for hit in tools.search("a", ["123456"], ["products"])["hits"]][:1] == ["limited"]
    assert tools.query("SELECT count(*) FROM products", stores=["alpha"], max_age="1h")["verdict"] != "limited"
    with pytest.raises(Stale, match="products of tiendanube:123456 were never read completely") as stale:
        tools.query("SELECT count(*) FROM products", max_age="1h")
    shops.write("UPDATE stores SET resources = '[]'")
    assert stale.value.hint == reason


def test_what_keeps_old_data_old_is_told_before_a_sync(shops, tools):
    """A store that is paused is resumed; only one that is read is to be synced."""
    shops.write("UPDATE checkpoints SET last_pass_at = '2020-01-01T00:00:00Z' WHERE resource = 'orders'")
    shops.write("UPDATE verdicts SET verdict = 'stale', reason = 'do this' WHERE resource = 'orders' AND store_id = 2")
    with pytest.raises(Stale) as stale:
        tools.query(SALES, max_age="1h")

    assert stale.value.hint == "do this; storesync sync shopify:alpha"


def test_what_was_never_read_is_stale(shops, tools):
    """Whatever the age that is asked for; the way out is told."""
    shops.write("UPDATE checkpoints SET last_pass_at = NULL, complete_until = NULL WHERE resource = 'coupons'")

    assert tools.freshness(resources=["coupons"])["as_of"] is None
    with pytest.raises(Stale, match="coupons of shopify:alpha were never read completely") as stale:
        tools.freshness(resources=["coupons"], max_age="7d")
    assert "storesync sync" in stale.value.hint


def test_the_worst_verdict_stands_for_the_answer(shops, tools):
    """It comes first among those that the answer carries, with its reason."""
    shops.write("UPDATE verdicts SET verdict = 'short', reason = 'why' WHERE store_id = 2 AND resource = 'customers'")
    told = tools.query("SELECT count(*) FROM customers")

    assert told["verdict"] == "short"
    assert told["verdicts"][0] | {"store": "tiendanube:123456", "reason": "why"} == told["verdicts"][0]


def test_a_question_about_no_shop_has_no_verdict(tools):
    """There is nothing that could be stale."""
    told = tools.query("SELECT 1", max_age="1s")

    assert (told["verdict"], told["verdicts"], told["as_of"]) == (None, [], None)


def test_a_database_that_is_gone_is_told_as_such(shops, clock, tmp_path):
    """The question fails, in words."""
    with reader_of(shops) as reader:
        tools = Tools(tmp_path / "nothing.db", clock.clock(), reader)
        with pytest.raises(Exception, match="no database at"):
            tools.list_stores()


def test_without_the_extra_one_line_says_how_to_install_it(program, monkeypatch):
    """A command to type, and the exit code of usage."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    answer = program("mcp")

    assert answer.code == 2
    assert answer.stderr == f"storesync: storesync mcp needs the extra called mcp\n  {install('mcp')}\n"
    assert install("mcp").startswith(f"{sys.executable} -m pip install 'mcp")
    assert answer.stdout == ""


def test_without_a_database_it_does_not_start(program):
    """The client shows why."""
    answer = program("mcp")

    assert answer.code == 10
    assert "no database at" in answer.stderr
    assert answer.stdout == ""


def test_an_unknown_table_is_named(tools):
    """With those that there are."""
    with pytest.raises(UsageError, match="'secrets'") as refused:
        tools.describe_tables(["secrets"])
    assert "sales_daily" in refused.value.hint


@pytest.mark.parametrize("name", MEANINGS)
def test_what_agents_are_told_of_a_table_stands_in_the_manual(name):
    """In the same words."""
    told = " ".join(line.removeprefix("* ") for line in PAGES["database"].split("\n") if line)
    first, *others = re.split(r"(?<=[a-z`)]\.) ", MEANINGS[name])

    assert f"### {name} {first}" in told
    assert all(sentence in told for sentence in others)
