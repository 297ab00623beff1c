"""The commands. Each is a few lines: read the options, ask the program, print, exit code."""

from pathlib import Path
from typing import Annotated

import typer

from storesync import __version__
from storesync.cli.shared import ErrorBoundary, state_of, tell

app = typer.Typer(
    cls=ErrorBoundary,
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
    context: typer.Context,
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
    state = state_of(context)
    state.home = home.expanduser().absolute() if home else None
    state.database = database.expanduser().absolute() if database else None
    state.env_file = env_file
    state.verbose, state.quiet, state.color = verbose, quiet, not no_color


__all__ = ["app", "tell"]

from storesync.cli import (  # noqa: E402 - they add their commands
    connect,  # noqa: F401
    cron,  # noqa: F401
    db,  # noqa: F401
    demo,  # noqa: F401
    disconnect,  # noqa: F401
    doctor,  # noqa: F401
    export,  # noqa: F401
    forget,  # noqa: F401
    history,  # noqa: F401
    mcp,  # noqa: F401
    reconcile,  # noqa: F401
    search,  # noqa: F401
    status,  # noqa: F401
    sync,  # noqa: F401
)
from storesync.cli import help as help_  # noqa: E402, F401
from storesync.cli import set as set_  # noqa: E402, F401
