"""The command `mcp`."""

import importlib.util
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.state import state_of
from storesync.errors import UsageError
from storesync.runtime.extras import install

app = command_app()


@app.command(
    epilog="Agents start it themselves. Tell them how, for example: claude mcp add storesync -- storesync mcp;"
    " with personal data: claude mcp add storesync -- storesync mcp --people\n\nMore: storesync help agents"
)
def mcp(
    ctx: typer.Context,
    *,
    people: Annotated[bool, typer.Option("--people", help="Show agents the personal data of customers too.")] = False,
) -> None:
    """Let AI agents ask the database, over the Model Context Protocol on stdin and stdout.

    They can list stores, see how fresh the data are, search, and ask with SQL. They can change nothing.
    """
    if importlib.util.find_spec("mcp") is None:
        raise UsageError("storesync mcp needs the extra called mcp", hint=install("mcp"))
    from storesync.agents.reader import Reader  # noqa: PLC0415
    from storesync.agents.server import serve  # noqa: PLC0415
    from storesync.agents.tools import Tools  # noqa: PLC0415 - heavy
    from storesync.storage.opening import open_database  # noqa: PLC0415

    state = state_of(ctx)
    path = state.settings().database
    # Opened once now, so that errors show at the start and migrations run once.
    open_database(path).close()
    reader = Reader(path, people=people)
    try:
        serve(Tools(path, state.outside.clock, reader, people=people))
    finally:
        reader.close()
