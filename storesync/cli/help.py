"""The command `help`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from storesync.cli.command import command_app
from storesync.cli.output import say, say_bytes, tell
from storesync.cli.state import State, state_of
from storesync.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storesync.reports.manual import Page, Passage


def _subjects(incomplete: str) -> list[str]:
    """Return the subjects that begin with *incomplete*, for shell completion."""
    from storesync.reports.manual import COMMANDS, commands_in, load_pages  # noqa: PLC0415

    pages = {page.subject: page.text for page in load_pages()}
    names = sorted({*pages, *(name for name in commands_in(pages[COMMANDS]) if " " not in name)})
    return [name for name in names if name.startswith(incomplete)]


app = command_app()


@app.command(
    name="help",
    epilog="Examples: storesync help; storesync help cron; storesync help --search 'refresh token'",
)
def help_(
    ctx: typer.Context,
    *,
    subject: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUBJECT",
            help="A subject of the manual, or a command.",
            show_default=False,
            autocompletion=_subjects,
        ),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option("--search", metavar="WORDS", help="Find paragraphs with all these words.", show_default=False),
    ] = None,
) -> None:
    """Read the manual: its subjects, one of them, or what a command does with all of its options."""
    from storesync.reports.manual import find, load_pages, search  # noqa: PLC0415 - only this command reads it

    state, pages = state_of(ctx), load_pages()
    if words is not None and not words.strip():
        raise UsageError("--search wants words", hint="for example: storesync help --search 'refresh token'")
    if words is not None:
        _say_passages(state, pages, search(pages, " ".join([words, *(subject or ())])))
    elif subject:
        _say_markdown(state, pages, find(pages, " ".join(subject)))
    else:
        width = max(len(page.subject) for page in pages) + 2
        for page in pages:
            say(f"{page.subject:{width}}{page.summary}")
        if not state.quiet:
            tell("Read one: storesync help SUBJECT. A command is a subject, too: storesync help sync.")


def _say_markdown(state: State, pages: "Sequence[Page]", text: str) -> None:
    """Print *text* rendered on a terminal, elsewhere as plain Markdown."""
    if not sys.stdout.isatty():
        say_bytes(text.encode())
        return
    from storesync.reports.manual import COMMANDS, commands_in, without_links  # noqa: PLC0415
    from storesync.reports.terminal import console, markdown  # noqa: PLC0415 - heavy

    commands = commands_in(next(page.text for page in pages if page.subject == COMMANDS))
    console(color=state.color).print(markdown(without_links(text, commands)))


def _say_passages(state: State, pages: "Sequence[Page]", found: "Sequence[Passage]") -> None:
    if not found:
        tell("The manual has no paragraph with all of these words. Its subjects: storesync help")
    for place, passage in enumerate(found):
        if place:
            say("")
        typer.secho(f"{passage.subject}: {passage.heading}", bold=True, color=None if state.color else False)
        _say_markdown(state, pages, f"{passage.text}\n")
