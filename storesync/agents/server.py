"""The MCP server on stdin and stdout, built with the official SDK. Declares the tools; `Tools` answers them."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import orjson
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.resources import FunctionResource
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from storesync import __version__
from storesync.agents.meanings import MEANINGS
from storesync.agents.tools import INSTRUCTIONS, MOST_HITS, MOST_ROWS, Tools
from storesync.errors import StoresyncError
from storesync.rules.documents import SOURCES

_LOOKS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

Stores = Annotated[
    list[str],
    Field(description="Keys such as shopify:alpha, aliases or former keys of list_stores. Empty: all stores."),
]
Resources = Annotated[
    list[str],
    Field(
        description="Of: products, categories, customers, orders, checkouts, draft_orders, coupons, locations,"
        " inventory_levels, pages, blogs, articles, gift_cards, tender_transactions, payouts,"
        " balance_transactions, disputes, metafields, metafield_definitions. Empty: all of them."
    ),
]
MaxAge = Annotated[
    str | None,
    Field(
        description='The answer may rest on a reading of the shop that is at most this old, such as "15m", "1h" or'
        ' "2d"; where it is older, you get the error "stale" instead.'
    ),
]


def serve(tools: Tools) -> None:
    """Serve requests on stdin until it ends."""
    build(tools).run("stdio")


def build(tools: Tools) -> MCPServer:
    """Return the server whose tools and resource pages *tools* answers."""
    server = MCPServer("storesync", version=__version__, instructions=INSTRUCTIONS, log_level="ERROR")

    def tool(function: Callable[..., dict[str, Any]]) -> None:
        server.add_tool(_answering(tools, function), annotations=_LOOKS)

    @tool
    def list_stores(max_age: MaxAge = None) -> dict[str, Any]:
        """List the connected shops: key, former keys, platform, currency, time zone, and how each one stands."""
        return tools.list_stores(max_age)

    @tool
    def freshness(stores: Stores = [], resources: Resources = [], max_age: MaxAge = None) -> dict[str, Any]:  # noqa: B006 - never changed
        """Say how recent and how complete the data are, by store and resource, with the verdict and its reason."""
        return tools.freshness(stores, resources, max_age)

    @tool
    def search(
        words: Annotated[str, Field(description="Words that a record must have, the last one as a beginning.")],
        stores: Stores = [],  # noqa: B006
        resources: Annotated[list[str], Field(description=f"Of: {', '.join(SOURCES)}. Empty: all of them.")] = [],  # noqa: B006
        max_age: MaxAge = None,
        limit: Annotated[int, Field(ge=1, le=MOST_HITS, description="Hits at most.")] = 20,
    ) -> dict[str, Any]:
        """Find products, orders, customers, articles and more by words. To find, not to count: hits are cut."""
        return tools.search(words, stores, resources, max_age, limit)

    @tool
    def describe_tables(
        names: Annotated[list[str], Field(description="Tables and views. Empty: all of them, which is long.")] = [],  # noqa: B006
        max_age: MaxAge = None,
    ) -> dict[str, Any]:
        """Describe tables and views: what they hold, by which formula, and their columns. Look before you query."""
        return tools.describe_tables(names, max_age)

    @tool
    def query(
        sql: Annotated[str, Field(description="One SELECT (or WITH … SELECT) in SQLite's SQL.")],
        stores: Annotated[
            list[str],
            Field(
                description="The stores that the statement is about: only their verdicts and age count. It does not"
                " filter the rows; the statement does. Empty: all stores."
            ),
        ] = [],  # noqa: B006
        max_age: MaxAge = None,
        limit: Annotated[
            int, Field(ge=1, le=MOST_ROWS, description="Rows at most; is_cut says if there are more.")
        ] = 100,
    ) -> dict[str, Any]:
        """Ask the database with SQL, read-only. Count, sum and rank here. Prefer the views, such as sales_daily."""
        return tools.query(sql, stores, max_age, limit)

    _add_pages(server, tools)
    return server


def _add_pages(server: MCPServer, tools: Tools) -> None:
    pages: list[tuple[str, str | None, str]] = [
        ("storesync://schema", None, "All tables and views with their columns."),
        *((f"storesync://schema/{name}", name, meaning) for name, meaning in MEANINGS.items()),
    ]
    for uri, name, meaning in pages:
        server.add_resource(
            FunctionResource.from_function(
                lambda name=name: tools.page(name),
                uri,
                name=name or "schema",
                description=meaning,
                mime_type="text/markdown",
            )
        )


def _answering(tools: Tools, function: Callable[..., dict[str, Any]]) -> Callable[..., CallToolResult]:
    """Wrap *function* as a tool: its answer as structured JSON and as text, our own errors as error answers."""

    @wraps(function)
    def answered(**arguments: Any) -> CallToolResult:
        try:
            answer = function(**arguments)
        except StoresyncError as error:
            answer = tools.refused(error)
        text = orjson.dumps(answer).decode()
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=answer, is_error="error" in answer
        )

    answered.__annotations__ = {**function.__annotations__, "return": CallToolResult}
    return answered
