"""Edits and parses crontab text: the block that runs storesync, and every line that calls it. Pure."""

import re
import shlex
from collections.abc import Mapping, Sequence

from storesync.data import dataclass
from storesync.errors import UsageError

BEGIN, END = "# BEGIN storesync", "# END storesync"

# Only a line feed ends a line of a crontab; some editors leave a carriage return before it.
_MARK = re.compile(rf"^({BEGIN}|{END})[ \t\r]*$", re.MULTILINE)
_BLOCK = re.compile(rf"^{BEGIN}[ \t\r]*\n.*?^{END}[ \t\r]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_TICK = re.compile(r"^[ \t]*[^#\s].*\bstoresync\b.*\bsync-due\b.*$", re.MULTILINE)
_ENTRY = re.compile(r"[ \t]*(@\w+|(?:[^\s#]\S*[ \t]+){4}\S+)[ \t]+(.*\bstoresync\b.*\bsync-due\b.*)")
_VARIABLE = re.compile(r"""[ \t]*(\w+)[ \t]*=[ \t]*(?P<quote>["']?)(.*)(?P=quote)[ \t\r]*""")
_EVERY_MINUTE = re.compile(r"\*(?:/1)?(?:[ \t]+\*){4}")
# What Debian's cron accepts; empty means no mail.
_MAILTO = re.compile(r"(?:\w[\w@!:%+.,-]*)?", re.ASCII)

_TEXT = f"""{BEGIN}
# Written by `storesync cron install`, which replaces all that stands between this line and the
# last one; `storesync cron remove` takes it out. Your own lines stay as they are.
#
# The paths are absolute, because cron knows neither your shell's PATH nor your virtual
# environment. The PATH below is for what storesync itself may start. Like MAILTO, it holds for
# the lines after it, too.
#
# Settings: cron does not see those of your shell. storesync reads .env in its home folder, or
# the file that --env-file names. HTTPS_PROXY and SSL_CERT_FILE, where you need them, belong into
# this crontab, above the first line of storesync.
#
# What is printed, and so mailed to MAILTO: nothing, unless the state of a store changes (first
# sync, failed, recovered, needs a person), a platform is in trouble, or this machine is at fault
# (no database, disk full, no network, key missing). What lasts is printed once a day.
#
# Where the log is: %(log)s
# It has one JSON line for each sync of a store. Nothing needs to be redirected.
#
# No flock is needed: each store has a lease in the database, so that two runs at once never
# work on the same store, and the lease of a run that was killed is free at once.

PATH=/usr/local/bin:/usr/bin:/bin
%(mailto)s

%(line)s
{END}
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A crontab line that runs ``storesync sync-due``.

    *command* is what cron passes to the shell. *environment* holds the variables set above the line and in it.
    *words* are the program and its arguments, empty if the command cannot be split without a shell.
    """

    line: str
    schedule: str
    command: str
    words: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def program(self) -> str:
        """The program to run; the whole command if it cannot be split."""
        return self.words[0] if self.words else self.command

    @property
    def is_every_minute(self) -> bool:
        """True if cron starts it every minute."""
        return _EVERY_MINUTE.fullmatch(self.schedule) is not None

    def option(self, name: str) -> str | None:
        """Return the value of the option *name*, such as ``--home``, or None if it is not given."""
        given = [word.partition("=")[2] for word in self.words if word.startswith(f"{name}=")]
        given += [value for word, value in zip(self.words, self.words[1:], strict=False) if word == name]
        return given[0] if given else None


def job(words: Sequence[str]) -> str:
    """Return the crontab line that runs the command *words* every minute.

    Raises `UsageError` for a word with a control character, which no crontab can hold.
    """
    if any(re.search(r"[\x00-\x1f\x7f]", word) for word in words):
        raise UsageError("a crontab cannot hold a path with a line break or control character", hint="rename it")
    # For cron an unescaped % ends the line; a backslash escapes it.
    return "* * * * * " + re.sub(r"[\\%]", r"\\\g<0>", shlex.join(words))


def block(line: str, *, log: str, mailto: str | None = None) -> str:
    """Return the block that holds *line*, the path of the *log* for its comment, and the address for mail.

    Without *mailto* the block sets no address. Raises `UsageError` for one that cron would refuse.
    """
    if mailto is not None and not _MAILTO.fullmatch(mailto):
        raise UsageError(f"--mailto {mailto!r} is no address for mail", hint="for example --mailto you@example.com")
    address = '#MAILTO="you@example.com"' if mailto is None else f'MAILTO="{mailto}"'
    return _TEXT % {"line": line, "log": re.sub(r"[\x00-\x1f\x7f]", "?", log), "mailto": address}


def with_block(crontab: str, new: str) -> str:
    """Return *crontab* with the block *new* in place of an existing one, or else appended.

    Of several blocks the first is replaced and the others are removed. Nothing else changes, except that
    a missing newline at the end is added. Raises `UsageError` if half of a block is found.
    """
    if without_block(crontab) == crontab:
        return crontab + ("" if crontab.endswith("\n") or not crontab else "\n") + new
    blocks = iter([new])
    return _BLOCK.sub(lambda _old: next(blocks, ""), crontab)


def without_block(crontab: str) -> str:
    """Return *crontab* without our block. Raises `UsageError` if half of one is found."""
    marks = _MARK.findall(crontab)
    if marks != [BEGIN, END] * (len(marks) // 2):
        raise UsageError(
            f"your crontab has a line {BEGIN!r} or {END!r} without the other; nothing was changed",
            hint="take out what is left of the block: crontab -e",
        )
    return _BLOCK.sub("", crontab)


def mailto_of(crontab: str) -> str | None:
    """Return the address for mail in our block, or None if it has none."""
    found = [re.search(r'^MAILTO="(.*)"$', old.group(0), re.MULTILINE) for old in _BLOCK.finditer(crontab)]
    return next((address[1] for address in found if address and _MAILTO.fullmatch(address[1])), None)


def entries(crontab: str) -> list[Entry]:
    """Return every line that runs ``storesync sync-due``, inside our block or not."""
    found: list[Entry] = []
    known: dict[str, str] = {}
    for line in crontab.split("\n"):
        variable, entry = _VARIABLE.fullmatch(line), _ENTRY.fullmatch(line.rstrip("\r"))
        if entry:
            found.append(_entry(line.strip(), entry[1], entry[2], known))
        elif variable:
            known[variable[1]] = variable[3]
    return found


def _entry(line: str, schedule: str, text: str, known: Mapping[str, str]) -> Entry:
    # The first unescaped % ends the line.
    command = re.sub(r"\\([\\%])", r"\1", re.split(r"(?<!\\)%", text)[0]).strip()
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    own: dict[str, str] = {}
    while words and re.fullmatch(r"[A-Za-z_]\w*=.*", words[0], re.DOTALL):
        name, _, value = words.pop(0).partition("=")
        own[name] = value
    return Entry(line, schedule, command, tuple(words), {**known, **own})


def other_ticks(crontab: str) -> list[str]:
    """Return the lines outside of our block that run ``storesync sync-due``."""
    return _TICK.findall(without_block(crontab))
