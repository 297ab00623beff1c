"""Shared by the commands that erase: the confirmation and the receipt file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import typer

from storesync.cli.output import json_of, say, say_json, tell
from storesync.cli.state import State
from storesync.errors import UsageError, gravest
from storesync.reports.answers import receipt_answer
from storesync.runtime.files import reserved
from storesync.stores.erasure import Receipt

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
ReceiptFile = Annotated[
    Path | None, typer.Option("--receipt", help="Write what was erased, in JSON, to this new file.", show_default=False)
]


def must_be_meant(question: str, *, yes: bool) -> None:
    """Ask *question* on a terminal unless *yes*; `UsageError` without a terminal or on a no."""
    if yes:
        return
    if not is_terminal():
        raise UsageError(
            "this cannot be undone, and there is no terminal to ask on", hint="say that you mean it: --yes"
        )
    tell(f"{question} Type yes:")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing was erased", hint="type yes, or say --yes")


def is_terminal() -> bool:
    """True if stdin is a terminal, so that a question can be answered."""
    return sys.stdin.isatty()


@contextmanager
def place_for(file: Path | None) -> Iterator[BinaryIO | None]:
    """Create the receipt file before anything is erased, to be sure that it can be written, and yield it.

    It is deleted again if nothing was written. Raises `UsageError` for a file with content: it may be the
    only proof of another erasure. None for *file* yields None.
    """
    if file is None:
        yield None
        return
    try:
        place = reserved(file)
    except OSError as error:
        raise UsageError(
            f"cannot make the receipt {file}: {error.strerror}", hint="name a new file in a folder of yours"
        ) from None
    with place:
        try:
            yield place
        finally:
            if not os.fstat(place.fileno()).st_size:
                file.unlink()


def finish(state: State, receipt: Receipt, place: BinaryIO | None, message: str) -> NoReturn:
    """Write the receipt, print the answer and exit: with 3 if some of what was erased was still found.

    If the receipt cannot be written it is printed instead, with exit code 5: it cannot be made again.
    """
    answer = receipt_answer(state.outside.clock.now(), receipt)
    fault = _fault_of_writing(place, json_of(answer))
    if state.json or fault:
        say_json(answer)
    else:
        rows = ", ".join(f"{count:,} {table}" for table, count in receipt.tables.items() if count)
        say(f"{receipt.store}: {message}; {rows or 'there were no rows'}")
    if fault:
        tell(f"storesync: all is erased, but the receipt cannot be written: {fault}")
        tell("  keep the one that was printed: nobody can make it again")
    if receipt.found_in:
        tell(f"storesync: some of it is still in {', '.join(receipt.found_in)}")
        tell("  delete copies that you made; for the database itself: sqlite3 FILE VACUUM")
    if receipt.quoted_in:
        tell(f"storesync: other records quote them: {', '.join(receipt.quoted_in)}")
        tell(f"  take it out in the shop, then forget again, by e-mail, after: storesync sync {receipt.store} --full")
    raise typer.Exit(gravest([5 if fault else 0, 0 if receipt.verified else 3]))


def _fault_of_writing(place: BinaryIO | None, content: bytes) -> str | None:
    """Write the receipt durably; on an error, empty the file and return the reason."""
    if place is None:
        return None
    try:
        while content:
            content = content[place.write(content) :]
        os.fsync(place.fileno())
    except OSError as error:
        with suppress(OSError):
            place.truncate(0)
        return error.strerror or type(error).__name__
    return None
