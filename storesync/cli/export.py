"""The command `export`."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from storesync.cli.command import command_app
from storesync.cli.options import store_names
from storesync.cli.output import tell, writing
from storesync.cli.state import state_of
from storesync.errors import UsageError
from storesync.runtime.text import clean

app = command_app()


@app.command(
    epilog="Example: storesync export sales_daily --store shopify:alpha --output sales.csv\n\nMore: storesync help sql"
)
def export(
    ctx: typer.Context,
    *,
    name: Annotated[
        str, typer.Argument(metavar="TABLE|VIEW", help="A table or view, such as orders: storesync help database.")
    ],
    store: Annotated[
        str | None, typer.Option(help="Only the rows of this store.", show_default=False, autocompletion=store_names)
    ] = None,
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format", help="CSV, or one JSON object a line.")] = "csv",
    output: Annotated[
        Path | None, typer.Option(help="Write to this file, whole or not at all.", show_default=False)
    ] = None,
) -> None:
    """Write out a table or a view, with the personal data in it."""
    from storesync.app.wiring import target_of  # noqa: PLC0415 - heavy
    from storesync.reports.formats import csv_lines, json_lines  # noqa: PLC0415
    from storesync.runtime.files import replaced  # noqa: PLC0415
    from storesync.storage.exports import EXPORTS, read_rows  # noqa: PLC0415
    from storesync.storage.stores import find_stores  # noqa: PLC0415

    if name not in EXPORTS:
        raise UsageError(f"no table or view is called {name!r}", hint=f"choose from {', '.join(EXPORTS)}")
    state = state_of(ctx)
    target = None if output is None else target_of(state.settings(), output)
    with state.context() as context:
        chosen = find_stores(context.database, [store])[0] if store is not None else None
        names, rows = read_rows(context.database, name, chosen)
        lines = {"csv": csv_lines, "jsonl": json_lines}[form](names, rows)
        if target is None:
            # Files and pipes get the exact bytes; a terminal would interpret control characters.
            shown = map(_harmless, lines) if sys.stdout.isatty() else lines
            sys.stdout.buffer.writelines(shown)
            sys.stdout.flush()
            return
        with writing(target), replaced(target) as fresh, fresh.open("wb") as file:
            file.writelines(lines)
    if not state.quiet:
        tell(f"wrote {output}")


def _harmless(line: bytes) -> bytes:
    return f"{clean(line.decode().rstrip())}\n".encode()
