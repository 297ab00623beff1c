"""The error boundary: turns errors into one line, the next command to run, and an exit code. Needs no Typer."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storesync.cli.output import discard, report, say_json, tell
from storesync.errors import StoresyncError

if TYPE_CHECKING:
    from storesync.cli.state import State

INTERRUPTED = 130
"""The exit code that shells use for a program ended by Ctrl-C."""


@contextmanager
def errors_reported(state: "State") -> Iterator[None]:
    """Report errors of the block, in JSON if asked, and exit with their code; Ctrl-C is one of them."""
    with output_guarded():
        try:
            yield
        except StoresyncError as error:
            report_as_asked(state, error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            tell("storesync: stopped; what was saved is kept")
            tell("  see where things stand: storesync status")
            sys.exit(INTERRUPTED)


@contextmanager
def output_guarded() -> Iterator[None]:
    """Exit with 0 if the reader closed our output, and with 5 if the disk is full."""
    try:
        yield
    except BrokenPipeError:
        discard(sys.stdout)
        sys.exit(0)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        discard(sys.stdout)
        tell(f"storesync: cannot write the answer: {error.strerror}")
        sys.exit(5)


def report_as_asked(state: "State", error: StoresyncError) -> None:
    """Print *error* and its hint to stderr, or as the answer if JSON is asked for."""
    if state.json:
        from storesync.reports.answers import error_answer  # noqa: PLC0415

        say_json(error_answer(state.outside.clock.now(), error))
        return
    report(error)
