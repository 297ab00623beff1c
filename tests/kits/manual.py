"""What the tests of the documents look at: README, pages, and the command line that both speak of."""

import re
import shlex

import typer

from storesync.cli.app import app
from storesync.reports.manual import load_pages
from tests.kits.samples import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {page.subject: page.text for page in load_pages()}
FOLDER = ROOT / "storesync" / "manual"
EVERYTHING = {"README": README, **PAGES}

ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = {name: ROOT_COMMAND.get_command(None, name) for name in ROOT_COMMAND.list_commands(None)}
HELP = {"--help", "-h"}

_PROGRAM = re.compile(r"(?:\S*/)?storesync")
_BETWEEN = {"|", "||", "&&", ";", "&"}


def leaves(command=ROOT_COMMAND, path=()):
    """Yield every command that does something, with the words that call it."""
    for name, below in getattr(command, "commands", {}).items():
        yield from leaves(below, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path), command


LEAVES = dict(leaves())


def options_of(command) -> list:
    """Return the options of a command, without ``--help``."""
    return [one for one in command.params if one.param_type_name == "option"]


def names_of(command) -> set[str]:
    """Return how the options of a command are spelt."""
    return {word for option in options_of(command) for word in (*option.opts, *option.secondary_opts)}


def section(text: str, title: str) -> str:
    """Return what stands under the first heading in *text* that has *title*, up to the next of its level or above."""
    level = re.search(rf"^(#+) .*{re.escape(title)}", text, re.MULTILINE)
    assert level, title
    rest = text[level.end() :]
    end = re.search(rf"^#{{1,{len(level[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def cells(text: str) -> list[list[str]]:
    """Return the rows of all Markdown tables in *text*."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def columns_of(table: str) -> list[str]:
    """Return the columns that the manual names for *table*."""
    found = re.search(rf"^### {table}\n\n.+\n\n> (.+)$", PAGES["database"], re.MULTILINE)
    assert found, f"the manual does not describe {table}"
    return found[1].split(", ")


def blocks(text: str, *languages: str) -> list[str]:
    """Return the blocks of code in *text* that are written in one of *languages*, without their indent."""
    found = re.findall(rf"^( *)```(?:{'|'.join(languages)})\n(.+?)\n *```$", text, re.DOTALL | re.MULTILINE)
    return ["\n".join(line.removeprefix(indent) for line in block.split("\n")) for indent, block in found]


def quoted(text: str) -> list[str]:
    """Return what *text* has in code within its sentences."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.+?```", "", text, flags=re.DOTALL))


def anchors(text: str) -> list[str]:
    """Return the anchors of the headings in *text*, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.+?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]


def links(text: str) -> list[str]:
    """Return where the links in *text* lead that stay in the repository."""
    return re.findall(r"\]\((?!https://)([^)]+)\)", re.sub(r"```.+?```", "", text, flags=re.DOTALL))


def calls(block: str) -> list[list[str]]:
    """Return the words of each call of storesync in a *block* of shell, without the program's own name.

    What `sudo` runs counts, and so does what an agent's program is told to run, behind ``--``.
    """
    commands: list[list[str]] = []
    for line in block.replace("\\\n", " ").replace("|\n", "| ").replace("&&\n", "&& ").splitlines():
        lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        commands.append([])
        for word in lexer:
            if word in _BETWEEN:
                commands.append([])
            else:
                commands[-1].append(word)
    for words in commands:
        while words and words[0] in {"sudo", "-H", "-u"}:
            del words[: 2 if words[0] == "-u" else 1]
    started = [words[words.index("--") + 1 :] if "claude" in words else words for words in commands]
    return [words[1:] for words in started if words and _PROGRAM.fullmatch(words[0])]


def parse(words: list[str]) -> None:
    """Read *words* as the program would, and do nothing; raises what it would raise."""
    command, context, words = ROOT_COMMAND, None, list(words)
    while hasattr(command, "commands"):
        context = typer.Context(command, parent=context)
        while words[0].startswith("-"):
            option = next(one for one in options_of(command) if words[0] in one.opts)
            del words[: 1 if option.is_flag else 2]
        command = command.commands[words.pop(0)]
    if "--help" not in words:
        redirected = [place for place, word in enumerate(words) if set(word) <= set("<>")]
        for place in reversed(redirected):
            del words[place : place + 2]
        command.make_context(command.name, words, parent=context)
