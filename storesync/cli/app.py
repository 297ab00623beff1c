"""The root of the command line: the global options, and the commands, each imported when it is called."""

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from storesync import __version__
from storesync.cli.boundary import ErrorBoundary
from storesync.cli.state import state_of

COMMANDS = {
    "connect": "connect",
    "sync": "sync",
    "sync-due": "sync_due",
    "status": "status",
    "doctor": "doctor",
    "reconcile": "reconcile",
    "history": "history",
    "set": "set",
    "search": "search",
    "export": "export",
    "db": "db",
    "forget": "forget",
    "disconnect": "disconnect",
    "cron": "cron",
    "mcp": "mcp",
    "demo": "demo",
    "help": "help",
}
"""The commands in the order of the help, each with its module in this package."""


class Commands(ErrorBoundary):
    """The group of all commands. Imports a command's module when it is called or listed."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override] # noqa: ARG002
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override] # noqa: ARG002
        """Return the command *cmd_name*, None if there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module = importlib.import_module(f"storesync.cli.{COMMANDS[cmd_name]}")  # noqa: TID251 - none of them imports this module
            command = get_command(module.app)
            command.name = cmd_name
            self.commands[cmd_name] = command
        return self.commands.get(cmd_name)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Keep your Shopify and Tiendanube shops in one SQLite database, complete and fresh.",
    epilog="Start here: storesync connect --help; then storesync cron install. Something is wrong? storesync doctor."
    "\n\nThe manual: storesync help",
)


def _print_version(value: bool) -> None:  # noqa: FBT001 - the form of a Typer callback
    if value:
        typer.echo(f"storesync {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    *,
    home: Annotated[Path | None, typer.Option(help="Where the database, key and log are.", show_default=False)] = None,
    database: Annotated[Path | None, typer.Option(help="The database file.", show_default=False)] = None,
    env_file: Annotated[Path | None, typer.Option(help="Settings file.", show_default=False)] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing that is no answer.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Keep your Shopify and Tiendanube shops in one SQLite database, complete and fresh."""
    state = state_of(ctx)
    state.home = home.expanduser().absolute() if home else None
    state.database = database.expanduser().absolute() if database else None
    state.env_file = env_file
    state.verbose, state.quiet, state.color = verbose, quiet, not no_color
