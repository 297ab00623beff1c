"""Judges the facts about this machine: database file, cron, clock, network, search index. Pure.

The facts come from `storesync.doctor.collect`; `storesync.doctor.stores` judges the stores.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from storesync.data import dataclass
from storesync.doctor.finding import DATA, LATER, NO_DATABASE, Finding, all_well, command_in, found_by, in_words
from storesync.errors import StoresyncError
from storesync.rules import sizes
from storesync.rules.snapshot import LastTick
from storesync.rules.status import RUNNING_FOR
from storesync.runtime.clock import agreed, wrong_clock
from storesync.runtime.crontab import Entry
from storesync.runtime.instants import is_within

SAFE_SQLITE = (3, 51, 3)
"""Older versions can corrupt a WAL database: https://sqlite.org/wal.html#walresetbug"""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The facts about the database file and the SQLite that reads it.

    *error* is why it cannot be used, *parts* are its existing files, *backup* is the newest copy that a migration
    made. *no_room* is the error of a nearly full disk; *to_come_bytes* is what first loads still have to write,
    *free_bytes* what may be written. *is_whole* is False if the file was too large to be checked in time.
    """

    path: str
    sqlite_version: tuple[int, ...]
    sqlite_from: str
    no_room: StoresyncError | None = None
    to_come_bytes: int = 0
    free_bytes: int | None = None
    error: StoresyncError | None = None
    is_spoilt: bool = False
    parts: Sequence[str] = ()
    backup: str | None = None
    is_older: bool = False
    is_whole: bool = True
    size_bytes: int = 0
    log_bytes: int = 0
    is_log_long: bool = False


@dataclass(frozen=True, slots=True)
class Cron:
    """The facts about cron: the crontab's *entries* for this home, and the last tick.

    *elsewhere* are entries for another home or database, *broken* those whose program cron does not find.
    *error* is why the crontab cannot be read. *daemon* is the name of cron's daemon; *is_daemon_up* is None if
    unknown. *knows_ticks* is False if the database could not be read. *unseen* are settings that cron does not see.
    """

    now: datetime
    last_tick: LastTick | None = None
    knows_ticks: bool = True
    entries: Sequence[Entry] = ()
    elsewhere: Sequence[Entry] = ()
    broken: Sequence[Entry] = ()
    error: StoresyncError | None = None
    is_daemon_up: bool | None = None
    daemon: str = "cron"
    unseen: Sequence[str] = ()
    env_file: str = ""

    @property
    def is_ticking(self) -> bool:
        """True if a tick ended recently, whether cron started it or not."""
        return self.last_tick is not None and is_within(self.last_tick.ended_at, self.now, RUNNING_FOR)


@dataclass(frozen=True, slots=True)
class Host:
    """A platform's server: the HTTP *status* of its answer, or *why* there was none.

    *proxy* is the proxy used, as ``host:port``; *ahead* is how far our clock is ahead of the server's.
    """

    platform: str
    url: str
    name: str
    status: int | None = None
    why: str | None = None
    proxy: str | None = None
    ahead: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The search index: *counts* are numbers of live records and of indexed documents, by store and resource."""

    counts: Mapping[tuple[str, str], tuple[int, int]]
    is_sound: bool = True


