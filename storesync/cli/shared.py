"""What all commands share: settings, answers on stdout, everything else on stderr, exit codes."""

import errno
import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TextIO

import orjson
import typer
from typer.core import TyperGroup

from storesync.errors import StoresyncError
from storesync.runtime.locations import home_of
from storesync.runtime.log import show_log
from storesync.runtime.settings import Settings, load_settings
from storesync.runtime.text import clean
from storesync.runtime.world import Wiring
from storesync.sync.context import Tools

LONGEST_LABEL = 100

INTERRUPTED = 130
"""What shells say of a program that Ctrl-C ended."""


@dataclass(slots=True)
class State:
    """What the options before the command said. Given to every command as its context's object."""

    wiring: Wiring = field(default_factory=Wiring)
    home: Path | None = None
    database: Path | None = None
    env_file: Path | None = None
    verbose: bool = False
    quiet: bool = False
    color: bool = True
    json: bool = False

    def settings(self) -> Settings:
        """Read the settings, options first."""
        return load_settings(self.wiring.environment, home=self.home, database=self.database, env_file=self.env_file)

    def home_folder(self) -> Path:
        """Return the folder of the database, key and log."""
        return self.home or Path(home_of(self.wiring.environment))

    @contextmanager
    def tools(self, *, create: bool = False) -> Iterator[Tools]:
        """Open everything that working on stores takes."""
        from storesync.app.wiring import open_tools  # noqa: PLC0415 - heavy; only for commands that work

        with open_tools(self.settings(), self.wiring, create=create) as tools:
            if self.verbose:
                show_log(sys.stderr)
            yield tools


def state_of(context: typer.Context) -> State:
    """Return the state of this call."""
    root = context.find_root()
    if not isinstance(root.obj, State):
        root.obj = State(wiring=root.obj) if isinstance(root.obj, Wiring) else State()
    return root.obj


def called_as(state: State) -> list[str]:
    """Return the words by which cron, which knows neither your PATH nor your environment, calls this program."""
    program = Path(sys.argv[0]).absolute()
    is_script = program.name == "storesync" and program.is_file()
    words = [str(program)] if is_script else [str(Path(sys.executable).absolute()), "-m", "storesync"]
    named = state.wiring.environment.get("STORESYNC_HOME", "").strip()
    home = state.home or (home_of(state.wiring.environment) if named else None)
    words += ["--home", str(home)] if home else []
    words += ["--database", str(state.database)] if state.database else []
    words += ["--env-file", str(state.env_file.absolute())] if state.env_file else []
    return words


def say(text: str) -> None:
    """Print an answer."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Print something that is no answer; nobody there to read it changes nothing."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def say_json(answer: dict[str, Any]) -> None:
    """Print an answer as JSON."""
    say_bytes(json_of(answer))


def say_bytes(content: bytes) -> None:
    """Print an answer that is UTF-8 whatever the terminal speaks."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def json_of(answer: dict[str, Any]) -> bytes:
    """Return an answer as JSON."""
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write *content* to *path*, whole or not at all, in place of what was there; `UsageError` where that fails."""
    from storesync.runtime.files import replace_whole  # noqa: PLC0415

    with writing(path):
        replace_whole(path, content, mode=mode)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `UsageError` for what keeps *path* from being written; a full disk is nobody's mistake."""
    from storesync.errors import UsageError  # noqa: PLC0415

    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UsageError(
            f"cannot write {path}: {error.strerror}",
            hint=f"name a file in a folder of yours; look: ls -ld {shlex.quote(str(path.parent))}",
        ) from None


