"""Collects the facts that `doctor` judges: writes nothing, waits for no lease, leaves out what is unavailable."""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import field
from functools import cache, partial
from pathlib import Path

from storesync.app.wiring import (
    free_bytes,
    key_file_of,
    must_have_room,
    notices_of,
    open_context_to_look,
    open_http_to_look,
)
from storesync.data import dataclass
from storesync.doctor import probe
from storesync.doctor.finding import Check, Finding, all_well
from storesync.doctor.machine import (
    Cron,
    DatabaseFacts,
    Host,
    SearchIndex,
    of_clock,
    of_cron,
    of_database,
    of_network,
    of_search,
)
from storesync.doctor.permissions import files_of, is_there, look_at_log, shut_out_of, user_of
from storesync.doctor.probe import Sealed
from storesync.doctor.settings import Config, Key, of_config
from storesync.doctor.stores import (
    Running,
    Token,
    Version,
    of_address,
    of_bulk,
    of_copies,
    of_load,
    of_sync,
    of_tokens,
    of_versions,
    summary,
)
from storesync.errors import (
    DatabaseUnusable,
    IpNotAllowed,
    PersonNeeded,
    StoresyncError,
    UsageError,
)
from storesync.model import PURGING, Store
from storesync.rules.apps import app_of, title_of
from storesync.rules.documents import SOURCES
from storesync.rules.schedule import load
from storesync.rules.sizes import to_come
from storesync.rules.snapshot import Snapshot
from storesync.rules.status import Report, build_report, served_versions
from storesync.rules.verdict import Holdings
from storesync.runtime import crontab
from storesync.runtime.locations import home_of
from storesync.runtime.settings import NAMES, SETTINGS, Fault, Settings, env_file_in_use, read_settings
from storesync.runtime.vault import Vault, load_vault
from storesync.runtime.world import OutsideWorld
from storesync.storage import credentials, documents, integrity, runs, stores
from storesync.storage.reports import take_snapshot
from storesync.sync.context import SyncContext
from storesync.sync.tokens import RENEWABLE

ONLINE = frozenset({"clock", "network", "address", "tokens"})
"""The checks that ask the platforms."""

CHECK_S = 5.0
MAX_PARALLEL = 8
CRONS_PATH = "/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Ground:
    """The inputs of an examination: the outside world, the global options, and how to read the user's crontab."""

    outside: OutsideWorld
    home: Path
    database: Path | None
    env_file: Path | None
    crontab: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to examine: these *checks*, and only the named *stores* or those of *owner*; by default all."""

    checks: Collection[Check]
    stores: Sequence[str] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What was read from the database. *error* is why nothing was, or why it is not to be trusted."""

    context: SyncContext | None = None
    snapshot: Snapshot | None = None
    report: Report = field(default_factory=dict)
    chosen: Sequence[Store] = ()
    sealed: Mapping[int, bytes] = field(default_factory=dict)
    running: Mapping[int, Running] = field(default_factory=dict)
    error: StoresyncError | None = None
    is_older: bool = False
    is_whole: bool = True

    @property
    def stores(self) -> list[Store]:
        """The stores that are not disconnected."""
        known = self.snapshot.stores if self.snapshot else ()
        return [store for store in known if store.connection != "disconnected"]


def examine(ground: Ground, wanted: Wanted) -> list[Finding]:
    """Run the checks and return their findings in order. Raises `UsageError` for an unknown store."""
    settings, faults, error = _settings(ground)
    with ExitStack() as open_until_the_end:
        sight = _look(settings, ground.outside, wanted, open_until_the_end)
        config = _config(ground, settings, faults, error, sight)
        hosts = _hosts(settings, ground.outside, sight) if ONLINE & {*wanted.checks} else []
        # Two checks want the same answers.
        asked = cache(lambda: _asked(config, sight, hosts))
        checks: dict[Check, Callable[[], list[Finding]]] = {
            "config": lambda: of_config(config),
            "database": lambda: of_database(_database(settings, sight)),
            "cron": lambda: of_cron(_cron(ground, settings, config, sight)),
            "clock": lambda: of_clock(hosts),
            "network": lambda: of_network(hosts, ground.outside.environment),
            "address": lambda: _address(asked()),
            "tokens": lambda: _tokens(settings, config, sight, asked()),
            "sync": lambda: _sync(config, sight),
            "search": lambda: _search(sight, is_asked_for={*wanted.checks} == {"search"}),
        }
        return [finding for name, check in checks.items() if name in wanted.checks for finding in check()]


