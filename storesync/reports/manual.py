"""Loads and searches the manual, which is installed with the program as Markdown pages."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from importlib.resources import files

from storesync.data import dataclass
from storesync.errors import UsageError

SUBJECTS = (
    "install",
    "demo",
    "connect",
    "cron",
    "status",
    "doctor",
    "notices",
    "search",
    "sql",
    "agents",
    "resources",
    "decisions",
    "cost",
    "privacy",
    "server",
    "commands",
    "settings",
    "exit-codes",
    "json",
    "database",
    "questions",
    "limits",
)
"""The pages, in the order in which a beginner reads them."""

COMMANDS = "commands"
"""The page that has a part for each command."""

LIMIT = 20
"""The default limit of search results."""

NEAREST = 3

_FENCE = "```"
_HEADING = re.compile(r"(#+) (.+)")
_RULE = re.compile(r"\|[ :|-]+\|")
_ITEM = re.compile(r"(\*|\d+\.) ")
_COMMAND = re.compile(r"`storesync ([a-z-]+(?: [a-z]+)?)\b.*`")
_LINK = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\.md(?:#([a-z0-9_-]+))?\)")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the manual: *summary* is the sentence below its title, *text* the whole page in Markdown."""

    subject: str
    title: str
    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, list item, table row or code block, with the heading above it."""

    subject: str
    heading: str
    text: str


def load_pages() -> tuple[Page, ...]:
    """Read the installed manual.

    Returns:
        All pages, in the order of `SUBJECTS`.

    """
    folder = files("storesync") / "manual"
    return tuple(page_of(one, (folder / f"{one}.md").read_text(encoding="utf-8")) for one in SUBJECTS)


def page_of(subject: str, text: str) -> Page:
    """Parse *text* into a page.

    Args:
        subject: The name of the page.
        text: A title (``# Title``), a blank line, one sentence on a line of its own, and the rest.

    Returns:
        The page.

    Raises:
        ValueError: If *text* does not begin so.

    """
    title, blank, summary, *_ = [*text.split("\n", 3), "", "", ""]
    if not title.startswith("# ") or blank or not summary.endswith("."):
        raise ValueError(f"the page {subject} does not begin with a title and a sentence")
    return Page(subject, title.removeprefix("# "), summary, text)


def find(pages: Sequence[Page], subject: str) -> str:
    """Return what the manual says about *subject*.

    Args:
        pages: The manual.
        subject: A page's subject, or a command such as ``sync`` or ``db rekey``; ``commands search`` is the command
            ``search`` if a page has the same name. Case is ignored; words may be joined by blanks, hyphens or
            underscores.

    Returns:
        The page, or that command's part of the page of commands, in Markdown.

    Raises:
        UsageError: If neither a page nor a command has this name. It names those with the closest spelling.

    """
    known = {page.subject: page.text for page in pages}
    parts = {_key(name): part for name, part in commands_in(known.get(COMMANDS, "")).items()}
    wanted = _key(subject)
    if wanted.removeprefix(f"{COMMANDS}-") in parts and wanted not in known:
        return parts[wanted.removeprefix(f"{COMMANDS}-")]
    if wanted in known:
        return known[wanted]
    spelt = {_key(name): name for name in commands_in(known.get(COMMANDS, ""))} | {name: name for name in known}
    nearest = [spelt[name] for name in get_close_matches(wanted, spelt, NEAREST)]
    raise UsageError(
        f"the manual has no subject {subject!r}" + (f"; nearest: {', '.join(nearest)}" if nearest else ""),
        hint="see all: storesync help; or look for words: storesync help --search WORDS",
    )


def _key(subject: str) -> str:
    return re.sub(r"[\s_-]+", "-", subject.strip().lower().removesuffix(".md"))


def commands_in(text: str) -> dict[str, str]:
    """Return the parts of a page that describe one command each.

    Args:
        text: A page in Markdown, each part of which begins with a heading such as ``## `storesync sync [STORE…]```.

    Returns:
        The part of each command (``sync``, ``db``, ``db rekey``), up to the next heading of its level or above, with
        its own heading moved to the second level.

    """
    lines = text.split("\n")
    found = {}
    headings = [(at, heading) for at, heading in _headings(lines) if _COMMAND.fullmatch(heading[2])]
    for at, heading in headings:
        name, level = _COMMAND.fullmatch(heading[2])[1], len(heading[1])  # type: ignore[index]
        ends = (end for end, other in _headings(lines) if end > at and len(other[1]) <= level)
        part = "\n".join(lines[at : next(ends, len(lines))]).strip("\n")
        found[name] = f"## {heading[2]}{part[len(heading[0]) :]}\n"
    return found


def _headings(lines: Iterable[str]) -> Iterator[tuple[int, re.Match[str]]]:
    is_code = False
    for at, line in enumerate(lines):
        is_code ^= line.lstrip().startswith(_FENCE)
        heading = None if is_code else _HEADING.fullmatch(line)
        if heading:
            yield at, heading


def search(pages: Iterable[Page], words: str, *, limit: int = LIMIT) -> list[Passage]:
    """Return the passages that contain all *words*.

    Args:
        pages: The manual.
        words: The words to search for, separated by blanks. Case and accents are ignored, and a word also matches
            inside of a longer one.
        limit: How many passages to return at most.

    Returns:
        The passages, the best first: those whose heading contains words too, then those with whole words, then the
        shorter ones. Empty if *words* are blank.

    """
    wanted = plain(words).split()
    found = [
        (_weight(one, wanted), place, one)
        for place, one in enumerate(one for page in pages for one in passages(page))
        if wanted and all(word in plain(one.text) for word in wanted)
    ]
    return [one for _, _, one in sorted(found, key=lambda each: each[:2])[:limit]]


def _weight(passage: Passage, wanted: Sequence[str]) -> tuple[int, int, int]:
    heading = plain(f"{passage.subject} {passage.heading}")
    whole = set(re.findall(r"\w+", plain(passage.text)))
    return -sum(word in heading for word in wanted), -sum(word in whole for word in wanted), len(passage.text)


def plain(text: str) -> str:
    """Return *text* in case-folded form without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def passages(page: Page) -> Iterator[Passage]:
    """Yield the smallest blocks of *page* in order: paragraphs, list items, table rows, code blocks."""
    heading = page.title
    for block in _blocks(page.text.split("\n")):
        found = _HEADING.fullmatch(block)
        if found:
            heading = found[2].replace("`", "")
        else:
            yield Passage(page.subject, heading, block)


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Yield headings and blocks; of a table only the body rows, without bars."""
    block: list[str] = []
    is_code = False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        is_fence = line.lstrip().startswith(_FENCE)
        begins = is_fence or bool(_ITEM.match(line.lstrip())) or line.startswith("|") or bool(_HEADING.fullmatch(line))
        if not is_code and (begins or not line) and block:
            yield "\n".join(block)
            block = []
        is_code ^= is_fence
        if line.startswith("|") and not is_code:
            if not _RULE.fullmatch(line) and not _RULE.fullmatch(after):
                yield line.strip("| ")
        elif line or is_code:
            block.append(line)
        if is_fence and not is_code:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)


def without_links(text: str, commands: Iterable[str] = ()) -> str:
    """Return *text* for a reader who cannot follow links.

    Args:
        text: Markdown with links such as ``[cron](cron.md)``.
        commands: The commands that have a part on the page of commands; a link to such a part names the command alone.

    Returns:
        The text with each link replaced by its words and the command that shows its target.

    """
    longest = sorted(commands, key=len, reverse=True)

    def words(link: re.Match[str]) -> str:
        part = next((one for one in longest if f"{link[3]}-".startswith(f"storesync-{_key(one)}-")), None)
        subject = f"{COMMANDS} {part}" if part and link[2] == COMMANDS else link[2]
        return f"{link[1]} (`storesync help {subject}`)"

    return _LINK.sub(words, text)
