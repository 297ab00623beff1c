"""The commands `cron print`, `cron install` and `cron remove`."""

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.output import say, tell
from storesync.cli.state import State, called_as, state_of
from storesync.errors import CrontabUnusable
from storesync.runtime import crontab
from storesync.runtime.settings import ENVIRONMENT_ONLY, Settings
from storesync.runtime.text import clean

app = command_app(
    epilog="More: storesync help cron", no_args_is_help=True, help="Let cron call storesync sync-due every minute."
)

Mailto = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Who gets what is printed; '' for nobody.", show_default=False),
]


@app.command(name="print", epilog="Example: storesync cron print\n\nMore: storesync help cron")
def print_block(ctx: typer.Context, *, mailto: Mailto = None) -> None:
    """Print the lines for a crontab, and change nothing."""
    state = state_of(ctx)
    settings = state.settings()
    say(crontab.block(_job(state, settings), log=str(settings.log), mailto=mailto).removesuffix("\n"))


@app.command(epilog="Example: storesync cron install --mailto you@example.com\n\nMore: storesync help cron")
def install(ctx: typer.Context, *, mailto: Mailto = None) -> None:
    """Put these lines into your crontab, or renew them there."""
    state = state_of(ctx)
    settings = state.settings()
    job = _job(state, settings)
    old = read_crontab(state)
    block = crontab.block(job, log=str(settings.log), mailto=crontab.mailto_of(old) if mailto is None else mailto)
    new = crontab.with_block(old, block)
    if new == old:
        say("nothing to change: your crontab has this line already")
    else:
        _write(state, new)
        say("your crontab now has this line")
    say(f"  {job}")
    _warn(state, settings, new)
    say(f"See in two minutes whether it works:\n  {shlex.join(called_as(state))} doctor --only cron")


@app.command(epilog="Example: storesync cron remove\n\nMore: storesync help cron")
def remove(ctx: typer.Context) -> None:
    """Take these lines out of your crontab."""
    state = state_of(ctx)
    old = read_crontab(state)
    new = crontab.without_block(old)
    if new == old:
        say("nothing to remove: your crontab has no lines of storesync cron install")
        return
    _write(state, new)
    say("your crontab no longer calls storesync")


def name_env_file(state: State, file: Path | None) -> None:
    """Make installed or printed commands name the settings *file* in use.

    The one in the home folder is found without being named, so that it may be deleted later.
    """
    state.env_file = None if file == state.home_folder() / ".env" else file


def _job(state: State, settings: Settings) -> str:
    name_env_file(state, settings.env_file)
    return crontab.job([*called_as(state), "sync-due"])


def _warn(state: State, settings: Settings, text: str) -> None:
    """Warn of settings that would not take effect as the operator may expect."""
    unseen = [name for name in state.outside.environment if name.startswith("STORESYNC_")]
    unseen = sorted(set(unseen) - ENVIRONMENT_ONLY)
    if unseen:
        file = settings.env_file or settings.home / ".env"
        tell(f"cron does not see what your shell sets: put {', '.join(unseen)} into {file}")
    if not settings.database.exists():
        connect = shlex.join([*called_as(state), "connect", "--help"])
        tell(f"there is no database at {settings.database} yet; connect a store:\n  {connect}")
    for line in crontab.other_ticks(text):
        tell(f"another line of your crontab does the same; take it out with crontab -e:\n  {clean(line.strip())}")


def read_crontab(state: State) -> str:
    """Return the text of the user's crontab, empty if there is none; `CrontabUnusable` if it cannot be read."""
    done = _run(state, "-l")
    if done.returncode and b"no crontab for" in done.stderr:
        return ""
    return _checked(done, "read", by_hand="crontab -l").stdout.decode(errors="surrogateescape")


def _write(state: State, text: str) -> None:
    _checked(_run(state, "-", text=text), "write", by_hand="crontab -e")


def _run(state: State, *words: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("crontab", path=state.outside.environment.get("PATH"))
    if program is None:
        raise CrontabUnusable(
            "this machine has no program called crontab",
            hint="install cron, on Debian: apt install cron; or let another scheduler run this every minute: "
            + shlex.join([*called_as(state), "sync-due"]),
        )
    return subprocess.run(  # noqa: S603 - the operator's own program
        [program, *words], input=text.encode(errors="surrogateescape"), capture_output=True, check=False
    )


def _checked(
    done: subprocess.CompletedProcess[bytes], what: str, *, by_hand: str
) -> subprocess.CompletedProcess[bytes]:
    if done.returncode:
        message = " ".join(done.stderr.decode(errors="replace").split()) or f"exit code {done.returncode}"
        raise CrontabUnusable(f"cannot {what} your crontab: {message}", hint=f"try it by hand: {by_hand}")
    return done