def _discard(stream: TextIO) -> None:
    """Let *stream* lead nowhere from now on, so that nothing fails when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]
"""What Typer raises for words that are no command of ours; it exports only this child of it."""


class ErrorBoundary(TyperGroup):
    """Turns our own errors into one line, the next command, and their exit code."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the options before the command; some answer at once (`--version`, `--help`)."""
        self.wants_json = _wants_json(args)
        with _heard(), self._misuse_told(extra.get("obj") or Wiring()):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command."""
        with _heard(), self._misuse_told(state_of(ctx).wiring):
            try:
                return super().invoke(ctx)
            except StoresyncError as error:
                _report(state_of(ctx), error)
                raise typer.Exit(error.exit_code) from None
            except KeyboardInterrupt:
                tell("storesync: stopped; what was saved is kept")
                tell("  see where things stand: storesync status")
                raise typer.Exit(INTERRUPTED) from None

    @contextmanager
    def _misuse_told(self, wiring: Wiring) -> Iterator[None]:
        """Tell also in JSON that the words make no sense, where JSON is among them."""
        from storesync.errors import UsageError  # noqa: PLC0415

        try:
            yield
        except _MISUSE as misuse:
            if not self.wants_json:
                raise
            told, context = misuse.format_message(), getattr(misuse, "ctx", None)  # type: ignore[attr-defined]
            path = context.command_path if context else "storesync"
            _report(State(wiring, json=True), UsageError(told, hint=f"see how it is called: {path} --help"))
            raise typer.Exit(UsageError.exit_code) from None


def _wants_json(words: Sequence[str]) -> bool:
    """True where a program listens, whatever else is wrong with the *words* of the command line."""
    return "--json" in words or "--format=json" in words or ("--format", "json") in pairwise(words)


@contextmanager
def _heard() -> Iterator[None]:
    """Leave quietly where nobody reads our answer to its end, and with 5 where it cannot be written."""
    try:
        yield
    except BrokenPipeError:
        _discard(sys.stdout)
        raise typer.Exit(0) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard(sys.stdout)
        tell(f"storesync: cannot write the answer: {error.strerror}")
        raise typer.Exit(5) from None


def _report(state: State, error: StoresyncError) -> None:
    if state.json:
        from storesync.reports.answers import error_answer  # noqa: PLC0415

        say_json(error_answer(state.wiring.clock.now(), error))
        return
    report(error)


def report(error: StoresyncError) -> None:
    """Tell what happened, and what to type next."""
    tell(f"storesync: {clean(error.message)}")
    if error.hint:
        tell(f"  {clean(error.hint)}")


def _remember_json(context: typer.Context, value: bool) -> bool:  # noqa: FBT001 - the form of a Typer callback
    state_of(context).json = value
    return value


Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.", callback=_remember_json, is_eager=True)]


def store_names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of stores that what was typed may become, for the shell; none where there is no database."""
    from storesync.storage.opening import open_to_look  # noqa: PLC0415 - heavy
    from storesync.storage.stores import load_stores  # noqa: PLC0415

    state, before = state_of(context), context.find_root().params
    state.home, state.database, state.env_file = before.get("home"), before.get("database"), before.get("env_file")
    try:
        with closing(open_to_look(state.settings().database)) as database:
            stores = load_stores(database)
    except (StoresyncError, OSError):
        return []
    # Some shells complete only what stands behind the colon.
    names = [(store.key, store.alias or "", store.key.partition(":")[2]) for store in stores]
    return [found[0] for some in names if (found := [name for name in some if name.startswith(incomplete)])]


Stores = Annotated[
    list[str] | None,
    typer.Argument(
        help="Store keys such as shopify:alpha, or aliases.", show_default=False, autocompletion=store_names
    ),
]
OneStore = Annotated[str, typer.Argument(help="Store key such as shopify:alpha, or alias.", autocompletion=store_names)]
Owner = Annotated[str | None, typer.Option(help="Only the stores of this owner.", show_default=False)]
Resources = Annotated[
    list[str] | None,
    typer.Option("--resource", help="Only this resource; may be repeated.", show_default=False),
]


def label(option: str, text: str | None) -> str | None:
    """Return a label that the terminal can show and that is no store's key; `UsageError` for another."""
    from storesync.errors import UsageError  # noqa: PLC0415

    if text is None or (text.strip() and text.isprintable() and ":" not in text and len(text) <= LONGEST_LABEL):
        return text
    raise UsageError(
        f"{option} should be a short word or name, without colons and control characters",
        hint=f"for example {option} acme",
    )


def known_resources(names: Sequence[str] | None, among: Collection[str] = ()) -> tuple[str, ...]:
    """Return *names*; `UsageError` for one that is no resource, or none of *among*, where these are given."""
    from storesync.errors import UsageError  # noqa: PLC0415
    from storesync.tables import RESOURCES  # noqa: PLC0415

    for name in names or ():
        if name not in RESOURCES:
            raise UsageError(f"no resource is called {name!r}", hint=f"choose from {', '.join(among or RESOURCES)}")
    return tuple(names or ())
