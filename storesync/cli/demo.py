"""The command `demo`."""

import importlib.util
import shlex
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.output import say
from storesync.cli.state import called_as, state_of
from storesync.errors import UsageError
from storesync.runtime.extras import install

app = command_app()


@app.command(epilog="Examples: storesync demo; storesync demo --keep\n\nMore: storesync help demo")
def demo(
    ctx: typer.Context,
    *,
    home: Annotated[
        Path | None, typer.Option(help="An empty folder for the demo's database.", show_default=False)
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the shops open afterwards, to try the commands yourself.")
    ] = False,
) -> None:
    """Show all of it on two simulated shops.

    No account, no network, about a minute.
    """
    if importlib.util.find_spec("graphql") is None:
        raise UsageError("the demo needs the extra called demo", hint=install("demo"))
    from storesync.app.demo import Demo, new_simulator  # noqa: PLC0415 - the simulator is not for daily use

    folder = _folder(home)
    state = state_of(ctx)
    color = state.color
    began = time.monotonic()

    def title(text: str) -> None:
        say("")
        typer.secho(text, bold=True, color=None if color else False)

    state.home = folder
    program = shlex.join(called_as(state))

    def tell_what_to_try() -> None:
        say("In another terminal:")
        for words in ("status", "connect shopify beta", "search remera", "sync --all", "doctor"):
            say(f"  {program} {words}")

    equal = Demo(folder, say, title, new_simulator(), tell_what_to_try if keep else None).run()
    say(f"Took {time.monotonic() - began:.0f} s. The database stays; look at it:")
    say(f"  {program} status")
    say(f"  sqlite3 'file:{folder}/storesync.db?mode=ro' 'SELECT key, sync_status, last_sync_at FROM stores'")
    if not keep:
        say("Its shops are closed now, and no cron serves it. To try the commands yourself: storesync demo --keep")
    raise typer.Exit(0 if equal else 1)


def _folder(home: Path | None) -> Path:
    if home is None:
        return Path(tempfile.mkdtemp(prefix="storesync-demo-"))
    if home.exists() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty; the demo never touches data that is there", hint="name a new folder")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home.absolute()
