"""The error boundary: turns errors into one line, the next command to run, and an exit code."""

import errno
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperGroup

from storesync.cli.output import discard, report, say_json, tell
from storesync.cli.state import State, state_of
from storesync.errors import StoresyncError, UsageError
from storesync.runtime.world import OutsideWorld

INTERRUPTED = 130
"""The exit code that shells use for a program ended by Ctrl-C."""

_MISUSE: type[Exception] = typer.BadParameter.__mro__[1]
"""The error that Typer raises for invalid arguments; it exports only this subclass."""


class ErrorBoundary(TyperGroup):
    """Turns our own errors into one line (JSON with ``--json``), the next command, and their exit code."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Parse the global options; some answer at once (`--version`, `--help`)."""
        self.wants_json = _wants_json(args)
        with _heard(), self._misuse_reported(extra.get("obj") or OutsideWorld()):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command."""
        with _heard(), self._misuse_reported(state_of(ctx).outside):
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
    def _misuse_reported(self, outside: OutsideWorld) -> Iterator[None]:
        """Report invalid arguments in JSON if they ask for JSON."""
        try:
            yield
        except _MISUSE as misuse:
            if not self.wants_json:
                raise
            message, ctx = misuse.format_message(), getattr(misuse, "ctx", None)  # type: ignore[attr-defined]
            path = ctx.command_path if ctx else "storesync"
            _report(State(outside, json=True), UsageError(message, hint=f"see how it is called: {path} --help"))
            raise typer.Exit(UsageError.exit_code) from None


def _wants_json(words: Sequence[str]) -> bool:
    """True if the command line asks for JSON, even if its other *words* are invalid."""
    return "--json" in words or "--format=json" in words or ("--format", "json") in pairwise(words)


@contextmanager
def _heard() -> Iterator[None]:
    """Exit with 0 if the reader closed our output, and with 5 if the disk is full."""
    try:
        yield
    except BrokenPipeError:
        discard(sys.stdout)
        raise typer.Exit(0) from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        discard(sys.stdout)
        tell(f"storesync: cannot write the answer: {error.strerror}")
        raise typer.Exit(5) from None


def _report(state: State, error: StoresyncError) -> None:
    if state.json:
        from storesync.reports.answers import error_answer  # noqa: PLC0415

        say_json(error_answer(state.outside.clock.now(), error))
        return
    report(error)
