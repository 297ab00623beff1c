"""The only place that wires: settings to clock, database, vault, HTTP client, platforms."""

import os
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from storesync import __version__
from storesync.errors import DiskFull, UsageError
from storesync.model import App
from storesync.platforms.base import Platform
from storesync.platforms.http import HttpClient
from storesync.platforms.registry import open_platform
from storesync.rules.schedule import Timing
from storesync.runtime.log import start_log
from storesync.runtime.network import way_out
from storesync.runtime.notices import Notices
from storesync.runtime.settings import Settings
from storesync.runtime.vault import load_vault
from storesync.runtime.world import OutsideWorld
from storesync.storage.credentials import any_sealed
from storesync.storage.database import Database
from storesync.storage.leases import Worker, working
from storesync.storage.opening import create_database, open_database, open_to_look
from storesync.sync.context import SyncContext

LOOK = timedelta(seconds=10)
"""Whoever looks does not wait longer for an answer."""


@contextmanager
def open_context(settings: Settings, outside: OutsideWorld, *, create: bool = False) -> Iterator[SyncContext]:
    """Open everything that working on stores takes; *create* makes the database and the key."""
    if create:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = (create_database if create else open_database)(settings.database)
    start_log(settings.log, settings.log_level)
    http = _http(settings, outside)
    try:
        with working(workers_of(settings), outside.name()) as worker:
            # A new key beside tokens that an old one sealed would lock them in.
            yield _tools(settings, outside, database, worker, http, new_key=lambda: create and not any_sealed(database))
    finally:
        http.close()
        database.close()


@contextmanager
def open_context_to_look(settings: Settings, outside: OutsideWorld) -> Iterator[SyncContext]:
    """Open what looking takes: nothing is made, brought up to date, logged or written."""
    database = open_to_look(settings.database)
    try:
        with open_http_to_look(settings, outside) as http:
            yield _tools(settings, outside, database, Worker("", workers_of(settings), is_onlooker=True), http)
    finally:
        database.close()


@contextmanager
def open_http_to_look(settings: Settings, outside: OutsideWorld) -> Iterator[HttpClient]:
    """Open the way to the network for short questions; nothing is logged."""
    start_log(Path(os.devnull), settings.log_level)
    http = _http(settings, outside, longest_wait=LOOK)
    try:
        yield http
    finally:
        http.close()


def _tools(
    settings: Settings,
    outside: OutsideWorld,
    database: Database,
    worker: Worker,
    http: HttpClient,
    *,
    new_key: Callable[[], bool] = lambda: False,
) -> SyncContext:
    return SyncContext(
        database=database,
        clock=outside.clock,
        timing=timing_of(settings),
        worker=worker,
        platform=_platforms(settings, http),
        app=lambda platform: app_of(settings, platform),
        # Read anew each time: another process may change the key.
        vault=lambda: load_vault(settings.secret_key, key_file_of(settings), create=new_key()),
        max_delete=settings.max_delete,
        must_have_room=lambda: must_have_room(settings),
        free_bytes=lambda: free_bytes(settings),
        is_online=lambda: any(outside.reaches(host) for host in _hosts(settings)),
    )


def workers_of(settings: Settings) -> Path:
    """Return the folder in which each process that works has its file."""
    return settings.database.resolve().parent / "workers"


def places_of(settings: Settings) -> list[Path]:
    """Return the files, besides the database itself, in which data of a store could stand."""
    families = ((settings.home, "*"), *((path.parent, f"{path.name}*") for path in (settings.database, settings.log)))
    found = {path for folder, names in families for path in folder.glob(names) if path.is_file()}
    return sorted(found - {settings.database})


