"""What commands that erase share: whether it is meant, and the receipt."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer

from storesync.answers import receipt_answer
from storesync.cli.shared import State, say, say_json, tell
from storesync.errors import DiskFull, UsageError
from storesync.files import made_whole
from storesync.forgetting import Receipt

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
ReceiptFile = Annotated[
    Path | None, typer.Option("--receipt", help="Write what was erased, in JSON, to this new file.", show_default=False)
]


def must_be_meant(question: str, *, yes: bool) -> None:
    """Ask on a terminal; `UsageError` without one, unless *yes* was said."""
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
    """True where somebody can answer a question."""
    return sys.stdin.isatty()


def must_be_new(file: Path | None) -> None:
    """Refuse a file that is there: it may be another erasure's only proof."""
    if file is not None and (file.exists() or not file.absolute().parent.is_dir()):
        raise UsageError(f"cannot make the receipt {file}", hint="name a new file in a folder that is there")


def finish(state: State, receipt: Receipt, file: Path | None, told: str) -> NoReturn:
    """Write the receipt, answer and exit: with 3 where something of what was erased was found still."""
    answer = receipt_answer(state.wiring.clock.now(), receipt)
    if file is not None:
        _write(file.absolute(), orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if state.json:
        say_json(answer)
    else:
        rows = ", ".join(f"{count:,} {table}" for table, count in receipt.tables.items() if count)
        say(f"{receipt.store}: {told}; {rows or 'there were no rows'}")
    if receipt.found_in:
        tell(f"storesync: some of it is still in {', '.join(receipt.found_in)}")
        tell("  delete copies that you made; for the database itself: sqlite3 FILE VACUUM")
    raise typer.Exit(3 if receipt.found_in else 0)


def _write(file: Path, content: bytes) -> None:
    try:
        with made_whole(file) as fresh, fresh.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise DiskFull(
            f"all is erased, but the receipt {file} cannot be written: {error.strerror}",
            hint="make room, and run this again",
        ) from None