def of_database(facts: DatabaseFacts) -> list[Finding]:
    """Return the findings about the database file, the disk space for it, and the SQLite that reads it."""
    found = [_unusable(facts, facts.error)] if facts.error else []
    path = shlex.quote(facts.path)
    if facts.is_older:
        message = f"{facts.path} is of an older storesync; any other command brings it up to date"
        found.append(Finding("database", "warn", message, "storesync status"))
    if facts.no_room:
        found.append(found_by("database", facts.no_room))
    elif facts.free_bytes is not None and facts.to_come_bytes > facts.free_bytes:
        to_come, free = sizes.in_words(facts.to_come_bytes), sizes.in_words(facts.free_bytes)
        message = f"first loads will not fit: about {to_come} are still to come, and {free} can be written"
        found.append(Finding("database", "warn", message, f"df -h {shlex.quote(facts.path.rpartition('/')[0])}"))
    if facts.is_log_long:
        message = f"the database's log has grown to {_megabytes(facts.log_bytes)}: a program that reads holds it up"
        found.append(Finding("database", "warn", message, f"fuser -v {path}"))
    if facts.sqlite_version < SAFE_SQLITE:
        message = (
            f"{_sqlite(facts)} is older than {_dotted(SAFE_SQLITE)} and can damage a database that two commands use"
        )
        found.append(Finding("database", "warn", message, "pip install --upgrade pysqlite3"))
    kept = f"{facts.path} is sound" if facts.is_whole else f"{facts.path} opens, too large to be read whole"
    return all_well("database", found, f"{kept}, {_megabytes(facts.size_bytes)}; {_sqlite(facts)}")


def _unusable(facts: DatabaseFacts, error: StoresyncError) -> Finding:
    if not facts.is_spoilt:
        return found_by("database", error, command=f"ls -l {shlex.quote(facts.path)}")
    aside = shlex.quote(f"{facts.path}.spoilt")
    command = f"mkdir {aside} && mv {shlex.join(facts.parts)} {aside}"
    if facts.backup:
        command += f" && cp -p {shlex.quote(facts.backup)} {shlex.quote(facts.path)}"
    after = "then take the backup that storesync made" if facts.backup else "then put your newest backup in its place"
    return Finding("database", "fail", f"{error.message}; lay it aside, {after}", command, exit_code=error.exit_code)


def of_cron(cron: Cron) -> list[Finding]:
    """Return why cron does not call `sync-due` every minute, or what is unusual about how it does."""
    found = [] if cron.is_ticking else _why_no_tick(cron)
    if cron.last_tick and cron.is_ticking and cron.last_tick.exit_code:
        message = f"the last tick ended with exit code {cron.last_tick.exit_code}; see why"
        is_lost = cron.last_tick.exit_code in {LATER, NO_DATABASE}
        found.append(Finding("cron", "fail" if is_lost else "warn", message, "storesync sync-due", exit_code=LATER))
    if len(cron.entries) > 1:
        message = f"{len(cron.entries)} lines of your crontab do the same; take all but one out"
        found.append(Finding("cron", "warn", message, "crontab -e"))
    if cron.unseen:
        message = f"cron does not see what your shell sets: put {', '.join(cron.unseen)} into {cron.env_file}"
        pattern = shlex.quote(f"^({'|'.join(cron.unseen)})=")
        command = f"(umask 077; {{ echo; env | grep -E {pattern}; }} >>{shlex.quote(cron.env_file)})"
        found.append(Finding("cron", "warn", message, command))
    if not cron.knows_ticks:
        return all_well("cron", found, "your crontab has the line; whether it works, only the database tells")
    return all_well("cron", found, f"sync-due is called, last {_ago(cron)} ago")


def _why_no_tick(cron: Cron) -> list[Finding]:
    last = f"no tick for {_ago(cron)}: " if cron.last_tick else "no tick yet: " if cron.knows_ticks else ""
    sound = [entry for entry in cron.entries if entry not in cron.broken]
    if cron.error:
        why, command = cron.error.message, command_in(cron.error.hint) or "crontab -e"
    elif not cron.entries and cron.elsewhere:
        why = f"your crontab's line serves another home folder or database ({cron.elsewhere[0].line})"
        command = "storesync cron install"
    elif not cron.entries:
        why, command = "your crontab has no line that runs storesync", "storesync cron install"
    elif not sound:
        why, command = f"cron does not find {cron.entries[0].program}", "storesync cron install"
    elif not any(entry.is_every_minute for entry in sound):
        why, command = f"cron is to run it at {sound[0].schedule!r}, not every minute", "storesync cron install"
    elif cron.is_daemon_up is False:
        why, command = "cron itself does not run", f"sudo service {cron.daemon} start"
    elif not cron.knows_ticks:
        return []
    else:
        why, command = "your crontab has the line; run it as cron does, and see", by_cron(sound[0])
    return [Finding("cron", "fail", f"{last}{why}", command, exit_code=LATER)]


