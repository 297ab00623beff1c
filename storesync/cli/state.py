"""The global options, and the settings and context that commands open with them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from storesync.data import dataclass
from storesync.runtime.locations import home_of
from storesync.runtime.log import show_log
from storesync.runtime.settings import Settings, load_settings
from storesync.runtime.world import OutsideWorld

if TYPE_CHECKING:
    import typer

    from storesync.sync.context import SyncContext


@dataclass(slots=True)
class State:
    """The values of the global options; the `obj` of every command's Typer context."""

    outside: OutsideWorld = field(default_factory=OutsideWorld)
    home: Path | None = None
    database: Path | None = None
    env_file: Path | None = None
    verbose: bool = False
    quiet: bool = False
    color: bool = True
    json: bool = False

    def place(self, home: Path | None, database: Path | None, env_file: Path | None) -> None:
        """Set the options that say where things are, as they were typed."""
        self.home = home.expanduser().absolute() if home else None
        self.database = database.expanduser().absolute() if database else None
        self.env_file = env_file

    def settings(self) -> Settings:
        """Read the settings; the options win. Raises as `load_settings` does."""
        return load_settings(self.outside.environment, home=self.home, database=self.database, env_file=self.env_file)

    def home_folder(self) -> Path:
        """Return the home folder, which has the database, key and log."""
        return self.home or Path(home_of(self.outside.environment))

    @contextmanager
    def context(self, *, create: bool = False) -> Iterator["SyncContext"]:
        """Open the context for work on stores; *create* makes the database and the key if they are missing."""
        from storesync.app.wiring import open_context  # noqa: PLC0415 - heavy; only for commands that work

        with open_context(self.settings(), self.outside, create=create) as context:
            if self.verbose:
                show_log(sys.stderr)
            yield context


def state_of(ctx: "typer.Context") -> State:
    """Return the state of this call, made at the first use."""
    root = ctx.find_root()
    if not isinstance(root.obj, State):
        root.obj = State(outside=root.obj) if isinstance(root.obj, OutsideWorld) else State()
    return root.obj


def called_as(state: State) -> list[str]:
    """Return the command words that call this program from cron, which has neither your PATH nor your environment."""
    program = Path(sys.argv[0]).absolute()
    is_script = program.name == "storesync" and program.is_file()
    words = [str(program)] if is_script else [str(Path(sys.executable).absolute()), "-m", "storesync"]
    named = state.outside.environment.get("STORESYNC_HOME", "").strip()
    home = state.home or (home_of(state.outside.environment) if named else None)
    words += ["--home", str(home)] if home else []
    words += ["--database", str(state.database)] if state.database else []
    words += ["--env-file", str(state.env_file.absolute())] if state.env_file else []
    return words