def _settings(ground: Ground) -> tuple[Settings, list[Fault], StoresyncError | None]:
    """Return the settings as far as readable, their faults, and the error of the settings file if there is one."""
    read = partial(read_settings, ground.outside.environment, ground.home, database=ground.database)
    try:
        return *read(env_file_in_use(ground.env_file, ground.home)), None
    except StoresyncError as error:
        return *read(None), error


def _look(settings: Settings, outside: OutsideWorld, wanted: Wanted, open_until_the_end: ExitStack) -> Sight:
    try:
        context = open_until_the_end.enter_context(open_context_to_look(settings, outside))
        if integrity.is_older(context.database):
            return Sight(is_older=True)
        until = context.clock.monotonic() + CHECK_S
        whole = integrity.must_be_sound(context.database, is_late=lambda: context.clock.monotonic() >= until)
        snapshot = take_snapshot(context.database, context.worker, context.clock)
        report = build_report(snapshot, reads=context.reads, now=context.clock.now(), timing=context.timing)
        chosen = stores.find_stores(context.database, wanted.stores, owner=wanted.owner)
        if not wanted.stores:
            chosen += [
                one for one in snapshot.stores if one.connection_reason == PURGING and wanted.owner in {None, one.owner}
            ]
        sealed = credentials.load_all_sealed(context.database)
        running = _running(context, snapshot)
    except UsageError:
        raise
    except StoresyncError as error:
        return Sight(error=error)
    return Sight(context, snapshot, report, chosen, sealed, running, is_whole=whole)


def _running(context: SyncContext, snapshot: Snapshot) -> dict[int, Running]:
    """Return the unfinished runs that no live process works on, by store id."""
    begun = runs.load_running(context.database)
    return {
        store.id: Running(store.key, kind, max(filter(None, (store.last_attempt_at, started_at))))
        for store in snapshot.stores
        if store.id in begun and store.id not in snapshot.holders
        for kind, started_at in [begun[store.id]]
    }


def _config(
    ground: Ground, settings: Settings, faults: list[Fault], error: StoresyncError | None, sight: Sight
) -> Config:
    tokens = sight.snapshot.tokens if sight.snapshot else {}
    renewed = {store.platform for store in sight.stores if store.id in tokens and tokens[store.id].kind in RENEWABLE}
    files, unusable = files_of(settings)
    return Config(
        home=str(settings.home),
        user=user_of(os.geteuid()),
        env_file=str(settings.env_file or ground.env_file or settings.home / ".env"),
        faults=faults,
        names=NAMES,
        set_by_shell=frozenset(NAMES & set(ground.outside.environment)),
        error=error,
        files=files,
        unusable=unusable,
        key=None if unusable else _key(settings, sight),
        apps_missing=[one for platform in sorted(renewed) for one in _missing(settings, platform)],
        is_contact_missing=settings.contact is None and any(one.platform == "tiendanube" for one in sight.stores),
        notices_need=notices_of(settings).remedy,
        notices_understood=notices_of(settings).understood(),
        look_at_log=None if unusable else look_at_log(settings.log),
        shut_out=None if unusable else shut_out_of(settings.database),
    )


def _missing(settings: Settings, platform: str) -> Iterator[tuple[str, str]]:
    """Yield *platform* with the name of each setting of its app that is not set."""
    for name in (f"{platform}_client_id", f"{platform}_client_secret"):
        if not getattr(settings, name):
            yield platform, f"STORESYNC_{name.upper()}"


def _key(settings: Settings, sight: Sight) -> Key:
    """Return the secret key's facts: where it is, and whether it decrypts the saved tokens."""
    file = key_file_of(settings)
    place = None if settings.secret_key else str(file)
    try:
        vault = load_vault(settings.secret_key, file, create=False)
    except PersonNeeded as fault:
        is_missing = not settings.secret_key and not is_there(file)
        return Key(place, None if is_missing and not sight.sealed else fault, is_missing=is_missing)
    known = [store for store in sight.stores if store.id in sight.sealed]
    if known and not any(_is_opened(vault, store, sight) for store in known):
        return Key(place, PersonNeeded("the secret key opens none of the tokens"), again=known[0].connect_again)
    return Key(place)


