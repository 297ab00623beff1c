"""A finding of `doctor`: one sentence and the command that fixes it; helpers to build and show findings. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal, get_args

from storesync.data import dataclass
from storesync.errors import StoresyncError, gravest
from storesync.runtime.text import clean

Check = Literal["config", "database", "cron", "clock", "network", "address", "tokens", "sync", "search"]
Status = Literal["ok", "warn", "fail", "skipped"]
CHECKS: tuple[Check, ...] = get_args(Check)

DATA, PERSON, LATER, NO_DATABASE = 3, 4, 5, 10
"""Exit codes: data are wrong or missing; a person is needed; something is unavailable; no database."""

_COMMAND = re.compile(r"(?:.*: )?((?:storesync|ls|df|pip|crontab|timedatectl) .+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: one sentence, and the command that fixes it.

    Only a `fail` counts for the exit code; a `warn` is something not broken yet, or weaker than it should be.
    """

    check: Check
    status: Status
    message: str
    command: str | None = None
    store: str | None = None
    exit_code: int = 0


MANY = 10
"""More stores than this with the same fix are collapsed into one line that names the first."""

_FOR_ALL = {
    "storesync sync {}": ("are not in step", "storesync sync --all"),
    "storesync reconcile {}": ("do not hold what their platform has", "storesync reconcile --all"),
    "storesync reconcile {} --confirm": (
        "have deletions that are held; look first",
        "storesync reconcile --all --dry-run",
    ),
}
"""For a command that fixes one store: the message for many stores, and the command that fixes all."""


def collapsed(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* with those of many stores that have the same fix collapsed into one."""
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for number, one in enumerate(findings):
        mend = (one.command or "").replace(one.store, "{}") if one.store else ""
        alike.setdefault((one.check, one.status, mend) if mend in _FOR_ALL else (number,), []).append(one)
    return [one for some in alike.values() for one in (some if len(some) <= MANY else [_of_many(some)])]


def _of_many(some: Sequence[Finding]) -> Finding:
    first = some[0]
    text, command = _FOR_ALL[(first.command or "").replace(first.store or "", "{}")]
    stores = list(dict.fromkeys(one.store or "" for one in some))
    message = f"{len(stores):,} stores {text}: {', '.join(stores[:3])} and {len(stores) - 3:,} more"
    return replace(first, message=message, command=command, store=None)


def exit_code_of(findings: Iterable[Finding]) -> int:
    """Return the gravest exit code of the failed *findings*, 0 if none failed."""
    return gravest(finding.exit_code for finding in findings if finding.status == "fail")


def ready_to_type(finding: Finding, *, program: str, python: str) -> Finding:
    """Return *finding* safe for a terminal, with its command ready to paste.

    *program* replaces ``storesync`` and *python* runs ``pip`` in the command; both are quoted for a shell.
    """
    text = finding.command or ""
    called = {"storesync": program, "pip": f"{python} -m pip"}
    command = re.sub(r"^(sudo -u \S+ )?(storesync|pip)(?= )", lambda word: (word[1] or "") + called[word[2]], text)
    return replace(finding, message=clean(finding.message), command=clean(command) or None)


def command_in(hint: str | None) -> str | None:
    """Return the command at the end of *hint*, None if there is none."""
    found = _COMMAND.fullmatch(hint or "")
    return found[1] if found else None


def found_by(check: Check, error: StoresyncError, *, command: str | None = None) -> Finding:
    """Return *error* as a finding; *command* is used if its hint contains none."""
    return Finding(check, "fail", error.message, command_in(error.hint) or command, exit_code=error.exit_code)


def all_well(check: Check, findings: Sequence[Finding], message: str) -> list[Finding]:
    """Return *findings* or, if there are none, one that says *message*: all is well."""
    return list(findings) or [Finding(check, "ok", message)]


def in_words(span: timedelta) -> str:
    """Return *span* in words, rounded."""
    seconds = abs(span).total_seconds()
    return next(f"{int(seconds // size)} {unit}" for unit, size, least in _UNITS if seconds >= least)


_UNITS = (("days", 86_400, 172_800), ("hours", 3600, 7200), ("min", 60, 120), ("s", 1, 0))
