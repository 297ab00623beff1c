"""The root of the command line: the global options, and the commands, each imported when it is called."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from storesync.cli.boundary import errors_reported, output_guarded, report_as_asked
from storesync.cli.command import Group
from storesync.cli.output import say_version
from storesync.cli.state import State, state_of
from storesync.errors import UsageError
from storesync.runtime.world import OutsideWorld

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


_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]
"""The error that Typer raises for invalid arguments; it exports only this subclass."""


class Commands(Group):
    """The group of all commands, within the error boundary. Imports a command's module when it is called or listed."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the global options; some answer at once (`--version`, `--help`)."""
        self.wants_json = _wants_json(args)
        with output_guarded(), self._misuse_reported(extra.get("obj") or OutsideWorld()):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command."""
        state = state_of(ctx)
        with errors_reported(state), self._misuse_reported(state.outside):
            return super().invoke(ctx)

    @contextmanager
    def _misuse_reported(self, outside: OutsideWorld) -> Iterator[None]:
        """Report invalid arguments in JSON if they ask for JSON."""
        try:
            yield
        except _MISUSE as misuse:
            if not self.wants_json:
                raise
            message, ctx = misuse.format_message(), getattr(misuse, "ctx", None)  # type: ignore[attr-defined]
            path = ctx.command_path if ctx else "storesync"
            error = UsageError(message, hint=f"see how it is called: {path} --help")
            report_as_asked(State(outside, json=True), error)
            sys.exit(error.exit_code)

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


def _wants_json(words: Sequence[str]) -> bool:
    """True if the command line asks for JSON, even if its other *words* are invalid."""
    return "--json" in words or "--format=json" in words or ("--format", "json") in pairwise(words)


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
        say_version()
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
    state.place(home, database, env_file)
    state.verbose, state.quiet, state.color = verbose, quiet, not no_color