def by_cron(entry: Entry) -> str:
    """Return the command that runs an entry in an environment as minimal as cron's."""
    known = {"PATH": "/usr/bin:/bin", **entry.environment}
    named = " ".join(f"{name}={shlex.quote(value)}" for name, value in known.items())
    return f'env -i HOME="$HOME" {named} sh -c {shlex.quote(entry.command)}'


def of_clock(hosts: Sequence[Host]) -> list[Finding]:
    """Return whether this machine's clock is right, according to most of the platforms."""
    reported = [host.ahead for host in hosts if host.ahead is not None]
    if not reported:
        return [Finding("clock", "skipped", "no platform said what time it is")]
    ahead = agreed(reported)
    wrong = wrong_clock(ahead)
    found = [found_by("clock", wrong)] if wrong else []
    return all_well("clock", found, f"{max(1, round(abs(ahead).total_seconds()))} s or less from the platforms'")


def of_network(hosts: Sequence[Host], environment: Mapping[str, str]) -> list[Finding]:
    """Return which platforms cannot be reached, and which part of the network is at fault."""
    found = [_unreached(host, environment) for host in hosts if host.why or (host.status or 0) >= 500]  # noqa: PLR2004
    return all_well("network", found, ", ".join(f"{host.name} answers" for host in hosts))


def _unreached(host: Host, environment: Mapping[str, str]) -> Finding:
    url = shlex.quote(host.url)
    see = f"curl -sSI {url}"
    if host.why is None:
        message = f"{host.name} has trouble of its own: it answered {host.status}"
    elif host.why == "tls":
        message = f"{host.name}: its TLS certificate is not accepted here; does somebody read along?"
        see = f"curl -vI {url}"
        if environment.get("SSL_CERT_FILE"):
            message = f"{host.name}: its TLS certificate is not accepted by SSL_CERT_FILE"
            see = "unset SSL_CERT_FILE"
    elif host.why == "proxy" or host.proxy:
        message = f"{host.name}: the proxy {host.proxy or 'on the way'} does not let us through"
        see = f"curl -sSI --noproxy '*' {url}"
    elif host.why == "name":
        message, see = f"{host.name}: this name is not known here; look at the name server", "cat /etc/resolv.conf"
    elif host.why == "timeout":
        message = f"{host.name} did not answer in time; does a firewall swallow what we send?"
    else:
        message = f"{host.name}: nobody answers there"
    return Finding("network", "fail", message, see, exit_code=LATER)


def of_search(index: SearchIndex) -> list[Finding]:
    """Return whether the search index matches the data."""
    found = []
    if not index.is_sound:
        found.append(Finding("search", "fail", "the search index is damaged", "storesync db rebuild", exit_code=DATA))
    for (store, resource), (live, known) in index.counts.items():
        if live != known:
            message = f"{store}: there are {live:,} {resource}, and the search index knows {known:,}"
            command = f"storesync db rebuild {store} --resource {resource}"
            found.append(Finding("search", "fail", message, command, store, exit_code=DATA))
    total = sum(known for _, known in index.counts.values())
    return all_well("search", found, f"the search index knows all {total:,} records that can be searched")


def _megabytes(size: int) -> str:
    return f"{size / 10**6:,.0f} MB"


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


def _sqlite(facts: DatabaseFacts) -> str:
    return f"SQLite {_dotted(facts.sqlite_version)} ({facts.sqlite_from})"


def _ago(cron: Cron) -> str:
    return in_words(cron.now - cron.last_tick.ended_at) if cron.last_tick else "ever"