def target_of(settings: Settings, output: Path) -> Path:
    """Return the file that *output* leads to, which may then be replaced.

    Raises `UsageError` where that would destroy what storesync itself needs, or what is no plain file.
    """
    if str(output) in {"-", "."}:
        raise UsageError("--output names no file", hint="leave it out to have the answer here")
    look = f"name another one; see what it is: ls -ld {shlex.quote(str(output))}"
    try:
        target = output.resolve()
        is_taken = target.exists() and not target.is_file()
    except (OSError, RuntimeError) as error:
        told = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
        raise UsageError(f"cannot write {output}: {told}", hint=look) from None
    secret = (key_file_of(settings), settings.home / ".env", *filter(None, (settings.env_file,)))
    kept = (settings.database, settings.log, *secret)
    if workers_of(settings) in (target, *target.parents) or any(_is_of_family(target, one.resolve()) for one in kept):
        raise UsageError(f"{output} is storesync's own", hint="name another file")
    if is_taken:
        raise UsageError(f"{output} is no plain file", hint=look)
    return target


def _is_of_family(file: Path, kept: Path) -> bool:
    """True for *kept* itself and what SQLite, the log and editors keep beside it."""
    beside = (f"{kept.name}.", f"{kept.name}-")
    return file.parent == kept.parent and (file.name == kept.name or file.name.startswith(beside))


def timing_of(settings: Settings) -> Timing:
    """Return what the schedule goes by."""
    return Timing(
        tiers={"high": settings.tier_high, "medium": settings.tier_medium, "low": settings.tier_low},
        backoff=settings.backoff,
        pending_grace=settings.pending_grace,
        pending_per_tick=settings.pending_per_tick,
        max_parallel=settings.max_parallel,
        batch_pause=settings.batch_pause,
        tick_budget=settings.tick_budget,
        slice=settings.slice,
        probe=settings.probe,
        overlap=settings.overlap,
        lookback=settings.lookback,
        drift_reach=timedelta(days=settings.drift_days),
        reconcile=settings.reconcile,
        health=settings.health,
    )


def key_file_of(settings: Settings) -> Path:
    """Return where the key is that encrypts tokens, unless it is set."""
    return settings.home / "secret.key"


def app_of(settings: Settings, platform: str) -> App | None:
    """Return the operator's app on *platform*, None where its id or secret is not set."""
    found = {
        "shopify": (settings.shopify_client_id, settings.shopify_client_secret),
        "tiendanube": (settings.tiendanube_client_id, settings.tiendanube_client_secret),
    }.get(platform)
    return App(found[0], found[1]) if found and found[0] and found[1] else None


def notices_of(settings: Settings) -> Notices:
    """Return whom to tell."""
    return Notices(settings.notify_url, settings.ping_url)


def free_bytes(settings: Settings) -> int:
    """Return how much may be written before less is free than the operator wants."""
    return max(0, shutil.disk_usage(settings.database.parent).free - settings.min_free)


def must_have_room(settings: Settings) -> None:
    """Raise `DiskFull` where less is free than the operator wants."""
    folder = settings.database.parent
    free = shutil.disk_usage(folder).free
    if free < settings.min_free:
        raise DiskFull(
            f"only {free // 10**6} MB are free at {folder}, less than STORESYNC_MIN_FREE asks for",
            hint=f"make room: df -h {shlex.quote(str(folder))}",
        )


def _hosts(settings: Settings) -> list[str]:
    """Return whom this machine reaches if it has a network."""
    urls = (settings.tiendanube_api_url, settings.shopify_url.replace("{shop}", "www"))
    return way_out([host for url in urls if (host := urlsplit(url).hostname)])


def _http(settings: Settings, outside: OutsideWorld, *, longest_wait: timedelta = timedelta.max) -> HttpClient:
    return HttpClient(
        user_agent=f"storesync/{__version__} ({settings.contact or 'STORESYNC_CONTACT is not set'})",
        now=outside.clock.now,
        monotonic=outside.clock.monotonic,
        sleep=outside.clock.sleep,
        jitter=outside.jitter,
        timeout_s=min(settings.timeout, longest_wait).total_seconds(),
        transport=outside.transport,
    )


def _platforms(settings: Settings, http: HttpClient) -> Callable[[str], Platform]:
    return cache(lambda name: open_platform(name, settings, http))