def _is_opened(vault: Vault, store: Store, sight: Sight) -> bool:
    try:
        vault.open(store.key, sight.sealed[store.id])
    except PersonNeeded:
        return False
    return True


def _database(settings: Settings, sight: Sight) -> DatabaseFacts:
    path, (version, whose) = settings.database, integrity.sqlite_in_use()
    parts = [one for one in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if is_there(one)]
    log_bytes = integrity.log_bytes(path)
    return DatabaseFacts(
        path=str(path),
        sqlite_version=version,
        sqlite_from=whose,
        no_room=_no_room(settings),
        to_come_bytes=sum(map(_to_come, sight.report["stores"])) if sight.snapshot else 0,
        free_bytes=free_bytes(settings) if sight.snapshot else None,
        error=sight.error,
        is_spoilt=isinstance(sight.error, DatabaseUnusable) and sight.error.is_spoilt,
        parts=[str(part) for part in parts],
        backup=_newest_backup(path),
        is_older=sight.is_older,
        is_whole=sight.is_whole,
        size_bytes=path.stat().st_size if path in parts else 0,
        log_bytes=log_bytes,
        is_log_long=log_bytes > integrity.LONG_LOG_BYTES,
    )


def _to_come(store: Report) -> int:
    loads = {name: one for name, one in store["resources"].items() if one["progress"]}
    return to_come({name: (one["rows"] + one["deleted"], one["progress"]["total"]) for name, one in loads.items()})


def _no_room(settings: Settings) -> StoresyncError | None:
    try:
        must_have_room(settings)
    except StoresyncError as error:
        return error
    except OSError:
        # The folder does not exist yet or cannot be entered: the error of the database says so.
        return None
    return None


def _newest_backup(path: Path) -> str | None:
    """Return the newest copy that a migration made of the database at *path*, None if there is none."""
    with suppress(OSError):
        made = sorted(path.parent.glob(f"{path.name}.v*.backup"), key=lambda one: one.stat().st_mtime)
        return str(made[-1]) if made else None
    return None


def _cron(ground: Ground, settings: Settings, config: Config, sight: Sight) -> Cron:
    error: StoresyncError | None = None
    entries: list[crontab.Entry] = []
    try:
        text = ground.crontab()
        crontab.without_block(text)
        entries = crontab.entries(text)
    except StoresyncError as unusable:
        error = unusable
    ours = [entry for entry in entries if _serves(entry, ground)]
    return Cron(
        now=ground.outside.clock.now(),
        last_tick=sight.snapshot.last_tick if sight.snapshot else None,
        knows_ticks=sight.snapshot is not None,
        entries=ours,
        elsewhere=[entry for entry in entries if entry not in ours],
        broken=[entry for entry in ours if _is_broken(entry)],
        error=error,
        is_daemon_up=ground.outside.is_cron_up(),
        daemon="crond" if shutil.which("crond") else "cron",
        unseen=_unseen(ground, settings),
        env_file=config.env_file,
    )


def _serves(entry: crontab.Entry, ground: Ground) -> bool:
    """True if *entry* runs storesync for this home and database."""
    home = entry.option("--home") or home_of(entry.environment)
    named = entry.option("--database")
    return Path(home) == ground.home and (Path(named) if named else None) == ground.database


def _is_broken(entry: crontab.Entry) -> bool:
    """True if cron would not find the program; False for a command that only a shell can parse."""
    is_known = Path(entry.program).name.startswith(("storesync", "python"))
    return is_known and shutil.which(entry.program, path=entry.environment.get("PATH", CRONS_PATH)) is None


def _unseen(ground: Ground, settings: Settings) -> list[str]:
    """Return the names of the settings that differ for cron, which does not see the shell's environment."""
    theirs, _ = read_settings({}, ground.home, settings.env_file, database=ground.database)
    return sorted(s.name for name, s in SETTINGS.items() if getattr(settings, name) != getattr(theirs, name))


def _hosts(settings: Settings, outside: OutsideWorld, sight: Sight) -> list[Host]:
    shops = {store.platform: store.shop.key for store in sight.stores}
    with open_http_to_look(settings, outside) as http:
        return probe.knock(http, probe.addresses(settings, shops))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the platforms said to the tokens of the chosen *stores*.

    *blocked* are the apps, by name, that do not let this machine in. The platforms in *silent* cannot be reached.
    *why_not* is why no store was asked at all.
    """

    stores: Sequence[Store] = ()
    tokens: Sequence[Token] = ()
    blocked: Mapping[str, IpNotAllowed] = field(default_factory=dict)
    silent: Sequence[str] = ()
    why_not: str | None = None

    def skipped(self, check: Check) -> list[Finding]:
        """Return what *check* cannot know, as its findings."""
        if self.why_not:
            return [Finding(check, "skipped", self.why_not)]
        return [Finding(check, "skipped", f"{platform} cannot be reached, so nobody knows") for platform in self.silent]


def _asked(config: Config, sight: Sight, hosts: Sequence[Host]) -> Asked:
    """Ask for the token of each chosen store with one or two requests to its platform."""
    context = sight.context
    if context is None:
        return Asked(why_not="the database does not tell which stores there are")
    if config.key and config.key.fault:
        return Asked(why_not="there is no key that opens them")
    silent = {host.platform for host in hosts if host.why}
    asked = [one for one in sight.chosen if one.connection != "disconnected" and one.platform not in silent]
    known = {one["store"]: (one["token"] or {}).get("missing_scopes", ()) for one in sight.report["stores"]}
    tokens = probe.ask(
        context, [Sealed(one, sight.sealed.get(one.id), one.connect_again, known[one.key]) for one in asked]
    )
    unasked = sorted(silent & {store.platform for store in sight.chosen})
    return Asked(asked, tokens, probe.blocked_apps(context, asked, tokens), unasked)


def _address(asked: Asked) -> list[Finding]:
    found = [*of_address(asked.blocked), *asked.skipped("address")]
    return all_well("address", found, summary(asked.stores, "none refuses this machine's address"))


def _tokens(settings: Settings, config: Config, sight: Sight, asked: Asked) -> list[Finding]:
    if sight.context is None or asked.why_not:
        return asked.skipped("tokens")
    now = sight.context.clock.now()
    let_in = [
        token for store, token in zip(asked.stores, asked.tokens, strict=True) if app_of(store) not in asked.blocked
    ]
    found = [*of_tokens(let_in, now), *of_versions(_versions(settings, sight), config, now)]
    unseen = [f"{title_of(app)} does not let this machine in, so nobody knows" for app in asked.blocked]
    found += [*(Finding("tokens", "skipped", message) for message in unseen), *asked.skipped("tokens")]
    return all_well("tokens", found, summary(asked.stores, "tokens are good"))


def _versions(settings: Settings, sight: Sight) -> Iterator[Version]:
    for platform in sorted({store.platform for store in sight.stores} & {"shopify", "tiendanube"}):
        setting, name = SETTINGS[f"{platform}_version"], getattr(settings, f"{platform}_version")
        served = served_versions(sight.report["stores"]).get(platform)
        yield Version(platform, name, setting.name, is_own=name != setting.default, served=served)


def _sync(config: Config, sight: Sight) -> list[Finding]:
    if sight.context is None or sight.snapshot is None:
        return [Finding("sync", "skipped", "the database does not tell which stores there are")]
    chosen = {store.key for store in sight.chosen}
    reported = [one for one in sight.report["stores"] if one["store"] in chosen]
    again = {store.key: store.connect_again for store in sight.chosen}
    running = [run for run in sight.running.values() if run.store in chosen]
    now, timing = sight.context.clock.now(), sight.context.timing
    outages = sight.snapshot.outages
    found = of_sync(reported, again, running, now=now, timing=timing, troubled=outages)
    found += of_copies(sight.snapshot.stores, sight.chosen)
    found += of_bulk(reported)
    found += of_load(load(sight.snapshot.stores, timing), config, timing)
    return all_well("sync", found, summary(reported, "in step"))


def _search(sight: Sight, *, is_asked_for: bool) -> list[Finding]:
    """Check the search index; its integrity only if the database was read whole or no other check is asked for."""
    if sight.context is None or sight.snapshot is None:
        return [Finding("search", "skipped", "the database does not tell what there is to find")]
    known, holdings = documents.count_documents(sight.context.database), sight.snapshot.holdings
    counts = {
        (store.key, resource): (holdings.get((store.id, resource), Holdings()).live, known.get((store.id, resource), 0))
        for store in sight.chosen
        for resource in SOURCES
    }
    is_unread = not (sight.is_whole or is_asked_for)
    return of_search(SearchIndex(counts, is_sound=is_unread or documents.is_index_sound(sight.context.database)))
